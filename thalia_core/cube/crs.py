"""Coordinate reference systems as CF and GDAL want to read them."""

from typing import Any

from thalia_core.cube.geometry import Geometry

WGS84_WKT = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,'
    'AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,'
    'AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],'
    'AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]'
)


def wkt(geometry: Geometry) -> str:
    """The system as well-known text."""
    return WGS84_WKT if geometry.geographic else geometry.crs


def grid_mapping(geometry: Geometry) -> dict[str, Any]:
    """Attributes of the CF grid mapping variable, with the GeoTransform GDAL reads."""
    text = wkt(geometry)
    a, b, c, d, e, f = geometry.transform
    attrs: dict[str, Any] = {
        "crs_wkt": text,
        "spatial_ref": text,
        "GeoTransform": f"{c!r} {a!r} {b!r} {f!r} {d!r} {e!r}",
    }
    if geometry.geographic:
        attrs |= {
            "grid_mapping_name": "latitude_longitude",
            "semi_major_axis": 6378137.0,
            "inverse_flattening": 298.257223563,
            "longitude_of_prime_meridian": 0.0,
        }
    return attrs


def gdal_crs(geometry: Geometry) -> dict[str, str]:
    """The ``_CRS`` attribute of GDAL's Zarr driver."""
    return {"wkt": wkt(geometry)}


def axis_attributes(geometry: Geometry) -> dict[str, dict[str, str]]:
    """CF attributes of the two spatial coordinates."""
    if geometry.geographic:
        return {
            "y": {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"},
            "x": {"standard_name": "longitude", "units": "degrees_east", "axis": "X"},
        }
    return {
        "y": {"standard_name": "projection_y_coordinate", "units": "m", "axis": "Y"},
        "x": {"standard_name": "projection_x_coordinate", "units": "m", "axis": "X"},
    }
