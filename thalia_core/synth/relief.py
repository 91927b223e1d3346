"""Real heights under a synthetic frame: a window of an SRTM tile or of any GeoTIFF in degrees."""

from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.fill import fillnodata
from rasterio.transform import Affine
from rasterio.warp import Resampling, reproject

from thalia_core.cube.geometry import Geometry
from thalia_core.errors import BuildError
from thalia_core.synth.fields import Plane

_VOID = -9_999.0
_MOST_VOID = 0.05
_FILL_PIXELS = 100.0


@dataclass(frozen=True, slots=True)
class Relief:
    """A file of heights.

    Attributes:
        path: Where it lies.
        checksum: CRC-32 of its heights: the plan of a frame means these and no others.
    """

    path: str
    checksum: int


@dataclass(frozen=True, slots=True)
class Ground:
    """Heights on the grid of a frame.

    Attributes:
        height: (rows, columns), metres.
        land: False on the sea, which has exactly 0 metres in these products.
    """

    height: Plane
    land: NDArray[np.bool_]


def choose_window(path: Path, size: int, pixel: float) -> tuple[Relief, Geometry]:
    """The window of ``size`` x ``size`` pixels of a file, around its highest point.

    Raises:
        BuildError: The file cannot be used, or is smaller than the window.
    """
    heights, transform = _read(path)
    height, width = heights.shape
    degrees = abs(transform.e) * height, transform.a * width
    if size * pixel > min(degrees) + 1e-9:
        raise BuildError(
            "the heights do not cover the frame",
            where=path,
            why=f"they span {degrees[0]:.3f} x {degrees[1]:.3f} degrees, {size} pixels need "
            f"{size * pixel:.3f}",
            fix=f"choose a size of at most {int(min(degrees) / pixel + 1e-6)}",
        )
    row, col = np.unravel_index(int(np.nanargmax(heights)), heights.shape)
    west_edge, north_edge = transform.c, transform.f
    west = west_edge + transform.a * (float(col) + 0.5) - size * pixel / 2
    north = north_edge + transform.e * (float(row) + 0.5) + size * pixel / 2
    west = min(max(west, west_edge), west_edge + degrees[1] - size * pixel)
    north = max(min(north, north_edge), north_edge - degrees[0] + size * pixel)
    geometry = Geometry(
        size, size, round(west + pixel / 2, 6), round(north - pixel / 2, 6), pixel, -pixel
    )
    return Relief(str(path), _checksum(heights)), geometry


def read_ground(relief: Relief, geometry: Geometry) -> Ground:
    """Heights by bilinear interpolation, small voids filled from their edges.

    Raises:
        BuildError: The file changed since the frame was planned, or has large voids there.
    """
    heights, transform = _read(Path(relief.path))
    if _checksum(heights) != relief.checksum:
        raise BuildError(
            "the heights are not those the frame was planned with",
            where=relief.path,
            fix="put the file back, or choose another name for the cube",
        )
    void = np.isnan(heights)
    window = _resampled(void.astype(np.float32), transform, geometry, Resampling.nearest)
    if (share := float(np.mean(window > 0.5))) > _MOST_VOID:
        raise BuildError(
            "the heights have voids",
            where=relief.path,
            why=f"{share:.1%} of the frame",
            fix="fill them first, or give another file",
        )
    water = _resampled((heights == 0).astype(np.float32), transform, geometry, Resampling.average)
    if void.any():
        plain = np.where(void, 0, heights).astype(np.float32)
        heights = fillnodata(plain, mask=~void, max_search_distance=_FILL_PIXELS)
    height = _resampled(heights, transform, geometry, Resampling.bilinear)
    land = water < 0.5
    return Ground(np.where(land, height, np.float32(0)).astype(np.float32), land)


def _read(path: Path) -> tuple[Plane, Affine]:
    """Heights with NaN in voids, and their grid, north-up."""
    if not path.is_file():
        raise BuildError("no such file of heights", where=path, fix="check the spelling")
    try:
        with rasterio.open(path) as raster:
            heights = raster.read(1).astype(np.float32)
            transform, nodata, epsg = raster.transform, raster.nodata, raster.crs.to_epsg()
    except (RasterioError, OSError, AttributeError) as error:
        raise BuildError(
            "cannot read the heights",
            where=path,
            why=str(error).replace(str(path), "").strip(" ,:'") or "it has no coordinate system",
            fix="give an SRTM tile (.hgt, named after its corner such as N40E014.hgt) or a GeoTIFF",
        ) from error
    if epsg != 4326 or transform.e >= 0 or transform.a <= 0:
        raise BuildError(
            "the heights are not north-up in degrees",
            where=path,
            why=f"EPSG:{epsg}",
            fix="warp them to EPSG:4326 first",
        )
    heights[heights <= _VOID] = np.nan
    if nodata is not None and nodata != 0:
        heights[heights == nodata] = np.nan
    if np.isnan(heights).all():
        raise BuildError("the heights are all void", where=path)
    return heights, transform


def _resampled(
    values: Plane, transform: Affine, geometry: Geometry, how: Resampling
) -> NDArray[np.float32]:
    out = np.zeros(geometry.shape, np.float32)
    reproject(
        values,
        out,
        src_transform=transform,
        src_crs="EPSG:4326",
        dst_transform=Affine(*geometry.transform),
        dst_crs="EPSG:4326",
        resampling=how,
    )
    return out


def _checksum(heights: Plane) -> int:
    return crc32(np.nan_to_num(heights, nan=_VOID).astype("<f4").tobytes())
