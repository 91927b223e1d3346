"""What decides a synthetic frame: plain values, to be kept, compared and run again."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from math import pi
from typing import Any
from zlib import crc32

import numpy as np

from thalia_core.cube.geometry import Geometry
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import WAVELENGTH_M
from thalia_core.errors import ConfigError
from thalia_core.insar.los import LineOfSight
from thalia_core.synth.fields import generator
from thalia_core.synth.sources import POISSON, Mogi
from thalia_core.synth.terrain import Edifice

FRAME_ID = re.compile(r"\d{3}[AD]_\d{5}_\d{6}")
PIXEL_DEGREES = 0.001
SMALLEST, LARGEST = 64, 5_000
_HEADINGS = {"A": -12.0, "D": -168.0}


@dataclass(frozen=True, slots=True)
class Event:
    """A Mogi source that works at a constant rate between two dates.

    Attributes:
        row: Place as a fraction of the frame's height, 0 at its northern edge.
        col: The same from the western edge.
        depth_m: Of the source.
        volume_m3: Change of volume when all is over; negative for deflation.
        onset: Last day without motion.
        end: First day with all of it.
    """

    row: float
    col: float
    depth_m: float
    volume_m3: float
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
        """The event whose uplift shows that many fringes above its centre."""
        towards = fringes * WAVELENGTH_M / 2 / np.cos(np.radians(incidence))
        volume = towards * depth_m**2 * pi / (1 - POISSON)
        return cls(place[0], place[1], depth_m, float(round(volume, -3)), *active)

    @property
    def source(self) -> Mogi:
        """The source at its full change of volume."""
        return Mogi(self.depth_m, self.volume_m3)

    def fraction(self, day: date) -> float:
        """Share of the change that has happened by a day."""
        length = (self.end - self.onset).days
        passed = (day - self.onset).days
        return float(passed > 0) if length <= 0 else min(max(passed / length, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class ScenePlan:
    """A synthetic frame.

    Attributes:
        frame: Identifier as LiCSAR writes it; its letter tells ascending from descending.
        title: For people.
        seed: Of all that is random.
        rows: Number of rows.
        cols: Number of columns.
        west: Longitude of the centre of the north-west pixel, degrees east.
        north: Its latitude, degrees north.
        dates: Acquisition days, sorted.
        events: The sources.
        edifices: The volcanoes.
        neighbours: Every date is paired with so many dates that follow.
        incidence: Angle at the ground, degrees.
        sea_fraction: Share of the frame below the sea.
        relief_m: Standard deviation of the ground between the volcanoes.
        turbulence_m: Smallest and largest turbulent delay of a date: root mean square difference
            of two points 5 km apart, metres.
        stratification: Standard deviation between dates of the phase by height, rad/km.
        mask_fringes: Motion between two dates is masked where it exceeds this, in fringes.
    """

    frame: str
    title: str
    seed: int
    rows: int
    cols: int
    west: float
    north: float
    dates: tuple[date, ...]
    events: tuple[Event, ...]
    edifices: tuple[Edifice, ...]
    neighbours: int = 3
    incidence: float = 39.0
    sea_fraction: float = 0.2
    relief_m: float = 200.0
    turbulence_m: tuple[float, float] = (0.003, 0.008)
    stratification: float = 1.5
    mask_fringes: float = 1 / 3

    def __post_init__(self) -> None:
        """Refuse values that make no frame."""
        if not FRAME_ID.fullmatch(self.frame):
            raise ConfigError(
                "not a frame identifier",
                where=self.frame,
                fix="write it as 124D_05291_081406: track, A or D, five digits, six digits",
            )
        if not (SMALLEST <= self.rows <= LARGEST and SMALLEST <= self.cols <= LARGEST):
            raise ConfigError(
                "a synthetic frame cannot have that size",
                where=f"{self.rows} x {self.cols}",
                fix=f"choose {SMALLEST} to {LARGEST} pixels",
            )
        if len(self.dates) < 2 or list(self.dates) != sorted(set(self.dates)):
            raise ConfigError("a synthetic frame needs two or more dates, each later than the last")
        if self.neighbours < 1 or self.seed < 0:
            raise ConfigError("neighbours must be 1 or more, and the seed 0 or more")

    @property
    def geometry(self) -> Geometry:
        """The grid."""
        return Geometry(self.rows, self.cols, self.west, self.north, PIXEL_DEGREES, -PIXEL_DEGREES)

    @property
    def spacing_m(self) -> tuple[float, float]:
        """Metres between rows and between columns."""
        east, north = self.geometry.pixel_metres()
        return north, east

    @property
    def ascending(self) -> bool:
        """Whether the satellite flies northward."""
        return self.frame[3] == "A"

    @property
    def heading(self) -> float:
        """Flight direction, degrees clockwise from north."""
        return _HEADINGS[self.frame[3]]

    @property
    def sight(self) -> LineOfSight:
        """From the ground to the satellite."""
        return LineOfSight.of(self.heading, self.incidence)

    @property
    def pairs(self) -> tuple[DatePair, ...]:
        """Each date with those that follow next, sorted."""
        return tuple(
            DatePair(primary, secondary)
            for i, primary in enumerate(self.dates)
            for secondary in self.dates[i + 1 : i + 1 + self.neighbours]
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values; dates in ISO 8601."""
        return {key: _plain(value) for key, value in asdict(self).items()}


def every_days(start: date, count: int, step: int = 12) -> tuple[date, ...]:
    """Acquisition days at the repeat of the satellite."""
    return tuple(start + timedelta(days=step * i) for i in range(count))


def random_plan(
    frame: str | None = None, *, seed: int = 0, size: int = 640, dates: int = 9
) -> ScenePlan:
    """A frame made up from its seed: one volcano with one source that awakes and rests again.

    Args:
        frame: Identifier; made up when left out.
        seed: Of all that is random.
        size: Rows and columns.
        dates: Number of acquisitions, 12 days apart.
    """
    if seed < 0 or dates < 2:
        raise ConfigError("the seed must be 0 or more, and the dates 2 or more")
    rng = generator(seed, "plan")
    north, west = _rounded(rng.uniform(-45, 60)), _rounded(rng.uniform(-180, 179))
    days = every_days(date(2016, 1, 5) + timedelta(days=int(rng.integers(0, 2_500))), dates)
    incidence = _rounded(rng.uniform(34, 43))
    extent_m = min(size * PIXEL_DEGREES * 111_000, 60_000)  # small frames show small volcanoes
    volcano = _random_volcano(rng, extent_m)
    event = _random_event(rng, volcano, extent_m, days, incidence)
    return ScenePlan(
        frame=frame or _made_up_frame(rng, north),
        title=f"Synthetic volcano {seed}",
        seed=seed,
        rows=size,
        cols=size,
        west=west,
        north=north,
        dates=days,
        events=(event,),
        edifices=(volcano,),
        incidence=incidence,
        sea_fraction=_rounded(rng.uniform(0.05, 0.45)),
    )


def _random_volcano(rng: np.random.Generator, extent_m: float) -> Edifice:
    return Edifice(
        row=_rounded(rng.uniform(0.38, 0.62)),
        col=_rounded(rng.uniform(0.38, 0.62)),
        height_m=_rounded(extent_m * rng.uniform(0.027, 0.045)),
        radius_m=_rounded(extent_m * 0.30),
        caldera_m=_rounded(extent_m * rng.uniform(0.01, 0.03)),
    )


def _random_event(
    rng: np.random.Generator,
    volcano: Edifice,
    extent_m: float,
    days: tuple[date, ...],
    incidence: float,
) -> Event:
    """A source not far from the summit, at work in the middle of the dates."""
    onset = int(len(days) * 0.3)
    end = min(onset + max(int(len(days) * 0.4), 1), len(days) - 1)
    aside = rng.uniform(-0.06, 0.06, 2)
    return Event.of_fringes(
        (_rounded(volcano.row + aside[0]), _rounded(volcano.col + aside[1])),
        depth_m=_rounded(extent_m * rng.uniform(0.035, 0.065)),
        fringes=float(rng.uniform(2, 5) * rng.choice([1, 1, -0.6])),
        active=(days[onset], days[end]),
        incidence=incidence,
    )


def _rounded(value: float) -> float:
    return round(float(value), 3)


def number_of(frame: str) -> int:
    """A number that tells samples of different frames apart."""
    return crc32(frame.encode()) % 1_000_000


def _made_up_frame(rng: np.random.Generator, north: float) -> str:
    track, letter = int(rng.integers(1, 176)), rng.choice(["A", "D"])
    return f"{track:03d}{letter}_{round((90 - north) * 100):05d}_131313"


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
