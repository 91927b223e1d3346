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
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPaintEvent, QPen

from thalia_viewer import theme as themes
from thalia_viewer.bars import named
from thalia_viewer.panels.pair_model import PairModel
from thalia_viewer.panels.pair_plot import REACH, PairPlot
from thalia_viewer.panels.plot_words import draw_tag, draw_upwards, small
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
        self._view: NDArray[np.uint32] | None = None
        self._view_ratio = 1.0
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
        self._cells = self._view = None

    def colours_changed(self) -> None:
        """The cells are made anew."""
        self._cells = self._view = None

    def moved(self) -> None:
        """Other cells are in view."""
        self._view = None

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Cells, axes, the shown pair, the whole."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.canvas))
        if not self.prepare():
            painter.setPen(QColor(self.theme.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "No pairs")
            return
        painter.setFont(small(self.font()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        across, down = self._marks(horizontal=True), self._marks(horizontal=False)
        painter.save()
        painter.setClipRect(self.area())
        self._draw_years(painter, across, down)
        self._draw_cross(painter, cell=False)
        painter.drawImage(self.area().topLeft(), self._enlarged())
        self._draw_cross(painter, cell=True)
        painter.restore()
        tags = self._tags(painter.fontMetrics())
        self._draw_axes(painter, across, down, [box for _, box in tags])
        for text, box in tags:
            draw_tag(painter, self.theme, text, box)
        self._draw_whole(painter)

    def _cells_now(self) -> NDArray[np.uint32]:
        """(dates, dates) colours; transparent where there is no pair."""
        if self._cells is None:
            self._cells = np.zeros((len(self.dates),) * 2, np.uint32)
            self._cells[self.ends[:, 0], self.ends[:, 1]] = self.paint
        return self._cells

    def _enlarged(self) -> QImage:
        """The part in view, a pixel for each of the screen; gaps and the rest are transparent."""
        ratio = self.devicePixelRatioF()
        if self._view is None or self._view_ratio != ratio:
            there, area = self.transform(), self.area()
            rows, between_rows = _cells_along(
                area.top(), area.height(), there.dy(), there.m22(), ratio
            )
            cols, between_cols = _cells_along(
                area.left(), area.width(), there.dx(), there.m11(), ratio
            )
            side = len(self.dates)
            inside = [
                (n >= 0) & (n < side) & ~gap
                for n, gap in ((rows, between_rows), (cols, between_cols))
            ]
            view = self._cells_now()[np.clip(rows, 0, side - 1)][:, np.clip(cols, 0, side - 1)]
            view[~inside[0]] = 0
            view[:, ~inside[1]] = 0
            self._view, self._view_ratio = np.ascontiguousarray(view), ratio
        image = _image_of(self._view)
        image.setDevicePixelRatio(ratio)
        return image

    def _draw_years(self, painter: QPainter, across: list[Mark], down: list[Mark]) -> None:
        area = self.area()
        painter.setPen(QPen(QColor(self.theme.window), 1))
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

    def _draw_axes(
        self, painter: QPainter, across: list[Mark], down: list[Mark], tags: list[QRectF]
    ) -> None:
        """Months and years; none that a tag would cover in part."""
        area, metrics = self.area(), painter.fontMetrics()
        height = metrics.height()
        painter.setPen(QColor(self.theme.faint))
        painter.drawLines(
            [QLineF(m.at, area.top() - 4, m.at, area.top()) for m in across]
            + [QLineF(area.left() - 4, m.at, area.left(), m.at) for m in down]
        )
        for mark, above in [(m, True) for m in across] + [(m, False) for m in down]:
            wide = metrics.horizontalAdvance(mark.text)
            box = (
                QRectF(mark.at - wide / 2, area.top() - 5 - height, wide, height)
                if above
                else QRectF(area.left() - 7 - wide, mark.at - height / 2, wide, height)
            )
            if not any(box.intersects(tag) for tag in tags):
                painter.setPen(QColor(self.theme.text if mark.year else self.theme.muted))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, mark.text)
        painter.setPen(QColor(self.theme.faint))
        top = QRectF(area.left(), 2, area.width(), height)
        painter.drawText(top, Qt.AlignmentFlag.AlignRight, "Secondary date →")
        draw_upwards(painter, area, "← Primary date", Qt.AlignmentFlag.AlignLeft)

    def _tags(self, metrics: QFontMetrics) -> list[tuple[str, QRectF]]:
        """The dates of the shown pair at the axes."""
        if self.selected is None or self.model.pairs is None:
            return []
        area, pair = self.area(), self.model.pairs[self.selected]
        place = self.transform().map(self.middle_of(self.selected))
        if not area.contains(place):
            return []
        height, width = metrics.height() + 2, metrics.horizontalAdvance("0000-00-00") + 8
        x = min(max(place.x() - width / 2, area.left()), self.width() - width)
        return [
            (pair.secondary.isoformat(), QRectF(x, area.top() - height - 3, width, height)),
            (pair.primary.isoformat(), QRectF(2, place.y() - height / 2, width, height)),
        ]

    def _draw_whole(self, painter: QPainter) -> None:
        """All cells small, and what of them is in view; only where that is a part."""
        area, seen = self.area(), self.seen()
        if seen.width() > self.bounds().width() * 0.99:
            return
        side = min(area.width(), area.height()) * _INSET
        box = QRectF(area.left() + 8, area.bottom() - side - 8, side, side)
        painter.setPen(QPen(QColor(self.theme.line), 1))
        painter.setBrush(QColor(self.theme.window))
        painter.drawRect(box)
        image = _image_of(self._cells_now())
        for x, y in ((0, 0), (1, 0), (0, 1), (1, 1)):  # cells smaller than a pixel are seen, too
            painter.drawImage(box.translated(x, y).intersected(box), image)
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


def _cells_along(
    begin: float, length: float, offset: float, cell: float, ratio: float
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Of each device pixel of an axis its cell, and whether it is a gap between two."""
    pixels = begin + (np.arange(max(int(length * ratio), 1)) + 0.5) / ratio
    numbers = np.floor((pixels - offset) / cell).astype(np.intp)
    gaps = np.zeros(len(numbers), np.bool_)
    if cell >= _GAP_FROM:
        gaps[1:] = numbers[1:] != numbers[:-1]
    return numbers, gaps


def _image_of(colours: NDArray[np.uint32]) -> QImage:
    """Without a copy: the array must live as long."""
    height, width = colours.shape
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(colours.data, width, height, 4 * width, form)
