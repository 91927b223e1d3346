"""One line of the journal: an edit, or the note that one is on disk.

``CRC32 HEADER PAYLOAD``: eight hex digits over the rest of the line, a JSON header that is enough
for a history list, and the pixels (zlib, base64) that are decoded only when an edit is applied or
undone.
"""

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np

from thalia_core.annotate import proposal_lines
from thalia_core.annotate.patch import MASK_NAMES, Edit, FieldPatch, MaskPatch
from thalia_core.cube.geometry import Window
from thalia_core.cube.pairs import DatePair

Kind = Literal["do", "undo", "redo", "applied", "decided"]


@dataclass(frozen=True, slots=True)
class Record:
    """One entry.

    Attributes:
        id: Unique identifier.
        kind: ``do`` a new step, ``undo`` or ``redo`` the step ``target``; ``applied``: the record
            ``target`` is in the cube; ``decided``: what a conflict kept out of the record
            ``target`` stays out, as somebody has said since.
        stamp: Nanoseconds since 1970, made to grow beyond everything seen: the order of history.
        by: Who.
        name: What, in the words of the history list.
        target: Identifier of the step or record concerned; of a new step the record whose conflict
            it decides.
        edit: The change; in an ``applied`` record what did *not* go in because of a conflict, in a
            ``decided`` record the part of that which was decided.
    """

    id: str
    kind: Kind
    stamp: int
    by: str
    name: str
    target: str
    edit: Edit

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
        )


def to_line(record: Record) -> bytes:
    """The line of a record, with its line break."""
    proposed, pixels = proposal_lines.pack(record.edit.proposals)
    header = {
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
    if record.edit.sources:
        header["sources"] = [str(pair) for pair in record.edit.sources]
    payload = _pack(record.edit.masks) + pixels
    text = json.dumps(header, separators=(",", ":")) + "\t" + payload
    body = text.encode()
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
    parts = []
    for patch in patches:
        parts.append(np.packbits(patch.bits).tobytes())
        for codes in (patch.before, patch.after):
            parts.extend(codes[name].tobytes() for name in MASK_NAMES)
    return base64.b64encode(zlib.compress(b"".join(parts), 1)).decode() if parts else ""


def _unpack(heads: list[dict[str, Any]], payload: str) -> tuple[MaskPatch, ...]:
    data = np.frombuffer(zlib.decompress(base64.b64decode(payload)) if payload else b"", np.uint8)
    patches, at = [], 0

    def take(count: int) -> Any:
        nonlocal at
        at += count
        return data[at - count : at]

    for head in heads:
        window, pixels = Window(*head["window"]), head["pixels"]
        bits = np.unpackbits(take((window.area + 7) // 8), count=window.area).astype(bool)
        before = {name: take(pixels) for name in MASK_NAMES}
        after = {name: take(pixels) for name in MASK_NAMES}
        pair = DatePair.parse(head["pair"])
        patches.append(MaskPatch(pair, window, bits.reshape(window.shape), before, after))
    return tuple(patches)


def _fields(rows: list[list[Any]]) -> tuple[FieldPatch, ...]:
    return tuple(FieldPatch(DatePair.parse(pair), *rest) for pair, *rest in rows)
