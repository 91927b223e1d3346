"""The prolate spheroid under uniform pressure, upright or tilted.

Yang, X.-M., Davis, P. M. and Dieterich, J. H. (1988): Deformation from inflation of a dipping finite
prolate spheroid in an elastic half-space as a model for volcanic stressing. J. Geophys. Res. 93,
4249-4257.

Like the paper, the strength is that of a cavity in the full space, and the sources act in the half-
space. The paper writes the sources as a line between the foci; here they fill the spheroid: by
Eshelby (1957) a cavity under pressure equals the same body of rock with a uniform stress-free
strain, so the field is the integral of point moment tensors over its volume.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from math import acosh, cos, pi, radians, sin, sqrt
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thalia_core.errors import ConfigError
from thalia_core.synth.sources.base import POISSON, Displacement

Floats = NDArray[np.float64]
_ROUND = 1e-4
"""Relative difference of the axes below which the formulas of the sphere are used."""
_STEP = 1e-20


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
        if lift >= self.depth:
            raise ConfigError(
                "the spheroid breaks the surface",
                where=f"it reaches {lift:g} m above its centre, at {self.depth:g} m",
                fix="make it deeper or smaller",
            )

    @property
    def volume_change(self) -> float:
        """Volume that the cavity gains in the full space, cubic metres."""
        ratio, medium = self.semi_major / self.semi_minor, POISSON
        stretch = _eshelby(ratio, medium) @ _transformation(ratio, medium)
        volume = 4 / 3 * pi * self.semi_major * self.semi_minor**2
        return float(stretch.sum() * self.pressure * volume)

    def displacement(
        self, east: ArrayLike, north: ArrayLike, poisson: float = POISSON
    ) -> Displacement:
        """Motion of the free surface at offsets from the point above the centre."""
        e, n = np.broadcast_arrays(np.asarray(east, np.float64), np.asarray(north, np.float64))
        axis = self._axis()
        moment = self._moment(poisson, axis)
        total = np.zeros((3, *e.shape))
        for offset, weight in zip(*self._points(axis), strict=True):
            x, y, depth = e - offset[0], n - offset[1], self.depth - offset[2]
            total += weight * point_moment(x, y, depth, moment, poisson)
        return Displacement(total[0], total[1], total[2])

    def scaled(self, factor: float) -> Self:
        """The same source, so many times as strong."""
        return replace(self, pressure=self.pressure * factor)

    def _axis(self) -> Floats:
        """Unit vector of the long axis: east, north, up."""
        strike, plunge = radians(self.strike), radians(self.plunge)
        return np.array([sin(strike) * cos(plunge), cos(strike) * cos(plunge), -sin(plunge)])

    def _moment(self, poisson: float, axis: Floats) -> Floats:
        """Moment density over the shear modulus, (3, 3) in east, north, up."""
        along, across, _ = _transformation(self.semi_major / self.semi_minor, poisson)
        strain = across * np.eye(3) + (along - across) * np.outer(axis, axis)
        lame = 2 * poisson / (1 - 2 * poisson)
        return self.pressure * (lame * np.trace(strain) * np.eye(3) + 2 * strain)

    def _points(self, axis: Floats) -> tuple[Floats, Floats]:
        """Points in the spheroid, (n, 3) east, north, up of its centre, and their volumes."""
        unit, share = _ball()
        side = np.cross(axis, [1.0, 0.0, 0.0] if abs(axis[0]) < 0.9 else [0.0, 1.0, 0.0])
        side /= np.linalg.norm(side)
        frame = np.stack([side, np.cross(axis, side), axis])
        stretched = unit * [self.semi_minor, self.semi_minor, self.semi_major]
        return stretched @ frame, share * self.semi_major * self.semi_minor**2


def point_moment(
    x: Floats, y: Floats, depth: float, moment: Floats, poisson: float = POISSON
) -> Floats:
    """Surface displacement by a point moment tensor at a depth, (3, ...) east, north, up.

    By reciprocity: what a force on the surface moves at the source (Boussinesq 1885 for a vertical
    one, Cerruti 1882 for a horizontal one), differentiated there; the derivatives are complex steps
    and exact to rounding.

    Args:
        x: East of the source, metres.
        y: North of the source, metres.
        depth: Metres.
        moment: (3, 3) over the shear modulus, cubic metres, in east, north, up.
        poisson: Poisson's ratio.
    """
    result = np.zeros((3, *x.shape))
    for axis in range(3):
        step = [1j * _STEP if axis == other else 0.0 for other in range(3)]
        # the source as seen from the point on the surface, z down
        fields = _surface_forces(-x + step[0], -y + step[1], depth - step[2] + 0j, poisson)
        for force in range(3):
            for direction in range(3):
                if moment[direction, axis]:
                    slope = np.imag(fields[force][direction]) / _STEP
                    result[force] += moment[direction, axis] * slope
    return result


def _surface_forces(
    x: NDArray[np.complex128], y: NDArray[np.complex128], z: complex, poisson: float
) -> list[list[NDArray[np.complex128]]]:
    """Displacement (east, north, up) at (x, y, z down) by unit forces east, north, up at 0.

    Divided by the force over the shear modulus.
    """
    r = np.sqrt(x * x + y * y + z * z)
    rz, soft = r + z, 1 - 2 * poisson
    cross = x * y / r**3 - soft * x * y / (r * rz**2)
    pull_x = x * z / r**3 + soft * x / (r * rz)
    pull_y = y * z / r**3 + soft * y / (r * rz)
    push_x = x * z / r**3 - soft * x / (r * rz)
    push_y = y * z / r**3 - soft * y / (r * rz)
    same_x = 1 / r + x * x / r**3 + soft * (1 / rz - x * x / (r * rz**2))
    same_y = 1 / r + y * y / r**3 + soft * (1 / rz - y * y / (r * rz**2))
    down = z * z / r**3 + 2 * (1 - poisson) / r
    c = 1 / (4 * pi)
    return [
        [c * same_x, c * cross, -c * pull_x],
        [c * cross, c * same_y, -c * pull_y],
        [-c * push_x, -c * push_y, c * down],
    ]


def _transformation(ratio: float, poisson: float) -> Floats:
    """Stress-free strain along the axis and across it (twice) that equals a unit pressure / mu."""
    lame = 2 * poisson / (1 - 2 * poisson)
    stiffness = lame * np.ones((3, 3)) + 2 * np.eye(3)
    found: Floats = np.linalg.solve(
        stiffness @ (_eshelby(ratio, poisson) - np.eye(3)), -np.ones(3)
    )
    return found


def _eshelby(ratio: float, poisson: float) -> Floats:
    """Normal part of Eshelby's tensor of a prolate spheroid, axis first (Tandon and Weng 1984)."""
    if ratio - 1 < _ROUND:
        equal, other = (7 - 5 * poisson) / 15, (5 * poisson - 1) / 15
        sphere = np.full((3, 3), other) + (equal - other) * np.eye(3)
        return np.asarray(sphere / (1 - poisson))
    a2 = ratio**2
    e = a2 - 1
    g = ratio / e**1.5 * (ratio * sqrt(e) - acosh(ratio))
    soft = 1 - 2 * poisson
    s11 = (soft + (3 * a2 - 1) / e - (soft + 3 * a2 / e) * g) / 2
    s22 = 3 / 8 * a2 / e + (soft - 9 / (4 * e)) * g / 4
    s23 = (a2 / (2 * e) - (soft + 3 / (4 * e)) * g) / 4
    s21 = -a2 / e / 2 + (3 * a2 / e - soft) * g / 4
    s12 = -(soft + 1 / e) / 2 + (soft + 3 / (2 * e)) * g / 2
    table = np.array([[s11, s12, s12], [s21, s22, s23], [s21, s23, s22]])
    return np.asarray(table / (1 - poisson))


@lru_cache(maxsize=1)
def _ball() -> tuple[Floats, Floats]:
    """Gauss points of the unit ball, (n, 3), and their weights (sum 4 pi / 3)."""
    nodes, weights = np.polynomial.legendre.leggauss(6)
    radius, radial = (nodes + 1) / 2, weights / 2 * ((nodes + 1) / 2) ** 2
    turns = np.arange(8) * pi / 4
    points, volumes = [], []
    for r, wr in zip(radius, radial, strict=True):
        for height, wh in zip(nodes, weights, strict=True):
            ring = sqrt(1 - height * height)
            for turn in turns:
                points.append([r * ring * cos(turn), r * ring * sin(turn), r * height])
                volumes.append(wr * wh * pi / 4)
    return np.array(points), np.array(volumes)
