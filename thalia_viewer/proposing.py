"""From a wish to proposals: pairs are weighed on a thread, then all is one step."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from thalia_viewer.panels.pair_model import Offered

if TYPE_CHECKING:
    from thalia_core.annotate.proposals import Proposal
    from thalia_core.annotate.session import EditSession
    from thalia_core.cube.pairs import DatePair
    from thalia_viewer.dialogs.propose import BetweenDialog, CopyDialog, Frame, Wish
    from thalia_viewer.parts import Parts

Found = tuple[list["Proposal"], int]
"""What is proposed, and how many pairs were left out for want of evidence."""


class ProposalMaker(QObject):
    """Asks what to propose to which pairs, and has it made.

    Args:
        parts: Everything the program is made of.
        parent: Owner.
    """

    came = Signal()
    """One more pair was weighed, or all are: ``coming`` changed."""
    _weighed = Signal(object, int, int)
    """(Proposal or None, done, of how many); emitted on the thread that reads."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._p = parts
        self._stop = threading.Event()
        self.going = False
        """Whether pairs are being weighed."""
        self.coming: dict[DatePair, Offered] = {}
        """What will be proposed when the rest is weighed."""
        self._weighed.connect(self._note)

    def ask_copy(self) -> None:
        """Which pairs the masks of the shown one are for."""
        from thalia_viewer.dialogs.propose import CopyDialog

        p, frame = self._p, self._frame()
        if frame is not None and p.state.pair is not None:
            marked, listed = p.pairs.marked, p.pairs.listed
            self._open(CopyDialog(p.state.pair, frame, marked, listed, p.window))

    def ask_between(self) -> None:
        """Between the shown pair and which other one."""
        from thalia_viewer.dialogs.propose import BetweenDialog

        p, frame = self._p, self._frame()
        if frame is None or p.state.pair is None:
            return
        dialog = BetweenDialog(p.state.pair, frame, p.window)
        if dialog.partners:
            self._open(dialog)
        else:
            dialog.deleteLater()
            p.errors.tell("No other pair has a mask to interpolate to.", key="proposal")

    def stop(self) -> None:
        """Weigh no more pairs."""
        self._stop.set()

    def make(self, wish: Wish) -> None:
        """Weigh the pairs on a thread, then propose."""
        p, session = self._p, self._p.editor.session
        if session is None:
            p.errors.tell(f"Nothing was proposed: {p.editor.reason}.", "warning", key="proposal")
            return
        self._stop.set()  # what was asked for before is not wanted any more
        self._stop = stop = threading.Event()
        self.going, self.coming = True, {}
        p.window.activity.setText("looking at the mask…")
        p.actions.allow_again()
        tell = self._weighed.emit
        work = partial(_found, session, wish, tell, stop.is_set)
        p.chores.latest("propose", work, partial(self._propose, session, wish, stop), self._fail)

    def _frame(self) -> Frame | None:
        from thalia_viewer.dialogs.propose import Frame

        model = self._p.pairs.model
        if model.pairs is None:
            return None
        return Frame(model.pairs, model.coherence, model.kinds, model.finished)

    def _open(self, dialog: CopyDialog | BetweenDialog) -> None:
        dialog.asked.connect(self.make)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _note(self, proposal: Proposal | None, done: int, total: int) -> None:
        if not self.going:
            return
        self._p.window.activity.setText(f"evidence of {done:,} of {total:,} pairs")
        if proposal is not None:
            kinds = tuple(dict.fromkeys(paint.activity for _, paint in proposal.shapes))
            self.coming[proposal.pair] = Offered(kinds, proposal.score, proposal.why)
            self.came.emit()

    def _propose(
        self, session: EditSession, wish: Wish, stop: threading.Event, found: Found
    ) -> None:
        self._end()
        proposals, weak = found
        tell = partial(self._p.errors.tell, key="proposal")
        were = "was" if weak == 1 else "were"
        left = f" {weak:,} {were} left out for want of evidence." if weak else ""
        if stop.is_set():
            tell("Stopped: nothing was proposed.")
        elif session is not self._p.editor.session:
            tell("Nothing was proposed: another cube was opened meanwhile.", "warning")
        elif not proposals:
            tell(f"Nothing was proposed.{left}")
        else:
            session.propose(proposals, wish.name(len(proposals)), wish.sources)
            count = f"{len(proposals):,} proposal{'s wait' if len(proposals) != 1 else ' waits'}"
            tell(f"{count} for an answer.{left} One undo takes all of that back.")

    def _fail(self, error: BaseException) -> None:
        self._end()
        self._p.errors.report(error, "making proposals", key="proposal")

    def _end(self) -> None:
        self.going, self.coming = False, {}
        self._p.window.activity.setText("")
        self.came.emit()


def _found(
    session: EditSession,
    wish: Wish,
    tell: Callable[[Proposal | None, int, int], None],
    stopped: Callable[[], bool],
) -> Found:
    """On a thread."""
    from thalia_core.annotate.offering import scored, unheard

    fresh = list(unheard(_unscored(session, wish), session.offers()))
    found: list[Proposal] = []
    for n, proposal in enumerate(scored(session.cube, fresh, stopped), 1):
        enough = proposal.score is None or proposal.score >= wish.least_evidence
        found += [proposal] if enough else []
        tell(proposal if enough else None, n, len(fresh))
    return found, len(fresh) - len(found)


def _unscored(session: EditSession, wish: Wish) -> Iterator[Proposal]:
    from thalia_core.annotate.copying import copies, painted_of
    from thalia_core.annotate.offering import interpolated

    first = wish.sources[0]
    painted = painted_of(session.masks(first), first)
    if len(wish.sources) == 1:
        yield from copies(painted, first, wish.pairs)
        return
    second = wish.sources[1]
    other = painted_of(session.masks(second), second)
    yield from interpolated((first, painted), (second, other), wish.pairs)
