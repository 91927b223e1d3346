"""Phase against height and weather: slopes that were put in come out within 3 %."""

from dataclasses import replace

import numpy as np
import pytest

from thalia_core.errors import ThaliaError
from thalia_core.insar.height import fit_height, fit_phase, minus_fit
from thalia_core.insar.los import phase_of_displacement
from thalia_core.insar.wrap import wrap
from thalia_core.synth.atmosphere import turbulent_delay
from thalia_core.synth.chance import random_plan
from thalia_core.synth.coherence import noisy_phase
from thalia_core.synth.scene import Scene

PLAN = replace(random_plan(seed=4, size=200, dates=3), events=(), stratification=3.0)
SCENE = Scene(PLAN)
HEIGHT = SCENE.terrain.height.astype(float)
COHERENCE = np.where(SCENE.terrain.land, 0.5, 0.0).astype(np.float32)


def stratified(slope: float, seed: int = 0, turbulence_m: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    phase = slope * HEIGHT / 1000 + rng.uniform(-np.pi, np.pi)
    if turbulence_m:
        phase += phase_of_displacement(turbulent_delay(HEIGHT.shape, (111, 111), rng, turbulence_m))
    return noisy_phase(phase, COHERENCE, rng)


@pytest.mark.parametrize("slope", [-25.0, -6.0, -2.8, 1.5, 2.8, 9.0, 30.0])
def test_a_slope_comes_back_within_three_per_cent(slope: float) -> None:
    fit = fit_height(stratified(slope), HEIGHT, COHERENCE)
    assert fit.slope == pytest.approx(slope, rel=0.03)
    assert fit.cm_per_unit == pytest.approx(-slope * 2.773288 / (2 * np.pi), rel=0.03)
    assert np.sign(fit.correlation) == np.sign(slope)
    assert fit.r2 > 0.8
    assert fit.pixels == (COHERENCE > 0.1).sum()


@pytest.mark.parametrize("seed", range(4))
def test_turbulent_air_hides_little_of_a_strong_slope(seed: int) -> None:
    fit = fit_height(stratified(9.0, seed, 0.001), HEIGHT, COHERENCE)
    assert fit.slope == pytest.approx(9.0, rel=0.03)


def test_a_scene_has_the_slope_of_its_truth() -> None:
    """The delay of the scene is an exponential of height, whose line least squares knows."""
    quiet = Scene(replace(PLAN, turbulence_m=(1e-6, 1e-6)))
    for pair in PLAN.pairs:
        phase, coherence = quiet.measured(pair)
        fit = fit_height(phase, HEIGHT, coherence)
        used = (coherence >= 0.1) & np.isfinite(phase)
        first, second = (quiet._epoch(day)[used] for day in (pair.primary, pair.secondary))
        weight = coherence[used].astype(float)  # polyfit squares them
        truth = np.polyfit(HEIGHT[used] / 1000, second - first, 1, w=weight)[0]
        assert fit.slope == pytest.approx(truth, rel=0.03, abs=0.02)


def test_phase_minus_the_fit_is_flat() -> None:
    phase = stratified(12.0)
    fit = fit_height(phase, HEIGHT, COHERENCE)
    rest = minus_fit(phase, fit, HEIGHT / 1000)
    land = COHERENCE > 0
    assert phase[land].std() > 1
    assert rest[land].std() < 0.15
    assert np.isnan(minus_fit(phase, fit, np.full(HEIGHT.shape, np.nan))).all()


def test_deformation_in_a_corner_does_not_bend_the_line() -> None:
    phase = np.array(stratified(5.0), float)
    phase[:60, :60] += 2.0
    fit = fit_height(wrap(phase), HEIGHT, COHERENCE)
    assert fit.slope == pytest.approx(5.0, rel=0.05)
    outside = np.ones(HEIGHT.shape, bool)
    outside[:60, :60] = False
    fit = fit_height(wrap(phase), HEIGHT, COHERENCE, inside=outside)
    assert fit.slope == pytest.approx(5.0, rel=0.03)


def test_noise_has_no_line() -> None:
    noise = np.random.default_rng(2).uniform(-np.pi, np.pi, HEIGHT.shape)
    fit = fit_height(noise, HEIGHT)
    assert fit.r2 < 0.02
    assert abs(fit.correlation) < 0.15


def test_correlation_with_the_weather() -> None:
    water = HEIGHT / -1000 + np.random.default_rng(3).normal(0, 0.02, HEIGHT.shape)
    fit = fit_phase(stratified(-6.0), water, COHERENCE)
    assert fit.correlation > 0.9
    assert fit.slope == pytest.approx(6.0, rel=0.05)


@pytest.mark.parametrize(
    ("phase", "height", "why"),
    [
        (np.zeros((9, 9)), np.zeros((9, 9)), "the same"),
        (np.full((9, 9), np.nan), np.arange(81.0).reshape(9, 9), "0 pixels"),
        (np.zeros((2, 2)), np.arange(4.0).reshape(2, 2), "4 pixels"),
    ],
)
def test_what_has_no_line_says_why(phase: np.ndarray, height: np.ndarray, why: str) -> None:
    with pytest.raises(ThaliaError, match=why):
        fit_height(phase, height)
