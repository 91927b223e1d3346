"""Setting the gate: its panel, its rows of the table, the tools that draw and pick."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import pi
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from thalia_core.annotate.gate_rules import PHASE, PhaseRange
from thalia_core.annotate.shapes import Shape
from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import Activity
from thalia_core.cube.schema import MISSING
from thalia_viewer.canvas.dressing import dress
from thalia_viewer.canvas.gate_tools import How, PickTool, RegionTool, Spot
from thalia_viewer.canvas.layers import STYLES
from thalia_viewer.gating import GateChoice
from thalia_viewer.panels.gate import GatePanel
from thalia_viewer.planes import Planes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from thalia_core.cube.geometry import Geometry
    from thalia_viewer.parts import Parts

_RULES = {
    "coherence": "by_coherence",
    "phase": "by_phase",
    "region": "by_region",
    "land": "land",
    "unlabelled": "unlabelled",
    "types": "by_type",
}
"""Action -> what it sets; to put a rule in force puts the gate in force."""
_AROUND = 2  # pixels around a place whose phase counts as its own


class GateSetting(QObject):
    """What a person set, and where it is set.

    Args:
        parts: Everything the program is made of.
        parent: Owner.
    """

    changed = Signal()
    """Other rules, or another region."""
    veil_changed = Signal()
    """The veil comes or goes."""
    masks_changed = Signal()
    """Other masks are shown."""

    def __init__(self, parts: Parts, parent: QObject) -> None:
        super().__init__(parent)
        self._p = parts
        self.choice = GateChoice.of_memory(parts.settings.value.gate)
        self.region: Shape | None = None
        self._region_of: Geometry | None = None
        self.activity: NDArray[np.uint8] | None = None
        """Activity codes of the shown pair as they are painted."""
        self.panel = GatePanel(parts.actions)
        self._dock = parts.window.add_dock("gate", "Gate", self.panel, with_tab="labels")
        self._dock.hide()
        for tool in (RegionTool(parts.hand, self._drawn), PickTool(parts.hand, self._picked)):
            parts.tools[tool.name] = tool
            name = tool.name
            parts.actions.bind(f"tool.{name}", partial(parts.state.set_tool, name))
        self._bind()
        self._show()

    def change(self, **values: Any) -> None:
        """Other values of the choice."""
        before, self.choice = self.choice, replace(self.choice, **values)
        self._show()
        if replace(before, veil=True) != replace(self.choice, veil=True):
            self.changed.emit()
        elif before != self.choice:
            self.veil_changed.emit()

    def set_region(self, region: Shape | None, grid: Geometry | None) -> None:
        """Another region of a frame, in force at once; None for none."""
        self.region, self._region_of = region, grid
        on = self.choice.on or region is not None
        self.choice = replace(self.choice, by_region=region is not None, on=on)
        self._show()
        self.changed.emit()

    def _bind(self) -> None:
        p, actions = self._p, self._p.actions
        actions.bind_toggle("gate.on", self._turn)
        actions.bind_toggle("gate.veil", lambda on: self.change(veil=on))
        actions.bind("gate.panel", self._show_panel)
        for name, value in _RULES.items():
            actions.bind_toggle(f"gate.{name}", self._switch(value))
        actions.bind("gate.from_mask", partial(self._from_mask, None))
        actions.bind("gate.from_type", lambda: self._from_mask(int(p.state.activity)))
        actions.bind("gate.clear", lambda: self.set_region(None, None))
        self.panel.edited.connect(lambda values: self.change(**values))
        p.canvas.mask_shown.connect(self._take_masks)
        p.state.cube_changed.connect(self._cube_changed)
        p.state.look_changed.connect(self._show_colours)
        self._show_colours()

    def _show(self) -> None:
        choice, actions = self.choice, self._p.actions
        self.panel.show_choice(choice)
        actions.check("gate.on", choice.on)
        actions.check("gate.veil", choice.veil)
        for name, value in _RULES.items():
            actions.check(f"gate.{name}", getattr(choice, value))
        if self.region is None or self._region_of is None:
            self.panel.show_region("No region yet")
        else:
            east, north = self._region_of.pixel_metres()
            km2 = int(np.count_nonzero(self.region.mask)) * east * north / 1e6
            self.panel.show_region(f"{km2:,.1f} km\u00b2, on every pair of the frame")

    def _show_colours(self) -> None:
        self.panel.show_colours(dress(STYLES[PHASE], self._p.state.look).table)

    def _show_panel(self) -> None:
        self._p.window.show_dock("gate")

    def _turn(self, on: bool) -> None:
        self.change(on=on)
        if on and not any(getattr(self.choice, value) for value in _RULES.values()):
            self._show_panel()  # a gate without rules holds nothing: here they are

    def _switch(self, value: str) -> Callable[[bool], None]:
        return lambda on: self._put_in_force(value, on)

    def _put_in_force(self, value: str, on: bool) -> None:
        if value == "by_region" and on and self.region is None:
            self._p.actions.check("gate.region", False)
            self._p.state.set_tool(RegionTool.name)
            self._p.errors.tell("Draw the region: drag around it.", key="gate region")
            return
        self.change(**{value: on}, on=on or self.choice.on)

    # The region

    def _drawn(self, shape: Shape | None, how: How) -> None:
        grid = self._p.canvas.grid
        if grid is None:
            return
        plane = np.zeros(grid.shape, bool)
        if self.region is not None and how != "new":
            plane[self.region.window.slices] = self.region.mask
        if shape is not None:
            plane[shape.window.slices][shape.mask] = how != "subtract"
        self._take_region(plane, "The region holds no pixel.")
        self._p.state.swap_tools()

    def _from_mask(self, code: int | None) -> None:
        activity = self.activity
        if activity is None:
            return
        chosen = (activity != 0) & (activity != MISSING) if code is None else activity == code
        what = "mask" if code is None else f"mask of {Activity(code).name.capitalize()}"
        self._take_region(chosen, f"This pair has no {what} to make a region of.")

    def _take_region(self, plane: NDArray[np.bool_], otherwise: str) -> None:
        found = Window.full(*plane.shape).around(plane)
        if found is None:
            self._p.errors.tell(otherwise, key="gate region")
            return
        window, at = found
        self._p.errors.settle("gate region")
        self.set_region(Shape(window, plane[at].copy()), self._p.canvas.grid)

    def _take_masks(self, activity: NDArray[np.uint8] | None, _: object) -> None:
        self.activity = activity
        self.masks_changed.emit()

    def _cube_changed(self) -> None:
        """A region holds where the frame is the same."""
        cube = self._p.state.cube
        if self._region_of is None or cube is None or self._region_of.same_grid(cube.geometry):
            return
        if self.choice.by_region:
            text = "The region of the gate belongs to another frame: it is not in force here."
            self._p.errors.tell(text, "warning", key="gate region")
        self.set_region(None, None)

    # The phase

    def _picked(self, begin: Spot, end: Spot) -> None:
        p, cube, pair = self._p, self._p.state.cube, self._p.state.pair
        p.state.swap_tools()
        if cube is None or pair is None:
            return
        planes = Planes(cube, p.pictures.cache)

        def read() -> tuple[float, float]:
            phase = planes.values(PHASE, pair)
            return _direction(phase, begin), _direction(phase, end)

        p.reads.latest("gate pick", read, partial(self._take_phase, begin == end))

    def _take_phase(self, one: bool, ends: tuple[float, float]) -> None:
        low, high = ends
        if not np.isfinite(ends).all():
            self._p.errors.tell("There is no phase where it was picked.", key="gate pick")
            return
        picked = PhaseRange(low, high)
        if one:
            half = pi / 4 if self.choice.range.whole else self.choice.range.width / 2
            picked = PhaseRange(low - half, low + half).shifted(0.0)
        elif picked.width > pi:
            picked = PhaseRange(high, low)  # the shorter way from one to the other
        self._p.errors.settle("gate pick")
        self.change(low=picked.low, high=picked.high, by_phase=True, on=True)


def _direction(phase: NDArray[Any], spot: Spot) -> float:
    """Mean direction of the phase around a place, rad; NaN where there is none."""
    row, col = round(spot[0]), round(spot[1])
    rows = slice(max(row - _AROUND, 0), max(row + _AROUND + 1, 0))
    cols = slice(max(col - _AROUND, 0), max(col + _AROUND + 1, 0))
    there = np.asarray(phase[rows, cols], np.float64)
    there = there[np.isfinite(there)]
    return float(np.angle(np.exp(1j * there).mean())) if there.size else float("nan")
