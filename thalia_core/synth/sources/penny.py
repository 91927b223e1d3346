"""The horizontal circular crack under uniform pressure, near the surface or far from it.

Fialko, Y., Khazan, Y. and Simons, M. (2001): Deformation due to a pressurized horizontal circular
crack in an elastic half-space, with applications to volcano geodesy. Geophys. J. Int. 146, 181-190.

The paper reduces the problem to two integral equations for the opening and the shear of the crack.
Here the same two unknowns are expanded in functions whose Hankel transforms are known,
(1 - r^2)^(n + 1/2) and r times that, and the conditions on the crack are met in the mean
(Galerkin). With x = k h (wavenumber times depth) the tractions on the crack plane are those of the
full space less M, and the surface moves by G:

    M = e^(-2x) [[1 + 2x + 2x^2, -2x^2], [-2x^2, 1 - 2x + 2x^2]]
    G = e^(-x)  [[1 + x, -x], [x, 1 - x]]      rows up and outward, columns opening and shear
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from math import pi
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline
from scipy.special import gamma, j0, j1, jv

from thalia_core.errors import ConfigError
from thalia_core.synth.sources.base import POISSON, Displacement

Floats = NDArray[np.float64]
_ORDERS = 7
_FAR = 25.0
"""Depths from the axis beyond which the crack is a point."""
_SHALLOWEST = 0.3
"""Smallest depth in radii for which the expansion has converged."""


@dataclass(frozen=True, slots=True)
class PennyCrack:
    """A horizontal circular crack.

    Attributes:
        depth: Metres.
        radius: Metres; at most the depth over 0.3.
        pressure: Over the shear modulus; negative for deflation.

    Raises:
        ConfigError: It has no size, or lies nearer to the surface than the expansion bears.
    """

    depth: float
    radius: float
    pressure: float

    def __post_init__(self) -> None:
        """Refuse what lies too near to the surface."""
        if not (self.radius > 0 and self.depth >= _SHALLOWEST * self.radius):
            raise ConfigError(
                "not a crack at depth",
                where=f"radius {self.radius:g} m, depth {self.depth:g} m",
                fix=f"make it deeper than {_SHALLOWEST:g} of its radius",
            )

    @property
    def volume_change(self) -> float:
        """Volume of the opening, cubic metres."""
        opening, _, _ = _solution(self.depth / self.radius)
        return float(self._strength(POISSON) * self.radius * _volume(opening))

    def displacement(
        self, east: ArrayLike, north: ArrayLike, poisson: float = POISSON
    ) -> Displacement:
        """Motion of the free surface at offsets from the point above the centre.

        Between the nodes of a table over the distance; its error is below 1e-5 of the largest.
        """
        e, n = np.broadcast_arrays(np.asarray(east, np.float64), np.asarray(north, np.float64))
        distance = np.hypot(e, n)
        up, outward = self._profile(distance, poisson)
        share = outward / np.where(distance > 0, distance, 1.0)
        return Displacement(share * e, share * n, up)

    def scaled(self, factor: float) -> Self:
        """The same source, so many times as strong."""
        return replace(self, pressure=self.pressure * factor)

    def _strength(self, poisson: float) -> float:
        """Dimensional factor of the dimensionless solution (opening for 2 (1 - nu) P / mu = 1)."""
        return 2 * (1 - poisson) * self.pressure * self.radius**2

    def _profile(self, distance: Floats, poisson: float) -> tuple[Floats, Floats]:
        ratio = self.depth / self.radius
        opening, up, outward = _solution(ratio)
        scale = self._strength(poisson) / self.radius
        far = _FAR * self.depth
        r = np.minimum(distance, far) / self.radius
        near_up, near_outward = scale * up(r), scale * outward(r)
        volume = self._strength(poisson) * self.radius * _volume(opening)
        point = 3 * volume * self.depth**2 / (2 * pi * (distance**2 + self.depth**2) ** 2.5)
        beyond = distance > far
        return (
            np.where(beyond, point * self.depth, near_up),
            np.where(beyond, point * distance, near_outward),
        )


def _volume(opening: Floats) -> float:
    """Of the dimensionless opening; that of (1 - r^2)^(n + 1/2) is pi / (n + 3/2)."""
    return float(sum(a * pi / (n + 1.5) for n, a in enumerate(opening)))


@lru_cache(maxsize=64)
def _solution(ratio: float) -> tuple[Floats, CubicSpline, CubicSpline]:
    """Coefficients of the opening, and the motion up and outward over r, for depth/radius.

    Lengths in radii, for 2 (1 - nu) P / mu = 1.
    """
    k, weight = _wavenumbers(ratio)
    wide = np.array([_transform(n, k, 0) for n in range(_ORDERS)])
    shear = np.array([_transform(n, k, 1) for n in range(_ORDERS)])
    x = k * ratio
    decay = np.exp(-2 * x) * weight * k**2
    m11, m12, m22 = 1 + 2 * x + 2 * x * x, -2 * x * x, 1 - 2 * x + 2 * x * x
    system = np.block(
        [
            [_full_space(0) - (wide * decay * m11) @ wide.T, -(wide * decay * m12) @ shear.T],
            [-(shear * decay * m12) @ wide.T, _full_space(1) - (shear * decay * m22) @ shear.T],
        ]
    )
    load = np.concatenate([[1 / (2 * n + 3) for n in range(_ORDERS)], np.zeros(_ORDERS)])
    found = np.linalg.solve(system, load)
    w, s = found[:_ORDERS] @ wide, found[_ORDERS:] @ shear
    r = ratio * np.concatenate([np.linspace(0, 4, 161), np.geomspace(4.05, _FAR, 140)])
    spread = np.exp(-x) * weight * k
    up = j0(np.outer(r, k)) @ (spread * ((1 + x) * w - x * s))
    outward = j1(np.outer(r, k)) @ (spread * (x * w + (1 - x) * s))
    return found[:_ORDERS], CubicSpline(r, up), CubicSpline(r, outward)


def _wavenumbers(ratio: float) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes on panels, up to where exp(-k h) has gone, fine enough for J(k r)."""
    nodes, weights = np.polynomial.legendre.leggauss(16)
    edges = np.linspace(0, 34 / ratio, 91)
    half = np.diff(edges) / 2
    k = (edges[:-1] + half)[:, None] + half[:, None] * nodes[None, :]
    return k.ravel(), (half[:, None] * weights[None, :]).ravel()


def _transform(n: int, k: Floats, order: int) -> Floats:
    """Hankel transform of (1 - r^2)^(n + 1/2), times r for order 1."""
    factor = 2 ** (n + 0.5) * gamma(n + 1.5)
    return np.asarray(factor * jv(n + 1.5 + order, k) / k ** (n + 1.5))


def _full_space(order: int) -> Floats:
    """The integrals of k^2 times two transforms, exactly (Weber and Schafheitlin)."""
    table = np.empty((_ORDERS, _ORDERS))
    for m in range(_ORDERS):
        for n in range(_ORDERS):
            mu, nu, power = m + 1.5 + order, n + 1.5 + order, m + n + 1
            top = gamma(power) * gamma((mu + nu - power + 1) / 2)
            low = gamma((nu - mu + power + 1) / 2) * gamma((mu - nu + power + 1) / 2)
            low *= 2**power * gamma((mu + nu + power + 1) / 2)
            factors = 2 ** (m + n + 1) * gamma(m + 1.5) * gamma(n + 1.5)
            table[m, n] = factors * top / low
    return table
