"""What follows from events, done on threads: labels or proposals for all pairs, and back."""

from __future__ import annotations

import threading
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from thalia_viewer.actions import shown_key
from thalia_viewer.happenings import Applied, Survey, apply_events, propose_events, take_back

if TYPE_CHECKING:
    from thalia_core.annotate.session import EditSession, SaveState, StepInfo
    from thalia_viewer.parts import Parts


class EventWork(QObject):
    """One thing at a time, told in words while it lasts.

    Args:
        parts: Everything the program is made of.
        parent: Owner.
    """

    told = Signal(str)
    """What is going on, or was done."""
    changed = Signal()
    """It began or ended."""
    _weighed = Signal(int, int)
    """(pairs weighed, of how many); emitted on the thread that reads."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._p = parts
        self._stop = threading.Event()
        self._saving_since: float | None = None
        self._words = ""
        self.going = self.stoppable = False
        self.step: StepInfo | None = None
        """What was done last and can be taken back."""
        self._weighed.connect(self._show_weighed)

    def leave(self) -> None:
        """Another cube: its steps are others."""
        self._stop.set()
        self.step, self._saving_since = None, None
        self._tell("")

    def stop(self) -> None:
        """Look at no more pairs, and propose nothing."""
        self._stop.set()

    def apply(self, found: Survey) -> None:
        """Label every pair that nobody labelled, as one step."""
        session = self._p.editor.session
        if session is None or self.going:
            return
        self._p.canvas.settle()  # what is being painted counts as labelled
        self._begin(f"Labelling {found.free:,} pairs…")
        work = partial(apply_events, session, found.events)
        self._p.chores.once(work, partial(self._applied, session), self._failed)

    def propose(self, found: Survey, *, labelled: bool) -> None:
        """Offer proposals, as one step, to the pairs that nobody labelled or to the others."""
        session = self._p.editor.session
        if session is None or self.going:
            return
        self._p.canvas.settle()
        self._stop, self.stoppable = threading.Event(), True
        self._begin("Looking at the pairs…")
        stopped, tell = self._stop.is_set, self._weighed.emit
        work = partial(propose_events, session, found.events, labelled, tell, stopped)
        self._p.chores.once(work, partial(self._proposed, session, self._stop), self._failed)

    def take_back(self) -> None:
        """Undo what was done last."""
        session, step = self._p.editor.session, self.step
        if session is None or step is None or self.going:
            return
        self._begin(f"Taking it back on {len(step.pairs):,} pairs…")
        begun = monotonic()

        def done(undone: StepInfo | None) -> None:
            if undone is None:
                self._end(
                    "It cannot be taken back: something newer was done on these pairs. Undo that "
                    "first."
                )
                return
            self.step = None
            text = f"Taken back on {len(undone.pairs):,} pairs in {monotonic() - begun:.1f} s."
            self._end(text, saving=session.dirty)

        self._p.chores.once(partial(take_back, session, step), done, self._failed)

    def show_saving(self, saving: SaveState) -> None:
        """Tell when what was done is on disk."""
        if saving.state == "saved" and self._saving_since is not None:
            seconds = monotonic() - self._saving_since
            self._saving_since = None
            self._tell(f"{self._words} On disk after {seconds:.1f} s.")

    def _applied(self, session: EditSession, done: Applied) -> None:
        if session is not self._p.editor.session:
            self._end("")
        elif done.step is None:
            self._end("Nothing was left to label.")
        else:
            self.step = done.step
            alone = f", {done.kept:,} left alone" if done.kept else ""
            pairs, seconds = len(done.step.pairs), done.seconds
            words = f"Labelled {pairs:,} pairs in {seconds:.1f} s{alone}."
            if done.settled:
                words += f" Proposals that said the same are settled: {done.settled:,}."
            if done.waiting:
                words += f" Pairs where other proposals still wait: {done.waiting:,}."
            self._end(words, saving=session.dirty)

    def _proposed(self, session: EditSession, stop: threading.Event, done: Applied) -> None:
        if session is not self._p.editor.session:
            self._end("")
        elif done.step is None:
            asked = stop.is_set()
            self._end("Stopped: nothing was proposed." if asked else "Nothing new to propose.")
        else:
            self.step = done.step
            key = self._p.actions.key
            self._end(
                f"Proposed to {len(done.step.pairs):,} pairs in {done.seconds:.1f} s. "
                f"{shown_key(key('propose.accept'))} accepts, "
                f"{shown_key(key('propose.reject'))} rejects."
            )

    def _show_weighed(self, done: int, total: int) -> None:
        if self.stoppable:
            self._tell(f"Evidence of {done:,} of {total:,} pairs…")

    def _begin(self, text: str) -> None:
        self.going, self._saving_since = True, None
        self._tell(text)
        self.changed.emit()

    def _end(self, text: str, *, saving: bool = False) -> None:
        self.going = self.stoppable = False
        self._saving_since = monotonic() if saving else None
        self._tell(text)
        self.changed.emit()

    def _failed(self, error: BaseException) -> None:
        self._end("")
        self._p.errors.report(error, "labelling pairs by events", key="event")

    def _tell(self, text: str) -> None:
        self._words = text
        self.told.emit(text)
