"""The steps people took on a cube, put together from all journals."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from thalia_core.annotate.agreement import FOLLOWING
from thalia_core.annotate.journal import Entry, JournalReader
from thalia_core.annotate.patch import Edit
from thalia_core.annotate.records import Line, Record, time_of
from thalia_core.cube.labels import BOOKKEEPING
from thalia_core.cube.pairs import DatePair


@dataclass(frozen=True, slots=True)
class StepInfo:
    """One step as a list shows it.

    Attributes:
        id: Identifier.
        time: When it was done, UTC.
        by: Who did it.
        name: What it was.
        pairs: The pairs it touches.
        pixels: How many pixels it changed.
        fields: Pair variables it set, without those the program keeps itself.
        active: False once it is undone.
    """

    id: str
    time: str
    by: str
    name: str
    pairs: tuple[DatePair, ...]
    pixels: int
    fields: tuple[str, ...]
    active: bool


@dataclass(slots=True)
class _Step:
    info: StepInfo
    begun: int  # stamp of the record that did it
    order: int  # stamp of the last record that did, undid or redid it


@dataclass(slots=True)
class History:
    """Steps in the order of their stamps, and which records have reached the cube.

    Args:
        folder: The journal folder; it need not exist.
    """

    folder: Path
    _reader: JournalReader = field(init=False)
    _lines: dict[str, Line | Record] = field(default_factory=dict)
    _paths: dict[str, Path] = field(default_factory=dict)
    _applied: dict[str, str] = field(default_factory=dict)
    _steps: dict[str, _Step] = field(default_factory=dict)
    _stamp: int = 0

    def __post_init__(self) -> None:
        self._reader = JournalReader(self.folder)

    @property
    def stamp(self) -> int:
        """The largest stamp seen."""
        return self._stamp

    @property
    def damaged(self) -> int:
        """Journal lines that fail their checksum and were passed over."""
        return self._reader.damaged

    def refresh(self) -> None:
        """Take in what any writer appended since."""
        entries = self._reader.new()
        for entry in sorted(entries, key=lambda e: int(e.line.header["stamp"])):
            self._take(entry)

    def add(self, record: Record) -> None:
        """Take in a record of our own before it is on disk."""
        self._lines[record.id] = record
        self._note(record.id, record.kind, record.stamp, record.target, _info(record))

    def steps(self, pair: DatePair | None = None) -> list[StepInfo]:
        """All steps, or those that touch the pair, oldest first."""
        ordered = sorted(self._steps.values(), key=lambda step: step.begun)
        return [s.info for s in ordered if pair is None or pair in s.info.pairs]

    def undoable(self, pair: DatePair | None = None) -> StepInfo | None:
        """The step that undo would take back: the newest active one that touches the pair."""
        return self._newest(pair, active=True)

    def redoable(self, pair: DatePair | None = None) -> StepInfo | None:
        """The step that redo would bring back; none once a newer step was done there."""
        undone, done = self._newest(pair, active=False), self._newest(pair, active=True)
        if undone is None:
            return None
        if done is not None and self._steps[done.id].order > self._steps[undone.id].order:
            return None
        return undone

    def effective(self, step: str) -> Edit:
        """What a step truly changed: its edit without what a conflict kept out."""
        edit = self.record(step).edit
        note = self._applied.get(step)
        return edit if note is None else without(edit, self.record(note).edit)

    def record(self, identifier: str) -> Record:
        """A record with its pixels."""
        line = self._lines[identifier]
        return line if isinstance(line, Record) else line.record()

    def unapplied(self) -> list[tuple[Record, Path]]:
        """Records in a journal without the note that they are in the cube, oldest first."""
        open_ids = [i for i in self._paths if i not in self._applied]
        records = [(self.record(i), self._paths[i]) for i in open_ids]
        return sorted(records, key=lambda pair: pair[0].stamp)

    def knows(self, step: str) -> bool:
        """Whether the record that did the step is here and sound."""
        return step in self._steps

    def info(self, step: str) -> StepInfo:
        """A step by its identifier."""
        return self._steps[step].info

    def _take(self, entry: Entry) -> None:
        header = entry.line.header
        identifier = str(header["id"])
        self._lines[identifier] = entry.line
        if header["kind"] == "applied":
            self._applied[str(header["target"])] = identifier
        else:
            self._paths[identifier] = entry.path
        if header["kind"] == "do" and identifier in self._steps:
            return  # one of ours, noted when it was made
        self._note(
            identifier, header["kind"], int(header["stamp"]), header["target"], _head(header)
        )

    def _note(self, identifier: str, kind: str, stamp: int, target: str, info: StepInfo) -> None:
        self._stamp = max(self._stamp, stamp)
        if kind == "do":
            self._steps[identifier] = _Step(info, stamp, stamp)
        elif kind in ("undo", "redo") and target in self._steps:
            step = self._steps[target]
            if stamp >= step.order:
                step.order = stamp
                step.info = replace(step.info, active=kind == "redo")

    def _newest(self, pair: DatePair | None, *, active: bool) -> StepInfo | None:
        found = [
            step
            for step in self._steps.values()
            if step.info.active is active and (pair is None or pair in step.info.pairs)
        ]
        return max(found, key=lambda step: step.order).info if found else None


def without(edit: Edit, kept_out: Edit) -> Edit:
    """The edit less the pixels and fields of another that is part of it."""
    masks = []
    for patch in edit.masks:
        out = [p for p in kept_out.masks if p.pair == patch.pair]
        bits = patch.bits.copy()
        for part in out:
            rows = slice(part.window.row0 - patch.window.row0, part.window.row1 - patch.window.row0)
            cols = slice(part.window.col0 - patch.window.col0, part.window.col1 - patch.window.col0)
            bits[rows, cols] &= ~part.bits
        keep = bits[patch.bits]
        if keep.any():
            masks.append(patch if keep.all() else patch.only(keep))
    lost = {(p.pair, p.field) for p in kept_out.fields}
    fields = tuple(p for p in edit.fields if (p.pair, p.field) not in lost)
    return Edit(tuple(masks), fields)


def _info(record: Record) -> StepInfo:
    return StepInfo(
        record.id,
        record.time,
        record.by,
        record.name,
        record.edit.pairs,
        sum(patch.pixels for patch in record.edit.masks),
        _shown((patch.field for patch in record.edit.fields), bool(record.edit.masks)),
        active=True,
    )


def _head(header: dict[str, Any]) -> StepInfo:
    """The same from a header alone, without unpacking pixels."""
    names = {mask["pair"] for mask in header["masks"]} | {row[0] for row in header["fields"]}
    return StepInfo(
        header["id"],
        time_of(header["stamp"]),
        header["by"],
        header["name"],
        tuple(sorted(DatePair.parse(name) for name in names)),
        sum(mask["pixels"] for mask in header["masks"]),
        _shown((row[1] for row in header["fields"]), bool(header["masks"])),
        active=True,
    )


def _shown(names: Iterable[str], painted: bool) -> tuple[str, ...]:
    """Fields a person set, without those the program keeps itself and those that follow masks."""
    own = BOOKKEEPING + (FOLLOWING if painted else ())
    return tuple(dict.fromkeys(name for name in names if name not in own))
