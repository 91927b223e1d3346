"""A whole frame from its plan: every plane of every date and pair, consistent with each other.

What belongs to a date (delay, displacement) is drawn once per date and differenced, so the loop of
any three pairs closes before noise is added. Noise belongs to the pair.
"""

from collections import OrderedDict
from datetime import date
from functools import cached_property
from math import tau

import numpy as np
from numpy.typing import NDArray

from thalia_core.cube.pairs import DatePair
from thalia_core.insar.los import phase_of_displacement
from thalia_core.insar.wrap import wrap
from thalia_core.synth.atmosphere import (
    Weather,
    WeatherModel,
    radians_per_km,
    stratified_phase,
    turbulent_delay,
)
from thalia_core.synth.coherence import estimated_coherence, expected_coherence, noisy_phase
from thalia_core.synth.events import Event
from thalia_core.synth.fields import Plane, generator
from thalia_core.synth.plan import ScenePlan
from thalia_core.synth.relief import read_ground
from thalia_core.synth.terrain import Mask, Terrain, footprint, make_terrain, real_terrain

_BASELINE_STD_M = 55.0


class Scene:
    """The planes of a synthetic frame, all (rows, columns), north-up.

    Args:
        plan: What decides the frame.
    """

    def __init__(self, plan: ScenePlan) -> None:
        self.plan = plan
        self._screens: OrderedDict[date, Plane] = OrderedDict()

    @cached_property
    def terrain(self) -> Terrain:
        """Height, coast, plants and slope."""
        if self.plan.relief is not None:
            ground = read_ground(self.plan.relief, self.plan.geometry)
            return real_terrain(ground.height, ground.land, self.plan.spacing_m, self.plan.seed)
        return make_terrain(
            self.plan.geometry.shape,
            self.plan.spacing_m,
            self.plan.edifices,
            sea_fraction=self.plan.sea_fraction,
            relief_m=self.plan.relief_m,
            seed=self.plan.seed,
        )

    @cached_property
    def valid(self) -> Mask:
        """Where the satellite took data: inside a slanted outline, or everywhere."""
        if not self.plan.outline:
            return np.ones(self.plan.geometry.shape, np.bool_)
        return footprint(self.plan.geometry.shape, self.plan.heading)

    @cached_property
    def seen(self) -> Mask:
        """Where an expert can see the ground move: data, and land."""
        return self.valid & self.terrain.land

    @cached_property
    def displacements(self) -> tuple[Plane, ...]:
        """Motion towards the satellite of each event when all is over, metres."""
        return tuple(self._displacement(event) for event in self.plan.events)

    def weather(self, day: date) -> Weather:
        """The air of a day."""
        rng = generator(self.plan.seed, "weather", day.toordinal())
        stratified, _ = self.plan.air_of(day)
        return Weather.draw(rng, self.plan.stratification * stratified, self.plan.incidence)

    def baseline(self, pair: DatePair) -> float:
        """Perpendicular baseline in metres."""
        first, second = (
            generator(self.plan.seed, "orbit", day.toordinal()).normal(0, _BASELINE_STD_M)
            for day in (pair.primary, pair.secondary)
        )
        return float(np.round(second - first, 1))

    def stratification(self, pair: DatePair) -> float:
        """Phase by height of a pair, rad/km."""
        first, second = (
            radians_per_km(self.weather(day).water, self.plan.incidence)
            for day in (pair.primary, pair.secondary)
        )
        return second - first

    def turbulence(self, pair: DatePair) -> Plane:
        """Turbulent part of the unwrapped phase of a pair, rad."""
        return self._screen(pair.secondary) - self._screen(pair.primary)

    def ramp(self, pair: DatePair) -> float:
        """Fringes of the orbital ramp of a pair, from one edge of the frame to the other."""
        (a, b), (c, d) = self._tilt(pair.primary), self._tilt(pair.secondary)
        return float(np.hypot(c - a, d - b))

    def deformation(self, pair: DatePair) -> tuple[Plane, ...]:
        """Noise-free unwrapped phase of each event in a pair, rad; uplift is negative."""
        shares = (event.fraction(pair.secondary) - event.fraction(pair.primary)
                  for event in self.plan.events)  # fmt: skip
        return tuple(
            np.asarray(phase_of_displacement(field * np.float32(share)), np.float32)
            for field, share in zip(self.displacements, shares, strict=True)
        )

    def noise_free_phase(self, pair: DatePair) -> NDArray[np.float64]:
        """Wrapped phase of a pair before noise, everywhere on the raster."""
        first, second = self._epoch(pair.primary), self._epoch(pair.secondary)
        return np.asarray(wrap(second - first), np.float64)

    def expected_coherence(self, pair: DatePair) -> Plane:
        """True coherence of a pair, 0..1."""
        wet = max(
            generator(self.plan.seed, "rain", day.toordinal()).beta(1.2, 5)
            for day in (pair.primary, pair.secondary)
        )
        return expected_coherence(self.terrain, pair.days, self.baseline(pair), float(wet))

    def measured(self, pair: DatePair) -> tuple[Plane, Plane]:
        """Wrapped phase (rad) and coherence (0..1) as delivered; NaN where there are no data."""
        rng = generator(self.plan.seed, "noise", *_ordinals(pair))
        coherence = self.expected_coherence(pair)
        phase = noisy_phase(self.noise_free_phase(pair), coherence, rng)
        nothing = np.float32(np.nan)
        return (
            np.where(self.valid, phase, nothing),
            np.where(self.valid, estimated_coherence(coherence, rng), nothing),
        )

    def era5(self, name: str, day: date) -> Plane:
        """One ERA5 variable on a day."""
        rng = generator(self.plan.seed, "era5 " + name, day.toordinal())
        return self._weather_model.field(name, self.weather(day), rng)

    @cached_property
    def _weather_model(self) -> WeatherModel:
        return WeatherModel(self.terrain.height, self.plan.spacing_m)

    def _displacement(self, event: Event) -> Plane:
        rows, cols = self.plan.geometry.shape
        down, right = self.plan.spacing_m
        north = (event.row * rows - np.arange(rows, dtype=np.float64))[:, None] * down
        east = (np.arange(cols, dtype=np.float64) - event.col * cols)[None, :] * right
        motion = event.source.displacement(east, north)
        return np.asarray(self.plan.sight.project(*motion), np.float32)

    def _epoch(self, day: date) -> NDArray[np.float64]:
        """All that a date adds to the unwrapped phase; the same array for whoever asks."""
        delay = self._screen(day).astype(np.float64)
        # Where the phase is zero is arbitrary, as the reference of every real interferogram is.
        delay += generator(self.plan.seed, "reference", day.toordinal()).uniform(-np.pi, np.pi)
        weather = self.weather(day)
        delay += stratified_phase(self.terrain.height, weather.water, self.plan.incidence)
        delay += self._ramp(day)
        for event, field in zip(self.plan.events, self.displacements, strict=True):
            delay += phase_of_displacement(field) * event.fraction(day)
        return delay

    def _tilt(self, day: date) -> tuple[float, float]:
        """Fringes that an error of the orbit on a day adds down and across the frame."""
        down, across = generator(self.plan.seed, "ramp", day.toordinal()).normal(size=2)
        return float(down) * self.plan.ramp_fringes, float(across) * self.plan.ramp_fringes

    def _ramp(self, day: date) -> NDArray[np.float64]:
        rows, cols = self.plan.geometry.shape
        down, across = self._tilt(day)
        slope_down = np.linspace(-0.5, 0.5, rows)[:, None] * down
        return np.asarray(tau * (slope_down + np.linspace(-0.5, 0.5, cols)[None, :] * across))

    def _screen(self, day: date) -> Plane:
        """Turbulent phase of a date; the last few are kept."""
        if day not in self._screens:
            rng = generator(self.plan.seed, "turbulence", day.toordinal())
            rms = rng.uniform(*self.plan.turbulence_m) * self.plan.air_of(day)[1]
            delay = turbulent_delay(self.plan.geometry.shape, self.plan.spacing_m, rng, rms)
            self._screens[day] = np.asarray(phase_of_displacement(-delay), np.float32)
            while len(self._screens) > self.plan.neighbours + 2:
                self._screens.popitem(last=False)
        self._screens.move_to_end(day)
        return self._screens[day]


def _ordinals(pair: DatePair) -> tuple[int, int]:
    return pair.primary.toordinal(), pair.secondary.toordinal()
