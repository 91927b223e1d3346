"""A record's way to the disk: into the journal first, then into the cube under the cube's lock.

What a writer that died left in its journal only goes the rest of the way here, too.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from thalia_core.annotate import writer
from thalia_core.annotate.history import History, StepInfo
from thalia_core.annotate.journal import Journal, abandoned
from thalia_core.annotate.patch import Edit
from thalia_core.annotate.records import Chunk, Kind, Record, to_line
from thalia_core.annotate.writer import Conflict
from thalia_core.cube.locking import CubeLock
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.cube.store.edit import AnnotationWriter


@dataclass(frozen=True, slots=True)
class Recovery:
    """What became of the records that were left open.

    Attributes:
        steps: The steps whose records are in the cube now.
        stuck: The pairs whose records could not go in, and why.
    """

    steps: tuple[StepInfo, ...]
    stuck: dict[DatePair, str]


class Committer:
    """Brings records to the disk; made by the edit session.

    Args:
        cube: The cube.
        lock: Its lock.
        into: Writes into the cube.
        journal: Ours.
        history: The steps.
        record: Makes a record of ours: its kind, name, target, and edit.
        refresh: Has the history take in what others appended. Any thread.
    """

    def __init__(
        self,
        cube: CubeStore,
        lock: CubeLock,
        into: AnnotationWriter,
        journal: Journal,
        history: History,
        record: Callable[[Kind, str, str, Edit], Record],
        refresh: Callable[[], None],
    ) -> None:
        self._cube = cube
        self._lock = lock
        self._into = into
        self._journal = journal
        self._history = history
        self._record = record
        self._refresh = refresh
        self._kept_out: dict[str, Edit] = {}

    def keep_out(self, record: Record, part: Edit) -> None:
        """Have part of a record not go into the cube, whatever the cube holds.

        The journal tells it with the record, so that whoever completes the record knows.
        """
        if not part.empty:
            self._kept_out[record.id] = part

    def journal(self, record: Record) -> None:
        """Make a record durable in the journal.

        Raises:
            OSError: The disk refused; the record is not there.
        """
        line = to_line(replace(record, absent=self._missing(record.edit)))
        part = self._kept_out.get(record.id)
        if part is not None:  # before the record: without it the record must never be seen
            line = to_line(self._record("withheld", "", record.id, part)) + line
        self._journal.append_line(line)
        self._kept_out.pop(record.id, None)

    def commit(self, record: Record) -> Conflict | None:
        """Bring a record of the journal into the cube; returns what stood in the way.

        Raises:
            ThaliaError, OSError: The cube could not be written; the record stays open.
        """
        self._cube.require_same()  # the lock must not make a folder where a share was mounted
        with self._lock.held(self._cube.path):
            self._refresh()
            conflict = self._bring_in(record)
            # under the lock: whoever has it next must know that the record is in the cube
            self._note_applied(record, conflict)
        return conflict

    def _bring_in(self, record: Record) -> Conflict | None:
        if self._history.overtaken(record):
            return None  # somebody took it back while it waited: it must not come after that
        kept_out = self._history.withheld(record.id)
        return writer.apply(record, self._into, self._history.made, kept_out)

    def recover(self) -> Recovery:
        """Complete the records that writers which died left open; the caller holds the lock.

        Raises:
            OSError: The disk refused.
        """
        self._history.refresh()
        steps: list[StepInfo] = []
        stuck: dict[DatePair, str] = {}
        for record in self._left_open():
            if not steps and not stuck:
                self._into.repair()
            try:
                if not stuck.keys() & set(record.edit.labelled):
                    self._note_applied(record, self._bring_in(record))
                    step = record.id if record.kind == "do" else record.target
                    steps.append(self._history.info(step))
            except OSError:
                raise
            except Exception as error:  # a record that cannot go in does not hold up the others
                stuck |= dict.fromkeys(record.edit.labelled, str(error))
        self._history.refresh()
        return Recovery(tuple(steps), stuck)

    def _left_open(self) -> Iterator[Record]:
        """Records without the note that they are in the cube, and nobody to bring them there."""
        for record, path in self._history.unapplied():
            if record.kind != "do" and not self._history.knows(record.target):
                continue  # the line of its step is damaged
            if path != self._journal.path and not abandoned(path):
                continue  # its writer lives and will save it
            yield record

    def _missing(self, edit: Edit) -> tuple[Chunk, ...]:
        """The chunks that an edit would make; none where the cube cannot tell."""
        try:
            return writer.missing(edit, self._into)
        except Exception:  # the journal takes the edit whatever has become of the cube
            return ()

    def _note_applied(self, record: Record, conflict: Conflict | None) -> None:
        kept_out = Edit() if conflict is None else conflict.edit
        self._journal.append(self._record("applied", "", record.id, kept_out))
