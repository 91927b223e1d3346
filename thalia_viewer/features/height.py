"""Phase against height: the panel, computed when it is seen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from thalia_viewer import theme as themes
from thalia_viewer.features.docks import add_below, bring
from thalia_viewer.features.feature import Feature
from thalia_viewer.measuring import air_of, seen_window
from thalia_viewer.panels.measure_height import HeightPanel
from thalia_viewer.table.layers import DERIVED

if TYPE_CHECKING:
    from thalia_core.annotate.session import SaveState
    from thalia_viewer.options import Options
    from thalia_viewer.parts import Parts
    from thalia_viewer.theme import Theme

_SETTLE_MS = 200


class HeightFeature(Feature):
    """The shown pair against height and weather, over the frame or what is seen."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        p = parts
        layers = tuple(
            p.actions[f"layer.{name}"]
            for name in ("insar_difference", "phase_minus_height", "phase_minus_vapour")
        )
        self.panel = HeightPanel(layers, themes.named(p.settings.value.theme))
        self._dock = add_below(p.window, "height", "Height and weather", self.panel, "profile")
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SETTLE_MS)
        self._soon.timeout.connect(self.fit)
        p.actions.bind("measure.height", self._show_panel)
        p.state.pair_changed.connect(self.fit)
        p.editor.saving.connect(self._saving)
        p.canvas.view_changed.connect(self._view_changed)
        self._dock.visibilityChanged.connect(self._seen)
        self.panel.seen_changed.connect(lambda _: self.fit())

    @property
    def waiting(self) -> bool:
        """Whether another part of the frame is to be fitted in a moment."""
        return self._soon.isActive()

    def begin(self, options: Options) -> None:
        """The panel of the command line."""
        if "height" in options.show:
            self._show_panel()

    def dress(self, theme: Theme) -> None:
        """Another theme."""
        self.panel.dress(theme)

    def stop(self) -> None:
        """Start nothing more."""
        self._soon.stop()

    def fit(self) -> None:
        """Fit the shown pair, on a thread; an older request is dropped."""
        p, cube, pair = self.parts, self.parts.state.cube, self.parts.state.pair
        if cube is None or pair is None:
            p.reads.drop("height")
            self.panel.show_air(None)
        elif self._dock.isVisible():
            camera = p.canvas.camera if self.panel.seen.isChecked() else None
            window = None if camera is None else seen_window(camera)
            self.panel.show_waiting()
            p.reads.latest("height", partial(air_of, cube, pair, window), self.panel.show_air)

    def _saving(self, saving: SaveState) -> None:
        """What was masked and saved is left out, in the layers, too."""
        if saving.state == "saved":
            self.parts.pictures.forget([name for name, layer in DERIVED.items() if layer.masked])
            self.fit()

    def _seen(self, seen: bool) -> None:
        if seen:
            self.fit()

    def _show_panel(self) -> None:
        bring(self.parts.window, "height", self._dock)
        self.fit()

    def _view_changed(self) -> None:
        if self.panel.seen.isChecked() and self._dock.isVisible():
            self._soon.start()
