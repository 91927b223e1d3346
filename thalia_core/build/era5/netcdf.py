"""ERA5 in netCDF: the files of the old Climate Data Store, and those of the new one.

The old one gave netCDF3 with an axis ``time`` in hours since 1900, values packed in int16, and in
files that reach into the last months a dimension ``expver`` whose two planes complete each other.
The new one gives netCDF4 with an axis ``valid_time``, and ``number`` and ``expver`` as coordinates.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import h5py  # type: ignore[import-untyped]
import numpy as np
import xarray
from numpy.typing import NDArray

from thalia_core.build.era5 import fields, grid
from thalia_core.build.era5.files import Source
from thalia_core.build.era5.grid import Crop, Floats
from thalia_core.build.era5.series import Hours, Series, UnreadableError, is_preliminary

_ENGINES: dict[str, Literal["scipy", "h5netcdf"]] = {"netcdf3": "scipy", "netcdf4": "h5netcdf"}
_TIMES = ("valid_time", "time")
_LATS = ("latitude", "lat")
_LONS = ("longitude", "lon")


class NetCdf:
    """One open file.

    Attributes:
        series: What can be used.
        problems: What cannot, and why.

    Raises:
        UnreadableError: It is damaged, or holds nothing of ERA5.
    """

    def __init__(self, source: Source) -> None:
        self.series: list[Series] = []
        self.problems: list[str] = []
        try:
            if source.kind == "netcdf4":
                _touch(source.path)
            self._data = xarray.open_dataset(
                source.path, engine=_ENGINES[source.kind], decode_timedelta=False, cache=False
            )
        except Exception as error:  # each library below has errors of its own
            raise UnreadableError(f"cannot be read as netCDF: {_one_line(error)}") from error
        for name, data in self._data.data_vars.items():
            variable = fields.of_netcdf(str(name), data.attrs)
            if variable is not None:
                try:
                    self.series.append(_series(source.name, variable, data))
                except UnreadableError as error:
                    self.problems.append(f"'{name}' is left out: {error}")
                except Exception as error:  # coordinates are read now, and may be damaged
                    self.problems.append(f"'{name}' is left out: {_one_line(error)}")
        if not self.series and not self.problems:
            self.close()
            raise UnreadableError(f"it holds none of {fields.WANTED}")

    def close(self) -> None:
        """Let go of the file."""
        self._data.close()


def _touch(path: Path) -> None:
    """Fail here on a damaged file: h5netcdf leaves a traceback of its own behind."""
    with h5py.File(path) as file:
        list(file.values())


def _series(name: str, variable: fields.Era5Variable, data: xarray.DataArray) -> Series:
    if why := variable.wrong_units(data.attrs.get("units")):
        raise UnreadableError(why)
    if means := _means(data.attrs):
        raise UnreadableError(f"it holds no single hours ({means})")
    lat, lon = _axis(data, _LATS), _axis(data, _LONS)
    lats, lons = (np.asarray(data[axis].values, np.float64) for axis in (lat, lon))
    if why := grid.unusable(lats, lons):
        raise UnreadableError(why)
    clock = _clock(data)
    times = _hours(data, clock)
    along = data[clock].dims[0] if data[clock].dims else None
    data, planes = _without_extras(data, {along, lat, lon})

    def read(position: int, crop: Crop) -> Floats:
        at = {lat: crop.rows, lon: crop.cols} | ({} if along is None else {along: position})
        part = data.isel(at).transpose(..., lat, lon)
        values = np.asarray(part.values, np.float64).reshape(-1, len(crop.rows), len(crop.cols))
        best: Floats = values[planes[0]]
        for plane in planes[1:]:
            best = np.where(np.isnan(best), values[plane], best)
        return best

    return Series(variable, name, lats, lons, times, _preliminary(data, along, len(times)), read)


def _means(attrs: Mapping[str, Any]) -> str | None:
    """How a file says that its values are means over days or months; None where it does not."""
    for name, hourly in (("GRIB_stepType", "instant"), ("cell_methods", "point")):
        text = str(attrs.get(name, hourly))
        if hourly not in text:
            return f"{name} {text!r}"
    return None


def _axis(data: xarray.DataArray, names: tuple[str, ...]) -> str:
    for name in names:
        if name in data.dims and name in data.coords:
            return name
    raise UnreadableError(f"it has no axis '{names[0]}'")


def _clock(data: xarray.DataArray) -> str:
    """The coordinate that tells the hour of each field."""
    for name in _TIMES:
        if name in data.coords and data[name].ndim <= 1:
            return name
    raise UnreadableError("it has no axis 'valid_time' or 'time'")


def _hours(data: xarray.DataArray, clock: str) -> Hours:
    values = np.atleast_1d(data[clock].values)
    if values.dtype.kind != "M" or np.isnat(values).any():
        units = data[clock].attrs.get("units")
        raise UnreadableError(f"its axis '{clock}' tells no times (units {units!r})")
    if not len(values):
        raise UnreadableError("it holds no hour")
    # fractions of days in floating point fall a little beside the full hour
    return (values.astype("datetime64[ms]") + np.timedelta64(500, "ms")).astype("datetime64[s]")


def _without_extras(
    data: xarray.DataArray, wanted: set[Any]
) -> tuple[xarray.DataArray, tuple[int, ...]]:
    """Without further dimensions of size 1; and the order in which planes of expver count."""
    planes: tuple[int, ...] = (0,)
    for dim in [dim for dim in data.dims if dim not in wanted]:
        size = data.sizes[dim]
        if dim == "expver":
            versions = data[dim].values if dim in data.coords else np.arange(size)
            planes = tuple(sorted(range(size), key=lambda n: is_preliminary(versions[n])))
        elif size == 1:
            data = data.isel({dim: 0})
        else:
            raise UnreadableError(
                f"it has {size} planes an hour (dimension '{dim}'); the reanalysis has one"
            )
    return data, planes


def _preliminary(data: xarray.DataArray, along: Any, size: int) -> NDArray[np.bool_]:
    if "expver" not in data.coords or "expver" in data.dims:
        return np.zeros(size, np.bool_)
    version = data["expver"]
    if version.dims not in ((), (along,)):
        return np.zeros(size, np.bool_)
    flags = [is_preliminary(one) for one in np.atleast_1d(version.values)]
    return np.broadcast_to(np.array(flags, np.bool_), size)


def _one_line(error: Exception) -> str:
    lines = str(error).strip("'\"").splitlines()  # a KeyError quotes its text
    return lines[0] if lines else type(error).__name__
