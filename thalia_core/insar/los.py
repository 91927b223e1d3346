"""The line of sight of a right-looking radar, and what its phase says in metres.

Sources: Hanssen (2001), *Radar Interferometry*, section 2.4, for the geometry; the LiCSAR products
for the sign (their rasters ``E``, ``N``, ``U``: unit vector from the ground to the satellite).
"""

from dataclasses import dataclass
from math import cos, pi, radians, sin
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thalia_core.cube.schema import CM_PER_CYCLE, WAVELENGTH_M

Floats = NDArray[np.floating[Any]]

RADIANS_PER_METRE = -4 * pi / WAVELENGTH_M
"""Phase of one metre towards the satellite: there and back, and negative."""


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
        parts = zip((self.east, self.north, self.up), (east, north, up), strict=True)
        return np.asarray(sum(share * np.asarray(values) for share, values in parts))


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
