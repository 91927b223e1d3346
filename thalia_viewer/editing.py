"""The bridge to the edit session: opened on a thread, its news brought to the main thread."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QThread, QTimer, Signal

from thalia_core.annotate.finished import is_finished
from thalia_core.cube.pairs import DatePair
from thalia_core.errors import EditError, LockedError, ThaliaError
from thalia_viewer.tasks import Tasks

if TYPE_CHECKING:
    from thalia_core.annotate.gates import Gate
    from thalia_core.annotate.patch import Codes, Paint
    from thalia_core.annotate.session import EditSession, StepInfo
    from thalia_core.annotate.working import Stroke
    from thalia_core.cube.geometry import Window


_RETRY_MS = 5000
_SLICE_S = 0.008
"""How long news may keep the window from answering: an edit of many pairs brings a lot of it."""
_MANY = 32
"""Pairs of a step from which on it is undone on a thread."""


class PairPainter:
    """Where the tools of the canvas paint: the session, bound to one pair.

    Args:
        session: Where strokes begin.
        pair: The pair they belong to.
    """

    def __init__(self, session: EditSession, pair: DatePair) -> None:
        self._session = session
        self._pair = pair

    def begin(self, paint: Paint, name: str, gate: Gate) -> Stroke:
        """Start a stroke."""
        return self._session.begin(self._pair, paint, name, gate)

    def planes(self) -> dict[str, Codes]:
        """The live masks of the pair, to be read only."""
        return self._session.masks(self._pair).planes()

    def repaint(
        self, window: Window, after: Mapping[str, Codes], name: str, gate: Gate
    ) -> StepInfo | None:
        """Give a window of the masks other codes as one step; None when nothing changes."""
        return self._session.repaint(self._pair, window, after, name, gate)


@dataclass(frozen=True, slots=True)
class _News:
    """Something a session told, and which one it was."""

    session: EditSession
    kind: str
    value: Any


class Editor(QObject):
    """The session of the open cube, or the reason why there is none.

    Args:
        tasks: Threads for opening and closing; both may wait for a lock.
        annotator: Who edits; another one counts for cubes opened from then on.
        memory: Bytes of the history kept in memory; another figure counts alike.
        parent: Owner.
    """

    settled = Signal()
    """The session is open, or ``reason`` says why not."""
    changed = Signal(object)
    """A Change of the working copy."""
    saving = Signal(object)
    """A SaveState."""
    conflicted = Signal(object)
    """A Conflict."""
    spared = Signal(object)
    """Finished pairs that an edit of many pairs passed over."""
    lock_changed = Signal()
    """Finished pairs are locked from now on, or are not."""
    proposed = Signal()
    """Other proposals wait for an answer."""
    failed = Signal(object)
    """An exception: editing cannot start, or a closed session could not save."""
    _called = Signal()

    def __init__(
        self, tasks: Tasks, annotator: str, memory: int, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self.annotator = annotator
        self._path: Path | None = None
        self._leaving: list[EditSession] = []
        self._closed: set[int] = set()
        self._closing = threading.Lock()
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.setInterval(_RETRY_MS)
        self._retry.timeout.connect(self._try_again)
        self.session: EditSession | None = None
        self._locks = True
        self.memory = memory
        self.reason = ""
        self.opening = False
        self._news: deque[_News] = deque()
        self._telling = threading.Lock()
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.setInterval(0)
        self._next.timeout.connect(self._tell_some)
        self._called.connect(self._tell_some)

    @property
    def dirty(self) -> bool:
        """Whether something is not on disk yet, also of cubes that were left."""
        return bool(self._leaving) or (self.session is not None and self.session.dirty)

    def set_locks(self, on: bool) -> None:
        """Whether finished pairs are locked."""
        self._locks = on
        if self.session is not None:
            self.session.locks_finished = on
        self.lock_changed.emit()

    def locked(self, pair: DatePair | None) -> bool:
        """Whether a pair is finished, by somebody who worked here, and therefore locked."""
        return self._locks and self.finished_here(pair)

    def finished_here(self, pair: DatePair | None) -> bool:
        """Whether somebody who worked here finished a pair; others may have come finished."""
        if self.session is None or pair is None:
            return False
        return self.finished(pair) and self.session.decided_here(pair)

    def finished(self, pair: DatePair | None) -> bool:
        """Whether a pair is finished, as far as its label was read: the disk is not asked."""
        if self.session is None or pair is None:
            return False
        label = self.session.known_label(pair)
        return label is not None and is_finished(label)

    def open(self, path: Path) -> None:
        """Edit another cube; the one before is saved and closed."""
        self.close()
        self._path, self.opening = path, True
        self.reason = "opening for editing…"

        def ready(session: EditSession) -> None:
            if self._path != path or not self.opening:
                self._put_away(session)  # another cube was chosen meanwhile
                return
            self._adopt(session)

        def refused(error: BaseException) -> None:
            if self._path == path and self.opening:
                self.opening = False
                self.reason = _why(error)
                self.settled.emit()
                if not isinstance(error, EditError):
                    self.failed.emit(error)

        self._tasks.once(lambda: open_session(path, self.annotator, self.memory), ready, refused)

    def close(self) -> None:
        """Save and close the session on a thread; failures are told by ``failed``."""
        session, self.session = self.session, None
        self._path, self.opening, self.reason = None, False, ""
        if session is not None:
            self._put_away(session)

    def save_now(self) -> None:
        """Have all on disk, on a thread; failures are told by ``failed``."""
        if self.session is not None:
            self._tasks.once(self.session.flush, None, self.failed.emit)

    def finish(self, done: Callable[[BaseException | None], None]) -> None:
        """Save everything on a thread, then call ``done`` with what went wrong, or None."""
        sessions = [*self._leaving, *([self.session] if self.session is not None else [])]

        def flush() -> None:
            for session in sessions:
                session.flush()

        self._tasks.once(flush, lambda _: done(None), done)

    def give_up(self) -> None:
        """Close all sessions, saved or not; blocks for the writes under way."""
        self._retry.stop()
        self._next.stop()
        sessions = [*self._leaving, *([self.session] if self.session is not None else [])]
        self._leaving.clear()
        self.session, self.opening, self._path = None, False, None
        for session in sessions:
            self._disconnect(session)
            with suppress(ThaliaError):  # told before; what is journalled is completed later
                self._close_once(session)

    def painter(self, pair: DatePair | None) -> PairPainter | None:
        """A painter for the pair, where it can be edited."""
        if self.session is None or pair is None or self.locked(pair):
            return None
        return PairPainter(self.session, pair)

    def edit_label(self, pair: DatePair, fields: dict[str, Any]) -> None:
        """Set fields of a label.

        Raises:
            EditError: A value is not legal.
        """
        if self.session is None:
            raise EditError("the label was not changed", where=str(pair), why=self.reason)
        self.session.edit_label(pair, **fields)

    def undo(self, pair: DatePair) -> StepInfo | None:
        """Take back the newest step of the pair; one of many pairs a moment later."""
        session = self.session
        return None if session is None else self._turn(session.undoable(pair), session.undo, pair)

    def redo(self, pair: DatePair) -> StepInfo | None:
        """Bring back the step undone last; one of many pairs a moment later."""
        session = self.session
        return None if session is None else self._turn(session.redoable(pair), session.redo, pair)

    def _turn(
        self,
        step: StepInfo | None,
        turn: Callable[[DatePair], StepInfo | None],
        pair: DatePair,
    ) -> StepInfo | None:
        if step is None or len(step.pairs) < _MANY:
            return turn(pair)
        self._tasks.once(partial(turn, pair), None, self.failed.emit)
        return step

    def _adopt(self, session: EditSession) -> None:
        self.session, self.opening, self.reason = session, False, ""
        session.locks_finished = self._locks
        # psygnal holds no strong reference to a lambda's owner; the session dies with this object
        session.changed.connect(lambda change: self._post(session, "changed", change))
        session.saving.connect(lambda state: self._post(session, "saving", state))
        session.conflicted.connect(lambda conflict: self._post(session, "conflicted", conflict))
        session.spared.connect(lambda pairs: self._post(session, "spared", pairs))
        session.proposed.connect(lambda: self._post(session, "proposed", None))
        self.settled.emit()

    def _post(self, session: EditSession, kind: str, value: object) -> None:
        """From any thread; on the main thread it is told at once."""
        news = _News(session, kind, value)
        if QThread.currentThread() is self.thread():
            self._tell(news)
            return
        with self._telling:
            self._news.append(news)
            first = len(self._news) == 1
        if first:
            self._called.emit()

    def _tell_some(self) -> None:
        """News of other threads in order, for as long as nobody notices."""
        end = monotonic() + _SLICE_S
        while self._news and monotonic() < end:
            self._tell(self._news[0])
            self._news.popleft()  # now: what comes meanwhile need not call
        if self._news:
            self._next.start()

    def _tell(self, news: _News) -> None:
        if news.session is self.session:
            signals = {
                "changed": self.changed,
                "saving": self.saving,
                "conflicted": self.conflicted,
                "spared": self.spared,
                "proposed": self.proposed,
            }
            signals[news.kind].emit(*(() if news.value is None else (news.value,)))

    def _put_away(self, session: EditSession) -> None:
        """Close a session once all of it is on disk; until then it is kept and tried again."""
        self._disconnect(session)
        self._leaving.append(session)
        self._leave(session)

    def _leave(self, session: EditSession) -> None:
        def work() -> None:
            session.flush()
            self._close_once(session)

        def gone(_: None) -> None:
            if session in self._leaving:
                self._leaving.remove(session)

        def kept(error: BaseException) -> None:
            self.failed.emit(error)
            self._retry.start()

        self._tasks.once(work, gone, kept)

    def _try_again(self) -> None:
        for session in list(self._leaving):
            self._leave(session)

    def _close_once(self, session: EditSession) -> None:
        """Any thread: leaving a cube and ending the program may want the same at once."""
        with self._closing:
            if id(session) in self._closed:
                return
            self._closed.add(id(session))
        session.close()

    @staticmethod
    def _disconnect(session: EditSession) -> None:
        signals = (session.changed, session.saving, session.conflicted)
        for signal in (*signals, session.spared, session.proposed):
            signal.disconnect()


def open_session(path: Path, annotator: str, memory: int) -> EditSession:
    """On a thread: the session of a cube, recovered and ready."""
    from thalia_core.annotate.session import EditSession

    return EditSession.open(path, annotator, memory=memory)


def _why(error: BaseException) -> str:
    if isinstance(error, LockedError):  # the duration alone would not say whose lock it was
        return f"{error.what}; {error.why}; open the frame again when it has finished"
    if isinstance(error, ThaliaError):
        return error.why or str(error)
    return f"{type(error).__name__}: {error}"
