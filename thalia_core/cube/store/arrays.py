"""Making arrays: types, chunks, fill values and compression, the same for builds and edits.

Fill values follow what plain xarray makes of them: it takes the fill value of a Zarr v2 array for
"no data" and masks it, so integer codes get none (an absent chunk still reads as 0), floats get
NaN, and coherence gets 0, which is no data there. ERA5 is packed in 16 bits (`packing`).
"""

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import zarr
from zarr.codecs import BloscCodec

from thalia_core.cube.durable import write_bytes
from thalia_core.cube.schema import Variable
from thalia_core.cube.store.packing import FILL, PACKED
from thalia_core.errors import CubeError

TILE_ABOVE = 2048
TILE = 1024


def plane_chunks(rows: int, cols: int) -> tuple[int, int]:
    """One chunk per plane; tiles where a side is longer than 2,048 pixels."""
    if max(rows, cols) <= TILE_ABOVE:
        return rows, cols
    return min(rows, TILE), min(cols, TILE)


def create(
    group: zarr.Group,
    variable: Variable,
    shape: Sequence[int],
    stored_dims: Sequence[str],
    attrs: Mapping[str, Any],
) -> zarr.Array[Any]:
    """Create one array of the schema, empty, by the rules above."""
    chunks = list(shape)
    if len(variable.dims) > 2 or variable.dims == ("y", "x"):
        chunks = [1] * (len(shape) - 2) + list(plane_chunks(shape[-2], shape[-1]))
    version = group.metadata.zarr_format
    attributes = {**variable.attributes(), **attrs}
    options: dict[str, Any] = {}
    dtype, fill = str if variable.dtype == "str" else variable.dtype, _fill(variable, version)
    if version == 2 and (packing := PACKED.get(variable.name)) is not None:
        dtype, fill = "uint16", FILL
        attributes |= {"scale_factor": packing.scale, "add_offset": packing.offset}
        options["filters"] = [numcodecs.Delta("<u2")]
    if version == 2:
        options["compressors"] = numcodecs.Blosc("lz4", 5, numcodecs.Blosc.SHUFFLE)
        options["chunk_key_encoding"] = {"name": "v2", "separator": "."}
        attributes["_ARRAY_DIMENSIONS"] = list(stored_dims)
    else:
        options["compressors"] = BloscCodec(cname="lz4", clevel=5)
        options["dimension_names"] = list(stored_dims)
    with quiet():
        return group.create_array(
            name=variable.name,
            shape=tuple(shape),
            chunks=tuple(chunks),
            dtype=dtype,
            fill_value=fill,
            attributes=attributes,
            **options,
        )


def _fill(variable: Variable, version: int) -> Any:
    if variable.dtype == "str":
        return ""
    if variable.name == "insar_coherence":
        return 0
    if np.dtype(variable.dtype).kind == "f":
        return np.nan
    return None if version == 2 else 0


@contextmanager
def quiet() -> Iterator[None]:
    """Text has no final Zarr v3 specification yet; plain xarray writes it the same way."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*does not have a Zarr V3 specification.*")
        yield


def consolidated(cube: Path, zarr_format: int) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The file with the consolidated metadata, and the entries in it; None without any.

    Raises:
        CubeError: They are damaged.
    """
    path = cube / (".zmetadata" if zarr_format == 2 else "zarr.json")
    if not path.exists():
        return None
    try:
        whole = json.loads(path.read_bytes())
        part = whole if zarr_format == 2 else whole.get("consolidated_metadata") or {}
        entries = part["metadata"] if zarr_format == 2 else part.get("metadata") or {}
        if not isinstance(entries, dict):
            raise TypeError("the entries are no mapping")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CubeError(
            "the cube's consolidated metadata are damaged",
            where=path,
            why=str(error),
            fix="write them anew, as with zarr.consolidate_metadata",
        ) from error
    return (whole, entries) if entries else None


def register(cube: Path, name: str, zarr_format: int) -> None:
    """Enter an array into the consolidated metadata, if there are any; others stay as is."""
    found = consolidated(cube, zarr_format)
    if found is None:
        return
    whole, entries = found
    if zarr_format == 2:
        parts = {f"{name}/{part}": cube / name / part for part in (".zarray", ".zattrs")}
    else:
        parts = {name: cube / name / "zarr.json"}
    fresh = {key: json.loads(file.read_bytes()) for key, file in parts.items() if file.exists()}
    if any(entries.get(key) != entry for key, entry in fresh.items()):
        entries.update(fresh)
        path = cube / (".zmetadata" if zarr_format == 2 else "zarr.json")
        write_bytes(path, json.dumps(whole, indent=4).encode())
