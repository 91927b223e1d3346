"""What the air adds to the path of the signal: turbulence, stratification, and the ERA5 fields.

Hanssen (2001), *Radar Interferometry*, chapter 4: the delay by turbulent mixing has three regimes
of power-law spectrum; stratified air adds a delay that depends on the height only. Delay lengthens
the path, so it raises the phase just as motion away from the satellite does.
"""

from dataclasses import dataclass
from math import cos, exp, radians

import numpy as np
from numpy.typing import NDArray
from scipy import interpolate, ndimage

from thalia_core.insar.los import RADIANS_PER_METRE
from thalia_core.synth.fields import Plane, random_field

OUTER_SCALE_M = 50_000.0
"""Above it turbulence has no more power than at it."""
_BREAKS_M = (1_500.0, 250.0)
_SLOPES = (-5 / 3, -8 / 3, -2 / 3)
"""One-dimensional spectral slopes above the first break, between them, and below the second."""

_DELAY_PER_WATER = 6.3e-3
"""Metres of zenith delay for 1 kg m-2 of water vapour (Bevis et al. 1992: factor 6 to 6.5)."""
_WATER_SCALE_M = 2_000.0
_AIR_SCALE_M = 8_400.0
_GRAVITY = 9.80665
MEAN_HEIGHT_M = 718.0
"""Height at which the standard atmosphere has the published mean surface pressure."""
MEANS = {
    "total_column_water_vapour": 22.5,
    "surface_pressure": 92_967.0,
    "vertical_integral_of_temperature": 2_396_037.0,
}
"""Published means over all frames, taken to hold at ``MEAN_HEIGHT_M``."""
MEAN_WATER = MEANS["total_column_water_vapour"] * exp(MEAN_HEIGHT_M / _WATER_SCALE_M)
"""Water of an average day at sea level, kg m-2."""
_MEAN_PRESSURE = MEANS["surface_pressure"] * exp(MEAN_HEIGHT_M / _AIR_SCALE_M)
_LINEAR = _WATER_SCALE_M / 1500 * (1 - exp(-1500 / _WATER_SCALE_M))
"""Mean slope of the exponential over the first 1,500 m, where the flanks of volcanoes lie."""
_PACKING = dict(zip(MEANS, (2.0**-6, 2.0, 64.0), strict=True))
_MEAN_TEMPERATURE = MEANS["vertical_integral_of_temperature"] / MEANS["surface_pressure"] * _GRAVITY


def turbulence_amplitude(frequency: NDArray[np.float32]) -> NDArray[np.float32]:
    """Spectral amplitude of turbulent delay in a plane, by cycles per metre.

    An isotropic field whose profiles have a spectrum of slope b has a two-dimensional spectrum of
    slope b - 1, and the amplitude is its root.
    """
    outer, middle, inner = ((slope - 1) / 2 for slope in _SLOPES)
    first, second = (1 / length for length in _BREAKS_M)
    f = np.maximum(frequency, 1 / OUTER_SCALE_M)
    low = (np.minimum(f, first) / first) ** outer
    mid = (np.clip(f, first, second) / first) ** middle
    high = (np.maximum(f, second) / second) ** inner
    return np.asarray(low * mid * high, np.float32)


def turbulent_delay(
    shape: tuple[int, int],
    spacing_m: tuple[float, float],
    rng: np.random.Generator,
    rms_m: float = 0.02,
    distance_m: float = 5_000.0,
) -> Plane:
    """One date's turbulent delay along the line of sight, in metres.

    Args:
        shape: Rows and columns.
        spacing_m: Metres between rows and between columns.
        rng: Random numbers of that date.
        rms_m: Root mean square difference of delay between two points ``distance_m`` apart.
        distance_m: That distance.
    """
    return random_field(
        shape,
        spacing_m,
        turbulence_amplitude,
        rng,
        margin_m=OUTER_SCALE_M / 2,
        rms_at=(rms_m, distance_m),
    )


@dataclass(frozen=True, slots=True)
class Weather:
    """The state of the air over a frame at one acquisition.

    Attributes:
        water: Total column water vapour at sea level, kg m-2.
        pressure: Pressure at sea level, Pa.
        temperature: Mean temperature of the column, K.
    """

    water: float
    pressure: float
    temperature: float

    @classmethod
    def draw(
        cls, rng: np.random.Generator, radians_per_km_std: float, incidence: float
    ) -> "Weather":
        """The weather of a day; the spread of its water gives the spread of the stratification."""
        per_water = abs(radians_per_km(MEAN_WATER + 1, incidence))
        anomaly = float(np.clip(rng.standard_normal(), -2.5, 3.0)) * radians_per_km_std / per_water
        return cls(
            water=max(MEAN_WATER + anomaly, 2.0),
            pressure=_MEAN_PRESSURE + float(rng.normal(0, 350)),
            temperature=_MEAN_TEMPERATURE + float(rng.normal(0, 1.5)),
        )


def radians_per_km(water: float, incidence: float) -> float:
    """Stratified phase for one kilometre of height against a day of average water.

    Water thins out with height as exp(-h / 2 km): the higher the ground, the less of it lies above,
    so a wet day lowers the phase of the summits. The dry part is nearly the same every day.
    """
    lost_per_metre = _DELAY_PER_WATER * (water - MEAN_WATER) / _WATER_SCALE_M * _LINEAR
    return lost_per_metre * 1000 / cos(radians(incidence)) * RADIANS_PER_METRE


def stratified_phase(height_m: Plane, water: float, incidence: float) -> Plane:
    """Phase by the height of the ground, k h, in radians; 0 at sea level."""
    k = radians_per_km(water, incidence)
    return np.asarray(height_m * np.float32(k / 1000), np.float32)


class WeatherModel:
    """The ERA5 variables on a frame's grid, as smooth as a model of 0.25 degrees sees them.

    Args:
        height_m: The frame's heights; the model knows them only at its own resolution.
        spacing_m: Metres between rows and between columns.
        cell_m: Size of a model cell.
    """

    def __init__(
        self, height_m: Plane, spacing_m: tuple[float, float], cell_m: float = 27_800.0
    ) -> None:
        sigma = [cell_m / 2 / step for step in spacing_m]
        smooth = ndimage.gaussian_filter(height_m, sigma, mode="nearest", truncate=2.0)
        self._pixels = [
            np.arange(size) * step / cell_m
            for size, step in zip(height_m.shape, spacing_m, strict=True)
        ]
        # One node beyond each edge; cubic splines need four in all.
        self._nodes = [np.arange(-1, int(np.ceil(at[-1])) + 3) for at in self._pixels]
        nearest = [
            np.clip(np.round(node * cell_m / step), 0, size - 1).astype(int)
            for node, step, size in zip(self._nodes, spacing_m, height_m.shape, strict=True)
        ]
        self._height = smooth[np.ix_(*nearest)].astype(np.float64)

    def field(self, name: str, weather: Weather, rng: np.random.Generator) -> Plane:
        """One variable (a name of ``MEANS``) in one weather."""
        wobble = ndimage.gaussian_filter(rng.standard_normal(self._height.shape), 0.7)
        values = self._values(name, weather, wobble)
        spline = interpolate.RectBivariateSpline(self._nodes[0], self._nodes[1], values)
        # The products are packed with a limited number of digits, too.
        step = _PACKING[name]
        fine = spline(self._pixels[0], self._pixels[1]) / step
        return np.asarray(np.rint(fine) * step, np.float32)

    def _values(
        self, name: str, weather: Weather, wobble: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        pressure = (weather.pressure + 40 * wobble) * np.exp(-self._height / _AIR_SCALE_M)
        if name == "surface_pressure":
            return np.asarray(pressure)
        if name == "vertical_integral_of_temperature":
            return np.asarray((weather.temperature + 0.4 * wobble) * pressure / _GRAVITY)
        if name == "total_column_water_vapour":
            water = weather.water + 0.5 * wobble
            return np.asarray(water * np.exp(-self._height / _WATER_SCALE_M))
        raise ValueError(f"no such ERA5 variable: {name}")
