"""Phase against height, and against the weather: is it the air?"""

from __future__ import annotations

from math import log, pi, sqrt, tau
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from thalia_viewer import theme as themes
from thalia_viewer.bars import named
from thalia_viewer.panels import plots
from thalia_viewer.table.layers import WEATHER_TITLES

if TYPE_CHECKING:
    from thalia_core.insar.height import PhaseFit
    from thalia_viewer.measuring import Air

_SIDE = 300
_STRONG, _SOME = 0.5, 0.2
"""Shares of the phase's spread that a line explains: much, and some of it."""


class HeightPanel(plots.PlotPanel):
    """The density of phase over height with the line that fits it, and what follows.

    Args:
        show_layers: Actions that show the phase without the lines.
        theme: Colours.
        parent: Owner.
    """

    seen_changed = Signal(bool)
    """Whether the fit is over what is seen instead of the frame."""

    def __init__(
        self, show_layers: tuple[QAction, ...], theme: themes.Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, parent)
        named(self, "panel.height", "Phase against height")
        self.shown: Air | None = None
        self._row.addWidget(self._side(show_layers))
        self.show_air(None)

    def show_air(self, found: Air | None) -> None:
        """Another pair, another part of the frame, or nothing."""
        self.shown = found
        fit = found.fit if found is not None else None
        if self.plot is not None:
            self.plot.setEnabled(True)
            self.plot.ci.setVisible(fit is not None)
        self.verdict.setText("" if fit is None else _verdict(fit))
        if found is None or fit is None:
            self.slope.setText("")
            self.rest.setText(found.problem if found is not None else "No pair is shown.")
            self.weather.setText("")
            return
        self._plot_fit(found, fit)
        self.slope.setText(
            f"{_signed(fit.slope, 2)} rad/km = {_signed(fit.slope / tau, 2)} fringes/km\n"
            f"{_signed(fit.cm_per_unit, 2)} cm/km towards the satellite"
        )
        self.rest.setText(
            f"R\N{SUPERSCRIPT TWO} {fit.r2:.2f}: the line explains {fit.r2:.0%} of the spread of "
            f"the phase; {_spread(fit):.2f} rad are left. {fit.pixels:,} pixels, masked "
            "deformation left out."
        )
        self.weather.setText(_weather(found))

    def refresh(self) -> None:
        """Show again what is shown."""
        self.show_air(self.shown)

    def colour(self, theme: themes.Theme) -> None:
        """Give the plot the colours of a theme."""
        axes = [self._phase.getAxis(side) for side in ("left", "bottom")]
        plots.dress(self.plot, axes, theme)
        most = 0.85 if theme.name == "dark" else 0.6  # the line must show on the densest
        ground, full = QColor(theme.base), QColor(theme.text)
        colours = [
            [round(a + (b - a) * share) for a, b in zip(_rgb(ground), _rgb(full), strict=True)]
            for share in np.linspace(0.0, most, 256)
        ]
        self._density.setLookupTable(np.array(colours, np.uint8))
        self._line.setPen(plots.pen(theme.accent, 2.5))

    # Inside

    def build(self) -> pg.GraphicsLayoutWidget:
        """Density and line."""
        widget = plots.canvas_of("height.plot", "Density of phase over height")
        self._phase = plots.plain(widget.addPlot())
        self._density = pg.ImageItem(axisOrder="col-major")
        self._phase.addItem(self._density)
        self._line = self._phase.plot(connect="finite")
        plots.label(self._phase.getAxis("left"), "phase, rad")
        plots.label(self._phase.getAxis("bottom"), "height, m")
        self._phase.getAxis("left").setWidth(52)
        names = ("\N{MINUS SIGN}π", "\N{MINUS SIGN}π/2", "0", "π/2", "π")
        ticks = [(pi * (i - 2) / 2, name) for i, name in enumerate(names)]
        self._phase.getAxis("left").setTicks([ticks])
        return widget

    def _side(self, show_layers: tuple[QAction, ...]) -> QWidget:
        side = QWidget()
        side.setFixedWidth(_SIDE)
        self.verdict = plots.heading("height.verdict", "Is it the air?")
        self.slope = plots.sentence("height.slope", "Slope of the line", role="")
        self.rest = plots.sentence("height.rest", "How well the line fits")
        self.weather = plots.sentence("height.weather", "Correlation with the weather", role="")
        self.seen = QCheckBox("Only what is seen")
        named(self.seen, "height.seen", "Fit over what is seen instead of the whole frame")
        self.seen.setToolTip("Fit over what is seen instead of the whole frame")
        self.seen.toggled.connect(self.seen_changed)
        column = QVBoxLayout(side)
        column.setContentsMargins(12, 8, 10, 6)
        column.setSpacing(4)
        for widget in (self.verdict, self.slope, self.rest):
            column.addWidget(widget)
        column.addSpacing(8)
        column.addWidget(self.weather)
        column.addStretch(1)
        column.addWidget(self.seen)
        for actions in (show_layers[:2], show_layers[2:]):
            row = QHBoxLayout()
            row.setSpacing(2)
            for action in actions:
                button = QToolButton()
                button.setDefaultAction(action)
                named(button, f"height.{action.objectName()}", action.text())
                row.addWidget(button)
            row.addStretch(1)
            column.addLayout(row)
        return side

    def _plot_fit(self, found: Air, fit: PhaseFit) -> None:
        if self.plot is None:
            return
        low, high = found.heights
        self._density.setImage(found.density, autoLevels=False)
        self._density.setLevels((0.0, 1.0))
        self._density.setRect(QRectF(low, -pi, high - low, tau))
        metres = np.linspace(low, high, 400)
        wrapped = np.asarray((fit.phase(metres / 1000) + pi) % tau - pi)
        wrapped[1:][np.abs(np.diff(wrapped)) > pi] = np.nan  # round the circle, not across it
        self._line.setData(metres, wrapped)
        self._phase.setXRange(low, high)
        self._phase.setYRange(-pi, pi)


def _verdict(fit: PhaseFit) -> str:
    if fit.r2 >= _STRONG:
        return "Follows the height"
    return "Follows the height in part" if fit.r2 >= _SOME else "Not by height"


def _spread(fit: PhaseFit) -> float:
    """Circular standard deviation of what is left, radians."""
    return sqrt(-2 * log(max(fit.agreement, 1e-9)))


def _weather(found: Air) -> str:
    """Correlation with each ERA5 difference."""
    if not found.weather:
        return "No weather (ERA5) of both dates to compare with."
    lines = ["Correlation with the weather:"]
    lines += [
        f"{WEATHER_TITLES[name].casefold()}: {_signed(fit.correlation, 2)}"
        for name, fit in found.weather.items()
    ]
    return "\n".join(lines)


def _signed(value: float, places: int) -> str:
    return f"{value:+.{places}f}".replace("-", "\N{MINUS SIGN}")


def _rgb(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()
