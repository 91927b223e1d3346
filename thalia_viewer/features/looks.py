"""How phases are drawn: unit, shift and cycle of their colours, and what shows through them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject

from thalia_viewer.features.feature import Feature
from thalia_viewer.looks import CYCLE, UNITS, WRAPS
from thalia_viewer.panels.display import labelled, mirror
from thalia_viewer.panels.shift import ShiftSlider

if TYPE_CHECKING:
    from thalia_viewer.canvas.view import Canvas
    from thalia_viewer.parts import Parts

_AROUND = 2  # pixels around the cursor whose phase counts as that of the place


class Looks(Feature):
    """Binds the menu of phases and shows the look in all panels.

    Args:
        parts: Everything the program is made of.
        parent: Owner.
    """

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        self._planes = parts.state.look.planes
        self._bind()
        parts.state.look_changed.connect(self._show)
        parts.deck.sights_changed.connect(self._show)
        for canvas in parts.deck.canvases:
            self._added(canvas)
        parts.deck.added.connect(self._added)
        self._shift = ShiftSlider()
        self._shift.moved.connect(lambda shift: self._change(shift=shift))
        names = ("coherence", "water", "hillshade", "rewrap")
        boxes = (mirror(parts.actions[f"phase.{name}"], f"display.{name}") for name in names)
        parts.display.add_section("Phase", *boxes, labelled("Shift", self._shift))
        self._change(unit=parts.settings.value.phase_unit)
        self._show()

    def memory(self) -> dict[str, Any]:
        """The unit of the legend."""
        return {"phase_unit": self.parts.state.look.unit}

    def _bind(self) -> None:
        actions = self.parts.actions
        actions.bind("phase.unit", self._next_unit)
        actions.bind_toggle("phase.coherence", lambda on: self._change(by_coherence=on))
        actions.bind_toggle("phase.water", lambda on: self._change(water=on))
        actions.bind_toggle("phase.hillshade", lambda on: self._change(hillshade=on))
        actions.bind_toggle("phase.rewrap", lambda on: self._change(rewrap=on))
        for name, wrap in WRAPS.items():
            actions.bind(f"phase.wrap_{name}", partial(self._wrap, wrap))
        actions.bind("phase.zero", self._zero)
        actions.bind_toggle("view.grid", self._show_grid)
        actions.bind("phase.unshift", lambda: self._change(shift=0.0))

    def _change(self, **changes: Any) -> None:
        state = self.parts.state
        state.set_look(replace(state.look, **changes))

    def _next_unit(self) -> None:
        units = list(UNITS)
        self._change(unit=units[(units.index(self.parts.state.look.unit) + 1) % len(units)])

    def _wrap(self, wrap: float) -> None:
        """A longer cycle than that of the wrapped phase is for the unwrapped one."""
        self._change(wrap=wrap, rewrap=self.parts.state.look.rewrap or wrap > CYCLE)

    def _zero(self) -> None:
        """Shift by the mean direction of the phase around the cursor."""
        deck, at = self.parts.deck, self.parts.deck.linked.at
        image = None if at is None else deck.shown[deck.active].image
        if image is None or at is None or not image.style.cyclic:
            self.parts.errors.tell(
                "Move the cursor to the place in a panel of the phase first.", key="zero"
            )
            return
        row, col = at
        rows = slice(max(row - _AROUND, 0), row + _AROUND + 1)
        cols = slice(max(col - _AROUND, 0), col + _AROUND + 1)
        there = np.asarray(image.values[rows, cols], np.float64)
        there = there[np.isfinite(there)]
        if there.size:
            self._change(shift=-float(np.angle(np.exp(1j * there).mean())))
        else:
            self.parts.errors.tell("There is no phase at the cursor.", key="zero")

    def _show_grid(self, on: bool) -> None:
        """Lines in all panels; their figures once."""
        for canvas in self.parts.deck.canvases:
            canvas.furniture.want(lines=on)
        self.parts.canvas.furniture.want(edges=on)

    def _added(self, canvas: Canvas) -> None:
        canvas.legend_pressed.connect(self._next_unit)
        canvas.furniture.want(lines=self.parts.actions["view.grid"].isChecked())

    def _show(self) -> None:
        p, look = self.parts, self.parts.state.look
        self._shift.show_shift(look.shift)
        for canvas in p.deck.shown:
            canvas.set_look(look)
        p.actions.check("phase.coherence", look.by_coherence)
        p.actions.check("phase.water", look.water)
        p.actions.check("phase.hillshade", look.hillshade)
        p.actions.check("phase.rewrap", look.rewrap)
        p.actions.check(f"phase.wrap_{next(n for n, w in WRAPS.items() if w == look.wrap)}")
        if look.planes != self._planes:
            self._planes = look.planes
            p.pictures.read()
