"""The one door through which labels change.

An edit is seen at once in the working copy. It becomes a journal record, synchronised to the disk,
then goes into the cube under the cube's lock, is read back, synchronised, and noted as applied. The
journal is the history: undo and redo are records too, and survive a restart. What a writer that
died left open is completed when the next one opens the cube.
"""

import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from psygnal import Signal

from thalia_core.annotate import agreement, writer
from thalia_core.annotate.answers import Answers
from thalia_core.annotate.checks import check_value
from thalia_core.annotate.disputes import Disputes
from thalia_core.annotate.finished import finished, held, held_back, refusal
from thalia_core.annotate.gates import OPEN, Gate
from thalia_core.annotate.history import History, StepInfo
from thalia_core.annotate.instances import read_instances
from thalia_core.annotate.journal import Journal, abandoned
from thalia_core.annotate.patch import (
    DEFORMATION_OF,
    MASK_NAMES,
    Codes,
    Edit,
    FieldPatch,
    MaskPatch,
    Paint,
    Scalar,
    codes_in,
    mask_patch,
)
from thalia_core.annotate.records import Chunk, Kind, Record
from thalia_core.annotate.saving import Saver, SaveState, explained
from thalia_core.annotate.shapes import Shape
from thalia_core.annotate.shelf import BUDGET
from thalia_core.annotate.tally import Tally, after_patches
from thalia_core.annotate.versions import Versions
from thalia_core.annotate.working import Masks, Stroke, WorkingCopy
from thalia_core.annotate.writer import Conflict
from thalia_core.cube.durable import make_folder
from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import LabelState, PairLabel
from thalia_core.cube.locking import CUBE_LOCK, Busy, CubeLock, locked_out
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.cube.store.edit import AnnotationWriter
from thalia_core.errors import CubeError, EditError, ThaliaError

Source = Literal["stroke", "repaint", "undo", "redo", "label", "reload"]
"""A stroke was painted under the hand already; whatever else must be drawn anew."""
_Settle = Callable[[str, Scalar], Scalar]
_cached = lru_cache(maxsize=None, typed=True)  # 1 and 1.0 are settled each in its own way


@dataclass(frozen=True, slots=True)
class Change:
    """What changed in the working copy: a window of the masks, or (None) the label or all."""

    pair: DatePair
    window: Window | None
    source: Source


@dataclass(frozen=True, slots=True)
class Drawing:
    """What shall be said about a pair.

    Attributes:
        pair: The pair.
        shapes: Where to paint what; no two may overlap.
        fields: Pair variables to set.
    """

    pair: DatePair
    shapes: tuple[tuple[Shape, Paint], ...] = ()
    fields: Mapping[str, Scalar] = field(default_factory=dict)


class EditSession(Answers):
    """Edits of one cube by one person; made by :meth:`open`.

    ``recovered`` names the steps completed at opening, ``unrecovered`` the pairs where a damaged
    chunk, or whatever else stands in the way, kept that from being done. ``changed`` tells every
    change of the working copy, ``saving`` the state of what is on disk, ``conflicted`` what could
    not go in because somebody else changed the same pixels. The last two, and changes of source
    "reload", are told from the saving thread. ``spared`` tells the finished pairs that an edit of
    many pairs passed over, ``proposed`` that other proposals wait now, from any thread;
    ``versions`` knows how a pair was, ``disputes`` what others stood in the way of.
    """

    changed = Signal(Change)
    saving = Signal(SaveState)
    conflicted = Signal(Conflict)
    spared = Signal(tuple)
    proposed = Signal()

    def __init__(
        self, cube: CubeStore, annotator: str, lock_timeout: float, memory: int = BUDGET
    ) -> None:
        self.cube = cube
        self.annotator = annotator
        self.conflicts: list[Conflict] = []
        make_folder(cube.sidecar)
        self._lock = CubeLock(cube.sidecar / CUBE_LOCK, lock_timeout, annotator)
        self._writer = AnnotationWriter(cube, self._lock.require)
        self._mutex = threading.RLock()
        self._history = History(cube.sidecar / "journal", memory)
        self._journal = Journal.claim(cube.sidecar / "journal", annotator)
        self._saver = Saver(self._save, self.saving.emit)
        self._copy = WorkingCopy(cube, self._saver.holds, self._saver.patches)
        self._kept_out: dict[str, Edit] = {}
        self._background = False
        self.locks_finished = True
        """Finished pairs change in nothing but their state."""
        shared = (self._history, self._copy, self._mutex, self.masks)
        self.versions = Versions(*shared, cube.settled, self.do)
        self.disputes = Disputes(*shared, self.do, self._remember)
        self.recovered: tuple[StepInfo, ...] = ()
        self.unrecovered: tuple[str, ...] = ()

    @classmethod
    def open(
        cls,
        cube: CubeStore | Path | str,
        annotator: str,
        lock_timeout: float = 30.0,
        background: bool = True,
        memory: int = BUDGET,
    ) -> "EditSession":
        """Open a cube for editing and complete what a writer that died left open.

        Args:
            cube: The cube, or its path.
            annotator: Who edits.
            lock_timeout: Seconds to wait for another process that writes.
            background: Save in a thread; otherwise every edit returns when it is on disk.
            memory: Bytes of the history kept in memory; the rest is read again when it is wanted.

        Raises:
            EditError: The cube is read-only (the message says why) or its journal cannot be
                written.
            LockedError: Another process held the lock for too long.
        """
        store = cube if isinstance(cube, CubeStore) else CubeStore.open(cube, writable=True)
        if store.read_only_reason:
            raise EditError("cannot edit", where=store.path, why=store.read_only_reason)
        session = cls(store, annotator, lock_timeout, memory)
        try:
            with session._locked():
                session.recovered = session._recover()
        except OSError as error:
            session._journal.close()
            raise explained(error) from error
        except BaseException:
            session._journal.close()
            raise
        session._background = background
        return session

    def masks(self, pair: DatePair) -> Masks:
        """The live planes of a pair; do not write into them. Any thread."""
        while True:
            with self._mutex:
                if self._copy.holds(pair):
                    return self._copy.masks(pair)
                seen = self._copy.generation
            read = self._copy.read(pair)  # a slow disk must not hold up the main thread
            with self._mutex:
                if self._copy.generation == seen:
                    self._copy.keep(pair, *read)

    def label(self, pair: DatePair) -> PairLabel:
        """The label of a pair as edited."""
        with self._mutex:
            return self._copy.label(pair)

    def known_label(self, pair: DatePair) -> PairLabel | None:
        """The label as edited where it is in memory; the disk is not asked."""
        with self._mutex:
            return self._copy.known_label(pair)

    def locked(self, pair: DatePair) -> bool:
        """Whether the pair is finished, and finished pairs are locked."""
        return self.locks_finished and bool(finished((pair,), self._lasting))

    def decided_here(self, pair: DatePair) -> bool:
        """Whether the state of a pair was set by a step of its history."""
        with self._mutex:
            return self._history.sets(pair, "label_state")

    def _lasting(self, pair: DatePair) -> PairLabel:
        """The label, without a state that nobody gave it here: an archive may come all done."""
        label = self.label(pair)
        return label if self.decided_here(pair) else replace(label, label_state=None)

    def reload(self, pair: DatePair) -> None:
        """See what others did to a pair, unless edits of it are still under way. Any thread."""
        with self._mutex:
            self._history.refresh()
            if not self._saver.holds(pair) and not self._copy.is_as_stored(pair):
                self._copy.forget(pair)

    def begin(self, pair: DatePair, paint: Paint, name: str = "Brush", gate: Gate = OPEN) -> Stroke:
        """Start a stroke within a gate; its ``commit`` makes it one step.

        Raises:
            FinishedError: The pair is locked.
        """
        self._require_open((pair,) if self.locked(pair) else ())

        def commit(patch: MaskPatch | None) -> StepInfo | None:
            return None if patch is None else self.do(Edit(masks=(patch,)), name, "stroke")

        with self._mutex:
            return Stroke(pair, self._copy.masks(pair), paint, commit, gate)

    def annotate(
        self,
        pair: DatePair,
        name: str,
        shape: Shape | None = None,
        paint: Paint | None = None,
        fields: Mapping[str, Scalar] | None = None,
    ) -> StepInfo | None:
        """Paint a shape and set fields as one step; None when nothing changes.

        Raises:
            EditError: A value is not legal, or the pair is locked.
        """
        shapes = () if shape is None or paint is None else ((shape, paint),)
        if shapes:
            self.masks(
                pair
            )  # they stay: the next edit of the pair finds them, whatever the disk does
        else:
            agreement.require_agreement(self.label(pair), fields or {})
        with self._mutex:
            self._require_open((pair,) if shapes and self.locked(pair) else ())
            patches = self._painted(Drawing(pair, shapes))
            edit = Edit(tuple(patches), self._field_patches(pair, fields or {}))
            return self.do(edit, name, "repaint")

    def tally(self, pair: DatePair) -> Tally:
        """How many pixels of each class the instances of a pair have, as edited. Any thread."""
        self.masks(pair)
        with self._mutex:
            return self._copy.tally(pair)

    def read_labels(self) -> None:
        """Have the labels of all pairs at hand: far faster than one after the other."""
        with self._mutex:
            self._copy.read_labels()

    def labels(self) -> list[PairLabel]:
        """The labels of all pairs as edited, in the order of the cube's pairs."""
        with self._mutex:
            self._copy.read_labels()
            return [self._copy.label(pair) for pair in self.cube.pairs]

    def would_change(self, drawing: Drawing) -> bool:
        """Whether the pair does not say and show all that already."""
        with self._mutex:
            if self._field_patches(drawing.pair, drawing.fields):
                return True
            planes = self._copy.masks(drawing.pair).planes() if drawing.shapes else {}
        return any(
            (planes[name][shape.window.slices][shape.mask] != code).any()
            for shape, paint in drawing.shapes
            for name, code in paint.codes().items()
        )

    def annotate_all(self, drawings: Sequence[Drawing], name: str) -> StepInfo | None:
        """Annotate many pairs as one step; None when nothing changes.

        Finished pairs are passed over and told by ``spared``. The pairs are read without holding up
        others, and again where somebody edited meanwhile.

        Raises:
            EditError: A value is not legal.
        """
        self.read_labels()
        spared = tuple(drawing.pair for drawing in drawings if self.locked(drawing.pair))
        drawings = [drawing for drawing in drawings if drawing.pair not in spared]
        if spared:
            self.spared.emit(spared)
        while True:
            with self._mutex:
                seen = self._copy.generation
            edit = self._drawn(drawings)
            with self._mutex:
                if self._copy.generation == seen:
                    return self.do(edit, name, "repaint")

    def _drawn(self, drawings: Sequence[Drawing]) -> Edit:
        settled = _cached(self.cube.settled)  # it looks at the disk
        masks: list[MaskPatch] = []
        fields: list[FieldPatch] = []
        for drawing in drawings:
            masks += self._painted(drawing)
            fields += self._field_patches(drawing.pair, drawing.fields, settled)
        return Edit(tuple(masks), tuple(fields))

    def repaint(
        self,
        pair: DatePair,
        window: Window,
        after: Mapping[str, Codes],
        name: str,
        gate: Gate = OPEN,
    ) -> StepInfo | None:
        """Give the masks other codes as one step, pixel by pixel; None when nothing changes.

        Args:
            pair: The pair.
            window: Where.
            after: Mask name -> codes, (rows, columns) of the window. Masks that are not named stay,
                but ``deformation_mask`` follows the activity types where those change.
            name: What the step is called.
            gate: Pixels that it holds back stay.
        """
        with self._mutex:
            planes = self._copy.masks(pair).planes()
            before = {name: planes[name][window.slices] for name in MASK_NAMES}
            now = {**before, **after}
            activity, old = now["activity_type_mask"], before["activity_type_mask"]
            if "deformation_mask" not in after:
                now["deformation_mask"] = np.where(
                    activity == old, before["deformation_mask"], DEFORMATION_OF[activity]
                )
            touched = gate.restrict(np.ones(window.shape, bool), window, old)
            patch = mask_patch(pair, window, touched, before, now)
            return None if patch is None else self.do(Edit(masks=(patch,)), name, "repaint")

    def _painted(self, drawing: Drawing) -> list[MaskPatch]:
        patches = []
        for shape, paint in drawing.shapes:
            before = self._copy.codes(drawing.pair, shape.window)
            after = {
                name: np.where(shape.mask, np.uint8(code), before[name])
                for name, code in paint.codes().items()
            }
            patch = mask_patch(drawing.pair, shape.window, shape.mask, before, after)
            if patch is not None and np.array_equal(patch.bits, shape.mask):
                patch = replace(patch, bits=shape.mask)  # one for all pairs that share the shape
            patches += [] if patch is None else [patch]
        return patches

    def edit_label(self, pair: DatePair, name: str = "Label", **fields: Scalar) -> StepInfo | None:
        """Set pair variables as one step; None when nothing changes.

        Raises:
            EditError: A value is not legal.
        """
        agreement.require_agreement(self.label(pair), fields)
        return self.do(Edit(fields=self._field_patches(pair, fields)), name)

    def do(
        self, edit: Edit, name: str, source: Source = "repaint", decides: str = ""
    ) -> StepInfo | None:
        """Make an edit a step; the pixels of a "stroke" are painted already.

        Args:
            edit: What changes.
            name: What the step is called.
            source: What the listeners of ``changed`` are told.
            decides: Identifier of the record whose conflict the step decides.

        Raises:
            FinishedError: A pair is locked.
            ThaliaError: The cube can never take it.
        """
        if edit.empty:
            return None
        with self._mutex:
            self._require_open(held(edit, self._lasting), edit if source == "stroke" else None)
            whole = replace(edit, fields=edit.fields + self._following(edit))
            whole = replace(whole, fields=whole.fields + self._bookkeeping(whole))
            self._require_room(whole)
            record = self._record("do", name, decides, whole)
            self._history.add(record)  # before anybody hears of it: undo knows it by then
            self._show(record, source if edit.masks else "label")
            self._submit(record)
            return self._history.info(record.id)

    def receive(self, record: Record, kept_out: Edit) -> None:
        """Take in a record of another session, without part of it (see ``merging``).

        The working copy does not show it before :meth:`show_received`.

        Raises:
            ThaliaError: It cannot be written.
        """
        with self._mutex:
            self._require_room(record.edit)
            self._kept_out[record.id] = kept_out
            self._history.add(record)
            self._submit(record)

    def show_received(self, pairs: Iterable[DatePair]) -> None:
        """Have the working copy show what was received. Any thread."""
        for pair in pairs:
            self.reload(pair)
            self.label(pair)  # here and now: who hears of it must not wait for the disk
            self.changed.emit(Change(pair, None, "reload"))
            self.changed.emit(Change(pair, None, "label"))

    def _require_room(self, edit: Edit) -> None:
        """Refuse what the cube can never take, before it stands in the journal.

        Raises:
            ThaliaError: It cannot be written; the working copy is read anew.
        """
        try:
            for name in dict.fromkeys(patch.field for patch in edit.fields):
                self.cube.require_room(name, np.zeros(0, np.uint8))
            for name in MASK_NAMES if edit.masks else ():
                found = [codes_in(mask.after[name]) for mask in edit.masks]
                self.cube.require_room(name, np.unique(np.concatenate(found)))
        except ThaliaError:
            self._read_anew(edit)
            raise
        except OSError:
            return  # a disk that cannot be asked now: the edit is kept, saving tells

    def _require_open(self, pairs: tuple[DatePair, ...], painted: Edit | None = None) -> None:
        """Refuse what would change a locked pair, before it stands in the journal.

        Raises:
            FinishedError: There is one; what was painted already is read anew.
        """
        if pairs and self.locks_finished:
            if painted is not None:
                self._read_anew(painted)
            raise refusal(pairs[0], self._copy.label(pairs[0]))

    def _read_anew(self, edit: Edit) -> None:
        for pair in edit.pairs:
            self._copy.forget(pair)
            self.changed.emit(Change(pair, None, "reload"))

    def undo(self, pair: DatePair | None = None) -> StepInfo | None:
        """Take back the newest step that touches the pair (or any), on all its pairs.

        Raises:
            FinishedError: One of them is locked, and this is not the step that did it.
        """
        return self._turn("undo", self.undoable(pair))

    def turn_step(self, step: str) -> StepInfo:
        """Take back a step that need not be the newest, or bring it back.

        Raises:
            FinishedError: A pair is locked.
        """
        with self._mutex:
            info = self._history.info(step)
            return self._turn("undo" if info.active else "redo", info) or info

    def redo(self, pair: DatePair | None = None) -> StepInfo | None:
        """Bring back the step undone last, unless something newer was done there."""
        return self._turn("redo", self.redoable(pair))

    def undoable(self, pair: DatePair | None = None) -> StepInfo | None:
        """The step that undo would take back."""
        with self._mutex:
            return self._history.undoable(pair)

    def redoable(self, pair: DatePair | None = None) -> StepInfo | None:
        """The step that redo would bring back."""
        with self._mutex:
            return self._history.redoable(pair)

    def history(self, pair: DatePair | None = None) -> list[StepInfo]:
        """Steps by anybody, oldest first, as known at the last save."""
        with self._mutex:
            return self._history.steps(pair)

    @property
    def dirty(self) -> bool:
        """Whether edits are not on disk yet."""
        return self._saver.dirty

    def flush(self, timeout: float | None = None) -> None:
        """Wait until everything is on disk.

        Raises:
            ThaliaError: Saving failed, or did not finish in time; the edits are kept and tried
                again.
        """
        self._saver.flush(timeout)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the cube's lock and see it as it is now: for edits without a person watching."""
        with self._locked():
            with self._mutex:
                self._history.refresh()
                self._copy.forget_all()
            yield

    def close(self) -> None:
        """Save what is left and give the journal back.

        Raises:
            ThaliaError: Saving failed; what is journalled is completed by the next writer.
        """
        try:
            self._saver.close()
        finally:
            self._journal.close()

    def _turn(self, kind: Literal["undo", "redo"], step: StepInfo | None) -> StepInfo | None:
        if step is None:
            return None
        with self._mutex:
            edit = self._history.effective(step.id)
            edit = edit.inverse() if kind == "undo" else edit
            self._require_open(held_back(edit, self._lasting))
            record = self._record(kind, f"{kind.capitalize()} {step.name}", step.id, edit)
            self._history.add(record)
            self._show(record, kind)
            self._submit(record)
            return self._history.info(step.id)

    def _submit(self, record: Record) -> None:
        if self._background:
            self._saver.put(record)
        else:
            self._saver.now(record)

    def _save(self, record: Record, journalled: bool) -> Generator[None, None, None]:
        """Journal, then cube: yields once the record is durable in the journal."""
        if not journalled:
            self._journal.append(replace(record, absent=self._missing(record.edit)))
        yield
        if record.kind == "decided":
            return  # a word, no change
        self.cube.require_same()  # the lock must not make a folder where a share was mounted
        with self._locked():
            kept_out = self._kept_out.get(record.id, writer.NOTHING)
            conflict = writer.apply(record, self._writer, self._history.made, kept_out)
        self._note_applied(record, conflict)
        self._kept_out.pop(record.id, None)
        with self._mutex:
            others = self._history.refresh()
        if others:
            self.proposed.emit()
        if conflict is not None:
            self.conflicts.append(conflict)
            with self._mutex:
                for pair in conflict.edit.pairs:
                    self._copy.forget(pair)
            self.conflicted.emit(conflict)
            for pair in conflict.edit.pairs:
                self.changed.emit(Change(pair, None, "reload"))

    def _missing(self, edit: Edit) -> tuple[Chunk, ...]:
        """The chunks that an edit would make; none where the cube cannot tell."""
        try:
            return writer.missing(edit, self._writer)
        except Exception:  # the journal takes the edit whatever has become of the cube
            return ()

    def _remember(self, kind: Kind, name: str, target: str, edit: Edit) -> None:
        """A record that changes nothing."""
        with self._mutex:
            record = self._record(kind, name, target, edit)
            self._history.add(record)
        self._submit(record)

    def _note_applied(self, record: Record, conflict: Conflict | None) -> None:
        kept_out = Edit() if conflict is None else conflict.edit
        self._journal.append(self._record("applied", "", record.id, kept_out))

    def _recover(self) -> tuple[StepInfo, ...]:
        """Complete the records that writers which died left open."""
        self._history.refresh()
        completed: list[StepInfo] = []
        stuck: dict[DatePair, str] = {}
        for record, path in self._history.unapplied():
            if record.kind != "do" and not self._history.knows(record.target):
                continue  # the line of its step is damaged
            if path != self._journal.path and not abandoned(path):
                continue  # its writer lives and will save it
            if not completed and not stuck:
                self._writer.repair()
            try:
                if not stuck.keys() & set(record.edit.labelled):
                    applied = writer.apply(record, self._writer, self._history.made)
                    self._note_applied(record, applied)
                    step = record.id if record.kind == "do" else record.target
                    completed.append(self._history.info(step))
            except OSError:
                raise
            except Exception as error:  # a record that cannot go in does not hold up the others
                stuck |= dict.fromkeys(record.edit.labelled, str(error))
        self.unrecovered = tuple(f"{pair}: {why}" for pair, why in stuck.items())
        self._history.refresh()
        return tuple(completed)

    def _record(self, kind: Kind, name: str, target: str, edit: Edit) -> Record:
        with self._mutex:
            stamp = max(time.time_ns(), self._history.stamp + 1)
        return Record(uuid.uuid4().hex, kind, stamp, self.annotator, name, target, edit)

    def _show(self, record: Record, source: Source) -> None:
        for patch in record.edit.fields:
            self._copy.set_field(patch)
        for mask in record.edit.masks:
            if source == "stroke":
                self._copy.painted(mask)
            else:
                self._copy.paint(mask)
            self.changed.emit(Change(mask.pair, mask.window, source))
        for pair in record.edit.labelled:
            if record.edit.fields:
                told = "label" if source in ("stroke", "repaint") else source
                self.changed.emit(Change(pair, None, told))
        if record.edit.proposals:
            self.proposed.emit()

    def _field_patches(
        self, pair: DatePair, fields: Mapping[str, Scalar], settled: _Settle | None = None
    ) -> tuple[FieldPatch, ...]:
        settled = settled or self.cube.settled
        label = self.label(pair)
        patches = []
        for name, value in fields.items():
            before, after = getattr(label, name), check_value(name, value)
            after = settled(name, after)
            if after != settled(name, before):
                patches.append(FieldPatch(pair, name, before, after))
        return tuple(patches)

    def _following(self, edit: Edit) -> tuple[FieldPatch, ...]:
        """What follows from the edit by the rules of agreement and is not said in it."""
        patches: list[FieldPatch] = []
        for pair in edit.pairs:
            given = {patch.field: patch.after for patch in edit.fields if patch.pair == pair}
            label = self._copy.label(pair)
            fields: dict[str, Scalar] = {}
            if "instances" in given:
                listed = read_instances(str(given["instances"]))
                fields = {} if listed is None else {"is_crowd": agreement.crowd_of(listed)}
            elif masks := [patch for patch in edit.masks if patch.pair == pair]:
                try:
                    before = self._copy.tally(pair)
                except CubeError:  # a chunk damaged elsewhere must not hold up the edit
                    continue
                fields = agreement.following(label, before, after_patches(before, masks))
            fields = {name: value for name, value in fields.items() if name not in given}
            patches += self._field_patches(pair, fields)
        return tuple(patches)

    def _bookkeeping(self, edit: Edit) -> tuple[FieldPatch, ...]:
        """Who, when, which version, and that the work has begun."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        settled = _cached(self.cube.settled)
        given = {(patch.pair, patch.field) for patch in edit.fields}
        patches: list[FieldPatch] = []
        for pair in edit.labelled:
            label = self._copy.label(pair)
            after = replace(
                label,
                label_version=(label.label_version or 0) + 1,
                annotator=self.annotator,
                labelled_at=now,
                label_state=label.label_state or int(LabelState.IN_PROGRESS),
            )
            for name in ("label_state", "label_version", "annotator", "labelled_at"):
                before = getattr(label, name)
                value = settled(name, getattr(after, name))
                if (pair, name) not in given and before != value:
                    patches.append(FieldPatch(pair, name, before, value))
        return tuple(patches)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._lock.acquire()
        except Busy as busy:
            raise locked_out(self.cube.path, busy, self._lock.timeout) from busy
        try:
            yield
        finally:
            self._lock.release()


__all__ = ["Change", "Conflict", "Drawing", "EditSession", "SaveState", "StepInfo"]
