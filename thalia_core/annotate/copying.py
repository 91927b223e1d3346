"""Masks of one pair as shapes for others, and which others they may be for."""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.proposals import Proposal, new_id
from thalia_core.annotate.shapes import Shape
from thalia_core.annotate.working import Masks
from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import Activity, Intensity
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import MISSING
from thalia_core.errors import EditError

Painted = tuple[tuple[Shape, Paint], ...]
"""Where is what; no two shapes overlap."""


class Shared(StrEnum):
    """Which date a pair has in common with another one."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    EITHER = "either"


def sharing(pairs: Iterable[DatePair], pair: DatePair, what: Shared) -> list[DatePair]:
    """The other pairs that have a date of a pair in common.

    Args:
        pairs: To choose from.
        pair: The pair.
        what: Its primary as their primary date, its secondary as their secondary date, or either of
            its dates as either of theirs.
    """
    dates = {pair.primary, pair.secondary}

    def shares(other: DatePair) -> bool:
        if what is Shared.EITHER:
            return bool({other.primary, other.secondary} & dates)
        if what is Shared.PRIMARY:
            return other.primary == pair.primary
        return other.secondary == pair.secondary

    return [other for other in pairs if other != pair and shares(other)]


def share_between(pair: DatePair, first: DatePair, second: DatePair) -> float | None:
    """How far a pair lies on the way from one pair to another, by its dates.

    A pair lies between two others when both its dates lie between theirs (so that it shares every
    date that they share), and it is neither of them. With primary and secondary date as
    coordinates, the share is that of its projection onto the line from the first to the second:
    with a common primary date, the share of the days between the secondary dates.

    Returns:
        Between 0 and 1, exclusive; None where the pair does not lie between them.
    """
    ways = [_days(first.primary, second.primary), _days(first.secondary, second.secondary)]
    gone = [_days(first.primary, pair.primary), _days(first.secondary, pair.secondary)]
    if any(not min(way, 0) <= part <= max(way, 0) for way, part in zip(ways, gone, strict=True)):
        return None
    length = sum(way * way for way in ways)
    share = sum(a * b for a, b in zip(ways, gone, strict=True)) / length if length else 0.0
    return share if 0 < share < 1 else None


def between(
    pairs: Sequence[DatePair], first: DatePair, second: DatePair
) -> list[tuple[DatePair, float]]:
    """The pairs that lie between two others, each with its share of the way; nearest first."""
    found = [(pair, share_between(pair, first, second)) for pair in pairs]
    shares = [(pair, share) for pair, share in found if share is not None]
    return sorted(shares, key=lambda item: (item[1], item[0]))


def painted_of(masks: Masks, pair: DatePair) -> Painted:
    """What the masks of a pair show, one shape for each class and instance.

    Raises:
        EditError: They are empty, or hold a code that no legend knows: there is no way to paint it.
    """
    drawn = (masks.activity != 0) & (masks.activity != MISSING)
    found = Window.full(*drawn.shape).around(drawn)
    if found is None:
        raise EditError("there is no mask to copy", where=str(pair), fix="paint one first")
    window, at = found
    planes = [np.where(drawn, plane, 0)[at] for plane in (masks.activity, masks.intensity)]
    instance = np.where(masks.instance == MISSING, 0, masks.instance)[at]
    codes = (planes[0].astype(np.int32) << 16) | (planes[1].astype(np.int32) << 8) | instance
    codes[planes[0] == 0] = 0
    kinds = [int(code) for code in np.unique(codes) if code]
    paints = [_paint(code >> 16, code >> 8 & 255, code & 255, pair) for code in kinds]
    return painted_as(np.searchsorted([0, *kinds], codes), paints, window)


def painted_as(numbers: NDArray[np.integer], paints: Sequence[Paint], window: Window) -> Painted:
    """Shapes of a plane of numbers.

    Args:
        numbers: (rows, columns) of the window; 0 for nothing, n for the n-th paint.
        paints: What they stand for, counted from 1.
        window: Where the plane lies in the frame.

    Returns:
        A shape for each paint that occurs, in the smallest window that holds it.
    """
    shapes = []
    for number, paint in enumerate(paints, 1):
        mask = numbers == number
        found = window.around(mask)
        if found is not None:
            inner, at = found
            shapes.append((Shape(inner, mask[at].copy()), paint))
    return tuple(shapes)


def copies(painted: Painted, source: DatePair, pairs: Iterable[DatePair]) -> list[Proposal]:
    """The same mask for other pairs, as proposals without a score."""
    why = f"copied from {source}"
    return [Proposal(new_id(), pair, painted, why=why) for pair in pairs]


def _paint(activity: int, intensity: int, instance: int, pair: DatePair) -> Paint:
    if activity not in set(map(int, Activity)) or intensity not in set(map(int, Intensity)):
        raise EditError(
            "the mask cannot be copied",
            where=str(pair),
            why=f"no legend knows its code {activity} with intensity {intensity}",
            fix="recode it first",
        )
    level = Intensity.NONE if activity == Activity.EARTHQUAKE else intensity
    return Paint(activity, int(level), instance or 1)


def _days(start: date, end: date) -> int:
    return (end - start).days
