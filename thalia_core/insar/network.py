"""Time series from a network of pairs: one value for each date by least squares.

A pair measures the difference of its two dates; the values of the dates follow from all pairs as
in Berardino et al. (2002), IEEE TGRS 40, 2375, without a model of the motion. Dates that no chain
of pairs joins are parts of their own, each with its own zero: nothing is invented between them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from thalia_core.cube.pairs import DatePair

Floats = NDArray[np.float64]
_REWEIGHTINGS = 25


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Values of dates at points, in the unit of the pairs' values.

    Attributes:
        dates: Days that occur in the pairs, sorted.
        pairs: The pairs, in the order given.
        values: (dates, points); 0 at the first date of each part, NaN where no pair has a value.
        part: (dates, points) number of the part of the network, from 0; -1 for no value. Values of
            different parts cannot be compared.
        sigma: (dates, points) standard error with respect to the first date of the part, from what
            the pairs disagree; NaN where they leave nothing over to tell it.
        residual: (pairs, points) measured minus fitted; NaN for no value.
        turns: (pairs, points) whole turns that were taken off a pair.
        spare: (points,) pairs beyond those needed.
    """

    dates: tuple[date, ...]
    pairs: tuple[DatePair, ...]
    values: Floats
    part: NDArray[np.int64]
    sigma: Floats
    residual: Floats
    turns: NDArray[np.int64]
    spare: NDArray[np.int64]

    @property
    def rms(self) -> Floats:
        """(points,) root mean square of the residuals; NaN where nothing is spare."""
        count = np.maximum(np.isfinite(self.residual).sum(axis=0), 1)
        root = np.sqrt(np.nansum(self.residual**2, axis=0) / count)
        return np.asarray(np.where(self.spare > 0, root, np.nan), np.float64)


def invert(
    pairs: Sequence[DatePair],
    values: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    turn: float | None = None,
) -> Series:
    """Solve a network of pairs.

    Args:
        pairs: The pairs.
        values: (pairs,) or (pairs, points) differences, second date minus first; NaN for none.
        weight: Of the same shape, 1 / variance; all alike when left out.
        turn: Size of a whole turn in the unit of ``values`` (2 pi for radians). If given, errors of
            whole turns that the loops of the network give away are taken off: residuals of the
            solution of least *absolute* deviation, which a few wrong pairs do not bend, are rounded
            to turns.

    Raises:
        ValueError: Shapes that do not fit the pairs.
    """
    measured = np.asarray(values, np.float64)
    measured = measured[:, None] if measured.ndim == 1 else measured
    if measured.ndim != 2 or len(measured) != len(pairs):
        raise ValueError(f"values of shape {measured.shape} for {len(pairs)} pairs")
    weights = np.ones(measured.shape) if weight is None else np.asarray(weight, np.float64)
    weights = np.broadcast_to(weights[:, None] if weights.ndim == 1 else weights, measured.shape)
    dates = tuple(sorted({day for pair in pairs for day in (pair.primary, pair.secondary)}))
    place = {day: i for i, day in enumerate(dates)}
    ends = np.array([(place[p.primary], place[p.secondary]) for p in pairs], np.intp).reshape(-1, 2)
    shape = len(dates), measured.shape[1]
    series = Series(
        dates,
        tuple(pairs),
        np.full(shape, np.nan),
        np.full(shape, -1, np.int64),
        np.full(shape, np.nan),
        np.full(measured.shape, np.nan),
        np.zeros(measured.shape, np.int64),
        np.zeros(shape[1], np.int64),
    )
    for n in range(shape[1]):
        _solve_point(series, n, ends, measured[:, n], weights[:, n], turn)
    return series


def of_primary(pairs: Sequence[DatePair], primary: date) -> list[int]:
    """Indices of the pairs of one primary date; their network is a star with nothing spare."""
    return [i for i, pair in enumerate(pairs) if pair.primary == primary]


def _solve_point(
    series: Series, n: int, ends: NDArray[np.intp], y: Floats, weight: Floats, turn: float | None
) -> None:
    """Fill the columns of one point."""
    rows = np.flatnonzero(np.isfinite(y) & (weight > 0))
    if not rows.size:
        return
    first, second = ends[rows].T
    links = coo_array((np.ones(rows.size), (first, second)), shape=(len(series.dates),) * 2)
    _, number = connected_components(links, directed=False)
    used = np.unique(ends[rows])
    _, heads, part = np.unique(number[used], return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(heads))  # parts are numbered by their first date
    free = np.delete(used, heads)
    column = np.full(len(series.dates), -1)
    column[free] = np.arange(free.size)
    design = np.zeros((rows.size, free.size))
    for dates, sign in ((first, -1.0), (second, 1.0)):
        known = column[dates] >= 0
        design[np.flatnonzero(known), column[dates[known]]] += sign
    right, w = y[rows].copy(), weight[rows]
    if turn is not None and rows.size > free.size:
        turns = np.rint((right - design @ _least_absolute(design, right, w)) / turn).astype(int)
        series.turns[rows, n] = turns
        right -= turns * turn
    solution = _least_squares(design, right, w)
    residual = right - design @ solution
    series.spare[n] = spare = rows.size - free.size
    series.part[used, n] = order[part]
    series.values[used, n] = 0.0
    series.values[free, n] = solution
    series.residual[rows, n] = residual
    if spare > 0:
        variance = float(w @ residual**2) / spare
        inverse = np.linalg.inv(design.T @ (design * w[:, None]))
        series.sigma[used, n] = 0.0
        series.sigma[free, n] = np.sqrt(variance * np.diag(inverse))


def _least_squares(design: Floats, right: Floats, weight: Floats) -> Floats:
    root = np.sqrt(weight)
    return np.asarray(np.linalg.lstsq(design * root[:, None], right * root)[0], np.float64)


def _least_absolute(design: Floats, right: Floats, weight: Floats) -> Floats:
    """Least absolute deviations by least squares with ever new weights."""
    solution = _least_squares(design, right, weight)
    floor = 1e-3 * max(float(np.abs(right).max()), 1e-12)
    for _ in range(_REWEIGHTINGS):
        rest = np.abs(right - design @ solution)
        solution = _least_squares(design, right, weight / np.maximum(rest, floor))
    return solution
