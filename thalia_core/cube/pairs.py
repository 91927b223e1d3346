"""Date pairs and the order in which a person walks through them."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import overload

import numpy as np
from numpy.typing import NDArray

from thalia_core.errors import ThaliaError

_NAME = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})[_ ](\d{4})-?(\d{2})-?(\d{2})")


@dataclass(frozen=True, order=True, slots=True)
class DatePair:
    """One interferogram: two acquisition days (UTC), the earlier one usually the primary."""

    primary: date
    secondary: date

    @classmethod
    def parse(cls, text: str) -> "DatePair":
        """The pair written as ``20240211_20240306`` (dashes inside the dates are allowed).

        Raises:
            ThaliaError: The text is no such pair.
        """
        match = _NAME.fullmatch(text.strip())
        try:
            numbers = [int(part) for part in match.groups()] if match else []
            return cls(date(*numbers[:3]), date(*numbers[3:]))
        except (ValueError, TypeError) as error:
            raise ThaliaError(
                "not a date pair",
                where=repr(text),
                fix="write it as YYYYMMDD_YYYYMMDD, for example 20240211_20240306",
            ) from error

    @property
    def days(self) -> int:
        """Days from primary to secondary."""
        return (self.secondary - self.primary).days

    def __str__(self) -> str:
        return f"{self.primary:%Y%m%d}_{self.secondary:%Y%m%d}"


Wanted = Callable[[DatePair], bool]
"""Whether a pair is wanted."""


class PairIndex(Sequence[DatePair]):
    """The valid pairs of a frame, sorted by primary, then secondary date.

    Args:
        pairs: The pairs, in any order.
        baselines: Perpendicular baseline of each in metres, in the same order; NaN where unknown.
    """

    def __init__(self, pairs: Sequence[DatePair], baselines: Sequence[float] | None = None) -> None:
        order = sorted(range(len(pairs)), key=pairs.__getitem__)
        self._pairs = tuple(pairs[i] for i in order)
        values = [float("nan")] * len(pairs) if baselines is None else baselines
        self.baselines: NDArray[np.float32] = np.array([values[i] for i in order], np.float32)
        self._position = {pair: i for i, pair in enumerate(self._pairs)}

    @overload
    def __getitem__(self, index: int) -> DatePair: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[DatePair, ...]: ...
    def __getitem__(self, index: int | slice) -> DatePair | tuple[DatePair, ...]:
        return self._pairs[index]

    def __len__(self) -> int:
        return len(self._pairs)

    def __iter__(self) -> Iterator[DatePair]:
        return iter(self._pairs)

    def __contains__(self, pair: object) -> bool:
        return pair in self._position

    def position(self, pair: DatePair) -> int:
        """Index of the pair.

        Raises:
            ThaliaError: The frame has no such pair; the message names the nearest ones.
        """
        if pair not in self._position:
            near = ", ".join(str(p) for p in self._nearest(pair))
            raise ThaliaError(
                "no such interferogram in this frame",
                where=str(pair),
                fix=f"the nearest are {near}" if near else "the frame has no valid pair",
            )
        return self._position[pair]

    def baseline(self, pair: DatePair) -> float:
        """Perpendicular baseline in metres; NaN where unknown."""
        return float(self.baselines[self.position(pair)])

    def step(self, pair: DatePair, n: int) -> DatePair:
        """The pair ``n`` places on in the list, held at its ends."""
        return self._pairs[_clamp(self.position(pair) + n, len(self))]

    def along_primary(self, pair: DatePair, n: int, wanted: Wanted | None = None) -> DatePair:
        """Same primary date, ``n`` (wanted) secondary dates on, held at the ends."""
        return _along([p for p in self._pairs if p.primary == pair.primary], pair, n, wanted)

    def along_secondary(self, pair: DatePair, n: int, wanted: Wanted | None = None) -> DatePair:
        """Same secondary date, ``n`` (wanted) primary dates on, held at the ends."""
        return _along([p for p in self._pairs if p.secondary == pair.secondary], pair, n, wanted)

    def _nearest(self, pair: DatePair) -> tuple[DatePair, ...]:
        at = bisect_left(self._pairs, pair)
        return self._pairs[max(at - 1, 0) : at + 2]


def _along(group: list[DatePair], pair: DatePair, n: int, wanted: Wanted | None) -> DatePair:
    """The pair itself counts even where it is not wanted: one steps from it."""
    steps = [p for p in group if p == pair or wanted is None or wanted(p)]
    return steps[_clamp(steps.index(pair) + n, len(steps))]


def _clamp(position: int, length: int) -> int:
    return min(max(position, 0), length - 1)
