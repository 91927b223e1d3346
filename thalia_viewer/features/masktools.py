"""Tools of the mask that need more than the hand: picking a class, resizing by a held key."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from thalia_core.annotate.regions import prepare
from thalia_core.cube.labels import Activity, Intensity
from thalia_core.cube.schema import MISSING
from thalia_viewer.canvas.tools import PickTool
from thalia_viewer.features.feature import Feature

if TYPE_CHECKING:
    from thalia_viewer.parts import Parts

_SEARCHING = ("fill", "pick", "move")


class MaskTools(Feature):
    """Adds the eyedropper, and binds what changes how tools work.

    Args:
        parts: Everything the program is made of.
        parent: Owner.
    """

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        p = parts
        self._prepared = False
        p.tools[PickTool.name] = PickTool(p.hand, self._picked)
        p.actions.bind("tool.pick", partial(p.state.set_tool, PickTool.name))
        p.actions.bind_toggle("tool.subtract", self._subtract)
        p.actions.bind_hold("brush.resize", self._resize)
        p.state.tool_changed.connect(self._prepare)

    def _prepare(self, tool: str) -> None:
        """What these tools search with is imported on a thread, before the first click."""
        if tool in _SEARCHING and not self._prepared:
            self._prepared = True
            self.parts.chores.once(prepare)

    def _picked(self, activity: int, intensity: int, instance: int) -> None:
        """Paint that class and instance from now on, with the tool before."""
        p = self.parts
        if activity not in set(map(int, Activity)) or intensity not in set(map(int, Intensity)):
            p.errors.tell(
                f"The pixel holds code {activity}, intensity {intensity}, which is no class of "
                "this program: it can be erased or painted over, not painted.",
                "warning",
                key="pick",
            )
            return
        volcanic = activity != Activity.EARTHQUAKE
        p.state.set_paint(Activity(activity), Intensity(intensity) if volcanic else None)
        if 0 < instance < MISSING:
            p.state.set_instance(instance)  # last: another class alone is another instance
        p.state.swap_tools()
        if not p.tools[p.state.tool].paints:
            p.state.set_tool("brush")

    def _subtract(self, on: bool) -> None:
        self.parts.hand.subtract = on
        self.parts.deck.linked.refresh_cursors()

    def _resize(self, held: bool) -> None:
        """The canvas under the cursor resizes the brush; the tool is the same in all."""
        for canvas in self.parts.deck.shown:
            if canvas.size_held(held):
                return
