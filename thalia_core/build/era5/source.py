"""Many files of ERA5 as one: which hours there are of each variable, and a field on a frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from thalia_core.build.era5 import fields
from thalia_core.build.era5.files import Files, Source
from thalia_core.build.era5.grid import Nodes, UncoveredError, crop
from thalia_core.build.era5.series import Series, UnreadableError
from thalia_core.build.findings import Finding
from thalia_core.cube.geometry import Geometry
from thalia_core.errors import BuildError

NEAREST = timedelta(minutes=30)
"""How far the hour may lie from the acquisition; exactly this much is still near enough."""
_NO_HOURS = np.array([], "datetime64[s]")


@dataclass(frozen=True, slots=True, eq=False)
class Era5Plane:
    """One variable on a frame's grid.

    Attributes:
        values: (rows, cols), north-up, in the unit of the schema.
        hour: The hour of ERA5, UTC.
        seconds: That hour minus the time that was asked for.
    """

    values: NDArray[np.float32]
    hour: datetime
    seconds: float


class _File(Protocol):
    series: list[Series]
    problems: list[str]

    def close(self) -> None: ...


class Era5:
    """Open files of ERA5; a context manager that closes them.

    Attributes:
        paths: What was named.
        findings: Files, variables and fields that cannot be used, and why.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = tuple(paths)
        self.findings: list[Finding] = []
        self._files = Files(paths)
        self._opened: list[_File] = []
        self._series: dict[str, list[Series]] = {v.name: [] for v in fields.VARIABLES}
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    @classmethod
    def open(cls, paths: Sequence[Path]) -> Self:
        """Read the headers of files, folders of files and zip archives.

        Raises:
            BuildError: A path is not there, or nothing in them can be used.
        """
        return cls(paths)

    def close(self) -> None:
        """Close the files; what was unpacked is removed."""
        for file in self._opened:
            file.close()
        self._files.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def variables(self) -> tuple[str, ...]:
        """Schema names of the variables there are."""
        return tuple(name for name, series in self._series.items() if series)

    def hours(self, variable: str) -> NDArray[np.datetime64]:
        """All hours of a variable, UTC, sorted, datetime64[s]."""
        return self._hours[variable]

    def near(self, variable: str, when: datetime) -> tuple[datetime, ...]:
        """Hours at most 30 minutes from a time, the nearest first, of two alike the earlier."""
        hours = self.hours(variable)
        at = np.datetime64(when.astimezone(UTC).replace(tzinfo=None), "us")
        apart = np.abs(hours.astype("datetime64[us]") - at)
        order = np.argsort(apart, kind="stable")
        close = order[apart[order] <= np.timedelta64(NEAREST)]
        return tuple(_datetime(hour) for hour in hours[close])

    def nodes(self, variable: str, geometry: Geometry, hour: datetime) -> Nodes:
        """The values around a frame in one hour, final ERA5 before preliminary.

        Raises:
            BuildError: The hour is not there, no file of it covers the frame, or values are
                damaged or implausible.
        """
        at = np.datetime64(hour.astimezone(UTC).replace(tzinfo=None), "s")
        whys: list[str] = []
        for series, position in self._holding(variable, at):
            try:
                return _read(series, position, geometry)
            except (UncoveredError, UnreadableError) as error:
                whys.append(f"{series.name}: {error}")
        raise BuildError(
            f"no {variable} at {hour:%Y-%m-%d %H:%M} UTC for this frame",
            where=self.where,
            why="; ".join(dict.fromkeys(whys)) or "no file holds that hour",
            fix="download that hour for an area that encloses the frame",
        )

    def plane(self, variable: str, geometry: Geometry, when: datetime) -> Era5Plane:
        """One variable at the nearest hour, interpolated to a frame's pixel centres.

        Args:
            variable: A name of ``schema.ERA5``.
            geometry: The frame, in longitudes and latitudes.
            when: Time of acquisition, with a time zone.

        Raises:
            BuildError: No hour within 30 minutes is there, or it cannot be used.
        """
        require_degrees(geometry)
        near = self.near(variable, when)
        if not near:
            raise BuildError(
                f"no {variable} for {when.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
                where=self.where,
                why=self.lacking(variable, when),
                fix="download that hour too",
            )
        values = self.nodes(variable, geometry, near[0]).plane(geometry)
        return Era5Plane(values, near[0], (near[0] - when).total_seconds())

    def lacking(self, variable: str, when: datetime) -> str:
        """Which hour is wanted for a time, and what there is instead."""
        hours = self.hours(variable)
        if not len(hours):
            return self.lacking_variable(variable)
        wanted = rounded(when)
        at = np.datetime64(wanted.replace(tzinfo=None), "s")
        nearest = _datetime(hours[np.abs(hours - at).argmin()])
        return (
            f"the hour {wanted:%Y-%m-%d %H:%M} UTC is missing; the nearest there is "
            f"{nearest:%Y-%m-%d %H:%M}, of {len(hours)} from {_datetime(hours[0]):%Y-%m-%d} to "
            f"{_datetime(hours[-1]):%Y-%m-%d}"
        )

    def lacking_variable(self, variable: str) -> str:
        """That no file has a variable, by the name it has there."""
        return f"no file holds {fields.BY_NAME[variable].short[0]} ({variable})"

    @property
    def where(self) -> str:
        """What was named, in words."""
        return ", ".join(str(path) for path in self.paths)

    def _holding(self, variable: str, at: np.datetime64) -> list[tuple[Series, int]]:
        found = [
            (series, int(position))
            for series in self._series[variable]
            for position in np.flatnonzero(series.hours == at)
        ]
        return sorted(found, key=lambda one: bool(one[0].preliminary[one[1]]))

    def _open(self) -> None:
        self.findings += self._files.findings
        for source in self._files.sources:
            try:
                file = _opened(source)
            except UnreadableError as error:
                self.findings.append(Finding(source.name, str(error)))
                continue
            self._opened.append(file)
            self.findings += [Finding(source.name, problem) for problem in file.problems]
            for series in file.series:
                self._series[series.variable.name].append(series)
        self._hours = {
            name: np.unique(np.concatenate([*(one.hours for one in series), _NO_HOURS]))
            for name, series in self._series.items()
        }
        if not self.variables:
            whys = [str(finding) for finding in self.findings[:3]]
            raise BuildError(
                "no ERA5 field that can be used",
                where=self.where,
                why="; ".join(whys) or "there is neither netCDF, GRIB nor a zip of them",
                fix=f"give netCDF or GRIB files of ERA5 single levels with {fields.WANTED}",
            )


def _opened(source: Source) -> _File:
    # xarray and ecCodes take most of a second to import: each only when there is such a file.
    if source.kind == "grib":
        from thalia_core.build.era5.grib import Grib

        return Grib(source)
    from thalia_core.build.era5.netcdf import NetCdf

    return NetCdf(source)


def _read(series: Series, position: int, geometry: Geometry) -> Nodes:
    part = crop(series.lats, series.lons, geometry)
    try:
        values = series.read(position, part)
    except Exception as error:  # whatever a damaged file makes a library raise
        raise UnreadableError(f"cannot be read ({type(error).__name__}: {error})") from error
    if np.isnan(values).any():
        raise UnreadableError(f"{series.variable.name} has no values there in that hour")
    if why := series.variable.implausible(values):
        raise UnreadableError(why)
    return Nodes(part.lats, part.lons, values)


def require_degrees(geometry: Geometry) -> None:
    """Make sure that a grid is one of longitudes and latitudes.

    Raises:
        BuildError: It is not.
    """
    if not geometry.geographic:
        raise BuildError(
            "ERA5 needs a grid of longitudes and latitudes", why=f"this one is {geometry.crs}"
        )


def rounded(when: datetime) -> datetime:
    """The nearest full hour, UTC, the day rolling over; of two alike the earlier."""
    utc = when.astimezone(UTC)
    before = utc.replace(minute=0, second=0, microsecond=0)
    return before + timedelta(hours=1) * (utc - before > NEAREST)


def _datetime(hour: np.datetime64) -> datetime:
    plain: datetime = hour.astype("datetime64[s]").item()
    return plain.replace(tzinfo=UTC)
