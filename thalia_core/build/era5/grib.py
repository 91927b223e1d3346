"""ERA5 in GRIB, edition 1 as the archive keeps it (or 2); the integral of temperature comes so.

Headers are scanned once; a field is decoded when it is asked for. No index is left beside the file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from thalia_core.build.era5 import fields, grid
from thalia_core.build.era5.files import Source
from thalia_core.build.era5.grid import Crop, Floats
from thalia_core.build.era5.series import Series, UnreadableError, is_preliminary
from thalia_core.errors import BuildError

try:
    import eccodes
except (ImportError, RuntimeError) as failure:  # the second where its C library does not load
    raise BuildError(
        "cannot read GRIB here",
        why=f"ecCodes does not load: {failure}",
        fix="pip install eccodeslib",
    ) from failure

_GRID = (
    ("Nj", "Ni", "latitudeOfFirstGridPointInDegrees", "latitudeOfLastGridPointInDegrees")
    + ("longitudeOfFirstGridPointInDegrees", "longitudeOfLastGridPointInDegrees")
    + ("iScansNegatively", "jPointsAreConsecutive", "alternativeRowScanning")
)
_STREAM = "oper"
_MISSING = 1e20


@dataclass
class _Messages:
    """The messages of one variable on one grid."""

    offsets: list[int] = field(default_factory=list)
    hours: list[np.datetime64] = field(default_factory=list)
    preliminary: list[bool] = field(default_factory=list)


class Grib:
    """One file of GRIB messages.

    Attributes:
        series: What can be used.
        problems: What cannot, and why.

    Raises:
        UnreadableError: It is damaged, or holds nothing of ERA5.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._found: dict[tuple[int, tuple[Any, ...]], _Messages] = {}
        self.problems: list[str] = []
        self._scan()
        self.series = [self._series(key, found) for key, found in self._found.items()]
        if not self.series and not self.problems:
            raise UnreadableError(f"it holds none of {fields.WANTED}")

    def close(self) -> None:
        """Nothing is kept open."""

    def _scan(self) -> None:
        try:
            with self._source.path.open("rb") as file:
                while True:
                    with _message(file, headers_only=True) as handle:
                        if handle is None:
                            return
                        self._note(handle)
        except eccodes.CodesInternalError as error:
            self.problems.append(f"it is cut off or damaged after its first fields: {error}")

    def _note(self, handle: int) -> None:
        """Enter one message, or say once why its kind is left out."""
        number = _get(handle, "paramId")
        if number not in fields.BY_GRIB:
            return
        try:
            shape, hour = _grid_of(handle), _hour(handle)
        except UnreadableError as error:
            problem = f"'{fields.BY_GRIB[number].short[0]}' is left out: {error}"
            if problem not in self.problems:
                self.problems.append(problem)
            return
        found = self._found.setdefault((number, shape), _Messages())
        found.offsets.append(int(_get(handle, "offset")))
        found.hours.append(hour)
        found.preliminary.append(is_preliminary(_get(handle, "expver")))

    def _series(self, key: tuple[int, tuple[Any, ...]], found: _Messages) -> Series:
        lats, lons = _axes(key[1])

        def read(position: int, crop: Crop) -> Floats:
            values = self._values(found.offsets[position]).reshape(len(lats), len(lons))
            return values[np.ix_(crop.rows, crop.cols)]

        return Series(
            fields.BY_GRIB[key[0]],
            self._source.name,
            lats,
            lons,
            np.array(found.hours, "datetime64[s]"),
            np.array(found.preliminary, np.bool_),
            read,
        )

    def _values(self, offset: int) -> Floats:
        with self._source.path.open("rb") as file:
            file.seek(offset)
            with _message(file, headers_only=False) as handle:
                if handle is None:
                    raise UnreadableError("the file was changed while it was read")
                eccodes.codes_set(handle, "missingValue", _MISSING)
                values = np.asarray(eccodes.codes_get_values(handle), np.float64)
        values[values == _MISSING] = np.nan
        return values


@contextmanager
def _message(file: Any, *, headers_only: bool) -> Iterator[int | None]:
    handle = eccodes.codes_grib_new_from_file(file, headers_only=headers_only)
    try:
        yield handle
    finally:
        if handle is not None:
            eccodes.codes_release(handle)


def _get(handle: int, key: str) -> Any:
    return eccodes.codes_get(handle, key) if eccodes.codes_is_defined(handle, key) else ""


def _grid_of(handle: int) -> tuple[Any, ...]:
    """What tells one grid from another, in the order of ``_GRID``."""
    if (kind := _get(handle, "gridType")) != "regular_ll":
        raise UnreadableError(f"its grid is '{kind}', not one of latitudes and longitudes")
    if (stream := _get(handle, "stream")) not in (_STREAM, ""):
        raise UnreadableError(
            f"it is of the stream '{stream}'; the hourly reanalysis is '{_STREAM}'"
        )
    shape = tuple(_get(handle, key) for key in _GRID)
    if any(shape[6:]):
        raise UnreadableError("its points run in another order than from west to east, row by row")
    if why := grid.unusable(*_axes(shape)):
        raise UnreadableError(why)
    return shape


def _axes(shape: tuple[Any, ...]) -> tuple[Floats, Floats]:
    nj, ni, first, last, west, east = shape[:6]
    return np.linspace(first, last, nj), np.linspace(west, east + 360 * (east < west), ni)


def _hour(handle: int) -> np.datetime64:
    _moment(handle, "data")  # ecCodes takes month 13 for the next January
    return np.datetime64(_moment(handle, "validity"), "s")


def _moment(handle: int, kind: str) -> datetime:
    day, clock = _get(handle, f"{kind}Date"), _get(handle, f"{kind}Time")
    try:
        return datetime.strptime(f"{day} {int(clock):04d}", "%Y%m%d %H%M")
    except ValueError as error:
        raise UnreadableError(f"it is of no hour: {day} {clock}") from error
