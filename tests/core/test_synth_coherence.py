"""Coherence decays as it should, and noise is that of the complex signal model."""

import numpy as np
import pytest

from thalia_core.insar.wrap import wrap
from thalia_core.synth.coherence import (
    WATER,
    estimated_coherence,
    expected_coherence,
    noisy_phase,
)
from thalia_core.synth.terrain import Terrain

LAVA, FOREST, CLIFF, SEA = range(4)


def ground() -> Terrain:
    """One pixel of lava, forest, steep lava, and sea."""
    return Terrain(
        height=np.array([[10, 10, 10, 0]], np.float32),
        land=np.array([[True, True, True, False]]),
        vegetation=np.array([[0, 1, 0, 0]], np.float32),
        slope=np.array([[0, 0, 45, 0]], np.float32),
    )


def test_coherence_fades_in_weeks_over_forest_and_in_years_over_lava() -> None:
    fresh, later, long_after = (expected_coherence(ground(), days)[0] for days in (12, 48, 1_500))
    assert fresh[LAVA] > 0.9
    assert later[LAVA] > 0.85
    assert later[FOREST] < 0.1 < 0.3 < fresh[FOREST]
    assert long_after[LAVA] == pytest.approx(0.7, abs=0.08)


def test_slopes_water_baseline_and_rain_take_coherence() -> None:
    best = expected_coherence(ground(), 12)[0]
    assert best[CLIFF] < 0.5 * best[LAVA]
    assert best[SEA] == 0
    assert expected_coherence(ground(), 12, baseline_m=-500)[0, LAVA] == pytest.approx(
        0.9 * best[LAVA]
    )
    assert expected_coherence(ground(), 12, wetness=0.5)[0, FOREST] < 0.6 * best[FOREST]


def test_estimated_coherence_over_water_is_eight_of_255() -> None:
    estimate = estimated_coherence(np.zeros((200, 200), np.float32), np.random.default_rng(0))
    assert estimate.mean() == pytest.approx(WATER, rel=0.02)
    assert estimate.min() >= 1 / 255  # 0 means no data
    high = estimated_coherence(np.full((200, 200), 0.9, np.float32), np.random.default_rng(0))
    assert high.mean() == pytest.approx(0.9, abs=0.01)
    assert high.max() <= 1


@pytest.mark.parametrize("coherence", [0.5, 0.7, 0.9])
def test_noise_follows_the_signal_model(coherence: float) -> None:
    truth = np.full((200, 200), 3.0)
    plane = np.full(truth.shape, coherence, np.float32)
    error = wrap(noisy_phase(truth, plane, np.random.default_rng(1), looks=80) - truth)
    expected = np.sqrt((1 - coherence**2) / (2 * 80)) / coherence
    assert error.std() == pytest.approx(expected, rel=0.05)
    assert abs(error.mean()) < 0.01


def test_phase_without_coherence_is_any_angle_but_never_exactly_zero() -> None:
    noise = noisy_phase(
        np.zeros((300, 300)), np.zeros((300, 300), np.float32), np.random.default_rng(2)
    )
    counts, _ = np.histogram(noise, 8, (-np.pi, np.pi))
    assert counts.min() > 0.9 * counts.mean()
    quiet = noisy_phase(np.zeros((50, 50)), np.ones((50, 50), np.float32), np.random.default_rng(2))
    assert (quiet != 0).all()
    assert np.abs(quiet).max() < 1e-5
