"""Small plates over the picture, in logical pixels of the view: their ground, messages, ticks."""

from dataclasses import dataclass
from math import ceil, floor, log10

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsObject, QStyleOptionGraphicsItem, QWidget

from thalia_viewer.canvas.layers import round_step
from thalia_viewer.theme import DARK, Theme

PAD = 9.0
_TICK_EVERY = 140.0


class Plate(QGraphicsObject):
    """A rounded, slightly transparent ground of its own size in logical pixels of the view."""

    def __init__(self, parent: QGraphicsItem | None) -> None:
        super().__init__(parent)
        self.theme: Theme = DARK
        self._size = (0.0, 0.0)
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def set_theme(self, theme: Theme) -> None:
        """Other colours."""
        self.theme = theme
        self.refresh()

    def refresh(self) -> None:
        """Measure and draw again."""
        self.prepareGeometryChange()
        self._size = self.measure(QFontMetricsF(self.font()))
        self.update()

    def measure(self, metrics: QFontMetricsF) -> tuple[float, float]:
        """(width, height) of the plate."""
        return 0.0, 0.0

    def draw(self, painter: QPainter, metrics: QFontMetricsF) -> None:
        """Everything on the ground."""

    def font(self) -> QFont:
        """A little smaller than the window's, with figures of one width."""
        font = QFont()
        font.setPointSizeF(max(font.pointSizeF() * 0.86, 7.0))
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def boundingRect(self) -> QRectF:
        """The ground."""
        return QRectF(0.0, 0.0, *self._size)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """The ground, then what is on it."""
        if min(self._size) <= 0:
            return
        ground = QColor(self.theme.canvas)
        ground.setAlpha(214)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(self.boundingRect(), 4.0, 4.0)
        painter.setFont(self.font())
        self.draw(painter, QFontMetricsF(self.font()))

    def write(
        self,
        painter: QPainter,
        x: float,
        baseline: float,
        text: str,
        *,
        muted: bool = False,
        align: float = 0.0,
    ) -> None:
        """Text with its left edge (align 0), middle (0.5) or right edge (1) at ``x``."""
        painter.setPen(QColor(self.theme.muted if muted else self.theme.text))
        width = QFontMetricsF(painter.font()).horizontalAdvance(text)
        painter.drawText(QPointF(x - align * width, baseline), text)


class Message(Plate):
    """A calm line in the middle of an empty canvas."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._text = ""

    @property
    def text(self) -> str:
        """What it says."""
        return self._text

    def show_text(self, text: str) -> None:
        """Say something else; an empty text says nothing."""
        self._text = text
        self.refresh()

    def font(self) -> QFont:
        """The window's own size."""
        return QFont()

    def measure(self, metrics: QFontMetricsF) -> tuple[float, float]:
        """All its lines."""
        lines = self._text.splitlines()
        if not lines:
            return 0.0, 0.0
        width = max(metrics.horizontalAdvance(line) for line in lines)
        return width + 4 * PAD, len(lines) * metrics.lineSpacing() + 2 * PAD

    def draw(self, painter: QPainter, metrics: QFontMetricsF) -> None:
        """Every line in the middle."""
        middle = self.boundingRect().width() / 2
        for i, line in enumerate(self._text.splitlines()):
            baseline = PAD + metrics.ascent() + i * metrics.lineSpacing()
            self.write(painter, middle, baseline, line, muted=True, align=0.5)


class Note(Plate):
    """A few words beside the cursor."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._text = ""

    @property
    def text(self) -> str:
        """What it says."""
        return self._text

    def show_text(self, text: str, cursor: QPointF, width: float, height: float) -> None:
        """Say it below and right of the cursor, or where the view has room for it."""
        if text != self._text:
            self._text = text
            self.refresh()
        wide, high = self._size
        x = cursor.x() + 14 if cursor.x() + 14 + wide <= width else cursor.x() - 10 - wide
        y = cursor.y() + 18 if cursor.y() + 18 + high <= height else cursor.y() - 12 - high
        self.setPos(max(x, 0.0), max(y, 0.0))
        self.setVisible(bool(text))

    def measure(self, metrics: QFontMetricsF) -> tuple[float, float]:
        """One line."""
        if not self._text:
            return 0.0, 0.0
        return metrics.horizontalAdvance(self._text) + 2 * PAD, metrics.height() + PAD

    def draw(self, painter: QPainter, metrics: QFontMetricsF) -> None:
        """The line."""
        self.write(painter, PAD, PAD / 2 + metrics.ascent(), self._text)


@dataclass(frozen=True, slots=True)
class Mark:
    """A tick at the edge of the view: where in logical pixels, and its text."""

    at: float
    text: str


class EdgeTicks(Plate):
    """Longitudes along the bottom or latitudes along the left edge of the view."""

    def __init__(self, parent: QGraphicsItem, vertical: bool) -> None:
        super().__init__(parent)
        self._vertical = vertical
        self._marks: tuple[Mark, ...] = ()
        self._long = 0.0

    def show_marks(self, marks: tuple[Mark, ...], length: float) -> None:
        """Other ticks along an edge of that length."""
        if (marks, length) != (self._marks, self._long):
            self._marks, self._long = marks, length
            self.refresh()

    def measure(self, metrics: QFontMetricsF) -> tuple[float, float]:
        """A strip along the edge."""
        wide = max((metrics.horizontalAdvance(m.text) for m in self._marks), default=0.0) + 14
        return (wide, self._long) if self._vertical else (self._long, metrics.height() + 8)

    def draw(self, painter: QPainter, metrics: QFontMetricsF) -> None:
        """Short ticks and their figures."""
        box = self.boundingRect()
        for mark in self._marks:
            painter.setPen(QPen(QColor(self.theme.muted), 1.0))
            if self._vertical:
                painter.drawLine(QPointF(0, mark.at), QPointF(5, mark.at))
                half = metrics.ascent() / 2 - 1
                self.write(painter, 8, mark.at + half, mark.text, muted=True)
            else:
                painter.drawLine(QPointF(mark.at, box.bottom()), QPointF(mark.at, box.bottom() - 5))
                self.write(painter, mark.at, box.bottom() - 8, mark.text, muted=True, align=0.5)


def edge_marks(first: float, last: float, length: float, signs: str) -> tuple[Mark, ...]:
    """Round degrees between the two ends of an edge; ``signs`` for above and below zero."""
    step = round_step(abs(last - first) * _TICK_EVERY / max(length, 1.0))
    digits = max(0, -floor(log10(step) + 1e-9))
    low, high = min(first, last), max(first, last)
    return tuple(
        Mark(
            (i * step - first) / (last - first) * length,
            f"{abs(i * step):.{digits}f}° {signs[i < 0]}",
        )
        for i in range(ceil(low / step), floor(high / step) + 1)
    )
