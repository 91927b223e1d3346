"""Where the frames are: dots on a coastline, coloured by how much there is or is left to do."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite, sqrt
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from thalia_viewer import theme as themes
from thalia_viewer.bars import named
from thalia_viewer.panels.dots import beside, distance, mixed

if TYPE_CHECKING:
    from thalia_core.archive.catalogue import FrameEntry
    from thalia_core.archive.matches import Matches

PAIRS, LABELLED, UNREVIEWED = "pairs", "labelled", "unreviewed"
_RAMPS = {"dark": ("#59503f", "#a8873f", "#ffd56b"), "light": ("#e6d6ad", "#c48f2c", "#7d4700")}
"""Few to many; not the accent, which marks what is selected."""
_WORLD = QRectF(-180, -57, 360, 131)
"""Degrees that are seen as a whole; nobody watches volcanoes nearer to the poles."""
_ZOOM, _CLOSEST = 1.25, 80.0
_REACH = 7.0
"""Pixels from the pointer to the middle of a dot."""
_STILL = 4
"""Pixels that a hand may move between press and release and still mean a click."""


class MapView(QWidget):
    """The map itself: the wheel zooms, the left button drags, a double click shows all."""

    chosen = Signal(Path)
    """The cube a person asked for."""

    def __init__(self, theme: themes.Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "map.view", "World map of the frames")
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = theme
        self._coast = QPainterPath()
        self._land: QPixmap | None = None
        self._frames: tuple[FrameEntry, ...] = ()
        self._placed: list[tuple[FrameEntry, QPointF]] | None = None
        self._unreviewed: Mapping[Path, int] = {}
        self._matches: Matches | None = None
        self._selected: Path | None = None
        self._measure = PAIRS
        self._centre = _WORLD.center()
        self._zoom = 1.0
        self._pressed: tuple[QPointF, QPointF] | None = None
        self._dragged = False
        self._told: list[FrameEntry] = []

    # What is shown

    def dress(self, theme: themes.Theme) -> None:
        """Use another theme."""
        self._theme, self._land = theme, None
        self.update()

    def show_coast(self, coast: QPainterPath) -> None:
        """The coastline, in degrees."""
        self._coast, self._land = coast, None
        self.update()

    def show_frames(self, frames: tuple[FrameEntry, ...]) -> None:
        """Another archive, or another count of labels."""
        self._frames, self._placed = frames, None
        self.update()

    def show_unreviewed(self, counts: Mapping[Path, int]) -> None:
        """Of each frame the pairs that nobody has finished."""
        self._unreviewed = counts
        self.update()

    def show_matches(self, matches: Matches | None) -> None:
        """Frames without a match are dimmed; None dims nothing."""
        self._matches = matches
        self.update()

    def select(self, cube: Path | None) -> None:
        """Mark the frame that is open, and have it in view."""
        self._selected = cube
        for entry in self._frames:
            if entry.path == cube and isfinite(entry.lon) and isfinite(entry.lat):
                place = QPointF(entry.lon, entry.lat)
                if not QRectF(self.rect()).contains(self._transform().map(place)):
                    self._centre = place
                    self._hold()
        self.update()

    def measure(self, name: str) -> None:
        """Colour by ``pairs``, ``labelled`` or ``unreviewed``."""
        self._measure = name
        self.update()

    @property
    def most(self) -> int:
        """The largest count that is coloured."""
        return max((self._count(entry) for entry in self._frames), default=0)

    def ramp(self) -> QLinearGradient:
        """From few to many, over a width of 1."""
        gradient = QLinearGradient(0, 0, 1, 0)
        for at, colour in zip((0, 0.5, 1), _RAMPS[self._theme.name], strict=True):
            gradient.setColorAt(at, QColor(colour))
        return gradient

    def places(self) -> list[tuple[FrameEntry, QPointF]]:
        """Where each dot is drawn: beside its neighbour rather than over it."""
        if self._placed is None:
            self._placed = self._place()
        return self._placed

    def _place(self) -> list[tuple[FrameEntry, QPointF]]:
        there = self._transform()
        placed: list[tuple[FrameEntry, QPointF]] = []
        for entry in self._frames:
            if not (isfinite(entry.lon) and isfinite(entry.lat)):
                continue
            home = there.map(QPointF(entry.lon, entry.lat))
            placed.append((entry, beside(home, [point for _, point in placed])))
        return placed

    # Drawing

    def sizeHint(self) -> QSize:
        """As wide as the panels, as high as the world is then."""
        return QSize(260, 120)

    def minimumSizeHint(self) -> QSize:
        """Still a map."""
        return QSize(120, 50)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The land is drawn anew."""
        self._hold()
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Land from memory, dots over it, the selected one last."""
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._draw_land())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        most = self.most
        marked = None
        for entry, point in self.places():
            if entry.path == self._selected:
                marked = point
            self._draw_dot(painter, entry, point, most)
        if marked is not None:
            self._draw_mark(painter, marked)

    def _draw_land(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        if self._land is None or self._land.devicePixelRatioF() != ratio:
            land = QPixmap((self.size().toSizeF() * ratio).toSize())
            land.setDevicePixelRatio(ratio)
            land.fill(QColor(self._theme.canvas))
            painter = QPainter(land)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(self._theme.faint), 0.6))
            painter.setBrush(QColor(self._theme.raised))
            painter.drawPath(self._transform().map(self._coast))
            painter.end()
            self._land = land
        return self._land

    def _draw_dot(self, painter: QPainter, entry: FrameEntry, at: QPointF, most: int) -> None:
        if self._matches is not None and not self._matches.count(entry.path):
            painter.setPen(QPen(QColor(self._theme.muted), 0.8))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(at, 2, 2)
            return
        count = self._count(entry)
        share = count / most if most else 0.0
        painter.setPen(QPen(QColor(self._theme.canvas), 1))
        painter.setBrush(mixed(_RAMPS[self._theme.name], share))
        radius = 2.6 + 2.4 * sqrt(share) if count else 2.4
        painter.drawEllipse(at, radius, radius)

    def _draw_mark(self, painter: QPainter, at: QPointF) -> None:
        corners = ((0, -7), (7, 0), (0, 7), (-7, 0))
        diamond = QPolygonF([at + QPointF(x, y) for x, y in corners])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((self._theme.canvas, 4.0), (self._theme.accent, 2.0)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawPolygon(diamond)

    def _count(self, entry: FrameEntry) -> int:
        if self._measure == UNREVIEWED:
            return self._unreviewed.get(entry.path, 0)
        return entry.labelled if self._measure == LABELLED else entry.pairs

    # Moving

    def _scale(self) -> float:
        """Pixels of a degree."""
        fit = min(self.width() / _WORLD.width(), self.height() / _WORLD.height())
        return max(fit, 0.05) * self._zoom

    def _transform(self) -> QTransform:
        """Degrees to pixels."""
        scale = self._scale()
        there = QTransform.fromTranslate(self.width() / 2, self.height() / 2)
        there.scale(scale, -scale)
        return there.translate(-self._centre.x(), -self._centre.y())

    def _degrees(self, at: QPointF) -> QPointF:
        return self._transform().inverted()[0].map(at)

    def _hold(self) -> None:
        """Not beyond the edge of the world; what moved is drawn anew."""
        half_x, half_y = self.width() / self._scale() / 2, self.height() / self._scale() / 2
        room = _WORLD.adjusted(half_x, half_y, -half_x, -half_y)
        middle, x, y = _WORLD.center(), self._centre.x(), self._centre.y()
        x = min(max(x, room.left()), room.right()) if room.width() > 0 else middle.x()
        y = min(max(y, room.top()), room.bottom()) if room.height() > 0 else middle.y()
        self._centre, self._land, self._placed = QPointF(x, y), None, None
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Nearer or farther; the place under the pointer stays."""
        place = self._degrees(event.position())
        self._zoom = min(max(self._zoom * _ZOOM ** (event.angleDelta().y() / 120), 1.0), _CLOSEST)
        self._centre += place - self._degrees(event.position())
        self._hold()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click or a drag begins."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = (event.position(), self._centre), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the map, or tell what is under the pointer."""
        if self._pressed is None:
            self._tell(event)
            return
        begun, centre = self._pressed
        moved = event.position() - begun
        if self._dragged or moved.manhattanLength() > _STILL:
            self._dragged = True
            scale = self._scale()
            self._centre = centre - QPointF(moved.x() / scale, -moved.y() / scale)
            self._hold()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click opens a frame; another one on the same place the next that lies there."""
        if self._pressed is not None and not self._dragged:
            under = [entry for entry in self._under(event.position()) if entry.problem is None]
            paths = [entry.path for entry in under]
            if paths:
                at = paths.index(self._selected) + 1 if self._selected in paths else 0
                self.chosen.emit(paths[at % len(paths)])
        self._pressed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The whole world, unless a frame is meant."""
        if not self._under(event.position()):
            self._zoom = 1.0
            self._hold()

    def _under(self, at: QPointF) -> list[FrameEntry]:
        """The frames within reach, nearest first."""
        found = [(distance(point, at), n, entry) for n, (entry, point) in enumerate(self.places())]
        return [entry for away, _, entry in sorted(found, key=lambda f: f[:2]) if away <= _REACH]

    def _tell(self, event: QMouseEvent) -> None:
        under = self._under(event.position())
        if under == self._told:
            return
        self._told = under
        if under:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            text = "\n".join(self.words(entry) for entry in under)
            QToolTip.showText(event.globalPosition().toPoint(), text, self)
        else:
            self.unsetCursor()
            QToolTip.hideText()

    def words(self, entry: FrameEntry) -> str:
        """A frame, its volcanoes and its counts."""
        names = entry.title or ", ".join(entry.volcanoes)
        head = f"{entry.frame or entry.name}{': ' if names else ''}{names}"
        if entry.problem is not None:
            return f"{head}\n    {entry.problem}"
        parts = [f"{entry.pairs:,} pairs", f"{entry.labelled:,} labelled"]
        if entry.path in self._unreviewed:
            parts.append(f"{self._unreviewed[entry.path]:,} unreviewed")
        if self._matches is not None:
            parts.append(f"{self._matches.count(entry.path):,} match the filter")
        return f"{head}\n    {', '.join(parts)}"
