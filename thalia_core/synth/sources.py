"""Displacement of the ground by sources at depth, in a homogeneous elastic half-space.

Metres throughout, z up, Poisson's ratio 0.25 unless given.
"""

from dataclasses import dataclass
from math import pi
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

POISSON = 0.25


class Displacement(NamedTuple):
    """East, north and up, in metres."""

    east: NDArray[np.floating[Any]]
    north: NDArray[np.floating[Any]]
    up: NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Mogi:
    """A small sphere that changes its volume.

    Mogi, K. (1958): Relations between the eruptions of various volcanoes and the deformations of
    the ground surfaces around them. Bull. Earthq. Res. Inst. 36, 99-134.

    Attributes:
        depth: Of the centre, metres, positive.
        volume_change: Cubic metres; negative for deflation.
    """

    depth: float
    volume_change: float

    def displacement(
        self, east: ArrayLike, north: ArrayLike, poisson: float = POISSON
    ) -> Displacement:
        """Motion of the free surface at offsets from the point above the source."""
        x, y = np.asarray(east), np.asarray(north)
        distance_cubed = (x * x + y * y + self.depth**2) ** 1.5
        share = (1 - poisson) * self.volume_change / pi / distance_cubed
        return Displacement(share * x, share * y, share * self.depth)
