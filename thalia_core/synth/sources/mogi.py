"""The point source of pressure."""

from dataclasses import dataclass, replace
from math import pi
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from thalia_core.errors import ConfigError
from thalia_core.synth.sources.base import POISSON, Displacement


@dataclass(frozen=True, slots=True)
class Mogi:
    """A small sphere that changes its volume.

    Mogi, K. (1958): Relations between the eruptions of various volcanoes and the deformations of
    the ground surfaces around them. Bull. Earthq. Res. Inst. 36, 99-134.

    Attributes:
        depth: Of the centre, metres, positive.
        volume_change: Cubic metres; negative for deflation.

    Raises:
        ConfigError: It does not lie below the surface.
    """

    depth: float
    volume_change: float

    def __post_init__(self) -> None:
        """Refuse a source on or above the surface."""
        if not self.depth > 0:
            raise ConfigError(
                "the source is not buried",
                where=f"depth {self.depth:g} m",
                fix="give a positive depth",
            )

    def displacement(
        self, east: ArrayLike, north: ArrayLike, poisson: float = POISSON
    ) -> Displacement:
        """Motion of the free surface at offsets from the point above the source.

        u = (1 - nu) dV / pi * (r, d) / R^3 outward and up, with R^2 = r^2 + d^2.
        """
        x, y = np.asarray(east, np.float64), np.asarray(north, np.float64)
        squared = x * x + y * y + self.depth**2
        share = (1 - poisson) * self.volume_change / pi / (squared * np.sqrt(squared))
        return Displacement(share * x, share * y, share * self.depth)

    def scaled(self, factor: float) -> Self:
        """The same source, so many times as strong."""
        return replace(self, volume_change=self.volume_change * factor)
