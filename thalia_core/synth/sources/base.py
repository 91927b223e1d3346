"""What all sources have in common."""

from typing import Any, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

POISSON = 0.25
Floats = NDArray[np.floating[Any]]


class Displacement(NamedTuple):
    """East, north and up, in metres."""

    east: Floats
    north: Floats
    up: Floats


class Source(Protocol):
    """Something that moves the ground, in proportion to its strength."""

    @property
    def depth(self) -> float:
        """Of its centre, metres, positive."""
        ...

    @property
    def volume_change(self) -> float:
        """Volume it gains, cubic metres; 0 for a slip."""
        ...

    def displacement(
        self, east: ArrayLike, north: ArrayLike, poisson: float = POISSON
    ) -> Displacement:
        """Motion of the free surface at offsets in metres from the point above the centre."""
        ...

    def scaled(self, factor: float) -> Self:
        """The same source, so many times as strong."""
        ...
