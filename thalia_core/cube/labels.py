"""What an expert says about a pair: the codes, and one frozen record of all pair variables."""

from dataclasses import dataclass, fields
from enum import IntEnum


class Activity(IntEnum):
    """Source of the deformation, per pixel (Thalia paper, Table 6)."""

    NONE = 0
    SILL = 1
    DYKE = 2
    MOGI = 3
    SPHEROID = 4
    EARTHQUAKE = 5
    UNIDENTIFIED = 6


class Intensity(IntEnum):
    """Fringes of the deformation: Low 1, Medium 2-3, High more than 3; earthquakes have none."""

    NONE = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3


def intensity_of(fringes: float) -> Intensity:
    """Intensity by the number of fringes, rounded to the nearest whole."""
    whole = round(fringes)
    if whole >= 4:
        return Intensity.HIGH
    return Intensity.MEDIUM if whole >= 2 else Intensity.LOW


class Deformation(IntEnum):
    """The benchmark's target: nothing else may ever stand in ``deformation_mask``."""

    NONE = 0
    VOLCANIC = 1
    EARTHQUAKE = 2


class ActivityPhase(IntEnum):
    """State of the volcano; not the interferometric phase. Earthquakes have none."""

    NONE = 0
    REST = 1
    UNREST = 2
    REBOUND = 3


class LabelState(IntEnum):
    """How far the work on a pair has come."""

    UNSEEN = 0
    IN_PROGRESS = 1
    DONE = 2
    FLAGGED = 3
    ACCEPTED = 4
    REJECTED = 5


UNKNOWN_BIT = 7
"""In a set of codes, one bit each: something that the legend does not know."""


def activities_in(bits: int) -> tuple[Activity, ...]:
    """The activity types of a set of codes; what no legend knows is left out."""
    return tuple(code for code in Activity if code and bits & (1 << code))


def deformation_of(activity: int) -> int:
    """The ``deformation_mask`` code that an activity code implies."""
    if activity == Activity.NONE:
        return Deformation.NONE
    return Deformation.EARTHQUAKE if activity == Activity.EARTHQUAKE else Deformation.VOLCANIC


@dataclass(frozen=True, slots=True)
class PairLabel:
    """All pair variables of the schema for one pair; None where the cube records nothing.

    Codes are those of the cube, also unknown ones; ``phase`` may be a code or the text a cube
    keeps.
    """

    phase: int | str | None = None
    atmospheric_fringes: int | None = None
    glacier_fringes: int | None = None
    orbital_fringes: int | None = None
    low_coherence: int | None = None
    no_info: int | None = None
    corrupted: int | None = None
    is_crowd: int | None = None
    image_artifacts: int | None = None
    processing_error: int | None = None
    confidence: float | None = None
    caption: str | None = None
    unique_id: int | None = None
    label_state: int | None = None
    label_version: int | None = None
    annotator: str | None = None
    labelled_at: str | None = None
    instances: str | None = None
    evidence: str | None = None

    @property
    def labelled(self) -> bool:
        """Whether somebody recorded a judgement: never inferred from masks.

        Public cubes keep no ``label_state``; there a caption, an id or a confidence is the record.
        """
        if self.label_state:
            return True
        told = (self.caption, _positive(self.unique_id), _positive(self.confidence))
        return any(map(bool, told))


def _positive(value: object) -> bool:
    """Whether a number is recorded; a word in its place is somebody's record, too."""
    return value > 0 if isinstance(value, int | float) else bool(value)


PAIR_FIELDS: tuple[str, ...] = tuple(field.name for field in fields(PairLabel))
"""Names of the pair variables, in the order a form shows them."""

BOOKKEEPING: tuple[str, ...] = ("label_version", "annotator", "labelled_at")
"""Fields that the program keeps itself with every edit."""
