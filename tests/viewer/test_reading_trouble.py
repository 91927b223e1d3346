"""What is read can be deleted, damaged, moved away or absent: told where it matters, and on."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from support.window import COLS, DAYS, PAIRS, ROWS, press, wait_settled, write_cube

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.store import CubeStore, CubeWriter
from thalia_viewer.app import App

Key = Qt.Key
OTHER = "124D_04898_121313"


def said(app: App) -> str:
    message = app.parts.window.messages.message
    return message.text if message is not None else ""


def chunks(cube: Path, pair, layer: str = "insar_difference") -> list[Path]:
    i, j = CubeStore.open(cube).position(pair)
    return list((cube / layer).glob(f"{i}.{j}.*"))


def go(qtbot, app: App, key: Qt.Key) -> None:
    press(app, key)
    wait_settled(qtbot, app)


def shows(app: App, path: Path, pair) -> bool:
    """Whether the canvas holds the phase of the pair as it is in the cube now."""
    image = app.parts.canvas.image
    if image is None or image.request != (pair, "insar_difference"):
        return False
    phase = CubeStore.open(path).read_plane("insar_difference", pair)
    return bool(np.array_equal(image.values, phase, equal_nan=True))


def test_pairs_that_are_deleted_while_the_window_is_open(qtbot, app, cube_path):
    kept = CubeStore.open(cube_path).read_plane("insar_difference", PAIRS[0])
    for pair in (PAIRS[0], PAIRS[4]):
        for chunk in chunks(cube_path, pair):
            chunk.unlink()
    press(app, Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    press(app, Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    wait_settled(qtbot, app)
    assert app.parts.canvas.image.request[0] == PAIRS[0]
    np.testing.assert_array_equal(app.parts.canvas.image.values, kept)  # in memory
    for _ in range(4):
        assert said(app) == ""
        go(qtbot, app, Key.Key_D)
    assert f"Phase of {PAIRS[4]} holds no data" in said(app)
    assert str(cube_path) in said(app)
    go(qtbot, app, Key.Key_D)
    assert shows(app, cube_path, PAIRS[5])
    assert said(app) == ""


def test_a_damaged_chunk_is_shown_once_it_is_mended(qtbot, open_app, cube_path):
    (chunk,) = chunks(cube_path, PAIRS[0])
    whole = chunk.read_bytes()
    chunk.write_bytes(whole[: len(whole) // 2])
    app = open_app(cube_path, settle=False)
    qtbot.waitUntil(lambda: "Cannot read the data" in said(app))
    assert str(PAIRS[0]) in said(app)
    assert "a chunk is damaged" in said(app)
    assert app.parts.canvas.image is None
    wait_settled_without_picture(qtbot, app)
    go(qtbot, app, Key.Key_D)
    assert shows(app, cube_path, PAIRS[1])
    chunk.write_bytes(whole)
    go(qtbot, app, Key.Key_A)
    assert shows(app, cube_path, PAIRS[0])
    assert said(app) == ""


def wait_settled_without_picture(qtbot, app: App) -> None:
    qtbot.waitUntil(lambda: not app.parts.reads.busy and not app.parts.chores.busy, timeout=5000)


def test_a_damaged_mask_hides_no_picture(qtbot, open_app, cube_path):
    session = EditSession.open(cube_path, "ana", background=False)
    session.annotate(PAIRS[0], "Brush", disc(20, 30, 5, (ROWS, COLS)), Paint(1, 2))
    session.close()
    (chunk,) = chunks(cube_path, PAIRS[0], "activity_type_mask")
    chunk.write_bytes(b"damaged")
    app = open_app(cube_path)
    assert shows(app, cube_path, PAIRS[0])
    assert f"activity_type_mask {PAIRS[0]}" in said(app)
    go(qtbot, app, Key.Key_D)
    assert shows(app, cube_path, PAIRS[1])
    assert said(app) == ""


@pytest.fixture
def two_cubes(cube_path: Path) -> tuple[Path, Path]:
    """Two frames in one archive."""
    return cube_path, write_cube(cube_path.parent, OTHER, seed=3)


def test_a_cube_that_goes_away_and_comes_back(qtbot, open_app, two_cubes):
    first, second = two_cubes
    app = open_app(first.parent)
    away = first.rename(first.with_name("away"))
    for _ in range(5):
        press(app, Key.Key_D)
        wait_settled_without_picture(qtbot, app)
    assert "is not there any more" in said(app)
    assert str(first) in said(app)
    app.parts.archive.chosen.emit(second)
    qtbot.waitUntil(lambda: app.parts.state.cube.path == second, timeout=5000)
    wait_settled(qtbot, app)
    assert shows(app, second, PAIRS[0])
    app.parts.archive.chosen.emit(first)
    qtbot.waitUntil(lambda: "No such path" in said(app), timeout=5000)
    assert shows(app, second, PAIRS[0])  # what was shown stays
    away.rename(first)
    app.parts.archive.chosen.emit(first)
    qtbot.waitUntil(lambda: app.parts.state.cube.path == first, timeout=5000)
    wait_settled(qtbot, app)
    assert shows(app, first, PAIRS[0])
    assert "any more" not in said(app)
    assert "No such path" not in said(app)


def test_a_cube_that_comes_back_under_the_open_window(qtbot, app, cube_path):
    away = cube_path.rename(cube_path.with_name("away"))
    for _ in range(5):
        press(app, Key.Key_D)
        wait_settled_without_picture(qtbot, app)
    assert "is not there any more" in said(app)
    assert app.parts.canvas.image is None
    away.rename(cube_path)
    go(qtbot, app, Key.Key_A)
    assert shows(app, cube_path, PAIRS[4])
    assert said(app) == ""


def test_a_frame_with_phase_alone(qtbot, open_app, tmp_path):
    writer = CubeWriter.start(
        tmp_path / f"{OTHER}.zarr",
        frame=OTHER,
        geometry=Geometry(ROWS, COLS, -91.6, -0.3, 0.001, -0.001),
        dates=DAYS,
        layers=["insar_difference"],
    )
    phase = np.linspace(-3, 3, ROWS * COLS, dtype=np.float32).reshape(ROWS, COLS)
    for pair in PAIRS:
        writer.write("insar_difference", phase, pair=pair)
    path = writer.finish()
    app = open_app(path)
    for pair in PAIRS:
        assert shows(app, path, pair)
        go(qtbot, app, Key.Key_D)
    for layer in ("dem", "insar_coherence", "primary_date_surface_pressure"):
        assert not app.parts.actions[f"layer.{layer}"].isEnabled()
    app.parts.canvas.cursor_moved.emit(30, 40)
    readout = app.parts.window.readout
    assert readout.text("height") == "– m"
    assert readout.text("coherence") == "coh –"
    assert said(app) == ""


def test_an_empty_archive_and_then_a_full_one(qtbot, open_app, tmp_path, cube_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    app = open_app(empty, settle=False)
    qtbot.waitUntil(lambda: "No cubes here" in said(app))
    for key in (Key.Key_D, Key.Key_A, Key.Key_N, Key.Key_B, Key.Key_Space):
        press(app, key)
    assert app.parts.canvas.image is None
    shutil.copytree(cube_path, empty / cube_path.name)
    app.parts.opener.open(empty)
    qtbot.waitUntil(lambda: app.parts.canvas.image is not None, timeout=5000)
    wait_settled_without_picture(qtbot, app)
    assert shows(app, empty / cube_path.name, PAIRS[0])
    assert said(app) == ""


def test_another_cube_under_the_same_name_is_read_anew(qtbot, open_app, cube_path, tmp_path):
    app = open_app(cube_path)
    app.parts.actions["layer.insar_coherence"].trigger()
    wait_settled(qtbot, app)
    before = app.parts.canvas.image.values
    shutil.rmtree(cube_path)
    shutil.move(write_cube(tmp_path / "other", seed=8), cube_path)
    app.parts.opener.open(cube_path)
    qtbot.waitUntil(lambda: app.parts.canvas.image.values is not before)
    wait_settled(qtbot, app)
    on_disk = CubeStore.open(cube_path).read_plane("insar_coherence", app.parts.state.pair)
    assert not np.array_equal(on_disk, before, equal_nan=True)
    np.testing.assert_array_equal(app.parts.canvas.image.values, on_disk)
