"""A cube whose folder is moved, removed or replaced under an open program: told, never guessed."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from support.cubes import PAIRS, small_cube

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.cube.geometry import Window
from thalia_core.cube.store import CubeStore
from thalia_core.cube.store.edit import AnnotationWriter
from thalia_core.errors import CubeError, ThaliaError

GONE = "the cube is not there any more"
SHAPE = (60, 80)


def moved(cube: Path) -> None:
    cube.rename(cube.with_name("away"))


def removed_by_half(cube: Path) -> None:
    shutil.rmtree(cube / "primary_date")


def dates_lost(cube: Path) -> None:
    (cube / "secondary_date" / "0").unlink()


@pytest.mark.parametrize("leave", [moved, removed_by_half, dates_lost])
def test_every_read_tells_that_the_cube_is_gone(tmp_path: Path, leave):
    path = small_cube(tmp_path)
    cube = CubeStore.open(path, writable=True)
    writer = AnnotationWriter(cube)
    leave(path)
    for read in (
        lambda: cube.read_plane("insar_difference", PAIRS[0]),
        lambda: cube.read_plane("activity_type_mask", PAIRS[0]),
        lambda: cube.read_label(PAIRS[0]),
        cube.read_labels,
        writer.refresh,
        lambda: writer.read_codes("activity_type_mask", PAIRS[0], Window.full(*SHAPE)),
        lambda: writer.read_values("caption", PAIRS),
    ):
        with pytest.raises(CubeError, match=GONE):
            read()


def test_a_plane_that_is_read_while_the_cube_goes_is_not_taken_for_empty(tmp_path, monkeypatch):
    path = small_cube(tmp_path)
    cube = CubeStore.open(path)
    same, asked = CubeStore.require_same, []

    def go_after_the_first_question(store: CubeStore) -> None:
        same(store)
        if not asked:
            moved(path)
        asked.append(True)

    monkeypatch.setattr(CubeStore, "require_same", go_after_the_first_question)
    with pytest.raises(CubeError, match=GONE):
        cube.read_plane("insar_difference", PAIRS[0])


def test_a_dead_link_is_a_cube_that_went_away(tmp_path: Path):
    path, link = small_cube(tmp_path / "disk"), tmp_path / "106A_09048_000909.zarr"
    link.symlink_to(path)
    cube = CubeStore.open(link)
    moved(path)
    with pytest.raises(CubeError, match=GONE):
        cube.read_plane("insar_difference", PAIRS[0])


def test_another_cube_in_its_place_is_told_as_such(tmp_path: Path):
    path = small_cube(tmp_path)
    cube = CubeStore.open(path)
    moved(path)
    shutil.copytree(path.with_name("away"), path, copy_function=shutil.copy)
    with pytest.raises(CubeError, match="replaced while it was open.*open it again"):
        cube.read_plane("insar_difference", PAIRS[0])


def test_nothing_is_written_where_the_cube_was(tmp_path: Path):
    path = small_cube(tmp_path)
    session = EditSession.open(path, "ana", background=False)
    brush = disc(20, 30, 5, SHAPE)
    session.annotate(PAIRS[0], "Brush", brush, Paint(1, 1))
    moved(path)
    with pytest.raises(ThaliaError, match=GONE):
        session.annotate(PAIRS[0], "Brush", disc(40, 30, 5, SHAPE), Paint(2, 2))
    assert not path.exists(), "an empty folder would keep the cube from coming back"
    path.with_name("away").rename(path)
    session.close()
    codes = CubeStore.open(path).read_plane("activity_type_mask", PAIRS[0])
    assert (np.unique(codes[brush_rows(brush)]) == [0, 1]).all()


def brush_rows(brush) -> slice:
    return slice(brush.window.row0, brush.window.row1)
