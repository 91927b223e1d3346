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
_UPRIGHT = 1e-8
"""Cosine of the dip below which the limits for a vertical rectangle are as exact as the rest."""


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
        if not (self.length > 0 and self.width > 0 and 0 <= self.dip <= 90):
            raise ConfigError(
                "not a rectangle",
                where=f"{self.length:g} x {self.width:g} m, dip {self.dip:g}",
                fix="give a positive length and width and a dip of 0 to 90 degrees",
            )
        top = self.depth - self.width / 2 * sin(radians(self.dip))
        if not (self.depth > 0 and top >= -1e-9 * self.depth):
            raise ConfigError(
                "the rectangle breaks the surface",
                where=f"its upper edge lies at a depth of {top:g} m",
                fix="make it deeper, narrower or flatter",
            )

    @property
    def volume_change(self) -> float:
        """Volume of the opening, cubic metres."""
        return self.opening * self.length * self.width

    def displacement(
        self, east: ArrayLike, north: ArrayLike, poisson: float = POISSON
    ) -> Displacement:
        """Motion of the free surface at offsets from the point above the centre.

        Finite everywhere. Where the upper edge lies on the surface, points on it move by the mean
        of what its two sides do, and its ends, where the motion is infinite, by something finite.
        """
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
        cd = 0.0 if cd < _UPRIGHT else cd
        depth = self.depth + self.width / 2 * sd
        p, q = y * cd + depth * sd, y * sd - depth * cd
        near = _TINY * max(self.length, self.width)
        east, north, up = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
        # equation (24): f(x, p) - f(x, p - W) - f(x - L, p) + f(x - L, p - W)
        for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
            xi, eta = x - i * self.length, p - j * self.width
            terms = _Terms.of(xi, eta, q, (sd, cd), 1 - 2 * poisson, near)
            sign = 1 if i == j else -1
            for total, value in zip((east, north, up), self._corner(terms), strict=True):
                total += sign * value
        return east, north, up

    def _corner(self, t: "_Terms") -> tuple[Floats, Floats, Floats]:
        """Equations (25) strike slip, (26) dip slip, (27) opening; summed by their strengths."""
        u1, u2, u3 = (s / (2 * pi) for s in (self.strike_slip, self.dip_slip, self.opening))
        sd, cd, q = t.sd, t.cd, t.q
        x, y, z = np.zeros_like(q), np.zeros_like(q), np.zeros_like(q)
        if u1:
            x -= u1 * (t.xi * q * t.over_eta + t.angle + t.i1 * sd)
            y -= u1 * (t.y * q * t.over_eta + q * cd * t.one_over_eta + t.i2 * sd)
            z -= u1 * (t.d * q * t.over_eta + q * sd * t.one_over_eta + t.i4 * sd)
        if u2:
            x -= u2 * (q / t.r - t.i3 * sd * cd)
            y -= u2 * (t.y_over_xi + cd * t.angle - t.i1 * sd * cd)
            z -= u2 * (t.d_over_xi + sd * t.angle - t.i5 * sd * cd)
        if u3:
            bracket = t.xi * q * t.over_eta - t.angle
            x += u3 * (q * q * t.over_eta - t.i3 * sd * sd)
            y += u3 * (-t.d_over_xi - sd * bracket - t.i1 * sd * sd)
            z += u3 * (t.y_over_xi + cd * bracket - t.i5 * sd * sd)
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
    y_over_xi: Floats  # y tilde q / R (R + xi)
    d_over_xi: Floats  # d tilde q / R (R + xi)
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
        dip: tuple[float, float],
        medium: float,
        near: float,
    ) -> "_Terms":
        """At one corner.

        Args:
            xi: Along strike from the corner, metres.
            eta: Up dip from it, metres.
            q: From the plane of the rectangle, metres.
            dip: Its sine and cosine.
            medium: 1 - 2 nu.
            near: Distance from a singular line that counts as on it, metres.
        """
        sd, cd = dip
        r = np.maximum(np.sqrt(xi * xi + eta * eta + q * q), near)
        y, d = eta * cd + q * sd, eta * sd - q * cd
        # the paper's rules for singular points: on q = 0 the angle is nothing, on R + eta = 0 and
        # R + xi = 0 the fractions are nothing and the logarithm is that of its mirror
        flat = np.abs(q) <= near
        angle = np.where(flat, 0.0, np.arctan(xi * eta / np.where(flat, 1.0, q * r)))
        r_eta, on_eta = _sum(r, eta, xi * xi + q * q, near)
        r_xi, on_xi = _sum(r, xi, eta * eta + q * q, near)
        one_over_eta = np.where(on_eta, 0.0, 1 / r_eta)
        over_xi = np.where(on_xi, 0.0, q / (r * r_xi))
        # that line is at the surface, where y tilde q is sin(dip) of the squared distance from it
        y_over_xi = np.where(on_xi, sd * (r - xi) / r, y * over_xi)
        log = np.log(r_eta)
        i1, i3, i4, i5 = (
            _upright(xi, eta, q, r, log, near) if cd == 0 else _inclined(xi, eta, q, r, r_eta, dip)
        )
        i2 = -medium * (log + i3)
        i1, i3, i4, i5 = medium * i1, medium * i3, medium * i4, medium * i5
        return cls(xi, q, sd, cd, r, y, d, angle, one_over_eta / r, one_over_eta,
                   y_over_xi, d * over_xi, i1, i2, i3, i4, i5)  # fmt: skip


def _sum(
    r: Floats, along: Floats, across_squared: Floats, near: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """R + along without loss of digits, and where it is nothing; there 1 / (R - along) instead."""
    beyond = r - along
    behind = along < 0
    on = (across_squared <= near * near) & (along <= near)
    exact = np.where(behind, across_squared / np.where(behind, beyond, 1.0), r + along)
    return np.where(on, 1 / np.maximum(beyond, near), exact), on


def _upright(
    xi: Floats, eta: Floats, q: Floats, r: Floats, log: Floats, near: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """I1, I3, I4, I5 without the factor of the medium, equations (29): a vertical rectangle."""
    rd = np.maximum(r + eta, near)
    i1 = -xi * q / (2 * rd**2)
    i3 = (eta / rd + q * q / rd**2 - log) / 2
    return i1, i3, -q / rd, -xi / rd


def _inclined(
    xi: Floats, eta: Floats, q: Floats, r: Floats, r_eta: Floats, dip: tuple[float, float]
) -> tuple[Floats, Floats, Floats, Floats]:
    """I1, I3, I4, I5 without the factor of the medium, equations (28).

    Rearranged, so that a steep dip costs no digits: the logarithms of I4 are one, and I5 lacks a
    term of sign(xi) pi / cos(dip), the same at both ends of the dip.
    """
    sd, cd = dip
    log, rd = np.log(r_eta), np.maximum(r + eta * sd - q * cd, 1e-300)
    slant = cd / (1 + sd)
    i4 = np.log1p(-cd * (q + eta * slant) / r_eta) / cd + slant * log
    x = np.hypot(xi, q)
    over, under = eta * (x + q * cd) + x * (r + x) * sd, xi * (r + x) * cd
    i5 = -2 / cd * np.arctan2(under, over)
    i1 = -xi / (cd * rd) - sd / cd * i5
    i3 = (eta * cd + q * sd) / (cd * rd) - log + sd / cd * i4
    return i1, i3, i4, i5
