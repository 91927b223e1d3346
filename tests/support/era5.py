"""Fields of ERA5 in every layout it is downloaded in, and what a frame should make of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import floor
from pathlib import Path

import numpy as np
import xarray as xr

from thalia_core.cube.geometry import Geometry

SHORT = {
    "total_column_water_vapour": "tcwv",
    "surface_pressure": "sp",
    "vertical_integral_of_temperature": "vit",
}
UNITS = {"tcwv": "kg m**-2", "sp": "Pa", "vit": "K kg m**-2"}
STEP = {"tcwv": 1 / 256, "sp": 2.0, "vit": 64.0}
"""What values may be off by in a cube, twice."""
_LOOK = {"tcwv": (22.5, 8.0), "sp": (92_967.0, 2500.0), "vit": (2_396_037.0, 40_000.0)}
_NUMBER = {"tcwv": 137, "sp": 134, "vit": 162054}
EPOCH = datetime(2020, 1, 1)
NAMES = tuple(UNITS)

LATS = np.arange(2.0, -2.01, -0.25)
LONS = np.arange(-93.0, -88.99, 0.25)


def value(short: str, lat, lon, hour: datetime):
    """A field that differs in every node and hour, of period 4 degrees along the equator."""
    mean, swing = _LOOK[short]
    late = (hour - EPOCH) / timedelta(hours=1)
    east = np.cos(np.radians(lon) * 90)
    return mean + swing * (np.sin(1.7 * lat + 0.9 * late) / 2 + east * np.cos(lat + late) / 2)


def by_hand(short: str, lat: float, lon: float, hour: datetime) -> float:
    """The four nodes around a point, each with the area of the opposite rectangle."""
    south, west = floor(lat * 4) / 4, floor(lon * 4) / 4
    total = 0.0
    for node_lat in (south, south + 0.25):
        for node_lon in (west, west + 0.25):
            share = (1 - abs(lat - node_lat) / 0.25) * (1 - abs(lon - node_lon) / 0.25)
            total += share * float(value(short, node_lat, node_lon, hour))
    return total


def plane_by_hand(short: str, geometry: Geometry, hour: datetime) -> np.ndarray:
    """The same for every pixel centre."""
    return np.array([[by_hand(short, lat, lon, hour) for lon in geometry.x] for lat in geometry.y])


def table(short: str, hours: Sequence[datetime], lats=LATS, lons=LONS) -> np.ndarray:
    """(hours, latitudes, longitudes)."""
    return np.array([value(short, lats[:, None], lons[None, :], hour) for hour in hours])


def new_cds(
    path: Path,
    hours: Sequence[datetime],
    names: Iterable[str] = NAMES,
    lats=LATS,
    lons=LONS,
    units=UNITS,
    versions: Sequence[str] | None = None,
    factor: float = 1.0,
) -> Path:
    """As the new Climate Data Store gives it: netCDF4, ``valid_time``, ``number``, ``expver``."""
    dims = ("valid_time", "latitude", "longitude")
    data = xr.Dataset(
        {
            name: (
                dims,
                (factor * table(name, hours, lats, lons)).astype("float32"),
                {"GRIB_paramId": np.int64(_NUMBER[name]), "units": units.get(name, "")},
            )
            for name in names
        },
        {
            "valid_time": ("valid_time", np.array(hours, "datetime64[ns]")),
            "latitude": ("latitude", lats, {"units": "degrees_north"}),
            "longitude": ("longitude", lons, {"units": "degrees_east"}),
            "number": ((), 0),
            "expver": ("valid_time", np.array(versions or ["0001"] * len(hours), object)),
        },
    )
    clock = {"units": "seconds since 1970-01-01", "dtype": "int64"}
    data.to_netcdf(path, engine="h5netcdf", encoding={"valid_time": clock})
    return path


def _packed(values: np.ndarray) -> dict[str, object]:
    low, high = np.nanmin(values), np.nanmax(values)
    scale = max(high - low, 1e-3) / 65_000
    packing = {"scale_factor": scale, "add_offset": (high + low) / 2}
    return {"dtype": "int16", "_FillValue": np.int16(-32767), **packing}


def old_cds(
    path: Path,
    hours: Sequence[datetime],
    names: Iterable[str] = ("tcwv", "sp"),
    lats=LATS,
    lons=LONS,
    preliminary_from: int | None = None,
) -> Path:
    """As the old one gave it: netCDF3, int16, ``time`` since 1900, perhaps ``expver`` 1 and 5."""
    clock = [int((hour - datetime(1900, 1, 1)) / timedelta(hours=1)) for hour in hours]
    dims: tuple[str, ...] = ("time", "latitude", "longitude")
    coordinates: dict[str, object] = {
        "time": ("time", np.array(clock, "int32"), {"units": "hours since 1900-01-01 00:00:00.0"}),
        "latitude": ("latitude", lats.astype("float32")),
        "longitude": ("longitude", lons.astype("float32")),
    }
    planes = {name: table(name, hours, lats, lons) for name in names}
    if preliminary_from is not None:
        dims = ("time", "expver", "latitude", "longitude")
        coordinates["expver"] = ("expver", np.array([1, 5], "int32"))
        for name, plane in planes.items():
            both = np.full((len(hours), 2, *plane.shape[1:]), np.nan)
            both[:preliminary_from, 0] = plane[:preliminary_from]
            both[preliminary_from:, 1] = plane[preliminary_from:]
            planes[name] = both
    stored = {"vit": "p54.162"}
    data = xr.Dataset(
        {
            stored.get(name, name): (dims, plane, {"units": UNITS[name]})
            for name, plane in planes.items()
        },
        coordinates,
    )
    encoding = {str(name): _packed(data[name].values) for name in data.data_vars}
    data.to_netcdf(path, engine="scipy", format="NETCDF3_64BIT", encoding=encoding)
    return path


def grib(
    path: Path,
    hours: Sequence[datetime],
    names: Iterable[str] = NAMES,
    lats=LATS,
    lons=LONS,
    **keys: object,
) -> Path:
    """As MARS and both stores give it: edition 1, one message a field."""
    import eccodes

    places = {"tcwv": (128, 137), "sp": (128, 134), "vit": (162, 54)}
    with path.open("wb") as file:
        for hour in hours:
            for name in names:
                handle = eccodes.codes_grib_new_from_samples("regular_ll_sfc_grib1")
                settings = {
                    "centre": 98,
                    "table2Version": places[name][0],
                    "indicatorOfParameter": places[name][1],
                    "dataDate": int(f"{hour:%Y%m%d}"),
                    "dataTime": int(f"{hour:%H%M}"),
                    "Ni": len(lons),
                    "Nj": len(lats),
                    "latitudeOfFirstGridPointInDegrees": lats[0],
                    "latitudeOfLastGridPointInDegrees": lats[-1],
                    "longitudeOfFirstGridPointInDegrees": lons[0],
                    "longitudeOfLastGridPointInDegrees": lons[-1],
                    "iDirectionIncrementInDegrees": 0.25,
                    "jDirectionIncrementInDegrees": 0.25,
                    "jScansPositively": int(lats[-1] > lats[0]),
                    "bitsPerValue": 24,
                    **keys,
                }
                for key, setting in settings.items():
                    eccodes.codes_set(handle, key, setting)
                values = value(name, lats[:, None], lons[None, :], hour)
                eccodes.codes_set_values(handle, np.ascontiguousarray(values).ravel())
                eccodes.codes_write(handle, file)
                eccodes.codes_release(handle)
    return path
