"""Conflicts: that there are some is seen, and they are decided side by side."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor

from thalia_core.errors import ThaliaError
from thalia_viewer.features.feature import Feature
from thalia_viewer.panels.labels import title_of

if TYPE_CHECKING:
    from thalia_core.annotate.session import EditSession
    from thalia_core.cube.pairs import DatePair
    from thalia_viewer.dialogs.conflict import ConflictDialog
    from thalia_viewer.parts import Parts
    from thalia_viewer.threeway import Case

_KEY = "conflicts"


class ConflictsFeature(Feature):
    """Counts the conflicts that wait, and opens the three-way view."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        p = parts
        self.dialog: ConflictDialog | None = None
        self.count = 0
        self._opening = False
        p.actions.bind("history.conflicts", self.ask)
        p.actions.add_condition("conflict", lambda: self.count > 0)
        p.editor.settled.connect(self._settled)
        p.editor.conflicted.connect(lambda _: self.look())
        p.state.cube_changed.connect(self._leave)

    def look(self) -> None:
        """Count again, on a thread."""
        session = self.parts.editor.session
        if session is not None:
            work = partial(_count, session)
            self.parts.chores.latest(_KEY, work, partial(self._counted, session))

    def ask(self) -> None:
        """Open the view, when its pictures are there."""
        p, session = self.parts, self.parts.editor.session
        if session is None:
            return
        from thalia_viewer.threeway import cases_of

        p.canvas.settle()
        p.chores.latest("conflict cases", partial(cases_of, session), partial(self._show, session))

    def stop(self) -> None:
        """The program ends."""
        self._leave()

    def _settled(self) -> None:
        self._counted(self.parts.editor.session, 0)
        self._opening = True
        self.look()

    def _counted(self, session: EditSession | None, count: int) -> None:
        p = self.parts
        if session is not p.editor.session:
            return
        self.count = count
        p.actions["history.conflicts"].setText(
            f"Decide {count} conflicts…" if count > 1 else "Decide conflict…"
        )
        if not count:
            p.errors.settle(_KEY)
        elif self._opening:
            waits = "One conflict waits" if count == 1 else f"{count} conflicts wait"
            p.errors.tell(f"{waits} for a decision: Edit / Decide conflicts.", key=_KEY)
        self._opening = False
        p.actions.allow_again()

    def _show(self, session: EditSession, cases: tuple[Case, ...]) -> None:
        from thalia_viewer.dialogs.conflict import ConflictDialog

        p = self.parts
        if session is not p.editor.session:
            return
        self._counted(session, len({case.dispute.id for case in cases}))
        if self.dialog is None:
            if not cases:
                p.errors.tell("Every conflict is decided.", key=_KEY)
                return
            self.dialog = dialog = ConflictDialog(
                session.annotator, title_of, QColor(p.canvas.theme.canvas), p.window
            )
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.decided.connect(self._decide)
            dialog.shown.connect(self._go)
            dialog.finished.connect(self._closed)
            dialog.show()
        self.dialog.show_cases(cases)

    def _decide(self, case: Case, parts: set[int], fields: set[str]) -> None:
        p, session = self.parts, self.parts.editor.session
        if session is None:
            return
        try:
            session.disputes.decide(case.dispute, *case.split(parts, fields))
        except ThaliaError as error:
            p.errors.report(error, key=_KEY)
            return
        self.ask()

    def _go(self, pair: DatePair) -> None:
        self.parts.state.set_pair(pair)

    def _leave(self) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.close()

    def _closed(self) -> None:
        self.dialog = None


def _count(session: EditSession) -> int:
    """On a thread."""
    try:
        return len(session.disputes.open())
    except ThaliaError:
        return 0  # what cannot be read is told where it is wanted
