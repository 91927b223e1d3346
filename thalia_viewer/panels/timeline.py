"""Events over the dates of a frame: when each began and ended, and which dates the pair spans."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from thalia_viewer import theme as themes
from thalia_viewer.bars import named
from thalia_viewer.canvas.masks import CLASS_COLOURS, UNKNOWN_COLOUR
from thalia_viewer.panels.plot_words import small
from thalia_viewer.panels.ticks import marks

if TYPE_CHECKING:
    from thalia_core.annotate.events import Event
    from thalia_core.cube.pairs import DatePair

_SIDE, _AXIS, _DATES, _LANE, _LANES = 14, 20, 12, 20, 3
_ROOM = 38
"""Pixels of a text on the axis."""


class Timeline(QWidget):
    """Bars of events above the dates; a click on one chooses it."""

    chosen = Signal(str)
    """Identifier of an event."""

    def __init__(self, theme: themes.Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "events.timeline", "Events over the dates of the frame")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme = theme
        self._dates: tuple[date, ...] = ()
        self._events: tuple[Event, ...] = ()
        self._lanes: list[int] = []
        self._pair: DatePair | None = None
        self._chosen = ""

    def dress(self, theme: themes.Theme) -> None:
        """Use another theme."""
        self._theme = theme
        self.update()

    def show_dates(self, dates: Sequence[date]) -> None:
        """Dates of another frame, sorted."""
        self._dates = tuple(dates)
        self._lay_out()

    def show_events(self, events: Sequence[Event], chosen: str) -> None:
        """Other events, and which one is chosen."""
        self._events, self._chosen = tuple(events), chosen
        self._lay_out()

    def show_pair(self, pair: DatePair | None) -> None:
        """Another pair."""
        self._pair = pair
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Names need other lanes."""
        super().resizeEvent(event)
        self._lay_out()

    def sizeHint(self) -> QSize:
        """Room for the lanes that are needed."""
        return QSize(400, 6 + self._height_of_lanes + _DATES + _AXIS)

    def minimumSizeHint(self) -> QSize:
        """As high as it would like to be."""
        return QSize(200, self.sizeHint().height())

    def event_at(self, at: QPointF) -> Event | None:
        """The event whose bar is there."""
        bars = [(self._bar(n), event) for n, event in enumerate(self._events)]
        return next((event for bar, event in bars if bar.adjusted(-4, -1, 4, 1).contains(at)), None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the event under the cursor."""
        found = self.event_at(event.position())
        if found is not None:
            self.chosen.emit(found.id)

    def event(self, event: QEvent) -> bool:
        """The event under the cursor in words."""
        if isinstance(event, QHelpEvent):
            found = self.event_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), _words(found) if found is not None else "", self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The shown pair, the bars, the dates, the axis."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.base))
        if not self._dates:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small(self.font()))
        self._draw_pair(painter)
        self._draw_axis(painter)
        for n, shown in enumerate(self._events):
            self._draw_event(painter, n, shown)

    # Inside

    @property
    def _floor(self) -> float:
        """The line of the dates."""
        return self.height() - _AXIS - 1.0

    def _x(self, day: date) -> float:
        first, last = self._dates[0], self._dates[-1]
        share = (day - first).days / max((last - first).days, 1)
        return _SIDE + min(max(share, 0.0), 1.0) * (self.width() - 2 * _SIDE)

    @property
    def _height_of_lanes(self) -> int:
        return min(max(self._lanes, default=0) + 1, _LANES) * _LANE

    def _lay_out(self) -> None:
        """A lane for each event, so that no bar or name lies on another one."""
        ends: list[float] = []
        self._lanes = []
        for event in self._events if self._dates else ():
            bar, name = self._span(event), self._name_box(event)
            left, right = min(bar[0], name[0]), max(bar[1], name[1])
            free = next((n for n, end in enumerate(ends) if end + 6 <= left), len(ends))
            ends[free : free + 1] = [right]
            self._lanes.append(free)
        self.updateGeometry()
        self.update()

    def _span(self, event: Event) -> tuple[float, float]:
        """Left and right of a bar; what happens at once is a mark at its date."""
        left = self._x(event.onset)
        return (left - 5, left + 5) if event.onset == event.end else (left, self._x(event.end))

    def _name_box(self, event: Event) -> tuple[float, float]:
        """Left and right of a name: in the bar, else beside it where there is room."""
        left, right = self._span(event)
        width = QFontMetricsF(small(self.font())).horizontalAdvance(event.name)
        if width + 12 <= right - left:
            return left + 6, left + 6 + width
        if right + 6 + width <= self.width() - 2:
            return right + 6, right + 6 + width
        return left - 6 - width, left - 6

    def _bar(self, n: int) -> QRectF:
        left, right = self._span(self._events[n])
        top = 6.0 + min(self._lanes[n], _LANES - 1) * _LANE
        return QRectF(left, top, max(right - left, 4.0), _LANE - 5.0)

    def _draw_pair(self, painter: QPainter) -> None:
        if self._pair is None:
            return
        left, right = sorted((self._x(self._pair.primary), self._x(self._pair.secondary)))
        ground = QColor(self._theme.accent)
        ground.setAlpha(46)
        painter.fillRect(QRectF(left, 0, max(right - left, 1.0), self._floor), ground)
        painter.setPen(QColor(self._theme.accent))
        for x in (left, right):
            painter.drawLine(QPointF(x, 0), QPointF(x, self._floor))

    def _draw_axis(self, painter: QPainter) -> None:
        painter.setPen(QColor(self._theme.muted))
        for day in self._dates:
            x = round(self._x(day)) + 0.5
            painter.drawLine(QPointF(x, self._floor - 6), QPointF(x, self._floor))
        painter.setPen(QColor(self._theme.line))
        painter.drawLine(
            QPointF(_SIDE, self._floor + 0.5), QPointF(self.width() - _SIDE, self._floor + 0.5)
        )
        metrics = painter.fontMetrics()
        painter.setPen(QColor(self._theme.muted))
        for mark in marks(self._dates[0], self._dates[-1], self._x, _ROOM):
            width = metrics.horizontalAdvance(mark.text)
            left = min(max(mark.at - width / 2, 2.0), self.width() - width - 2.0)
            painter.drawText(QPointF(left, self.height() - 6.0), mark.text)

    def _draw_event(self, painter: QPainter, n: int, event: Event) -> None:
        bar = self._bar(n)
        colour = QColor(CLASS_COLOURS.get(int(event.activity), UNKNOWN_COLOUR))
        chosen = event.id == self._chosen
        painter.setBrush(colour)
        painter.setPen(QPen(QColor(self._theme.text if chosen else self._theme.faint), 1 + chosen))
        if event.onset == event.end:
            x, y, half = bar.center().x(), bar.center().y(), bar.height() / 2
            corners = ((x, y - half), (x + half, y), (x, y + half), (x - half, y))
            painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
        else:
            painter.drawRoundedRect(bar, 3, 3)
        left, right = self._name_box(event)
        inside = left >= bar.left() and right <= bar.right()
        on_light = colour.lightnessF() > 0.45
        words = QColor("#101010" if on_light else "#ffffff") if inside else self._theme.text
        painter.setPen(QColor(words))
        box = QRectF(left, bar.top(), right - left + 2, bar.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, event.name)


def _words(event: Event) -> str:
    when = str(event.onset) if event.onset == event.end else f"{event.onset} to {event.end}"
    sign = f"{event.towards_cm:+.1f}".replace("-", "\N{MINUS SIGN}")
    return f"{event.name}\n{when}\n{sign} cm, {event.fringes:.1f} fringes\n{event.notes}".rstrip()
