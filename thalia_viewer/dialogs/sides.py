"""Small pictures of one place side by side: what one is moved or enlarged by, all are."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from thalia_viewer.bars import named
from thalia_viewer.previews import Part, Scene

_STEP = 1.25
_STILL = 4.0


class SidePicture(QWidget):
    """A picture that tells what a hand does with it.

    Args:
        name: Of the side.
        title: What a screen reader says.
        ground: Where there is no data.
    """

    part_asked = Signal(object)
    """A Part that a person wants to see."""
    pressed = Signal(int, int)
    """A pixel (row, column) that was clicked."""

    def __init__(self, name: str, title: str, ground: QColor) -> None:
        super().__init__()
        named(self, name, title)
        self._ground = ground
        self._scene: Scene | None = None
        self._part: Part | None = None
        self._drawn: QImage | None = None
        self._held: tuple[QPointF, Part] | None = None
        self._moved = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """Small."""
        return QSize(250, 210)

    def show_scene(self, scene: Scene | None) -> None:
        """Another scene."""
        self._scene, self._drawn = scene, None
        self.update()

    def show_part(self, part: Part) -> None:
        """Another part of it; its scale is in logical pixels."""
        self._part, self._drawn = part, None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Drawn anew."""
        self._drawn = None
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture."""
        painter = QPainter(self)
        if self._drawn is None and self._scene is not None and self._part is not None:
            ratio = self.devicePixelRatioF()
            part = Part(self._part.row, self._part.col, self._part.scale * ratio)
            size = round(self.width() * ratio), round(self.height() * ratio)
            self._drawn = self._scene.draw(part, size, ratio, self._ground)
            self._drawn.setDevicePixelRatio(ratio)
        if self._drawn is None:
            painter.fillRect(self.rect(), self._ground)
        else:
            painter.drawImage(0, 0, self._drawn)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Larger or smaller about the pointer."""
        if self._part is not None and event.angleDelta().y():
            factor = _STEP if event.angleDelta().y() > 0 else 1 / _STEP
            self.part_asked.emit(self._part.zoomed(factor, *self._place(event.position())))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click, or the begin of a drag."""
        if self._part is not None:
            self._held, self._moved = (event.position(), self._part), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A drag moves all pictures."""
        if self._held is None or self._scene is None:
            return
        start, part = self._held
        by = event.position() - start
        if self._moved or by.manhattanLength() > _STILL:
            self._moved = True
            rows = -by.y() / (part.scale * self._scene.tall)
            self.part_asked.emit(part.moved(rows, -by.x() / part.scale))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click that moved nothing means the pixel under it."""
        held, self._held = self._held, None
        if held is not None and not self._moved and event.button() == Qt.MouseButton.LeftButton:
            row, col = self._place(event.position())
            self.pressed.emit(round(row), round(col))

    def point(self, row: float, col: float) -> QPointF:
        """Where a pixel is in the widget."""
        assert self._part is not None
        assert self._scene is not None
        part, tall = self._part, self._scene.tall
        x = self.width() / 2 + (col - part.col) * part.scale
        return QPointF(x, self.height() / 2 + (row - part.row) * part.scale * tall)

    def _place(self, point: QPointF) -> tuple[float, float]:
        part = self._part
        assert part is not None
        tall = self._scene.tall if self._scene is not None else 1.0
        row = part.row + (point.y() - self.height() / 2) / (part.scale * tall)
        return row, part.col + (point.x() - self.width() / 2) / part.scale
