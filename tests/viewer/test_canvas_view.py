"""The canvas as a person uses it: real mouse and key events, real pixels."""

from dataclasses import replace
from math import pi

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from thalia_core.annotate.gates import OPEN
from thalia_core.annotate.patch import Paint
from thalia_core.annotate.shapes import disc
from thalia_core.cube.geometry import Geometry, Window
from thalia_core.cube.labels import Activity, Intensity
from thalia_viewer.canvas.camera import View
from thalia_viewer.canvas.layers import STYLES, PlaneImage, encode
from thalia_viewer.canvas.masks import CLASS_COLOURS
from thalia_viewer.canvas.tools import BrushTool, EraserTool, Hand, PanTool, PolygonTool
from thalia_viewer.canvas.view import Canvas
from thalia_viewer.theme import LIGHT

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # Qt's offscreen platform, on show

ROWS, COLS = 60, 80
GRID = Geometry(ROWS, COLS, -91.0, 0.03, 0.001, -0.001)
PHASE = STYLES["insar_difference"]
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
CTRL = Qt.KeyboardModifier.ControlModifier


class FakeSession:
    """Paints the shared planes, as an edit session does."""

    def __init__(self):
        self.activity = np.zeros((ROWS, COLS), np.uint8)
        self.intensity = np.zeros((ROWS, COLS), np.uint8)
        self.log = []

    def begin(self, paint, name, gate=OPEN):
        self.log.append(name)
        self._paint, self._before = paint, self.activity.copy()
        return self

    def extend(self, shape):
        self.activity[shape.window.slices][shape.mask] = self._paint.activity
        self.intensity[shape.window.slices][shape.mask] = self._paint.intensity
        return shape.window

    def commit(self):
        self.log.append("commit")

    def abort(self):
        self.log.append("abort")
        self.activity[...] = self._before
        return Window.full(ROWS, COLS)


@pytest.fixture
def session():
    return FakeSession()


@pytest.fixture
def hand(session):
    return Hand(session, Paint(Activity.MOGI, Intensity.NONE), radius=3.0)


@pytest.fixture
def canvas(qtbot, session):
    widget = Canvas()
    qtbot.addWidget(widget)
    widget.resize(80 * 8, 60 * 8)
    widget.furniture.want(legend=False, classes=False)
    widget.show()
    widget.set_image(phase_image())
    widget.set_view(View(29.5, 39.5, 8.0))
    widget.set_mask(session.activity, session.intensity)
    return widget


def phase_image(request=None):
    """Four quarters of one phase each; the north-western one has no data."""
    plane = np.full((ROWS, COLS), -pi / 2, np.float32)
    plane[:30, :40] = np.nan
    plane[30:, 40:] = pi / 2
    return PlaneImage.of(plane, PHASE, GRID, request)


def view_of(canvas):
    return canvas.focusProxy().viewport()


def at(canvas, row, col):
    return canvas.to_widget(row, col).toPoint()


def drag(canvas, *points, button=LEFT, keys=Qt.KeyboardModifier.NoModifier):
    view = view_of(canvas)
    QTest.mousePress(view, button, keys, at(canvas, *points[0]))
    for point in points[1:]:
        QTest.mouseMove(view, at(canvas, *point))
    QTest.mouseRelease(view, button, keys, at(canvas, *points[-1]))


def picture(canvas):
    return canvas.grab().toImage()


def colour(image, canvas, row, col):
    point = canvas.to_widget(row, col) * image.devicePixelRatio()
    return image.pixelColor(int(point.x()), int(point.y())).getRgb()[:3]


def phase_colour(value):
    code = int(encode(np.array([[value]]), PHASE, PHASE.limits)[0, 0])
    return QColor.fromRgba(int(PHASE.table[code])).getRgb()[:3]


def test_known_pixels_have_their_colours(canvas):
    image = picture(canvas)
    assert colour(image, canvas, 40, 10) == phase_colour(-pi / 2)
    assert colour(image, canvas, 40, 60) == phase_colour(pi / 2)
    assert len(set(colour(image, canvas, 10, 10))) == 1  # no data: a neutral grey


def test_pixels_stay_sharp_at_every_zoom(canvas):
    values = np.linspace(-3, 3, ROWS * COLS, dtype=np.float32).reshape(ROWS, COLS)
    canvas.set_image(PlaneImage.of(values, PHASE, GRID))
    allowed = {QColor.fromRgba(int(c)).getRgb()[:3] for c in PHASE.table[1:]}
    for scale in (1.0, 2.7, 13.3, 40.0):
        canvas.set_view(View(30.2, 40.7, scale))
        image = picture(canvas)
        middle = [
            image.pixelColor(image.width() // 2 + i, image.height() // 2).getRgb()[:3]
            for i in range(-20, 20)
        ]
        assert set(middle) <= allowed
        assert colour(image, canvas, 30, 41) == phase_colour(values[30, 41])


def test_a_circle_is_a_circle_far_north(qtbot):
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(500, 500)
    canvas.set_frame(Geometry(200, 400, -20.0, 64.5, 0.001, -0.001))
    east, north = canvas.grid.pixel_metres()
    origin, right = canvas.to_widget(0, 0), canvas.to_widget(0, 1000 / east)
    below = canvas.to_widget(1000 / north, 0)
    assert right.x() - origin.x() == pytest.approx(below.y() - origin.y())


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


class PaintedArea(QObject):
    """Adds up the pixels that a widget is asked to paint."""

    pixels = 0

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            self.pixels += sum(rect.width() * rect.height() for rect in event.region())
        return False


def test_a_dab_repaints_only_its_rectangle(canvas, session):
    for _ in range(2):  # Qt paints a new window whole at its first two updates
        QApplication.processEvents()
        canvas.mask_changed(Window(0, 1, 0, 1))
    QApplication.processEvents()
    painted = PaintedArea()
    view_of(canvas).installEventFilter(painted)
    session.activity[20:24, 50:55] = Activity.MOGI
    canvas.mask_changed(Window(20, 24, 50, 55))
    QApplication.processEvents()
    assert 4 * 5 * 64 <= painted.pixels < 4 * 5 * 64 * 2.2


def test_dirty_rectangles_add_up_to_the_whole_picture(canvas, session):
    random = np.random.default_rng(3)
    canvas.set_view(View(28.3, 41.1, 7.3))
    picture(canvas)
    for _ in range(6):
        row, col = random.integers(0, 50), random.integers(0, 70)
        window = Window(row, row + 9, col, col + 8)
        session.activity[window.slices] = random.integers(0, 7)
        session.intensity[window.slices] = random.integers(0, 4)
        canvas.mask_changed(window)
        picture(canvas)
    patched = picture(canvas)
    canvas.mask_changed()
    assert picture(canvas) == patched


def test_hiding_peeking_and_opacity(canvas, session):
    blank = picture(canvas)
    session.activity[40:50, 50:70] = Activity.DYKE
    canvas.mask_changed(Window(40, 50, 50, 70))
    masked = picture(canvas)
    assert masked != blank
    for hide, show in (
        (lambda: canvas.set_mask_visible(False), lambda: canvas.set_mask_visible(True)),
        (lambda: canvas.peek(True), lambda: canvas.peek(False)),
        (lambda: canvas.set_mask_opacity(0.0), lambda: canvas.set_mask_opacity(0.5)),
    ):
        hide()
        assert picture(canvas) == blank
        show()
        assert picture(canvas) == masked


def test_planes_without_values_draw_nothing_and_are_painted_on(canvas):
    blank = picture(canvas)
    activity = np.full((ROWS, COLS), 255, np.uint8)
    canvas.set_mask(activity, np.full((ROWS, COLS), 255, np.uint8))
    assert picture(canvas) == blank
    activity[40:50, 50:70] = Activity.SILL
    canvas.mask_changed(Window(40, 50, 50, 70))
    assert picture(canvas) != blank


def test_the_class_legend_lists_what_there_is(canvas, hand, session):
    canvas.furniture.want(classes=True)
    blank = picture(canvas)
    session.activity[10:14, 10:14] = Activity.DYKE
    canvas.mask_changed(Window(10, 14, 10, 14))
    assert picture(canvas).copy(400, 380, 240, 100) != blank.copy(400, 380, 240, 100)
    hand.radius = 12
    canvas.set_tool(EraserTool(hand))
    drag(canvas, (12, 12))
    canvas.unpointed()
    assert picture(canvas) == blank


def test_contour_leaves_the_inside_free(canvas, session):
    session.activity[40:50, 50:70] = Activity.DYKE
    canvas.mask_changed()
    canvas.set_mask_contour(True)
    assert colour(picture(canvas), canvas, 45, 60) == phase_colour(pi / 2)
    assert colour(picture(canvas), canvas, 39.6, 60) != phase_colour(pi / 2)


def test_another_layer_of_the_frame_keeps_view_and_mask(canvas, session):
    session.activity[40:50, 50:70] = Activity.SILL
    canvas.mask_changed()
    canvas.set_view(View(40, 50, 12.0))
    coherence = PlaneImage.of(np.full((ROWS, COLS), 0.5), STYLES["insar_coherence"], GRID)
    canvas.set_image(coherence)
    assert canvas.view() == View(40, 50, 12.0)
    assert canvas.image is coherence
    red, green, blue = colour(picture(canvas), canvas, 45, 60)
    assert green > blue  # lime over grey


def test_another_frame_drops_masks_and_fits(canvas, session):
    session.activity[...] = Activity.SILL
    other = Geometry(30, 30, 10.0, 40.0, 0.001, -0.001)
    canvas.set_image(PlaneImage.of(np.zeros((30, 30)), STYLES["insar_coherence"], other))
    assert canvas.grid is other
    assert canvas.view().row == 14.5
    with pytest.raises(ValueError, match="another size"):
        canvas.set_mask(session.activity, session.intensity)


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


def test_the_fitted_view_follows_the_size_of_the_widget(canvas):
    canvas.reset_view()
    canvas.resize(400, 300)
    assert canvas.view().scale == pytest.approx(5.0, rel=1e-3)
    canvas.zoom_by(2)
    canvas.resize(500, 400)
    assert canvas.view().scale == pytest.approx(10.0, rel=1e-3)


def test_two_canvases_stay_together(canvas, qtbot):
    other = Canvas()
    qtbot.addWidget(other)
    other.resize(300, 300)
    other.set_image(phase_image())
    canvas.view_changed.connect(lambda: other.set_view(canvas.view()))
    canvas.pan_by(4, -3)
    assert other.view() == canvas.view()


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


def test_a_prediction_lies_over_the_layer(canvas):
    blank = picture(canvas)
    chance = np.zeros((ROWS, COLS), np.float32)
    chance[40:50, 50:70] = 0.9
    style = STYLES["probability"]
    canvas.set_overlay(encode(chance, style, style.limits))
    seen = picture(canvas)
    assert colour(seen, canvas, 45, 60) != colour(blank, canvas, 45, 60)
    assert colour(seen, canvas, 55, 60) == colour(blank, canvas, 55, 60)
    canvas.set_overlay(None)
    assert picture(canvas) == blank


def test_a_plane_that_nobody_encoded_looks_as_one_that_was(qtbot):
    jobs = []
    canvas = Canvas(later=lambda work, show: jobs.append((work, show)))
    qtbot.addWidget(canvas)
    canvas.resize(200, 150)
    canvas.show()
    rng = np.random.default_rng(5)
    values = rng.uniform(-np.pi, np.pi, (600, 800)).astype(np.float32)
    values[:100, :300] = np.nan
    image = PlaneImage.of(values, PHASE, Geometry(600, 800, -91.0, 0.3, 0.001, -0.001))
    seen = []
    for shown in (image, replace(image, index=None)):
        canvas.set_image(shown)
        canvas.reset_view()
        picked = picture(canvas)
        qtbot.waitUntil(lambda: bool(jobs), timeout=1000)
        work, show = jobs.pop()
        show(work())
        settled = picture(canvas)
        canvas.zoom_by(40, at=(100, 300))
        seen.append((picked, settled, picture(canvas)))
        jobs.clear()
    assert seen[0] == seen[1]
    assert len({image.cacheKey() for image in seen[0]}) == 3
    assert seen[0][0] != seen[0][1]


def test_a_view_from_afar_settles_to_the_average(qtbot):
    jobs = []
    canvas = Canvas(later=lambda work, show: jobs.append((work, show)))
    qtbot.addWidget(canvas)
    canvas.resize(200, 150)
    canvas.show()
    canvas.furniture.want(legend=False)
    values = np.where(np.indices((600, 800)).sum(axis=0) % 2, 0.6, -0.2).astype(np.float32)
    grid = Geometry(600, 800, -91.0, 0.3, 0.001, -0.001)
    canvas.set_image(PlaneImage.of(values, PHASE, grid))
    picked = picture(canvas)
    qtbot.waitUntil(lambda: bool(jobs), timeout=1000)
    work, show = jobs.pop()
    show(work())
    settled = picture(canvas)
    assert settled != picked
    assert settled.pixelColor(settled.width() // 2, 4).getRgb()[:3] == phase_colour(0.2)
    canvas.zoom_by(4)
    close = picture(canvas)
    show(work())  # an answer for a view that is no more
    assert picture(canvas) == close


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


def test_legends_and_ticks_are_drawn_over_the_edges_only(canvas):
    plain = picture(canvas)
    canvas.furniture.want(legend=True, edges=True)
    canvas.set_crosshair(30, 40)
    dressed = picture(canvas)
    assert dressed != plain
    assert colour(dressed, canvas, 20, 60) == colour(plain, canvas, 20, 60)
    canvas.set_crosshair(None)
    canvas.set_theme(LIGHT)
    assert picture(canvas) != dressed


@pytest.mark.parametrize("scale", [1.25, 2.0])
def test_high_resolution_screens_get_every_device_pixel(canvas, scale):
    values = np.linspace(-3, 3, ROWS * COLS, dtype=np.float32).reshape(ROWS, COLS)
    canvas.set_image(PlaneImage.of(values, PHASE, GRID))
    canvas.set_view(View(30, 40, 1.0))
    size = canvas.size()
    image = QImage(size * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    canvas.render(image)
    for row, col in ((31, 41), (29.6, 38.8), (45, 20)):
        place = canvas.to_widget(row, col) * scale
        x, y = int(place.x()), int(place.y())
        r, c = canvas.to_image(QPointF((x + 0.5) / scale, (y + 0.5) / scale))
        expected = phase_colour(values[round(r), round(c)])
        assert image.pixelColor(x, y).getRgb()[:3] == expected


@pytest.mark.parametrize("width", [900, 260])
def test_scale_and_legend_never_lie_over_each_other(qtbot, canvas, width):
    canvas.furniture.want(legend=True)
    canvas.set_image(PlaneImage.of(np.zeros((ROWS, COLS)), PHASE, GRID))
    canvas.resize(width, 400)
    qtbot.waitUntil(lambda: canvas.width() == width)
    scale, legend = (
        plate.mapRectToScene(plate.boundingRect())
        for plate in (canvas.furniture.scale, canvas.furniture.layer)
    )
    assert not scale.intersects(legend)
    assert (scale.bottom() == pytest.approx(legend.bottom())) == (width == 900)
