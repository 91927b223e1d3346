"""The gate as a person uses it: rules by box, key and mouse; what is closed stays, and is seen."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QPushButton, QSlider, QToolButton
from support.window import (
    COLS,
    PAIRS,
    ROWS,
    drag,
    mask_on_disk,
    point,
    press,
    wait_saved,
    wait_settled,
    write_cube,
)

from thalia_core.annotate.gates import CLOSED
from thalia_core.annotate.patch import Paint
from thalia_core.annotate.shapes import Shape, disc
from thalia_core.cube.geometry import Geometry, Window
from thalia_core.cube.labels import Activity, Intensity
from thalia_core.cube.store import CubeStore, CubeWriter
from thalia_viewer.canvas.gate_tools import PickTool, RegionTool
from thalia_viewer.canvas.tools import Hand, Pointer
from thalia_viewer.features.gate import GateFeature
from thalia_viewer.panels.gate_words import GateWords

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier


def box(app, name):
    return app.parts.window.findChild(QCheckBox, f"panel.gate.{name}")


def tick(qtbot, app, name):
    """Click a rule of the panel, and wait until the gate is ready."""
    app.parts.actions["gate.panel"].trigger()
    qtbot.mouseClick(box(app, name), Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    wait_settled(qtbot, app)


def setting_of(app):
    return next(f for f in app.features if isinstance(f, GateFeature)).setting


def plane(app, layer, pair=PAIRS[0]):
    return CubeStore.open(app.parts.state.cube.path).read_plane(layer, pair)


def painted(app, pair=PAIRS[0]):
    return app.parts.editor.session.masks(pair).activity.copy()


def said(app):
    return app.parts.window.findChild(GateWords, "status.gate").text


def brush_all(qtbot, app, key=Key.Key_B):
    """Go over the whole frame with a wide brush, by hand."""
    app.parts.state.set_radius(60.0)
    press(app, key)
    drag(app, (30, 20), (30, 60))
    wait_settled(qtbot, app)


def colour(app, row, col, canvas=None):
    canvas = canvas or app.parts.canvas
    return canvas.grab().toImage().pixel(canvas.to_widget(row, col).toPoint())


def test_a_brush_and_an_eraser_stop_at_low_coherence(qtbot, app):
    value = app.parts.window.findChild(QDoubleSpinBox, "gate.coherence_value")
    tick(qtbot, app, "coherence")
    value.setValue(0.6)
    wait_settled(qtbot, app)
    free = plane(app, "insar_coherence") >= 0.6
    brush_all(qtbot, app)
    assert np.array_equal(painted(app) == Activity.MOGI, free)
    wait_saved(qtbot, app)
    assert np.array_equal(mask_on_disk(app.parts.state.cube.path, PAIRS[0]) == 3, free)
    app.parts.window.findChild(QSlider, "gate.coherence_slider").setValue(80)
    wait_settled(qtbot, app)
    brush_all(qtbot, app, Key.Key_E)
    higher = plane(app, "insar_coherence") >= 0.8
    assert np.array_equal(painted(app) == Activity.MOGI, free & ~higher)
    press(app, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)  # undo is not held back
    assert np.array_equal(painted(app) == Activity.MOGI, free)
    wait_saved(qtbot, app)


def test_the_phase_range_goes_through_pi_and_every_tool_keeps_to_it(qtbot, app):
    tick(qtbot, app, "phase")
    app.parts.window.findChild(QDoubleSpinBox, "gate.low").setValue(2.0)
    app.parts.window.findChild(QDoubleSpinBox, "gate.high").setValue(-2.0)
    wait_settled(qtbot, app)
    phase = plane(app, "insar_difference")
    press(app, Key.Key_P)
    view = app.parts.canvas.focusProxy().viewport()
    for corner in ((4, 4), (4, 70), (50, 70), (50, 4)):
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=point(app, *corner))
    press(app, Key.Key_Return)
    wait_settled(qtbot, app)
    inside = painted(app) != 0
    assert inside.any()
    assert (np.abs(phase[inside]) >= 2.0 - 1e-5).all()
    missed = ~inside[6:48, 6:68]
    assert (np.abs(phase[6:48, 6:68][missed]) <= 2.0 + 1e-5).all()
    wait_saved(qtbot, app)


def test_the_key_turns_it_on_and_off_and_the_tool_bar_says_so(qtbot, app):
    button = app.parts.window.findChild(QToolButton, "strip.gate.on")
    assert button.text() == "Gate"
    tick(qtbot, app, "coherence")
    assert box(app, "on").isChecked()  # a rule that is put in force is meant
    assert button.text() == "Gate: coh \u2265 0.30"
    press(app, Key.Key_G, SHIFT)
    assert button.text() == "Gate"
    brush_all(qtbot, app)
    assert (painted(app) == Activity.MOGI).all()
    press(app, Key.Key_G, SHIFT)
    assert button.text() == "Gate: coh \u2265 0.30"
    wait_saved(qtbot, app)


def test_the_veil_lies_over_closed_pixels_in_all_panels_and_goes_with_space(qtbot, app):
    app.parts.actions["split.2"].trigger()
    wait_settled(qtbot, app)
    coherence = plane(app, "insar_coherence")
    closed = tuple(np.argwhere(coherence[10:50, 10:70] < 0.3)[0] + 10)
    free = tuple(np.argwhere(coherence[10:50, 10:70] > 0.3)[0] + 10)
    canvases = app.parts.deck.shown
    assert len(canvases) == 2
    before = [(colour(app, *closed, c), colour(app, *free, c)) for c in canvases]
    tick(qtbot, app, "coherence")
    for canvas, (bare, clear) in zip(canvases, before, strict=True):
        assert colour(app, *closed, canvas) != bare
        assert colour(app, *free, canvas) == clear
    view = app.parts.canvas.focusProxy()
    view.setFocus()
    qtbot.keyPress(view, Key.Key_Space)
    assert [colour(app, *closed, c) for c in canvases] == [bare for bare, _ in before]
    qtbot.keyRelease(view, Key.Key_Space)
    assert colour(app, *closed) != before[0][0]
    press(app, Key.Key_G, SHIFT | Qt.KeyboardModifier.ControlModifier)  # the veil alone
    wait_settled(qtbot, app)
    assert colour(app, *closed) == before[0][0]
    assert app.parts.hand.gate.pixels is not None


def test_the_gate_follows_the_pair_and_never_lets_go_between(qtbot, app):
    tick(qtbot, app, "coherence")
    first = app.parts.hand.gate
    press(app, Key.Key_D)
    assert app.parts.hand.gate is CLOSED
    wait_settled(qtbot, app)
    pair = app.parts.state.pair
    assert pair == PAIRS[1]
    assert not np.array_equal(app.parts.hand.gate.pixels, first.pixels)
    brush_all(qtbot, app)
    free = plane(app, "insar_coherence", pair) >= 0.3
    assert np.array_equal(painted(app, pair) != 0, free)
    assert not painted(app, PAIRS[0]).any()
    wait_saved(qtbot, app)


def test_a_stroke_that_is_begun_before_the_gate_is_ready_paints_nothing(qtbot, app):
    tick(qtbot, app, "coherence")
    app.parts.window.findChild(QDoubleSpinBox, "gate.coherence_value").setValue(0.9)
    press(app, Key.Key_B)
    drag(app, (30, 40))
    assert not painted(app).any()
    assert "being made ready" in said(app)
    wait_settled(qtbot, app)
    brush_all(qtbot, app)
    assert np.array_equal(painted(app) != 0, plane(app, "insar_coherence") >= 0.9)
    wait_saved(qtbot, app)


def test_painting_on_closed_pixels_says_why(qtbot, app):
    tick(qtbot, app, "coherence")
    coherence = plane(app, "insar_coherence")
    row, col = np.argwhere(coherence[10:50, 10:70] < 0.3)[0] + 10
    app.parts.state.set_radius(0.5)
    press(app, Key.Key_B)
    drag(app, (row, col))
    assert said(app) == (f"Nothing was changed: coherence {coherence[row, col]:.2f} is below 0.30")
    assert app.parts.editor.session.undoable(PAIRS[0]) is None
    tick(qtbot, app, "coherence")
    app.parts.actions["gate.on"].trigger()
    drag(app, (row, col))
    assert painted(app)[row, col] == Activity.MOGI
    wait_saved(qtbot, app)


def test_painting_the_same_again_is_no_matter_of_the_gate(qtbot, app):
    tick(qtbot, app, "coherence")
    row, col = np.argwhere(plane(app, "insar_coherence")[10:50, 10:70] > 0.3)[0] + 10
    app.parts.state.set_radius(0.5)
    press(app, Key.Key_B)
    for _ in range(2):
        drag(app, (row, col))
        assert painted(app)[row, col] == Activity.MOGI
        assert said(app) == ""
    wait_saved(qtbot, app)


def test_hovering_over_closed_pixels_says_why_while_a_tool_paints(qtbot, app):
    tick(qtbot, app, "phase")
    view = app.parts.canvas.focusProxy().viewport()
    QTest.mouseMove(view, point(app, 1, 40))  # the margin without phase
    assert said(app) == ""  # the hand only moves the picture
    press(app, Key.Key_B)
    assert said(app) == "Gate: there is no phase"
    phase = plane(app, "insar_difference")
    row, col = np.argwhere(np.abs(phase[10:50]) > 2)[0] + (10, 0)
    QTest.mouseMove(view, point(app, row, col))
    value = f"{phase[row, col]:.2f}".replace("-", "\u2212")
    assert said(app) == f"Gate: phase {value} is outside \u22121.57 to 1.57 rad"


def test_what_may_be_painted_over_by_class(qtbot, app):
    session = app.parts.editor.session
    west = Shape(Window(0, ROWS, 0, 30), np.ones((ROWS, 30), bool))
    east = Shape(Window(0, ROWS, 50, COLS), np.ones((ROWS, COLS - 50), bool))
    session.annotate(PAIRS[0], "Test", west, Paint(Activity.DYKE, Intensity.LOW))
    session.annotate(PAIRS[0], "Test", east, Paint(Activity.SILL, Intensity.LOW))
    wait_settled(qtbot, app)
    tick(qtbot, app, "types")
    for code in (1, 3, 4, 5, 6):
        app.parts.window.findChild(QCheckBox, f"gate.over.{code}").click()
    wait_settled(qtbot, app)
    brush_all(qtbot, app)  # Mogi may go over dykes, not over sills
    assert set(np.unique(painted(app)[:, :50])) == {Activity.MOGI}
    assert set(np.unique(painted(app)[:, 50:])) == {Activity.SILL}
    drag(app, (30, 70))
    tick(qtbot, app, "unlabelled")
    press(app, Key.Key_2)
    brush_all(qtbot, app)
    brush_all(qtbot, app, Key.Key_E)
    assert set(np.unique(painted(app))) == {Activity.MOGI, Activity.SILL}
    assert said(app) == "Nothing was changed: it is labelled already"
    wait_saved(qtbot, app)


def test_a_region_is_drawn_around_added_to_and_taken_away_from(qtbot, app):
    press(app, Key.Key_B)
    app.parts.actions["gate.panel"].trigger()
    qtbot.mouseClick(
        app.parts.window.findChild(QPushButton, "panel.tool.gate_region"),
        Qt.MouseButton.LeftButton,
    )
    assert app.parts.state.tool == "gate_region"
    drag(app, (10, 10), (10, 30), (40, 30), (40, 10))
    wait_settled(qtbot, app)
    assert app.parts.state.tool == "brush"  # back to what was in the hand
    assert box(app, "region").isChecked()
    app.parts.actions["tool.gate_region"].trigger()
    drag(app, (20, 5), (20, 50), (25, 50), (25, 5), ctrl=True)
    wait_settled(qtbot, app)
    gate = app.parts.hand.gate.pixels
    assert gate[15, 20]
    assert gate[35, 20]
    assert not gate[22, 20]
    assert not gate[50, 60]
    brush_all(qtbot, app)
    assert np.array_equal(painted(app) != 0, gate)
    press(app, Key.Key_D)  # it stays from pair to pair
    wait_settled(qtbot, app)
    assert np.array_equal(app.parts.hand.gate.pixels, gate)
    app.parts.actions["gate.clear"].trigger()
    assert not box(app, "region").isChecked()
    wait_saved(qtbot, app)


def test_the_mask_or_one_type_of_it_becomes_the_region(qtbot, app):
    session = app.parts.editor.session
    west = Shape(Window(5, 20, 5, 30), np.ones((15, 25), bool))
    east = Shape(Window(30, 50, 50, 70), np.ones((20, 20), bool))
    session.annotate(PAIRS[0], "Test", west, Paint(Activity.DYKE, Intensity.LOW))
    session.annotate(PAIRS[0], "Test", east, Paint(Activity.SILL, Intensity.LOW))
    wait_settled(qtbot, app)
    press(app, Key.Key_2)
    app.parts.actions["gate.from_type"].trigger()
    wait_settled(qtbot, app)
    assert np.array_equal(app.parts.hand.gate.pixels, painted(app) == Activity.DYKE)
    app.parts.actions["gate.from_mask"].trigger()
    wait_settled(qtbot, app)
    assert np.array_equal(app.parts.hand.gate.pixels, painted(app) != 0)
    before = app.parts.hand.gate
    press(app, Key.Key_4)
    app.parts.actions["gate.from_type"].trigger()
    assert app.parts.hand.gate is before
    assert "no mask of Spheroid" in app.parts.window.messages.message.text
    wait_saved(qtbot, app)


def test_tidying_keeps_to_the_gate_of_its_own_pair(qtbot, app):
    session = app.parts.editor.session
    there = disc(30, 40, 12, (ROWS, COLS))
    session.annotate(PAIRS[0], "Test", there, Paint(Activity.MOGI, Intensity.LOW))
    wait_settled(qtbot, app)
    tick(qtbot, app, "coherence")
    before = painted(app) != 0
    app.parts.actions["tidy.grow"].trigger()
    press(app, Key.Key_D)  # before it is carried out
    wait_settled(qtbot, app)
    grown = (painted(app) != 0) & ~before
    assert grown.any()
    assert (plane(app, "insar_coherence")[grown] >= 0.3).all()
    wait_saved(qtbot, app)


def test_a_region_is_moved_within_the_gate_only(qtbot, app):
    session = app.parts.editor.session
    there = disc(30, 20, 6, (ROWS, COLS))
    session.annotate(PAIRS[0], "Test", there, Paint(Activity.MOGI, Intensity.LOW))
    wait_settled(qtbot, app)
    app.parts.actions["tool.gate_region"].trigger()
    drag(app, (5, 45), (5, 75), (55, 75), (55, 45))
    wait_settled(qtbot, app)
    free = app.parts.hand.gate.pixels
    app.parts.actions["tool.move"].trigger()
    before = painted(app)
    drag(app, (30, 20), (30, 40), (30, 55))
    wait_settled(qtbot, app)
    after = painted(app)
    assert np.array_equal(after[~free], before[~free])  # it could not leave where it was
    assert (after[free] != 0).any()
    drag(app, (30, 20), (20, 20), (12, 20))
    wait_settled(qtbot, app)
    assert np.array_equal(painted(app), after)
    assert said(app) == "Nothing was changed: this is outside the region"
    wait_saved(qtbot, app)


def test_the_phase_is_picked_from_the_picture(qtbot, app):
    phase = plane(app, "insar_difference")
    setting = setting_of(app)
    app.parts.actions["tool.gate_pick"].trigger()
    drag(app, (30, 46))
    wait_settled(qtbot, app)
    assert setting.choice.by_phase
    assert setting.choice.range.middle == pytest.approx(phase[30, 46], abs=0.2)
    assert setting.choice.range.width == pytest.approx(np.pi, abs=1e-6)
    app.parts.actions["tool.gate_pick"].trigger()
    drag(app, (30, 44), (30, 46), (30, 49))
    wait_settled(qtbot, app)
    low, high = setting.choice.low, setting.choice.high
    assert (low, high) == pytest.approx((phase[30, 44], phase[30, 49]), abs=0.25)
    gate = app.parts.hand.gate.pixels
    assert gate[30, 46]
    assert not gate[30, 41]
    assert app.parts.state.tool == "pan"
    app.parts.actions["tool.gate_pick"].trigger()
    drag(app, (0, 40))  # no phase in the margin
    wait_settled(qtbot, app)
    assert (setting.choice.low, setting.choice.high) == (low, high)
    assert "no phase" in app.parts.window.messages.message.text


def test_both_ends_of_the_ring_are_dragged(qtbot, app):
    app.parts.actions["gate.panel"].trigger()
    wait_settled(qtbot, app)
    setting = setting_of(app)
    ring = setting.panel.ring

    def pull(start, end):
        left = Qt.MouseButton.LeftButton
        QTest.mousePress(ring, left, pos=ring.place_of(start).toPoint())
        QTest.mouseMove(ring, ring.place_of(end).toPoint())
        QTest.mouseRelease(ring, left, pos=ring.place_of(end).toPoint())

    pull(np.pi / 2, 2.5)
    assert setting.choice.high == pytest.approx(2.5, abs=0.05)
    assert setting.choice.low == pytest.approx(-np.pi / 2, abs=0.01)
    pull(0.5, 1.5)  # the part between: both go along
    assert setting.choice.low == pytest.approx(-np.pi / 2 + 1.0, abs=0.1)
    assert setting.choice.high == pytest.approx(3.5 - 2 * np.pi, abs=0.1)
    spin = app.parts.window.findChild(QDoubleSpinBox, "gate.high")
    assert spin.value() == pytest.approx(setting.choice.high, abs=0.01)
    wait_settled(qtbot, app)


def test_a_rule_that_cannot_be_told_shuts_the_gate_and_says_so(qtbot, app):
    tick(qtbot, app, "land")  # this frame has no land mask
    assert app.parts.window.findChild(QToolButton, "strip.gate.on").text() == "Gate: shut"
    assert "no land mask" in app.parts.window.messages.message.text
    brush_all(qtbot, app)
    assert not painted(app).any()
    assert said(app) == "Nothing was changed: there is no land mask here"
    tick(qtbot, app, "land")
    assert app.parts.window.messages.message is None
    brush_all(qtbot, app)
    assert painted(app).all()
    wait_saved(qtbot, app)


def test_the_rules_are_remembered(qtbot, open_app, app):
    tick(qtbot, app, "coherence")
    tick(qtbot, app, "unlabelled")
    app.parts.window.findChild(QDoubleSpinBox, "gate.coherence_value").setValue(0.45)
    wait_settled(qtbot, app)
    path = app.parts.state.cube.path
    app.close()
    again = open_app(path)
    assert again.parts.window.findChild(QToolButton, "strip.gate.on").text() == (
        "Gate: coh \u2265 0.45, unlabelled"
    )
    assert np.array_equal(again.parts.hand.gate.pixels, plane(again, "insar_coherence") >= 0.45)


def test_a_region_is_for_frames_of_the_same_grid_only(qtbot, app, cube_path):
    same = write_cube(cube_path.parent, frame="012D_03883_131313")
    other = CubeWriter.start(
        cube_path.parent / "045A_06785_131313.zarr",
        frame="045A_06785_131313",
        geometry=Geometry(30, 40, -90.0, 0.5, 0.001, -0.001),
        dates=[PAIRS[0].primary, PAIRS[0].secondary],
        layers=["insar_difference"],
    )
    other.write("insar_difference", np.ones((30, 40), np.float32), pair=PAIRS[0])
    app.parts.actions["tool.gate_region"].trigger()
    drag(app, (10, 10), (10, 30), (40, 30), (40, 10))
    wait_settled(qtbot, app)
    drawn = app.parts.hand.gate.pixels
    app.parts.opener.open_cube(same)
    wait_settled(qtbot, app)
    assert np.array_equal(app.parts.hand.gate.pixels, drawn)
    app.parts.opener.open_cube(other.finish())
    wait_settled(qtbot, app)
    assert app.parts.window.messages.message.text.startswith("The region of the gate belongs to")
    assert app.parts.window.findChild(QToolButton, "strip.gate.on").text() == "Gate: no rule"
    assert app.parts.hand.gate.open


SHAPE = (60, 80)


def test_the_region_tool_closes_by_click_and_gives_up_without_a_trace():
    found = []
    tool = RegionTool(Hand(shape=SHAPE), lambda shape, how: found.append((shape, how)))

    def click(row, col, **keys):
        tool.press(Pointer(row, col, reach=1.0, **keys))
        tool.release(Pointer(row, col, reach=1.0, **keys))

    for corner in ((10, 10), (10, 30), (30, 30)):
        click(*corner, shift=True)
    assert tool.drawing
    click(10.4, 10.4)
    assert not tool.drawing
    shape, how = found[0]
    assert how == "add"
    assert shape.mask[2, 15]
    click(5, 5)
    assert tool.leave().used
    assert not tool.drawing
    assert len(found) == 1
    click(5, 5)
    click(5, 20)
    assert tool.key("enter").used  # two corners hold nothing
    assert len(found) == 1


def test_a_pick_that_is_given_up_picks_nothing():
    found = []
    tool = PickTool(Hand(shape=SHAPE), lambda begin, end: found.append((begin, end)))
    tool.press(Pointer(10, 10))
    assert tool.leave().used
    tool.release(Pointer(10, 10))
    assert found == []
