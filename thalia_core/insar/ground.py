"""The ground around a pattern: the gently bent surface that most of the places lie near.

It takes away orbital ramps, the long waves of the air and, where heights are known, what goes with
the height. It is fitted by least squares whose weights fall with the distance from it (Tukey's
biweight), so that a pattern inside does not tilt it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

_MOST = 12_000
"""Places that a fit looks at: neighbours say the same."""
_LEAST = 24
_ROUNDS = 8
_REACH = 4.0
"""Standard deviations of the rest beyond which a place does not count at all."""
_STIFF = 0.002
"""What bending costs, against the spread of the places: with few places it is nearly a plane."""


@dataclass(frozen=True, eq=False, slots=True)
class Ground:
    """A surface over the rows and columns of a window.

    Attributes:
        values: (rows, columns) everywhere in the window.
        scatter: Standard deviation of the places around it, by the median of what is left.
    """

    values: NDArray[np.float64]
    scatter: float


def fit_ground(
    values: Floats,
    weight: Floats,
    *,
    bent: bool = True,
    height: Floats | None = None,
    start: Ground | None = None,
) -> Ground | None:
    """The surface that most of the places lie near.

    Args:
        values: (rows, columns); NaN for nothing.
        weight: How much a place counts, 0 or more, of the same shape.
        bent: It may bend a little; else it is a plane.
        height: Heights of the same shape without NaN, for a part that is proportional to them.
        start: What lies near this surface counts first; the plane through all where left out.

    Returns:
        The surface; None where fewer than 24 places count.
    """
    rows, cols = np.nonzero(np.isfinite(values) & (weight > 0))
    step = -(-rows.size // _MOST) or 1
    rows, cols = rows[::step], cols[::step]
    if rows.size < _LEAST:
        return None
    found, counts = values[rows, cols].astype(np.float64), weight[rows, cols].astype(np.float64)
    basis = _Basis.over(rows, cols, None if height is None else height[rows, cols], bent)
    table = basis.table(rows, cols, None if height is None else height[rows, cols])
    if start is None:
        rest = found - table[:, :3] @ _solved(table[:, :3], found, counts, 0)
    else:
        rest = found - start.values[rows, cols]
    spread, answer = 0.0, np.zeros(table.shape[1])
    for _ in range(_ROUNDS):
        spread = max(1.4826 * float(np.median(np.abs(rest))), 1e-6)
        near = np.clip(1 - (rest / (_REACH * spread)) ** 2, 0, None) ** 2 * counts
        answer = _solved(table, found, near, 3 if bent else 0)
        rest = found - table @ answer
    return Ground(basis.surface(values.shape, height, answer), spread)


@dataclass(frozen=True, slots=True)
class _Basis:
    """Scaled coordinates: the numbers of a fit are all about 1."""

    middle: tuple[float, float]
    size: float
    lowest: float
    relief: float
    bent: bool

    @classmethod
    def over(
        cls, rows: NDArray[np.intp], cols: NDArray[np.intp], height: Floats | None, bent: bool
    ) -> "_Basis":
        size = max(float(np.ptp(rows)), float(np.ptp(cols)), 1.0)
        middle = float(rows.mean()), float(cols.mean())
        if height is None:
            return cls(middle, size, 0.0, 0.0, bent)
        low, high = float(height.min()), float(height.max())
        return cls(middle, size, low, high - low, bent)

    def table(
        self, rows: NDArray[np.intp], cols: NDArray[np.intp], height: Floats | None
    ) -> NDArray[np.float64]:
        """(places, terms)."""
        y, x = (rows - self.middle[0]) / self.size, (cols - self.middle[1]) / self.size
        terms = [np.ones(y.size), y, x]
        if self.bent:
            terms += [y * y, x * x, x * y]
        if height is not None and self.relief > 0:
            terms.append((height - self.lowest) / self.relief)
        return np.stack(terms, axis=1)

    def surface(
        self, shape: tuple[int, ...], height: Floats | None, answer: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """(rows, columns)."""
        y = ((np.arange(shape[0]) - self.middle[0]) / self.size)[:, None]
        x = ((np.arange(shape[1]) - self.middle[1]) / self.size)[None, :]
        found = answer[0] + answer[1] * y + answer[2] * x
        if self.bent:
            found = found + answer[3] * y * y + answer[4] * x * x + answer[5] * x * y
        if height is not None and self.relief > 0:
            found = found + answer[-1] * (height - self.lowest) / self.relief
        return np.asarray(found, np.float64)


def _solved(
    table: NDArray[np.float64], found: Floats, weight: Floats, bending: int
) -> NDArray[np.float64]:
    """Weighted least squares; the last ``bending`` of the first six terms cost something."""
    normal = table.T @ (table * weight[:, None])
    cost = np.zeros(table.shape[1])
    cost[6 - bending : 6] = _STIFF if bending else 0
    cost += 1e-9
    return np.asarray(
        np.linalg.solve(normal + np.diag(cost * weight.sum()), table.T @ (weight * found))
    )
