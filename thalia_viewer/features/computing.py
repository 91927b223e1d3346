"""Says what is being computed while a layer takes its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from thalia_viewer.features.feature import Feature
from thalia_viewer.table.layers import LAYER_TITLES, takes_long

if TYPE_CHECKING:
    from thalia_viewer.parts import Parts


class ComputingFeature(Feature):
    """A line in the status bar, from the choice of such a layer until its picture is there."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        self._said = ""
        parts.state.pair_changed.connect(self._asked)
        parts.state.layer_changed.connect(self._asked)
        parts.pictures.shown.connect(self._done)
        parts.pictures.failed.connect(self._done)

    def _asked(self, *_: object) -> None:
        state = self.parts.state
        if takes_long(state.layer) and self.parts.pictures.waiting:
            self._said = f"computing '{LAYER_TITLES[state.layer]}' of {state.pair}…"
            self.parts.window.activity.setText(self._said)
        else:
            self._done()

    def _done(self, *_: object) -> None:
        activity = self.parts.window.activity
        if self._said and activity.text() == self._said:
            activity.setText("")
        self._said = ""
