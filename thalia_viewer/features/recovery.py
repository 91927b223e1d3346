"""What a program that ended early had left, shown when its frame is opened again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor

from thalia_core.errors import ThaliaError
from thalia_viewer.features.feature import Feature
from thalia_viewer.panels.labels import title_of
from thalia_viewer.previews import (
    MARKED,
    Scene,
    layer_under,
    part_around,
    pixels_of,
    tallness,
    window_of,
)

if TYPE_CHECKING:
    from thalia_core.annotate.patch import Edit
    from thalia_core.annotate.session import EditSession, StepInfo
    from thalia_core.cube.pairs import DatePair
    from thalia_viewer.dialogs.recovery import RecoveryDialog, Restored
    from thalia_viewer.parts import Parts

_MOST = 50
"""Steps with a small picture; the message tells how many there are."""
_FINE = 2.0


class RecoveryFeature(Feature):
    """Opens the dialog by itself when something was restored, and again from the menu."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        self.dialog: RecoveryDialog | None = None
        parts.actions.bind("history.recovered", self.ask)
        parts.actions.add_condition("recovered", self._is_something)
        parts.editor.settled.connect(self._settled)
        parts.state.cube_changed.connect(self._close)

    def ask(self) -> None:
        """Draw the pictures, then show the dialog."""
        p, session = self.parts, self.parts.editor.session
        if session is None or not self._is_something():
            return
        work = partial(_restored, session, QColor(p.canvas.theme.canvas))
        p.chores.latest("recovered", work, partial(self._show, session))

    def stop(self) -> None:
        """The program ends."""
        self._close()

    def _settled(self) -> None:
        self.parts.actions.allow_again()
        if self._is_something() and self.parts.window.isVisible():
            self.ask()

    def _is_something(self) -> bool:
        session = self.parts.editor.session
        return session is not None and bool(session.recovered or session.unrecovered)

    def _show(self, session: EditSession, rows: tuple[Restored, ...]) -> None:
        from thalia_viewer.dialogs.recovery import RecoveryDialog

        p = self.parts
        if session is not p.editor.session:
            return
        self._close()
        self.dialog = dialog = RecoveryDialog(rows, session.unrecovered, p.window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.shown.connect(self._go)
        dialog.refused.connect(self._turn)
        dialog.finished.connect(self._closed)
        dialog.show()  # beside the window: a person may look at the pairs meanwhile

    def _go(self, pair: DatePair) -> None:
        self.parts.state.set_pair(pair)

    def _turn(self, step: StepInfo) -> None:
        """Take a restored step back, or bring it back, as a step like any other."""
        p, session = self.parts, self.parts.editor.session
        if session is None:
            return
        try:
            done = session.turn_step(step.id)
        except ThaliaError as error:
            p.errors.report(error, key="undo")
            return
        if self.dialog is not None:
            self.dialog.show_step(done)

    def _close(self) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.close()

    def _closed(self) -> None:
        self.dialog = None
        self.parts.errors.settle("recovered")


def _restored(session: EditSession, ground: QColor) -> tuple[Restored, ...]:
    """On a thread: the restored steps, each with its picture."""
    from thalia_viewer.dialogs.recovery import PICTURE, Restored

    rows, size = [], (round(PICTURE.width() * _FINE), round(PICTURE.height() * _FINE))
    cube, tall = session.cube, tallness(session.cube)
    for step in {step.id: step for step in session.recovered[-_MOST:]}.values():
        edit = session.versions.edit(step.id)
        pair = next((patch.pair for patch in edit.masks), step.pairs[0])
        window, picture = window_of(edit, pair), None
        if window is not None:
            masks = session.masks(pair)
            marks = ((pixels_of(edit, pair, masks.activity.shape), MARKED),)
            scene = Scene(layer_under(cube, pair), masks.activity, masks.intensity, marks, tall)
            picture = scene.draw(part_around(window, size, tall), size, _FINE, ground)
        rows.append(Restored(step, pair, picture, _words(edit, pair)))
    return tuple(rows)


def _words(edit: Edit, pair: DatePair) -> str:
    """What the fields of a pair say after an edit."""
    from thalia_core.annotate.versions import RESTORED

    told = [p for p in edit.fields if p.pair == pair and p.field in RESTORED]
    parts = [f"{title_of(p.field)}: {_short(p.after)}" for p in told if p.field != "label_state"]
    return "; ".join(parts)


def _short(value: object) -> str:
    text = "–" if value in (None, "") else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
