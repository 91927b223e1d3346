"""Bringing the edits of a file into a cube that others edited meanwhile.

A record is known by its identifier and goes in once. It keeps who made it and when; undo and redo
come with it. Where it and an edit made here touch the same pixel or field, and neither writer knew
of the other's, what is here stays and the rest of the record goes in: the part kept out is a
conflict, as among writers of one cube, and stands in the journal like theirs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.agreement import FOLLOWING
from thalia_core.annotate.exchange import EditsFile, Share, shares_of
from thalia_core.annotate.history import History, within
from thalia_core.annotate.patch import Edit, FieldPatch, MaskPatch
from thalia_core.annotate.records import Record
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.writer import Conflict
from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import BOOKKEEPING
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.errors import EditError

Progress = Callable[[int, int], None]
"""Told how many records of how many are in the cube."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What importing a file would do.

    Attributes:
        path: The file.
        new: Records that will go in, oldest first.
        known: How many are here already.
        elsewhere: Pairs of the file that this cube does not have; edits of them stay out.
        headless: Undos and redos whose step is neither in the file nor here.
        touched: What was done here without knowledge of the file's edits.
        contested: Pixels and fields, changed on both sides, where what is here will stay.
    """

    path: Path
    new: tuple[Record, ...]
    known: int
    elsewhere: tuple[DatePair, ...]
    headless: int
    touched: "Touched"
    contested: int

    @property
    def shares(self) -> list[Share]:
        """Who did how much of what is new."""
        return shares_of(self.new)

    @property
    def pairs(self) -> tuple[DatePair, ...]:
        """The pairs that will change."""
        return tuple(sorted({pair for record in self.new for pair in record.edit.pairs}))


@dataclass(frozen=True, slots=True)
class Merged:
    """What importing did: how many records went in, on which pairs, and what was kept out."""

    records: int
    pairs: tuple[DatePair, ...]
    conflicts: tuple[Conflict, ...]


class Touched:
    """The pixels and fields that some records changed.

    Args:
        records: The records.
        pairs: The pairs that matter.
        shape: Rows and columns of a plane.
    """

    def __init__(
        self, records: Sequence[Record], pairs: set[DatePair], shape: tuple[int, int]
    ) -> None:
        self._planes: dict[DatePair, NDArray[np.bool_]] = {}
        self._fields: set[tuple[DatePair, str]] = set()
        for record in records:
            for mask in record.edit.masks:
                if mask.pair in pairs:
                    plane = self._planes.setdefault(mask.pair, np.zeros(shape, bool))
                    plane[mask.window.slices] |= mask.bits
            self._fields |= {(patch.pair, patch.field) for patch in record.edit.fields}

    def part_of(self, edit: Edit) -> Edit:
        """The part of an edit that lies on them."""
        masks = [part for mask in edit.masks if (part := self._of_mask(mask)) is not None]
        fields = [patch for patch in edit.fields if (patch.pair, patch.field) in self._fields]
        # what the program keeps itself follows the masks, and merges entry by entry
        ours = (*BOOKKEEPING, *FOLLOWING)
        return Edit(tuple(masks), tuple(f for f in fields if f.field not in ours))

    def _of_mask(self, mask: MaskPatch) -> MaskPatch | None:
        plane = self._planes.get(mask.pair)
        if plane is None:
            return None
        both = plane[within(Window.full(*plane.shape), mask.window)][mask.bits]
        return mask.only(both) if both.any() else None


def plan_import(cube: CubeStore, file: EditsFile) -> Plan:
    """Look at what a file would bring; nothing is changed.

    Raises:
        EditError: It is of another frame or grid.
    """
    _require_same_frame(cube, file)
    history = History(cube.sidecar / "journal")
    history.refresh()
    new, elsewhere, headless, known = [], set[DatePair](), 0, 0
    steps: set[str] = set()
    for record in file.records:
        strange = {pair for pair in record.edit.pairs if pair not in cube.pairs}
        if history.has(record.id):
            known += 1
        elif strange:
            elsewhere |= strange
        elif record.kind != "do" and record.target not in steps:
            if not history.has(record.target):
                headless += 1
                continue
            new.append(record)
        else:
            new.append(record)
        if record.kind == "do" and not strange:
            steps.add(record.id)
    pairs = {pair for record in new for pair in record.edit.pairs}
    ours = [history.record(i) for i in history.records() if not file.knew(i)]
    touched = Touched(ours, pairs, cube.geometry.shape)
    contested = sum(_staying(cube, touched.part_of(record.edit)) for record in new)
    return Plan(
        file.path, tuple(new), known, tuple(sorted(elsewhere)), headless, touched, contested
    )


def _staying(cube: CubeStore, edit: Edit) -> int:
    """Pixels and fields of an edit that the cube does not hold already."""
    count = 0
    for mask in edit.masks:
        other = np.zeros(mask.pixels, bool)
        for name, after in mask.after.items():
            other |= cube.read_plane(name, mask.pair, mask.window)[mask.bits] != after
        count += int(np.count_nonzero(other))
    for patch in edit.fields:
        now = getattr(cube.read_label(patch.pair), patch.field)
        count += cube.settled(patch.field, now) != cube.settled(patch.field, patch.after)
    return count


def merge(session: EditSession, file: EditsFile, progress: Progress | None = None) -> Merged:
    """Bring in what is new. Any thread but the one that saves.

    Raises:
        ThaliaError: Another frame or grid, or saving failed; what went in stays in, and importing
            again goes on.
    """
    session.flush()
    plan = plan_import(session.cube, file)
    before = len(session.conflicts)
    for n, record in enumerate(plan.new, 1):
        ours = _kept_here(session, record)
        session.receive(ours, plan.touched.part_of(ours.edit))
        session.flush()
        if progress is not None:
            progress(n, len(plan.new))
    session.show_received(plan.pairs)
    ids = {record.id for record in plan.new}
    conflicts = tuple(c for c in session.conflicts[before:] if c.record.id in ids)
    return Merged(len(plan.new), plan.pairs, conflicts)


def _kept_here(session: EditSession, record: Record) -> Record:
    """The record with the bookkeeping of this cube: the version goes on, the newest hand counts."""
    fields = [patch for patch in record.edit.fields if patch.field not in BOOKKEEPING]
    told = {(patch.pair, patch.field): patch for patch in record.edit.fields}
    for pair in record.edit.labelled:
        label = session.cube.read_label(pair)
        version = label.label_version or 0
        after = max(version - 1, 0) if record.kind == "undo" else version + 1
        fields.append(FieldPatch(pair, "label_version", version, after))
        when = told.get((pair, "labelled_at"))
        newest = when is not None and str(when.after or "") > (label.labelled_at or "")
        if newest and record.kind != "undo":
            for name in ("annotator", "labelled_at"):
                if (patch := told.get((pair, name))) is not None:
                    now = getattr(label, name)
                    fields.append(FieldPatch(pair, name, now, patch.after))
    return replace(record, edit=replace(record.edit, fields=tuple(fields)))


def _require_same_frame(cube: CubeStore, file: EditsFile) -> None:
    if file.frame != cube.frame:
        raise EditError(
            "the edits are of another frame",
            where=file.path,
            why=f"they are of {file.frame}, this cube is {cube.frame}",
            fix="open the cube of that frame and import them there",
        )
    if not cube.geometry.same_grid(file.geometry):
        ours, theirs = cube.geometry, file.geometry
        raise EditError(
            "the edits are of another grid",
            where=file.path,
            why=f"they were drawn on {theirs.rows} x {theirs.cols} pixels from "
            f"{theirs.x0:.4f}, {theirs.y0:.4f}; this cube has {ours.rows} x {ours.cols} from "
            f"{ours.x0:.4f}, {ours.y0:.4f}",
            fix="import them into the cube that they were drawn on, or into a copy of it",
        )
