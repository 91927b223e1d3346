"""How alike two acquisitions are, and the noise that follows from it.

Coherence decays with time as g_inf + (g0 - g_inf) exp(-t / tau) (Zebker and Villasenor 1992, with
the long-term term of Morishita and Hanssen 2015): in weeks over plants, in years over lava; steep
slopes lose more, water has none.
"""

import numpy as np
from numpy.typing import NDArray

from thalia_core.insar.wrap import wrap
from thalia_core.synth.fields import Plane
from thalia_core.synth.terrain import Terrain

WATER = 8 / 255
"""Mean of the *estimated* coherence over water, whose true coherence is 0."""
_ESTIMATE_STD = WATER / np.sqrt(np.pi / 2)
"""The estimate over water is Rayleigh distributed; this is its parameter."""
_CRITICAL_BASELINE_M = 5_000.0


def expected_coherence(
    terrain: Terrain, days: int, baseline_m: float = 0.0, wetness: float = 0.0
) -> Plane:
    """True coherence of a pair of dates, 0..1.

    Args:
        terrain: The ground.
        days: Between the two dates.
        baseline_m: Perpendicular baseline.
        wetness: What rain or snow on one of the dates takes from the vegetated ground, 0..1.
    """
    plants = terrain.vegetation
    first = np.float32(0.93) - np.float32(0.05) * plants
    last = np.float32(0.62) - np.float32(0.56) * plants
    # From three years on bare lava to twelve days in dense forest, evenly on a logarithmic scale.
    tau = np.exp((1 - plants) * np.float32(np.log(1_000)) + plants * np.float32(np.log(12)))
    decayed = last + (first - last) * np.exp(np.float32(-days) / tau)
    steep = np.exp(-((terrain.slope / np.float32(38)) ** 2))
    apart = max(0.0, 1 - abs(baseline_m) / _CRITICAL_BASELINE_M)
    wet = 1 - np.float32(wetness) * plants
    return np.asarray(
        np.where(terrain.land, decayed * steep * wet * np.float32(apart), 0), np.float32
    )


def estimated_coherence(coherence: Plane, rng: np.random.Generator) -> Plane:
    """What a window of pixels makes of a true coherence: uncertain, and never quite nothing."""
    spread = np.float32(_ESTIMATE_STD) * (1 - coherence * coherence)
    real = rng.standard_normal(coherence.shape, dtype=np.float32)
    imaginary = rng.standard_normal(coherence.shape, dtype=np.float32)
    return np.asarray(np.clip(np.hypot(coherence + spread * real, spread * imaginary), 1 / 255, 1))


def noisy_phase(
    phase: NDArray[np.floating], coherence: Plane, rng: np.random.Generator, looks: float = 80.0
) -> Plane:
    """Wrapped phase as it is measured: the angle of a noisy complex signal.

    The signal is g exp(i p) + sqrt((1 - g^2) / (2 L)) (n1 + i n2) with standard normal n1 and n2.

    Args:
        phase: Noise-free phase p in radians.
        coherence: True coherence g.
        rng: Random numbers of the pair.
        looks: Effective number of looks L.
    """
    spread = np.sqrt((1 - coherence * coherence) / np.float32(2 * looks))
    # In the frame of the true phase: the noise is isotropic, so only the angle's error is drawn.
    along = coherence + spread * rng.standard_normal(phase.shape, dtype=np.float32)
    across = spread * rng.standard_normal(phase.shape, dtype=np.float32)
    noisy = wrap(phase + np.arctan2(across, along)).astype(np.float32)
    # An exact zero means "no data" in the products that this imitates.
    return np.where(noisy == 0, np.float32(1e-6), noisy)
