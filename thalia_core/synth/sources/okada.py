"""The rectangular dislocation: dykes and sills that open, faults that slip.

Okada, Y. (1985): Surface deformation due to shear and tensile faults in a half-space. Bull.
Seismol. Soc. Am. 75, 1135-1154. Numbers of equations are those of the paper.
"""

from dataclasses import dataclass, replace
from math import cos, pi, radians, sin
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thalia_core.errors import ConfigError
from thalia_core.synth.sources.base import POISSON, Displacement

Floats = NDArray[np.float64]
_TINY = 1e-12
"""Relative to the size of the rectangle: closer to a singular line than that counts as on it."""


@dataclass(frozen=True, slots=True)
class Okada:
    """A rectangle with constant opening and slip.

    Attributes:
        depth: Of the rectangle's centre, metres.
        length: Along strike, metres.
        width: Along dip, metres.
        strike: Degrees clockwise from north; the rectangle dips to the right of it.
        dip: Degrees, 0 (horizontal) to 90.
        opening: Metres; negative for closing.
        strike_slip: Metres, left-lateral positive.
        dip_slip: Metres, reverse (thrust) positive.

    Raises:
        ConfigError: It breaks the surface, or has no area.
    """

    depth: float
    length: float
    width: float
    strike: float = 0.0
    dip: float = 90.0
    opening: float = 0.0
    strike_slip: float = 0.0
    dip_slip: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no buried rectangle."""
        if self.length <= 0 or self.width <= 0 or not 0 <= self.dip <= 90:
            raise ConfigError(
                "not a rectangle",
                where=f"{self.length:g} x {self.width:g} m, dip {self.dip:g}",
                fix="give a positive length and width and a dip of 0 to 90 degrees",
            )
        top = self.depth - self.width / 2 * sin(radians(self.dip))
        if top < 0:
            raise ConfigError(
                "the rectangle breaks the surface",
                where=f"its upper edge lies {-top:g} m above it",
                fix="make it deeper, narrower or flatter",
            )

    @property
    def volume_change(self) -> float:
        """Volume of the opening, cubic metres."""
        return self.opening * self.length * self.width

    def displacement(
        self, east: ArrayLike, north: ArrayLike, poisson: float = POISSON
    ) -> Displacement:
        """Motion of the free surface at offsets from the point above the centre."""
        e, n = np.broadcast_arrays(np.asarray(east, np.float64), np.asarray(north, np.float64))
        along, across = sin(radians(self.strike)), cos(radians(self.strike))
        x = along * e + across * n + self.length / 2
        y = -across * e + along * n + self.width / 2 * cos(radians(self.dip))
        ux, uy, uz = self._local(x, y, poisson)
        return Displacement(along * ux - across * uy, across * ux + along * uy, uz)

    def scaled(self, factor: float) -> Self:
        """The same source, so many times as strong."""
        return replace(
            self,
            opening=self.opening * factor,
            strike_slip=self.strike_slip * factor,
            dip_slip=self.dip_slip * factor,
        )

    def _local(self, x: Floats, y: Floats, poisson: float) -> tuple[Floats, Floats, Floats]:
        """Along strike, to the left of it, up; origin above the lower left corner."""
        sd, cd = sin(radians(self.dip)), cos(radians(self.dip))
        cd = 0.0 if abs(cd) < 1e-9 else cd
        depth = self.depth + self.width / 2 * sd
        p, q = y * cd + depth * sd, y * sd - depth * cd
        total = [np.zeros_like(x) for _ in range(3)]
        # equation (24): f(x, p) - f(x, p - W) - f(x - L, p) + f(x - L, p - W)
        for sign, dx, dp in ((1, 0, 0), (-1, 0, self.width), (-1, self.length, 0), (1, self.length, self.width)):
            terms = _Terms.of(x - dx, p - dp, q, sd, cd, 1 - 2 * poisson, self.length)
            for axis, value in enumerate(self._corner(terms)):
                total[axis] += sign * value
        return total[0], total[1], total[2]

    def _corner(self, t: "_Terms") -> tuple[Floats, Floats, Floats]:
        """Equations (25) strike slip, (26) dip slip, (27) opening; summed by their strengths."""
        u1, u2, u3 = (s / (2 * pi) for s in (self.strike_slip, self.dip_slip, self.opening))
        sd, cd, q = t.sd, t.cd, t.q
        bracket = t.xi * q * t.over_eta - t.angle
        x = -u1 * (t.xi * q * t.over_eta + t.angle + t.i1 * sd)
        x += -u2 * (q / t.r - t.i3 * sd * cd)
        x += u3 * (q * q * t.over_eta - t.i3 * sd * sd)
        y = -u1 * (t.y * q * t.over_eta + q * cd * t.one_over_eta + t.i2 * sd)
        y += -u2 * (t.y * q * t.over_xi + cd * t.angle - t.i1 * sd * cd)
        y += u3 * (-t.d * q * t.over_xi - sd * bracket - t.i1 * sd * sd)
        z = -u1 * (t.d * q * t.over_eta + q * sd * t.one_over_eta + t.i4 * sd)
        z += -u2 * (t.d * q * t.over_xi + sd * t.angle - t.i5 * sd * cd)
        z += u3 * (t.y * q * t.over_xi + cd * bracket - t.i5 * sd * sd)
        return x, y, z


class _Terms(NamedTuple):
    """The quantities of equations (28) to (30) at one corner."""

    xi: Floats
    q: Floats
    sd: float
    cd: float
    r: Floats
    y: Floats  # y tilde
    d: Floats  # d tilde
    angle: Floats  # atan(xi eta / q R)
    over_eta: Floats  # 1 / R (R + eta)
    one_over_eta: Floats  # 1 / (R + eta)
    over_xi: Floats  # 1 / R (R + xi)
    i1: Floats
    i2: Floats
    i3: Floats
    i4: Floats
    i5: Floats

    @classmethod
    def of(
        cls,
        xi: Floats,
        eta: Floats,
        q: Floats,
        sd: float,
        cd: float,
        medium: float,
        size: float,
    ) -> "_Terms":
        near = _TINY * size
        r = np.sqrt(xi * xi + eta * eta + q * q)
        y, d = eta * cd + q * sd, eta * sd - q * cd
        # the paper's rules for singular points: on q = 0 the angle is nothing, on R + eta = 0 and
        # R + xi = 0 the fractions are nothing and the logarithm is that of its mirror
        flat = np.abs(q) <= near
        angle = np.where(flat, 0.0, np.arctan(xi * eta / np.where(flat, 1.0, q * r)))
        on_eta, on_xi = r + eta <= near, r + xi <= near
        one_over_eta = np.where(on_eta, 0.0, 1 / np.where(on_eta, 1.0, r + eta))
        one_over_xi = np.where(on_xi, 0.0, 1 / np.where(on_xi, 1.0, r + xi))
        log = np.where(on_eta, -np.log(np.where(on_eta, r - eta, 1.0)), 0.0)
        log = log + np.where(on_eta, 0.0, np.log(np.where(on_eta, 1.0, r + eta)))
        rd = r + d
        if cd == 0:
            i1 = -medium / 2 * xi * q / rd**2
            i3 = medium / 2 * (eta / rd + y * q / rd**2 - log)
            i4 = -medium * q / rd
            i5 = -medium * xi * sd / rd
        else:
            i4 = medium / cd * (np.log(rd) - sd * log)
            i5 = _fifth(xi, eta, q, r, sd, cd, near) * medium
            i1 = -medium * xi / (cd * rd) - sd / cd * i5
            i3 = medium * (y / (cd * rd) - log) + sd / cd * i4
        i2 = -medium * log - i3
        return cls(xi, q, sd, cd, r, y, d, angle, one_over_eta / r, one_over_eta,
                   one_over_xi / r, i1, i2, i3, i4, i5)  # fmt: skip


def _fifth(
    xi: Floats, eta: Floats, q: Floats, r: Floats, sd: float, cd: float, near: float
) -> Floats:
    """I5 without the factor of the medium; nothing on xi = 0."""
    x = np.sqrt(xi * xi + q * q)
    on = np.abs(xi) <= near
    ratio = (eta * (x + q * cd) + x * (r + x) * sd) / np.where(on, 1.0, xi * (r + x) * cd)
    return np.asarray(np.where(on, 0.0, 2 / cd * np.arctan(ratio)))
