"""Profiles and fringe counts against closed forms and synthetic truth."""

from math import pi, tau

import numpy as np
import pytest

from thalia_core.cube.labels import Intensity
from thalia_core.insar.fringes import fringes_along, fringes_in, intensity_of, ring_width
from thalia_core.insar.los import LineOfSight, phase_of_displacement
from thalia_core.insar.profile import positions, profile, sample, sample_phase
from thalia_core.insar.unwrapping import unwrap
from thalia_core.insar.wrap import wrap
from thalia_core.synth.coherence import noisy_phase
from thalia_core.synth.sources import Mogi

SPACING = (111.0, 105.0)
SIZE = 161
UP = LineOfSight(0.0, 0.0, 1.0)


def mogi_phase(fringes: float, depth: float = 3_000.0, sight: LineOfSight = UP) -> np.ndarray:
    """A Mogi source below the middle that shows so many fringes from far away to its centre."""
    top = Mogi(depth, 1e6).displacement(0.0, 0.0).up
    source = Mogi(depth, 1e6 * fringes * 0.05546576 / 2 / float(top))
    north = -(np.arange(SIZE) - SIZE // 2)[:, None] * SPACING[0]
    east = (np.arange(SIZE) - SIZE // 2)[None, :] * SPACING[1]
    return phase_of_displacement(sight.project(*source.displacement(east, north)))


def test_positions_step_by_a_pixel_and_hold_every_vertex() -> None:
    rows, cols = positions([(0, 0), (0, 10), (7.5, 10)])
    assert np.hypot(np.diff(rows), np.diff(cols)).max() <= 1 + 1e-12
    assert (0.0, 10.0) in set(zip(rows, cols, strict=True))
    assert (rows[-1], cols[-1]) == (7.5, 10)
    for wrong in ([(1, 1)], [(1, 1), (1, 1)], [1, 2, 3]):
        with pytest.raises(ValueError, match="line"):
            positions(wrong)


def test_phase_between_pixels_goes_the_short_way_round() -> None:
    plane = np.array([[pi - 0.1, -pi + 0.1]])
    assert abs(sample_phase(plane, [0.0], [0.5])[0]) == pytest.approx(pi)
    assert sample(np.array([[1.0, 3.0]]), [0.0], [0.25])[0] == pytest.approx(1.5)


def test_no_data_has_no_part_in_a_mean_and_spreads_no_farther_than_itself() -> None:
    plane = np.array([[1.0, np.nan], [1.0, np.nan]])
    found = sample(plane, [0.0, 0.0, 0.5, 5.0], [0.4, 0.6, 0.0, 0.0])
    np.testing.assert_array_equal(found, [1.0, np.nan, 1.0, np.nan])


@pytest.mark.parametrize("noise", [False, True])
def test_profile_over_a_mogi_source_is_its_closed_form_in_centimetres(noise: bool) -> None:
    depth, volume = 4_000.0, 6e6
    source, sight = Mogi(depth, volume), LineOfSight.of(-12, 39)
    axis = np.arange(SIZE) - SIZE // 2
    north, east = -axis[:, None] * SPACING[0], axis[None, :] * SPACING[1]
    wrapped = wrap(phase_of_displacement(sight.project(*source.displacement(east, north))))
    coherence = np.full(wrapped.shape, 0.6, np.float32)
    if noise:
        wrapped = noisy_phase(wrapped, coherence, np.random.default_rng(1))
    found = profile([(80, 0), (80, 160)], wrapped, SPACING, coherence=coherence)
    # (1 - nu) dV / pi * (r sin(i) cos(h) ..., d cos i) / R^3 along the east-west line
    r = (np.arange(SIZE) - 80) * SPACING[1]
    share = 0.75 * volume / pi / (r**2 + depth**2) ** 1.5
    truth = 100 * share * (r * sight.east + depth * sight.up)
    rms = np.sqrt(np.mean((found.towards_cm - found.towards_cm.mean() - truth + truth.mean()) ** 2))
    assert np.ptp(truth) > 5
    assert rms < (0.06 if noise else 1e-9)
    np.testing.assert_allclose(found.distance_m, np.arange(SIZE) * SPACING[1])
    np.testing.assert_allclose(wrap(found.unwrapped_phase), found.wrapped_phase, atol=1e-9)


def test_a_profile_between_pixels_is_the_closed_form_too() -> None:
    phase = mogi_phase(3.0)
    found = profile([(20.3, 18.6), (80, 80), (139.2, 97.4)], wrap(phase), SPACING)
    truth = sample(phase, found.rows, found.cols)
    np.testing.assert_allclose(
        found.unwrapped_phase - found.unwrapped_phase[0], truth - truth[0], atol=0.01
    )


def test_a_lake_across_the_line_does_not_lose_the_count() -> None:
    phase = mogi_phase(6.0)
    wrapped = wrap(phase)
    wrapped[60:100, 50:66] = np.nan  # two fringes lie within it on the line
    found = profile([(80, 0), (80, 80)], wrapped, SPACING)
    assert np.isnan(found.unwrapped_phase[50:66]).all()
    truth = phase[80, :81]
    away = found.unwrapped_phase - truth
    assert np.ptp(away[np.isfinite(away)]) < 1e-9
    assert fringes_along(found).fringes == pytest.approx(np.ptp(truth) / tau, abs=0.05)


def test_layers_that_are_absent_are_no_data() -> None:
    found = profile([(1, 1), (5, 5)], np.zeros((9, 9)) + 0.5, SPACING)
    assert np.isnan(found.height_m).all()
    assert np.isnan(found.coherence).all()
    nothing = profile([(1, 1), (5, 5)], np.full((9, 9), np.nan), SPACING)
    assert np.isnan(nothing.towards_cm).all()
    assert fringes_along(nothing) is None


LEVELS = [
    (0.8, Intensity.LOW), (1.2, Intensity.LOW),
    (1.8, Intensity.MEDIUM), (2.4, Intensity.MEDIUM), (3.2, Intensity.MEDIUM),
    (3.8, Intensity.HIGH), (5.0, Intensity.HIGH), (9.0, Intensity.HIGH),
]  # fmt: skip


@pytest.mark.parametrize("sense", [1, -1])
@pytest.mark.parametrize(("fringes", "level"), LEVELS)
def test_fringes_of_every_intensity_along_a_line_and_in_a_mask(
    fringes: float, level: Intensity, sense: int
) -> None:
    phase = mogi_phase(fringes * sense, depth=2_500)
    coherence = np.full(phase.shape, 0.5, np.float32)
    wrapped = noisy_phase(phase, coherence, np.random.default_rng(8))
    line = fringes_along(profile([(0, 80), (80, 80)], wrapped, SPACING, coherence=coherence))
    mask = np.abs(phase) > tau / 3
    around = fringes_in(unwrap(wrapped, coherence, around=mask), mask)
    shown = np.ptp(phase[:81, 80]) / tau  # the edge of the raster is not infinitely far away
    for count, truth, tolerance in ((line, shown, 0.1), (around, fringes, 0.25)):
        assert count.fringes == pytest.approx(truth, abs=tolerance)
        assert count.intensity == level
        assert np.sign(count.towards_cm) == sense
        assert count.reached == 1
        assert level.name.capitalize() in count.rule
        assert f"rounded {count.whole}" in count.rule
    crossed = fringes_along(profile([(0, 80), (160, 80)], wrapped, SPACING, coherence=coherence))
    assert crossed.fringes == pytest.approx(line.fringes, abs=0.15)


def test_a_pattern_of_two_lobes_counts_from_top_to_bottom() -> None:
    phase = np.roll(mogi_phase(1.6, 2_000), -25, axis=1) - np.roll(mogi_phase(1.4, 2_000), 25, 1)
    mask = np.abs(phase) > tau / 3
    count = fringes_in(unwrap(wrap(phase)), mask)
    assert count.fringes == pytest.approx(np.ptp(phase) / tau, abs=0.1)
    assert count.lowest < 0 < count.highest


def test_a_mask_on_ground_without_surroundings_is_counted_from_its_rim() -> None:
    phase = mogi_phase(4.0)
    mask = np.abs(phase) > tau / 3
    wrapped = np.where(mask, wrap(phase), np.nan)
    count = fringes_in(unwrap(wrapped), mask)
    assert count.edge == "the rim of the mask"
    assert count.fringes == pytest.approx(4.0 - 1 / 3, abs=0.15)
    assert fringes_in(np.full(mask.shape, np.nan), mask) is None


def test_the_borders_of_the_levels() -> None:
    assert [intensity_of(n).name for n in (0, 1.49, 1.51, 3.49, 3.51, 40)] == [
        "LOW", "LOW", "MEDIUM", "MEDIUM", "HIGH", "HIGH",
    ]  # fmt: skip
    assert ring_width(np.ones((3, 3), bool)) == 6
