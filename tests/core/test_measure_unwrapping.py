"""Local unwrapping: closed surfaces come back, holes are walked around, islands are not guessed."""

from math import pi, tau

import numpy as np
import pytest

from thalia_core.insar.unwrapping import unwrap, unwrap_parts
from thalia_core.insar.wrap import wrap


def dome(fringes: float = 5.0, size: int = 90) -> np.ndarray:
    rows, cols = np.mgrid[:size, :size] - size / 2
    return -fringes * tau * np.exp(-(rows**2 + cols**2) / (size / 4) ** 2)


def same_up_to_a_constant(found: np.ndarray, truth: np.ndarray, within: float = 1e-9) -> bool:
    difference = (found - truth)[np.isfinite(found)]
    return bool(difference.size and np.ptp(difference) < within)


def test_a_dome_of_five_fringes_comes_back() -> None:
    found = unwrap(wrap(dome()))
    assert np.isfinite(found).all()
    assert same_up_to_a_constant(found, dome())
    assert abs(np.median(found)) <= pi


def test_noise_of_a_coherent_pair_moves_no_pixel_by_a_turn() -> None:
    noise = np.random.default_rng(3).normal(0, 0.5, dome().shape)
    coherence = np.full(dome().shape, 0.6)
    found = unwrap(wrap(dome() + noise), coherence)
    assert same_up_to_a_constant(np.round((found - noise - dome()) / tau), 0 * dome())


def test_decorrelated_ground_is_walked_around() -> None:
    rng = np.random.default_rng(5)
    wrapped, coherence = wrap(dome()), np.full(dome().shape, 0.8)
    hole = np.zeros(dome().shape, bool)
    hole[30:60, 20:40] = True
    wrapped[hole] = rng.uniform(-pi, pi, hole.sum())
    coherence[hole] = 0.04
    found = unwrap(wrapped, coherence)
    np.testing.assert_array_equal(np.isnan(found), hole)
    assert same_up_to_a_constant(found, dome())


def test_what_cannot_be_reached_has_no_value() -> None:
    wrapped = wrap(dome())
    wrapped[:, 50:53] = np.nan
    wrapped[10, 10] = np.nan
    found = unwrap(wrapped)
    assert np.isfinite(found[:, :50]).sum() == 90 * 50 - 1
    assert np.isnan(found[:, 50:]).all()
    east = np.zeros(wrapped.shape, bool)
    east[40, 80] = True
    found = unwrap(wrapped, around=east)
    assert np.isnan(found[:, :53]).all()
    assert np.isfinite(found[:, 53:]).all()


def test_a_window_without_data_and_one_of_a_single_row() -> None:
    assert np.isnan(unwrap(np.full((5, 6), np.nan))).all()
    ramp = np.linspace(0, 30, 60)[None, :]
    assert same_up_to_a_constant(unwrap(wrap(ramp)), ramp)
    assert unwrap(np.array([[2.0]]))[0, 0] == 2.0


def test_planes_of_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        unwrap(np.zeros((4, 4)), np.ones((4, 5)))


def test_every_island_is_unwrapped_with_a_zero_of_its_own() -> None:
    truth = np.hstack([dome(), dome(3.0) + 100])
    wrapped = wrap(truth)
    wrapped[:, 88:92] = np.nan
    wrapped[:6, :6] = np.nan
    wrapped[2:4, 2:4] = 0.5  # too small to tell anything
    found = unwrap_parts(wrapped)
    assert np.isnan(found[:6, :6]).all()
    assert np.isfinite(found[10:, :88]).all()
    for island in (np.s_[10:, :88], np.s_[10:, 92:]):
        off = (found - truth)[island]
        assert np.ptp(off) < 1e-6
        assert abs(np.median(found[island])) < tau
    largest = unwrap(wrapped)
    one = np.isfinite(largest)
    np.testing.assert_allclose(found[one], largest[one])
