"""A source of a given type whose fringes cover a polygon that somebody drew.

Displacement in a half-space has no scale of its own: a source twice as large and deep moves ground
twice as far away by as much. So each type has one shape of unit size, its pattern is computed once,
and size and place follow from area and centre of the polygon.
"""

from dataclasses import dataclass, replace
from math import degrees, pi, sqrt, tau
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.shapes import polygon as pixels_in
from thalia_core.build.annotations.records import Polygon
from thalia_core.cube.labels import Activity, Intensity
from thalia_core.insar.los import LineOfSight, phase_of_displacement
from thalia_core.synth.sources import Mogi, Okada, PennyCrack, Source, Spheroid

EDGE_FRINGES = 1 / 3
"""Where people draw the outline: motion of so many fringes."""
_REACH, _NODES = 6.0, 121
_LONGEST = 4.0
_FRINGES = {
    Intensity.LOW: (0.8, 1.3),
    Intensity.MEDIUM: (2.0, 3.2),
    Intensity.HIGH: (4.0, 7.0),
    Intensity.NONE: (2.0, 4.0),  # earthquakes
}
_DENSEST = 0.25
"""Fringes a pixel, on average from centre to edge: more could not be seen."""


class Outline(NamedTuple):
    """Size and place of a polygon, in metres.

    Attributes:
        row: Its centre, rows from the north in the pixels of the polygon.
        col: Columns from the west.
        radius: Of the circle of the same area.
        aspect: Length over width.
        strike: Of its long axis, degrees clockwise from north.
    """

    row: float
    col: float
    radius: float
    aspect: float
    strike: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A source under a place.

    Attributes:
        source: At the strength of its pair.
        row: Place of its centre in pixels, integers at pixel centres.
        col: The same across.
        fringes: Range of its phase; negative for deflation.
    """

    source: Source
    row: float
    col: float
    fringes: float

    def towards(
        self, shape: tuple[int, int], spacing_m: tuple[float, float], sight: LineOfSight
    ) -> NDArray[np.float64]:
        """Motion towards the satellite on a raster, metres."""
        north = (self.row - np.arange(shape[0]))[:, None] * spacing_m[0]
        east = (np.arange(shape[1]) - self.col)[None, :] * spacing_m[1]
        return np.asarray(sight.project(*self.source.displacement(east, north)), np.float64)


def fit(
    polygon: Polygon,
    activity: Activity,
    intensity: Intensity,
    *,
    sinking: bool,
    spacing_m: tuple[float, float],
    sight: LineOfSight,
    rng: np.random.Generator,
) -> Placed | None:
    """The source under a polygon; None for one that holds no pixel.

    Args:
        polygon: (n, 2) of x, y in pixels, with (0, 0) at the *corner* of the raster.
        activity: Its type.
        intensity: Its level, which gives a range of fringes to draw from.
        sinking: Whether the source loses volume.
        spacing_m: Metres between rows and between columns.
        sight: Line of sight.
        rng: Draws the number of fringes.
    """
    outline = outline_of(polygon, spacing_m)
    if outline is None:
        return None
    low, high = _FRINGES[intensity]
    fringes = min(rng.uniform(low, high), max(low, _DENSEST * outline.radius / max(spacing_m)))
    unit = template(activity, outline.aspect, outline.strike)
    pattern = _Pattern.of(unit, fringes, sight)
    size = outline.radius / pattern.radius
    factor = pattern.strength * (-1 if sinking else 1)
    row = outline.row + pattern.north * size / spacing_m[0]
    col = outline.col - pattern.east * size / spacing_m[1]
    source = _enlarged(unit, size).scaled(factor)
    return Placed(source, row, col, -fringes if sinking else fringes)


def outline_of(polygon: Polygon, spacing_m: tuple[float, float]) -> Outline | None:
    """Area, centre and axes of a polygon by the pixels inside it."""
    corner = np.floor(polygon.min(axis=0))
    inside = pixels_in(polygon[:, ::-1] - corner[::-1] - 0.5, _room(polygon - corner))
    if inside is None:
        return None
    rows, cols = np.nonzero(inside.mask)
    rows, cols = rows + inside.window.row0, cols + inside.window.col0
    area = len(rows) * spacing_m[0] * spacing_m[1]
    if len(rows) < 3:
        aspect, strike = 1.0, 0.0
    else:
        spread = np.cov(np.stack([cols * spacing_m[1], -rows * spacing_m[0]]))
        values, vectors = np.linalg.eigh(spread + np.eye(2) * spacing_m[0] * spacing_m[1] / 12)
        aspect = min(sqrt(values[1] / values[0]), _LONGEST)
        strike = degrees(np.arctan2(vectors[0, 1], vectors[1, 1])) % 180
    return Outline(
        float(rows.mean() + corner[1]),
        float(cols.mean() + corner[0]),
        sqrt(area / pi),
        aspect,
        strike,
    )


def template(activity: Activity, aspect: float, strike: float) -> Source:
    """A source of a type and unit size, longer along its strike by the aspect."""
    longer = sqrt(aspect)
    if activity == Activity.SILL:
        return Okada(0.6, 1.1 * longer, 1.1 / longer, strike, dip=0.0, opening=1.0)
    if activity == Activity.DYKE:
        return Okada(0.55, 1.4 * longer, 0.8, strike, dip=88.0, opening=1.0)
    if activity == Activity.EARTHQUAKE:
        return Okada(0.8, 1.2 * longer, 0.9, strike, dip=50.0, dip_slip=1.0)
    if activity == Activity.SPHEROID:
        return Spheroid(1.0, 0.35, 0.2, strike, plunge=80.0, pressure=1.0)
    if activity == Activity.UNIDENTIFIED:
        return PennyCrack(1.0, 0.8, 1.0)
    return Mogi(1.0, 1.0)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """Where a source of unit size moves the ground by more than a person overlooks.

    Attributes:
        strength: By which the source shows the wanted fringes.
        radius: Of the circle of the same area.
        east: Centre of that area from the source.
        north: The same northward.
    """

    strength: float
    radius: float
    east: float
    north: float

    @classmethod
    def of(cls, source: Source, fringes: float, sight: LineOfSight) -> "_Pattern":
        axis = np.linspace(-_REACH, _REACH, _NODES)
        east, north = axis[None, :], -axis[:, None]
        phase = phase_of_displacement(sight.project(*source.displacement(east, north))) / tau
        strength = fringes / (max(float(phase.max()), 0.0) - min(float(phase.min()), 0.0))
        # a pattern of two lobes may show less than half of its fringes in each
        edge = min(EDGE_FRINGES, 0.5 * strength * float(np.abs(phase).max()))
        rows, cols = np.nonzero(np.abs(phase) * strength > edge)
        cell = axis[1] - axis[0]
        area = len(rows) * cell * cell
        return cls(strength, sqrt(area / pi), float(axis[cols].mean()), -float(axis[rows].mean()))


def _enlarged(source: Source, size: float) -> Source:
    """All lengths so many times as long; the motion is the same, so many times as far away."""
    lengths = ("depth", "length", "width", "radius", "semi_major", "semi_minor")
    longer = {name: getattr(source, name) * size for name in lengths if hasattr(source, name)}
    if isinstance(source, Mogi):
        return Mogi(source.depth * size, source.volume_change * size**2)
    if isinstance(source, PennyCrack | Spheroid):
        # the motion grows with the size of a body under the same pressure
        longer["pressure"] = source.pressure / size
    return replace(source, **longer)  # type: ignore[type-var]


def _room(points: Polygon) -> tuple[int, int]:
    cols, rows = np.ceil(points.max(axis=0)).astype(int) + 1
    return int(rows), int(cols)
