"""How many fringes a pattern has from its edge to its centre, and the intensity that follows.

The intensity levels are those of the annotations: the number of fringes, rounded to the nearest
whole, is 1 or less for Low, 2 or 3 for Medium, 4 or more for High.
"""

from dataclasses import dataclass
from math import pi, sqrt, tau

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from thalia_core.cube.labels import Intensity
from thalia_core.cube.labels import intensity_of as intensity_of
from thalia_core.insar.los import displacement_of_phase
from thalia_core.insar.profile import Profile

Mask = NDArray[np.bool_]
_LEVELS = {
    Intensity.LOW: "1 or fewer is Low",
    Intensity.MEDIUM: "2 or 3 is Medium",
    Intensity.HIGH: "4 or more is High",
}


@dataclass(frozen=True, slots=True)
class FringeCount:
    """Fringes from the edge of a pattern to its centre.

    Attributes:
        fringes: Range of the unwrapped phase over a whole turn.
        lowest: Least unwrapped phase with respect to the edge, radians.
        highest: Greatest of them.
        towards_cm: Motion towards the satellite, with respect to the edge, where it is greatest;
            negative for motion away.
        reached: Share of the line or mask whose phase could be unwrapped, 0..1.
        edge: In words what the edge is.
    """

    fringes: float
    lowest: float
    highest: float
    towards_cm: float
    reached: float
    edge: str

    @property
    def whole(self) -> int:
        """Fringes rounded to the nearest whole number."""
        return round(self.fringes)

    @property
    def intensity(self) -> Intensity:
        """The level that the number suggests."""
        return intensity_of(self.fringes)

    @property
    def rule(self) -> str:
        """How the level comes about, for people."""
        return (
            f"{self.fringes:.2f} fringes between the lowest and the highest unwrapped phase "
            f"(edge: {self.edge}), rounded {self.whole}: {_LEVELS[self.intensity]}"
        )


def fringes_along(line: Profile) -> FringeCount | None:
    """Fringes along a line that begins at the edge of a pattern and reaches or crosses its centre.

    Returns:
        The count, by a running median of three samples; None where nothing was unwrapped.
    """
    phase = line.unwrapped_phase[np.isfinite(line.unwrapped_phase)]
    if not phase.size:
        return None
    steady = ndimage.median_filter(phase, size=3, mode="nearest")
    return _count(
        float(steady[0]),
        float(steady.min()),
        float(steady.max()),
        phase.size / len(line),
        "the beginning of the line",
    )


def fringes_in(
    unwrapped_phase: ArrayLike, mask: Mask, others: Mask | None = None
) -> FringeCount | None:
    """Fringes of a masked pattern against the ground around it.

    The edge is the median phase of a ring around the mask, half a radius of the circle of its area
    to one and a half away: masks are drawn where a pattern is seen, which is not where it begins.
    Without such ground the edge is the outermost pixels of the mask. A faint lobe of the other
    sense outside the mask is not counted.

    Args:
        unwrapped_phase: (rows, columns) radians, NaN where not reached; with room for the ring, see
            :func:`ring_width`.
        mask: The pattern.
        others: Further patterns, which are no ground.

    Returns:
        The count, by medians of 3 x 3 pixels, which single errors of the unwrapping do not move.
        None where nothing of the mask was unwrapped.
    """
    phase = np.asarray(unwrapped_phase, np.float64)
    known = np.isfinite(phase)
    if not (mask & known).any():
        return None
    inner = _steady(phase, mask & known)
    edge, named = _edge(phase, mask, known if others is None else known & ~others)
    low, high = min(float(inner.min()), edge), max(float(inner.max()), edge)
    return _count(edge, low, high, inner.size / int(mask.sum()), named)


def ring_width(mask: Mask) -> int:
    """Pixels around a mask that :func:`fringes_in` looks at: one and a half radii, 6 or more."""
    return max(round(1.5 * sqrt(int(mask.sum()) / pi)), 6)


def _steady(phase: NDArray[np.float64], pixels: Mask) -> NDArray[np.float64]:
    """Median of the known neighbours of each of some pixels that are known, (n,)."""
    rows, cols = np.nonzero(pixels)
    framed = np.pad(phase, 1, constant_values=np.nan)
    around = [framed[rows + down, cols + right] for down in range(3) for right in range(3)]
    return np.asarray(np.nanmedian(np.stack(around), axis=0), np.float64)


def _edge(phase: NDArray[np.float64], mask: Mask, known: Mask) -> tuple[float, str]:
    width = ring_width(mask)
    away = ndimage.distance_transform_edt(~mask)
    ring = (away > width / 3) & (away <= width) & known
    if ring.sum() >= 8:
        return float(np.median(phase[ring])), "the ground around the mask"
    rim = mask & ~ndimage.binary_erosion(mask) & known
    return float(np.median(phase[rim if rim.any() else mask & known])), "the rim of the mask"


def _count(edge: float, low: float, high: float, reached: float, named: str) -> FringeCount:
    farthest = low if edge - low > high - edge else high
    towards = float(displacement_of_phase(farthest - edge)) * 100
    return FringeCount((high - low) / tau, low - edge, high - edge, towards, reached, named)
