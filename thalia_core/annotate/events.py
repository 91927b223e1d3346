"""What happened on the ground, told once: where, what, from when to when, how much.

Every pair that spans some of an event shows that much of it: labels of hundreds of pairs follow
from one sentence.
"""

import math
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from thalia_core.annotate.footprint import Footprint
from thalia_core.annotate.patch import Scalar
from thalia_core.cube.labels import Activity, ActivityPhase, Intensity, intensity_of
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import CM_PER_CYCLE
from thalia_core.errors import EditError

FAINTEST = 0.5
"""Fringes below which nobody sees a deformation."""
_LAST_INSTANCE = 254  # the instance mask has a byte, and 255 says that there is no value


@dataclass(frozen=True, slots=True)
class Event:
    """One source at work between two dates.

    Attributes:
        id: Identifier.
        name: What people call it.
        footprint: Where it is seen.
        activity: Its type.
        onset: Last day without motion.
        end: First day with all of it; the day of onset itself for what happens at once.
        towards_cm: Line-of-sight motion over the whole event where it is greatest, positive
            towards the satellite. In between it grows evenly.
        instance: Its number in the masks of a pair.
        notes: Whatever should be remembered.
        by: Who wrote this version.
        time: When, UTC, ISO 8601.

    Raises:
        EditError: Values that make no event.
    """

    id: str
    name: str
    footprint: Footprint
    activity: Activity
    onset: date
    end: date
    towards_cm: float
    instance: int = 1
    notes: str = ""
    by: str = ""
    time: str = ""

    def __post_init__(self) -> None:
        if self.activity == Activity.NONE:
            raise EditError("not an event", where=self.name, why="it has no activity type")
        if self.end < self.onset:
            raise EditError(
                "not an event",
                where=self.name,
                why=f"it would end on {self.end}, before its onset on {self.onset}",
            )
        if not math.isfinite(self.towards_cm) or self.towards_cm == 0:
            raise EditError(
                "not an event", where=self.name, why="its motion must be a number other than 0 cm"
            )
        if not 1 <= self.instance <= _LAST_INSTANCE:
            raise EditError(
                "not an event",
                where=self.name,
                why=f"its number in the masks is {self.instance}",
                fix=f"choose 1 to {_LAST_INSTANCE}",
            )

    @property
    def fringes(self) -> float:
        """Of the whole event."""
        return abs(self.towards_cm) / CM_PER_CYCLE

    @property
    def cm_per_day(self) -> float | None:
        """Its rate; None for what happens at once."""
        days = (self.end - self.onset).days
        return self.towards_cm / days if days else None

    def fraction(self, day: date) -> float:
        """Share of the motion that a look on that day sees, 0..1."""
        length, passed = (self.end - self.onset).days, (day - self.onset).days
        return float(passed > 0) if length == 0 else min(max(passed / length, 0.0), 1.0)

    def values(self) -> dict[str, Any]:
        """As JSON keeps it."""
        told = asdict(self)
        return told | {
            "footprint": [[list(place) for place in ring] for ring in self.footprint.rings],
            "activity": self.activity.name,
            "onset": self.onset.isoformat(),
            "end": self.end.isoformat(),
        }

    @classmethod
    def of_values(cls, told: dict[str, Any]) -> "Event":
        """From what :meth:`values` gave.

        Raises:
            EditError, KeyError, TypeError, ValueError: It is no event.
        """
        return cls(
            **told
            | {
                "footprint": Footprint.of_rings(told["footprint"]),
                "activity": Activity[told["activity"]],
                "onset": date.fromisoformat(told["onset"]),
                "end": date.fromisoformat(told["end"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Expected:
    """What a pair shows of an event.

    Attributes:
        activity: Type of the event.
        towards_cm: Line-of-sight motion from the first date of the pair to the second.
    """

    activity: Activity
    towards_cm: float

    @property
    def fringes(self) -> float:
        """Of either sense."""
        return abs(self.towards_cm) / CM_PER_CYCLE

    @property
    def visible(self) -> bool:
        """Whether there is enough to be seen."""
        return self.fringes >= FAINTEST

    @property
    def intensity(self) -> Intensity:
        """By the number of fringes; NONE for earthquakes and for what is not seen."""
        if not self.visible or self.activity == Activity.EARTHQUAKE:
            return Intensity.NONE
        return intensity_of(self.fringes)

    @property
    def phase(self) -> ActivityPhase:
        """State of the volcano: unrest while it rises, rebound while it sinks."""
        if self.activity == Activity.EARTHQUAKE:
            return ActivityPhase.NONE
        return ActivityPhase.UNREST if self.towards_cm > 0 else ActivityPhase.REBOUND


def expected(event: Event, pair: DatePair) -> Expected | None:
    """What a pair shows of an event; None where it spans nothing of it."""
    share = event.fraction(pair.secondary) - event.fraction(pair.primary)
    return Expected(event.activity, event.towards_cm * share) if share else None


NO_DEFORMATION: dict[str, Scalar] = {
    "phase": int(ActivityPhase.REST),
    "caption": "No deformation activity can be detected.",
}
"""What is proposed for a pair that shows nothing, in the words of the public captions."""
