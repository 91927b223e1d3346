"""One line of the journal: an edit, or the note that one is on disk.

``CRC32 HEADER PAYLOAD``: eight hex digits over the rest of the line, a JSON header that is enough
for a history list, and the pixels (zlib, base64) that are decoded only when an edit is applied or
undone.
"""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np

from thalia_core.annotate import proposal_lines
from thalia_core.annotate.patch import MASK_NAMES, Codes, Edit, FieldPatch, MaskPatch, compact
from thalia_core.cube.geometry import Window
from thalia_core.cube.pairs import DatePair

Kind = Literal["do", "undo", "redo", "applied", "decided", "withheld"]
Chunk = tuple[str, DatePair, str]
"""A chunk of a variable: its name, a pair in the chunk, the chunk's place in the plane, if any."""
_BLOCK = 1 << 16
"""Packed bytes that are unpacked at a time."""


@dataclass(frozen=True, slots=True)
class Record:
    """One entry.

    Attributes:
        id: Unique identifier.
        kind: ``do`` a new step, ``undo`` or ``redo`` the step ``target``; ``applied``: the record
            ``target`` is in the cube; ``decided``: what a conflict kept out of the record
            ``target`` stays out, as somebody has said since; ``withheld``: part of the record
            ``target`` never goes into the cube, whatever the cube holds.
        stamp: Nanoseconds since 1970, made to grow beyond everything seen: the order of history.
        by: Who.
        name: What, in the words of the history list.
        target: Identifier of the step or record concerned; of a new step the record whose conflict
            it decides.
        edit: The change; in an ``applied`` record what did *not* go in because of a conflict, in a
            ``decided`` record the part of that which was decided, in a ``withheld`` record what
            stays out.
        absent: Chunks that did not exist before.
    """

    id: str
    kind: Kind
    stamp: int
    by: str
    name: str
    target: str
    edit: Edit
    absent: tuple[Chunk, ...] = ()

    @property
    def time(self) -> str:
        """When, UTC, ISO 8601 to the second."""
        return time_of(self.stamp)


def time_of(stamp: int) -> str:
    """A stamp as UTC, ISO 8601 to the second."""
    return datetime.fromtimestamp(stamp / 1e9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Line:
    """A line as read: the header parsed, the pixels still packed."""

    header: dict[str, Any]
    payload: str

    @property
    def absent(self) -> tuple[Chunk, ...]:
        """Chunks that did not exist before, as in a record."""
        told = self.header.get("absent", ())
        return tuple((name, DatePair.parse(pair), tile) for name, pair, tile in told)

    def record(self) -> Record:
        """The whole record."""
        head = self.header
        return Record(
            id=head["id"],
            kind=head["kind"],
            stamp=head["stamp"],
            by=head["by"],
            name=head["name"],
            target=head["target"],
            edit=Edit(
                _unpack(head["masks"], proposal_lines.masks_of(self.payload)),
                _fields(head["fields"]),
                proposal_lines.unpack(head, self.payload),
                tuple(DatePair.parse(pair) for pair in head.get("sources", ())),
            ),
            absent=self.absent,
        )


def to_line(record: Record) -> bytes:
    """The line of a record, with its line break."""
    proposed, pixels = proposal_lines.pack(record.edit.proposals)
    header: dict[str, Any] = {
        "id": record.id,
        "kind": record.kind,
        "stamp": record.stamp,
        "by": record.by,
        "name": record.name,
        "target": record.target,
        "masks": [
            {"pair": str(m.pair), "window": _corners(m.window), "pixels": m.pixels}
            for m in record.edit.masks
        ],
        "fields": [[str(f.pair), f.field, f.before, f.after] for f in record.edit.fields],
        **proposed,
    }
    if record.absent:
        header["absent"] = [[name, str(pair), tile] for name, pair, tile in record.absent]
    if record.edit.sources:
        header["sources"] = [str(pair) for pair in record.edit.sources]
    return line_of(header, _pack(record.edit.masks) + pixels)


def line_of(header: Mapping[str, Any], payload: str = "") -> bytes:
    """A header and what goes with it as a line, with its checksum and line break."""
    body = f"{json.dumps(header, separators=(',', ':'))}\t{payload}".encode()
    return b"%08x %s\n" % (zlib.crc32(body), body)


def from_line(line: bytes) -> Line | None:
    """The line parsed; None when it is torn or damaged."""
    checksum, _, body = line.rstrip(b"\n").partition(b" ")
    if not line.endswith(b"\n") or len(checksum) != 8:
        return None
    try:
        if int(checksum, 16) != zlib.crc32(body):
            return None
        header, _, payload = body.decode().partition("\t")
        return Line(json.loads(header), payload)
    except ValueError:
        return None


def _corners(window: Window) -> list[int]:
    return [window.row0, window.row1, window.col0, window.col1]


def _pack(patches: Sequence[MaskPatch]) -> str:
    if not patches:
        return ""
    packer = zlib.compressobj(1)  # part by part: an edit of many pairs is large before it is packed
    packed = bytearray()
    for patch in patches:
        packed += packer.compress(np.packbits(patch.bits).tobytes())
        for codes in (patch.before, patch.after):
            for name in MASK_NAMES:
                packed += packer.compress(codes[name].tobytes())
    return base64.b64encode(packed + packer.flush()).decode()


def _unpack(heads: list[dict[str, Any]], payload: str) -> tuple[MaskPatch, ...]:
    data = _Unpacker(payload)
    patches: list[MaskPatch] = []
    for head in heads:
        window, pixels = Window(*head["window"]), head["pixels"]
        packed = data.take((window.area + 7) // 8)
        bits = np.unpackbits(packed, count=window.area).astype(bool).reshape(window.shape)
        if patches and np.array_equal(patches[-1].bits, bits):
            bits = patches[-1].bits  # as it was drawn: one shape on many pairs
        before = {name: compact(data.take(pixels)) for name in MASK_NAMES}
        after = {name: compact(data.take(pixels)) for name in MASK_NAMES}
        patches.append(MaskPatch(DatePair.parse(head["pair"]), window, bits, before, after))
    return tuple(patches)


class _Unpacker:
    """What :func:`_pack` packed, bit by bit: all of it at once can be gigabytes."""

    def __init__(self, payload: str) -> None:
        self._packed = memoryview(base64.b64decode(payload))
        self._at = 0
        self._inflater = zlib.decompressobj()
        self._tail = b""

    def take(self, count: int) -> Codes:
        """The next bytes.

        Raises:
            ValueError: There are not so many.
        """
        taken = bytearray()
        while len(taken) < count:
            block = self._tail or bytes(self._packed[self._at : self._at + _BLOCK])
            self._at += 0 if self._tail else len(block)
            got = self._inflater.decompress(block, count - len(taken))
            if not got and not block:  # what the inflater still held is out, too
                raise ValueError("a record ends before its pixels do")
            taken += got
            self._tail = self._inflater.unconsumed_tail
        return np.frombuffer(taken, np.uint8)


def _fields(rows: list[list[Any]]) -> tuple[FieldPatch, ...]:
    return tuple(FieldPatch(DatePair.parse(pair), *rest) for pair, *rest in rows)
