"""Time series: motion of numbered points towards the satellite, from date to date."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from thalia_viewer import theme as themes
from thalia_viewer.bars import named
from thalia_viewer.canvas.rulers import POINT_COLOURS
from thalia_viewer.panels import plots

if TYPE_CHECKING:
    from thalia_core.insar.reference import ReferenceArea
    from thalia_core.insar.series import PointSeries

_SIDE = 300
_EMPTY = "Click points on the picture: Measure, Series point (T)."
_LISTED = 7


class SeriesPanel(plots.PlotPanel):
    """The plot, and beside it points, reference and what the pairs disagree.

    Signals:
        network_chosen: Whether all pairs count (True) or those of one primary date.
        copy_asked: The series shall go to the clipboard as CSV.
        save_asked: The same to a file.
        clear_asked: The points shall go.
    """

    network_chosen = Signal(bool)
    copy_asked = Signal()
    save_asked = Signal()
    clear_asked = Signal()

    def __init__(self, theme: themes.Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        named(self, "panel.series", "Time series")
        self.shown: PointSeries | None = None
        self._items: list[object] = []
        self._row.addWidget(self._side())
        self.show_series(None)

    def show_series(self, found: PointSeries | None, problem: str = "") -> None:
        """Another series, or why there is none."""
        self.shown = found
        self.progress.setText("")
        self._plot_series(found)
        for button in self._buttons[:2]:
            button.setEnabled(found is not None)
        self.points.setText((problem or _EMPTY) if found is None else _points(found))
        self.rest.setText("" if found is None else _rest(found))

    def show_progress(self, done: int, total: int) -> None:
        """How many pairs are unwrapped."""
        self.show_waiting()
        self.progress.setText(f"pair {done + 1:,} of {total:,}")

    def show_reference(self, area: ReferenceArea | None) -> None:
        """What stands still."""
        if area is None:
            self.reference.setText("Stands still: the ground around the points (median).")
        else:
            self.reference.setText(
                f"Stands still: {area.radius_m:,.0f} m around {area.lat:.4f} {area.lon:.4f}."
            )

    def show_primary(self, primary: date | None) -> None:
        """The date whose pairs can be chosen."""
        text = "Pairs of one primary date" if primary is None else f"Pairs of primary {primary}"
        self.network.setItemText(1, text)

    def refresh(self) -> None:
        """Show again what is shown; words that say why there is none stay."""
        self._plot_series(self.shown)

    def colour(self, theme: themes.Theme) -> None:
        """Give the plot the colours of a theme."""
        axes = [self._motion.getAxis(side) for side in ("left", "bottom")]
        plots.dress(self.plot, axes, theme)
        self._zero.setPen(plots.pen(theme.line, 1.0))

    # Inside

    def build(self) -> pg.GraphicsLayoutWidget:
        """Motion over dates."""
        widget = plots.canvas_of("series.plot", "Motion of the points over the dates")
        axes = {"bottom": pg.DateAxisItem(utcOffset=0)}
        self._motion = plots.plain(widget.addPlot(axisItems=axes))
        self._zero = pg.InfiniteLine(0.0, angle=0)
        self._motion.addItem(self._zero, ignoreBounds=True)
        plots.label(self._motion.getAxis("left"), "towards the satellite, cm")
        self._motion.getAxis("left").setWidth(52)
        return widget

    def _side(self) -> QWidget:
        side = QWidget()
        side.setFixedWidth(_SIDE)
        self.network = QComboBox()
        named(self.network, "series.network", "Pairs that count")
        self.network.addItems(["All pairs (least squares)", "Pairs of one primary date"])
        self.network.setToolTip("All pairs together by least squares, or those of one primary date")
        self.network.currentIndexChanged.connect(lambda index: self.network_chosen.emit(index == 0))
        self.points = QLabel()
        named(self.points, "series.points", "Points")
        self.points.setTextFormat(Qt.TextFormat.RichText)
        self.points.setWordWrap(True)
        self.reference = plots.sentence("series.reference", "What stands still")
        self.rest = plots.sentence("series.rest", "What the pairs disagree")
        self.progress = plots.sentence("series.progress", "How far the series is")
        column = QVBoxLayout(side)
        column.setContentsMargins(12, 8, 10, 6)
        column.setSpacing(6)
        for widget in (self.network, self.points, self.reference, self.rest):
            column.addWidget(widget)
        column.addStretch(1)
        column.addWidget(self.progress)
        self._buttons = [
            plots.button("series.copy", "Copy CSV", "Copy the series (cm)", self.copy_asked.emit),
            plots.button("series.save", "Save CSV…", "Save the series (cm)", self.save_asked.emit),
            plots.button("series.clear", "Remove", "Remove all points", self.clear_asked.emit),
        ]
        row = QHBoxLayout()
        row.setSpacing(2)
        for button in self._buttons:
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        self.show_reference(None)
        return side

    def _plot_series(self, found: PointSeries | None) -> None:
        if self.plot is None:
            return
        self.plot.setEnabled(True)
        self.plot.ci.setVisible(found is not None)
        for item in self._items:
            self._motion.removeItem(item)
        self._items.clear()
        if found is not None:
            for n in range(len(found.points)):
                self._plot_point(found, n)
            self._motion.autoRange(padding=0.06)

    def _plot_point(self, found: PointSeries, n: int) -> None:
        """One line for each part of the network: values of different parts do not compare."""
        colour = POINT_COLOURS[n % len(POINT_COLOURS)]
        times = np.array([_seconds(day) for day in found.dates])
        cm, sigma, part = found.towards_cm[:, n], found.sigma_cm[:, n], found.network.part[:, n]
        for number in range(int(part.max(initial=-1)) + 1):
            own = part == number
            self._items.append(
                self._motion.plot(
                    times[own],
                    cm[own],
                    pen=plots.pen(colour, 1.75),
                    symbol="o",
                    symbolSize=6,
                    symbolPen=None,
                    symbolBrush=QColor(colour),
                )
            )
        known = np.isfinite(cm) & np.isfinite(sigma)
        if known.any():
            bars = pg.ErrorBarItem(
                x=times[known],
                y=cm[known],
                height=2 * sigma[known],
                pen=plots.pen(colour, 1.25, 150),
            )
            self._motion.addItem(bars)
            self._items.append(bars)


def _seconds(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def _points(found: PointSeries) -> str:
    """Number, place, motion over all dates, and how well it is known."""
    cm, sigma = found.towards_cm, found.sigma_cm
    lines = []
    for n, (lon, lat) in enumerate(found.points[:_LISTED]):
        known = np.flatnonzero(np.isfinite(cm[:, n]))
        colour = POINT_COLOURS[n % len(POINT_COLOURS)]
        told = "no value"
        if known.size:
            last = int(known[-1])
            told = f"{cm[last, n]:+.1f}".replace("-", "\N{MINUS SIGN}")
            told += f" \N{PLUS-MINUS SIGN} {sigma[last, n]:.1f}" if sigma[last, n] > 0 else ""
            told += " cm"
        lines.append(
            f'<span style="color:{colour}"><b>{n + 1}</b></span>&nbsp; <b>{told}</b> '
            f"&nbsp;{lat:.4f} {lon:.4f}"
        )
    if len(found.points) > _LISTED:
        lines.append(f"and {len(found.points) - _LISTED} more")
    return "<br>".join(lines)


def _rest(found: PointSeries) -> str:
    """What the pairs of the network disagree."""
    pairs, dates = len(found.network.pairs), len(found.dates)
    text = f"{pairs:,} pairs of {dates:,} dates."
    rms = found.rms_cm[np.isfinite(found.rms_cm)]
    if rms.size:
        text += f" The pairs disagree by {float(rms.max()):.2f} cm (rms)."
    else:
        text += " No pair is spare: nothing tells their error."
    turned = int((found.network.turns != 0).any(axis=1).sum())
    if turned:
        text += f" Whole turns taken off in {turned:,}."
    parts = int(found.network.part.max(initial=0)) + 1
    if parts > 1:
        text += f" {parts} parts that no pair joins, each with a zero of its own."
    return text
