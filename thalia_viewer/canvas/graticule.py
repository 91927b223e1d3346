"""Lines of longitude and latitude over the picture."""

from PySide6.QtCore import QLineF
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from thalia_viewer.canvas.plates import Mark, Plate

_SHADE, _LIGHT = QColor(0, 0, 0, 70), QColor(255, 255, 255, 110)


class Graticule(Plate):
    """Thin lines at round degrees, seen on dark and on light colours."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._lines: list[QLineF] = []

    def show_marks(
        self, lons: tuple[Mark, ...], lats: tuple[Mark, ...], width: float, height: float
    ) -> None:
        """Lines through the ticks of both edges of a view of that size."""
        self._lines = [QLineF(mark.at, 0.0, mark.at, height) for mark in lons]
        self._lines += [QLineF(0.0, mark.at, width, mark.at) for mark in lats]
        self.prepareGeometryChange()
        self._size = (width, height)
        self.update()

    def refresh(self) -> None:
        """Nothing to measure: the lines are as long as the view."""
        self.update()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """A faint dark line under a faint light one."""
        for colour, width in ((_SHADE, 2.5), (_LIGHT, 1.0)):
            painter.setPen(QPen(colour, width))
            painter.drawLines(self._lines)
