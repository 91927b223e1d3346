"""Events of a frame and what follows from them, on threads: no Qt here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from thalia_core.annotate.events import Event
    from thalia_core.annotate.footprint import Footprint
    from thalia_core.annotate.outlook import Look, Plan
    from thalia_core.annotate.proposals import Proposal
    from thalia_core.annotate.session import EditSession, StepInfo
    from thalia_core.annotate.shapes import Shape
    from thalia_core.annotate.temporal import Finding
    from thalia_core.cube.geometry import Geometry
    from thalia_core.cube.pairs import DatePair
    from thalia_core.cube.store import CubeStore


@dataclass(frozen=True, eq=False)
class Survey:
    """The events of a frame and how its pairs stand to them.

    Attributes:
        cube: The frame.
        events: By onset.
        looks: How many of the pairs that nobody labelled look how.
        labelled: Pairs that somebody labelled or drew in.
        findings: Labels that hardly go together.
        looked: Keys of those that the person at the window has looked at.
    """

    cube: CubeStore
    events: tuple[Event, ...]
    looks: Mapping[Look, int]
    labelled: frozenset[DatePair]
    findings: tuple[Finding, ...]
    looked: frozenset[str] = frozenset()

    @cached_property
    def free(self) -> int:
        """Pairs that nobody labelled."""
        return sum(self.looks.values())

    def event(self, identifier: str) -> Event | None:
        """The event of that identifier."""
        return next((event for event in self.events if event.id == identifier), None)


def survey(cube: CubeStore, session: EditSession | None, person: str) -> Survey:
    """Look at events, labels and masks of a frame, and at what a person went through."""
    from thalia_core.annotate.event_store import EventStore
    from thalia_core.annotate.looked import LookedStore
    from thalia_core.annotate.outlook import count_looks, explained, labelled_pairs
    from thalia_core.annotate.temporal import SeenPairs, findings_of

    events = EventStore(cube.sidecar).events()
    labels = cube.read_labels() if session is None else session.labels()
    labelled = labelled_pairs(cube, labels)
    looks = count_looks(events, (pair for pair in cube.pairs if pair not in labelled))
    found = findings_of(SeenPairs.of_cube(cube, labels))
    findings = tuple(finding for finding in found if not explained(events, finding))
    return Survey(cube, events, looks, labelled, findings, LookedStore(cube.sidecar).keys(person))


def plan_of(session: EditSession, events: tuple[Event, ...], *, nothing: bool) -> Plan:
    """What follows from events for every pair, as the labels are now."""
    from thalia_core.annotate.outlook import labelled_pairs, proposals_for

    labelled = labelled_pairs(session.cube, session.labels())
    return proposals_for(events, session.cube, labelled, nothing=nothing)


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done.

    Attributes:
        step: The step; None where nothing changed.
        kept: How many labelled pairs were left alone.
        settled: How many waiting proposals said just that, and wait no more.
        waiting: On how many of the pairs that were labelled others still wait.
        seconds: How long it took.
    """

    step: StepInfo | None
    kept: int
    seconds: float
    settled: int = 0
    waiting: int = 0


def apply_events(session: EditSession, events: tuple[Event, ...]) -> Applied:
    """Label every pair that nobody labelled as one step."""
    begun = monotonic()
    plan = plan_of(session, events, nothing=True)
    said = {(one.pair, one.why) for one in plan.proposals}
    same = [offer for offer in session.offers() if (offer.pair, offer.why) in said]
    step = session.annotate_all(plan.drawings(), f"Label by {_names(events)}", same)
    seconds = monotonic() - begun
    if step is None:
        return Applied(None, len(plan.again), seconds)
    waiting = len({*session.pending()} & {*step.pairs})
    return Applied(step, len(plan.again), seconds, step.answered, waiting)


def propose_events(
    session: EditSession,
    events: tuple[Event, ...],
    labelled: bool,
    tell: Callable[[int, int], None],
    stopped: Callable[[], bool],
) -> Applied:
    """Offer what follows as proposals, as one step.

    Args:
        session: Of the frame.
        events: All of them.
        labelled: Masks for the pairs that somebody labelled, instead of masks and labels for the
            others.
        tell: Is told how many pairs of how many were weighed.
        stopped: Whether nobody wants it any more.
    """
    from thalia_core.annotate.offering import scored, unheard

    begun = monotonic()
    plan = plan_of(session, events, nothing=not labelled)
    wanted = [one for one in plan.again if one.shapes] if labelled else plan.proposals
    fresh = list(unheard(wanted, session.offers()))
    offered: list[Proposal] = []
    for proposal in scored(session.cube, fresh, stopped):
        offered.append(proposal)
        tell(len(offered), len(fresh))
    step = None
    if offered and not stopped():
        step = session.propose(offered, f"Propose by {_names(events)}")
    return Applied(step, 0 if labelled else len(plan.again), monotonic() - begun)


def _names(events: tuple[Event, ...]) -> str:
    """For the list of steps."""
    return f"event {events[0].name}" if len(events) == 1 else f"{len(events)} events"


def take_back(session: EditSession, step: StepInfo) -> StepInfo | None:
    """Undo a step; None where a newer one stands above it on its first pair."""
    newest = session.undoable(step.pairs[0])
    if newest is None or newest.id != step.id:
        return None
    return session.undo(step.pairs[0])


@dataclass(frozen=True, slots=True)
class Patch:
    """A patch of a mask that could be a footprint.

    Attributes:
        footprint: Its outline.
        activity: Its most frequent activity code.
        intensity: Its strongest intensity code.
        km2: Its area.
        title: Where it is, for people.
    """

    footprint: Footprint
    activity: int
    intensity: int
    km2: float
    title: str


def patches_of(
    activity: NDArray[np.uint8],
    intensity: NDArray[np.uint8],
    grid: Geometry,
    at: tuple[int, int] | None,
) -> list[Patch]:
    """What of a pair's mask could be a footprint, the most likely first.

    Args:
        activity: (rows, columns) codes.
        intensity: The same.
        grid: Of the frame.
        at: (row, column) of the cursor; None where it is elsewhere.
    """
    from thalia_core.annotate.footprint import component_at, largest_component
    from thalia_core.annotate.shapes import Shape
    from thalia_core.cube.geometry import Window

    mask = (activity > 0) & (activity < 255)
    if not mask.any():
        return []
    found: list[tuple[str, Shape]] = []
    under = None if at is None else component_at(mask, *at)
    if under is not None:
        found.append(("Patch under the cursor", under))
    largest = largest_component(mask)
    whole = Shape(Window.full(*mask.shape), mask)
    if largest is not None and (under is None or under.window != largest.window):
        found.append(("Largest patch", largest))
    if largest is not None and largest.mask.sum() != mask.sum():
        found.append(("All that is drawn", whole))
    return [_patch(title, shape, activity, intensity, grid) for title, shape in found]


def patch_of_shape(shape: Shape, grid: Geometry, title: str) -> Patch:
    """A footprint that was drawn, of no class yet."""
    none = np.zeros(grid.shape, np.uint8)
    return _patch(title, shape, none, none, grid)


def _patch(
    title: str,
    shape: Shape,
    activity: NDArray[np.uint8],
    intensity: NDArray[np.uint8],
    grid: Geometry,
) -> Patch:
    from thalia_core.annotate.footprint import Footprint

    codes = activity[shape.window.slices][shape.mask]
    levels = intensity[shape.window.slices][shape.mask]
    east, north = grid.pixel_metres(shape.window.row0)
    return Patch(
        Footprint.of_shape(shape, grid),
        int(np.bincount(codes).argmax()),
        int(levels[levels < 255].max(initial=0)),
        float(shape.mask.sum()) * east * north / 1e6,
        title,
    )


def motion_in(cube: CubeStore, pair: DatePair, footprint: Footprint) -> float | None:
    """Centimetres towards the satellite that a pair shows in a footprint; None where unknown."""
    from thalia_core.cube.geometry import Window
    from thalia_core.cube.schema import CM_PER_CYCLE
    from thalia_core.errors import ThaliaError
    from thalia_core.insar.fringes import fringes_in, ring_width
    from thalia_core.insar.measure import unwrapped_of

    shape = footprint.shape_on(cube.geometry)
    reach, at = ring_width(shape.mask), shape.window
    wide = Window(at.row0 - reach, at.row1 + reach, at.col0 - reach, at.col1 + reach)
    window = wide.clip(*cube.geometry.shape)
    assert window is not None  # the footprint lies in the frame
    mask = np.zeros(window.shape, bool)
    row, col = at.row0 - window.row0, at.col0 - window.col0
    mask[row : row + at.shape[0], col : col + at.shape[1]] = shape.mask
    try:
        count = fringes_in(unwrapped_of(cube, pair, window, around=mask), mask)
    except ThaliaError:  # no data there, or none that can be unwrapped
        return None
    if count is None or not count.fringes:
        return None
    return float(np.copysign(count.fringes * CM_PER_CYCLE, count.towards_cm))
