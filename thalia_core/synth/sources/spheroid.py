"""The prolate spheroid under uniform pressure, upright or tilted.

Yang, X.-M., Davis, P. M. and Dieterich, J. H. (1988): Deformation from inflation of a dipping
finite prolate spheroid in an elastic half-space as a model for volcanic stressing. J. Geophys.
Res. 93, 4249-4257.

As in the paper, the strength is that of a cavity in the full space, and sources on the line between
the foci act in the half-space. Their strength follows from Eshelby (1957): the cavity equals the
same body of rock with a uniform stress-free strain, which is point moment tensors M throughout its
volume V. What they move at the surface is a function F of their place with Laplace^2 F = 0, and for
such a function, with c the distance of the foci from the centre and t from -1 to 1 between them,

    integral of F over V = V integral of 3/4 (1 - t^2) F(c t) + 3/32 b^2 (1 - t^2)^2 Laplace F(c t)

(the transforms of both weights are the first two terms of that of the spheroid). The integral over
t is by Gauss's rule, with as many points as the depth of the foci asks for.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from math import acosh, ceil, cos, log, pi, radians, sin, sqrt
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import roots_jacobi

from thalia_core.errors import ConfigError
from thalia_core.synth.sources.base import POISSON, Displacement

Floats = NDArray[np.float64]
_SLENDER = 1.5
"""Ratio of the axes from which the closed form of the integrals loses no digits."""
_ERROR = 1e-8
"""Relative error of the integral along the axis."""
_MOST_POINTS = 512


@dataclass(frozen=True, slots=True)
class Spheroid:
    """A prolate spheroid.

    Attributes:
        depth: Of its centre, metres.
        semi_major: Half its length, metres.
        semi_minor: Half its thickness, metres.
        strike: Of the long axis, degrees clockwise from north.
        plunge: Of the long axis below the horizontal, degrees; 90 is upright.
        pressure: Over the shear modulus; negative for deflation.

    Raises:
        ConfigError: It is not prolate, or breaks the surface.
    """

    depth: float
    semi_major: float
    semi_minor: float
    strike: float = 0.0
    plunge: float = 90.0
    pressure: float = 0.01

    def __post_init__(self) -> None:
        """Refuse what is no buried prolate spheroid."""
        if not 0 < self.semi_minor <= self.semi_major:
            raise ConfigError(
                "not a prolate spheroid",
                where=f"semi-axes {self.semi_major:g} and {self.semi_minor:g} m",
                fix="make the major axis the longer one",
            )
        lift = np.hypot(
            self.semi_major * sin(radians(self.plunge)), self.semi_minor * cos(radians(self.plunge))
        )
        if not lift < self.depth:
            raise ConfigError(
                "the spheroid breaks the surface",
                where=f"it reaches {lift:g} m above its centre, at {self.depth:g} m",
                fix="make it deeper or smaller",
            )

    @property
    def volume_change(self) -> float:
        """Volume that the cavity gains in the full space, cubic metres."""
        along, across = _inside(self._ratio, POISSON) @ self._strain(POISSON)
        return float(self.pressure * self._volume * (along + 2 * across))

    def displacement(
        self, east: ArrayLike, north: ArrayLike, poisson: float = POISSON
    ) -> Displacement:
        """Motion of the free surface at offsets from the point above the centre."""
        e, n = np.broadcast_arrays(np.asarray(east, np.float64), np.asarray(north, np.float64))
        sin_strike, cos_strike = sin(radians(self.strike)), cos(radians(self.strike))
        ahead, right = sin_strike * e + cos_strike * n, cos_strike * e - sin_strike * n
        axis = cos(radians(self.plunge)), sin(radians(self.plunge))
        even, axial = self.pressure * self._volume * self._moment(poisson)
        total = np.zeros((3, *e.shape))
        for t, weight in zip(*_rule(self._order(axis[0])), strict=True):
            place = self._focus * t
            x, z = axis[0] * place - ahead, self.depth + axis[1] * place
            strength = weight * even, weight * axial
            spread = self.semi_minor**2 / 8 * (1 - t * t)
            total += _point(x, -right, z, axis, strength, spread, 1 - 2 * poisson)
        u, v, down = total
        return Displacement(sin_strike * u + cos_strike * v, cos_strike * u - sin_strike * v, -down)

    def scaled(self, factor: float) -> Self:
        """The same source, so many times as strong."""
        return replace(self, pressure=self.pressure * factor)

    @property
    def _ratio(self) -> float:
        return self.semi_major / self.semi_minor

    @property
    def _volume(self) -> float:
        return 4 / 3 * pi * self.semi_major * self.semi_minor**2

    @property
    def _focus(self) -> float:
        """Distance of the foci from the centre, metres."""
        return sqrt((self.semi_major - self.semi_minor) * (self.semi_major + self.semi_minor))

    def _strain(self, poisson: float) -> Floats:
        """Stress-free strain along the axis and across it that equals a unit pressure / mu."""
        # the stress inside, C (S - 1) e, is all pressure; 3 lame + 2 is three bulk moduli
        relative = _inside(self._ratio, poisson) - np.eye(2)
        return np.linalg.solve(relative, np.full(2, -1 / (3 * _lame(poisson) + 2)))

    def _moment(self, poisson: float) -> Floats:
        """Moment density by a unit pressure, over it: of all axes, and of the long one beyond."""
        along, across = self._strain(poisson)
        even = _lame(poisson) * (along + 2 * across) + 2 * across
        return np.array([even, 2 * (along - across)])

    def _order(self, level: float) -> int:
        """Points for the rule on the axis, from the largest ellipse around the foci (Bernstein).

        The nearest singular point, for any place on the surface, is where the way from one focus
        to the other by the surface is shortest.
        """
        if self._focus == 0:
            return 2
        way = np.hypot(level, self.depth / self._focus)
        convergence = log(way + sqrt(max(way * way - 1, 0.0)))
        return min(_MOST_POINTS, 4 + ceil(-log(_ERROR) / (2 * max(convergence, 1e-3))))


def _point(
    x: Floats,
    y: Floats,
    z: float,
    axis: tuple[float, float],
    strength: tuple[float, float],
    spread: float,
    soft: float,
) -> Floats:
    """Motion of the surface by a point moment tensor, (3, ...) ahead, right, down.

    By reciprocity: the strain that a force on the surface makes at the source, by the solutions of
    Boussinesq (1885) for a vertical and Cerruti (1882) for a horizontal one, and the Laplacian of
    that times `spread`.

    Args:
        x: Ahead, source less place on the surface, metres.
        y: To the right, likewise.
        z: Depth of the source.
        axis: Unit vector ahead and down, of the axis of the moment.
        strength: The moment over the shear modulus: of all axes, and what its own has beyond it.
        spread: Square metres.
        soft: 1 - 2 nu.
    """
    (cp, sp), (even, axial) = axis, strength
    squared = x * x + y * y + z * z
    near = 1 / np.sqrt(squared)
    near2 = 1 / squared
    near3 = near * near2
    w = near / (1 + z * near)  # 1 / (R + z)
    s = cp * x + sp * z
    slope = 3 * s * s * near2 - 1  # second derivative of 1 / R along the axis, times R^3
    # Laplacian terms carry `spread`; those with cp^2 need 1 / (R + z), the others do not
    common = 2 * soft * even + axial * (slope + 6 * spread * near2 * (1 - 5 * s * s * near2))
    common = -near3 * (common + axial * soft * sp * sp)
    along = -12 * axial * spread * near3 * near2 * s
    bend = axial * soft * cp * cp * near * w
    pull = x * x * near * (near + 2 * w)
    moved = (
        common * x + along * cp + bend * w * x * (pull - 3),
        common * y + bend * w * y * (pull - 1),
        common * z + along * sp - bend * (1 - x * x * near * (near + w)),
    )
    return np.stack(moved) / (4 * pi)


def _lame(poisson: float) -> float:
    """Over the shear modulus."""
    return 2 * poisson / (1 - 2 * poisson)


def _inside(ratio: float, poisson: float) -> Floats:
    """Eshelby's tensor for strains along the axis and equally across it, (2, 2).

    It is the mean over directions of the strain by plane waves of stress (Mura 1987: Micromechanics
    of defects in solids, chapter 2), which for these strains needs the means of n^2 and n^4 only,
    with n the part of the wave's normal along the axis.
    """
    square, fourth = _means(ratio)
    mixed, rest = (square - fourth) / 2, 1 - 2 * square + fourth
    half = 1 / (2 * (1 - poisson))
    strain = np.array(
        [
            [square - half * fourth, -2 * half * mixed],
            [-half * mixed, (1 - square) / 2 - half * rest / 2],
        ]
    )
    lame = _lame(poisson)
    stress = np.array([[lame + 2, 2 * lame], [lame, 2 * lame + 2]])
    return np.asarray(strain @ stress)


def _means(ratio: float) -> tuple[float, float]:
    """Means of n^2 and n^4 over all directions t = cos, n^2 = t^2 / (t^2 + ratio^2 (1 - t^2))."""
    e = ratio * ratio - 1
    if ratio < _SLENDER:
        nodes, weights = np.polynomial.legendre.leggauss(48)
        normal = nodes**2 / (ratio * ratio - e * nodes**2)
        return float(weights @ normal / 2), float(weights @ normal**2 / 2)
    square = (ratio / sqrt(e) * acosh(ratio) - 1) / e
    return square, (1 - 3 * square) / (2 * e)


@lru_cache(maxsize=128)
def _rule(order: int) -> tuple[list[float], list[float]]:
    """Points from -1 to 1 and weights of Gauss's rule for the weight 3/4 (1 - t^2)."""
    nodes, weights = roots_jacobi(order, 1, 1)
    return nodes.tolist(), (0.75 * weights).tolist()
