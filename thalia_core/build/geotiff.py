"""Rasters of a frame: where a GeoTIFF lies, and its values as one north-up plane."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError

from thalia_core.cube.geometry import Geometry
from thalia_core.cube.schema import GACOS, PAIR
from thalia_core.errors import BuildError

_CRS = "EPSG:4326"
_VOID = -9_999.0
"""Heights down from here mark voids: SRTM writes -32768, others -9999."""
_UNIT, _PI = 1.001, 3.15
"""Limits with room for rounding."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a raster says about itself before its pixels are read.

    Attributes:
        path: The file.
        geometry: Its grid, turned north-up where the file is not.
        dtype: Type of the values in the file.
    """

    path: Path
    geometry: Geometry
    dtype: str


def read_header(path: Path) -> Header:
    """The raster's grid and type.

    rasterio's transform is that of pixel corners for Point and Area rasters alike, so the two need
    no telling apart here.

    Raises:
        BuildError: Not a readable GeoTIFF, or not on a regular grid in EPSG:4326.
    """
    try:
        with rasterio.open(path) as raster:
            shape, t = raster.shape, raster.transform
            dtype, epsg = (
                str(raster.dtypes[0]),
                raster.crs.to_epsg() if raster.crs else None,
            )
    except (RasterioError, OSError) as error:
        raise _unreadable(path, error) from error
    if epsg != 4326:
        found = "no coordinate system" if epsg is None else f"EPSG:{epsg}"
        raise BuildError("not a LiCSAR raster", where=path, why=f"it has {found}, not {_CRS}")
    if t.b or t.d or t.is_identity:
        raise BuildError("not a LiCSAR raster", where=path, why="its grid is turned or missing")
    west = t.c if t.a > 0 else t.c + t.a * shape[1]
    north = t.f if t.e < 0 else t.f + t.e * shape[0]
    dx, dy = abs(t.a), -abs(t.e)
    geometry = Geometry(shape[0], shape[1], west + dx / 2, north + dy / 2, dx, dy, _CRS)
    return Header(path, geometry, dtype)


def read_values(path: Path) -> NDArray[Any]:
    """The first band, north-up, in the file's own type; pixels tagged as no data are NaN in floats.

    Raises:
        BuildError: The file cannot be read to its end.
    """
    try:
        with rasterio.open(path) as raster:
            values: NDArray[Any] = raster.read(1)
            transform, nodata = raster.transform, raster.nodata
    except (RasterioError, OSError) as error:
        raise _unreadable(path, error) from error
    if nodata is not None and values.dtype.kind == "f" and not np.isnan(nodata):
        values[values == nodata] = np.nan
    return values[:: -1 if transform.e > 0 else 1, :: -1 if transform.a < 0 else 1]


def read_phase(path: Path) -> NDArray[np.float32]:
    """Wrapped phase in rad; LiCSAR marks no data by an exact zero, which becomes NaN.

    Raises:
        BuildError: Its values are in another unit, or not wrapped.
    """
    phase = _float32(path)
    _require_within(phase, _PI, path, "pi: no wrapped phase in rad")
    return _zero_is_none(phase)


def read_coherence(path: Path) -> NDArray[np.uint8] | NDArray[np.float32]:
    """Coherence as 0-255 with 0 for no data, or as 0-1 with NaN: the file's type decides.

    Raises:
        BuildError: Its values are neither.
    """
    values = read_values(path)
    if values.dtype == np.uint8:
        return values
    coherence = values.astype(np.float32, copy=False)
    _require_within(coherence, _UNIT, path, "1: no coherence in decimal numbers")
    return _zero_is_none(coherence)


def read_unwrapped(path: Path) -> NDArray[np.float32]:
    """Unwrapped phase in rad, NaN where an exact zero marks no data."""
    return _zero_is_none(_float32(path))


def read_delay(path: Path) -> NDArray[np.float32]:
    """GACOS slant delay in rad; NaN and exact zeros are no data."""
    return _zero_is_none(_float32(path))


def read_height(path: Path) -> NDArray[np.float32]:
    """Heights in m, NaN where the file says there are none and in the voids of SRTM."""
    height = _float32(path)
    height[height <= _VOID] = np.nan
    return height


def read_sight(path: Path) -> NDArray[np.float32]:
    """A part of the unit vector from the ground to the satellite; an exact zero is no data.

    Raises:
        BuildError: Its values are none of a unit vector.
    """
    part = _float32(path)
    _require_within(part, _UNIT, path, "1: no part of a unit vector")
    return _zero_is_none(part)


def read_land(path: Path) -> NDArray[np.uint8]:
    """1 on land, 0 on water and where the file says nothing."""
    return (_float32(path) > 0.5).astype(np.uint8)


def _require_within(values: NDArray[Any], limit: float, path: Path, what: str) -> None:
    if max(values.max(), -values.min()) <= limit:  # not so with NaN, which few products have
        return
    if (np.abs(values) > limit).any():
        raise BuildError("not a LiCSAR raster", where=path, why=f"its values exceed {what}")


def _zero_is_none(values: NDArray[np.float32]) -> NDArray[np.float32]:
    values[values == 0] = np.nan
    return values


def _float32(path: Path) -> NDArray[np.float32]:
    values = read_values(path)
    if values.dtype.kind == "c":
        raise BuildError("not a LiCSAR raster", where=path, why="its values are complex numbers")
    return values.astype(np.float32, copy=False)


def _unreadable(path: Path, error: Exception) -> BuildError:
    why = str(error.__cause__ or error).replace(str(path), "").replace(path.name, "").lstrip(" ,:'")
    return BuildError(
        "cannot read the GeoTIFF",
        where=path,
        why=f"it is damaged or cut short ({why})" if path.exists() else "there is no such file",
        fix="download it again",
    )


READERS: dict[str, Callable[[Path], NDArray[Any]]] = {
    "insar_difference": read_phase,
    "insar_coherence": read_coherence,
    "unwrapped_phase": read_unwrapped,
    "dem": read_height,
    "land_mask": read_land,
    **dict.fromkeys(("los_east", "los_north", "los_up"), read_sight),
    **dict.fromkeys((f"{end}_{GACOS}" for end in PAIR), read_delay),
}
"""How the raster of each layer is read."""
