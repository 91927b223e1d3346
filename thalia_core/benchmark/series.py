"""Time series of pairs that share their primary date (Thalia paper, section 4.2).

Of the many subsets of a group the benchmark takes few that overlap little. The rule is the one of
the published code, and gives the published numbers; the paper's text speaks of all subsets.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import combinations

import numpy as np

from thalia_core.benchmark.items import Item


@dataclass(frozen=True, slots=True)
class Series:
    """Pairs of one frame and primary date, in the order of their secondary dates."""

    items: tuple[Item, ...]

    @property
    def positive(self) -> bool:
        """Whether any of them shows deformation."""
        return any(item.positive for item in self.items)

    @property
    def key(self) -> str:
        """Unique name: frame, primary date and the secondary dates."""
        first = self.items[0]
        days = (f"{item.pair.secondary:%Y%m%d}" for item in self.items)
        return f"{first.frame}/{first.pair.primary:%Y%m%d}_{'+'.join(days)}"


def groups(items: Sequence[Item]) -> Mapping[tuple[str, date], tuple[Item, ...]]:
    """(frame, primary date) -> samples by secondary date."""
    found: dict[tuple[str, date], list[Item]] = defaultdict(list)
    for item in items:
        found[item.frame, item.pair.primary].append(item)
    return {key: tuple(sorted(found[key], key=lambda i: i.pair)) for key in sorted(found)}


def lengths(items: Sequence[Item]) -> Mapping[int, int]:
    """Number of secondary dates -> how many primary dates have so many (paper, Fig. 8)."""
    return dict(sorted(Counter(map(len, groups(items).values())).items()))


def series_of(items: Sequence[Item], length: int, part: str, seed: int = 0) -> tuple[Series, ...]:
    """The series of one part of a split.

    Args:
        items: Its samples.
        length: Steps of a series.
        part: In ``train`` the series of a group with deformation may share all but one step; all
            others share none.
        seed: Of the steps that are repeated in groups that are too small.
    """
    found: list[Series] = []
    for group in groups(items).values():
        often = part == "train" and any(item.positive for item in group)
        shared = length - 1 if often and length > 1 else 1
        found += [Series(chosen) for chosen in _chosen(group, length, shared, seed)]
    return tuple(found)


def _chosen(
    group: tuple[Item, ...], length: int, shared: int, seed: int
) -> Iterator[tuple[Item, ...]]:
    """Subsets of a group in the order of their steps, none of which shares so many steps."""
    if len(group) <= length:
        yield _repeated(group, length, seed)
        return
    kept: list[frozenset[int]] = []
    for steps in combinations(range(len(group)), length):
        members = frozenset(steps)
        if all(len(members & other) < shared for other in kept):
            kept.append(members)
            yield tuple(group[step] for step in steps)


def _repeated(group: tuple[Item, ...], length: int, seed: int) -> tuple[Item, ...]:
    """The group with random members repeated; the same ones every time."""
    name = f"{seed} {group[0].frame} {group[0].pair.primary}".encode()
    rng = np.random.default_rng(int.from_bytes(sha256(name).digest()[:8], "big"))
    steps = [*range(len(group)), *rng.integers(0, len(group), length - len(group)).tolist()]
    return tuple(group[step] for step in sorted(steps))
