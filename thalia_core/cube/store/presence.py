"""Which date pairs a cube really holds.

Most combinations of dates have no interferogram, and an absent chunk costs over a millisecond to
read as fill value. The names of the chunk files answer the question with one scan of a folder; data
are read only where a file may hold several pairs or is too small for a picture.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thalia_core.cube.store.layout import Field, Layout, read_whole

_BLANK = 0.01
"""A wrapped phase never compresses below this share; a constant chunk always does."""
_SMALL = 4096
"""Bytes below which a file proves nothing: codecs write headers."""


def valid_pairs(layout: Layout) -> NDArray[np.bool_]:
    """(primary, secondary), True where the pair has a product.

    ``valid_date_pair`` decides where the cube has it, else the chunks of the phase.
    """
    flags = layout.fields.get("valid_date_pair")
    if flags is not None:
        values = read_whole(flags.array, f"{layout.path}/{flags.stored_name}")
        valid: NDArray[np.bool_] = np.nan_to_num(values.astype(np.float32)) > 0.5
        return valid
    return _from_chunks(layout, layout.fields["insar_difference"])


def _from_chunks(layout: Layout, phase: Field) -> NDArray[np.bool_]:
    primaries, secondaries = phase.array.shape[:2]
    per_primary, per_secondary = phase.chunks[:2]
    nominal = int(np.prod(phase.chunks)) * phase.array.dtype.itemsize
    proof = max(_BLANK * nominal, _SMALL) if phase.array.compressors else float("inf")
    valid = np.zeros((primaries, secondaries), bool)
    sizes: dict[tuple[int, int], int] = {}
    for position, size in chunk_files(layout.path / phase.stored_name, layout.zarr_format):
        key = (position[0], position[1])
        sizes[key] = max(sizes.get(key, 0), size)
    for (i, j), size in sizes.items():
        first, second = i * per_primary, j * per_secondary
        if first >= primaries or second >= secondaries:
            continue  # left over from when the axes were longer
        if per_primary == per_secondary == 1 and size > proof:
            valid[first, second] = True
            continue
        for p in range(first, min(first + per_primary, primaries)):
            for s in range(second, min(second + per_secondary, secondaries)):
                valid[p, s] = _holds_data(phase, p, s)
    return valid


def stored_pairs(layout: Layout) -> NDArray[np.bool_]:
    """(primary, secondary), True where the phase has data on disk, whatever the flags say."""
    return _from_chunks(layout, layout.fields["insar_difference"])


def _holds_data(phase: Field, p: int, s: int) -> bool:
    try:
        values = np.asarray(phase.array[p, s])
    except Exception:  # a damaged chunk is a pair, and is named when somebody wants to see it
        return True
    return bool((np.isfinite(values) & (values != 0)).any())


def chunk_files(folder: Path, zarr_format: int) -> Iterator[tuple[tuple[int, ...], int]]:
    """Chunk positions and file sizes of an array, whatever its naming."""
    if zarr_format == 3:
        meta = json.loads((folder / "zarr.json").read_bytes())
        encoding = meta.get("chunk_key_encoding", {})
        separator = encoding.get("configuration", {}).get("separator")
        default = encoding.get("name", "default") == "default"
        separator = separator or ("/" if default else ".")
        if default and separator == ".":
            yield from _flat(folder, ".", prefix="c.")
            return
        folder = folder / "c" if default else folder
    else:
        meta = json.loads((folder / ".zarray").read_bytes())
        separator = meta.get("dimension_separator", ".")
    if separator == ".":
        yield from _flat(folder, ".", prefix="")
    elif folder.is_dir():
        yield from _nested(folder, ())


def _flat(folder: Path, separator: str, prefix: str) -> Iterator[tuple[tuple[int, ...], int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            parts = entry.name.removeprefix(prefix).split(separator)
            if all(part.isdigit() for part in parts):
                yield tuple(int(part) for part in parts), entry.stat().st_size


def _nested(folder: Path, position: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.isdigit():
                continue
            here = (*position, int(entry.name))
            if entry.is_dir():
                yield from _nested(Path(entry.path), here)
            else:
                yield here, entry.stat().st_size
