"""The network of the pairs: dates by time and perpendicular baseline, pairs as the lines between.

The baseline of a date follows from those of its pairs by least squares, computed on a thread; until
it is there, and where no pair has a baseline, the dates stand one above the other in their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap, QTransform

from thalia_viewer import theme as themes
from thalia_viewer.bars import named
from thalia_viewer.panels.pair_model import PairModel
from thalia_viewer.panels.pair_plot import REACH, PairPlot
from thalia_viewer.panels.plot_words import draw_upwards, small
from thalia_viewer.panels.ticks import Mark, marks

if TYPE_CHECKING:
    from thalia_core.cube.pairs import PairIndex

Floats = NDArray[np.float64]
_LEFT, _BOTTOM, _EDGE = 52, 22, 12
_CLOSEST = 60.0
_BETWEEN = (1, 2, 5)
"""Steps of the scale of metres, times a power of ten."""


@dataclass(frozen=True, slots=True, eq=False)
class Heights:
    """Where the dates of a frame stand.

    Attributes:
        pairs: The pairs they belong to.
        metres: (dates,) perpendicular baseline; None where no pair has one.
        note: What to know of them; empty where all is well.
    """

    pairs: PairIndex
    metres: Floats | None
    note: str


def heights(pairs: PairIndex) -> Heights:
    """The baseline of each date from those of the pairs. Any thread; it takes a moment."""
    from thalia_core.insar.network import invert

    if not np.isfinite(pairs.baselines).any():
        return Heights(pairs, None, "No baselines are known: dates stand in their order")
    series = invert(list(pairs), pairs.baselines)
    metres, parts = series.values[:, 0], int(series.part.max()) + 1
    notes = []
    if parts > 1:
        notes.append(f"{parts} parts that no pair joins, each from 0 m")
    if np.isnan(metres).any():
        notes.append(f"{np.isnan(metres).sum()} dates without a baseline, at 0 m")
    return Heights(pairs, np.nan_to_num(metres), "; ".join(notes))


class NetworkView(PairPlot):
    """Lines that one points at: the wheel zooms along the time, a drag moves, arrows step."""

    stale = Signal(object)
    """The heights of the dates of this PairIndex are wanted; ``show_heights`` takes them."""

    def __init__(self, model: PairModel, theme: themes.Theme) -> None:
        super().__init__(model, theme)
        named(self, "network.view", "Pairs between dates by time and baseline")
        self._days: Floats = np.zeros(0)
        self._metres: Floats = np.zeros(0)
        self.known = False
        """Whether the heights are metres."""
        self._asked: PairIndex | None = None
        self._order: NDArray[np.intp] = np.zeros(0, np.intp)
        self._lines: QPixmap | None = None

    def show_heights(self, found: Heights) -> None:
        """The dates have their places."""
        if found.pairs is not self.model.pairs or not self.pairs:
            return
        self.known = found.metres is not None
        if found.metres is not None:
            self._metres = found.metres
            self._centre = None
        self.moved()
        self.update()

    # Where things are

    def bounds(self) -> QRectF:
        """Days since the first date, and metres, with a margin."""
        if not len(self._days):
            return QRectF(0, 0, 1, 1)
        wide = max(float(np.ptp(self._days)), 1.0)
        high = max(float(np.ptp(self._metres)), 1.0)
        left, low = float(self._days.min()), float(self._metres.min())
        return QRectF(left, low, wide, high).adjusted(
            -0.02 * wide, -0.06 * high, 0.02 * wide, 0.06 * high
        )

    def area(self) -> QRectF:
        """Beside the axes."""
        return QRectF(self.rect()).adjusted(_LEFT, _EDGE, -_EDGE, -_BOTTOM)

    def unit(self) -> tuple[float, float]:
        """All of it fits; metres run upwards."""
        area, whole = self.area(), self.bounds()
        return max(area.width(), 1) / whole.width(), -max(area.height(), 1) / whole.height()

    def enlarged(self, zoom: float) -> tuple[float, float]:
        """Only the time is stretched: lines are told apart by it."""
        return zoom, 1.0

    def closest(self) -> float:
        """Until a few dates are in view."""
        return min(max(len(self.dates) / 6, 1.0), _CLOSEST)

    def middle_of(self, position: int) -> QPointF:
        """The middle of a line."""
        ends = self.ends[position]
        return QPointF(float(self._days[ends].mean()), float(self._metres[ends].mean()))

    def under(self, at: QPointF) -> int | None:
        """The nearest line within reach; one that the filter wants before one that it does not."""
        if not self.pairs or not self.area().adjusted(-4, -4, 4, 4).contains(at):
            return None
        points = self._points()
        begin, end = points[self.ends[:, 0]], points[self.ends[:, 1]]
        along = end - begin
        length = np.maximum((along**2).sum(axis=1), 1e-9)
        place = np.array([at.x(), at.y()])
        share = np.clip(((place - begin) * along).sum(axis=1) / length, 0.0, 1.0)
        away = np.hypot(*(begin + share[:, None] * along - place).T)
        away = np.where(self.wanted, away, away + REACH / 2)
        nearest = int(away.argmin())
        return nearest if away[nearest] <= REACH else None

    def frame_changed(self) -> None:
        """Other dates; until their heights are known they stand in their order."""
        first = self.dates[0] if self.dates else date.min
        self._days = np.array([(day - first).days for day in self.dates], np.float64)
        self._metres = np.arange(len(self.dates), dtype=np.float64)
        self.known = False
        self._lines = None

    def colours_changed(self) -> None:
        """The lines are drawn anew."""
        self._order = np.lexsort((self.paint, self.wanted))
        self._lines = None

    def moved(self) -> None:
        """The lines are drawn anew."""
        self._lines = None

    def _points(self) -> Floats:
        """(dates, 2) pixels."""
        there = self.transform()
        x = self._days * there.m11() + there.dx()
        return np.stack([x, self._metres * there.m22() + there.dy()], axis=1)

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Lines from memory, the shown pair over them."""
        painter = QPainter(self)
        if not self.prepare():
            painter.fillRect(self.rect(), QColor(self.theme.canvas))
            painter.setPen(QColor(self.theme.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "No pairs")
            return
        if self.model.pairs is not self._asked and self.model.pairs is not None:
            self._asked = self.model.pairs
            self.stale.emit(self._asked)
        painter.drawPixmap(0, 0, self._draw_lines())
        painter.setFont(small(self.font()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_shown(painter)

    def _draw_lines(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        if self._lines is None or self._lines.devicePixelRatioF() != ratio:
            picture = QPixmap((self.size().toSizeF() * ratio).toSize())
            picture.setDevicePixelRatio(ratio)
            picture.fill(QColor(self.theme.canvas))
            painter = QPainter(picture)
            painter.setFont(small(self.font()))
            self._draw_axes(painter)
            painter.setClipRect(self.area())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            points = self._points()
            self._draw_pairs(painter, points)
            self._draw_dates(painter, points)
            painter.end()
            self._lines = picture
        return self._lines

    def _draw_pairs(self, painter: QPainter, points: Floats) -> None:
        """What is not wanted lies below; lines of one colour are drawn together."""
        x, area = points[self.ends, 0], self.area()
        inside = (x.max(axis=1) >= area.left()) & (x.min(axis=1) <= area.right())
        rows = self._order[inside[self._order]]
        # Mapped here: Qt strokes lines much slower through a transform of its own.
        lines = [QLineF(*ends) for ends in points[self.ends[rows]].reshape(-1, 4).tolist()]
        paint = self.paint[rows]
        begins = [0, *(np.flatnonzero(np.diff(paint)) + 1).tolist(), len(rows)]
        for begin, end in pairwise(begins):
            if begin < end:
                painter.setPen(QPen(QColor.fromRgba(int(paint[begin])), 1.1))
                painter.drawLines(lines[begin:end])

    def _draw_dates(self, painter: QPainter, points: Floats) -> None:
        used = np.zeros(len(self.dates), np.bool_)
        used[self.ends[self.wanted].ravel()] = True
        apart = self.transform().m11() * float(np.ptp(self._days)) / len(self.dates)
        size = 4.6 if apart > 6 else 3.2
        for wanted, colour in ((False, self.theme.faint), (True, self.theme.text)):
            dots = [QPointF(*point) for point in points[used == wanted].tolist()]
            for tint, more in ((self.theme.canvas, 1.6), (colour, 0.0)):
                pen = QPen(QColor(tint), size + more)
                pen.setCapStyle(Qt.PenCapStyle.RoundCap)
                painter.setPen(pen)
                painter.drawPoints(dots)

    def _draw_shown(self, painter: QPainter) -> None:
        if self.selected is None:
            return
        points, area = self._points(), self.area()
        begin, end = (QPointF(*points[n]) for n in self.ends[self.selected])
        painter.setClipRect(area.adjusted(-4, -4, 4, 4))
        for colour, width in ((self.theme.canvas, 6.0), (self.theme.accent, 2.6)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawLine(begin, end)
        painter.setPen(QPen(QColor(self.theme.canvas), 1.5))
        painter.setBrush(QColor(self.theme.accent))
        for point in (begin, end):
            painter.drawEllipse(point, 4.5, 4.5)

    def _draw_axes(self, painter: QPainter) -> None:
        area, there = self.area(), self.transform()
        metrics = painter.fontMetrics()
        height = metrics.height()
        for mark in self._date_marks(there, metrics.horizontalAdvance("0000") + 10):
            painter.setPen(QColor(self.theme.window))
            painter.drawLine(QLineF(mark.at, area.top(), mark.at, area.bottom() + 3))
            painter.setPen(QColor(self.theme.text if mark.year else self.theme.muted))
            box = QRectF(mark.at - 30, area.bottom() + 3, 60, height)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, mark.text)
        if not self.known:
            return
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for metre in _scale(self.seen(), int(area.height() / (2.5 * height))):
            y = there.map(QPointF(0, metre)).y()
            painter.setPen(QColor(self.theme.line if metre == 0 else self.theme.window))
            painter.drawLine(QLineF(area.left() - 3, y, area.right(), y))
            painter.setPen(QColor(self.theme.muted))
            text = f"{metre:.0f}".replace("-", "−")
            painter.drawText(QRectF(0, y - height / 2, area.left() - 6, height), flags, text)
        painter.setPen(QColor(self.theme.faint))
        draw_upwards(painter, area, "Perpendicular baseline, m", Qt.AlignmentFlag.AlignCenter)

    def _date_marks(self, there: QTransform, room: float) -> list[Mark]:
        first, seen = self.dates[0], self.seen()

        def place(day: date) -> float:
            return there.map(QPointF((day - first).days, 0)).x()

        low, high = (first + timedelta(days=int(n)) for n in (seen.left(), seen.right()))
        return marks(low, high, place, room)


def _scale(seen: QRectF, count: int) -> Sequence[float]:
    """Round metres in view, at most so many."""
    wide = max(seen.height(), 1e-6)
    power = 10.0 ** np.floor(np.log10(wide / max(count, 1)))
    steps = [power * n for n in (*_BETWEEN, 10 * _BETWEEN[0])]
    step = next((s for s in steps if wide / s <= max(count, 1)), steps[-1])
    first = np.ceil(seen.top() / step)
    return [float(n * step) for n in np.arange(first, np.floor(seen.bottom() / step) + 1)]
