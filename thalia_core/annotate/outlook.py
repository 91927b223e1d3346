"""What events say about every pair of a frame: masks and labels to propose, or to write at once.

Nothing that a person said is replaced: pairs that somebody labelled or drew in are told apart.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.drawing import Drawing
from thalia_core.annotate.events import NO_DEFORMATION, Event, Expected, expected
from thalia_core.annotate.patch import Paint, Scalar
from thalia_core.annotate.proposals import Proposal
from thalia_core.annotate.shapes import Shape
from thalia_core.annotate.temporal import Finding
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.labels import Activity, Intensity, PairLabel
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.cube.store.presence import chunk_files
from thalia_core.errors import EditError
from thalia_core.progress import Step

_MASKS = ("activity_type_mask", "deformation_mask")


class Look(IntEnum):
    """What a pair shows of all events, the strongest of them counting."""

    NOTHING = 0
    FAINT = 1
    EARTHQUAKE = 2
    LOW = 3
    MEDIUM = 4
    HIGH = 5


_LOOKS = {Intensity.LOW: Look.LOW, Intensity.MEDIUM: Look.MEDIUM, Intensity.HIGH: Look.HIGH}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a pair is expected to show.

    Attributes:
        pair: The pair.
        parts: Of each event that it spans some of, how much; by onset.
    """

    pair: DatePair
    parts: tuple[tuple[Event, Expected], ...]

    @property
    def seen(self) -> tuple[tuple[Event, Expected], ...]:
        """The parts that are strong enough to be seen."""
        return tuple(part for part in self.parts if part[1].visible)

    @property
    def look(self) -> Look:
        """In one word."""
        if not self.parts:
            return Look.NOTHING
        looks = [_LOOKS.get(part.intensity, Look.EARTHQUAKE) for _, part in self.seen]
        return max(looks, default=Look.FAINT)

    def why(self) -> str:
        """Where it comes from, in words."""
        if not self.parts:
            return "spans no event"
        return "; ".join(
            f"{event.name}: {part.fringes:.1f} of {event.fringes:.1f} fringes"
            + ("" if part.visible else ", too little to be seen")
            for event, part in self.parts
        )


def outlook(events: Iterable[Event], pair: DatePair) -> Outlook:
    """What a pair is expected to show of some events."""
    ordered = sorted(events, key=lambda event: (event.onset, event.end, event.name))
    parts = ((event, expected(event, pair)) for event in ordered)
    return Outlook(pair, tuple((event, part) for event, part in parts if part is not None))


def count_looks(events: Sequence[Event], pairs: Iterable[DatePair]) -> dict[Look, int]:
    """How many of some pairs look how."""
    counts = Counter(outlook(events, pair).look for pair in pairs)
    return {look: counts[look] for look in Look}


def explained(events: Sequence[Event], finding: Finding) -> bool:
    """Whether events say that labels must differ so: a half of a motion may be too little."""
    looks = [outlook(events, pair).look > Look.FAINT for pair in finding.pairs]
    return finding.kind == "parts" and looks[0] and not any(looks[1:])


@dataclass(frozen=True, eq=False, slots=True)
class Plan:
    """What follows from events for the pairs of a frame.

    Attributes:
        proposals: For each pair that nobody labelled.
        again: The same for the pairs that somebody labelled or drew in; never to be written
            without that person.
        looks: How many of the first look how.
    """

    proposals: tuple[Proposal, ...]
    again: tuple[Proposal, ...]
    looks: Mapping[Look, int]

    def drawings(self) -> list[Drawing]:
        """What to write for the pairs that nobody labelled."""
        return [Drawing(one.pair, one.shapes, one.fields) for one in self.proposals]


def proposals_for(
    events: Sequence[Event],
    cube: CubeStore,
    labelled: Collection[DatePair] = (),
    *,
    nothing: bool = True,
) -> Plan:
    """What events say about the pairs of a frame.

    Args:
        events: Those that count; others are not there.
        cube: The frame.
        labelled: Pairs that somebody labelled, see :func:`labelled_pairs`.
        nothing: Say "no deformation" of pairs that show none of it; else leave them out.

    Raises:
        EditError: There is no event, or a footprint lies outside the frame.
    """
    if not events:
        raise EditError("no event is given", fix="add one first")
    shapes = {event.id: event.footprint.shape_on(cube.geometry) for event in events}
    taken, free, again = frozenset(labelled), [], []
    counts: Counter[Look] = Counter()
    for pair in cube.pairs:
        found = outlook(events, pair)
        if not (nothing or found.seen):
            continue
        proposal = Proposal(
            id=uuid.uuid4().hex,
            pair=pair,
            shapes=_painted(found, shapes, cube.geometry),
            fields=_fields(found),
            why=found.why(),
        )
        if pair in taken:
            again.append(proposal)
        else:
            free.append(proposal)
            counts[found.look] += 1
    return Plan(tuple(free), tuple(again), {look: counts[look] for look in Look})


def labelled_pairs(
    cube: CubeStore, labels: Sequence[PairLabel], tell: Callable[[Step], None] | None = None
) -> frozenset[DatePair]:
    """The pairs of which somebody recorded a judgement, or in whose masks something is drawn.

    Args:
        cube: The frame.
        labels: Of its pairs, in their order, as edited.
        tell: Is told how many masks were looked at, where nothing is noted of them.
    """
    noted = np.bitwise_or(*cube.classes_in_masks())
    found = {
        pair
        for pair, label, bits in zip(cube.pairs, labels, noted, strict=True)
        if label.labelled or bits
    }
    # masks of other programs are neither labelled nor noted: those have to be looked at
    open_pairs = [pair for pair in _with_chunks(cube) if pair not in found]
    for done, pair in enumerate(open_pairs, start=1):
        if any(_draws(cube.read_plane(name, pair)) for name in _MASKS):
            found.add(pair)
        if tell is not None:
            tell(Step(done, len(open_pairs)))
    return frozenset(found)


def _with_chunks(cube: CubeStore) -> list[DatePair]:
    """Pairs that a chunk of a mask covers; nothing is decoded."""
    covered: set[DatePair] = set()
    for name in _MASKS:
        field = cube.layout.fields.get(name)
        if field is None:
            continue
        files = chunk_files(cube.path / field.stored_name, cube.zarr_format)
        chunks = {position[:2] for position, _ in files}
        p, s = field.chunks[:2]
        for pair in cube.pairs:
            i, j = cube.position(pair)
            if (i // p, j // s) in chunks:
                covered.add(pair)
    return [pair for pair in cube.pairs if pair in covered]


def _draws(codes: NDArray[np.uint8]) -> bool:
    return bool(((codes > 0) & (codes < 255)).any())


def _painted(
    found: Outlook, shapes: Mapping[str, Shape], grid: Geometry
) -> tuple[tuple[Shape, Paint], ...]:
    """Footprints of what is seen; where two overlap, the pixels go to the one of more fringes."""
    numbered = _numbered(found.seen)
    if len(numbered) < 2:
        return tuple((shapes[event.id], paint) for event, _, paint in numbered)
    taken, painted = np.zeros(grid.shape, bool), []
    for event, _, paint in sorted(numbered, key=lambda one: -one[1].fringes):
        shape = shapes[event.id]
        rest = shape.mask & ~taken[shape.window.slices]
        taken[shape.window.slices] |= shape.mask
        trimmed = shape.window.around(rest)
        if trimmed is not None:
            painted.append((Shape(trimmed[0], rest[trimmed[1]]), paint))
    return tuple(painted)


def _numbered(
    parts: Iterable[tuple[Event, Expected]],
) -> list[tuple[Event, Expected, Paint]]:
    """Each with its paint; an instance number that an earlier one has is the next free one."""
    taken: set[int] = set()
    numbered = []
    for event, part in parts:
        number = event.instance
        while number in taken:
            number += 1
        taken.add(number)
        numbered.append((event, part, Paint(event.activity, part.intensity, number)))
    return numbered


def _fields(found: Outlook) -> dict[str, Scalar]:
    if not found.seen:
        return dict(NO_DEFORMATION)
    strongest = max(found.seen, key=lambda one: one[1].fringes)[1]
    return {
        "phase": int(strongest.phase),
        "is_crowd": int(len(found.seen) > 1),
        "caption": " ".join(_caption(part) for _, part in found.seen),
    }


def _caption(part: Expected) -> str:
    """As the public captions say it; where it lies is for a person to say."""
    if part.activity == Activity.EARTHQUAKE:
        return "Deformation caused by an earthquake can be detected."
    level = part.intensity.name.casefold()
    if part.activity == Activity.UNIDENTIFIED:
        return f"A deformation pattern of {level} intensity can be detected."
    kind = part.activity.name.casefold()
    return f"A {kind}-type deformation pattern of {level} intensity can be detected."
