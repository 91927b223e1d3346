"""Wrapped phase against height, or against a field of the weather: is it the air?

Phase by stratified air is a line in height, and in the difference of water vapour. The line is
found without unwrapping: the slope is the one under which the phasors agree best (a periodogram, as
in Bekaert et al. 2015 and the topographic estimator of Ferretti et al. 2001), then refined by least
squares on what is left, which is less than half a turn.
"""

from dataclasses import dataclass
from math import pi, sqrt, tau
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thalia_core.errors import ThaliaError
from thalia_core.insar.los import displacement_of_phase
from thalia_core.insar.unwrapping import MIN_COHERENCE, usable_pixels
from thalia_core.insar.wrap import wrap

Floats = NDArray[np.floating[Any]]
MAX_FRINGES = 8.0
"""Fringes between the lowest and the highest ground that a fit looks for, either way."""
_BINS = 512
_LEAST = 30
"""Pixels below which a fit says nothing."""
_MOST = 400_000
"""Pixels above which a fit takes every n-th: neighbours say the same, and a frame has millions."""


@dataclass(frozen=True, slots=True)
class PhaseFit:
    """A line through wrapped phase.

    Attributes:
        slope: Radians per unit of what the phase is set against.
        intercept: Radians at zero of it, in (-pi, pi].
        agreement: Length of the mean phasor of what is left, 0 for random to 1 for none left.
        r2: Share of the circular variance that the line explains, 0..1. For phase of less than half
            a turn it is the usual R2; that one would be near 1 for any steep line through noise.
        pixels: How many pixels were used.
    """

    slope: float
    intercept: float
    agreement: float
    r2: float
    pixels: int

    @property
    def correlation(self) -> float:
        """Root of ``r2`` with the sign of the slope."""
        return float(np.copysign(sqrt(self.r2), self.slope))

    @property
    def cm_per_unit(self) -> float:
        """The slope as motion towards the satellite, centimetres per unit."""
        return float(displacement_of_phase(self.slope)) * 100

    def phase(self, against: ArrayLike) -> Floats:
        """Unwrapped phase of the line, radians; NaN where ``against`` is."""
        return np.asarray(np.asarray(against, np.float64) * self.slope + self.intercept)


def fit_phase(
    wrapped_phase: ArrayLike,
    against: ArrayLike,
    coherence: ArrayLike | None = None,
    *,
    min_coherence: float = MIN_COHERENCE,
    inside: NDArray[np.bool_] | None = None,
    max_fringes: float = MAX_FRINGES,
) -> PhaseFit:
    """The line that wrapped phase follows.

    Args:
        wrapped_phase: Radians, of any shape; NaN for no data.
        against: What it is set against, e.g. heights in km; NaN for no data.
        coherence: 0..1; a pixel counts by its square. All alike when left out.
        min_coherence: Pixels below it are left out.
        inside: Pixels to use, e.g. without the deformation; all when left out.
        max_fringes: The steepest line looked for, in fringes over the range of ``against``.

    Raises:
        ThaliaError: Fewer than 30 pixels have both, or ``against`` is the same everywhere.
    """
    angles, values = np.asarray(wrapped_phase, np.float64), np.asarray(against, np.float64)
    usable = usable_pixels(angles, coherence, min_coherence) & np.isfinite(values)
    if inside is not None:
        usable &= inside
    chosen = np.flatnonzero(usable)
    chosen = chosen[:: -(-chosen.size // _MOST) or 1]
    p, x = angles.ravel()[chosen], values.ravel()[chosen]
    if p.size < _LEAST or not np.ptp(x) > 0:
        why = f"{p.size} pixels have both" if p.size < _LEAST else "all values are the same"
        raise ThaliaError(
            "no line can be fitted to the phase", why=why, fix="choose a larger or clearer window"
        )
    weight = np.ones(p.size)
    if coherence is not None:
        weight = np.asarray(coherence, np.float64).ravel()[chosen] ** 2
    middle = float(np.average(x, weights=weight))
    slope = _search(p, x - middle, weight, max_fringes)
    slope, offset = _refined(p, x - middle, weight, slope)
    before = _agreement(p, weight)
    after = _agreement(p - slope * (x - middle), weight)
    r2 = 0.0 if before >= 1 else float(np.clip(1 - (1 - after) / (1 - before), 0, 1))
    return PhaseFit(slope, float(wrap(offset - slope * middle)), after, r2, int(p.size))


def fit_height(
    wrapped_phase: ArrayLike,
    height_m: ArrayLike,
    coherence: ArrayLike | None = None,
    *,
    min_coherence: float = MIN_COHERENCE,
    inside: NDArray[np.bool_] | None = None,
) -> PhaseFit:
    """The stratification: slope in rad/km; ``cm_per_unit`` is cm/km. See :func:`fit_phase`."""
    height_km = np.asarray(height_m, np.float64) / 1000
    return fit_phase(
        wrapped_phase, height_km, coherence, min_coherence=min_coherence, inside=inside
    )


def minus_fit(wrapped_phase: ArrayLike, fit: PhaseFit, against: ArrayLike) -> Floats:
    """Wrapped phase without the line, in (-pi, pi]; NaN where either is.

    Args:
        wrapped_phase: Radians.
        fit: The line.
        against: What it was fitted against, in the same unit (km for :func:`fit_height`).
    """
    return wrap(np.asarray(wrapped_phase, np.float64) - fit.phase(against))


def _search(p: Floats, x: Floats, weight: Floats, max_fringes: float) -> float:
    """Slope of the best agreement, to an eighth of a fringe over the range."""
    low, span = float(x.min()), float(np.ptp(x))
    bins = np.minimum(((x - low) / span * _BINS).astype(np.intp), _BINS - 1)
    units = np.exp(1j * p) * weight
    sums = np.bincount(bins, units.real, _BINS) + 1j * np.bincount(bins, units.imag, _BINS)
    held = np.bincount(bins, weight, _BINS)
    centres = np.bincount(bins, weight * x, _BINS) / np.where(held > 0, held, 1)
    steps = round(max_fringes * 8)
    slopes = np.arange(-steps, steps + 1) * (tau / span / 8)
    found = np.abs(np.exp(-1j * slopes[:, None] * centres[None, :]) @ sums)
    return float(slopes[int(found.argmax())])


def _refined(p: Floats, x: Floats, weight: Floats, slope: float) -> tuple[float, float]:
    """Least squares on what is left; what lies farther off than most counts less (Huber)."""
    offset = float(np.angle(np.sum(weight * np.exp(1j * (p - slope * x)))))
    for _ in range(10):
        rest = np.asarray(wrap(p - slope * x - offset))
        bound = max(1.5 * 1.4826 * float(np.median(np.abs(rest))), 1e-6)
        w = weight * np.minimum(1, bound / np.maximum(np.abs(rest), 1e-12))
        centre, mean = np.average(x, weights=w), np.average(rest, weights=w)
        spread = np.average((x - centre) ** 2, weights=w)
        if not spread > 0:
            break
        change = float(np.average((x - centre) * (rest - mean), weights=w) / spread)
        slope, offset = slope + change, offset + float(mean - change * centre)
        if abs(change) * float(np.ptp(x)) < pi * 1e-6:
            break
    return slope, offset


def _agreement(p: Floats, weight: Floats) -> float:
    return float(np.abs(np.sum(weight * np.exp(1j * p))) / np.sum(weight))
