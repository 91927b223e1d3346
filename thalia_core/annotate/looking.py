"""The part of an edit session that tells how things are: nothing changes here."""

import threading
from dataclasses import replace

from thalia_core.annotate.drawing import Drawing, shown
from thalia_core.annotate.finished import finished
from thalia_core.annotate.history import History, StepInfo
from thalia_core.annotate.labelling import field_patches
from thalia_core.annotate.tally import Tally
from thalia_core.annotate.working import Masks, WorkingCopy
from thalia_core.cube.labels import PairLabel
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore


class Looking:
    """Masks, labels and history as edited, also what is not on disk yet."""

    cube: CubeStore
    locks_finished = True
    """Finished pairs change in nothing but their state."""
    _mutex: threading.RLock
    _history: History
    _copy: WorkingCopy

    def masks(self, pair: DatePair) -> Masks:
        """The live planes of a pair; do not write into them. Any thread."""
        while True:
            with self._mutex:
                if self._copy.holds(pair):
                    return self._copy.masks(pair)
                seen = self._copy.generation
            read = self._copy.read(pair)  # a slow disk must not hold up the main thread
            with self._mutex:
                if self._copy.generation == seen and not self._copy.holds(pair):
                    self._copy.keep(pair, *read)

    def label(self, pair: DatePair) -> PairLabel:
        """The label of a pair as edited."""
        with self._mutex:
            return self._copy.label(pair)

    def known_label(self, pair: DatePair) -> PairLabel | None:
        """The label as edited where it is in memory; the disk is not asked."""
        with self._mutex:
            return self._copy.known_label(pair)

    def locked(self, pair: DatePair) -> bool:
        """Whether the pair is finished, and finished pairs are locked."""
        return self.locks_finished and bool(finished((pair,), self._lasting))

    def decided_here(self, pair: DatePair) -> bool:
        """Whether the state of a pair was set by a step of its history."""
        with self._mutex:
            return self._history.sets(pair, "label_state")

    def tally(self, pair: DatePair) -> Tally:
        """How many pixels of each class the instances of a pair have, as edited. Any thread."""
        self.masks(pair)
        with self._mutex:
            return self._copy.tally(pair)

    def read_labels(self) -> None:
        """Have the labels of all pairs at hand: far faster than one after the other."""
        with self._mutex:
            self._copy.read_labels()

    def labels(self) -> list[PairLabel]:
        """The labels of all pairs as edited, in the order of the cube's pairs."""
        with self._mutex:
            self._copy.read_labels()
            return [self._copy.label(pair) for pair in self.cube.pairs]

    def would_change(self, drawing: Drawing) -> bool:
        """Whether the pair does not say and show all that already."""
        with self._mutex:
            label = self._copy.label(drawing.pair)
            if field_patches(drawing.pair, label, drawing.fields, self.cube.settled):
                return True
            planes = self._copy.masks(drawing.pair).planes() if drawing.shapes else {}
        return not shown(drawing, planes)

    def undoable(self, pair: DatePair | None = None) -> StepInfo | None:
        """The step that undo would take back."""
        with self._mutex:
            return self._history.undoable(pair)

    def redoable(self, pair: DatePair | None = None) -> StepInfo | None:
        """The step that redo would bring back."""
        with self._mutex:
            return self._history.redoable(pair)

    def history(self, pair: DatePair | None = None) -> list[StepInfo]:
        """Steps by anybody, oldest first, as known at the last save."""
        with self._mutex:
            return self._history.steps(pair)

    def _lasting(self, pair: DatePair) -> PairLabel:
        """The label, without a state that nobody gave it here: an archive may come all done."""
        label = self.label(pair)
        return label if self.decided_here(pair) else replace(label, label_state=None)
