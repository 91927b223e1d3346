"""How phases are drawn and read: their unit, their colours, and what shows through them. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

from thalia_core.cube.schema import CM_PER_CYCLE

CYCLE = 2 * pi
UNITS: dict[str, float] = {"rad": 1.0, "fringes": 1 / CYCLE, "cm": CM_PER_CYCLE / CYCLE}
"""Unit -> how many of it a radian is; cm in the line of sight."""
WRAPS: dict[str, float] = {"quarter": pi / 2, "half": pi, "full": CYCLE, "double": 2 * CYCLE}
"""Name -> radians of one cycle of colours."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a person set for the phases of all panels.

    Attributes:
        unit: Of legend and values, one of UNITS.
        shift: Radians added before a phase gets its colour.
        wrap: Radians of one cycle of colours. Wrapped phase repeats after 2 pi whatever this is.
        rewrap: Show the unwrapped phase in cycles of colours too.
        by_coherence: The lower the coherence, the more the ground shows through.
        water: Grey where the land mask says water.
        hillshade: The phase lies on the light and shade of the terrain.
    """

    unit: str = "rad"
    shift: float = 0.0
    wrap: float = CYCLE
    rewrap: bool = False
    by_coherence: bool = False
    water: bool = False
    hillshade: bool = False

    @property
    def planes(self) -> tuple[float, bool, bool, bool]:
        """What asks for other planes than before; all else is another table of colours."""
        return self.wrap if self.rewrap else 0.0, self.by_coherence, self.water, self.hillshade
