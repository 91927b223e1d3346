"""Finished pairs: the lock that is seen, the way to set and to open it, and one word about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QAbstractScrollArea

from thalia_core.cube.labels import LabelState
from thalia_core.errors import ThaliaError
from thalia_viewer.features.feature import Feature

if TYPE_CHECKING:
    from thalia_core.annotate.session import Change
    from thalia_core.cube.pairs import DatePair
    from thalia_viewer.parts import Parts

_KEY = "locked"
_TOUCHING = ("pan", "pick", "line", "point", "area")
"""Tools that change nothing."""


class FinishingFeature(Feature):
    """Shows whether the pair is locked wherever a hand would change it."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        p = parts
        self._locked = self._barred = False
        p.editor.set_locks(p.settings.value.lock_finished)
        parts.actions.bind_toggle("pair.finish", self._finish)
        p.editor.settled.connect(self.show)
        p.editor.lock_changed.connect(self.show)
        p.editor.changed.connect(self._changed)
        p.editor.spared.connect(self._tell_spared)
        p.state.pair_changed.connect(self.show)
        p.state.tool_changed.connect(lambda _: self._show_cursor())
        p.pictures.shown.connect(lambda _: self.show())
        p.pictures.masks_read.connect(lambda *_: self.show())
        p.canvas.pressed.connect(self._pressed)

    def show(self) -> None:
        """Locked or open: form, tools and cursor say so."""
        p, locked = self.parts, self._is_locked()
        p.labels.set_locked(locked, "Finished: only the state can be changed.")
        if locked:
            p.canvas.settle()
            p.hand.painter = None
        elif self._locked and p.pictures.picture is not None:
            p.pictures.read_masks()  # the hand may paint again when they are there
        if not locked:
            p.errors.settle(_KEY)
        if locked != self._locked:
            self._locked = locked
            p.actions.allow_again()
            self._show_cursor()
            p.canvas.refresh_cursor()
        p.actions.check("pair.finish", p.editor.finished_here(p.state.pair))

    def _finish(self, on: bool) -> None:
        state = LabelState.DONE if on else LabelState.IN_PROGRESS
        p, pair, session = self.parts, self.parts.state.pair, self.parts.editor.session
        if pair is None or session is None:
            return
        p.canvas.settle()
        p.labels.flush()  # what was typed belongs to what is finished
        try:
            if on and p.editor.finished(pair):  # it came so: only what is set here locks it
                came = session.label(pair).label_state
                session.edit_label(pair, "Unlock", label_state=int(LabelState.IN_PROGRESS))
                state = LabelState(came or state)
            session.edit_label(pair, "Finish" if on else "Unlock", label_state=int(state))
        except ThaliaError as error:
            p.errors.report(error, key=_KEY)
        self.show()

    def _changed(self, change: Change) -> None:
        if change.pair == self.parts.state.pair and change.window is None:
            self.show()

    def _is_locked(self) -> bool:
        return self.parts.editor.locked(self.parts.state.pair)

    def _pressed(self) -> None:
        """A hand on a locked pair: told once, however often it tries."""
        if self._locked and self.parts.state.tool not in _TOUCHING:
            self.parts.errors.tell(
                "This pair is finished and locked: its mask and label stay as they are. "
                "Edit / Finished opens it again.",
                key=_KEY,
            )

    def _tell_spared(self, pairs: tuple[DatePair, ...]) -> None:
        listed = ", ".join(map(str, pairs[:3])) + (", …" if len(pairs) > 3 else "")
        count = "1 pair is" if len(pairs) == 1 else f"{len(pairs)} pairs are"
        self.parts.errors.tell(
            f"{count} finished and locked, and stayed: {listed}.", "warning", key="spared"
        )

    def _show_cursor(self) -> None:
        """No tool on a locked pair."""
        barred = self._locked and self.parts.state.tool not in _TOUCHING
        for canvas in self.parts.deck.shown:
            view = canvas.focusProxy()
            if barred and isinstance(view, QAbstractScrollArea):
                view.viewport().setCursor(Qt.CursorShape.ForbiddenCursor)
            elif self._barred:
                canvas.set_tool(canvas.tool)  # its own cursor again
        self._barred = bool(barred)
