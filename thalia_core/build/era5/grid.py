"""The model's grid of longitudes and latitudes, and bilinear interpolation from it to a frame."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thalia_core.cube.geometry import Geometry

STEP = 0.25
"""Degrees between the nodes of ERA5 as the Climate Data Store gives it."""
_COARSEST = 1.0
"""Of a field that somebody thinned out: further apart it says little about a frame."""
_TOLERANCE = 1e-4
"""Degrees: GRIB1 keeps coordinates in thousandths, netCDF3 in float32."""

Floats = NDArray[np.float64]


class UncoveredError(Exception):
    """The grid does not reach around the frame; the text names what is missing."""


@dataclass(frozen=True, slots=True)
class Crop:
    """The nodes around a frame.

    Attributes:
        rows: Their positions along the file's latitudes, from north to south.
        cols: Their positions along the file's longitudes, from west to east.
        lats: Their latitudes.
        lons: Their longitudes, on the frame's side of the antimeridian.
    """

    rows: NDArray[np.intp]
    cols: NDArray[np.intp]
    lats: Floats
    lons: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Nodes:
    """Values at the nodes around a frame, (latitudes, longitudes), north-up."""

    lats: Floats
    lons: Floats
    values: Floats

    def plane(self, geometry: Geometry) -> NDArray[np.float32]:
        """Bilinear interpolation at the frame's pixel centres, (rows, cols)."""
        west, along = _between(self.lons, geometry.x)
        eastward = self.values[:, west + 1] - self.values[:, west]
        lines = self.values[:, west] + along * eastward
        north, down = _between(self.lats, geometry.y)
        plane = np.empty(geometry.shape, np.float32)
        # By bands of rows between two latitudes of the model: nothing of the size of a frame is
        # held in double precision.
        for node in range(int(north[0]), int(north[-1]) + 1):
            first, last = np.searchsorted(north, (node, node + 1))
            southward = lines[node + 1] - lines[node]
            plane[first:last] = lines[node] + down[first:last, None] * southward
        return plane


def crop(lats: Floats, lons: Floats, geometry: Geometry) -> Crop:
    """Which nodes of a grid a frame needs.

    Args:
        lats: The grid's latitudes, upward or downward.
        lons: Its longitudes, 0 to 360 or -180 to 180, whole or a part.
        geometry: The frame, in degrees.

    Raises:
        UncoveredError: The frame reaches beyond the grid.
    """
    south, north = sorted((float(geometry.y[0]), float(geometry.y[-1])))
    west, east = float(geometry.x[0]), float(geometry.x[-1])
    if gap := _gap(np.sort(lats), south, north):
        raise UncoveredError(_needs(f"latitude {_span(south, north)}", gap))
    turned = lons - 360 * np.round((lons - (west + east) / 2) / 360)
    turned, order = np.unique(np.round(turned, 6), return_index=True)
    if gap := _gap(turned, west, east):
        raise UncoveredError(_needs(f"longitude {_span(west, east)}", gap))
    up = np.argsort(lats)
    rows = up[_around(lats[up], south, north)][::-1]
    cols = _around(turned, west, east)
    return Crop(rows, order[cols], lats[rows].astype(np.float64), turned[cols])


def unusable(lats: NDArray[Any], lons: NDArray[Any]) -> str | None:
    """Why two axes are no grid of latitudes and longitudes; None when they are."""
    for axis in (lats, lons):
        if axis.ndim != 1 or len(axis) < 2:
            return "its grid has fewer than two nodes along an axis"
        if not np.isfinite(axis).all() or len(np.unique(axis)) != len(axis):
            return "the coordinates of its grid are not all different numbers"
        spacing = float(np.median(np.abs(np.diff(axis))))
        if spacing > _COARSEST:
            return f"its nodes are {spacing:g} degrees apart, ERA5's are {STEP}"
    return None


def _span(low: float, high: float) -> str:
    return f"{low:.2f} to {high:.2f}"


def _needs(wanted: str, gap: str) -> str:
    return f"the frame needs {wanted}, {gap}"


def _gap(axis: Floats, low: float, high: float) -> str | None:
    """What a rising axis lacks to hold low..high between neighbouring nodes; None for nothing."""
    inside = axis[_around(axis, low, high)]
    have = f"it has {_span(axis[0], axis[-1])}"
    if axis[0] > low + _TOLERANCE or axis[-1] < high - _TOLERANCE or len(inside) < 2:
        return have
    step = np.diff(inside)
    if step.max() > 1.5 * np.median(np.diff(axis)) + _TOLERANCE:
        at = int(step.argmax())
        return f"{have} but nothing between {inside[at]:.2f} and {inside[at + 1]:.2f}"
    return None


def _around(axis: Floats, low: float, high: float) -> NDArray[np.intp]:
    """Positions of the nodes of a rising axis that enclose low..high."""
    first = int(np.searchsorted(axis, low + _TOLERANCE, side="right")) - 1
    last = int(np.searchsorted(axis, high - _TOLERANCE, side="left"))
    first = max(min(first, len(axis) - 2), 0)
    return np.arange(first, max(min(last, len(axis) - 1), first + 1) + 1)


def _between(nodes: Floats, at: Floats) -> tuple[NDArray[np.intp], Floats]:
    """For each coordinate the node before it, and how far it lies towards the next, 0..1."""
    rising = nodes if nodes[-1] > nodes[0] else -nodes
    wanted = at if nodes[-1] > nodes[0] else -at
    before = np.clip(np.searchsorted(rising, wanted, side="right") - 1, 0, len(nodes) - 2)
    part = (wanted - rising[before]) / (rising[before + 1] - rising[before])
    return before, np.clip(part, 0.0, 1.0)
