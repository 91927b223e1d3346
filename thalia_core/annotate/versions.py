"""How a pair was after any step of its history, and putting that back as a step like any other.

The journal keeps what every pixel and field held before each record: the present state with all
later records taken back, the newest first, is how the pair was then. What a conflict kept out of a
record was never there, and is passed over.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from thalia_core.annotate.history import History, StepInfo
from thalia_core.annotate.patch import (
    MASK_NAMES,
    Edit,
    FieldPatch,
    Scalar,
    mask_patch,
)
from thalia_core.annotate.working import Masks, WorkingCopy
from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import BOOKKEEPING, PAIR_FIELDS, PairLabel
from thalia_core.cube.pairs import DatePair

RESTORED = tuple(name for name in PAIR_FIELDS if name not in BOOKKEEPING)
"""Pair variables that come back with a version: who edited last is told by the step itself."""


@dataclass(frozen=True, eq=False, slots=True)
class Version:
    """A pair as it was.

    Attributes:
        pair: The pair.
        step: The step after which it was so; None for before the first one.
        masks: Planes of its own.
        label: Its label.
    """

    pair: DatePair
    step: StepInfo | None
    masks: Masks
    label: PairLabel

    @property
    def words(self) -> str:
        """Which version it is: ``2024-05-01 14:05, Brush``, in UTC."""
        if self.step is None:
            return "before the first step"
        return f"{self.step.time[:16].replace('T', ' ')}, {self.step.name}"


class Versions:
    """Reads versions and puts them back; made by the edit session.

    Args:
        history: The steps.
        copy: The state now.
        mutex: Held while either is looked at.
        read: Reads a pair into the copy, without holding the mutex.
        settled: A value as the cube keeps it.
        do: Makes an edit a step.
    """

    def __init__(
        self,
        history: History,
        copy: WorkingCopy,
        mutex: threading.RLock,
        read: Callable[[DatePair], Masks],
        settled: Callable[[str, Scalar], Scalar],
        do: Callable[[Edit, str, Any], StepInfo | None],
    ) -> None:
        self._history = history
        self._copy = copy
        self._mutex = mutex
        self._read = read
        self._settled = settled
        self._do = do

    def at(self, pair: DatePair, step: str | None) -> Version:
        """The pair after a step, also one taken back since; None for before the first. Any thread.

        Raises:
            EditError: The history cannot be read any more.
            CubeError: The masks cannot be read.
        """
        self._read(pair)
        with self._mutex:
            live = self._copy.masks(pair).planes()
            planes = {name: plane.copy() for name, plane in live.items()}
            label = self._copy.label(pair)
            later = self._history.since(pair, step)
            info = None if step is None else self._history.info(step)
        # unpacking a long history takes its time: nobody waits for it
        label = _taken_back(planes, label, pair, map(self._history.effective, later))
        return Version(pair, info, Masks(*(planes[name] for name in MASK_NAMES)), label)

    def edit(self, step: str) -> Edit:
        """What a step truly changed, without what a conflict kept out. Any thread.

        Raises:
            EditError: The history cannot be read any more.
        """
        return self._history.effective(step)

    def put_back(self, version: Version) -> StepInfo | None:
        """Have the pair as in a version, as one step; None when it is so already.

        Raises:
            FinishedError: The pair is locked.
        """
        pair, then = version.pair, version.masks.planes()
        with self._mutex:
            now = self._copy.masks(pair).planes()
            window = Window.full(*version.masks.activity.shape)
            patch = mask_patch(pair, window, np.ones(window.shape, bool), now, then)
            fields = self._field_patches(pair, self._copy.label(pair), version.label)
            edit = Edit(() if patch is None else (patch,), fields)
            return self._do(edit, f"Restore to {version.words}", "repaint")

    def restore(self, pair: DatePair, step: str | None) -> StepInfo | None:
        """Have the pair as it was after a step, as one step; see ``at`` and ``put_back``."""
        return self.put_back(self.at(pair, step))

    def _field_patches(
        self, pair: DatePair, now: PairLabel, then: PairLabel
    ) -> tuple[FieldPatch, ...]:
        patches = []
        for name in RESTORED:
            before, after = getattr(now, name), getattr(then, name)
            if self._settled(name, before) != self._settled(name, after):
                patches.append(FieldPatch(pair, name, before, after))
        return tuple(patches)


def _taken_back(
    planes: dict[str, Any], label: PairLabel, pair: DatePair, later: Iterable[Edit]
) -> PairLabel:
    """Take edits back in the planes; returns the label without them."""
    values: dict[str, Any] = {}
    for edit in later:
        for patch in edit.masks:
            if patch.pair == pair:
                for name in MASK_NAMES:
                    planes[name][patch.window.slices][patch.bits] = patch.before[name]
        values |= {field.field: field.before for field in edit.fields if field.pair == pair}
    return replace(label, **values)
