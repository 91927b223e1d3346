"""The sources against programs and sums that share nothing with them.

cutde computes triangular dislocations (Nikkhoo and Walter 2015): two make a rectangle, and a disc
of them, solved for the opening that pressure asks for, makes a penny crack. Rectangles in turn make
point moments, and a body of those makes a spheroid.
"""

from math import cos, pi, radians, sin
from typing import Any

import numpy as np
import pytest

from thalia_core.synth.sources import Okada, PennyCrack, Spheroid


def cutde(module: str) -> Any:
    """A module of it; without it, or without its compiled kernels, the test is left out."""
    return pytest.importorskip(
        f"cutde.{module}", reason="cutde cannot be imported: uv sync", exc_type=ImportError
    )


def two_triangles(source: Okada, east: Any, north: Any, poisson: float) -> np.ndarray:
    """East, north and up, (3, n), by cutde."""
    strike, dip = radians(source.strike), radians(source.dip)
    along = np.array([sin(strike), cos(strike), 0.0])
    down = np.array([cos(strike) * cos(dip), -sin(strike) * cos(dip), -sin(dip)])
    corners = [
        a * source.length / 2 * along + d * source.width / 2 * down - [0.0, 0.0, source.depth]
        for a, d in ((-1, 1), (1, 1), (1, -1), (-1, -1))
    ]
    triangles = np.array([corners[:3], [corners[0], *corners[2:]]])
    slip = np.array([source.strike_slip, source.dip_slip, source.opening])
    if source.dip == 0:  # cutde takes the slip of a level triangle to north and to west
        c, s = cos(strike), sin(strike)
        slip[:2] = c * slip[0] + s * slip[1], c * slip[1] - s * slip[0]
    observed = np.stack([east, north, np.zeros_like(east)], axis=-1)
    matrix = cutde("halfspace").disp_matrix(observed, triangles, poisson)
    return np.einsum("oitj,j->io", matrix, slip)


@pytest.mark.parametrize("slip", ["strike_slip", "dip_slip", "opening"])
@pytest.mark.parametrize(
    ("dip", "tolerance"),
    # between 85 and 90 degrees cutde itself loses digits: 1e-3 at 89.99
    [
        (0.0, 1e-9),
        (1.0, 1e-9),
        (37.0, 1e-9),
        (80.0, 1e-9),
        (89.0, 1e-6),
        (90.0, 1e-9),
        (None, 1e-9),
    ],
)
def test_rectangle_beside_cutde(dip: float | None, tolerance: float, slip: str) -> None:
    """Twenty random geometries each, some with another Poisson's ratio, to a share of the most."""
    random = np.random.default_rng([17, round(dip or 91), len(slip)])
    for poisson in (0.25, 0.25, 0.25, 0.1, 0.4) * 4:
        tilt = random.uniform(2, 80) if dip is None else dip
        length, width = 10 ** random.uniform(2.5, 4, 2)
        depth = width / 2 * sin(radians(tilt)) + 10 ** random.uniform(2, 4)
        source = Okada(depth, length, width, random.uniform(0, 360), tilt, **{slip: 1.0})
        east, north = random.normal(0, depth + length, (2, 100))
        expected = two_triangles(source, east, north, poisson)
        found = np.array(source.displacement(east, north, poisson))
        assert np.abs(found - expected).max() < tolerance * np.abs(expected).max(), source


@pytest.mark.parametrize("dip", [1.0, 60.0, 89.0, 89.99, 89.9999])
def test_steep_rectangles_beside_the_paper_in_fifty_digits(dip: float) -> None:
    random = np.random.default_rng(3)
    source = Okada(2_500.0, 5_000.0, 4_000.0, 0.0, dip, opening=1.0)
    east, north = random.normal(0, 5_000, (2, 10))
    found = source.displacement(east, north)
    for e, n, up in zip(east, north, found.up, strict=True):
        assert up == pytest.approx(up_in_fifty_digits(source, e, n), rel=1e-6, abs=1e-8)


def up_in_fifty_digits(source: Okada, east: float, north: float) -> float:
    """Uplift by opening of a rectangle that strikes north: equations (24), (27) and (28)."""
    mp = pytest.importorskip("mpmath").mp
    with mp.workdps(50):
        dip = mp.radians(mp.mpf(source.dip))
        sd, cd, half = mp.sin(dip), mp.cos(dip), mp.mpf(source.width) / 2
        x, y = mp.mpf(north) + source.length / 2, half * cd - mp.mpf(east)
        depth = source.depth + half * sd
        p, q = y * cd + depth * sd, y * sd - depth * cd
        up = mp.mpf(0)
        for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
            xi, eta = x - i * source.length, p - j * source.width
            r, big = mp.sqrt(xi**2 + eta**2 + q**2), mp.sqrt(xi**2 + q**2)
            ratio = (eta * (big + q * cd) + big * (r + big) * sd) / (xi * (r + big) * cd)
            fifth = mp.mpf(0.5) * 2 / cd * mp.atan(ratio)
            corner = (eta * cd + q * sd) * q / (r * (r + xi)) - fifth * sd**2
            corner += cd * (xi * q / (r * (r + eta)) - mp.atan(xi * eta / (q * r)))
            up += corner * (1 if i == j else -1)
        return float(source.opening * up / (2 * mp.pi))


def test_the_corners_of_a_deep_rectangle_beside_cutde() -> None:
    """Above its corners and edges, on the trace of its plane, and along strike from its ends."""
    source = Okada(2_000.0, 3_000.0, 2_000.0, 0.0, 50.0, opening=1.0, strike_slip=1.0, dip_slip=1.0)
    half = 1_000.0 * cos(radians(50.0))
    trace = -2_000.0 / np.tan(radians(50.0))
    east, north = (
        g.ravel() for g in np.meshgrid([trace, -half, 0.0, half], [-5e3, -1.5e3, 0.0, 1.5e3, 5e3])
    )
    expected = two_triangles(source, east + 1e-4, north + 1e-4, 0.25)
    assert np.abs(np.array(source.displacement(east, north)) - expected).max() < 1e-6


def disc(rings: int, sectors: int) -> np.ndarray:
    """Triangles of the unit circle, finer towards the rim, (n, 3 corners, 3)."""
    radius = np.sin(np.linspace(0, pi / 2, rings + 1))
    turn = np.linspace(0, 2 * pi, sectors + 1)
    corner = radius[:, None, None] * np.stack([np.cos(turn), np.sin(turn), 0 * turn], axis=-1)
    inner, outer = corner[:-1], corner[1:]
    first = np.stack([inner[:, :-1], outer[:, :-1], outer[:, 1:]], axis=2).reshape(-1, 3, 3)
    second = np.stack([inner[:, :-1], outer[:, 1:], inner[:, 1:]], axis=2)[1:].reshape(-1, 3, 3)
    return np.concatenate([first, second])


def pressurised(depth: float, r: np.ndarray) -> tuple[float, np.ndarray]:
    """Volume, and motion at r, of a unit crack with pressure / mu 1, by collocation with cutde."""
    halfspace, geometry = cutde("halfspace"), cutde("geometry")
    triangles = disc(5, 16) - [0.0, 0.0, depth]
    n = len(triangles)
    strain = np.moveaxis(halfspace.strain_matrix(triangles.mean(axis=1), triangles, 0.25), 1, -1)
    stress = geometry.strain_to_stress(strain.reshape(-1, 6), 1.0, 0.25).reshape(n, n, 3, 6)
    traction = np.moveaxis(stress[..., [2, 4, 5]], -1, 1).reshape(3 * n, 3 * n)  # zz, xz, yz
    slip = np.linalg.solve(traction, np.tile([-1.0, 0.0, 0.0], n)).reshape(n, 3)
    sides = triangles[:, 1:] - triangles[:, :1]
    area = np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1) / 2
    observed = np.stack([r, 0 * r, 0 * r], axis=-1)
    motion = np.einsum("oitj,tj->io", halfspace.disp_matrix(observed, triangles, 0.25), slip)
    return float(slip[:, 2] @ area), motion


@pytest.mark.parametrize(("depth", "tolerance"), [(0.5, 0.035), (1.0, 0.01), (2.0, 0.004)])
def test_penny_crack_beside_a_disc_of_triangles(depth: float, tolerance: float) -> None:
    """A disc of constant slips is a little too large: by what its volume in the deep tells."""
    radius = (pressurised(200.0, np.zeros(1))[0] / (8 * 0.75 / 3)) ** (1 / 3)
    r = np.array([0.0, 0.5, 1.0, 1.5, 2.5])
    volume, motion = pressurised(depth, r)
    crack = PennyCrack(depth, radius, 1.0)
    found = crack.displacement(r, 0.0)
    assert crack.volume_change == pytest.approx(volume, rel=tolerance)
    np.testing.assert_allclose(found.up, motion[2], rtol=tolerance)
    np.testing.assert_allclose(found.east, motion[0], rtol=tolerance, atol=1e-9)


def eshelby(axes: np.ndarray, poisson: float) -> tuple[np.ndarray, np.ndarray]:
    """Stress-free and resulting normal strains of a cavity with unit pressure / mu, (3,) each.

    Eshelby's tensor as a sum over directions, for any ellipsoid (Mura 1987, chapter 2).
    """
    nodes, weights = np.polynomial.legendre.leggauss(200)
    turn = np.arange(64) * 2 * pi / 64
    ring = np.sqrt(1 - nodes**2)
    unit = np.stack(
        [np.outer(ring, np.cos(turn)), np.outer(ring, np.sin(turn)), np.outer(nodes, 0 * turn + 1)]
    )
    wave = unit / axes[:, None, None]
    squares = (wave / np.linalg.norm(wave, axis=0)) ** 2
    share = np.outer(weights, np.full(64, 1 / 128))
    green = np.diag((squares * share).sum(axis=(1, 2))) - np.einsum(
        "iab,kab,ab->ik", squares, squares, share
    ) / (2 * (1 - poisson))
    stiffness = 2 * poisson / (1 - 2 * poisson) * np.ones((3, 3)) + 2 * np.eye(3)
    tensor = green @ stiffness
    free = np.linalg.solve(stiffness @ (tensor - np.eye(3)), -np.ones(3))
    return free, tensor @ free


def test_eshelby_of_the_test_is_that_of_the_books_for_a_sphere() -> None:
    for poisson in (0.1, 0.25, 0.4):
        free, strain = eshelby(np.ones(3), poisson)
        trace = (1 + poisson) / (3 * (1 - poisson))  # strain over stress-free strain
        np.testing.assert_allclose(strain, trace * free)
        np.testing.assert_allclose(strain, 0.25)  # radius grows by pressure / 4 mu


@pytest.mark.parametrize("ratio", [1.0, 1.01, 1.49, 1.51, 3.0, 10.0])
def test_spheroid_gains_the_volume_that_eshelby_tells(ratio: float) -> None:
    _, strain = eshelby(np.array([1.0, 1.0, ratio]), 0.25)
    source = Spheroid(1e5, 100.0 * ratio, 100.0, pressure=0.01)
    volume = 4 / 3 * pi * 100.0**3 * ratio
    assert source.volume_change == pytest.approx(0.01 * volume * strain.sum(), rel=1e-6)


@pytest.mark.parametrize("poisson", [0.25, 0.35])
@pytest.mark.parametrize("plunge", [0.0, 55.0, 90.0])
def test_spheroid_beside_a_body_of_small_rectangles(plunge: float, poisson: float) -> None:
    """Each point of the body opens by the stress-free strain, on three small rectangles."""
    source = Spheroid(4_000.0, 1_500.0, 600.0, strike=65.0, plunge=plunge, pressure=0.01)
    axes = np.array([source.semi_minor, source.semi_minor, source.semi_major])
    across, _, along = source.pressure * eshelby(axes, poisson)[0]
    s, p = radians(source.strike), radians(plunge)
    frame = np.array(
        [
            [cos(s), -sin(s), 0.0],
            [sin(s) * sin(p), cos(s) * sin(p), cos(p)],
            [sin(s) * cos(p), cos(s) * cos(p), -sin(p)],
        ]
    )
    planes = [
        (source.strike, 90.0),
        (source.strike - 90, plunge),
        (source.strike + 90, 90 - plunge),
    ]
    random = np.random.default_rng(5)
    east, north = random.uniform(-9_000, 9_000, (2, 40))
    total = np.zeros((3, 40))
    for point, volume in ball(6):
        offset = (point * axes) @ frame
        for (strike, dip), strain in zip(planes, (across, across, along), strict=True):
            opening = strain * volume * axes.prod() / 4.0
            small = Okada(source.depth - offset[2], 2.0, 2.0, strike, dip, opening)
            total += small.displacement(east - offset[0], north - offset[1], poisson)
    found = np.array(source.displacement(east, north, poisson))
    np.testing.assert_allclose(found, total, atol=1e-5 * np.abs(total).max())


def ball(order: int) -> list[tuple[np.ndarray, float]]:
    """Gauss's points of the unit ball and their volumes."""
    nodes, weights = np.polynomial.legendre.leggauss(order)
    radii, shares = (nodes + 1) / 2, weights / 2 * ((nodes + 1) / 2) ** 2
    turns = np.arange(2 * order) * pi / order
    return [
        (
            r * np.array([cos(t) * (1 - h * h) ** 0.5, sin(t) * (1 - h * h) ** 0.5, h]),
            a * b * pi / order,
        )
        for r, a in zip(radii, shares, strict=True)
        for h, b in zip(nodes, weights, strict=True)
        for t in turns
    ]
