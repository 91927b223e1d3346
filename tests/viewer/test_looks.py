"""How phases are drawn: units, shift, cycles, and what shows through them."""

from math import pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSlider
from support.window import COLS, DAYS, FRAME, PAIRS, ROWS, wait_settled

from thalia_core.cube.geometry import Geometry
from thalia_core.cube.store import CubeWriter
from thalia_viewer.canvas.dressing import dress, palette
from thalia_viewer.canvas.layers import SHADES, STYLES, VEILS, PlaneImage, encode
from thalia_viewer.looking import veil_of
from thalia_viewer.looks import UNITS, WRAPS, Look

PHASE = STYLES["insar_difference"]


@pytest.fixture
def island(tmp_path):
    """A cube with a land mask (water in the west), heights and unwrapped phase."""
    writer = CubeWriter.start(
        tmp_path / "archive" / f"{FRAME}.zarr",
        frame=FRAME,
        geometry=Geometry(ROWS, COLS, -91.6, -0.3, 0.001, -0.001),
        dates=DAYS[:2],
        layers=["insar_difference", "insar_coherence", "dem", "land_mask", "unwrapped_phase"],
    )
    rows, cols = np.mgrid[:ROWS, :COLS]
    ramp = (cols / 4.0).astype(np.float32)
    writer.write("dem", 20.0 * rows + 10.0 * cols)
    writer.write("land_mask", (cols >= 20).astype(np.uint8))
    writer.write("unwrapped_phase", ramp, pair=PAIRS[0])
    writer.write("insar_difference", np.angle(np.exp(1j * ramp)), pair=PAIRS[0])
    writer.write("insar_coherence", np.where(rows < 30, 0.05, 0.9), pair=PAIRS[0])
    return writer.finish()


def colour(app, row, col):
    canvas = app.parts.canvas
    image = canvas.grab().toImage()
    pixel = image.pixelColor((canvas.to_widget(row, col) * image.devicePixelRatio()).toPoint())
    return pixel.red(), pixel.green(), pixel.blue()


def trigger(qtbot, app, name):
    assert app.parts.actions[name].isEnabled()
    app.parts.actions[name].trigger()
    wait_settled(qtbot, app)


def test_the_unit_goes_round_by_key_and_by_click_and_is_remembered(qtbot, open_app, cube_path):
    app = open_app(cube_path)
    canvas = app.parts.canvas
    value = canvas.image.value(40, 40)
    trigger(qtbot, app, "phase.unit")
    assert canvas.image.style.text(value) == f"{value / (2 * pi):.2f} fringes".replace("-", "−")
    legend = canvas.furniture.legend_at.center().toPoint()
    QTest.mouseClick(canvas.focusProxy().viewport(), Qt.MouseButton.LeftButton, pos=legend)
    assert canvas.image.style.unit == "cm"
    assert app.parts.editor.session is not None
    assert not app.parts.editor.dirty
    app.close()
    assert open_app(cube_path).parts.canvas.image.style.unit == "cm"


def test_coherence_is_transparency_at_a_key(qtbot, open_app, island):
    app = open_app(island)
    sure, noise = colour(app, 45, 50), colour(app, 15, 50)
    trigger(qtbot, app, "phase.coherence")
    assert colour(app, 45, 50) == sure
    ground = colour(app, 15, 50)
    assert ground != noise
    assert max(ground) - min(ground) <= 2  # grey
    trigger(qtbot, app, "phase.coherence")
    assert colour(app, 15, 50) == noise


def test_water_is_grey_and_land_is_as_it_was(qtbot, open_app, island):
    app = open_app(island)
    land = colour(app, 45, 50)
    trigger(qtbot, app, "phase.water")
    water = {colour(app, row, col) for row, col in ((10, 5), (45, 10), (50, 18))}
    assert len(water) == 1
    assert colour(app, 45, 50) == land


def test_light_and_shade_lie_under_the_phase(qtbot, open_app, island):
    app = open_app(island)
    bare = colour(app, 45, 50)
    trigger(qtbot, app, "phase.hillshade")
    assert colour(app, 45, 50) != bare
    trigger(qtbot, app, "layer.insar_coherence")
    assert app.parts.canvas.image.shade is None


def test_what_a_frame_lacks_cannot_be_asked_for(app):
    actions = app.parts.actions
    assert actions["phase.coherence"].isEnabled()
    assert actions["phase.hillshade"].isEnabled()
    assert not actions["phase.water"].isEnabled()


def test_cycles_of_two_fringes_are_for_the_unwrapped_phase(qtbot, open_app, island):
    app = open_app(island)
    wrapped = app.parts.canvas.image.style.table.tolist()
    trigger(qtbot, app, "phase.wrap_double")
    assert app.parts.canvas.image.style.table.tolist() == wrapped
    trigger(qtbot, app, "layer.unwrapped_phase")
    image = app.parts.canvas.image
    assert image.levels == (-2 * pi, 2 * pi)
    assert image.style.note == "1 cycle = 5.55 cm LOS"
    trigger(qtbot, app, "phase.rewrap")
    assert not app.parts.canvas.image.style.cyclic


def test_the_phase_at_the_cursor_becomes_zero(qtbot, app):
    canvas = app.parts.canvas
    QTest.mouseMove(canvas.focusProxy().viewport(), canvas.to_widget(40, 40).toPoint())
    trigger(qtbot, app, "phase.zero")
    image, zero = canvas.image, encode([[0.0]], PHASE, PHASE.limits)[0, 0]
    here = np.angle(np.exp(1j * image.values[38:43, 38:43]).mean())
    code = int(encode([[here]], PHASE, PHASE.limits)[0, 0])
    near = [image.style.table[(code - 1 + by) % 255 + 1] for by in (-1, 0, 1)]
    assert PHASE.table[zero] in near
    trigger(qtbot, app, "phase.unshift")
    assert canvas.image.style.table.tolist() == PHASE.table.tolist()


@given(
    st.floats(-pi, pi - 1e-3),
    st.floats(-10, 10),
    st.sampled_from([w for w in WRAPS.values() if w <= 2 * pi]),
    st.sampled_from(sorted(UNITS)),
)
def test_a_dressed_table_is_the_table_at_the_shifted_phase_in_its_cycle(phase, shift, wrap, unit):
    """The law of shift and cycle: one look-up, no plane touched."""
    table = dress(PHASE, Look(unit=unit, shift=shift, wrap=wrap)).table
    code = int(encode([[phase]], PHASE, PHASE.limits)[0, 0])
    often = round(2 * pi / wrap)
    turn = ((phase + pi) * often + shift) / (2 * pi) % 1.0  # of the cycle of colours
    found = [int(i) for i in np.flatnonzero(PHASE.table[1:] == table[code])]
    off = min(abs((i + 0.5) / 255 - turn - n) for i in found for n in (-1, 0, 1))
    assert off <= (often + 1.5) / 255


def test_other_layers_wear_no_look():
    look = Look(unit="cm", shift=1.0, wrap=pi)
    for name in ("insar_coherence", "dem", "land_mask"):
        assert dress(STYLES[name], look) is STYLES[name]


def test_a_veil_of_all_changes_nothing_and_one_of_nothing_hides():
    flat = palette(PHASE, lit=False, veiled=False)
    veiled = palette(PHASE, lit=False, veiled=True).reshape(VEILS, 256)
    assert veiled[VEILS - 1].tolist() == flat.tolist()
    assert not veiled[1].any()
    lit = palette(PHASE, lit=True, veiled=True).reshape(VEILS, SHADES, 256)
    assert all(len(set(row.tolist())) == 1 for row in lit[1])  # bare terrain, whatever the phase


def test_a_veil_follows_coherence_and_water():
    grid = Geometry(1, 5, 0.0, 0.0, 0.001, -0.001)
    coherence = PlaneImage.of(
        np.array([[0.0, 0.1, 0.35, 0.6, np.nan]], np.float32), STYLES["insar_coherence"], grid
    )
    land = PlaneImage.of(np.array([[1, 1, 1, 0, 1]], np.uint8), STYLES["land_mask"], grid)
    assert veil_of(coherence.index, None)[0, [0, 1, 3, 4]].tolist() == [1, 1, VEILS - 1, 1]
    assert 7 <= veil_of(coherence.index, None)[0, 2] <= 10
    assert veil_of(coherence.index, land.index)[0, 3] == 0
    assert veil_of(None, land.index)[0].tolist() == [16, 16, 16, 0, 16]


def test_lines_of_longitude_and_latitude_come_and_go_in_all_panels(qtbot, app):
    app.parts.actions["split.2"].trigger()
    wait_settled(qtbot, app)
    before = [canvas.grab().toImage() for canvas in app.parts.deck.shown]
    trigger(qtbot, app, "view.grid")
    with_lines = [canvas.grab().toImage() for canvas in app.parts.deck.shown]
    assert all(a != b for a, b in zip(before, with_lines, strict=True))
    trigger(qtbot, app, "split.3")
    trigger(qtbot, app, "split.2")
    trigger(qtbot, app, "view.grid")
    assert [canvas.grab().toImage() for canvas in app.parts.deck.shown] == before


def test_the_slider_shifts_the_colours_at_once(qtbot, app):
    slider = app.parts.display.findChild(QSlider, "display.shift")
    before = colour(app, 40, 40)
    slider.setValue(slider.maximum())
    assert app.parts.state.look.shift == pytest.approx(pi)
    assert colour(app, 40, 40) != before  # nothing is waited for
    slider.setValue(0)
    assert colour(app, 40, 40) == before
