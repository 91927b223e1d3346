"""The canvas as a hand uses it: real mouse, wheel and key events."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from support.canvas import COLS, CTRL, LEFT, MIDDLE, ROWS, at, colour, drag, picture, view_of

from thalia_core.annotate.shapes import disc
from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import Activity
from thalia_viewer.canvas.camera import View
from thalia_viewer.canvas.masks import CLASS_COLOURS
from thalia_viewer.canvas.tools import BrushTool, EraserTool, PanTool, PolygonTool

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # Qt's offscreen platform, on show


def test_brush_drag_changes_the_shared_mask_and_the_picture(canvas, hand, session):
    canvas.set_tool(BrushTool(hand))
    before = colour(picture(canvas), canvas, 45, 60)
    drag(canvas, (45, 50), (45, 60))
    assert (session.activity[45, 50:61] == Activity.MOGI).all()
    assert session.log == ["Brush", "commit"]
    canvas.unpointed()
    after = colour(picture(canvas), canvas, 45, 60)
    assert after != before
    pink = QColor(CLASS_COLOURS[Activity.MOGI]).getRgb()[:3]
    assert sum(abs(a - b) for a, b in zip(after, pink, strict=True)) < sum(
        abs(a - b) for a, b in zip(before, pink, strict=True)
    )


def test_the_painted_pixels_are_those_under_the_footprint(canvas, hand, session):
    canvas.set_tool(BrushTool(hand))
    drag(canvas, (20, 60))
    expected = disc(20, 60, 3.0, (ROWS, COLS))
    painted = np.zeros((ROWS, COLS), bool)
    painted[expected.window.slices] = expected.mask
    assert np.array_equal(session.activity > 0, painted)


def test_ctrl_drag_erases_with_the_pan_tool(canvas, hand, session):
    session.activity[...] = Activity.SILL
    canvas.mask_changed()
    canvas.set_tool(PanTool(hand))
    before = canvas.view()
    drag(canvas, (30, 20), (30, 30), keys=CTRL)
    assert (session.activity[30, 20:31] == 0).all()
    assert canvas.view() == before


def test_escape_undoes_the_uncommitted_stroke(canvas, hand, session):
    canvas.set_tool(BrushTool(hand))
    view = view_of(canvas)
    blank = picture(canvas)
    QTest.mousePress(view, LEFT, pos=at(canvas, 40, 40))
    QTest.mouseMove(view, at(canvas, 40, 60))
    assert session.activity.any()
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not session.activity.any()
    assert not canvas.tool.drawing
    QTest.mouseRelease(view, LEFT, pos=at(canvas, 40, 60))
    assert session.log == ["Brush", "abort"]
    canvas.unpointed()
    assert picture(canvas) == blank


def test_polygon_by_clicks_and_enter(canvas, hand, session):
    canvas.set_tool(PolygonTool(hand))
    for corner in ((10, 50), (10, 70), (25, 70), (25, 50)):
        drag(canvas, corner)
    QTest.keyClick(view_of(canvas), Qt.Key.Key_Return)
    assert session.activity[17, 60] == Activity.MOGI
    assert np.count_nonzero(session.activity) == pytest.approx(15 * 20, abs=40)
    assert session.log == ["Polygon", "commit"]


def test_double_click_closes_a_polygon(canvas, hand, session):
    canvas.set_tool(PolygonTool(hand))
    for corner in ((10, 50), (10, 70), (25, 70)):
        drag(canvas, corner)
    QTest.mouseDClick(view_of(canvas), LEFT, pos=at(canvas, 25, 70))
    assert session.activity[12, 68] == Activity.MOGI
    assert not canvas.tool.drawing


def test_another_pair_commits_the_stroke_in_progress(canvas, hand, session):
    canvas.set_tool(BrushTool(hand))
    QTest.mousePress(view_of(canvas), LEFT, pos=at(canvas, 40, 40))
    canvas.set_mask(np.zeros((ROWS, COLS), np.uint8), np.zeros((ROWS, COLS), np.uint8))
    assert session.log == ["Brush", "commit"]
    QTest.mouseRelease(view_of(canvas), LEFT, pos=at(canvas, 40, 50))
    assert session.activity[40, 50] == 0


def test_cursor_signals_name_the_pixel(canvas, qtbot):
    view = view_of(canvas)
    seen = []
    canvas.cursor_moved.connect(lambda row, col: seen.append((row, col)))
    QTest.mouseMove(view, at(canvas, 12, 34))
    QTest.mouseMove(view, at(canvas, 12.2, 34.2))
    QTest.mouseMove(view, at(canvas, 59, 79))
    assert seen == [(12, 34), (59, 79)]
    with qtbot.waitSignal(canvas.cursor_left, timeout=500):
        canvas.set_view(View(30, 40, 4.0))
        QTest.mouseMove(view, QPoint(2, 2))


def test_edited_tells_the_window(canvas, hand, qtbot):
    canvas.set_tool(EraserTool(hand))
    with qtbot.waitSignal(canvas.edited, timeout=500) as blocker:
        drag(canvas, (30, 40))
    assert blocker.args == [Window(27, 34, 37, 44)]


def test_drag_pans_by_what_the_hand_moved(canvas, hand):
    canvas.set_tool(PanTool(hand))
    drag(canvas, (30, 40), (35, 50))
    assert (canvas.view().row, canvas.view().col) == pytest.approx((24.5, 29.5), abs=0.2)


def test_middle_drag_pans_with_the_brush_and_paints_nothing(canvas, hand, session):
    canvas.set_tool(BrushTool(hand))
    drag(canvas, (30, 40), (35, 50), button=MIDDLE)
    assert (canvas.view().row, canvas.view().col) == pytest.approx((24.5, 29.5), abs=0.2)
    assert session.log == []


def wheel(canvas, row, col, notches, keys=Qt.KeyboardModifier.NoModifier):
    view = view_of(canvas)
    point = QPointF(at(canvas, row, col))
    QApplication.sendEvent(
        view,
        QWheelEvent(
            point,
            QPointF(view.mapToGlobal(point.toPoint())),
            QPoint(),
            QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton,
            keys,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        ),
    )


def test_wheel_zooms_at_the_cursor(canvas):
    point = QPointF(at(canvas, 20, 60))
    place = canvas.to_image(point)
    wheel(canvas, 20, 60, 2)
    assert canvas.view().scale == pytest.approx(8.0 * 1.2**2)
    assert canvas.to_image(point) == pytest.approx(place)


def test_shift_wheel_changes_the_brush(canvas, hand, qtbot):
    canvas.set_tool(BrushTool(hand))
    with qtbot.waitSignal(canvas.hand_changed, timeout=500):
        wheel(canvas, 20, 60, 1, Qt.KeyboardModifier.ShiftModifier)
    assert hand.radius > 3.0
    assert canvas.view().scale == 8.0


def test_an_empty_canvas_says_why_and_survives_every_input(canvas, hand, session):
    canvas.clear("No archive is open")
    assert canvas.grid is None
    assert canvas.image is None
    view = view_of(canvas)
    for tool in (PanTool(hand), BrushTool(hand), PolygonTool(hand)):
        canvas.set_tool(tool)
        QTest.mouseMove(view, QPoint(50, 50))
        QTest.mouseClick(view, LEFT, pos=QPoint(60, 60))
        wheel(canvas, 0, 0, 1)
        QTest.keyClick(view, Qt.Key.Key_Escape)
    canvas.reset_view()
    canvas.zoom_by(2)
    assert session.log == []
    assert not picture(canvas).isNull()


def test_footprint_follows_the_cursor_and_leaves_with_it(canvas, hand):
    canvas.set_tool(BrushTool(hand))
    blank = picture(canvas)
    QTest.mouseMove(view_of(canvas), at(canvas, 45, 60))
    shown = picture(canvas)
    edge = canvas.to_widget(45, 63.5) * shown.devicePixelRatio()  # half a pixel beyond the disc
    bright = shown.pixelColor(round(edge.x()), round(edge.y())).lightness()
    assert bright > 200
    canvas.unpointed()
    assert picture(canvas) == blank
