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
from dataclasses import replace
from pathlib import Path
from typing import Literal

from psygnal import Signal

from thalia_core.annotate import agreement
from thalia_core.annotate.admission import require_room
from thalia_core.annotate.answers import Answers
from thalia_core.annotate.changes import Change, Source
from thalia_core.annotate.committing import Committer
from thalia_core.annotate.disputes import Disputes
from thalia_core.annotate.drawing import Drawing, drawn, repainted
from thalia_core.annotate.finished import held, held_back, refusal
from thalia_core.annotate.gates import OPEN, Gate
from thalia_core.annotate.history import History, StepInfo
from thalia_core.annotate.journal import Journal
from thalia_core.annotate.labelling import bookkeeping, field_patches, following
from thalia_core.annotate.looking import Looking
from thalia_core.annotate.patch import (
    MASK_NAMES,
    Codes,
    Edit,
    FieldPatch,
    MaskPatch,
    Paint,
    Scalar,
)
from thalia_core.annotate.proposals import Offer
from thalia_core.annotate.proposing import going
from thalia_core.annotate.records import Kind, Record
from thalia_core.annotate.saving import Saver, SaveState, explained
from thalia_core.annotate.shapes import Shape
from thalia_core.annotate.shelf import BUDGET
from thalia_core.annotate.versions import Versions
from thalia_core.annotate.working import Stroke, WorkingCopy
from thalia_core.annotate.writer import Conflict
from thalia_core.cube.durable import make_folder
from thalia_core.cube.geometry import Window
from thalia_core.cube.locking import CUBE_LOCK, CubeLock
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.cube.store.edit import AnnotationWriter
from thalia_core.errors import EditError, ThaliaError


class EditSession(Looking, Answers):
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
        self._copy = WorkingCopy(cube, self._saver.holds, self._saver.patches, self._saver.fields)
        self._committer = Committer(
            cube,
            self._lock,
            self._writer,
            self._journal,
            self._history,
            self._record,
            self._refresh,
        )
        self._others_proposed = False
        self._background = False
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
            with session._lock.held(store.path):
                found = session._committer.recover()
        except OSError as error:
            session._journal.close()
            raise explained(error) from error
        except BaseException:
            session._journal.close()
            raise
        session.recovered = found.steps
        session.unrecovered = tuple(f"{pair}: {why}" for pair, why in found.stuck.items())
        session._background = background
        return session

    def reload(self, pair: DatePair) -> None:
        """See what others did to a pair, unless edits of it are still under way. Any thread."""
        with self._mutex:
            self._history.refresh()
            busy = self._saver.holds(pair) or self._copy.is_painted_on(pair)
            if not busy and not self._copy.is_as_stored(pair):
                self._copy.forget(pair)

    def begin(self, pair: DatePair, paint: Paint, name: str = "Brush", gate: Gate = OPEN) -> Stroke:
        """Start a stroke within a gate; its ``commit`` makes it one step.

        Raises:
            FinishedError: The pair is locked.
        """
        self._require_open((pair,) if self.locked(pair) else ())

        def commit(patch: MaskPatch | None) -> StepInfo | None:
            if patch is None:
                return None
            with self._mutex:
                live = self._copy.is_live(pair, masks)  # else they do not show it yet
                return self.do(Edit(masks=(patch,)), name, "stroke" if live else "repaint")

        with self._mutex:
            masks = self._copy.masks(pair)
            return self._copy.stroke(pair, paint, commit, gate)

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
            self.masks(pair)  # they stay: the next edit finds them, whatever the disk does
        else:
            agreement.require_agreement(self.label(pair), fields or {})
        with self._mutex:
            self._require_open((pair,) if shapes and self.locked(pair) else ())
            return self.do(self._drawn(Drawing(pair, shapes, fields or {})), name, "repaint")

    def annotate_all(
        self, drawings: Sequence[Drawing], name: str, answered: Sequence[Offer] = ()
    ) -> StepInfo | None:
        """Annotate many pairs as one step; None when nothing changes.

        Finished pairs are passed over and told by ``spared``. The pairs are read without holding up
        others, and again where somebody edited meanwhile.

        Args:
            drawings: What to paint and to say.
            name: What the step is called.
            answered: Proposals that this answers; they wait no more.

        Raises:
            EditError: A value is not legal.
        """
        self.read_labels()
        spared = tuple(drawing.pair for drawing in drawings if self.locked(drawing.pair))
        if spared:
            self.spared.emit(spared)
        passed = frozenset(spared)
        left = [drawing for drawing in drawings if drawing.pair not in passed]
        with self._mutex:
            settled = self._history.proposals([o for o in answered if o.pair not in passed])

        def put_together() -> Edit:
            return replace(self._drawn(*left), proposals=going(settled))

        return self._step(put_together, name, "repaint")

    def _drawn(self, *drawings: Drawing) -> Edit:
        return drawn(drawings, self._copy.codes, self.label, self.cube.settled)

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
            patch = repainted(pair, window, before, after, gate)
            return None if patch is None else self.do(Edit(masks=(patch,)), name, "repaint")

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
        return self._step(lambda: edit, name, source, decides)

    def _step(
        self, put_together: Callable[[], Edit], name: str, source: Source, decides: str = ""
    ) -> StepInfo | None:
        """Make an edit a step that takes its time to be put together, and what follows from it.

        Nobody is held up meanwhile; where somebody edits, it is put together again.
        """
        while True:
            with self._mutex:
                seen = self._copy.generation
            edit = put_together()
            if edit.empty:
                return None
            more = following(edit, self.label, self._copy.tally, self.cube.settled)
            whole = replace(edit, fields=edit.fields + more)
            with self._mutex:
                if self._copy.generation == seen:
                    painted = edit if source == "stroke" else None
                    self._require_open(held(edit, self._lasting), painted)
                    return self._take(whole, name, source, decides)

    def _take(self, edit: Edit, name: str, source: Source, decides: str) -> StepInfo:
        """Make a whole edit a step, but for the bookkeeping; the caller holds the mutex."""
        kept = bookkeeping(edit, self.annotator, self._copy.label, self.cube.settled)
        whole = replace(edit, fields=edit.fields + kept)
        self._require_room(whole)
        record = self._record("do", name, decides, whole)
        self._history.add(record)  # before anybody hears of it: undo knows it by then
        self._bring(record, source if edit.masks else "label")
        return self._history.info(record.id)

    def receive(self, record: Record, kept_out: Edit) -> None:
        """Take in a record of another session, without part of it (see ``merging``).

        The working copy does not show it before :meth:`show_received`.

        Raises:
            ThaliaError: It cannot be written.
        """
        with self._mutex:
            self._require_room(record.edit)
            self._committer.keep_out(record, kept_out)
            self._history.add(record)
            self._submit(record)

    def show_received(self, pairs: Iterable[DatePair]) -> None:
        """Have the working copy show what was received. Any thread."""
        for pair in pairs:
            self.reload(pair)
            self.label(pair)  # here and now: who hears of it must not wait for the disk
            self.changed.emit(Change(pair, None, "reload"))
            self.changed.emit(Change(pair, None, "label"))
        self.proposed.emit()

    def _require_room(self, edit: Edit) -> None:
        """Refuse what the cube can never take, before it stands in the journal.

        Raises:
            ThaliaError: It cannot be written; the working copy is read anew.
        """
        try:
            require_room(self.cube, edit)
        except ThaliaError:
            self._read_anew(edit)
            raise

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
        with self._lock.held(self.cube.path):
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
            self._bring(record, kind)
            return self._history.info(step.id)

    def _submit(self, record: Record) -> None:
        if self._background:
            self._saver.put(record)
        else:
            self._saver.now(record)

    def _refresh(self) -> None:
        with self._mutex:
            self._others_proposed |= self._history.refresh()

    def _save(self, record: Record, journalled: bool) -> Generator[None, None, None]:
        """Journal, then cube: yields once the record is durable in the journal."""
        if not journalled:
            self._committer.journal(record)
        yield
        if record.kind == "decided":
            return  # a word, no change
        conflict = self._committer.commit(record)
        with self._mutex:
            self._refresh()
            others, self._others_proposed = self._others_proposed, False
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

    def _remember(self, kind: Kind, name: str, target: str, edit: Edit) -> None:
        """A record that changes nothing."""
        with self._mutex:
            record = self._record(kind, name, target, edit)
            self._history.add(record)
        self._submit(record)

    def _record(self, kind: Kind, name: str, target: str, edit: Edit) -> Record:
        with self._mutex:
            stamp = max(time.time_ns(), self._history.stamp + 1)
        return Record(uuid.uuid4().hex, kind, stamp, self.annotator, name, target, edit)

    def _bring(self, record: Record, source: Source) -> None:
        """Into the working copy and on the way to the disk; only then is it told.

        Who hears of it may read the pair, and finds it among what waits to be saved; whatever
        happens there, the edit is on its way.
        """
        self._show(record, source)
        try:
            self._submit(record)
        finally:
            self._tell(record, source)

    def _show(self, record: Record, source: Source) -> None:
        for patch in record.edit.fields:
            self._copy.set_field(patch)
        for mask in record.edit.masks:
            if source == "stroke":
                self._copy.painted(mask)
            else:
                self._copy.paint(mask)

    def _tell(self, record: Record, source: Source) -> None:
        for mask in record.edit.masks:
            self.changed.emit(Change(mask.pair, mask.window, source))
        for pair in record.edit.labelled:
            if record.edit.fields:
                told = "label" if source in ("stroke", "repaint") else source
                self.changed.emit(Change(pair, None, told))
        if record.edit.proposals:
            self.proposed.emit()

    def _field_patches(
        self, pair: DatePair, fields: Mapping[str, Scalar]
    ) -> tuple[FieldPatch, ...]:
        return field_patches(pair, self.label(pair), fields, self.cube.settled)


__all__ = ["Change", "Conflict", "Drawing", "EditSession", "SaveState", "StepInfo"]
