"""Arithmetic on the circle: range, precision, no-data, blocks."""

from math import pi

import numpy as np
import pytest

from thalia_core.insar.wrap import closure, multilook, phasor, wrap


def test_wrap_gives_the_half_open_turn() -> None:
    angles = np.array([-pi, pi, 3 * pi, 0.0, 2 * pi, -0.5, 7.0])
    expected = np.array([pi, pi, pi, 0.0, 0.0, -0.5, 7.0 - 2 * pi])
    np.testing.assert_allclose(wrap(angles), expected, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_wrap_keeps_precision_range_and_nan(dtype: type) -> None:
    angles = np.linspace(-200, 200, 100_001, dtype=dtype)
    wrapped = wrap(angles)
    assert wrapped.dtype == dtype
    assert wrapped.max() <= np.asarray(pi, dtype)
    assert wrapped.min() > -np.asarray(pi, dtype)
    tolerance = 1e-4 if dtype is np.float32 else 1e-12
    np.testing.assert_allclose(np.exp(1j * wrapped), np.exp(1j * angles), atol=tolerance)
    assert np.isnan(wrap(np.array([np.nan, 1.0]))).tolist() == [True, False]


def test_whole_numbers_are_angles_too() -> None:
    assert wrap(4) == pytest.approx(4 - 2 * pi)


def test_phasor_of_no_data_is_nothing() -> None:
    units = phasor(np.array([0.0, pi / 2, np.nan], np.float32))
    np.testing.assert_allclose(units, [1, 1j, 0], atol=1e-6)
    assert units.dtype == np.complex64


def test_multilook_averages_directions_not_numbers() -> None:
    either_side_of_the_jump = np.array([[pi - 0.1, -pi + 0.1]])
    assert abs(multilook(either_side_of_the_jump, (1, 2))[0, 0]) == pytest.approx(pi)


def test_multilook_keeps_ragged_edges_and_leaves_no_data_out() -> None:
    plane = np.full((5, 7), 0.5)
    plane[0, :2] = np.nan
    plane[4, 6] = np.nan
    small = multilook(plane, (2, 3))
    assert small.shape == (3, 3)
    np.testing.assert_allclose(small[:2], 0.5)
    assert np.isnan(small[2, 2])


def test_multilook_weights() -> None:
    plane = np.array([[0.0, 1.0]])
    assert multilook(plane, (1, 2), np.array([[1.0, 0.0]]))[0, 0] == pytest.approx(0.0)
    with pytest.raises(ValueError, match="positive"):
        multilook(plane, (0, 2))


def test_fringes_survive_a_multilook() -> None:
    ramp = np.tile(np.linspace(0, 20 * pi, 1000), (10, 1))
    small = multilook(wrap(ramp), (10, 10))
    truth = ramp[0].reshape(-1, 10).mean(axis=1)
    np.testing.assert_allclose(wrap(small[0] - truth), 0, atol=1e-6)


def test_closure_of_what_belongs_to_dates_is_zero() -> None:
    a, b, c = np.random.default_rng(1).normal(0, 30, (3, 50, 50))
    loop = closure(wrap(b - a), wrap(c - b), wrap(c - a))
    assert np.abs(loop).max() < 1e-12
