"""How sure a measure is: pairs drawn again and again, with those of one acquisition together.

Pairs of a frame that share their primary date share its atmosphere and most of its deformation:
they are no independent samples. Frame and primary date together are drawn as a whole.
"""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from thalia_core.learn.scoring.bins import BINS, Counts, measures

DRAWS = 1000
_SHARE = 0.95
_AT_ONCE = 100  # draws measured together, to bound the memory it takes

Interval = tuple[float, float]


def intervals(
    counts: Counts, groups: Sequence[Hashable], draws: int = DRAWS, seed: int = 0
) -> dict[str, Interval]:
    """95 % intervals of all measures.

    Args:
        counts: (pairs, 2, BINS).
        groups: What each pair is drawn with.
        draws: How often.
        seed: Of the draws.
    """
    drawn = _drawn(counts, groups, draws, seed)
    return {name: _middle(values) for name, values in drawn.items()}


def difference(
    one: Counts, other: Counts, groups: Sequence[Hashable], draws: int = DRAWS, seed: int = 0
) -> dict[str, tuple[float, float, float]]:
    """How much better one judge of the same pairs is: (difference, low, high) of each measure.

    Both are measured on the same draws: what makes pairs hard for both cancels.
    """
    first, second = (measures(counts.sum(0)) for counts in (one, other))
    drawn = [_drawn(counts, groups, draws, seed) for counts in (one, other)]
    return {
        name: (float(first[name] - second[name]), *_middle(drawn[0][name] - drawn[1][name]))
        for name in first
    }


def _drawn(
    counts: Counts, groups: Sequence[Hashable], draws: int, seed: int
) -> dict[str, NDArray[np.float64]]:
    """Measure -> its values on every draw."""
    places = {group: n for n, group in enumerate(dict.fromkeys(groups))}
    together = np.zeros((len(places), 2 * BINS))
    np.add.at(together, [places[group] for group in groups], counts.reshape(len(counts), -1))
    rng = np.random.default_rng(seed)
    found: dict[str, list[NDArray[np.float64]]] = {}
    for first in range(0, draws, _AT_ONCE):
        n = min(_AT_ONCE, draws - first)
        times = rng.multinomial(len(places), np.full(len(places), 1 / len(places)), n)
        for name, values in measures((times @ together).reshape(n, 2, BINS)).items():
            found.setdefault(name, []).append(values)
    return {name: np.concatenate(values) for name, values in found.items()}


def _middle(values: NDArray[np.float64]) -> Interval:
    known = values[np.isfinite(values)]
    if known.size == 0:
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1 - _SHARE) / 2, (1 + _SHARE) / 2])
    return float(low), float(high)
