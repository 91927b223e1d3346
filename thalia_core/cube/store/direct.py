"""Planes from chunk files, read and decoded here; whatever is unusual is left to zarr.

Zarr's own way costs as much again as reading and decoding. Tiles are decoded on several threads
(the codecs let go of the GIL) and worked on while they are in the CPU's cache.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import zarr
from numcodecs.compat import ensure_ndarray_like
from numpy.typing import NDArray
from zarr.codecs import BloscCodec, BytesCodec, GzipCodec, ZstdCodec
from zarr.core.metadata import ArrayV2Metadata

Finish = Callable[[NDArray[Any]], NDArray[Any]]
"""From raw values to those the program uses, pixel by pixel: the same for a tile as for a plane."""

_V3 = {BloscCodec: numcodecs.Blosc, GzipCodec: numcodecs.GZip, ZstdCodec: numcodecs.Zstd}
_LARGEST_KEPT = 16 << 20
"""Bytes of the room for one chunk that a thread keeps for the next plane."""


class _Rooms(threading.local):
    """Where a thread decodes chunks: new memory for every chunk costs as much as to fill it."""

    def __init__(self) -> None:
        self._room: NDArray[Any] = np.empty(0, np.uint8)

    def of(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
        """Room for one chunk; what was in it before is overwritten."""
        size = int(np.prod(shape)) * dtype.itemsize
        room = self._room if self._room.nbytes >= size else np.empty(size, np.uint8)
        if size <= _LARGEST_KEPT:
            self._room = room
        return room[:size].view(dtype).reshape(shape)


_ROOMS = _Rooms()


@cache
def _decoders(threads: int) -> ThreadPoolExecutor:
    """Threads that decode, for as long as the program runs: to start some for each plane costs."""
    return ThreadPoolExecutor(threads, thread_name_prefix="decoding")


@dataclass(frozen=True, slots=True)
class _Tile:
    """One chunk: its file, what is wanted of it, and where that goes in the plane."""

    path: Path
    part: tuple[slice, slice]
    place: tuple[slice, slice]


def read_plane(
    folder: Path,
    array: zarr.Array[Any],
    index: tuple[int, ...],
    area: tuple[slice, slice],
    finish: Finish,
    threads: int = 1,
) -> NDArray[Any] | None:
    """What ``finish`` makes of a part of the last two dimensions at ``index``.

    Args:
        folder: The array's, on a local disk.
        array: Its metadata.
        index: Place on the dimensions before the last two.
        area: Rows and columns in the order of the store, with start and stop.
        finish: Applied to each tile; several at once.
        threads: How many decode.

    Returns:
        The plane, writable; None where zarr has to read: other codecs, chunks that span several
        pairs, a chunk that does not decode (zarr says why).
    """
    codecs = _codecs(array)
    if codecs is None or any(size != 1 for size in array.chunks[:-2]):
        return None
    shape = array.chunks[-2:]
    nothing = 0 if array.fill_value is None else array.fill_value
    absent = finish(np.full((1, 1), nothing, array.dtype))
    # Zeros cost nothing until somebody writes there: an empty mask is free. Where everything will
    # be written they cost more: the system brings them in small pieces.
    void = absent[0, 0] == 0
    size = [side.stop - side.start for side in area]
    plane = (np.zeros if void else np.empty)(size, absent.dtype)

    def read(tile: _Tile) -> None:
        try:
            data = tile.path.read_bytes()
        except FileNotFoundError:
            if not void:
                plane[tile.place] = absent
        else:
            room = _ROOMS.of(shape, array.dtype)
            plane[tile.place] = finish(_decode(data, codecs, room)[tile.part])

    key = partial(_file, folder, array, index)
    tiles = [_Tile(key(i, j), *where) for i, j, *where in _cut(area, shape)]
    try:
        if threads > 1 and len(tiles) > 1:
            list(_decoders(threads).map(read, tiles))
        else:
            for tile in tiles:
                read(tile)
    except Exception:  # whatever a damaged chunk makes a codec raise: zarr tells it
        return None
    return plane


def files_of(
    folder: Path, array: zarr.Array[Any], chunks: tuple[int, ...], index: tuple[int, int]
) -> list[Path]:
    """Every file that may hold something of a place on the first two dimensions.

    Args:
        folder: The array's.
        array: Its metadata.
        chunks: The shape of what one file holds.
        index: The place.
    """
    at = [range(n // size, n // size + 1) for n, size in zip(index, chunks, strict=False)]
    at += [range(-(-n // size)) for n, size in zip(array.shape[2:], chunks[2:], strict=True)]
    return [folder / array.metadata.encode_chunk_key(position) for position in product(*at)]


def _file(folder: Path, array: zarr.Array[Any], index: tuple[int, ...], i: int, j: int) -> Path:
    return folder / array.metadata.encode_chunk_key((*index, i, j))


def _cut(
    area: tuple[slice, slice], shape: tuple[int, ...]
) -> Iterator[tuple[int, int, tuple[slice, slice], tuple[slice, slice]]]:
    """The chunks that an area touches: position, part of the chunk, place in the area."""
    for i, part_rows, place_rows in _pieces(area[0], shape[0]):
        for j, part_cols, place_cols in _pieces(area[1], shape[1]):
            yield i, j, (part_rows, part_cols), (place_rows, place_cols)


def _pieces(side: slice, length: int) -> Iterator[tuple[int, slice, slice]]:
    for n in range(side.start // length, -(-side.stop // length)):
        first, last = max(side.start, n * length), min(side.stop, (n + 1) * length)
        part = slice(first - n * length, last - n * length)
        yield n, part, slice(first - side.start, last - side.start)


def _codecs(array: zarr.Array[Any]) -> tuple[Any, ...] | None:
    """What undoes the encoding of a chunk, in this order; None where it is not plain."""
    if array.dtype.kind not in "fiub" or not array.dtype.isnative:
        return None
    meta = array.metadata
    if isinstance(meta, ArrayV2Metadata):
        filters = tuple(reversed(meta.filters or ()))
        codecs = filters if meta.compressor is None else (meta.compressor, *filters)
        return codecs if meta.order == "C" else None
    first, *others = meta.codecs
    endian = getattr(getattr(first, "endian", None), "value", "little")
    plain = isinstance(first, BytesCodec) and endian == "little"
    if not plain or any(type(codec) not in _V3 for codec in others):
        return None
    return tuple(_V3[type(codec)]() for codec in reversed(others))


def _decode(data: bytes, codecs: tuple[Any, ...], room: NDArray[Any]) -> NDArray[Any]:
    """The values of a chunk, maybe frozen, maybe in ``room``, which has its shape and type.

    Raises:
        ValueError: They are more or fewer than a chunk has.
    """
    if [type(codec) for codec in codecs] == [numcodecs.Blosc] and _blosc_size(data) == room.nbytes:
        codecs[0].decode(data, out=room)
        return room
    decoded: Any = data
    for codec in codecs:
        decoded = codec.decode(decoded)
    values: NDArray[Any] = ensure_ndarray_like(decoded).reshape(-1).view(room.dtype)
    if values.size != room.size:
        raise ValueError(f"{values.size} values in a chunk of {room.shape}")
    return values.reshape(room.shape)


def _blosc_size(data: bytes) -> int:
    """Bytes after decoding, as the header of Blosc says: one that is shorter leaves old ones."""
    return int.from_bytes(data[4:8], "little")
