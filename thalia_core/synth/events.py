"""Sources at work between two dates: what they are called, how many fringes they show."""

from dataclasses import dataclass
from datetime import date
from math import pi, tau

import numpy as np

from thalia_core.cube.labels import Activity
from thalia_core.cube.schema import WAVELENGTH_M
from thalia_core.insar.los import LineOfSight, phase_of_displacement
from thalia_core.synth.sources import POISSON, Mogi, Okada, PennyCrack, Source, Spheroid

_STEEP = 45.0
"""Dip in degrees from which an opening crack is a dyke and no sill."""


@dataclass(frozen=True, slots=True)
class Event:
    """A source that works at a constant rate between two dates.

    Attributes:
        row: Place as a fraction of the frame's height, 0 at its northern edge.
        col: The same from the western edge.
        source: At its full strength.
        onset: Last day without motion.
        end: First day with all of it; of an earthquake the day of onset itself.
    """

    row: float
    col: float
    source: Source
    onset: date
    end: date

    @classmethod
    def of_fringes(
        cls,
        place: tuple[float, float],
        depth_m: float,
        fringes: float,
        active: tuple[date, date],
        incidence: float,
    ) -> "Event":
        """The Mogi source whose uplift shows that many fringes above its centre."""
        towards = fringes * WAVELENGTH_M / 2 / np.cos(np.radians(incidence))
        volume = towards * depth_m**2 * pi / (1 - POISSON)
        return cls(place[0], place[1], Mogi(depth_m, float(round(volume, -3))), *active)

    @property
    def activity(self) -> Activity:
        """The type that an expert gives it."""
        return activity_of(self.source)

    def fraction(self, day: date) -> float:
        """Share of the change that has happened by a day."""
        length = (self.end - self.onset).days
        passed = (day - self.onset).days
        return float(passed > 0) if length <= 0 else min(max(passed / length, 0.0), 1.0)


def activity_of(source: Source) -> Activity:
    """The class of a source; a horizontal circular crack is taken for a sill."""
    if isinstance(source, Okada):
        if not source.opening:
            return Activity.EARTHQUAKE
        return Activity.DYKE if source.dip >= _STEEP else Activity.SILL
    if isinstance(source, Spheroid):
        return Activity.SPHEROID
    return Activity.SILL if isinstance(source, PennyCrack) else Activity.MOGI


def fringes_of(source: Source, sight: LineOfSight) -> float:
    """Range of the noise-free unwrapped phase, in fringes, on ground without end."""
    axis = np.sinh(np.linspace(-4, 4, 101)) / np.sinh(4) * 4 * (source.depth + _size(source))
    motion = source.displacement(axis[None, :], -axis[:, None])
    phase = phase_of_displacement(sight.project(*motion))
    return float(max(phase.max(), 0) - min(phase.min(), 0)) / tau


def showing(source: Source, fringes: float, sight: LineOfSight) -> Source:
    """The same source, as strong as shows that many fringes; a negative number turns its sense."""
    return source.scaled(fringes / fringes_of(source, sight))


def _size(source: Source) -> float:
    """Half of the longest side, metres."""
    if isinstance(source, Okada):
        return max(source.length, source.width) / 2
    if isinstance(source, Spheroid):
        return source.semi_major
    return source.radius if isinstance(source, PennyCrack) else 0.0
