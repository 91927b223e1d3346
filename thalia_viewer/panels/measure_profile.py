"""Profile and fringes: phase, motion, height and coherence along a line, and how many fringes."""

from __future__ import annotations

from math import ceil, floor, pi, tau
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from thalia_core.cube.schema import CM_PER_CYCLE
from thalia_viewer import theme as themes
from thalia_viewer.bars import named
from thalia_viewer.canvas.layers import STYLES, round_step
from thalia_viewer.panels import plots

if TYPE_CHECKING:
    from thalia_core.insar.fringes import FringeCount
    from thalia_core.insar.profile import Profile
    from thalia_viewer.measuring import Measured

_SIDE = 268
_EMPTY = "Draw a line over a pattern, from its edge to its centre: Measure, Profile line (M)."


class ProfilePanel(plots.PlotPanel):
    """A plot of the line, and beside it what follows from it.

    Signals:
        pointed: Number of the sample under the cursor, or None.
        copy_asked: The samples shall go to the clipboard as CSV.
        save_asked: The same to a file.
        clear_asked: The line shall go.
    """

    pointed = Signal(object)
    copy_asked = Signal()
    save_asked = Signal()
    clear_asked = Signal()

    def __init__(self, theme: themes.Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        named(self, "panel.profile", "Profile and fringes")
        self.shown: Measured | None = None
        self._start = 0.0
        self.marks: list[pg.InfiniteLine] = []
        self._row.addWidget(self._side())
        self.show_measured(None)

    # What is seen

    def show_measured(self, found: Measured | None) -> None:
        """Another line, another pair, or nothing."""
        self.shown = found
        line = found.line if found is not None else None
        self._plot_line(line)
        for button in self._buttons:
            button.setEnabled(line is not None)
        count = found.count if found is not None else None
        self.level.setText("" if count is None else count.intensity.name.capitalize())
        self.fringes.setText("" if count is None else _fringes(count))
        if found is None:
            self.rule.setText(_EMPTY)
        elif found.problem:
            self.rule.setText(found.problem)
        elif line is None:
            self.rule.setText(_EMPTY)
        else:
            self.rule.setText(
                "The phase could not be unwrapped." if count is None else _rule(count)
            )
        self.patterns.setText("" if found is None else _patterns(found))

    def show_place(self, sample: int | None) -> None:
        """The sample that the cursor over the picture is at."""
        line = self.shown.line if self.shown is not None else None
        for mark in self.marks:
            mark.setVisible(sample is not None and line is not None)
            if sample is not None and line is not None:
                mark.setPos(float(line.distance_m[sample]) / 1000)

    def refresh(self) -> None:
        """Show again what is shown."""
        self.show_measured(self.shown)

    def colour(self, theme: themes.Theme) -> None:
        """Give the plots the colours of a theme."""
        axes = [plot.getAxis(side) for plot in self._both for side in ("left", "bottom")]
        plots.dress(self.plot, [*axes, self._cm, self._share], theme)
        self._unwrapped.setPen(plots.pen(theme.accent, 2.0))
        self._height.setPen(plots.pen(theme.muted, 1.25))
        fill = QColor(theme.muted)
        fill.setAlpha(48)
        self._height.setBrush(fill)
        self._coherence.setPen(plots.pen("#c79a3a", 1.25))
        self._turns.setPen(plots.pen(theme.line, 1.0))
        for mark in self.marks:
            mark.setPen(plots.pen(theme.text, 1.0, 150))

    # Inside

    def build(self) -> pg.GraphicsLayoutWidget:
        """Phase above, height and coherence below."""
        widget = plots.canvas_of("profile.plot", "Phase and height along the line")
        phase = plots.plain(widget.addPlot(row=0, col=0))
        ground = plots.plain(widget.addPlot(row=1, col=0))
        self._both = phase, ground
        widget.ci.layout.setRowStretchFactor(0, 3)
        widget.ci.layout.setRowStretchFactor(1, 2)
        ground.setXLink(phase)
        self._turns = phase.plot(connect="pairs")
        self._unwrapped = phase.plot(connect="finite")
        self._wrapped = pg.ScatterPlotItem(size=4.5, pen=None, pxMode=True)
        phase.addItem(self._wrapped)
        self._cm = plots.SecondScale(phase, self._to_cm)
        plots.label(phase.getAxis("left"), "phase, rad")
        plots.label(self._cm, "to satellite, cm")
        phase.getAxis("bottom").setStyle(showValues=False)
        self._height = ground.plot(connect="finite")
        self._share = plots.SecondScale(ground, lambda metres: metres / self._top)
        self._coherence = ground.plot(connect="finite")
        self._top = 1.0
        plots.label(ground.getAxis("left"), "height, m")
        plots.label(self._share, "coherence")
        plots.label(ground.getAxis("bottom"), "distance from the first corner, km")
        self.marks = [pg.InfiniteLine(angle=90) for _ in self._both]
        for plot, mark in zip(self._both, self.marks, strict=True):
            plot.addItem(mark, ignoreBounds=True)
        for axis in (*(plot.getAxis("left") for plot in self._both), self._cm, self._share):
            axis.setWidth(58)
        widget.scene().sigMouseMoved.connect(self._hovered)
        return widget

    def _side(self) -> QWidget:
        side = QWidget()
        side.setFixedWidth(_SIDE)
        self.level = plots.heading("profile.intensity", "Intensity that the fringes suggest")
        self.fringes = plots.sentence("profile.fringes", "Fringes along the line", role="")
        self.rule = plots.sentence("profile.rule", "How the intensity comes about")
        self.patterns = plots.sentence("profile.patterns", "Fringes of the masks", role="")
        column = QVBoxLayout(side)
        column.setContentsMargins(12, 8, 10, 6)
        column.setSpacing(4)
        for widget in (self.level, self.fringes, self.rule):
            column.addWidget(widget)
        column.addSpacing(8)
        column.addWidget(self.patterns)
        column.addStretch(1)
        tips = (
            ("copy", "Copy CSV", "Copy the samples: distance (m), phase (rad), motion (cm)"),
            ("save", "Save CSV…", "Save the samples: distance (m), phase (rad), motion (cm)"),
            ("clear", "Remove", "Remove the line"),
        )
        signals = (self.copy_asked, self.save_asked, self.clear_asked)
        self._buttons = [
            plots.button(f"profile.{name}", text, tip, signal.emit)
            for (name, text, tip), signal in zip(tips, signals, strict=True)
        ]
        row = QHBoxLayout()
        row.setSpacing(2)
        for button in self._buttons:
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        return side

    def _plot_line(self, line: Profile | None) -> None:
        if self.plot is None:
            return
        self.plot.setEnabled(True)
        self.show_place(None)
        if line is None:
            self.plot.ci.setVisible(False)
            return
        self.plot.ci.setVisible(True)
        km = line.distance_m / 1000
        reached = line.unwrapped_phase[np.isfinite(line.unwrapped_phase)]
        self._start = float(reached[0]) if reached.size else 0.0
        self._unwrapped.setData(km, line.unwrapped_phase)
        known = np.isfinite(line.wrapped_phase)
        self._wrapped.setData(
            km[known], line.wrapped_phase[known], brush=_brushes(line.wrapped_phase[known])
        )
        self._plot_ground(km, line)
        phase = self._both[0]
        low = min(float(reached.min(initial=-pi)), -pi)
        high = max(float(reached.max(initial=pi)), pi)
        margin = (high - low) * 0.05
        phase.setYRange(low - margin, high + margin)
        phase.setXRange(0.0, float(km[-1]))
        self._plot_turns(low - margin, high + margin, float(km[-1]))
        self._cm.follow()

    def _plot_turns(self, low: float, high: float, end: float) -> None:
        """A line at every whole fringe from the beginning on: fringes can be counted by eye."""
        first, last = ceil((low - self._start) / tau), floor((high - self._start) / tau)
        levels = self._start + tau * np.arange(first, last + 1)
        self._turns.setData(np.tile([0.0, end], len(levels)), np.repeat(levels, 2))

    def _plot_ground(self, km: np.ndarray, line: Profile) -> None:
        """Height on the left and coherence on the right; without heights, coherence on the left."""
        ground, heights = self._both[1], bool(np.isfinite(line.height_m).any())
        self._top = _nice_top(line.height_m) if heights else 1.0
        self._height.setData(km, line.height_m, fillLevel=0.0)
        self._coherence.setData(km, line.coherence * self._top)
        lowest = float(np.nanmin(line.height_m, initial=0.0))
        ground.setYRange(min(lowest, 0.0), self._top * 1.04)
        plots.label(ground.getAxis("left"), "height, m" if heights else "coherence")
        self._share.setVisible(heights and bool(np.isfinite(line.coherence).any()))
        self._share.follow()

    def _to_cm(self, phase: float) -> float:
        """Motion towards the satellite since the beginning of the line."""
        return (self._start - phase) / tau * CM_PER_CYCLE

    def _hovered(self, at: QPointF) -> None:
        line = self.shown.line if self.shown is not None else None
        boxes = [plot.getViewBox() for plot in self._both]
        over = [box for box in boxes if box.sceneBoundingRect().contains(at)]
        if line is None or not over:
            self.show_place(None)
            self.pointed.emit(None)
            return
        km = over[0].mapSceneToView(at).x()
        sample = int(np.abs(line.distance_m - km * 1000).argmin())
        self.show_place(sample)
        self.pointed.emit(sample)


def _fringes(count: FringeCount) -> str:
    way = "towards" if count.towards_cm >= 0 else "away"
    return f"{count.fringes:.1f} fringes · {abs(count.towards_cm):.1f} cm {way}"


def _rule(count: FringeCount) -> str:
    reached = f"; {count.reached:.0%} of the line unwrapped" if count.reached < 0.995 else ""
    return f"{count.rule}{reached}."


def _patterns(found: Measured) -> str:
    """One line for each masked pattern."""
    if not found.patterns:
        return "Nothing is masked in this pair."
    lines = ["In the masks:"]
    for pattern in found.patterns[:6]:
        count = pattern.count
        told = (
            "not unwrapped"
            if count is None
            else f"{count.intensity.name.capitalize()}, {_fringes(count)}"
        )
        lines.append(f"{pattern.instance}: {told}")
    if len(found.patterns) > 6:
        lines.append(f"and {len(found.patterns) - 6} more")
    return "\n".join(lines)


def _brushes(wrapped_phase: np.ndarray) -> list[QColor]:
    """The colours of the picture."""
    table = STYLES["insar_difference"].table
    codes = np.clip(((wrapped_phase + pi) / tau * 255).astype(int), 0, 254) + 1
    return [QColor.fromRgb(int(table[code])) for code in codes]


def _nice_top(heights: np.ndarray) -> float:
    """A round number of metres above all heights."""
    top = float(np.nanmax(heights, initial=0.0))
    if top <= 0:
        return 1.0
    step = round_step(top / 4)
    return float(np.ceil(top / step) * step)
