"""What a Zarr folder holds: its arrays by schema name, its grid, its dates.

Cubes come from many hands: Zarr v2 or v3, consolidated or not, any chunking, y upward or downward,
coordinates named y/x, lat/lon or latitude/longitude, aliases of variables. All that is settled here
once; the rest of the program sees schema names and north-up planes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from thalia_core.cube import schema
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.store.coding import Coding, decode_dates
from thalia_core.cube.store.local import DurableStore
from thalia_core.errors import CubeError

SAFE_CODECS = frozenset(
    ("blosc", "zstd", "lz4", "zlib", "gzip", "bz2", "lzma", "zfpy", "pcodec")
    + ("shuffle", "delta", "fixedscaleoffset", "bitround", "packbits", "quantize", "astype")
    + ("crc32", "crc32c", "adler32", "fletcher32", "jenkins_lookup3")
    + ("vlen-utf8", "json2", "bytes", "transpose", "sharding_indexed")
)
"""Codecs that cannot run code. ``pickle`` can, and is refused with every codec not named here."""

UNSORTED = "unsorted.zarr"
"""Name, in the sidecar's tmp, of a cube whose sorted copy is taking its place."""
Array = zarr.Array[Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One array of the store under its schema name."""

    name: str
    stored_name: str
    array: Array
    coding: Coding
    dims: tuple[str, ...]

    @property
    def chunks(self) -> tuple[int, ...]:
        """Shape of what one file holds."""
        return self.array.shards or self.array.chunks


@dataclass(frozen=True, slots=True)
class Layout:
    """The readable structure of a cube.

    Attributes:
        path: The store.
        zarr_format: 2 or 3.
        attrs: Attributes of the root.
        geometry: The grid, north-up.
        flip_y: The store keeps rows from south to north.
        flip_x: The store keeps columns from east to west.
        primary_dates: UTC days along the primary axis, in the order of the store.
        secondary_dates: The same along the secondary axis.
        fields: Schema name -> array.
        problems: Variables that were found but cannot be used, and why.
    """

    path: Path
    zarr_format: int
    attrs: Mapping[str, Any]
    geometry: Geometry
    flip_y: bool
    flip_x: bool
    primary_dates: tuple[date, ...]
    secondary_dates: tuple[date, ...]
    fields: dict[str, Field]
    problems: tuple[str, ...] = field(default=())


def zarr_format_of(path: Path) -> int:
    """2 or 3.

    Raises:
        CubeError: The path is no Zarr group.
    """
    if not path.exists():
        if (marker_of(path).parent / "tmp" / UNSORTED).exists():
            raise CubeError(
                "the cube is not in its place",
                where=path,
                why="a program died while it sorted the dates",
                fix=f"run 'thalia check --fix {path}'",
            )
        raise CubeError("no such path", where=path, fix="check the spelling")
    if not path.is_dir():
        raise CubeError("not a Zarr cube", where=path, why="it is a file, a cube is a folder")
    try:
        if (path / ".zgroup").exists():
            return 2
        if (path / "zarr.json").exists():
            meta = json.loads((path / "zarr.json").read_bytes())
            if not isinstance(meta, dict):
                raise ValueError("zarr.json holds no mapping")
            if meta.get("node_type") == "group":
                return 3
    except PermissionError as error:
        raise CubeError("cannot read the cube", where=path, why="permission denied") from error
    except ValueError as error:
        raise CubeError("the cube's metadata are damaged", where=path, why=str(error)) from error
    if path.suffix == ".building":
        raise CubeError(
            "the build was not finished", where=path, fix="run the same 'thalia build' again"
        )
    raise CubeError(
        "not a Zarr cube",
        where=path,
        why="it has neither .zgroup nor zarr.json of a group",
        fix="name a folder <frame>.zarr, or make one with 'thalia build licsar'",
    )


def read_layout(path: Path) -> Layout:
    """Understand the store at ``path``.

    Raises:
        CubeError: It is no cube, is damaged, or is kept by a codec that can run code.
    """
    zarr_format = zarr_format_of(path)
    names = array_names(path)
    for name in names:
        _refuse_unsafe(path, name)
    try:
        group = _open_group(path, zarr_format)
        arrays = {name: _open_array(group, name) for name in names}
        attrs = dict(group.attrs)
        found, problems = _classify(path, arrays)
    except CubeError:
        raise
    except Exception as error:  # zarr raises many kinds on damaged metadata
        raise CubeError("the cube's metadata are damaged", where=path, why=str(error)) from error
    _refuse_later(path, attrs)
    if "insar_difference" not in found:
        raise CubeError(
            "not a Thalia cube",
            where=path,
            why=next(
                (text for text in problems if "'insar_difference'" in text),
                "it has no 'insar_difference' over primary_date, secondary_date and two axes",
            ),
        )
    phase = found["insar_difference"]
    y_name, x_name = phase.dims[2], phase.dims[3]
    geometry, flip_y, flip_x = _geometry(path, arrays, phase.array, y_name, x_name)
    dates = [
        tuple(decode_dates(*_coordinate(path, arrays, axis), where=f"{path}/{axis}"))
        for axis in schema.PAIR
    ]
    for axis, size, days in zip(schema.PAIR, phase.array.shape, dates, strict=False):
        if len(days) > size or (len(days) < size and not marker_of(path).exists()):
            raise CubeError(f"{len(days)} dates on an axis of {size}", where=f"{path}/{axis}")
        if len(set(days)) != len(days):
            twice = next(day for day in days if days.count(day) > 1)
            raise CubeError(f"the day {twice} stands twice", where=f"{path}/{axis}")
    return Layout(
        path=path,
        zarr_format=zarr_format,
        attrs=attrs,
        geometry=geometry,
        flip_y=flip_y,
        flip_x=flip_x,
        primary_dates=dates[0],
        secondary_dates=dates[1],
        fields=found,
        problems=tuple(problems),
    )


def marker_of(path: Path) -> Path:
    """The file that says: dates are being added, the axes may be shorter than the arrays."""
    path = path.resolve()
    return path.with_name(path.name.removesuffix(".zarr") + ".thalia") / "appending.json"


def read_field(layout: Layout, name: str) -> Field | None:
    """The field as it is on disk now; another process may have added or widened it."""
    for stored in (name, *schema.VARIABLES[name].aliases):
        if _is_array(layout.path / stored):
            _refuse_unsafe(layout.path, stored)
            array = _open_array(_open_group(layout.path, layout.zarr_format), stored)
            found, _ = _classify(layout.path, {stored: array})
            return found.get(name)
    return None


def _refuse_later(path: Path, attrs: Mapping[str, Any]) -> None:
    """A cube of a later schema may mean something else by the same names."""
    version = attrs.get("schema_version", schema.SCHEMA_VERSION)
    if not isinstance(version, int) or version > schema.SCHEMA_VERSION:
        raise CubeError(
            "the cube is of a later version than this program",
            where=path,
            why=f"its schema_version is {version}, this program knows {schema.SCHEMA_VERSION}",
            fix="install a newer Thalia",
        )


def array_names(path: Path) -> list[str]:
    """Names of the arrays at the root of a store."""
    return sorted(entry.name for entry in path.iterdir() if _is_array(entry))


def _is_array(folder: Path) -> bool:
    if (folder / ".zarray").exists():
        return True
    meta = folder / "zarr.json"
    return meta.exists() and b'"array"' in meta.read_bytes()


def _open_group(path: Path, zarr_format: int) -> zarr.Group:
    store = DurableStore(path, read_only=True)
    return zarr.open_group(
        store, mode="r", zarr_format=3 if zarr_format == 3 else 2, use_consolidated=False
    )


def _open_array(group: zarr.Group, name: str) -> Array:
    array = group[name]
    if not isinstance(array, zarr.Array):
        raise CubeError("not an array", where=f"{group.store}/{name}")
    return array


def _refuse_unsafe(path: Path, name: str) -> None:
    """Look at the codecs before zarr does anything with them."""
    meta_path = path / name / ".zarray"
    try:
        if meta_path.exists():
            meta = json.loads(meta_path.read_bytes())
            steps = [meta.get("compressor"), *(meta.get("filters") or [])]
            codecs = [step["id"] for step in steps if step]
        else:
            meta = json.loads((path / name / "zarr.json").read_bytes())
            codecs = list(_codec_names(meta.get("codecs", [])))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CubeError(
            "the cube's metadata are damaged", where=path / name, why=str(error)
        ) from error
    unsafe = sorted({c.removeprefix("numcodecs.") for c in codecs} - SAFE_CODECS)
    if unsafe:
        raise CubeError(
            "refused to open a cube",
            where=path / name,
            why=f"its codec {unsafe[0]!r} is not on the list of safe codecs"
            + (" (it can run code)" if "pickle" in unsafe else ""),
            fix="ask its author for a copy written with Blosc or Zstandard",
        )


def _codec_names(codecs: list[Any]) -> list[str]:
    names = []
    for codec in codecs:
        names.append(codec["name"])
        inner = codec.get("configuration", {})
        for key in ("codecs", "index_codecs"):
            names.extend(_codec_names(inner.get(key, [])))
    return names


def _dims_of(array: Array) -> tuple[str, ...]:
    named = getattr(array.metadata, "dimension_names", None) or array.attrs.get("_ARRAY_DIMENSIONS")
    return tuple(str(name) for name in named) if isinstance(named, list | tuple) else ()


def _classify(path: Path, arrays: Mapping[str, Array]) -> tuple[dict[str, Field], list[str]]:
    """Arrays by schema name; those whose dimensions do not fit are named instead of used."""
    fields, problems = {}, []
    for name, stored in schema.match(arrays).items():
        array, dims = arrays[stored], _dims_of(arrays[stored])
        if _canonical_dims(dims) != schema.VARIABLES[name].dims:
            wanted = ", ".join(schema.VARIABLES[name].dims)
            problems.append(f"'{stored}' has dimensions ({', '.join(dims)}), not ({wanted})")
            continue
        coding = Coding.of(dict(array.attrs), array.fill_value)
        fields[name] = Field(name, stored, array, coding, dims)
    return fields, problems


def _canonical_dims(dims: tuple[str, ...]) -> tuple[str, ...]:
    renamed = []
    for dim in dims:
        lower = dim.lower()
        spatial = {**dict.fromkeys(schema.Y_NAMES, "y"), **dict.fromkeys(schema.X_NAMES, "x")}
        renamed.append(spatial.get(lower, dim))
    return tuple(renamed)


def _coordinate(
    path: Path, arrays: Mapping[str, Array], name: str
) -> tuple[NDArray[Any], Mapping[str, Any]]:
    array = arrays.get(name)
    if array is None or array.ndim != 1:
        raise CubeError("a coordinate is missing", where=f"{path}/{name}")
    return read_whole(array, f"{path}/{name}"), dict(array.attrs)


def read_whole(array: Array, where: str) -> NDArray[Any]:
    """All of a small array.

    Raises:
        CubeError: One of its chunks is damaged.
    """
    try:
        return np.asarray(array[...])
    except Exception as error:  # whatever a damaged chunk makes a codec raise
        raise CubeError(
            "cannot read the data",
            where=where,
            why=f"a chunk is damaged or unreadable ({type(error).__name__}: {error})",
            fix="restore the cube from a copy",
        ) from error


def _geometry(
    path: Path, arrays: Mapping[str, Array], phase: Array, y_name: str, x_name: str
) -> tuple[Geometry, bool, bool]:
    """The grid from the coordinates of pixel centres, and whether the store turns it over."""
    y0, dy, rows = _axis(path, arrays, y_name, phase.shape[2])
    x0, dx, cols = _axis(path, arrays, x_name, phase.shape[3])
    flip_y, flip_x = dy > 0, dx < 0
    geometry = Geometry(
        rows=rows,
        cols=cols,
        x0=x0 + dx * (cols - 1) if flip_x else x0,
        y0=y0 + dy * (rows - 1) if flip_y else y0,
        dx=abs(dx),
        dy=-abs(dy),
        crs=_crs(arrays, phase, y_name),
    )
    return geometry, flip_y, flip_x


def _axis(
    path: Path, arrays: Mapping[str, Array], name: str, size: int
) -> tuple[float, float, int]:
    values, _ = _coordinate(path, arrays, name)
    values = values.astype(np.float64)
    if len(values) != size or size < 2:
        raise CubeError(f"{len(values)} coordinates on an axis of {size}", where=f"{path}/{name}")
    step = float(values[-1] - values[0]) / (size - 1)
    regular = values[0] + step * np.arange(size)
    if step == 0 or not np.abs(values - regular).max() < 0.1 * abs(step):
        raise CubeError(
            "the grid is not regular",
            where=f"{path}/{name}",
            fix="resample the cube to a regular grid first",
        )
    return float(values[0]), step, size


def _crs(arrays: Mapping[str, Array], phase: Array, y_name: str) -> str:
    name = phase.attrs.get("grid_mapping")
    candidates = [name] if isinstance(name, str) else []
    for candidate in [*candidates, "spatial_ref", "crs"]:
        if candidate in arrays:
            attrs = arrays[candidate].attrs
            wkt = str(attrs.get("crs_wkt", attrs.get("spatial_ref", "")))
            if attrs.get("grid_mapping_name") == "latitude_longitude" or wkt.startswith("GEOG"):
                return "EPSG:4326"
            if wkt:
                return wkt
    coordinates = arrays[y_name]
    metric = coordinates.attrs.get("units") in ("m", "metre", "meter")
    return "LOCAL" if metric else "EPSG:4326"
