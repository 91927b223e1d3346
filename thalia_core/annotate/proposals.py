"""What the program suggests for a pair: no label before a person says so."""

import uuid
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

    @property
    def pixels(self) -> int:
        """How many pixels it would paint."""
        return sum(int(shape.mask.sum()) for shape, _ in self.shapes)


@dataclass(frozen=True, slots=True)
class ProposalPatch:
    """A proposal that appears, goes or becomes another one; the journal keeps it, no cube does."""

    pair: DatePair
    id: str
    before: Proposal | None
    after: Proposal | None

    def inverse(self) -> "ProposalPatch":
        """The patch that takes this one back."""
        return ProposalPatch(self.pair, self.id, self.after, self.before)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a list shows of a proposal that waits for an answer.

    Attributes:
        id: That of the proposal.
        pair: Its pair.
        activities: Activity codes that it would paint, each once.
        why: Where it comes from, in words.
        score: Local evidence, 0 to 1; None where none was measured.
        step: Identifier of the step that made it.
    """

    id: str
    pair: DatePair
    activities: tuple[int, ...]
    why: str
    score: float | None
    step: str


def new_id() -> str:
    """An identifier for a new proposal."""
    return uuid.uuid4().hex
