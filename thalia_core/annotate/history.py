"""The steps people took on a cube, put together from all journals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from thalia_core.annotate import proposal_lines
from thalia_core.annotate.agreement import FOLLOWING
from thalia_core.annotate.journal import Entry, JournalReader
from thalia_core.annotate.patch import Edit
from thalia_core.annotate.pending import Pending
from thalia_core.annotate.proposals import Offer, Proposal
from thalia_core.annotate.records import Line, Record, time_of
from thalia_core.annotate.shelf import BUDGET, Shelf
from thalia_core.cube.geometry import Window
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
        proposed: How many proposals it made.
        answered: How many it accepted, whole or in part, or rejected.
    """

    id: str
    time: str
    by: str
    name: str
    pairs: tuple[DatePair, ...]
    pixels: int
    fields: tuple[str, ...]
    active: bool
    proposed: int = 0
    answered: int = 0


@dataclass(slots=True)
class _Step:
    info: StepInfo
    begun: int  # stamp of the record that did it
    order: int  # stamp of the last record that did, undid or redid it
    decides: str  # record whose conflict it decides
    records: list[tuple[int, str]]  # (stamp, identifier) of what did, undid and redid it


@dataclass(slots=True)
class History:
    """Steps in the order of their stamps, and which records have reached the cube.

    Args:
        folder: The journal folder; it need not exist.
        budget: Bytes of pixels kept in memory; what is beyond them is read again from the journal.
    """

    folder: Path
    budget: int = BUDGET
    shelf: Shelf = field(init=False)
    _reader: JournalReader = field(init=False)
    _paths: dict[str, Path] = field(default_factory=dict)
    _applied: dict[str, str] = field(default_factory=dict)  # "" where nothing was kept out
    _steps: dict[str, _Step] = field(default_factory=dict)
    made: dict[str, set[tuple[DatePair, str]]] = field(default_factory=dict)
    """Variable -> the chunks that edits made: a pair in each, and its place in the plane."""
    _of_pair: dict[DatePair, list[_Step]] = field(default_factory=dict)
    _decided: dict[str, list[str]] = field(default_factory=dict)
    _withheld: dict[str, str] = field(default_factory=dict)  # record -> what says so
    _pending: Pending = field(init=False)
    _stamp: int = 0

    def __post_init__(self) -> None:
        self._reader = JournalReader(self.folder)
        self.shelf = Shelf(self.budget)
        self._pending = Pending(self._stands)

    @property
    def stamp(self) -> int:
        """The largest stamp seen."""
        return self._stamp

    @property
    def damaged(self) -> int:
        """Journal lines that fail their checksum and were passed over."""
        return self._reader.damaged

    def refresh(self) -> bool:
        """Take in what any writer appended since; whether others proposed or answered something."""
        entries = self._reader.new()
        proposed = False
        for entry in sorted(entries, key=lambda e: int(e.line.header["stamp"])):
            header = entry.line.header
            proposed |= "proposals" in header and header["id"] not in self.shelf
            self._take(entry)
        return proposed

    def add(self, record: Record) -> None:
        """Take in a record of our own before it is on disk."""
        self.shelf.put(record)
        self._note(record.id, record.kind, record.stamp, record.target, _info(record))
        if record.kind == "do":
            offers = proposal_lines.offers_of(record.id, record.edit.proposals)
            self._pending.note(record.id, offers)

    def steps(self, pair: DatePair | None = None) -> list[StepInfo]:
        """All steps, or those that touch the pair, oldest first."""
        return [s.info for s in sorted(self._touching(pair), key=lambda step: step.begun)]

    def sets(self, pair: DatePair, field: str) -> bool:
        """Whether a step that stands touches the pair and sets such a field."""
        return any(s.info.active and field in s.info.fields for s in self._touching(pair))

    def undoable(self, pair: DatePair | None = None) -> StepInfo | None:
        """The step that undo would take back: the newest active one that touches the pair."""
        return self._newest(pair, active=True)

    def redoable(self, pair: DatePair | None = None) -> StepInfo | None:
        """The step that redo would bring back; none once a newer step was done there."""
        undone = self._newest(pair, active=False)
        if undone is None:
            return None
        taken_back = self._steps[undone.id].order
        newer = (step for step in self._touching(pair) if step.info.active)
        return None if any(step.begun > taken_back for step in newer) else undone

    def effective(self, identifier: str) -> Edit:
        """What a record truly changed: its edit without what a conflict kept out."""
        edit = self.record(identifier).edit
        note = self._applied.get(identifier)
        return without(edit, self.record(note).edit) if note else edit

    def withheld(self, identifier: str) -> Edit:
        """The part of a record that does not go into the cube, whatever the cube holds."""
        note = self._withheld.get(identifier)
        return Edit() if note is None else self.record(note).edit

    def record(self, identifier: str) -> Record:
        """A record with its pixels.

        Raises:
            EditError: It has to be read again and cannot.
        """
        return self.shelf.get(identifier)

    def since(self, pair: DatePair, step: str | None) -> list[str]:
        """Records that touch the pair and came after a step (None: all), newest first."""
        begun = -1 if step is None else self._steps[step].begun
        later = [entry for s in self._touching(pair) for entry in s.records if entry[0] > begun]
        return [identifier for _, identifier in sorted(later, reverse=True)]

    def conflicting(self) -> list[tuple[str, str]]:
        """(record, note of what was kept out) of each step whose last record met a conflict."""
        last = [step.records[-1] for step in self._steps.values()]
        notes = [(identifier, self._applied.get(identifier, "")) for _, identifier in sorted(last)]
        return [(identifier, note) for identifier, note in notes if note]

    def decisions(self, identifier: str) -> list[str]:
        """Records that decide a conflict of that record, and were not taken back."""
        steps = (s.info for s in self._steps.values() if s.decides == identifier)
        return [*self._decided.get(identifier, ()), *(info.id for info in steps if info.active)]

    def records(self) -> list[str]:
        """Identifiers of all journalled records that did, undid or redid something."""
        return list(self._paths)

    def has(self, identifier: str) -> bool:
        """Whether such a record is in a journal."""
        return identifier in self._paths

    def is_applied(self, identifier: str) -> bool:
        """Whether a record has reached the cube."""
        return identifier in self._applied

    def overtaken(self, record: Record) -> bool:
        """Whether a later record of the same step, such as its undo, has reached the cube."""
        step = self._steps.get(record.id if record.kind == "do" else record.target)
        later = () if step is None else step.records
        return any(stamp > record.stamp and self.is_applied(i) for stamp, i in later)

    def offers(self, pair: DatePair | None = None) -> list[Offer]:
        """The proposals that wait for an answer, of the pair or of all."""
        return self._pending.offers(pair)

    def proposals(self, offers: Sequence[Offer]) -> list[Proposal]:
        """What is offered, with its pixels, in the same order; each step is looked at once."""
        wanted: dict[str, set[str]] = {}
        for offer in offers:
            wanted.setdefault(offer.step, set()).add(offer.id)
        found: dict[str, Proposal] = {}
        for step, names in wanted.items():
            line = self.shelf.find(step)
            if isinstance(line, Line):
                patches = proposal_lines.some(line.header, line.payload, names)
            else:
                patches = line.edit.proposals
            found |= {p.id: p.after for p in patches if p.after is not None and p.id in names}
        return [found[offer.id] for offer in offers]

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
        header, kind = entry.line.header, str(entry.line.header["kind"])
        identifier, target = str(header["id"]), str(header["target"])
        self._stamp = max(self._stamp, int(header["stamp"]))
        for name, pair, tile in entry.line.absent:
            self.made.setdefault(name, set()).add((pair, tile))
        if kind == "applied":
            kept_out = header["masks"] or header["fields"]
            self._applied[target] = identifier if kept_out else ""
            if not kept_out:
                return  # most notes: there is nothing in them to come back to
        elif kind == "withheld":
            self._withheld[target] = identifier
        elif kind != "decided":
            self._paths[identifier] = entry.place.path
        self.shelf.note(identifier, entry.place)
        if kind == "do" and identifier in self._steps:
            return  # one of ours, noted when it was made
        self._note(identifier, kind, int(header["stamp"]), target, _head(header))
        if kind == "do":
            self._pending.note(identifier, proposal_lines.offers(header))

    def _stands(self, step: str) -> bool:
        return step in self._steps and self._steps[step].info.active

    def _note(self, identifier: str, kind: str, stamp: int, target: str, info: StepInfo) -> None:
        self._stamp = max(self._stamp, stamp)
        if kind == "do":
            step = _Step(info, stamp, stamp, target, [(stamp, identifier)])
            self._steps[identifier] = step
            for pair in info.pairs:
                self._of_pair.setdefault(pair, []).append(step)
        elif kind == "decided":
            known = self._decided.setdefault(target, [])
            known += [identifier] if identifier not in known else []
        elif kind in ("undo", "redo") and target in self._steps:
            step = self._steps[target]
            if (stamp, identifier) not in step.records:
                step.records = sorted([*step.records, (stamp, identifier)])
            if stamp >= step.order:
                step.order = stamp
                step.info = replace(step.info, active=kind == "redo")

    def _touching(self, pair: DatePair | None) -> Iterable[_Step]:
        """The steps on a pair, or all."""
        return self._steps.values() if pair is None else self._of_pair.get(pair, ())

    def _newest(self, pair: DatePair | None, *, active: bool) -> StepInfo | None:
        found = [step for step in self._touching(pair) if step.info.active is active]
        return max(found, key=lambda step: step.order).info if found else None


def without(edit: Edit, kept_out: Edit) -> Edit:
    """The edit less the pixels and fields of another that is part of it."""
    masks = []
    for patch in edit.masks:
        out = [p for p in kept_out.masks if p.pair == patch.pair]
        bits = patch.bits.copy()
        for part in out:
            shared = patch.window.intersect(part.window)
            if shared is not None:
                bits[within(patch.window, shared)] &= ~part.bits[within(part.window, shared)]
        keep = bits[patch.bits]
        if keep.any():
            masks.append(patch if keep.all() else patch.only(keep))
    lost = {(p.pair, p.field) for p in kept_out.fields}
    fields = tuple(p for p in edit.fields if (p.pair, p.field) not in lost)
    return replace(edit, masks=tuple(masks), fields=fields)


def within(outer: Window, window: Window) -> tuple[slice, slice]:
    """The index of a window in an array that lies on another around it."""
    row, col = window.row0 - outer.row0, window.col0 - outer.col0
    return slice(row, row + window.shape[0]), slice(col, col + window.shape[1])


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
        proposed=sum(patch.before is None for patch in record.edit.proposals),
        answered=sum(patch.before is not None for patch in record.edit.proposals),
    )


def _head(header: dict[str, Any]) -> StepInfo:
    """The same from a header alone, without unpacking pixels."""
    proposals = header.get("proposals", ())
    names = {mask["pair"] for mask in header["masks"]} | {row[0] for row in header["fields"]}
    names |= {row["pair"] for row in proposals} | {*header.get("sources", ())}
    return StepInfo(
        header["id"],
        time_of(header["stamp"]),
        header["by"],
        header["name"],
        tuple(sorted(DatePair.parse(name) for name in names)),
        sum(mask["pixels"] for mask in header["masks"]),
        _shown((row[1] for row in header["fields"]), bool(header["masks"])),
        active=True,
        proposed=sum(row["before"] is None for row in proposals),
        answered=sum(row["before"] is not None for row in proposals),
    )


def _shown(names: Iterable[str], painted: bool) -> tuple[str, ...]:
    """Fields a person set, without those the program keeps itself and those that follow masks."""
    own = BOOKKEEPING + (FOLLOWING if painted else ())
    return tuple(dict.fromkeys(name for name in names if name not in own))
