"""The line of sight of a right-looking radar, and what its phase says in metres.

Sources: Hanssen (2001), *Radar Interferometry*, section 2.4, for the geometry; the LiCSAR products
for the sign (their rasters ``E``, ``N``, ``U``: unit vector from the ground to the satellite).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, radians, sin
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thalia_core.cube.schema import CM_PER_CYCLE, WAVELENGTH_M
from thalia_core.cube.store import CubeStore

Floats = NDArray[np.floating[Any]]

RADIANS_PER_METRE = -4 * pi / WAVELENGTH_M
"""Phase of one metre towards the satellite: there and back, and negative."""
SIGHT = ("los_east", "los_north", "los_up")
_ANGLES = {"heading": 360.0, "avg_incidence_angle": 90.0}


@dataclass(frozen=True, slots=True)
class LineOfSight:
    """Unit vector from the ground to the satellite, in east, north and up."""

    east: float
    north: float
    up: float

    @classmethod
    def of(cls, heading: float, incidence: float) -> "LineOfSight":
        """The vector of a right-looking satellite.

        Args:
            heading: Flight direction in degrees clockwise from north; about -12 for ascending,
                -168 for descending Sentinel-1 passes.
            incidence: Angle at the ground between the vertical and the ray, in degrees.
        """
        h, i = radians(heading), radians(incidence)
        return cls(east=-sin(i) * cos(h), north=sin(i) * sin(h), up=cos(i))

    def project(self, east: ArrayLike, north: ArrayLike, up: ArrayLike) -> Floats:
        """Motion towards the satellite of a displacement, in the displacement's unit."""
        return _projected((self.east, self.north, self.up), (east, north, up))


@dataclass(frozen=True, slots=True, eq=False)
class SightPlanes:
    """The unit vector from the ground to the satellite, pixel by pixel.

    Attributes:
        east: (rows, columns), NaN where the source has no data; as the other two.
        north: Its part to the north.
        up: Its part upwards.
    """

    east: Floats
    north: Floats
    up: Floats

    def project(self, east: ArrayLike, north: ArrayLike, up: ArrayLike) -> Floats:
        """Motion towards the satellite of a displacement, in the displacement's unit."""
        return _projected((self.east, self.north, self.up), (east, north, up))


def sight_of(cube: CubeStore) -> tuple[LineOfSight | SightPlanes | None, str]:
    """The line of sight of a cube's frame, and in words where it comes from, or why there is none.

    The rasters ``los_east``, ``los_north`` and ``los_up`` where all three are there, else one
    vector for the whole frame from the root's ``heading`` and ``avg_incidence_angle``. Across the
    swath of Sentinel-1 the incidence goes from 29 to 46 degrees: the part upwards of that vector is
    wrong by up to 12 % at the edges.

    Raises:
        CubeError: A raster of it is damaged.
    """
    lacking = [name for name in SIGHT if name not in cube.layers]
    if not lacking:
        east, north, up = (cube.read_plane(name) for name in SIGHT)
        return SightPlanes(east, north, up), "from its rasters los_east, los_north and los_up"
    angles = {name: _angle(cube.attrs.get(name), top) for name, top in _ANGLES.items()}
    heading, incidence = angles.values()
    if heading is not None and incidence is not None:
        told = f"one for the whole frame, from heading {heading:g} and incidence {incidence:g}"
        return LineOfSight.of(heading, incidence), told
    absent = [name for name, value in angles.items() if value is None]
    return None, f"it has no {', '.join(lacking)} and no (legible) {' and '.join(absent)}"


def _angle(value: Any, top: float) -> float | None:
    """Degrees; cubes of other programs have them as text, too."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if abs(number) <= top else None


def _projected(sight: Sequence[ArrayLike], displacement: Sequence[ArrayLike]) -> Floats:
    parts = zip(sight, displacement, strict=True)
    return np.asarray(sum(np.asarray(share) * np.asarray(values) for share, values in parts))


def phase_of_displacement(towards_m: ArrayLike) -> Floats:
    """Unwrapped phase in radians of a motion towards the satellite in metres."""
    return np.asarray(towards_m) * RADIANS_PER_METRE


def displacement_of_phase(unwrapped_phase: ArrayLike) -> Floats:
    """Motion towards the satellite in metres of an unwrapped phase in radians."""
    return np.asarray(unwrapped_phase) / RADIANS_PER_METRE


def cycles_to_cm(cycles: ArrayLike) -> Floats:
    """Centimetres along the line of sight of a number of fringes; the sign is kept."""
    return np.asarray(cycles) * CM_PER_CYCLE


def cm_to_cycles(centimetres: ArrayLike) -> Floats:
    """Fringes of a length along the line of sight in centimetres; the sign is kept."""
    return np.asarray(centimetres) / CM_PER_CYCLE
