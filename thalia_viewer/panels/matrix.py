"""The pairs as cells: a row for each primary date, a column for each secondary date.

Dates are equally far apart, whatever days lie between them, so that each cell is as easy to hit;
the axes say where years and months begin. The lower left, where no pair can be, shows the whole
while one looks at a part.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen

from thalia_viewer import theme as themes
from thalia_viewer.bars import named
from thalia_viewer.panels.pair_model import PairModel
from thalia_viewer.panels.pair_plot import REACH, PairPlot
from thalia_viewer.panels.ticks import Mark, marks

_LEFT, _TOP, _EDGE = 52, 36, 8
_CELL, _LARGEST = 7.0, 34.0
"""Pixels of a cell: at least, to begin a frame with; at most."""
_GAP_FROM = 5.0
"""Pixels of a cell from which on gaps are drawn between cells."""
_INSET = 0.34
"""Side of the picture of the whole, of the shorter side of the plane."""


class MatrixView(PairPlot):
    """Cells that one points at: the wheel zooms, a drag moves, arrows step along the dates."""

    def __init__(self, model: PairModel, theme: themes.Theme) -> None:
        super().__init__(model, theme)
        named(self, "matrix.view", "Pairs by primary and secondary date")
        self._cells: NDArray[np.uint32] | None = None
        self._at: NDArray[np.int32] = np.zeros((0, 0), np.int32)

    # Where things are

    def bounds(self) -> QRectF:
        """From 0 to the number of dates, both ways."""
        return QRectF(0, 0, max(len(self.dates), 1), max(len(self.dates), 1))

    def area(self) -> QRectF:
        """Beside the axes."""
        return QRectF(self.rect()).adjusted(_LEFT, _TOP, -_EDGE, -_EDGE)

    def unit(self) -> tuple[float, float]:
        """Square cells that all fit."""
        side = min(self.area().width(), self.area().height())
        cell = max(side, 1.0) / max(len(self.dates), 1)
        return cell, cell

    def enlarged(self, zoom: float) -> tuple[float, float]:
        """Cells stay square."""
        return zoom, zoom

    def closest(self) -> float:
        """Until one cell is large."""
        return max(_LARGEST / self.unit()[0], 1.0)

    def begin(self) -> tuple[float, QPointF]:
        """Cells that one can hit, around the shown pair."""
        zoom = min(max(_CELL / self.unit()[0], 1.0), self.closest())
        at = self.selected
        return zoom, self.bounds().center() if at is None else self.middle_of(at)

    def middle_of(self, position: int) -> QPointF:
        """The middle of a cell."""
        row, column = self.ends[position]
        return QPointF(column + 0.5, row + 0.5)

    def under(self, at: QPointF) -> int | None:
        """The pair of the cell, or the one nearest to it within reach."""
        if not self.pairs or not self.area().contains(at):
            return None
        place = self.transform().inverted()[0].map(at)
        row, column = int(place.y()), int(place.x())
        if max(row, column) < len(self.dates) and self._at[row, column] >= 0:
            return int(self._at[row, column])
        away = np.hypot(self.ends[:, 1] + 0.5 - place.x(), self.ends[:, 0] + 0.5 - place.y())
        nearest = int(away.argmin())
        cell = self.transform().m11()
        return nearest if (away[nearest] - 0.5) * cell <= REACH / 2 else None

    def frame_changed(self) -> None:
        """Other cells."""
        self._at = np.full((len(self.dates),) * 2, -1, np.int32)
        self._at[self.ends[:, 0], self.ends[:, 1]] = np.arange(len(self.ends))
        self._cells = None

    def colours_changed(self) -> None:
        """The cells are made anew."""
        self._cells = None

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Cells, axes, the shown pair, the whole."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.canvas))
        if not self.prepare():
            self.draw_hint(painter, "No pairs")
            return
        painter.setFont(self.small())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        image = self._image()
        across, down = self._marks(horizontal=True), self._marks(horizontal=False)
        painter.save()
        painter.setClipRect(self.area())
        self._draw_years(painter, across, down)
        self._draw_cross(painter, cell=False)
        self._draw_cells(painter, image)
        self._draw_cross(painter, cell=True)
        painter.restore()
        self._draw_axes(painter, across, down)
        self._draw_tags(painter)
        self._draw_whole(painter, image)

    def _image(self) -> QImage:
        """A pixel for each cell; transparent where there is no pair."""
        if self._cells is None:
            self._cells = np.zeros((len(self.dates),) * 2, np.uint32)
            self._cells[self.ends[:, 0], self.ends[:, 1]] = self.paint
        side = len(self.dates)
        return QImage(
            self._cells.data, side, side, 4 * side, QImage.Format.Format_ARGB32_Premultiplied
        )

    def _draw_cells(self, painter: QPainter, image: QImage) -> None:
        there = self.transform()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(there.mapRect(self.bounds()), image)
        if there.m11() < _GAP_FROM:
            return
        seen, area = self.seen(), self.area()
        painter.setPen(QPen(QColor(self.theme.canvas), 1))
        lines = []
        for n in range(max(int(seen.left()), 0), int(seen.right()) + 2):
            x = there.map(QPointF(n, 0)).x()
            lines.append(QLineF(x, area.top(), x, area.bottom()))
        for n in range(max(int(seen.top()), 0), int(seen.bottom()) + 2):
            y = there.map(QPointF(0, n)).y()
            lines.append(QLineF(area.left(), y, area.right(), y))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.drawLines(lines)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)

    def _draw_years(self, painter: QPainter, across: list[Mark], down: list[Mark]) -> None:
        area = self.area()
        painter.setPen(QPen(QColor(self.theme.raised), 1))
        painter.drawLines(
            [QLineF(m.at, area.top(), m.at, area.bottom()) for m in across if m.year]
            + [QLineF(area.left(), m.at, area.right(), m.at) for m in down if m.year]
        )

    def _draw_cross(self, painter: QPainter, *, cell: bool) -> None:
        """Row and column of the shown pair under the cells, and a frame around its cell."""
        if self.selected is None:
            return
        area, there = self.area(), self.transform()
        middle, side = there.map(self.middle_of(self.selected)), there.m11()
        if cell:
            half = max(side / 2 + 1, 4.0)
            box = QRectF(middle.x() - half, middle.y() - half, 2 * half, 2 * half)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for colour, width in ((self.theme.canvas, 4.0), (self.theme.accent, 2.0)):
                painter.setPen(QPen(QColor(colour), width))
                painter.drawRect(box)
            return
        band = QColor(self.theme.accent)
        band.setAlphaF(0.22)
        half = max(side / 2, 1.0)
        painter.fillRect(QRectF(area.left(), middle.y() - half, area.width(), 2 * half), band)
        painter.fillRect(QRectF(middle.x() - half, area.top(), 2 * half, area.height()), band)

    def _marks(self, *, horizontal: bool) -> list[Mark]:
        there, seen = self.transform(), self.seen()
        low, high = (seen.left(), seen.right()) if horizontal else (seen.top(), seen.bottom())
        last = len(self.dates) - 1
        first_day = self.dates[min(max(int(low), 0), last)]
        last_day = self.dates[min(max(int(high), 0), last)]

        def place(day: date) -> float:
            n = bisect_left(self.dates, day)
            point = there.map(QPointF(n, n))
            return point.x() if horizontal else point.y()

        metrics = self.fontMetrics()
        room = metrics.horizontalAdvance("0000") + 10 if horizontal else metrics.height() + 4
        return marks(first_day, last_day, place, room)

    def _draw_axes(self, painter: QPainter, across: list[Mark], down: list[Mark]) -> None:
        area, metrics = self.area(), painter.fontMetrics()
        height = metrics.height()
        painter.setPen(QColor(self.theme.faint))
        painter.drawLines(
            [QLineF(m.at, area.top() - 4, m.at, area.top()) for m in across]
            + [QLineF(area.left() - 4, m.at, area.left(), m.at) for m in down]
        )
        for mark in (*across, *down):
            painter.setPen(QColor(self.theme.text if mark.year else self.theme.muted))
            if mark in across:
                box = QRectF(mark.at - 30, area.top() - 5 - height, 60, height)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, mark.text)
            else:
                box = QRectF(0, mark.at - height / 2, area.left() - 7, height)
                flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(box, flags, mark.text)
        painter.setPen(QColor(self.theme.faint))
        top = QRectF(area.left(), 2, area.width(), height)
        painter.drawText(top, Qt.AlignmentFlag.AlignCenter, "Secondary date")
        painter.save()
        painter.translate(2 + height / 2, area.center().y())
        painter.rotate(-90)
        box = QRectF(-area.height() / 2, -height / 2, area.height(), height)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "Primary date")
        painter.restore()

    def _draw_tags(self, painter: QPainter) -> None:
        """The dates of the shown pair at the axes."""
        if self.selected is None or self.model.pairs is None:
            return
        area, metrics = self.area(), painter.fontMetrics()
        place = self.transform().map(self.middle_of(self.selected))
        if not area.contains(place):
            return
        pair, height = self.model.pairs[self.selected], metrics.height() + 2
        width = metrics.horizontalAdvance("0000-00-00") + 8
        x = min(max(place.x() - width / 2, area.left()), self.width() - width)
        box = QRectF(x, area.top() - height - 3, width, height)
        self.draw_tag(painter, pair.secondary.isoformat(), box)
        box = QRectF(2, place.y() - height / 2, width, height)
        self.draw_tag(painter, pair.primary.isoformat(), box)

    def _draw_whole(self, painter: QPainter, image: QImage) -> None:
        """All cells small, and what of them is in view; only where that is a part."""
        area, seen = self.area(), self.seen()
        if seen.width() > self.bounds().width() * 0.99:
            return
        side = min(area.width(), area.height()) * _INSET
        box = QRectF(area.left() + 8, area.bottom() - side - 8, side, side)
        painter.setPen(QPen(QColor(self.theme.line), 1))
        painter.setBrush(QColor(self.theme.window))
        painter.drawRect(box)
        smooth = QPainter.RenderHint.SmoothPixmapTransform
        painter.setRenderHint(smooth)
        painter.drawImage(box, image)
        painter.setRenderHint(smooth, False)
        scale = side / self.bounds().width()
        part = QRectF(
            box.left() + seen.left() * scale,
            box.top() + seen.top() * scale,
            seen.width() * scale,
            seen.height() * scale,
        )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self.theme.text), 1))
        painter.drawRect(part.intersected(box))
