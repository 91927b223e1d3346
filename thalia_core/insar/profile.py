"""What an interferogram shows along a drawn line."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, hypot
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from thalia_core.cube.geometry import Geometry, Window
from thalia_core.insar.los import displacement_of_phase
from thalia_core.insar.unwrapping import MIN_COHERENCE, unwrap
from thalia_core.insar.wrap import phasor, wrap

Line = NDArray[np.float64]
CORRIDOR = 25
"""Pixels on both sides of a line through which its phase is unwrapped around holes."""
_SAME = 1e-6
"""Pixels within which two points are one."""


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Samples along a line, each (n,); NaN where there are no data.

    Attributes:
        rows: Position in pixels, integers at pixel centres.
        cols: The same across.
        distance_m: From the first point, along the line.
        wrapped_phase: Radians, interpolated on the circle.
        unwrapped_phase: Radians; wraps to ``wrapped_phase``. NaN where it was not reached.
        towards_cm: Motion towards the satellite with respect to the first sample reached; delay
            shows as motion away.
        height_m: NaN without a DEM.
        coherence: 0..1; NaN without that layer.
    """

    rows: Line
    cols: Line
    distance_m: Line
    wrapped_phase: Line
    unwrapped_phase: Line
    towards_cm: Line
    height_m: Line
    coherence: Line

    def __len__(self) -> int:
        return len(self.rows)

    def columns(self, grid: Geometry) -> dict[str, list[float | None]]:
        """The samples by name, rounded to what they are worth, None for no data.

        Args:
            grid: Where ``rows`` and ``cols`` lie.
        """
        places = [grid.lonlat(row, col) for row, col in zip(self.rows, self.cols, strict=True)]
        lon, lat = (np.array([place[axis] for place in places]) for axis in (0, 1))
        return {
            "distance_m": _rounded(self.distance_m, 1),
            "lon": _rounded(lon, 6),
            "lat": _rounded(lat, 6),
            "wrapped_phase": _rounded(self.wrapped_phase, 4),
            "unwrapped_phase": _rounded(self.unwrapped_phase, 4),
            "towards_cm": _rounded(self.towards_cm, 4),
            "height_m": _rounded(self.height_m, 1),
            "coherence": _rounded(self.coherence, 3),
        }

    def to_csv(self, grid: Geometry) -> str:
        """The samples as CSV with a head line; no data is empty."""
        columns = self.columns(grid)
        rows = [
            ",".join("" if value is None else str(value) for value in row)
            for row in zip(*columns.values(), strict=True)
        ]
        return "\n".join([",".join(columns), *rows]) + "\n"


def profile(
    vertices: ArrayLike,
    wrapped_phase: ArrayLike,
    spacing_m: tuple[float, float],
    *,
    coherence: ArrayLike | None = None,
    height: ArrayLike | None = None,
    min_coherence: float = MIN_COHERENCE,
    corridor: int = CORRIDOR,
) -> Profile:
    """Sample planes along a polyline.

    The phase is unwrapped in two dimensions in a corridor around the line, so that a hole in the
    data that can be walked around does not lose the count of fringes.

    Args:
        vertices: (n, 2) rows and columns of the planes, n >= 2.
        wrapped_phase: (rows, columns) radians, NaN for no data.
        spacing_m: Metres between rows and between columns.
        coherence: 0..1 of the same shape.
        height: Metres, of the same shape.
        min_coherence: Ground below it is not crossed by the unwrapping.
        corridor: Its half width in pixels.

    Raises:
        ValueError: Fewer than two points, or all in one place.
    """
    rows, cols = positions(vertices)
    angles = np.asarray(wrapped_phase, np.float64)
    drawn = np.zeros(angles.shape, np.bool_)
    at = _nearest(rows, cols, angles.shape)
    drawn[at] = True
    near = ndimage.distance_transform_edt(~drawn) <= corridor
    turns = unwrap(
        angles, coherence, min_coherence=min_coherence, inside=np.asarray(near), around=drawn
    )[at]
    wrapped = sample_phase(angles, rows, cols)
    unwrapped = turns + wrap(wrapped - turns)
    reached = unwrapped[np.isfinite(unwrapped)]
    start = reached[0] if reached.size else np.nan
    nothing = np.full(len(rows), np.nan)
    steps = np.hypot(np.diff(rows) * spacing_m[0], np.diff(cols) * spacing_m[1])
    return Profile(
        rows,
        cols,
        np.concatenate([[0.0], np.cumsum(steps)]),
        wrapped,
        unwrapped,
        np.asarray(displacement_of_phase(unwrapped - start) * 100, np.float64),
        nothing if height is None else sample(height, rows, cols),
        nothing if coherence is None else sample(coherence, rows, cols),
    )


def positions(vertices: ArrayLike) -> tuple[Line, Line]:
    """Rows and columns along a polyline, at most a pixel apart, with all of its vertices.

    Raises:
        ValueError: Fewer than two points, or all in one place.
    """
    points = np.asarray(vertices, np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 2:
        raise ValueError("a line has two or more points of row and column")
    pieces = [points[:1]]
    for start, end in zip(points[:-1], points[1:], strict=True):
        apart = hypot(*(end - start))
        count = max(ceil(apart - _SAME), int(apart > _SAME))  # coordinates are rounded
        pieces.append(start + (end - start) * (np.arange(1, count + 1) / max(count, 1))[:, None])
    line = np.concatenate(pieces)
    if len(line) < 2:
        raise ValueError("all points of the line lie in one place")
    return line[:, 0], line[:, 1]


def window_of(
    vertices: Sequence[tuple[float, float]], margin: int, shape: tuple[int, int]
) -> Window | None:
    """The window of a plane that holds points and a margin around them; None when outside."""
    rows, cols = (np.array([point[axis] for point in vertices]) for axis in (0, 1))
    window = Window(
        int(np.floor(rows.min())) - margin,
        int(np.ceil(rows.max())) + margin + 1,
        int(np.floor(cols.min())) - margin,
        int(np.ceil(cols.max())) + margin + 1,
    )
    return window.clip(*shape)


def sample(plane: ArrayLike, rows: ArrayLike, cols: ArrayLike) -> Line:
    """Values between pixels, linear in both directions; NaN where the nearest pixel has none.

    Args:
        plane: (rows, columns), NaN for no data, which has no part in the mean of its neighbours.
        rows: (n,) positions in pixels.
        cols: The same across.
    """
    return np.asarray(_between(np.asarray(plane, np.float64), rows, cols), np.float64)


def sample_phase(wrapped_phase: ArrayLike, rows: ArrayLike, cols: ArrayLike) -> Line:
    """Angles between pixels, interpolated as phasors; see :func:`sample`."""
    angles = np.asarray(wrapped_phase, np.float64)
    units = np.where(np.isfinite(angles), phasor(angles), np.nan)
    return np.asarray(np.angle(_between(units, rows, cols)), np.float64)


def _between(plane: NDArray[Any], rows: ArrayLike, cols: ArrayLike) -> NDArray[Any]:
    r, c = np.asarray(rows, np.float64), np.asarray(cols, np.float64)
    height, width = plane.shape
    top, left = np.floor(r).astype(np.intp), np.floor(c).astype(np.intp)
    total = np.zeros(r.shape, plane.dtype)
    share = np.zeros(r.shape)
    for down in (0, 1):
        for right in (0, 1):
            i, j = top + down, left + right
            weight = np.abs(1 - down - (r - top)) * np.abs(1 - right - (c - left))
            within = (i >= 0) & (i < height) & (j >= 0) & (j < width)
            value = plane[np.clip(i, 0, height - 1), np.clip(j, 0, width - 1)]
            there = within & np.isfinite(value)
            total += np.where(there, value * weight, 0)
            share += np.where(there, weight, 0)
    known = np.isfinite(plane[_nearest(r, c, plane.shape)]) & _inside(r, c, plane.shape)
    return np.where(known & (share > 0), total / np.where(share > 0, share, 1), np.nan)


def _rounded(values: Line, digits: int) -> list[float | None]:
    return [round(float(v), digits) + 0.0 if np.isfinite(v) else None for v in values]  # no -0.0


def _inside(rows: Line, cols: Line, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    down = (rows >= -0.5) & (rows <= shape[0] - 0.5)
    return np.asarray(down & (cols >= -0.5) & (cols <= shape[1] - 0.5), np.bool_)


def _nearest(
    rows: Line, cols: Line, shape: tuple[int, ...]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return (
        np.clip(np.rint(rows), 0, shape[0] - 1).astype(np.intp),
        np.clip(np.rint(cols), 0, shape[1] - 1).astype(np.intp),
    )
