"""The sources: published values, limits, laws, and what they do at extremes."""

from dataclasses import replace
from math import cos, hypot, pi, radians, sin

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thalia_core.errors import ConfigError
from thalia_core.synth.sources import Displacement, Mogi, Okada, PennyCrack, Source, Spheroid

LINE = np.linspace(-9_000.0, 9_000.0, 7)
GRID = np.meshgrid(LINE, LINE)
MOGI = Mogi(depth=4_000.0, volume_change=1e6)
SOURCES = [
    MOGI,
    Okada(2_500.0, 3_000.0, 2_000.0, strike=35.0, dip=60.0, opening=0.5, dip_slip=-0.3),
    Okada(1_000.0, 3_000.0, 2_000.0, strike=35.0, dip=90.0, opening=0.5, strike_slip=1.0),
    Okada(1_000.0, 3_000.0, 2_000.0, dip=0.0, opening=0.5),
    PennyCrack(2_000.0, 1_500.0, 0.01),
    Spheroid(3_000.0, 1_200.0, 400.0, strike=70.0, plunge=50.0, pressure=0.01),
    Spheroid(3_000.0, 400.0, 400.0),
]
every_source = pytest.mark.parametrize("source", SOURCES, ids=lambda s: type(s).__name__)


def assert_same(found: Displacement, expected: Displacement, tolerance: float) -> None:
    """Equal to a share of the largest motion."""
    largest = np.abs(expected).max()
    np.testing.assert_allclose(np.array(found), np.array(expected), atol=tolerance * largest)


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
    assert_same(sphere.displacement(*GRID), mogi.displacement(*GRID), 1e-12)


@pytest.mark.parametrize("plunge", [0.0, 40.0, 90.0])
def test_a_nearly_round_spheroid_is_nearly_the_sphere(plunge: float) -> None:
    sphere, egg = (Spheroid(2_000.0, a, 500.0, 20.0, plunge) for a in (500.0, 500.0 * (1 + 1e-6)))
    assert_same(egg.displacement(*GRID), sphere.displacement(*GRID), 3e-6)


@pytest.mark.parametrize(("ratio", "gain"), [(1.0, 0.75), (1e4, 1.0)])
def test_volume_gained_by_a_sphere_and_by_a_pipe(ratio: float, gain: float) -> None:
    """Over volume and pressure: 3 / (4 mu) for a sphere, 1 / mu for a long pipe."""
    pipe = Spheroid(1e7, 100.0 * ratio, 100.0, pressure=0.01)
    volume = 4 / 3 * pi * 100.0**3 * ratio
    assert pipe.volume_change / (0.01 * volume) == pytest.approx(gain, rel=1e-6)


def test_the_closed_form_of_a_slender_spheroid_goes_on_from_the_integral() -> None:
    """Either side of the ratio where one takes over from the other."""
    below, above = (Spheroid(3_000.0, 400.0 * r, 400.0) for r in (1.5 - 1e-9, 1.5 + 1e-9))
    assert above.volume_change == pytest.approx(below.volume_change, rel=1e-8)
    assert_same(above.displacement(*GRID), below.displacement(*GRID), 1e-8)


# signs


def test_signs_of_slip() -> None:
    """Over a fault that strikes north and dips east; east of its trace is the hanging wall."""
    fault = Okada(1_010.0, 20_000.0, 2_000.0, strike=0.0, dip=89.0)
    across = np.array([-2_000.0, -500.0, 500.0, 2_000.0])
    north = replace(fault, strike_slip=1.0).displacement(across, 0.0).north
    assert (north[:2] < 0).all()  # left-lateral: who looks across sees the other side go left
    assert (north[2:] > 0).all()
    up = replace(fault, dip=45.0, dip_slip=1.0).displacement(np.array([-500.0, 500.0]), 0.0).up
    assert up.max() > 0.3  # a thrust lifts
    assert replace(fault, dip=45.0, dip_slip=-1.0).displacement(0.0, 0.0).up < -0.3


def test_a_dyke_lowers_the_ground_above_and_lifts_its_flanks() -> None:
    dyke = Okada(2_500.0, 6_000.0, 2_000.0, strike=0.0, dip=90.0, opening=1.0)
    motion = dyke.displacement(np.array([-4_000.0, 0.0, 4_000.0]), 0.0)
    assert motion.up[1] < 0 < min(motion.up[0], motion.up[2])
    assert motion.east[0] < 0 < motion.east[2]


# laws

angles = st.floats(0, 360)
places = st.tuples(st.floats(-2e4, 2e4), st.floats(-2e4, 2e4))
strengths = st.floats(-3, 3).filter(lambda value: value == 0 or abs(value) > 1e-6)


@every_source
@settings(max_examples=20, deadline=None)
@given(factor=strengths)
def test_motion_and_volume_are_in_proportion_to_strength(source: Source, factor: float) -> None:
    scaled = source.scaled(factor)
    assert scaled.depth == source.depth
    assert scaled.volume_change == pytest.approx(factor * source.volume_change)
    expected = factor * np.array(source.displacement(*GRID))
    np.testing.assert_allclose(
        np.array(scaled.displacement(*GRID)), expected, rtol=1e-7, atol=1e-15
    )


@settings(max_examples=40, deadline=None)
@given(
    source=st.sampled_from([s for s in SOURCES if isinstance(s, Okada | Spheroid)]),
    turn=angles,
    place=places,
)
def test_the_ground_turns_with_the_strike(
    source: Okada | Spheroid, turn: float, place: tuple[float, float]
) -> None:
    c, s = cos(radians(turn)), sin(radians(turn))
    there = c * place[0] + s * place[1], c * place[1] - s * place[0]
    motion = source.displacement(*place)
    turned = replace(source, strike=source.strike + turn).displacement(*there)
    expected = (c * motion.east + s * motion.north, c * motion.north - s * motion.east, motion.up)
    np.testing.assert_allclose(turned, expected, rtol=1e-6, atol=1e-11)


@settings(max_examples=40, deadline=None)
@given(
    strike=angles,
    dip=st.one_of(st.just(0.0), st.just(90.0), st.floats(0, 90)),
    share=st.floats(0.1, 0.9),
    slip=st.tuples(strengths, strengths, strengths),
    place=places,
    along=st.booleans(),
)
def test_two_rectangles_side_by_side_are_one(
    strike: float,
    dip: float,
    share: float,
    slip: tuple[float, float, float],
    place: tuple[float, float],
    along: bool,
) -> None:
    strengths = dict(zip(("opening", "strike_slip", "dip_slip"), slip, strict=True))
    whole = Okada(3_000.0, 4_000.0, 2_500.0, strike, dip, **strengths)
    size = whole.length if along else whole.width
    total = np.zeros(3)
    for part, middle in ((share, share / 2 - 0.5), (1 - share, share / 2)):
        shift = middle * size
        if along:
            piece, ahead, sideways = replace(whole, length=part * size), shift, 0.0
        else:
            deeper = whole.depth + shift * sin(radians(dip))
            piece = replace(whole, width=part * size, depth=deeper)
            ahead, sideways = 0.0, shift * cos(radians(dip))
        s, c = sin(radians(strike)), cos(radians(strike))
        east, north = ahead * s + sideways * c, ahead * c - sideways * s
        total += np.array(piece.displacement(place[0] - east, place[1] - north))
    np.testing.assert_allclose(total, whole.displacement(*place), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("source", [SOURCES[4], SOURCES[6]])
def test_round_sources_move_the_ground_the_same_in_every_direction(source: Source) -> None:
    turn = np.linspace(0, 2 * pi, 13)
    motion = source.displacement(2_000 * np.cos(turn), 2_000 * np.sin(turn))
    outward = motion.east * np.cos(turn) + motion.north * np.sin(turn)
    assert np.ptp(motion.up) < 1e-12
    assert np.ptp(outward) < 1e-12


@every_source
def test_uplift_far_away_goes_with_the_inverse_cube_or_faster(source: Source) -> None:
    near, far = (np.linalg.norm(np.array(source.displacement(r, 0.7 * r))) for r in (2e5, 4e5))
    assert far <= near / 3.9


@pytest.mark.parametrize("crack", [PennyCrack(4_000.0, r, 0.01) for r in (100.0, 2e3, 1.3e4)])
def test_the_ground_over_a_crack_rises_by_the_volume_of_the_crack(crack: PennyCrack) -> None:
    """Over the whole plane: the tail beyond 20 depths is that of the point."""
    end = 20 * max(crack.depth, crack.radius)
    nodes, weights = np.polynomial.legendre.leggauss(400)
    r = (nodes + 1) / 2 * end
    raised = pi * end * weights @ (r * crack.displacement(r, 0.0).up)
    beyond = crack.volume_change / hypot(1, end / crack.depth) ** 3
    assert raised + beyond == pytest.approx(crack.volume_change, rel=2e-4)


# extremes


@every_source
@pytest.mark.parametrize("dtype", [np.float32, np.int32, np.int16])
def test_offsets_of_any_type_give_the_same(source: Source, dtype: type) -> None:
    east, north = (np.round(g).astype(dtype) for g in (3 * GRID[0], 3 * GRID[1]))
    motion = source.displacement(east, north)
    exact = source.displacement(east.astype(float), north.astype(float))
    for found, expected in zip(motion, exact, strict=True):
        assert found.dtype == np.float64
        np.testing.assert_array_equal(found, expected)


@every_source
def test_shapes_follow_the_offsets(source: Source) -> None:
    assert {np.shape(u) for u in source.displacement(0.0, 0)} == {()}
    assert {np.shape(u) for u in source.displacement([], 1.0)} == {(0,)}
    assert {np.shape(u) for u in source.displacement(np.empty((0, 3)), np.empty((0, 3)))} == {
        (0, 3)
    }
    column, row = np.zeros((4, 1)), np.arange(3.0)
    assert {np.shape(u) for u in source.displacement(row, column)} == {(4, 3)}


@every_source
def test_motion_is_finite_and_the_offsets_are_left_alone(source: Source) -> None:
    east, north = GRID[0].copy(), GRID[1].copy()
    assert np.isfinite(source.displacement(east, north)).all()
    assert np.isfinite(source.displacement(1e-300, -1e-300)).all()
    assert np.isfinite(source.displacement(1e7, -1e7)).all()
    assert np.isnan(source.displacement(np.nan, 0.0).up)
    np.testing.assert_array_equal((east, north), GRID)


@every_source
def test_no_strength_is_no_motion(source: Source) -> None:
    still = source.scaled(0.0)
    assert still.volume_change == 0
    assert not np.any(still.displacement(*GRID))


def test_a_dyke_may_reach_the_surface() -> None:
    """On its trace, at its ends, beyond them, and beside it: finite, and the opening is there."""
    dyke = Okada(500.0, 1_000.0, 1_000.0, strike=30.0, dip=90.0, opening=1.0, dip_slip=0.2)
    ahead, right = (
        np.array([sin(radians(30)), cos(radians(30))]),
        np.array([cos(radians(30)), -0.5]),
    )
    t = np.array([-2_000.0, -500.0, -500.0 + 1e-7, 0.0, 100.0, 500.0, 500.0 + 1e-9, 700.0])
    assert np.isfinite(dyke.displacement(*np.outer(ahead, t))).all()
    sides = [np.array(dyke.displacement(*(100 * ahead + s * 1e-3 * right))) for s in (-1, 1)]
    jump = sides[1] - sides[0]
    assert jump[:2] @ right == pytest.approx(1.0, abs=1e-4)
    middle = np.array(dyke.displacement(*(100 * ahead)))
    np.testing.assert_allclose(middle, (sides[0] + sides[1]) / 2, atol=1e-5)


@pytest.mark.parametrize("dip", [0.0, 20.0, 90.0])
def test_a_buried_rectangle_leaves_no_seam(dip: float) -> None:
    """Where its plane, its edges or their extensions meet the surface."""
    source = Okada(1_500.0, 3_000.0, 2_000.0, 0.0, dip, opening=1.0, strike_slip=1.0, dip_slip=1.0)
    trace = -1_500.0 / np.tan(radians(dip)) if dip else 0.0
    for east in (trace, 0.0, -1_000 * cos(radians(dip)), 1_000 * cos(radians(dip))):
        for north in (-1_500.0, 0.0, 1_500.0, 4_000.0):
            steps = np.array([-1e-3, -1e-6, -1e-10, 0.0, 1e-10, 1e-6, 1e-3])
            for motion in (
                source.displacement(east + steps, north),
                source.displacement(east, north + steps),
            ):
                assert np.ptp(np.array(motion), axis=1).max() < 1e-5


def test_dips_close_to_upright_and_to_flat_are_close_to_those() -> None:
    for end, sign in ((90.0, -1), (0.0, 1)):
        limit = Okada(3_000.0, 3_000.0, 2_000.0, 30.0, end, 1.0, 1.0, 1.0)
        for tilt in (1e-10, 1e-7, 1e-5, 1e-3):
            motion = replace(limit, dip=end + sign * tilt).displacement(*GRID)
            assert_same(motion, limit.displacement(*GRID), 0.2 * tilt + 1e-8)


@pytest.mark.parametrize(
    "build",
    [
        lambda: Mogi(0.0, 1e6),
        lambda: Mogi(float("nan"), 1e6),
        lambda: Okada(999.0, 3_000.0, 2_000.0, dip=90.0),
        lambda: Okada(0.0, 3_000.0, 2_000.0, dip=0.0),
        lambda: Okada(3_000.0, 3_000.0, 2_000.0, dip=91.0),
        lambda: Okada(3_000.0, 0.0, 2_000.0),
        lambda: Okada(float("nan"), 3_000.0, 2_000.0),
        lambda: PennyCrack(299.0, 1_000.0, 0.01),
        lambda: PennyCrack(1_000.0, 0.0, 0.01),
        lambda: PennyCrack(float("nan"), 1_000.0, 0.01),
        lambda: Spheroid(1_000.0, 1_000.0, 500.0, plunge=90.0),
        lambda: Spheroid(1_000.0, 400.0, 500.0),
        lambda: Spheroid(float("nan"), 500.0, 400.0),
    ],
)
def test_what_is_not_buried_or_has_no_size_is_refused(build) -> None:
    with pytest.raises(ConfigError):
        build()


def test_a_rectangle_may_touch_the_surface_whatever_its_dip() -> None:
    for dip in np.linspace(1.0, 90.0, 90):
        top = 1_000.0 * sin(radians(dip))
        motion = Okada(top, 3_000.0, 2_000.0, dip=dip, opening=1.0).displacement(*GRID)
        assert np.isfinite(motion).all()


def test_a_spheroid_just_below_the_surface_is_finite() -> None:
    for plunge in (0.0, 30.0, 90.0):
        reach = hypot(1_000.0 * sin(radians(plunge)), 200.0 * cos(radians(plunge)))
        source = Spheroid(1.001 * reach, 1_000.0, 200.0, plunge=plunge)
        assert np.isfinite(source.displacement(*GRID)).all()
