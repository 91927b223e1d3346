"""Saving in the order of the edits, in a thread, again and again until the disk takes it.

A pair whose chunks are damaged does not hold up the others: its records stay in the journal, set
aside, and are tried again with the next flush and at the next start.
"""

import errno
import threading
from collections import deque
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from thalia_core.annotate.patch import FieldPatch, MaskPatch
from thalia_core.annotate.records import Record
from thalia_core.cube.pairs import DatePair
from thalia_core.errors import CubeError, CubeGoneError, EditError, ThaliaError

_RETRY_S = 2.0


@dataclass(frozen=True, slots=True)
class SaveState:
    """How far saving has come, and why it fails."""

    state: Literal["saved", "saving", "failed"]
    why: str = ""


class Saver:
    """A queue of records and the thread that saves them.

    Args:
        save: Saves one record; yields once when the record is durable in the journal.
        tell: Called with every change of the state, from the thread.
    """

    def __init__(
        self,
        save: Callable[[Record, bool], Generator[None, None, None]],
        tell: Callable[[SaveState], object],
    ) -> None:
        self._save = save
        self._tell = tell
        self._queue: deque[Record] = deque()
        self._aside: list[tuple[Record, CubeError]] = []
        self._journalled: set[str] = set()
        self._failure: ThaliaError | None = None
        self._closing = False
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None

    @property
    def dirty(self) -> bool:
        """Whether records wait."""
        return bool(self._queue or self._aside)

    @property
    def aside(self) -> int:
        """How many records are set aside."""
        return len(self._aside)

    def holds(self, pair: DatePair) -> bool:
        """Whether an edit of the pair waits."""
        return any(pair in record.edit.labelled for record in self._all())

    def patches(self, pair: DatePair) -> list[MaskPatch]:
        """The patches of a pair's masks that wait, oldest first."""
        waiting = sorted(self._all(), key=lambda record: record.stamp)
        return [patch for record in waiting for patch in record.edit.masks if patch.pair == pair]

    def fields(self, pair: DatePair) -> list[FieldPatch]:
        """The fields of a pair's label that wait, oldest first."""
        waiting = sorted(self._all(), key=lambda record: record.stamp)
        return [patch for record in waiting for patch in record.edit.fields if patch.pair == pair]

    def _all(self) -> list[Record]:
        return [*self._queue, *(record for record, _ in list(self._aside))]

    def put(self, record: Record) -> None:
        """Save it in the thread."""
        with self._wake:
            self._queue.append(record)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="thalia-save", daemon=True)
                self._thread.start()
            self._wake.notify_all()

    def now(self, record: Record) -> None:
        """Save it here and now.

        Raises:
            ThaliaError: It is not saved.
        """
        self._queue.append(record)
        try:
            self._save_one(record, self._blocked(record))
        except Exception as error:
            kept = "the edit is completed when the cube is edited next; first "
            raise explained(error, kept if record.id in self._journalled else "") from error
        finally:
            self._queue.remove(record)

    def flush(self, timeout: float | None = None) -> None:
        """Wait until nothing waits any more.

        Raises:
            ThaliaError: Saving failed, or did not finish in time.
        """
        with self._wake:
            self._failure = None
            self._queue.extendleft(record for record, _ in reversed(self._aside))
            self._aside.clear()
            self._wake.notify_all()
            ended = self._wake.wait_for(lambda: self._failure or not self._queue, timeout)
            if self._failure is not None:
                raise self._failure
            if not ended:
                raise EditError("saving is not finished yet", why=f"{len(self._queue)} edits wait")

    def close(self) -> None:
        """Save what waits and end the thread.

        Raises:
            ThaliaError: Saving failed.
        """
        try:
            self.flush()
        finally:
            with self._wake:
                self._closing = True
                self._wake.notify_all()
            if self._thread is not None:
                self._thread.join()
            for record in list(self._queue):  # what the journal takes is completed next time
                with suppress(OSError):
                    self._journal_only(record)

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._queue or self._closing)
                if self._closing:
                    return
                record = self._queue[0]
                blocked = self._blocked(record)  # now: a flush may clear what is set aside
            self._tell(SaveState("saving"))
            try:
                self._save_one(record, blocked)
            except CubeGoneError as error:  # all wait until it is there again
                self._fail(error)
                continue
            except CubeError as error:  # a damaged pair: the others go on
                self._set_aside(record, error)
                continue
            except Exception as error:  # a save must be tried again whatever stopped it
                self._fail(explained(error, "the edit is kept and tried again; "))
                continue
            with self._wake:
                self._queue.remove(record)  # a flush may have put others before it
                saved = not self._queue and not self._aside
                self._wake.notify_all()
            if saved:
                self._tell(SaveState("saved"))

    def _set_aside(self, record: Record, error: CubeError) -> None:
        with self._wake:
            self._queue.remove(record)
            self._aside.append((record, error))
            self._failure = error
            self._wake.notify_all()
        self._tell(SaveState("failed", str(error)))

    def _fail(self, failure: ThaliaError) -> None:
        self._tell(SaveState("failed", str(failure)))
        with self._wake:
            self._failure = failure
            self._wake.notify_all()
            # a flush or a new edit clears the failure and tries again at once
            self._wake.wait_for(lambda: self._closing or self._failure is None, _RETRY_S)

    def _blocked(self, record: Record) -> CubeError | None:
        """Why the record must wait: an earlier one of the same pair is set aside."""
        pairs = set(record.edit.labelled)
        aside = ((set(earlier.edit.labelled), why) for earlier, why in self._aside)
        return next((why for earlier, why in aside if pairs & earlier), None)

    def _save_one(self, record: Record, blocked: CubeError | None) -> None:
        if blocked is not None:
            self._journal_only(record)
            raise blocked
        for _ in self._save(record, record.id in self._journalled):
            self._journalled.add(record.id)
        self._journalled.discard(record.id)

    def _journal_only(self, record: Record) -> None:
        steps = self._save(record, record.id in self._journalled)
        next(steps)
        steps.close()
        self._journalled.add(record.id)


def explained(error: Exception, kept: str = "") -> ThaliaError:
    """A failure of the disk in words; ``kept`` says what becomes of the edit."""
    if isinstance(error, ThaliaError):
        return error
    reasons = {
        errno.ENOSPC: ("the disk is full", "free some space"),
        errno.EDQUOT: ("the disk quota is used up", "free some space"),
        errno.EACCES: ("permission denied", "check the permissions of the cube and its folder"),
        errno.ENOENT: ("the cube is not there any more", "put it back where it was"),
        errno.EROFS: ("the file system is read-only", "mount it for writing"),
        errno.EIO: ("the disk or the share reports an error", "check the disk and the network"),
        errno.ESTALE: ("the share was mounted anew or its folder replaced", "mount it again"),
        errno.ENOTCONN: ("the share is not connected", "check the network and the mount"),
        errno.ETIMEDOUT: ("the share does not answer", "check the network and the mount"),
    }
    code = error.errno if isinstance(error, OSError) else None
    why, fix = reasons.get(code or 0, (f"{type(error).__name__}: {error}", "see the log"))
    where = getattr(error, "filename", None)
    return EditError("the edit could not be saved", where=where, why=why, fix=kept + fix)
