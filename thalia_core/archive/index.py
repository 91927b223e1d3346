"""The index of an archive as a file: one line of JSON, then columns of bytes.

    thalia catalogue 2 <CRC-32 of the header> <bytes of the header>
    {"frames": [...], "columns": [{"name", "dtype", "size", "stored", "crc"}, ...]}
    <columns, compressed by zlib, end to end>

It is never the truth: a file of another version, or a damaged one, is as good as none.
"""

import json
import zlib
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from thalia_core.archive.columns import Column, Texts
from thalia_core.archive.entries import NAN, FrameEntry
from thalia_core.archive.signature import Signature
from thalia_core.archive.table import NUMBERS, TEXTS, WORDS, PairTable

NAME = "thalia.catalogue"
_FIRST = "thalia catalogue 2"
_LEVEL = 1
Frame = tuple[FrameEntry, Signature | None]
_INTEGERS = ("int16", "int32", "int64")


class NoIndexError(Exception):
    """The bytes are no index of this version."""


def pack(
    frames: Sequence[FrameEntry], signatures: Sequence[Signature | None], table: PairTable
) -> bytes:
    """The file of these frames and their pairs."""
    columns, parts = [], []
    for name, dtype, raw in _columns(table):
        stored = zlib.compress(raw, _LEVEL)
        parts.append(stored)
        told = {"name": name, "dtype": dtype, "size": len(raw), "stored": len(stored)}
        columns.append(told | {"crc": zlib.crc32(stored)})
    told_frames = [
        _frame(entry, signature, count)
        for entry, signature, count in zip(frames, signatures, table.counts, strict=True)
    ]
    header = json.dumps({"frames": told_frames, "columns": columns}, allow_nan=False).encode()
    first = f"{_FIRST} {zlib.crc32(header):08x} {len(header)}\n".encode()
    return b"".join((first, header, b"\n", *parts))


def unpack(data: bytes, folder: Path) -> tuple[list[Frame], PairTable]:
    """The frames and pairs of a file.

    Args:
        data: The file.
        folder: The archive it describes.

    Raises:
        NoIndexError: It is of another version, or damaged.
    """
    try:
        return _unpack(memoryview(data), folder)
    except (
        ArithmeticError,
        RecursionError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        zlib.error,
    ) as error:
        raise NoIndexError(str(error)) from error


def _unpack(data: memoryview, folder: Path) -> tuple[list[Frame], PairTable]:
    line, _, _ = bytes(data[:80]).partition(b"\n")
    first, crc, length = line.decode().rsplit(" ", 2)
    at = len(line) + 1
    header = bytes(data[at : at + int(length)])
    if first != _FIRST or zlib.crc32(header) != int(crc, 16):
        raise ValueError("another version, or a damaged header")
    told = json.loads(header)
    counts = tuple(int(frame["pairs"]) for frame in told["frames"])
    raw: dict[str, tuple[str, bytes]] = {}
    at += len(header) + 1
    for column in told["columns"]:
        stored = data[at : at + column["stored"]]
        at += column["stored"]
        if len(stored) != column["stored"] or zlib.crc32(stored) != column["crc"]:
            raise ValueError(f"column {column['name']} is damaged")
        raw[column["name"]] = column["dtype"], _inflated(stored, column["size"])
    table = _table(counts, raw)
    return [_entry(frame, folder) for frame in told["frames"]], table


def _inflated(stored: memoryview, size: int) -> bytes:
    """No more than was announced, whatever the file holds."""
    engine = zlib.decompressobj()
    raw = engine.decompress(stored, size + 1)
    if len(raw) != size:
        raise ValueError("a column is not of its length")
    return raw


def _columns(table: PairTable) -> Iterator[tuple[str, str, bytes]]:
    for name in NUMBERS:
        column = table.numbers[name]
        yield name, column.dtype.name, _little(column).tobytes()
    for name in (*TEXTS, WORDS):
        yield f"{name}:lengths", "int32", _little(table.texts[name].lengths).tobytes()
        yield f"{name}:data", "bytes", table.texts[name].data


def _table(counts: tuple[int, ...], raw: dict[str, tuple[str, bytes]]) -> PairTable:
    rows = sum(counts)
    numbers = {
        name: _numbers(*raw[name], _INTEGERS if dtype == "int" else (dtype,))
        for name, dtype in NUMBERS.items()
    }
    texts = {
        name: Texts(raw[f"{name}:data"][1], _numbers(*raw[f"{name}:lengths"], ("int32",)))
        for name in (*TEXTS, WORDS)
    }
    for column in texts.values():
        if int(np.maximum(column.lengths, 0).sum()) != len(column.data):
            raise ValueError("a column of texts is not of its length")
    lengths = [len(column) for column in numbers.values()]
    lengths += [len(column) for column in texts.values()]
    if any(length != rows for length in lengths):
        raise ValueError("a column has not as many rows as the frames have pairs")
    return PairTable(counts, numbers, texts)


def _numbers(dtype: str, raw: bytes, allowed: tuple[str, ...]) -> Column:
    if dtype not in allowed:
        raise ValueError(f"a column is of type {dtype}")
    stored = np.frombuffer(raw, np.dtype(dtype).newbyteorder("<"))
    return stored.astype(dtype, copy=False)


def _little(column: Column) -> Column:
    return column.astype(column.dtype.newbyteorder("<"), copy=False)


def _frame(entry: FrameEntry, signature: Signature | None, pairs: int) -> dict[str, Any]:
    return {
        "name": entry.path.name,
        "frame": entry.frame,
        "title": entry.title,
        "pairs": pairs,
        "labelled": entry.labelled,
        "shape": [entry.rows, entry.cols],
        "lonlat": [_finite(entry.lon), _finite(entry.lat)],
        "bounds": [_finite(value) for value in entry.bounds],
        "layers": entry.layers,
        "volcanoes": entry.volcanoes,
        "dates": entry.dates,
        "days": [day.isoformat() if day else None for day in (entry.first, entry.last)],
        "problem": entry.problem,
        "signature": None if signature is None else [signature.digest, signature.young],
    }


def _entry(told: dict[str, Any], folder: Path) -> Frame:
    name = str(told["name"])
    if Path(name).name != name:
        raise ValueError(f"no name of a cube: {name}")
    west, south, east, north = told["bounds"]
    first, last = (date.fromisoformat(day) if day else None for day in told["days"])
    entry = FrameEntry(
        path=folder / name,
        frame=str(told["frame"]),
        title=str(told["title"]),
        pairs=int(told["pairs"]),
        labelled=int(told["labelled"]),
        rows=int(told["shape"][0]),
        cols=int(told["shape"][1]),
        lon=_number(told["lonlat"][0]),
        lat=_number(told["lonlat"][1]),
        layers=tuple(map(str, told["layers"])),
        problem=None if told["problem"] is None else str(told["problem"]),
        volcanoes=tuple(map(str, told["volcanoes"])),
        bounds=(_number(west), _number(south), _number(east), _number(north)),
        dates=int(told["dates"]),
        first=first,
        last=last,
    )
    mark = told["signature"]
    return entry, None if mark is None else Signature(str(mark[0]), bool(mark[1]))


def _finite(value: float) -> float | None:
    return value if abs(value) < float("inf") else None


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else NAN
