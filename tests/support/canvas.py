"""A small canvas to be used with real mouse and key events, and its pixels."""

from math import pi

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from thalia_core.annotate.gates import OPEN, Gate
from thalia_core.annotate.patch import Paint
from thalia_core.annotate.shapes import Shape
from thalia_core.cube.geometry import Geometry, Window
from thalia_viewer.canvas.layers import STYLES, PlaneImage, encode
from thalia_viewer.canvas.view import Canvas

ROWS, COLS = 60, 80
GRID = Geometry(ROWS, COLS, -91.0, 0.03, 0.001, -0.001)
PHASE = STYLES["insar_difference"]
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
CTRL = Qt.KeyboardModifier.ControlModifier


class FakeSession:
    """Paints the shared planes, as an edit session does."""

    def __init__(self) -> None:
        self.activity = np.zeros((ROWS, COLS), np.uint8)
        self.intensity = np.zeros((ROWS, COLS), np.uint8)
        self.log: list[str] = []

    def begin(self, paint: Paint, name: str, gate: Gate = OPEN) -> "FakeSession":
        self.log.append(name)
        self._paint, self._before = paint, self.activity.copy()
        return self

    def extend(self, shape: Shape) -> Window:
        self.activity[shape.window.slices][shape.mask] = self._paint.activity
        self.intensity[shape.window.slices][shape.mask] = self._paint.intensity
        return shape.window

    def commit(self) -> None:
        self.log.append("commit")

    def abort(self) -> Window:
        self.log.append("abort")
        self.activity[...] = self._before
        return Window.full(ROWS, COLS)


def phase_image() -> PlaneImage:
    """Four quarters of one phase each; the north-western one has no data."""
    plane = np.full((ROWS, COLS), -pi / 2, np.float32)
    plane[:30, :40] = np.nan
    plane[30:, 40:] = pi / 2
    return PlaneImage.of(plane, PHASE, GRID)


def view_of(canvas: Canvas) -> QWidget:
    """What mouse and keys reach."""
    proxy = canvas.focusProxy()
    assert isinstance(proxy, QAbstractScrollArea)
    return proxy.viewport()


def at(canvas: Canvas, row: float, col: float) -> QPoint:
    """Where an image position is in the widget."""
    return canvas.to_widget(row, col).toPoint()


def drag(
    canvas: Canvas,
    *points: tuple[float, float],
    button: Qt.MouseButton = LEFT,
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """Press at the first of some (row, column), move over the others, let go at the last."""
    view = view_of(canvas)
    QTest.mousePress(view, button, keys, at(canvas, *points[0]))
    for point in points[1:]:
        QTest.mouseMove(view, at(canvas, *point))
    QTest.mouseRelease(view, button, keys, at(canvas, *points[-1]))


def picture(canvas: Canvas) -> QImage:
    """All that is drawn."""
    return canvas.grab().toImage()


def colour(image: QImage, canvas: Canvas, row: float, col: float) -> tuple[int, ...]:
    """(red, green, blue) of a picture of the canvas at an image position."""
    point = canvas.to_widget(row, col) * image.devicePixelRatio()
    return image.pixelColor(int(point.x()), int(point.y())).getRgb()[:3]


def phase_colour(value: float) -> tuple[int, ...]:
    """(red, green, blue) of a phase in radians."""
    code = int(encode(np.array([[value]]), PHASE, PHASE.limits)[0, 0])
    return QColor.fromRgba(int(PHASE.table[code])).getRgb()[:3]
