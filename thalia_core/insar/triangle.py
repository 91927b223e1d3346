"""The loop of three dates through a pair: what of its phase belongs to no date.

Displacement and delay cancel around a loop; what is left tells errors of the processing, and soil
and plants that change between looks (De Zan et al. 2015, IEEE TGRS 53, 6608).
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from thalia_core.cube.geometry import Window
from thalia_core.cube.pairs import DatePair, PairIndex
from thalia_core.cube.store import CubeStore
from thalia_core.errors import ThaliaError
from thalia_core.insar.wrap import closure


@dataclass(frozen=True, slots=True, eq=False)
class Triangle:
    """The closure of three pairs.

    Attributes:
        dates: The three days, sorted.
        plane: (rows, columns) radians in (-pi, pi]; NaN where one of the three has no data.
    """

    dates: tuple[date, date, date]
    plane: NDArray[np.float64]

    @property
    def rms(self) -> float:
        """Root mean square in radians, 1.81 for random phase; NaN without data."""
        known = self.plane[np.isfinite(self.plane)]
        return float(np.sqrt(np.mean(known**2))) if known.size else float("nan")

    @property
    def covered(self) -> float:
        """Share of the plane with a value."""
        return float(np.isfinite(self.plane).mean())


def third_dates(pairs: PairIndex, pair: DatePair) -> tuple[date, ...]:
    """Days that close a triangle with a pair, sorted."""
    days = {day for other in pairs for day in (other.primary, other.secondary)}
    return tuple(
        day
        for day in sorted(days - {pair.primary, pair.secondary})
        if _joined(pairs, pair.primary, day) and _joined(pairs, pair.secondary, day)
    )


def nearest_third(pairs: PairIndex, pair: DatePair) -> date | None:
    """Of the days that close a triangle with a pair, the nearest to its middle; None for none."""
    middle = pair.primary.toordinal() + pair.secondary.toordinal()
    return min(
        third_dates(pairs, pair),
        key=lambda day: abs(2 * day.toordinal() - middle),
        default=None,
    )


def closure_of(
    cube: CubeStore, pair: DatePair, day: date | None = None, window: Window | None = None
) -> Triangle:
    """Closure of the triangle through a pair, as a layer.

    Args:
        cube: The cube.
        pair: One of its sides.
        day: The third date; the nearest to the pair's middle when left out.
        window: The part to read; all when left out.

    Raises:
        ThaliaError: The cube has no such pair, or no pairs that join both of its dates to the day.
        CubeError: A plane is damaged.
    """
    cube.position(pair)
    choice = third_dates(cube.pairs, pair)
    if day is None:
        day = nearest_third(cube.pairs, pair)
    if day is None or day not in choice:
        listed = ", ".join(f"{other:%Y%m%d}" for other in choice)
        raise ThaliaError(
            "no triangle goes through this pair" + ("" if day is None else f" and {day:%Y%m%d}"),
            where=str(pair),
            why="a side of it is missing",
            fix=f"these dates close one: {listed}" if listed else "choose another pair",
        )
    first, second, third = sorted((pair.primary, pair.secondary, day))
    sides = ((first, second), (second, third), (first, third))
    planes = (_phase_between(cube, start, end, window) for start, end in sides)
    return Triangle((first, second, third), closure(*planes))


def _joined(pairs: PairIndex, one: date, other: date) -> bool:
    return DatePair(one, other) in pairs or DatePair(other, one) in pairs


def _phase_between(
    cube: CubeStore, start: date, end: date, window: Window | None
) -> NDArray[np.floating]:
    pair = DatePair(start, end)
    if pair in cube.pairs:
        return cube.read_plane("insar_difference", pair, window)
    return -cube.read_plane("insar_difference", DatePair(end, start), window)
