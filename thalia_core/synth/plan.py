"""What decides a synthetic frame: plain values, to be kept, compared and run again."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, timedelta
from typing import Any
from zlib import crc32

from thalia_core.build.licsar import FRAME_ID
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.pairs import DatePair
from thalia_core.errors import ConfigError
from thalia_core.insar.los import LineOfSight
from thalia_core.synth.events import Event
from thalia_core.synth.relief import Relief
from thalia_core.synth.terrain import Edifice

PIXEL_DEGREES = 0.001
SMALLEST, LARGEST = 64, 5_000
_HEADINGS = {"A": -12.0, "D": -168.0}


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
        ramp_fringes: Standard deviation between dates of an orbital ramp across the frame.
        pixel: Degrees from pixel to pixel.
        outline: Whether the satellite took data inside a slanted outline only, or everywhere.
        relief: Real heights instead of made-up ones.
        air: For each date by how much its stratification and its turbulence are stronger than
            usual; all the same when left out.
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
    ramp_fringes: float = 0.0
    pixel: float = PIXEL_DEGREES
    outline: bool = True
    relief: Relief | None = None
    air: tuple[tuple[float, float], ...] = ()

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
        if self.air and len(self.air) != len(self.dates):
            raise ConfigError("the air of a synthetic frame is told for each date or for none")
        if self.neighbours < 1 or self.seed < 0:
            raise ConfigError("neighbours must be 1 or more, and the seed 0 or more")

    @property
    def geometry(self) -> Geometry:
        """The grid."""
        return Geometry(self.rows, self.cols, self.west, self.north, self.pixel, -self.pixel)

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

    def air_of(self, day: date) -> tuple[float, float]:
        """Factors of the stratification and the turbulence of a date."""
        return self.air[self.dates.index(day)] if self.air else (1.0, 1.0)

    def to_json(self) -> dict[str, Any]:
        """Plain values; dates in ISO 8601."""
        return {field.name: plain(getattr(self, field.name)) for field in fields(self)}


def every_days(start: date, count: int, step: int = 12) -> tuple[date, ...]:
    """Acquisition days at the repeat of the satellite."""
    return tuple(start + timedelta(days=step * i) for i in range(count))


def number_of(frame: str) -> int:
    """A number that tells samples of different frames apart."""
    return crc32(frame.encode()) % 1_000_000


def plain(value: object) -> object:
    """A value of a plan as JSON has it; a record tells its type, so that sources are told apart."""
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        values = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        return {"type": type(value).__name__, **values}
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
