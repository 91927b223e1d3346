"""Planes as GeoTIFF, as GDAL and every GIS read them.

    geotiff_of(cube, pair, "insar_difference", Path("phase.tif"))

Measured values are float32 with NaN for no data, in the units of the schema; masks are uint8 with
the colours and names of their classes. The grid is that of the cube, to the last digit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from rasterio.transform import Affine

from thalia_core.cube import crs, schema
from thalia_core.cube.durable import write_bytes
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.errors import CubeError, ThaliaError

Colour = tuple[int, int, int]
COLOURS: tuple[str, ...] = (
    *("#000000", "#e69f00", "#d55e00", "#0072b2", "#009e73", "#cc79a7", "#f0e442"),
    *("#56b4e9", "#999999"),
)
"""Colours of class codes from 0, as #rrggbb: Okabe and Ito, for colour-blind eyes as well."""
_ENDINGS = (".tif", ".tiff")
_TILE, _TILED_ABOVE = 256, 512


@dataclass(frozen=True)
class About:
    """What the file says of itself.

    Attributes:
        layer: Name of what is shown.
        units: Its units, empty where there are none.
        classes: Code -> meaning; a plane of codes has a colour table.
        colours: Code -> #rrggbb, where they shall differ from ``COLOURS``.
        tags: Further entries of its metadata, such as frame and pair.
    """

    layer: str
    units: str = ""
    classes: Mapping[int, str] = field(default_factory=dict)
    colours: Mapping[int, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


def geotiff_of(
    cube: CubeStore,
    pair: DatePair | None,
    layer: str,
    path: Path,
    *,
    colours: Mapping[int, str] | None = None,
) -> None:
    """Write one layer or mask of a cube, as it is on disk.

    Args:
        cube: The cube.
        pair: The pair; not needed for layers of the frame, such as heights.
        layer: Schema name.
        path: The file, ending in ``.tif``; one that is there is replaced.
        colours: Code -> #rrggbb of a mask, where they shall differ from ``COLOURS``.

    Raises:
        CubeError: The cube has no such layer or pair, or a chunk is damaged.
        ThaliaError: The file cannot be written; one that was there is untouched.
    """
    _require_ending(path)
    _require_layer(cube, pair, layer)
    plane = cube.read_plane(layer, pair)
    write_geotiff(plane, cube.geometry, path, describe(cube, pair, layer, colours or {}))


def describe(
    cube: CubeStore, pair: DatePair | None, layer: str, colours: Mapping[int, str]
) -> About:
    """What the file of a layer of a cube says of itself."""
    variable = schema.VARIABLES[layer]
    tags = {"FRAME": cube.frame, "LONG_NAME": variable.long_name}
    if pair is not None and variable.dims != schema.PLANE:
        tags |= {"PAIR": str(pair), "PRIMARY_DATE": pair.primary.isoformat()}
        tags |= {"SECONDARY_DATE": pair.secondary.isoformat()}
    for name in ("source", "license", "references"):
        if isinstance(told := cube.attrs.get(name), str):
            tags[name.upper()] = told
    units = variable.units
    if layer == "insar_coherence":  # kept as 0-255, given as 0 to 1
        units, tags["LONG_NAME"] = "1", "coherence"
    return About(layer, units, schema.legend(layer), colours, tags)


def write_geotiff(plane: NDArray[Any], geometry: Geometry, path: Path, about: About) -> None:
    """Write any plane on the grid of a cube, such as a closure or an unsaved mask.

    Args:
        plane: (rows, columns), north-up: numbers with NaN for no data, or uint8 codes with 255 for
            no value.
        geometry: Its grid.
        path: The file, ending in ``.tif``; it is whole or not there.
        about: What it says of itself.

    Raises:
        ThaliaError: The file cannot be written, or the plane does not fit the grid.
    """
    _require_ending(path)
    if plane.shape != geometry.shape:
        raise ThaliaError(f"a plane of {plane.shape} does not fit the grid of {geometry.shape}")
    try:
        data = _encoded(plane, geometry, about)
        write_bytes(path, data)
    except (OSError, RasterioError) as error:
        why = getattr(error, "strerror", None) or str(error)
        fix = "choose another place, or free some space"
        raise ThaliaError("cannot write the GeoTIFF", where=path, why=why, fix=fix) from error


def _require_layer(cube: CubeStore, pair: DatePair | None, layer: str) -> None:
    """Also for a mask that the cube has not got, which reads as zeros."""
    if layer in schema.VARIABLES and schema.Y not in schema.VARIABLES[layer].dims:
        raise CubeError(f"'{layer}' is no layer", why="it is one value a pair, or a date")
    if pair is not None:
        cube.position(pair)
    elif layer in schema.MASKS:
        raise CubeError(f"layer '{layer}' needs a date pair", where=cube.path)


def _encoded(plane: NDArray[Any], geometry: Geometry, about: About) -> bytes:
    codes = plane.dtype == np.uint8
    values = plane if codes else plane.astype(np.float32, copy=False)
    system = CRS.from_epsg(4326) if geometry.geographic else CRS.from_string(crs.wkt(geometry))
    options: dict[str, Any] = {"compress": "deflate", "predictor": 2 if codes else 3}
    if max(plane.shape) > _TILED_ABOVE:
        options |= {"tiled": True, "blockxsize": _TILE, "blockysize": _TILE}
    if not codes:
        options["nodata"] = np.nan
    elif about.classes and (plane == schema.MISSING).any():
        options["nodata"] = schema.MISSING
    with rasterio.Env(GDAL_PAM_ENABLED=False), MemoryFile() as memory:
        with memory.open(
            driver="GTiff",
            height=plane.shape[0],
            width=plane.shape[1],
            count=1,
            dtype=values.dtype,
            crs=system,
            transform=Affine(*geometry.transform),
            **options,
        ) as raster:
            raster.update_tags(LAYER=about.layer, UNITS=about.units or "1", **about.tags)
            raster.update_tags(1, **{f"CLASS_{c}": word for c, word in about.classes.items()})
            raster.set_band_description(1, about.layer)
            raster.set_band_unit(1, about.units)
            if codes:
                raster.write_colormap(1, _colour_table(about))
                raster.colorinterp = (ColorInterp.palette,)
            raster.write(values, 1)
        return bytes(memory.getbuffer())


def _colour_table(about: About) -> dict[int, Colour]:
    """Code -> red, green, blue; a GeoTIFF's table knows no opacity."""
    table = {code: _rgb(COLOURS[min(code, len(COLOURS) - 1)]) for code in range(256)}
    return table | {code: _rgb(text) for code, text in about.colours.items()}


def _rgb(text: str) -> Colour:
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red, green, blue


def _require_ending(path: Path) -> None:
    if path.suffix.lower() not in _ENDINGS:
        raise ThaliaError("a GeoTIFF's name ends in .tif", where=path, fix="name it NAME.tif")
