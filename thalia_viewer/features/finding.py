"""What one looks for is remembered: the filter, and by what the map is coloured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from thalia_viewer.features.feature import Feature

if TYPE_CHECKING:
    from thalia_viewer.parts import Parts


class FindingMemory(Feature):
    """Begins where a person left off."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        value = parts.settings.value
        at = parts.map.choice.findData(value.map_colour)
        if at >= 0:
            parts.map.choice.setCurrentIndex(at)
        parts.state.set_filter(value.filter)

    def memory(self) -> dict[str, Any]:
        """The filter and the colour of the map."""
        choice = self.parts.map.choice
        return {"filter": self.parts.state.filter, "map_colour": choice.currentData()}
