"""Edits of one cube as a small file, for annotators who share no storage.

``<name>.edits`` is text: a head, then lines of the journal as they are, oldest first, each with its
checksum, then a line that seals them all. Steps go in whole, with their undo and redo, so that the
history stays what it was. The head says of which frame and grid they are, and which records the
writer of the file knew of: an edit that somebody made without knowing of one of the same pixels is
a conflict, whatever stands there now.
"""

import base64
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import IntEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from thalia_core import __version__
from thalia_core.annotate.checks import check_value
from thalia_core.annotate.history import History
from thalia_core.annotate.patch import Edit, FieldPatch, MaskPatch
from thalia_core.annotate.proposals import Proposal
from thalia_core.annotate.records import Line, Record, from_line, to_line
from thalia_core.cube.durable import write_bytes
from thalia_core.cube.geometry import Geometry, Window
from thalia_core.cube.labels import BOOKKEEPING, PAIR_FIELDS, Activity, Deformation, Intensity
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import MISSING
from thalia_core.cube.store import CubeStore
from thalia_core.errors import EditError, ThaliaError

ENDING = ".edits"
_FORMAT, _VERSION = "thalia edits", 1
_SHORT = 6
"""Bytes of an identifier that tell it among some millions."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which steps go into a file; by default all.

    Attributes:
        since: Only steps with something done from this moment on, UTC.
        by: Only steps in which this person had a hand.
        pairs: Only steps that touch one of these pairs.
        proposals: What was proposed, too, and the answers to it; else masks and labels alone.
    """

    since: datetime | None = None
    by: str = ""
    pairs: tuple[DatePair, ...] = ()
    proposals: bool = False

    def takes(self, record: Record) -> bool:
        """Whether a record makes its step wanted."""
        if self.since is not None and record.stamp < self.since.timestamp() * 1e9:
            return False
        if self.by and record.by != self.by:
            return False
        return not self.pairs or bool(set(self.pairs) & set(record.edit.pairs))


@dataclass(frozen=True, slots=True)
class EditsFile:
    """What a file holds.

    Attributes:
        path: The file.
        frame: Frame of the cube that it is of.
        geometry: Its grid.
        made: When the file was made, UTC, ISO 8601.
        records: The edits, oldest first.
        knows: Short identifiers of the records that its writer knew of.
    """

    path: Path
    frame: str
    geometry: Geometry
    made: str
    records: tuple[Record, ...]
    knows: frozenset[bytes]

    def knew(self, identifier: str) -> bool:
        """Whether its writer knew of a record."""
        return _short(identifier) in self.knows


@dataclass(frozen=True, slots=True)
class Share:
    """What one person did, in a file or among what is new in it.

    Attributes:
        by: Who.
        steps: How many steps, undone ones too.
        pairs: On how many pairs.
        pixels: How many pixels were painted.
        first: When the first was done, UTC, ISO 8601.
        last: When the last was done, undone or redone.
    """

    by: str
    steps: int
    pairs: int
    pixels: int
    first: str
    last: str


def shares_of(records: Iterable[Record]) -> list[Share]:
    """Who did how much, by name."""
    by_name: dict[str, list[Record]] = {}
    for record in records:
        by_name.setdefault(record.by, []).append(record)
    return [_share(by, by_name[by]) for by in sorted(by_name)]


def _share(by: str, records: list[Record]) -> Share:
    done = [record for record in records if record.kind == "do"]
    pairs = {pair for record in records for pair in record.edit.pairs}
    pixels = sum(patch.pixels for record in done for patch in record.edit.masks)
    times = sorted(record.time for record in records)
    return Share(by, len(done), len(pairs), pixels, times[0], times[-1])


def export_edits(cube: CubeStore, path: Path, wanted: Wanted | None = None) -> EditsFile:
    """Write the edits of a cube into a file; what is not in the cube yet is left out.

    Raises:
        EditError: There is nothing to write, or the disk refused.
    """
    history = History(cube.sidecar / "journal")
    history.refresh()
    records = _chosen(history, wanted or Wanted())
    if not records:
        raise EditError(
            "there are no such edits to export",
            where=cube.path,
            why="nobody edited it" if not history.steps() else "no edit fits what was asked for",
            fix="see 'thalia history' for what was done",
        )
    made = EditsFile(
        path,
        cube.frame,
        cube.geometry,
        datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        tuple(records),
        frozenset(map(_short, history.records())),
    )
    lines = [_sealed(_head(made)), *map(to_line, made.records)]
    digest = sha256(b"".join(lines)).hexdigest()
    lines.append(_sealed({"records": len(made.records), "sha256": digest}))
    try:
        write_bytes(path, b"".join(lines))
    except OSError as error:
        raise EditError(
            "cannot write the file of edits",
            where=path,
            why=error.strerror or str(error),
            fix="choose a folder that you may write to and that has room",
        ) from error
    return made


def _chosen(history: History, wanted: Wanted) -> list[Record]:
    """All records of the steps that are wanted, as they went into the cube."""
    chains: dict[str, list[Record]] = {}
    for identifier in history.records():
        if history.is_applied(identifier):
            record = history.record(identifier)
            step = record.id if record.kind == "do" else record.target
            chains.setdefault(step, []).append(record)
    chosen = [
        replace(record, edit=_sent(history.effective(record.id), wanted), absent=())
        for step, chain in chains.items()
        if any(record.id == step for record in chain) and any(map(wanted.takes, chain))
        for record in chain
    ]
    edits = [record for record in chosen if not record.edit.empty]
    return sorted(edits, key=lambda record: record.stamp)


def _sent(edit: Edit, wanted: Wanted) -> Edit:
    """What of an edit goes out: proposals are nobody's judgement yet."""
    return edit if wanted.proposals else Edit(edit.masks, edit.fields)


def read_edits(path: Path) -> EditsFile:
    """Read a file, and check all of it.

    Raises:
        EditError: It is no such file, it is damaged or cut short, or it says what may not be.
    """
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except OSError as error:
        why = error.strerror or str(error)
        raise EditError("cannot read the file of edits", where=path, why=why) from error
    head, knows = _opened(path, lines)
    end = _unsealed(lines[-1]) if len(lines) > 1 else None
    digest = sha256(b"".join(lines[:-1])).hexdigest()
    if end is None or end.get("sha256") != digest or end.get("records") != len(lines) - 2:
        bad = next((n for n, line in enumerate(lines[1:-1], 2) if from_line(line) is None), None)
        raise EditError(
            "the file of edits is damaged",
            where=path,
            why="it is cut short" if bad is None else f"line {bad} fails its checksum",
            fix="have it sent again; nothing was imported",
        )
    geometry = Geometry(**head["grid"])
    records = []
    for number, raw in enumerate(lines[1:-1], 2):
        try:
            line = from_line(raw)
            assert line is not None
            records.append(_checked(line, geometry))
        except (KeyError, TypeError, ValueError, ThaliaError, AssertionError, zlib.error) as error:
            raise EditError(
                "the file of edits cannot be used",
                where=f"{path} line {number}",
                why=str(error),
                fix="have it exported again by Thalia; nothing was imported",
            ) from error
    records.sort(key=lambda record: record.stamp)
    return EditsFile(path, head["frame"], geometry, head["made"], tuple(records), knows)


def _opened(path: Path, lines: Sequence[bytes]) -> tuple[dict[str, Any], frozenset[bytes]]:
    head = _unsealed(lines[0]) if lines else None
    if head is None or head.get("format") != _FORMAT:
        raise EditError(
            "not a file of edits",
            where=path,
            why="it does not begin as one",
            fix=f"choose a file that 'thalia session export' made, such as ana{ENDING}",
        )
    if head.get("version") != _VERSION:
        raise EditError(
            "the file of edits is of another version",
            where=path,
            why=f"it is of version {head.get('version')}, this program reads {_VERSION}",
            fix="use the same version of Thalia on both sides",
        )
    joined = base64.b64decode(head["knows"])
    cut = range(0, len(joined), _SHORT)
    return head, frozenset(joined[at : at + _SHORT] for at in cut)


def _head(made: EditsFile) -> dict[str, Any]:
    g = made.geometry
    grid = {"rows": g.rows, "cols": g.cols, "x0": g.x0, "y0": g.y0, "dx": g.dx, "dy": g.dy}
    return {
        "format": _FORMAT,
        "version": _VERSION,
        "program": __version__,
        "made": made.made,
        "frame": made.frame,
        "grid": {**grid, "crs": g.crs},
        "knows": base64.b64encode(b"".join(sorted(made.knows))).decode(),
    }


def _short(identifier: str) -> bytes:
    return sha256(identifier.encode()).digest()[:_SHORT]


def _sealed(content: dict[str, Any]) -> bytes:
    body = json.dumps(content, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(body), body)


def _unsealed(line: bytes) -> dict[str, Any] | None:
    checksum, _, body = line.rstrip(b"\n").partition(b" ")
    try:
        if int(checksum, 16) != zlib.crc32(body):
            return None
        content = json.loads(body)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _checked(line: Line, geometry: Geometry) -> Record:
    """A record that says nothing illegal; the file may be anybody's.

    Raises:
        EditError, ValueError: It does.
    """
    record = line.record()
    if record.kind not in ("do", "undo", "redo") or record.edit.empty:
        raise ValueError(f"'{record.kind}' is no edit")
    whole = Window.full(*geometry.shape)
    for mask in record.edit.masks:
        if mask.window.intersect(whole) != mask.window:
            raise ValueError(f"a mask of {mask.pair} lies outside the frame")
        _check_codes(mask, returned=record.kind == "undo")
    for patch in record.edit.fields:
        _check_field(patch, returned=record.kind == "undo")
    for offered in record.edit.proposals:
        for proposal in (offered.before, offered.after):
            _check_proposal(proposal, whole)
    return Record(
        str(record.id),
        record.kind,
        int(record.stamp),
        str(record.by),
        str(record.name),
        str(record.target),
        record.edit,
    )


def _check_proposal(proposal: Proposal | None, whole: Window) -> None:
    """It lies in the frame and sets what may be set; its classes were legal when it was read."""
    for shape, _ in () if proposal is None else proposal.shapes:
        if shape.window.intersect(whole) != shape.window:
            raise ValueError("a proposal lies outside the frame")
    for name, value in () if proposal is None else proposal.fields.items():
        if name not in PAIR_FIELDS:
            raise ValueError(f"no pair variable is called '{name}'")
        check_value(name, value)


def _check_codes(mask: MaskPatch, *, returned: bool) -> None:
    """Codes must be in the legend; those that are only returned may be what the cube had."""
    for codes in (mask.before, mask.after):
        if any(len(values) != mask.pixels for values in codes.values()):
            raise ValueError(f"a mask of {mask.pair} is cut short")
    legends: dict[str, type[IntEnum]] = {"deformation_mask": Deformation}
    if not returned:
        legends |= {"activity_type_mask": Activity, "intensity_level_mask": Intensity}
    for name, legend in legends.items():
        strange = set(np.unique(mask.after[name]).tolist()) - {*map(int, legend), MISSING}
        if strange:
            raise ValueError(f"{name} of {mask.pair} has the codes {sorted(strange)}")


def _check_field(patch: FieldPatch, *, returned: bool) -> None:
    if patch.field not in PAIR_FIELDS:
        raise ValueError(f"no pair variable is called '{patch.field}'")
    if patch.field not in BOOKKEEPING and not returned:
        check_value(patch.field, patch.after)
