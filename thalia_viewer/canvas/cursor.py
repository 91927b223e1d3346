"""What follows the cursor: the true footprint of the brush, the open polygon, a synced crosshair.

These items live in logical pixels of the view, so that their lines are equally thin at any zoom.
"""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsObject, QStyleOptionGraphicsItem, QWidget

from thalia_core.annotate.shapes import disc
from thalia_viewer.canvas.camera import Camera
from thalia_viewer.canvas.masks import CLASS_COLOURS
from thalia_viewer.canvas.plates import Note
from thalia_viewer.canvas.tools import Outline, Pointer

_LIGHT = QColor(255, 255, 255)
_SHADE = QColor(0, 0, 0, 150)
_TAKEN = QColor(0, 0, 0, 70)
_NOTHING = Outline()
_STAIRS_FROM = 3.0  # device pixels an image pixel must have before its corners are drawn
_MARK = 9.0
_GAP = 3.0


def footprint(radius: float, width: float, height: float, scale: float) -> QPainterPath:
    """The edge of the pixels a brush paints, around the centre of the pixel under the cursor.

    Args:
        radius: Brush radius in image pixels.
        width: Logical pixels of an image column.
        height: Logical pixels of an image row.
        scale: Device pixels per logical pixel.
    """
    path = QPainterPath()
    if min(width, height) * scale < _STAIRS_FROM:
        path.addEllipse(QPointF(0.0, 0.0), radius * width, radius * height)
        return path
    reach = int(np.ceil(radius)) + 1
    side = 2 * reach + 1
    shape = disc(reach, reach, radius, (side, side))
    mask = np.zeros((side, side), np.int8)
    if shape is not None:
        mask[shape.window.slices] = shape.mask
    for row, col in zip(*np.nonzero(np.diff(mask, axis=0)), strict=True):
        y, x = (row + 0.5 - reach) * height, (col - 0.5 - reach) * width
        path.moveTo(x, y)
        path.lineTo(x + width, y)
    for row, col in zip(*np.nonzero(np.diff(mask, axis=1)), strict=True):
        y, x = (row - 0.5 - reach) * height, (col + 0.5 - reach) * width
        path.moveTo(x, y)
        path.lineTo(x, y + height)
    return path


def _pens(dashed: bool = False) -> tuple[QPen, QPen]:
    """A dark pen under a light one: readable on every colour."""
    light = QPen(_LIGHT, 1.0)
    if dashed:
        light.setDashPattern([4.0, 3.0])
    return QPen(_SHADE, 3.0), light


class FootprintItem(QGraphicsObject):
    """The brush's footprint; erasing is dashed."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._path = QPainterPath()
        self._key: tuple[float, ...] = ()
        self._erasing = False

    def show_at(self, at: QPointF, key: tuple[float, float, float, float], erasing: bool) -> None:
        """Show the footprint of ``key`` (the arguments of ``footprint``) at a place in the view."""
        if key != self._key:
            self.prepareGeometryChange()
            self._path, self._key = footprint(*key), key
        if erasing != self._erasing:
            self._erasing = erasing
            self.update()
        self.setPos(at)
        self.setVisible(True)

    def boundingRect(self) -> QRectF:
        """The path and its pen."""
        return self._path.boundingRect().adjusted(-2, -2, 2, 2)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Two lines, one on the other."""
        smooth = self._path.elementCount() < 20  # an ellipse; stairs are sharp as they are
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
        for pen in _pens(self._erasing):
            painter.strokePath(self._path, pen)


class PolygonItem(QGraphicsObject):
    """The open polygon or lasso, its inside, and the line to the cursor.

    What will be painted is tinted with its class; what will be taken away is hatched.
    """

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._points: list[QPointF] = []
        self._vertices = 0
        self._outline = Outline()

    def show_points(
        self, vertices: Sequence[QPointF], cursor: QPointF, outline: Outline = _NOTHING
    ) -> None:
        """Show the vertices of an outline, then a dashed line to the cursor and to the start."""
        if not vertices and not self._points:
            return
        self.prepareGeometryChange()
        self._points = [*vertices, cursor] if vertices else []
        self._vertices, self._outline = len(vertices), outline
        self.update()

    def boundingRect(self) -> QRectF:
        """All points and their marks."""
        if not self._points:
            return QRectF()
        return QPolygonF(self._points).boundingRect().adjusted(-8, -8, 8, 8)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """The inside, the sides, the open side dashed, and a square on each vertex."""
        if not self._points:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_inside(painter)
        sides, to_cursor = self._points[: self._vertices], self._points[self._vertices - 1 :]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in _pens(dashed=self._outline.erasing):
            painter.setPen(pen)
            painter.drawPolyline(QPolygonF(sides))
        for pen in _pens(dashed=True):
            painter.setPen(pen)
            painter.drawPolyline(QPolygonF([*to_cursor, self._points[0]]))
        painter.setPen(QPen(_SHADE, 1.0))
        painter.setBrush(_LIGHT)
        for i, point in enumerate(sides if not self._outline.freehand else ()):
            half = 5.0 if i == 0 and self._outline.closing else 2.5
            painter.drawRect(QRectF(point.x() - half, point.y() - half, 2 * half, 2 * half))

    def _paint_inside(self, painter: QPainter) -> None:
        """Even-odd, as the pixels will be."""
        painter.setPen(Qt.PenStyle.NoPen)
        if self._outline.erasing:
            fills = [QBrush(_TAKEN), QBrush(_LIGHT, Qt.BrushStyle.BDiagPattern)]
        else:
            tint = QColor(CLASS_COLOURS.get(self._outline.activity, "#ffffff"))
            tint.setAlphaF(0.3)
            fills = [QBrush(tint)]
        for fill in fills:
            painter.setBrush(fill)
            painter.drawPolygon(QPolygonF(self._points), Qt.FillRule.OddEvenFill)


class CrosshairItem(QGraphicsObject):
    """A small cross with an open middle: the place another panel's cursor is at."""

    def boundingRect(self) -> QRectF:
        """Around the four arms."""
        return QRectF(-_MARK - 2, -_MARK - 2, 2 * _MARK + 4, 2 * _MARK + 4)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Four arms that leave the pixel free."""
        for pen in _pens():
            painter.setPen(pen)
            for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                painter.drawLine(QPointF(x * _GAP, y * _GAP), QPointF(x * _MARK, y * _MARK))


class CursorItems:
    """Everything that follows a cursor, shown together."""

    def __init__(self, parent: QGraphicsItem, z: float) -> None:
        self._crosshair = CrosshairItem(parent)
        self._polygon = PolygonItem(parent)
        self._footprint = FootprintItem(parent)
        self.note = Note(parent)
        """What the tool says beside the cursor."""
        for item in self.items:
            item.setZValue(z)
        self.mark(None)
        self.hide()

    @property
    def items(self) -> tuple[QGraphicsObject, ...]:
        """All of them, shown or not."""
        return self._crosshair, self._polygon, self._footprint, self.note

    def mark(self, at: QPointF | None) -> None:
        """Put the crosshair there, or take it away."""
        self._crosshair.setVisible(at is not None)
        if at is not None:
            self._crosshair.setPos(at)

    def hide(self) -> None:
        """No footprint, no polygon: the cursor is elsewhere."""
        self._footprint.setVisible(False)
        self._polygon.show_points([], QPointF())
        self.note.setVisible(False)

    def show(self, outline: Outline, pointer: Pointer, camera: Camera, scale: float) -> None:
        """Draw what a tool wants to be seen at the cursor; ``scale`` is device per logical."""
        if outline.radius is None:
            self._footprint.setVisible(False)
        else:
            key = (outline.radius, camera.view.scale, camera.row_scale, scale)
            place = outline.at or (round(pointer.row), round(pointer.col))
            at = QPointF(*camera.to_screen(*place))
            self._footprint.show_at(at, key, outline.erasing)
        vertices = [QPointF(x, y) for x, y in camera.to_screen_all(outline.vertices)]
        here = QPointF(*camera.to_screen(pointer.row, pointer.col))
        self._polygon.show_points(vertices, here, outline)
        self.note.show_text(outline.note, here, camera.width, camera.height)
