"""The sources against published values, an independent program, limits and laws."""

from math import cos, pi, radians, sin

import numpy as np
import pytest

from thalia_core.synth.sources import Displacement, Mogi, Okada, PennyCrack, Spheroid

MOGI = Mogi(depth=4_000.0, volume_change=1e6)


# Mogi


def test_mogi_uplift_above_the_source_and_at_one_depth() -> None:
    up = MOGI.displacement(np.array([0.0, 4_000.0]), 0.0).up
    np.testing.assert_allclose(up, [0.014921, 0.005275], atol=1e-6)


def test_mogi_moves_outward_most_at_depth_over_root_two() -> None:
    radius = np.arange(0.0, 12_000.0, 10.0)
    outward = MOGI.displacement(radius, 0.0).east
    assert radius[outward.argmax()] == pytest.approx(4_000 / np.sqrt(2), abs=10)
    assert (outward >= 0).all()


def test_mogi_is_radial() -> None:
    motion = MOGI.displacement(3_000.0, -4_000.0)
    assert motion.north / motion.east == pytest.approx(-4 / 3)
    along = MOGI.displacement(5_000.0, 0.0)
    assert np.hypot(motion.east, motion.north) == pytest.approx(along.east)
    assert motion.up == pytest.approx(along.up)


def test_deflation_is_the_opposite() -> None:
    down = Mogi(4_000.0, -1e6).displacement(1_000.0, 0.0)
    up = MOGI.displacement(1_000.0, 0.0)
    assert (down.east, down.up) == (-up.east, -up.up)


# Okada: the table of his paper


def corner_based(x: float, y: float, depth: float, dip: float, **slip: float) -> list[float]:
    """Along strike, to its left, up, by a 3 x 2 rectangle given like Okada by its lower corner."""
    source = Okada(depth - sin(radians(dip)), 3.0, 2.0, strike=0.0, dip=dip, **slip)
    motion = source.displacement(cos(radians(dip)) - y, x - 1.5)
    return [float(motion.north), -float(motion.east), float(motion.up)]


@pytest.mark.parametrize(
    ("slip", "published"),
    [
        ("strike_slip", (-8.689e-3, -4.298e-3, -2.747e-3)),
        ("dip_slip", (-4.682e-3, -3.527e-2, -3.564e-2)),
        ("opening", (-2.660e-4, 1.056e-2, 3.214e-3)),
    ],
)
def test_okada_1985_table_2_case_2(slip: str, published: tuple[float, float, float]) -> None:
    found = corner_based(2.0, 3.0, 4.0, 70.0, **{slip: 1.0})
    assert [float(f"{value:.3e}") for value in found] == pytest.approx(published, rel=1e-9)


@pytest.mark.parametrize(
    ("slip", "published"),
    [
        ("strike_slip", (0.0, 5.253e-3, 0.0)),
        ("dip_slip", (0.0, 0.0, 0.0)),
        ("opening", (1.223e-2, 0.0, -1.606e-2)),
    ],
)
def test_okada_1985_table_2_case_3(slip: str, published: tuple[float, float, float]) -> None:
    found = corner_based(0.0, 0.0, 4.0, 90.0, **{slip: 1.0})
    assert found == pytest.approx(published, rel=1e-3, abs=1e-15)


def test_a_sill_that_opens_lifts_the_ground_above_it() -> None:
    sill = Okada(depth=3_000.0, length=2_000.0, width=2_000.0, dip=0.0, opening=1.0)
    line = np.linspace(-5_000.0, 5_000.0, 101)
    up = sill.displacement(*np.meshgrid(line, line)).up
    assert up.max() == pytest.approx(0.17894, abs=5e-6)
    assert up[50, 50] == up.max()


# the penny crack


@pytest.mark.parametrize(("radius", "ratio"), [(400.0, 0.991), (1_000.0, 0.949), (2_000.0, 0.844)])
def test_penny_crack_over_the_point_crack(radius: float, ratio: float) -> None:
    volume = 8 * 0.75 / 3 * 0.01 * radius**3
    up = PennyCrack(4_000.0, radius, 0.01).displacement(0.0, 0.0).up
    assert up / (3 * volume / (2 * pi * 4_000.0**2)) == pytest.approx(ratio, abs=6e-4)


def test_small_penny_crack_is_the_point_crack() -> None:
    radius, r = 40.0, np.array([0.0, 1_000.0, 4_000.0, 20_000.0, 150_000.0])
    volume = 8 * 0.75 / 3 * 0.01 * radius**3
    crack = PennyCrack(4_000.0, radius, 0.01)
    share = 3 * volume * 4_000.0**2 / (2 * pi * np.hypot(r, 4_000.0) ** 5)
    assert crack.volume_change == pytest.approx(volume, rel=1e-6)
    motion = crack.displacement(r, 0.0)
    np.testing.assert_allclose(motion.up, share * 4_000.0, rtol=1e-3)
    np.testing.assert_allclose(motion.east, share * r, rtol=1e-3, atol=1e-15)


# the spheroid


def test_a_sphere_is_the_point_source() -> None:
    sphere = Spheroid(5_000.0, 500.0, 500.0, strike=10.0, plunge=35.0, pressure=0.01)
    assert 0.0373 <= sphere.displacement(0.0, 0.0).up <= 0.0375 + 1e-12
    assert sphere.volume_change == pytest.approx(pi * 500.0**3 * 0.01)
    mogi = Mogi(5_000.0, sphere.volume_change)
    line = np.linspace(-9_000.0, 9_000.0, 7)
    grid = np.meshgrid(line, line)
    assert_same(sphere.displacement(*grid), mogi.displacement(*grid), 1e-12)


def assert_same(found: Displacement, expected: Displacement, tolerance: float) -> None:
    """Equal to a share of the largest motion."""
    largest = np.abs(expected).max()
    np.testing.assert_allclose(np.array(found), np.array(expected), atol=tolerance * largest)
