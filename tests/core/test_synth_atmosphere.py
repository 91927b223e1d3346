"""Turbulence has the spectrum and size it is asked for; ERA5 fields tell of the stratification."""

import numpy as np
import pytest
from numpy.typing import NDArray

from thalia_core.insar.los import RADIANS_PER_METRE
from thalia_core.synth.atmosphere import (
    MEAN_HEIGHT_M,
    MEAN_WATER,
    MEANS,
    Weather,
    WeatherModel,
    radians_per_km,
    stratified_phase,
    turbulence_amplitude,
    turbulent_delay,
)

SPACING = (100.0, 100.0)


def average_profile_spectrum(spacing: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean power of profiles along the rows, by cycles per metre."""
    power = np.zeros(1025)
    for seed in range(6):
        rng = np.random.default_rng(seed)
        screen = turbulent_delay((256, 2048), (spacing, spacing), rng)
        tapered = (screen - screen.mean(axis=1, keepdims=True)) * np.hanning(2048)
        power += (np.abs(np.fft.rfft(tapered, axis=1)) ** 2).mean(axis=0)
    return np.fft.rfftfreq(2048, spacing), power


@pytest.mark.parametrize(
    ("spacing", "longest_m", "shortest_m", "slope"),
    [(500.0, 25_000, 5_000, -5 / 3), (100.0, 1_000, 400, -8 / 3)],
)
def test_profiles_of_turbulence_have_hanssens_slopes(
    spacing: float, longest_m: float, shortest_m: float, slope: float
) -> None:
    frequency, power = average_profile_spectrum(spacing)
    band = (frequency > 1 / longest_m) & (frequency < 1 / shortest_m)
    fitted = np.polyfit(np.log(frequency[band]), np.log(power[band]), 1)[0]
    assert fitted == pytest.approx(slope, abs=0.25)


def test_the_spectrum_has_three_regimes_and_an_outer_scale() -> None:
    lengths = np.array([200e3, 100e3, 40e3, 2e3, 1.2e3, 300, 200, 20])
    amplitude = turbulence_amplitude((1 / lengths).astype(np.float32))
    slopes = np.diff(np.log(amplitude.astype(float)))[::2] / -np.diff(np.log(lengths))[::2]
    # The plane's spectrum is one power steeper than its profiles', and the amplitude its root.
    profiles = np.array([-5 / 3, -8 / 3, -2 / 3])
    np.testing.assert_allclose(slopes, [0, *(profiles - 1) / 2], atol=1e-4)


def test_turbulence_has_the_asked_size_at_five_kilometres() -> None:
    steps = []
    for seed in range(20):
        screen = turbulent_delay((300, 300), SPACING, np.random.default_rng(seed), rms_m=0.02)
        steps.append(np.mean((screen[:, 50:] - screen[:, :-50]) ** 2))
        steps.append(np.mean((screen[50:] - screen[:-50]) ** 2))
    assert np.sqrt(np.mean(steps)) == pytest.approx(0.02, rel=0.1)


def test_opposite_edges_do_not_know_of_each_other() -> None:
    jumps = [
        np.ptp(turbulent_delay((200, 200), SPACING, np.random.default_rng(s))[:, [0, -1]].mean(0))
        for s in range(5)
    ]
    assert min(jumps) > 1e-4


def test_stratification_spreads_as_asked_between_dates() -> None:
    days = [Weather.draw(np.random.default_rng(s), 2.0, 39.0) for s in range(2_000)]
    k = [radians_per_km(day.water, 39.0) for day in days]
    assert np.std(k) == pytest.approx(2.0, rel=0.05)
    assert np.mean(k) == pytest.approx(0.0, abs=0.15)


def test_a_wet_day_lowers_the_phase_of_the_summits() -> None:
    height = np.array([[0.0, 1_000.0]], np.float32)
    phase = stratified_phase(height, MEAN_WATER + 5, 39.0)
    assert phase[0, 0] == 0
    assert phase[0, 1] == pytest.approx(radians_per_km(MEAN_WATER + 5, 39.0), rel=1e-5)
    assert phase[0, 1] < 0
    assert abs(phase[0, 1] / RADIANS_PER_METRE) < 0.03  # centimetres, not metres


def test_era5_fields_have_the_published_means_at_mean_height() -> None:
    model = WeatherModel(np.full((200, 200), MEAN_HEIGHT_M, np.float32), SPACING)
    for name, mean in MEANS.items():
        values = [
            model.field(name, Weather.draw(np.random.default_rng(s), 2.0, 39.0),
                        np.random.default_rng(s)).mean()
            for s in range(60)
        ]  # fmt: skip
        assert np.mean(values) == pytest.approx(mean, rel=0.05)


def test_era5_fields_are_smooth_and_fall_with_height() -> None:
    rows, cols = np.mgrid[:600, :600]
    height = (2_000 * np.exp(-((rows - 150) ** 2 + (cols - 150) ** 2) / 2 / 120**2)).astype(
        np.float32
    )
    model = WeatherModel(height, SPACING)
    day = Weather.draw(np.random.default_rng(4), 2.0, 39.0)
    pressure = model.field("surface_pressure", day, np.random.default_rng(1))
    water = model.field("total_column_water_vapour", day, np.random.default_rng(1))
    assert pressure[150, 150] < pressure[550, 550] - 2_000
    assert water[150, 150] < water[550, 550] - 1
    assert np.abs(np.diff(pressure, axis=0)).max() < 100


def test_era5_water_carries_the_stratification() -> None:
    model = WeatherModel(np.full((100, 100), 300, np.float32), SPACING)
    days = [Weather.draw(np.random.default_rng(s), 2.0, 39.0) for s in range(30)]
    water = [
        model.field("total_column_water_vapour", day, np.random.default_rng(i)).mean()
        for i, day in enumerate(days)
    ]
    k = [radians_per_km(day.water, 39.0) for day in days]
    assert np.corrcoef(water, k)[0, 1] < -0.95


def test_an_unknown_variable_is_refused() -> None:
    model = WeatherModel(np.zeros((50, 50), np.float32), SPACING)
    with pytest.raises(ValueError, match="no such"):
        model.field("temperature", Weather(30, 1e5, 250), np.random.default_rng(1))
