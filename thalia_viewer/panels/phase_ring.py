"""A range of phase on the circle: a ring in the colours of the picture, with two ends to drag."""

from math import atan2, cos, degrees, hypot, pi, sin

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QConicalGradient, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from thalia_core.annotate.gate_rules import PhaseRange
from thalia_core.insar.wrap import wrap
from thalia_viewer.bars import named
from thalia_viewer.canvas.colours import STEPS, Table

_SIDE = 112
_WIDTH = 14.0  # of the ring
_HANDLE = 5.5
_REACH = 11.0  # logical pixels within which the hand takes an end
_STOPS = 64
_QUARTERS = {"0": 0.0, "\u03c0/2": pi / 2, "\u03c0": pi, "\u2212\u03c0/2": -pi / 2}


class PhaseRing(QWidget):
    """0 rad is in the east, angles rise anticlockwise; closed angles lie under a veil.

    Either end is dragged by its handle, the whole range by the ring between them.
    """

    moved = Signal(float, float)
    """(low, high) in rad, (-pi, pi], when a person moves them."""

    def __init__(self) -> None:
        super().__init__()
        named(self, "gate.ring", "Range of the phase")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            "Wrapped phase in the colours of the picture: drag either end, or the part between"
        )
        self._range = PhaseRange(-pi / 2, pi / 2)
        self._colours = [QColor("#808080")] * STEPS
        self._held = ""
        self._last = 0.0

    def sizeHint(self) -> QSize:
        """A small circle."""
        return QSize(_SIDE, _SIDE)

    def show_range(self, phase: PhaseRange) -> None:
        """Another range; tells nobody."""
        self._range = phase
        self.update()

    def show_colours(self, table: Table) -> None:
        """The colours of the picture: 256 of 0xAARRGGBB, from -pi to pi behind the first."""
        self._colours = [QColor.fromRgb(int(colour)) for colour in table[1:]]
        self.update()

    def place_of(self, angle: float) -> QPointF:
        """Where an angle is on the ring, in the middle of its width."""
        radius, middle = self._radius(), self._middle()
        return QPointF(middle.x() + radius * cos(angle), middle.y() - radius * sin(angle))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the nearer end, or the part between both."""
        at = event.position()
        away = {
            name: hypot(at.x() - self.place_of(end).x(), at.y() - self.place_of(end).y())
            for name, end in (("low", self._range.low), ("high", self._range.high))
        }
        nearest = min(away, key=lambda name: away[name])
        self._last = self._angle(at)
        self._held = nearest if away[nearest] <= _REACH else "both"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what is held."""
        if not self._held:
            return
        angle, low, high = self._angle(event.position()), self._range.low, self._range.high
        turn, self._last = angle - self._last, angle
        if self._held == "both":
            low, high = (float(wrap(end + turn)) for end in (low, high))
        elif self._held == "low":
            low = angle
        else:
            high = angle
        self._range = PhaseRange(low, high)
        self.update()
        self.moved.emit(low, high)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._held = ""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Colours, veil over what is closed, both ends, and where the quarters are."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, radius = self._middle(), self._radius()
        box = QRectF(middle.x() - radius, middle.y() - radius, 2 * radius, 2 * radius)
        colours = QConicalGradient(middle, 180.0)
        for stop in range(_STOPS + 1):
            colours.setColorAt(stop / _STOPS, self._colours[stop * (STEPS - 1) // _STOPS])
        pen = QPen(colours, _WIDTH)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.setOpacity(1.0 if self.isEnabled() else 0.35)
        painter.drawEllipse(box)
        self._paint_closed(painter, box)
        self._paint_words(painter)
        for end in (self._range.low, self._range.high):
            painter.setPen(QPen(QColor("#101010"), 1.2))
            painter.setBrush(QColor("#ffffff"))
            painter.drawEllipse(self.place_of(end), _HANDLE, _HANDLE)

    def _paint_closed(self, painter: QPainter, box: QRectF) -> None:
        veil = self.palette().window().color()
        veil.setAlpha(225)
        pen = QPen(veil, _WIDTH + 1)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        closed = 2 * pi - self._range.width
        if closed > 0:
            begin, span = degrees(self._range.high), degrees(closed)
            painter.drawArc(box, round(begin * 16), round(span * 16))

    def _paint_words(self, painter: QPainter) -> None:
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.85)
        painter.setFont(font)
        colour = self.palette().text().color()
        colour.setAlpha(170)
        painter.setPen(colour)
        middle, inner = self._middle(), self._radius() - _WIDTH / 2 - 9
        for text, angle in _QUARTERS.items():
            x, y = middle.x() + inner * cos(angle), middle.y() - inner * sin(angle)
            painter.drawText(QRectF(x - 20, y - 9, 40, 18), Qt.AlignmentFlag.AlignCenter, text)

    def _middle(self) -> QPointF:
        return QPointF(self.width() / 2, self.height() / 2)

    def _radius(self) -> float:
        return min(self.width(), self.height()) / 2 - _WIDTH / 2 - 3

    def _angle(self, at: QPointF) -> float:
        middle = self._middle()
        return atan2(middle.y() - at.y(), at.x() - middle.x())
