"""The mask tools in the real window: actions, keys and the mouse, in any panel; each one step."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from support.window import (
    COLS,
    PAIRS,
    ROWS,
    drag,
    hover,
    mask_on_disk,
    point,
    press,
    surface_of,
    wait_saved,
    wait_settled,
)

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.shapes import disc, polygon
from thalia_core.cube.labels import Activity, Intensity

PAIR = PAIRS[0]
SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
MOGI = Paint(Activity.MOGI, Intensity.MEDIUM)
SQUARE = [(20, 20), (20, 40), (40, 40), (40, 20)]


def activity(app):
    return app.parts.editor.session.masks(PAIR).activity


def draw(app, row, col, radius, paint=MOGI):
    """What lies there already."""
    shape = disc(row, col, radius, (ROWS, COLS))
    app.parts.editor.session.annotate(PAIR, "Before", shape, paint)


def steps(app):
    return [step.name for step in app.parts.editor.session.history(PAIR)]


def take(app, qtbot, tool):
    app.parts.actions[f"tool.{tool}"].trigger()
    wait_settled(qtbot, app)
    assert app.parts.canvas.tool.name == tool


def tidy(app, qtbot, name):
    app.parts.actions[f"tidy.{name}"].trigger()
    wait_settled(qtbot, app)


def inside(vertices):
    plane, shape = np.zeros((ROWS, COLS), bool), polygon(vertices, (ROWS, COLS))
    plane[shape.window.slices] = shape.mask
    return plane


def test_a_lasso_paints_and_with_shift_takes_away_and_each_is_one_step(app, qtbot, cube_path):
    take(app, qtbot, "lasso")
    drag(app, *SQUARE)
    painted = activity(app) > 0
    assert painted[30, 30]
    assert not (painted ^ inside(SQUARE))[21:40, 21:40].any()  # the screen rounds the rim
    drag(app, (25, 25), (25, 35), (35, 35), (35, 25), held=SHIFT)
    assert activity(app)[30, 30] == 0
    assert activity(app)[22, 22] == Activity.MOGI
    assert steps(app) == ["Lasso", "Lasso, subtracted"]
    wait_saved(qtbot, app)
    assert np.array_equal(mask_on_disk(cube_path, PAIR), activity(app))
    app.parts.actions["edit.undo"].trigger()
    assert np.array_equal(activity(app) > 0, painted)


def test_the_toggle_makes_the_polygon_take_away(app, qtbot):
    draw(app, 30, 30, 15)
    take(app, qtbot, "polygon")
    app.parts.actions["tool.subtract"].trigger()
    for corner in SQUARE:
        drag(app, corner)
    press(app, Qt.Key.Key_Return)
    assert activity(app)[30, 30] == 0
    assert activity(app)[30, 17] == Activity.MOGI
    assert steps(app)[1:] == ["Polygon, subtracted"]


def test_fill_shows_what_it_will_do_and_does_it(app, qtbot):
    draw(app, 30, 30, 12)
    draw(app, 30, 30, 5, Paint(Activity.NONE))
    app.parts.actions["activity.2"].trigger()
    take(app, qtbot, "fill")
    hover(app, 30, 30)
    region = app.parts.canvas.region("tool")
    assert region.shape.mask.sum() == disc(30, 30, 5, (ROWS, COLS)).mask.sum()
    drag(app, (30, 30))
    assert activity(app)[30, 30] == Activity.DYKE
    assert steps(app)[2:] == ["Fill"]
    app.parts.actions["edit.undo"].trigger()
    hover(app, 30, 31)
    assert app.parts.canvas.region("tool").shape.mask.sum() == region.shape.mask.sum()
    hover(app, 55, 5)
    assert app.parts.canvas.region("tool") is None


def test_the_eyedropper_takes_the_class_and_gives_the_tool_before_back(app, qtbot):
    draw(app, 30, 30, 8, Paint(Activity.SILL, Intensity.HIGH))
    take(app, qtbot, "polygon")
    take(app, qtbot, "pick")
    drag(app, (30, 30))
    assert (app.parts.hand.paint.activity, app.parts.hand.paint.intensity) == (1, 3)
    assert app.parts.state.tool == "polygon"
    assert app.parts.actions["activity.1"].isChecked()
    assert app.parts.actions["intensity.3"].isChecked()
    assert steps(app) == ["Before"]


def test_a_class_without_intensity_is_picked_as_it_is(app, qtbot):
    draw(app, 30, 30, 8, Paint(Activity.DYKE))
    take(app, qtbot, "pick")
    drag(app, (30, 30))
    assert app.parts.hand.paint == Paint(Activity.DYKE)
    assert app.parts.state.tool == "brush"


def test_recoding_keeps_to_the_class_under_the_first_press(app, qtbot):
    draw(app, 30, 20, 6)
    draw(app, 30, 40, 6, Paint(Activity.SILL, Intensity.LOW))
    take(app, qtbot, "recode")
    app.parts.actions["activity.5"].trigger()
    assert app.parts.state.tool == "recode"
    drag(app, (30, 20), (30, 50))
    assert activity(app)[30, 20] == Activity.EARTHQUAKE
    assert activity(app)[30, 40] == Activity.SILL
    assert np.count_nonzero(activity(app) == Activity.EARTHQUAKE) == np.count_nonzero(
        disc(30, 20, 6, (ROWS, COLS)).mask
    )


@pytest.mark.parametrize("panel", [0, 1])
def test_a_region_is_moved_and_copied_from_any_panel(app, qtbot, panel):
    app.parts.actions["split.2"].trigger()
    wait_settled(qtbot, app)
    draw(app, 30, 20, 6)
    count = np.count_nonzero(activity(app))
    take(app, qtbot, "move")
    drag(app, (30, 20), (30, 50), panel=panel, let_go=False)
    shown = [canvas.region("tool") for canvas in app.parts.deck.shown]
    assert shown[0] is shown[1] is not None
    assert shown[0].shape.window.col0 == 44
    left, at = Qt.MouseButton.LeftButton, point(app, 30, 50, panel)
    QTest.mouseRelease(surface_of(app, panel), left, pos=at)
    assert activity(app)[30, 50] == Activity.MOGI
    assert activity(app)[30, 20] == 0
    drag(app, (30, 50), (30, 20), panel=panel, held=SHIFT)
    assert np.count_nonzero(activity(app)) == 2 * count
    assert steps(app)[1:] == ["Move", "Copy"]


@pytest.mark.parametrize("panel", [0, 1])
@pytest.mark.parametrize("tool", ["lasso", "fill", "recode"])
def test_every_tool_works_in_every_panel(app, qtbot, tool, panel):
    app.parts.actions["split.2"].trigger()
    wait_settled(qtbot, app)
    draw(app, 30, 30, 12)
    take(app, qtbot, tool)
    app.parts.actions["activity.2"].trigger()
    path = SQUARE if tool == "lasso" else SQUARE[:1] if tool == "fill" else [(30, 30), (30, 35)]
    path = [(30, 30)] if tool == "fill" else path
    drag(app, *path, panel=panel)
    assert activity(app)[30, 30] == Activity.DYKE
    assert len(steps(app)) == 2
    app.parts.actions["edit.undo"].trigger()
    assert activity(app)[30, 30] == Activity.MOGI


@pytest.mark.parametrize("tool", ["brush", "lasso", "fill", "recode", "move"])
def test_escape_in_the_middle_of_a_drag_leaves_nothing(app, qtbot, tool):
    draw(app, 30, 30, 12)
    before = activity(app).copy()
    app.parts.actions["activity.2"].trigger()
    take(app, qtbot, tool)
    drag(app, (30, 30), (30, 36), (36, 36), let_go=False)
    assert app.parts.canvas.tool.drawing
    QTest.keyClick(app.parts.canvas.focusProxy(), Qt.Key.Key_Escape)
    assert not app.parts.canvas.tool.drawing
    QTest.mouseRelease(surface_of(app), Qt.MouseButton.LeftButton, pos=point(app, 36, 36))
    assert np.array_equal(activity(app), before)
    assert steps(app) == ["Before"]


# The size of the brush


def test_alt_drag_and_the_held_key_resize_the_brush_in_the_window(app, qtbot):
    take(app, qtbot, "brush")
    app.parts.state.set_radius(3.0)
    drag(app, (30, 30), (30, 35), held=ALT)
    assert app.parts.state.radius == pytest.approx(8.0, abs=0.5)
    assert app.parts.strip.radius.value() == app.parts.state.radius
    wide = app.parts.state.radius
    view = app.parts.canvas.focusProxy()
    hover(app, 30, 30)
    QTest.keyPress(view, Qt.Key.Key_R)
    hover(app, 30, 40)
    QTest.keyRelease(view, Qt.Key.Key_R)
    hover(app, 30, 60)
    assert app.parts.state.radius == pytest.approx(wide + 10, abs=0.5)
    assert steps(app) == []


def test_the_size_is_set_in_metres_and_told_in_both(app, qtbot):
    strip, grid = app.parts.strip, app.parts.canvas.grid
    east, _ = grid.pixel_metres()
    app.parts.state.set_radius(10.0)
    assert strip.metres.value() == pytest.approx(10 * east, abs=1)
    strip.metres.setValue(2000.0)
    assert app.parts.hand.radius == pytest.approx(2000 / east)
    assert strip.radius.value() == pytest.approx(2000 / east, abs=0.1)
    assert strip.metres.value() == 2000


# Tidying up


def test_tidying_is_one_step_each_and_is_undone_whole(app, qtbot):
    draw(app, 30, 30, 12)
    draw(app, 30, 30, 4, Paint(Activity.NONE))
    draw(app, 10, 70, 2)
    before = activity(app).copy()
    for name in ("holes", "largest", "grow", "smooth", "shrink"):
        tidy(app, qtbot, name)
    assert steps(app)[3:] == [
        "Fill holes",
        "Keep largest",
        "Grow by 1 px",
        "Smooth",
        "Shrink by 1 px",
    ]
    assert activity(app)[30, 30] == Activity.MOGI
    assert activity(app)[10, 70] == 0
    for _ in range(5):
        app.parts.actions["edit.undo"].trigger()
    assert np.array_equal(activity(app), before)


def test_islands_below_the_area_of_the_settings_are_dropped(app, qtbot):
    east, north = app.parts.canvas.grid.pixel_metres()
    draw(app, 30, 30, 12)
    draw(app, 10, 70, 2)
    small = disc(10, 70, 2, (ROWS, COLS)).mask.sum() * east * north / 1e6
    app.parts.settings.update(smallest_island=small * 0.99)
    tidy(app, qtbot, "islands")
    assert activity(app)[10, 70] == Activity.MOGI
    app.parts.settings.update(smallest_island=small * 1.01)
    tidy(app, qtbot, "islands")
    assert activity(app)[10, 70] == 0
    assert activity(app)[30, 30] == Activity.MOGI


def test_only_what_is_under_the_cursor_is_tidied_up(app, qtbot):
    draw(app, 30, 20, 6)
    draw(app, 30, 60, 6)
    hover(app, 30, 20)
    tidy(app, qtbot, "grow")
    assert activity(app)[30, 13] == Activity.MOGI
    assert activity(app)[30, 53] == 0
    app.parts.actions["tidy.all"].trigger()
    tidy(app, qtbot, "grow")
    assert activity(app)[30, 53] == Activity.MOGI


def test_only_the_chosen_type_is_tidied_up(app, qtbot):
    draw(app, 30, 20, 6)
    draw(app, 30, 60, 6, Paint(Activity.SILL))
    app.parts.actions["activity.1"].trigger()
    app.parts.actions["tidy.class"].trigger()
    tidy(app, qtbot, "shrink")
    assert activity(app)[30, 14] == Activity.MOGI
    assert activity(app)[30, 54] == 0


def test_inside_the_box_of_the_last_edit_only(app, qtbot):
    draw(app, 30, 20, 8)
    take(app, qtbot, "brush")
    app.parts.state.set_radius(4.0)
    drag(app, (30, 60))
    app.parts.actions["tidy.box"].trigger()
    app.parts.actions["tidy.all"].trigger()
    assert app.parts.canvas.region("last edit").shape.window.col0 == 56
    for _ in range(3):  # three keys pressed faster than it computes
        app.parts.actions["tidy.shrink"].trigger()
    wait_settled(qtbot, app)
    assert app.parts.window.messages.message is None
    assert steps(app)[2:] == ["Shrink by 1 px"] * 3
    assert activity(app)[30, 12] == Activity.MOGI
    assert activity(app)[30, 57] == 0
    assert activity(app)[30, 60] == Activity.MOGI


def test_nothing_to_tidy_up_says_so_and_is_no_step(app, qtbot):
    tidy(app, qtbot, "grow")
    assert "no mask" in app.parts.window.messages.text.text()
    draw(app, 30, 30, 8)
    tidy(app, qtbot, "holes")
    assert "nothing to change" in app.parts.window.messages.text.text()
    assert steps(app) == ["Before"]


def test_what_is_painted_meanwhile_is_not_lost(app, qtbot):
    draw(app, 30, 30, 8)
    take(app, qtbot, "brush")
    app.parts.actions["tidy.grow"].trigger()
    draw(app, 30, 45, 8)
    drag(app, (50, 60), (50, 65), let_go=False)  # a stroke is on the mask
    qtbot.wait(60)
    QTest.mouseRelease(surface_of(app), Qt.MouseButton.LeftButton, pos=point(app, 50, 65))
    wait_settled(qtbot, app)
    assert activity(app)[30, 45] == activity(app)[30, 30] == activity(app)[50, 62] == Activity.MOGI
    assert activity(app)[30, 54] == Activity.MOGI  # what came meanwhile grew, too
    assert sorted(steps(app)) == ["Before", "Before", "Brush", "Grow by 1 px"]
