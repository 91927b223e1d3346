"""The point source of pressure."""

from dataclasses import dataclass, replace
from math import pi
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from thalia_core.synth.sources.base import POISSON, Displacement


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

    def scaled(self, factor: float) -> Self:
        """The same source, so many times as strong."""
        return replace(self, volume_change=self.volume_change * factor)
