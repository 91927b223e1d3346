"""What lies over the layer of a canvas: masks, their legend, a prediction."""

from math import pi

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
from support.canvas import COLS, ROWS, colour, drag, phase_colour, picture, view_of

from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import Activity
from thalia_viewer.canvas.camera import View
from thalia_viewer.canvas.layers import STYLES, encode
from thalia_viewer.canvas.tools import EraserTool

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # Qt's offscreen platform, on show


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
