"""What the program suggests for a pair: no label before a person says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from thalia_core.annotate.patch import Paint, Scalar
from thalia_core.annotate.shapes import Shape
from thalia_core.cube.pairs import DatePair


@dataclass(frozen=True, eq=False, slots=True)
class Proposal:
    """One suggestion for one pair.

    Attributes:
        id: Unique identifier.
        pair: The pair.
        shapes: Where to paint what; no two overlap.
        fields: Pair variables to set.
        why: Where it comes from, in words: ``copied from 20200110_20200122``.
        score: Local evidence for it, 0 to 1; None where none was measured.
    """

    id: str
    pair: DatePair
    shapes: tuple[tuple[Shape, Paint], ...] = ()
    fields: Mapping[str, Scalar] = field(default_factory=dict)
    why: str = ""
    score: float | None = None
