"""Conflicts that wait for a person: what was wanted, what stands, and what was there before both.

They are no list of their own: they follow from the journal, where the note that a record is in
the cube holds what a conflict kept out of it. A conflict is over when somebody decided it, when
the step was taken back, or when the pixels hold what was wanted.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from thalia_core.annotate.history import History, StepInfo, without
from thalia_core.annotate.patch import MASK_NAMES, Edit, FieldPatch, MaskPatch, mask_patch
from thalia_core.annotate.records import Kind, Record
from thalia_core.annotate.working import Masks, WorkingCopy
from thalia_core.cube.pairs import DatePair


@dataclass(frozen=True, eq=False, slots=True)
class Dispute:
    """A conflict nobody decided yet.

    Attributes:
        id: The record that met it.
        by: Who wanted the edit.
        time: When, UTC.
        name: What it was.
        edit: What did not go in; ``before`` is what its author had seen, ``after`` what was wanted.
        whole: All that was wanted, also what went in.
        rival: The newest step of somebody else there; None where the history knows of none.
    """

    id: str
    by: str
    time: str
    name: str
    edit: Edit
    whole: Edit
    rival: StepInfo | None

    @property
    def pairs(self) -> tuple[DatePair, ...]:
        """The pairs concerned."""
        return self.edit.pairs


class Disputes:
    """Lists conflicts and decides them; made by the edit session.

    Args:
        history: The steps.
        copy: The state now.
        mutex: Held while either is looked at.
        read: Reads a pair into the copy, without holding the mutex.
        do: Makes an edit a step that decides the conflict of a record.
        note: Makes a record that changes nothing, and saves it.
    """

    def __init__(
        self,
        history: History,
        copy: WorkingCopy,
        mutex: threading.RLock,
        read: Callable[[DatePair], Masks],
        do: Callable[[Edit, str, Any, str], StepInfo | None],
        note: Callable[[Kind, str, str, Edit], None],
    ) -> None:
        self._history = history
        self._copy = copy
        self._mutex = mutex
        self._read = read
        self._do = do
        self._note = note

    def open(self) -> list[Dispute]:
        """Conflicts that wait, oldest first. Any thread.

        Raises:
            EditError: The history cannot be read any more.
            CubeError: The masks of a pair cannot be read.
        """
        with self._mutex:
            known = self._history.conflicting()
            decided = {name: self._history.decisions(name) for name, _ in known}
        found = []
        for identifier, note in known:
            left = self._history.record(note).edit
            for decision in decided[identifier]:
                left = without(left, self._history.record(decision).edit)
            left = self._without_agreed(left)
            if not left.empty:
                found.append(self._dispute(self._history.record(identifier), left))
        return found

    def decide(self, dispute: Dispute, mine: Edit, theirs: Edit) -> StepInfo | None:
        """Decide parts of a conflict; what is in neither goes on waiting.

        Args:
            dispute: The conflict.
            mine: Part of its edit that shall be in the cube: painted as one step.
            theirs: Part of its edit that shall stay out: remembered.

        Returns:
            The step that paints; None when nothing had to be painted.

        Raises:
            FinishedError: A pair is locked.
        """
        with self._mutex:
            masks = tuple(p for patch in mine.masks if (p := self._over(patch)) is not None)
            fields = tuple(
                FieldPatch(p.pair, p.field, getattr(self._copy.label(p.pair), p.field), p.after)
                for p in mine.fields
            )
            step = self._do(
                Edit(masks, fields), f"{dispute.name}, over others", "repaint", dispute.id
            )
            if not theirs.empty:
                self._note("decided", f"Kept as it is: {dispute.name}", dispute.id, theirs)
            return step

    def _over(self, patch: MaskPatch) -> MaskPatch | None:
        """What paints that over what is there now."""
        planes, at = self._copy.masks(patch.pair).planes(), patch.window.slices
        before = {name: planes[name][at] for name in MASK_NAMES}
        after = {name: plane.copy() for name, plane in before.items()}
        for name in MASK_NAMES:
            after[name][patch.bits] = patch.after[name]
        return mask_patch(patch.pair, patch.window, patch.bits, before, after)

    def _without_agreed(self, edit: Edit) -> Edit:
        """Without what holds by now what was wanted."""
        masks = []
        for patch in edit.masks:
            planes = self._read(patch.pair).planes()
            differs = np.zeros(patch.pixels, bool)
            for name in MASK_NAMES:
                differs |= planes[name][patch.window.slices][patch.bits] != patch.after[name]
            if differs.any():
                masks.append(patch.only(differs))
        with self._mutex:
            fields = tuple(
                p
                for p in edit.fields
                if (getattr(self._copy.label(p.pair), p.field) or None) != (p.after or None)
            )
        return Edit(tuple(masks), fields)

    def _dispute(self, record: Record, edit: Edit) -> Dispute:
        with self._mutex:
            steps = [step for pair in edit.pairs for step in self._history.steps(pair)]
        others = [step for step in steps if step.by != record.by and step.active]
        rival = max(others, key=lambda step: step.time, default=None)
        return Dispute(record.id, record.by, record.time, record.name, edit, record.edit, rival)
