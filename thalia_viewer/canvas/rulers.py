"""What is measured, drawn over the picture: a line with its distances, points, a circle.

Drawn in logical pixels of the view, so that lines are equally thin at any zoom.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import atan2, cos, floor, hypot, log10, pi, sin

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsObject, QStyleOptionGraphicsItem, QWidget

from thalia_viewer.canvas.camera import Camera
from thalia_viewer.canvas.layers import round_step
from thalia_viewer.canvas.measuring import Spot
from thalia_viewer.canvas.view import Canvas

POINT_COLOURS = ("#e8a33d", "#4fb3bf", "#d66a8b", "#8fbf5a", "#a58be0", "#e07b4f", "#6fa8e8")
"""Of numbered points, in turn; the plot of their series has the same."""
_LIGHT, _SHADE = QColor(255, 255, 255), QColor(0, 0, 0, 165)
_TICK_EVERY = 48.0  # logical pixels between distances, or a little more
_Z = 90.0


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle on the ground: its centre in image pixels, its radius in metres."""

    centre: Spot
    radius_m: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """All that is drawn: positions in image pixels.

    Attributes:
        line: Corners from the first one on.
        cursor: The place on the line that the cursor of a plot is at.
        points: In the order of their numbers, from 1.
        circle: The area that stands still.
    """

    line: tuple[Spot, ...] = ()
    cursor: Spot | None = None
    points: tuple[Spot, ...] = ()
    circle: Circle | None = None


class Rulers:
    """The same over every panel of the picture."""

    def __init__(self) -> None:
        self._items: list[RulerItem] = []
        self._drawn = Drawn()

    def add(self, canvas: Canvas) -> None:
        """Draw over one more canvas."""
        self._items.append(RulerItem(canvas))
        self._items[-1].show_drawn(self._drawn)

    def show_line(self, corners: Sequence[Spot]) -> None:
        """A line from its first corner on; none of it for no corners."""
        self._show(replace(self._drawn, line=tuple(corners)))

    def show_cursor(self, place: Spot | None) -> None:
        """The place on the line that the cursor of a plot is at."""
        self._show(replace(self._drawn, cursor=place))

    def show_points(self, points: Sequence[Spot]) -> None:
        """Points, numbered from 1."""
        self._show(replace(self._drawn, points=tuple(points)))

    def show_circle(self, circle: Circle | None) -> None:
        """The area that stands still."""
        self._show(replace(self._drawn, circle=circle))

    def _show(self, drawn: Drawn) -> None:
        if drawn != self._drawn:
            self._drawn = drawn
            for item in self._items:
                item.show_drawn(drawn)


class RulerItem(QGraphicsObject):
    """What is drawn over one canvas."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas.surface)
        self._canvas = canvas
        self._drawn = Drawn()
        self.setZValue(_Z)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        canvas.view_changed.connect(self._moved)

    def show_drawn(self, drawn: Drawn) -> None:
        """Draw something else."""
        self._drawn = drawn
        self.setVisible(drawn != Drawn())  # nothing drawn costs nothing
        self.update()

    def boundingRect(self) -> QRectF:
        """All of the view."""
        return QRectF(0.0, 0.0, self._canvas.width(), self._canvas.height())

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Circle, line and points, each over a shade that keeps it readable on every colour."""
        camera = self._canvas.camera
        if camera is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(_font())
        drawn = self._drawn
        if drawn.circle is not None:
            _draw_circle(painter, camera, drawn.circle)
        if drawn.line:
            _draw_line(painter, camera, drawn.line)
        if drawn.cursor is not None:
            _draw_cursor(painter, QPointF(*camera.to_screen(*drawn.cursor)))
        for number, point in enumerate(drawn.points, 1):
            colour = POINT_COLOURS[(number - 1) % len(POINT_COLOURS)]
            _draw_point(painter, QPointF(*camera.to_screen(*point)), number, QColor(colour))

    def _moved(self) -> None:
        self.prepareGeometryChange()
        self.update()


def distances(camera: Camera, corners: Sequence[Spot]) -> list[tuple[float, QPointF, float]]:
    """Ticks along a line: (metres from its beginning, place on the screen, angle of the line)."""
    east, north = camera.grid.pixel_metres(camera.view.row)
    length = sum(
        hypot((b[0] - a[0]) * north, (b[1] - a[1]) * east)
        for a, b in zip(corners[:-1], corners[1:], strict=True)
    )
    step = round_step(max(_TICK_EVERY * camera.metres, 1e-9))
    found, done, at = [], 0.0, step
    for a, b in zip(corners[:-1], corners[1:], strict=True):
        side = hypot((b[0] - a[0]) * north, (b[1] - a[1]) * east)
        start, end = QPointF(*camera.to_screen(*a)), QPointF(*camera.to_screen(*b))
        angle = atan2(end.y() - start.y(), end.x() - start.x())
        while side > 0 and at <= min(done + side, length - step / 4):
            found.append((at, start + (end - start) * ((at - done) / side), angle))
            at += step
        done += side
    return found


def distance_text(metres: float, step: float) -> str:
    """Metres below a kilometre, else kilometres, as fine as the step."""
    if step < 100:
        return f"{metres:,.0f} m"
    digits = max(0, -floor(log10(step / 1000) + 1e-9))
    return f"{metres / 1000:,.{digits}f} km"


def _font() -> QFont:
    font = QFont()
    font.setPointSizeF(max(font.pointSizeF() * 0.86, 7.0))
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def _pens(width: float = 1.5) -> tuple[QPen, QPen]:
    """A dark pen under a light one."""
    return QPen(_SHADE, width + 2.5), QPen(_LIGHT, width)


def _write(painter: QPainter, centre: QPointF, text: str) -> None:
    """Text on a shade of its own."""
    metrics = QFontMetricsF(painter.font())
    wide, high = metrics.horizontalAdvance(text) + 8, metrics.height() + 1
    box = QRectF(centre.x() - wide / 2, centre.y() - high / 2, wide, high)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_SHADE)
    painter.drawRoundedRect(box, 3.0, 3.0)
    painter.setPen(_LIGHT)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)


def _draw_line(painter: QPainter, camera: Camera, corners: Sequence[Spot]) -> None:
    places = [QPointF(*camera.to_screen(*corner)) for corner in corners]
    for pen in _pens():
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF(places))
    ticks = distances(camera, corners) if len(corners) > 1 else []
    step = ticks[0][0] if ticks else 0.0
    for pen in _pens(1.25):
        painter.setPen(pen)
        for _, at, angle in ticks:
            across = QPointF(-sin(angle), cos(angle)) * 5.0
            painter.drawLine(at - across, at + across)
    for metres, at, angle in ticks:
        side = -1.0 if abs(angle) < pi / 2 else 1.0
        out = QPointF(-sin(angle), cos(angle)) * side
        _write(painter, at + QPointF(out.x() * 30.0, out.y() * 17.0), distance_text(metres, step))
    painter.setPen(QPen(_SHADE, 1.0))
    painter.setBrush(_LIGHT)
    for place in places[1:]:
        painter.drawRect(QRectF(place.x() - 3, place.y() - 3, 6, 6))
    painter.setPen(QPen(_SHADE, 1.5))
    painter.drawEllipse(places[0], 6.0, 6.0)
    painter.setBrush(QColor(30, 30, 30))
    painter.drawEllipse(places[0], 2.5, 2.5)


def _draw_cursor(painter: QPainter, at: QPointF) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in _pens(2.0):
        painter.setPen(pen)
        painter.drawEllipse(at, 7.0, 7.0)


def _draw_point(painter: QPainter, at: QPointF, number: int, colour: QColor) -> None:
    painter.setPen(QPen(_SHADE, 2.0))
    painter.setBrush(colour)
    painter.drawEllipse(at, 6.0, 6.0)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(20, 20, 20))
    painter.drawEllipse(at, 1.5, 1.5)
    _write(painter, at + QPointF(15.0, -13.0), str(number))


def _draw_circle(painter: QPainter, camera: Camera, circle: Circle) -> None:
    at, radius = QPointF(*camera.to_screen(*circle.centre)), circle.radius_m / camera.metres
    radius = max(radius, 3.0)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    light = QPen(_LIGHT, 1.5)
    light.setDashPattern([5.0, 3.0])
    for pen in (QPen(_SHADE, 4.0), light):
        painter.setPen(pen)
        painter.drawEllipse(at, radius, radius)
    _write(painter, at + QPointF(0.0, -radius - 12.0), "stands still")
