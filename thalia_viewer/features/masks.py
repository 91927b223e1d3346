"""How masks are drawn beyond filled or outlined: hatched, one type alone, fainter, stronger."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from thalia_viewer.features.feature import Feature
from thalia_viewer.panels.display import mirror

if TYPE_CHECKING:
    from thalia_viewer.canvas.view import Canvas
    from thalia_viewer.parts import Parts

_STEP = 0.1  # of opacity


class MaskView(Feature):
    """The same in all panels; the hatching is remembered, a single type is not.

    Args:
        parts: Everything the program is made of.
        parent: Owner.
    """

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        actions, state = parts.actions, parts.state
        actions.bind_toggle("masks.hatch", lambda on: state.set_masks(hatch=on))
        actions.bind_toggle("masks.only", self._choose)
        actions.bind("masks.fainter", partial(self._step, -1))
        actions.bind("masks.stronger", partial(self._step, 1))
        names = ("hatch", "only")
        boxes = (mirror(actions[f"masks.{name}"], f"display.masks.{name}") for name in names)
        parts.display.add_to_masks(*boxes)
        state.masks_changed.connect(self._show)
        state.paint_changed.connect(self._follow)
        parts.deck.added.connect(self._dress)
        state.set_masks(hatch=parts.settings.value.hatch)
        self._show()

    def memory(self) -> dict[str, Any]:
        """Whether masks are hatched."""
        return {"hatch": self.parts.state.hatch}

    def _step(self, way: int) -> None:
        """In full steps: from 0.44 up comes 0.5, as the slider's marks are."""
        state = self.parts.state
        state.set_masks(opacity=round(state.mask_opacity + way * _STEP, 1))
        if state.mask_opacity > 0:
            self.parts.errors.settle("mask opacity")
        else:
            text = "Masks are invisible at an opacity of 0 %."
            self.parts.errors.tell(text, key="mask opacity")

    def _choose(self, only: bool) -> None:
        self.parts.state.set_masks(only=only)
        self._tell()

    def _follow(self) -> None:
        """Another type is in the hand."""
        self._show()
        self._tell()

    def _tell(self) -> None:
        state = self.parts.state
        if state.only is not None:
            name = state.only.name.capitalize()
            self.parts.errors.tell(f"Only masks of {name} are drawn.", key="mask only")
        else:
            self.parts.errors.settle("mask only")

    def _show(self) -> None:
        state, actions = self.parts.state, self.parts.actions
        actions.check("masks.hatch", state.hatch)
        actions.check("masks.only", state.only is not None)
        for canvas in self.parts.deck.canvases:
            self._dress(canvas)

    def _dress(self, canvas: Canvas) -> None:
        state = self.parts.state
        canvas.set_mask_hatch(state.hatch)
        canvas.set_mask_only(None if state.only is None else int(state.only))
