"""Shows what edits do: labels, masks, history, whether it is saved, and who else edited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from thalia_core.cube.labels import Activity, Intensity, PairLabel
from thalia_core.errors import ThaliaError
from thalia_viewer.canvas.masks import CLASS_COLOURS, UNKNOWN_COLOUR
from thalia_viewer.planes import Masks, mask_summary

if TYPE_CHECKING:
    from thalia_core.annotate.session import Change, Conflict, SaveState
    from thalia_core.cube.pairs import DatePair
    from thalia_viewer.parts import Parts

_SUMMARY_MS = 200
_SAVING_MS = 300
"""Saving that takes no longer than this is not told by the title: it would only flicker."""
_NOT_SAVED = "NOT SAVED"
_ACTIVITIES: dict[int, str] = {int(code): code.name.capitalize() for code in Activity}
_INTENSITIES: dict[int, str] = {int(code): code.name.capitalize() for code in Intensity}


class EditPresenter(QObject):
    """Slots that show the working copy and its fate.

    Args:
        parts: Everything the program is made of.
        parent: Owner.
    """

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._p = parts
        self.labels: dict[DatePair, PairLabel] = {}
        """The labels of the open cube, as edited."""
        self._masks: Masks | None = None
        self._fate = self._failure = ""
        self._saving = self._timer(_SAVING_MS, partial(self._tell_fate, "saving…"))
        self._summary = self._timer(_SUMMARY_MS, self._count_masks)
        self._later = self._timer(0, self._show_history)
        self._count = self._timer(0, self._count_labelled)  # of many labels at once: once

    def stop(self) -> None:
        """Show nothing more."""
        self._summary.stop()
        self._saving.stop()
        self._later.stop()
        self._count.stop()

    def show_editing(self) -> None:
        """The session is open, or there is a reason why not."""
        p, session = self._p, self._p.editor.session
        p.labels.set_editable(session is not None, p.editor.reason)
        if session is None:
            self.show_save_state("read-only", p.editor.reason)
            p.hand.painter = None
            p.state.set_tool("pan")
        else:
            if session.recovered:
                steps = "; ".join(
                    f"{step.name} on {', '.join(str(pair) for pair in step.pairs)}"
                    for step in session.recovered
                )
                p.errors.tell(
                    f"A program that edited this cube ended early. Restored: {steps}.",
                    "warning",
                    key="recovered",
                )
            p.pictures.read_masks()
        self.refresh_soon()

    def show_masks(self, masks: Masks | None) -> None:
        """The masks of the shown pair; None where they cannot be read."""
        p = self._p
        self._masks = masks
        p.canvas.set_mask(*((masks.activity, masks.intensity) if masks else (None, None)))
        p.hand.painter = p.editor.painter(p.state.pair) if masks is not None else None
        p.canvas.refresh_cursor()
        self._count_masks()

    def show_change(self, change: Change) -> None:
        """The working copy changed."""
        p = self._p
        shown = change.pair == p.state.pair
        if change.source == "reload":
            if shown:
                p.pictures.read_masks()
        else:
            if shown and change.window is not None and change.source != "stroke":
                p.canvas.mask_changed(change.window)
            self.refresh_label(change.pair)
        if shown:
            self._summary.start()
            self.refresh_soon()
        else:
            self._later.start()

    def edit_label(self, pair: DatePair, fields: dict[str, Any]) -> None:
        """The form changed."""
        try:
            self._p.editor.edit_label(pair, fields)
            self._p.errors.settle("label")
        except ThaliaError as error:
            self._p.errors.report(error, key="label")
            self._p.labels.show_label(pair, self.labels.get(pair))

    def refresh_label(self, pair: DatePair) -> None:
        """The label as edited; the session has it in memory by now."""
        p, cube = self._p, self._p.state.cube
        session = p.editor.session
        if session is None or cube is None or session.cube.path != cube.path:
            return
        label = session.label(pair)
        if self.labels.get(pair) != label:
            self.labels[pair] = label
            p.pairs.show_label(pair, label)
            self._count.start()
        if pair == p.state.pair:
            p.labels.show_label(pair, label)

    def show_saving(self, state: SaveState) -> None:
        """How saving goes."""
        self.show_save_state(state.state, state.why)
        if state.state == "failed" and state.why != self._failure:
            # tried again and again: put away, it comes back only with another reason
            self._failure = state.why
            self._p.errors.tell(f"Not saved: {state.why}", "error", key="save")
        elif state.state == "saved":
            self._failure = ""
            self._p.errors.settle("save")
            self.refresh_soon()

    def show_save_state(self, state: str, why: str = "") -> None:
        """In the header and in the title."""
        self._p.window.header.show_save(state, why)
        if state == "saving":
            if not self._fate.startswith(_NOT_SAVED):  # it tries again: not saved until it is
                self._saving.start()
            return
        self._saving.stop()
        words = {"failed": f"{_NOT_SAVED}: {why}", "read-only": f"read-only: {why}"}
        self._tell_fate(words.get(state, state))

    def _tell_fate(self, fate: str) -> None:
        self._fate = fate
        self.show_title()

    def show_title(self) -> None:
        """What is shown, and whether it is saved."""
        cube, pair = self._p.state.cube, self._p.state.pair
        what = f"{cube.frame} {pair}" if cube is not None and pair is not None else ""
        self._p.window.show_title(what, self._fate if what else "")

    def show_conflict(self, conflict: Conflict) -> None:
        """Somebody else changed the same pixels."""
        if conflict.record.by != self._p.editor.annotator:
            return  # an imported edit: the dialog lists it
        self._p.errors.tell(
            f"Not everything was saved: {conflict}. What they saved is shown; yours is "
            "kept: Edit / Decide conflicts.",
            "warning",
            key="conflicts",
        )

    def refresh_soon(self) -> None:
        """Bring the actions up to date, and the history when the events at hand are done."""
        self._allow()  # at once: the next key may be an undo
        self._later.start()

    def _allow(self) -> None:
        p, state, session = self._p, self._p.state, self._p.editor.session
        holding = {"archive"} if state.root is not None else set()
        if state.pair is not None:
            holding.add("pair")
            holding |= {"panel"} if p.deck.active > 0 else set()
        why = p.editor.reason if session is None else ""
        if session is not None and state.pair is not None:
            holding.add("session")
            if p.editor.locked(state.pair):
                why = "the pair is finished: Edit / Finished unlocks it"
            else:
                holding.add("editable")
            # an open polygon has corners that undo takes back
            undoable = state.tool == "polygon" or session.undoable(state.pair) is not None
            holding |= {"undoable"} if undoable else set()
            holding |= {"redoable"} if session.redoable(state.pair) is not None else set()
        holding |= {f"layer {name}" for name in state.layers}
        holding |= {"prediction"} if p.predictions.runs else set()
        if state.activity != Activity.EARTHQUAKE and "editable" in holding:
            holding.add("intense")
        p.actions.explain({"editable": why, "intense": why, "session": p.editor.reason})
        p.actions.allow(holding)
        p.actions.allow_layers(state.layers)

    def _show_history(self) -> None:
        p, session = self._p, self._p.editor.session
        scope = None if p.history.everything.isChecked() else p.state.pair
        steps = session.history(scope) if session is not None else []
        p.history.show_steps(steps, "Nothing was done here yet.")

    def _count_labelled(self) -> None:
        state = self._p.state
        count = sum(label.labelled for label in self.labels.values())
        frames = tuple(
            replace(entry, labelled=count)
            if state.cube is not None and entry.path == state.cube.path
            else entry
            for entry in state.frames
        )
        state.set_archive(state.root, frames)

    def _count_masks(self) -> None:
        masks, cube = self._masks, self._p.state.cube
        if masks is None or cube is None:
            self._p.chores.drop("summary")
            self._p.labels.show_summary("")
            return
        work = partial(mask_summary, masks, cube.geometry.pixel_metres())
        picture = self._p.pictures.picture
        pair = picture.pair if picture is not None and picture.cube is cube else None
        self._p.chores.latest("summary", work, partial(self._show_summary, pair))

    def _show_summary(self, pair: DatePair | None, rows: list[tuple[int, int, int, float]]) -> None:
        if pair is not None:
            self._p.pairs.show_drawn(pair, sum(1 << code for code, *_ in rows))
        lines, counts = [], []
        for code, level, pixels, km2 in rows:
            name = _ACTIVITIES.get(code, f"code {code}")
            level_text = f", {_INTENSITIES.get(level, level)}" if level else ""
            mark = f'<span style="color:{CLASS_COLOURS.get(code, UNKNOWN_COLOUR)}">■</span>'
            lines.append(f"{mark} {name}{level_text} · {km2:,.1f} km²")
            counts.append(f"{name}: {pixels:,} pixels")
        self._p.labels.show_summary("<br>".join(lines) or "No mask", "\n".join(counts))

    def _timer(self, milliseconds: int, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(slot)
        return timer
