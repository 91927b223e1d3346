"""Saving in the order of the edits, in a thread, again and again until the disk takes it."""

import errno
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from thalia_core.annotate.records import Record
from thalia_core.cube.pairs import DatePair
from thalia_core.errors import EditError, ThaliaError

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
        self, save: Callable[[Record, bool], Iterator[None]], tell: Callable[[SaveState], object]
    ) -> None:
        self._save = save
        self._tell = tell
        self._queue: deque[Record] = deque()
        self._journalled: set[str] = set()
        self._failure: ThaliaError | None = None
        self._closing = False
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None

    @property
    def dirty(self) -> bool:
        """Whether records wait."""
        return bool(self._queue)

    def holds(self, pair: DatePair) -> bool:
        """Whether an edit of the pair waits."""
        return any(pair in record.edit.pairs for record in list(self._queue))

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
            self._save_one(record)
        except Exception as error:
            self._queue.remove(record)
            raise explained(error) from error
        self._queue.popleft()

    def flush(self, timeout: float | None = None) -> None:
        """Wait until nothing waits any more.

        Raises:
            ThaliaError: Saving failed, or did not finish in time.
        """
        with self._wake:
            self._failure = None
            self._wake.notify_all()
            ended = self._wake.wait_for(lambda: not self._queue or self._failure, timeout)
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

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._queue or self._closing)
                if self._closing:
                    return
                record = self._queue[0]
            self._tell(SaveState("saving"))
            try:
                self._save_one(record)
            except Exception as error:  # a save must be tried again whatever stopped it
                self._fail(explained(error))
                continue
            with self._wake:
                self._queue.popleft()
                self._failure = None
                empty = not self._queue
                self._wake.notify_all()
            if empty:
                self._tell(SaveState("saved"))

    def _fail(self, failure: ThaliaError) -> None:
        self._tell(SaveState("failed", str(failure)))
        with self._wake:
            self._failure = failure
            self._wake.notify_all()
            # a flush or a new edit clears the failure and tries again at once
            self._wake.wait_for(lambda: self._closing or self._failure is None, _RETRY_S)

    def _save_one(self, record: Record) -> None:
        steps = self._save(record, record.id in self._journalled)
        for _ in steps:
            self._journalled.add(record.id)
        self._journalled.discard(record.id)


def explained(error: Exception) -> ThaliaError:
    """A failure of the disk in words."""
    if isinstance(error, ThaliaError):
        return error
    reasons = {
        errno.ENOSPC: ("the disk is full", "free some space; the edit is kept and tried again"),
        errno.EDQUOT: ("the disk quota is used up", "free some space"),
        errno.EACCES: ("permission denied", "check the permissions of the cube and its folder"),
        errno.EROFS: ("the file system is read-only", "mount it for writing"),
    }
    code = error.errno if isinstance(error, OSError) else None
    why, fix = reasons.get(code or 0, (f"{type(error).__name__}: {error}", "see the log"))
    where = getattr(error, "filename", None)
    return EditError("the edit could not be saved", where=where, why=why, fix=fix)
