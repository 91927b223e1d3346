"""The published splits: by time, or with whole regions kept for the test.

Both go by the *primary* date of a pair, ends included (Thalia paper, section 4.1).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from thalia_core.benchmark.items import Item

Kind = Literal["temporal", "regions"]
KINDS: tuple[Kind, ...] = ("temporal", "regions")
PARTS = ("train", "val", "test")
Span = tuple[date, date]

TEMPORAL: Mapping[str, Span] = {
    "train": (date(2014, 1, 1), date(2019, 5, 31)),
    "val": (date(2019, 6, 1), date(2019, 12, 31)),
    "test": (date(2020, 1, 1), date(2021, 12, 31)),
}
REGIONS: Mapping[str, tuple[str, ...]] = {
    "Galápagos": ("128D_09016_110500", "106A_09090_000404"),
    "East African Rift System": ("014A_07688_131313", "079D_07694_131313"),
    "South Aegean": ("109D_05390_141615",),
}
"""Frames of each region that is left out of the training."""
ELSEWHERE: Mapping[str, Span] = {
    "train": (date(2014, 1, 1), date(2019, 12, 31)),
    "val": (date(2020, 1, 1), date(2021, 12, 31)),
}
"""Spans of the frames outside the regions."""


@dataclass(frozen=True, slots=True)
class Split:
    """The samples of each part.

    Attributes:
        kind: Which of the published splits.
        parts: ``train``, ``val`` and ``test``.
        regions: Region -> its samples, which are those of the test; empty for a split by time.
        outside: How many samples fall in no part.
    """

    kind: Kind
    parts: Mapping[str, tuple[Item, ...]]
    regions: Mapping[str, tuple[Item, ...]]
    outside: int


def split(items: Sequence[Item], kind: Kind = "temporal") -> Split:
    """Sort samples into the parts of a published split."""
    parts: dict[str, list[Item]] = {part: [] for part in PARTS}
    regions: dict[str, list[Item]] = {name: [] for name in REGIONS} if kind == "regions" else {}
    outside = 0
    for item in items:
        part = part_of(item.frame, item.pair.primary, kind)
        if part is None:
            outside += 1
            continue
        parts[part].append(item)
        region = region_of(item.frame)
        if region is not None and kind == "regions":
            regions[region].append(item)
    return Split(
        kind,
        {part: tuple(found) for part, found in parts.items()},
        {name: tuple(found) for name, found in regions.items()},
        outside,
    )


@dataclass(frozen=True, slots=True)
class Leakage:
    """What the parts of a split share.

    Attributes:
        pairs: Names of samples that stand in two parts; there must be none.
        dates: Two parts -> number of acquisitions (frame and date) that pairs of both are made of.
            The published split by time shares some: it goes by primary dates, and a secondary date
            may lie in the span of another part.
    """

    pairs: tuple[str, ...]
    dates: Mapping[tuple[str, str], int]


def leakage(parts: Mapping[str, Sequence[Item]]) -> Leakage:
    """Look for pairs and acquisitions that stand in two parts."""
    counted = Counter(key for items in parts.values() for key in {item.key for item in items})
    acquisitions: dict[str, set[tuple[str, date]]] = defaultdict(set)
    for part, items in parts.items():
        for item in items:
            days = (item.pair.primary, item.pair.secondary)
            acquisitions[part] |= {(item.frame, day) for day in days}
    names = list(parts)
    shared = {
        (one, other): len(acquisitions[one] & acquisitions[other])
        for n, one in enumerate(names)
        for other in names[n + 1 :]
    }
    return Leakage(tuple(sorted(key for key, n in counted.items() if n > 1)), shared)


def region_of(frame: str) -> str | None:
    """The region that a frame is left out with; None for all other frames."""
    return next((name for name, frames in REGIONS.items() if frame in frames), None)


def part_of(frame: str, primary: date, kind: Kind) -> str | None:
    """The part of a published split that a pair belongs to; None where it belongs to none."""
    if kind == "regions" and region_of(frame) is not None:
        return "test"
    spans = TEMPORAL if kind == "temporal" else ELSEWHERE
    return next((part for part, (first, last) in spans.items() if first <= primary <= last), None)
