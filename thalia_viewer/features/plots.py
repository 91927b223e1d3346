"""The date-pair matrix and the baseline network, both coloured by the same column."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt

from thalia_viewer import theme as themes
from thalia_viewer.features.feature import Feature
from thalia_viewer.panels.columns import COLUMNS
from thalia_viewer.panels.matrix import MatrixView
from thalia_viewer.panels.network import Heights, NetworkView, heights
from thalia_viewer.panels.plot_panel import PlotPanel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDockWidget

    from thalia_core.cube.pairs import PairIndex
    from thalia_viewer.parts import Parts

_BEGIN = "baseline"


class PairPlots(Feature):
    """Two docks on the right, put away until somebody asks for them."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        p, theme = parts, themes.named(parts.settings.value.theme)
        self.network_view = NetworkView(p.pairs.model, theme)
        self.matrix = PlotPanel("matrix", "Matrix", MatrixView(p.pairs.model, theme))
        self.network = PlotPanel("network", "Network", self.network_view)
        chosen = p.settings.value.pair_colour
        self._colour = chosen if chosen in COLUMNS else _BEGIN
        for name, panel in (("matrix", self.matrix), ("network", self.network)):
            dock = p.window.add_dock(name, panel.accessibleName(), panel)
            p.window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
            dock.hide()
            panel.colour_chosen.connect(self._colour_by)
            panel.view.chosen.connect(p.state.set_pair)
            panel.view.stepped.connect(self._step)
            p.actions.bind(f"pair.{name}", partial(self._turn, dock, panel))
        p.state.pair_changed.connect(self._select)
        self.network_view.stale.connect(self._solve)
        self._colour_by(self._colour)

    def dress(self, theme: themes.Theme) -> None:
        """Another theme."""
        for panel in (self.matrix, self.network):
            panel.dress(theme)

    def memory(self) -> dict[str, Any]:
        """By what the pairs are coloured."""
        return {"pair_colour": self._colour}

    def _turn(self, dock: QDockWidget, panel: PlotPanel) -> None:
        """Show the plot and give it the keyboard, or put it away."""
        if dock.isVisible() and not panel.visibleRegion().isEmpty():
            dock.hide()
            self.parts.canvas.setFocus()
        else:
            dock.show()
            dock.raise_()
            panel.view.setFocus()

    def _colour_by(self, name: str) -> None:
        self._colour = name
        for panel in (self.matrix, self.network):
            panel.colour_by(name)

    def _select(self) -> None:
        for panel in (self.matrix, self.network):
            panel.view.select(self.parts.state.pair)

    def _step(self, which: str, n: int) -> None:
        self.parts.actions[f"pair.{'next' if n > 0 else 'previous'}_{which}"].trigger()

    def _solve(self, pairs: PairIndex) -> None:
        self.parts.chores.latest("heights", partial(heights, pairs), self._show_heights)

    def _show_heights(self, found: Heights) -> None:
        self.network_view.show_heights(found)
        if found.pairs is self.parts.pairs.model.pairs:
            self.network.show_note(found.note)
