"""The line between two layers that are compared, dragged by its grip."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem

from thalia_viewer.canvas.plates import PAD, Plate

_REACH = 7.0
_GRIP = (7.0, 34.0)
_TOP = 52.0


class Divider(Plate):
    """A thin line over the whole height; on its right stands what is seen there."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._text = ""
        self._height = 0.0
        self.setVisible(False)

    @property
    def text(self) -> str:
        """What is seen on the right of the line."""
        return self._text

    def describe(self, text: str) -> None:
        """What is seen on the right of the line."""
        if text != self._text:
            self._text = text
            self.refresh()

    def place(self, x: float, height: float) -> None:
        """Stand at ``x`` in a view of that height."""
        if height != self._height:
            self._height = height
            self.refresh()
        self.setPos(x - _REACH, 0.0)

    def near(self, point: QPointF) -> bool:
        """Whether a point of the view is close enough to take hold of the line."""
        return self.isVisible() and abs(point.x() - self.x() - _REACH) <= _REACH

    def measure(self, metrics: QFontMetricsF) -> tuple[float, float]:
        """The line, and the text beside it."""
        text = metrics.horizontalAdvance(self._text) + 2 * PAD if self._text else 0.0
        return 2 * _REACH + text, self._height

    def paint(self, painter: QPainter, option: object, widget: object = None) -> None:
        """A dark line under a light one, the grip in the middle, the text on a ground."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = (QPointF(_REACH, 0.0), QPointF(_REACH, self._height))
        for colour, width in ((QColor(0, 0, 0, 150), 3.0), (QColor(255, 255, 255), 1.0)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(*line)
        ground = QColor(self.theme.canvas)
        ground.setAlpha(214)
        painter.setPen(QPen(QColor(255, 255, 255), 1.0))
        painter.setBrush(ground)
        grip = QRectF(0.0, 0.0, *_GRIP)
        grip.moveCenter(QPointF(_REACH, self._height / 2))
        painter.drawRoundedRect(grip, 3.5, 3.5)
        if not self._text:
            return
        painter.setFont(self.font())
        metrics = QFontMetricsF(painter.font())
        width = metrics.horizontalAdvance(self._text) + 2 * PAD
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(QRectF(_REACH + 4, _TOP, width - 4, metrics.height() + 8), 4, 4)
        self.write(painter, _REACH + PAD + 1, _TOP + 4 + metrics.ascent(), self._text)
