"""Labelled pairs as GeoJSON (RFC 7946): longitude and latitude of WGS 84, cut at 180 degrees."""

from collections.abc import Iterator
from math import floor
from typing import Any

import numpy as np
import rasterio.warp
from numpy.typing import NDArray

from thalia_core.annotate.shapes import Shape
from thalia_core.build.annotations.contours import Ring, rings
from thalia_core.build.annotations.exporting import Labelled, Region
from thalia_core.cube.geometry import Geometry, Window
from thalia_core.cube.store import CubeStore

_DECIMALS = 7
"""A centimetre."""


def features(cube: CubeStore, found: Labelled) -> list[dict[str, Any]]:
    """A feature an instance; its geometry is null where the label names it without mask."""
    return [_feature(cube, found, region) for region in found.regions]


def _feature(cube: CubeStore, found: Labelled, region: Region) -> dict[str, Any]:
    label, shape = found.label, region.shape
    return {
        "type": "Feature",
        "geometry": None if shape is None else _geometry(shape, cube.geometry),
        "properties": {
            "frame": cube.frame,
            "primary_date": found.pair.primary.isoformat(),
            "secondary_date": found.pair.secondary.isoformat(),
            "unique_id": label.unique_id or None,
            "activity_type": region.activity_word,
            "intensity_level": region.intensity_word,
            "phase": found.phase_word,
            "confidence": label.confidence,
            "caption": label.caption or "",
        },
    }


def _geometry(shape: Shape, geometry: Geometry) -> dict[str, Any]:
    polygons = [
        [
            _ring(outline, part.window, geometry, turn, clockwise=False),
            *(_ring(hole, part.window, geometry, turn, clockwise=True) for hole in holes),
        ]
        for turn, part in _turns(shape, geometry)
        for outline, holes in rings(part.mask)
    ]
    return {"type": "MultiPolygon", "coordinates": polygons}


def _turns(shape: Shape, geometry: Geometry) -> Iterator[tuple[int, Shape]]:
    """The parts of a shape between -180 and 180 degrees, and how often 360 was added there.

    A pixel on the antimeridian belongs to both parts; its corners are held at the line.
    """
    if not geometry.geographic:
        yield 0, shape
        return
    window = shape.window
    edges = geometry.x0 + geometry.dx * (np.arange(window.col0, window.col1 + 1) - 0.5)
    edges = np.round(edges, _DECIMALS)
    for turn in range(floor((edges[0] + 180) / 360), floor((edges[-1] + 180) / 360) + 1):
        inside = (edges[1:] > 360 * turn - 180) & (edges[:-1] < 360 * turn + 180)
        found = window.around(shape.mask & inside)
        if found is not None:
            yield turn, Shape(found[0], (shape.mask & inside)[found[1]])


def _ring(
    ring: Ring, window: Window, geometry: Geometry, turn: int, *, clockwise: bool
) -> list[list[float]]:
    """Closed; outlines counter-clockwise and holes clockwise, as seen on a map."""
    x = geometry.x0 + geometry.dx * (ring[:, 1] + window.col0)
    y = geometry.y0 + geometry.dy * (ring[:, 0] + window.row0)
    if geometry.geographic:
        x = np.clip(x - 360 * turn, -180, 180)
    else:
        found = rasterio.warp.transform(geometry.crs, "EPSG:4326", x.tolist(), y.tolist())
        x, y = np.array(found[0]), np.array(found[1])
    points = np.stack([x, y], axis=1).astype(np.float64).round(_DECIMALS)
    points = points[::-1] if (_area(points) < 0) != clockwise else points
    closed: list[list[float]] = np.concatenate([points, points[:1]]).tolist()
    return closed


def _area(points: NDArray[np.float64]) -> float:
    """Twice the area, positive when counter-clockwise."""
    x, y = (points - points[0]).T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())
