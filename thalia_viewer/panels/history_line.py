"""The steps of a history along time: a tick for each, in the colour of who did it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from thalia_viewer import theme as themes
from thalia_viewer.bars import named
from thalia_viewer.panels.steps import describe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from thalia_core.annotate.session import StepInfo

_PAUSE_S = 1800.0
"""A pause as long as this ends a sitting; it is drawn as a gap of one width, however long."""
_GAP = 1.6
"""Width of such a gap in widths of a sitting's longest step."""
_EDGE, _TICK = 8, 14
_REACH = 6.0


class Timeline(QWidget):
    """A slim strip of ticks.

    Within a sitting the distance tells the time between two steps; what lies between two sittings
    is one gap with the date of the next one below.
    """

    chosen = Signal(object)
    """The StepInfo that a person clicked."""

    def __init__(self, theme: themes.Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "history.timeline", "Steps along time")
        self._theme = theme
        self._steps: tuple[StepInfo, ...] = ()
        self._people: dict[str, QColor] = {}
        self._at: NDArray[np.float64] = np.zeros(0)
        self._starts: NDArray[np.intp] = np.zeros(0, np.intp)
        self._kinds: NDArray[np.int64] = np.zeros(0, np.int64)
        self._step: str | None = None
        self._told = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def dress(self, theme: themes.Theme) -> None:
        """Other colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Ticks and a line of dates."""
        return QSize(120, _TICK + QFontMetrics(self._small()).height() + 14)

    def show_steps(self, steps: Sequence[StepInfo], people: dict[str, QColor]) -> None:
        """Show steps, oldest first, and the colour of each person."""
        self._steps, self._people = tuple(steps), people
        self._at, self._starts = places([step.time for step in steps])
        order = {name: 2 * n for n, name in enumerate(people)}
        self._kinds = np.array([order.get(s.by, 0) + s.active for s in steps], np.int64)
        self._told = -1
        self.update()

    def mark(self, step: str | None) -> None:
        """Mark the step whose version is shown."""
        self._step = step
        self.update()

    def place(self, step: str) -> QPointF:
        """Where the tick of a step is."""
        n = next(n for n, info in enumerate(self._steps) if info.id == step)
        return QPointF(self._x(self._at[n]), 4 + _TICK / 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The strip."""
        if not self._steps:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, middle = self._theme, 4 + _TICK / 2
        painter.setPen(QPen(QColor(theme.line), 1))
        ends = [*self._starts[1:], len(self._steps)]
        for first, last in zip(self._starts, ends, strict=True):
            left, right = self._x(self._at[first]), self._x(self._at[last - 1])
            painter.drawLine(QPointF(left - 3, middle), QPointF(right + 3, middle))
        for x, step in self._ticks():
            colour = QColor(self._people.get(step.by, QColor(theme.muted)))
            colour.setAlphaF(1.0 if step.active else 0.35)
            half = _TICK / 2 if step.active else _TICK / 4
            painter.setPen(QPen(colour, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            painter.drawLine(QPointF(x, middle - half), QPointF(x, middle + half))
        marked = next((n for n, step in enumerate(self._steps) if step.id == self._step), None)
        if marked is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.text))
            painter.drawEllipse(QPointF(self._x(self._at[marked]), middle), 4, 4)
        self._paint_dates(painter)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click shows that version."""
        n = self._under(event.position())
        if event.button() == Qt.MouseButton.LeftButton and n is not None:
            self.chosen.emit(self._steps[n])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The step under the pointer."""
        n = self._under(event.position())
        over = n is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
        if n is not None and n != self._told:
            QToolTip.showText(event.globalPosition().toPoint(), describe(self._steps[n]), self)
        self._told = -1 if n is None else n

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is told any more."""
        self._told = -1
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right go from version to version."""
        way = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if way is None or not self._steps:
            super().keyPressEvent(event)
            return
        ids = [step.id for step in self._steps]
        at = ids.index(self._step) if self._step in ids else len(ids)
        self.chosen.emit(self._steps[min(max(at + way, 0), len(ids) - 1)])

    def _ticks(self) -> list[tuple[float, StepInfo]]:
        """Where ticks are drawn, and one step of each: a long history has many in one place."""
        pixels = np.rint(self._at * (self.width() - 2 * _EDGE) + _EDGE).astype(np.int64)
        _, first = np.unique(pixels * (2 * len(self._steps)) + self._kinds, return_index=True)
        return [(float(pixels[n]), self._steps[n]) for n in first]

    def _paint_dates(self, painter: QPainter) -> None:
        """The date of each sitting, as far as there is room."""
        painter.setFont(self._small())
        painter.setPen(QColor(self._theme.muted))
        metrics, free = QFontMetrics(painter.font()), -1.0
        base = 4 + _TICK + 3 + metrics.ascent()
        shown = ""
        for first in self._starts:
            text = self._steps[first].time[:10]
            width = metrics.horizontalAdvance(text)
            left = min(max(self._x(self._at[first]) - 2, 2), self.width() - width - 2)
            if left > free and text != shown:
                painter.drawText(QPointF(left, base), text)
                free, shown = left + width + 10, text

    def _x(self, share: float) -> float:
        return _EDGE + float(share) * (self.width() - 2 * _EDGE)

    def _under(self, point: QPointF) -> int | None:
        """The nearest tick within reach."""
        if not len(self._at):
            return None
        apart = np.abs(self._at * (self.width() - 2 * _EDGE) + _EDGE - point.x())
        n = len(apart) - 1 - int(np.argmin(apart[::-1]))  # the newest of those in one place
        return n if apart[n] <= _REACH else None

    def _small(self) -> QFont:
        font = self.font()
        font.setPointSizeF(max(font.pointSizeF() * 0.82, 7.0))
        return themes.digits(font)


def places(times: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Where ticks stand, 0 to 1, and the first step of each sitting.

    Args:
        times: ISO 8601, UTC, ascending.
    """
    if not times:
        return np.zeros(0), np.zeros(0, np.intp)
    stamps = np.array([time[:19] for time in times], "datetime64[s]")
    seconds = stamps.astype(np.int64).astype(np.float64)
    steps = np.diff(seconds)
    pause = steps > _PAUSE_S
    # the root: strokes in quick succession stay apart, a long look does not use up the strip
    widths = np.sqrt(np.clip(steps, 1.0, 600.0))
    longest = float(widths[~pause].max(initial=1.0))
    widths[pause] = longest * _GAP
    at = np.concatenate([[0.0], np.cumsum(widths)])
    starts = np.concatenate([[0], np.flatnonzero(pause) + 1]).astype(np.intp)
    return (at / at[-1] if at[-1] > 0 else at + 0.5), starts
