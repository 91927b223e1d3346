"""The masks and labels in memory that a person sees change under the hand."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.gates import OPEN, Gate
from thalia_core.annotate.patch import (
    MASK_NAMES,
    Codes,
    FieldPatch,
    MaskPatch,
    Paint,
    mask_patch,
)
from thalia_core.annotate.shapes import Shape
from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import PairLabel
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore

_KEEP = 6  # pairs; four planes each


@dataclass(frozen=True, slots=True)
class Masks:
    """Live planes of one pair, (rows, columns) uint8, 255 for no value; the session's to write."""

    deformation: Codes
    activity: Codes
    intensity: Codes
    instance: Codes

    def planes(self) -> dict[str, Codes]:
        """By schema name."""
        planes = (self.deformation, self.activity, self.intensity, self.instance)
        return dict(zip(MASK_NAMES, planes, strict=True))


class WorkingCopy:
    """Masks and labels of the pairs in use, as edited.

    Args:
        cube: Where they are read from.
        pinned: Says which pairs have edits that are not on disk; they are never dropped.
        waiting: The mask patches of a pair that are not on disk, oldest first; what is read from
            disk is shown with them.
    """

    def __init__(
        self,
        cube: CubeStore,
        pinned: Callable[[DatePair], bool],
        waiting: Callable[[DatePair], list[MaskPatch]],
    ) -> None:
        self._cube = cube
        self._pinned = pinned
        self._waiting = waiting
        self._masks: OrderedDict[DatePair, Masks] = OrderedDict()
        self._labels: dict[DatePair, PairLabel] = {}
        self._stamps: dict[DatePair, tuple[object, ...]] = {}
        self.generation = 0
        """Grows with every change, so that a slow reader knows that its planes are old."""

    def holds(self, pair: DatePair) -> bool:
        """Whether the planes of the pair are here."""
        return pair in self._masks

    def read(self, pair: DatePair) -> tuple[Masks, tuple[object, ...]]:
        """The planes of a pair as they are on disk, and the stamp of the files."""
        stamp = self._cube.annotations_stamp(pair)  # before: what comes meanwhile shows
        return Masks(*self._read(pair, Window.full(*self._cube.geometry.shape)).values()), stamp

    def codes(self, pair: DatePair, window: Window) -> dict[str, Codes]:
        """The masks of a pair in a window by schema name, as edited; they are not kept."""
        held = self._masks.get(pair)
        if held is None:
            return self._read(pair, window)
        return {name: plane[window.slices].copy() for name, plane in held.planes().items()}

    def _read(self, pair: DatePair, window: Window) -> dict[str, Codes]:
        waiting = self._waiting(pair)  # before: what is saved meanwhile is found on disk
        planes: dict[str, Codes] = {}
        for name in MASK_NAMES:
            plane = self._cube.read_plane(name, pair, window)
            # live planes are written to: no views, nothing frozen
            planes[name] = np.require(plane, requirements=["C", "W"])
        for patch in waiting:
            _bring(patch, planes, window)
        return planes

    def keep(self, pair: DatePair, planes: Masks, stamp: tuple[object, ...]) -> None:
        """Take planes that were read."""
        if self._stamps.get(pair) != stamp and not self._pinned(pair):
            self._labels.pop(pair, None)  # it may be older than they are
        self._masks[pair], self._stamps[pair] = planes, stamp
        self._shrink()

    def masks(self, pair: DatePair) -> Masks:
        """The live planes of a pair, read when they are not here."""
        if pair not in self._masks:
            self.keep(pair, *self.read(pair))
        self._masks.move_to_end(pair)
        return self._masks[pair]

    def label(self, pair: DatePair) -> PairLabel:
        """The label of a pair, read when it is not here."""
        if pair not in self._labels:
            self._labels[pair] = self._cube.read_label(pair)
        return self._labels[pair]

    def read_labels(self) -> None:
        """Read the labels of all pairs at once that are not here."""
        for pair, label in zip(self._cube.pairs, self._cube.read_labels(), strict=True):
            self._labels.setdefault(pair, label)

    def is_as_stored(self, pair: DatePair) -> bool:
        """Whether nobody, we included, wrote the pair since its planes were read."""
        stamp = self._stamps.get(pair)
        return pair in self._masks and stamp == self._cube.annotations_stamp(pair)

    def forget(self, pair: DatePair) -> None:
        """Read the pair anew next time."""
        self.generation += 1
        self._masks.pop(pair, None)
        self._labels.pop(pair, None)

    def forget_all(self) -> None:
        """Read everything anew next time."""
        self.generation += 1
        self._masks.clear()
        self._labels.clear()

    def paint(self, patch: MaskPatch) -> Window:
        """Show a patch where the working copy holds what the patch replaces.

        Planes that are not here are not read for it: whoever reads them sees what waits.
        """
        self.generation += 1
        held = self._masks.get(patch.pair)
        if held is not None:
            _bring(patch, held.planes(), Window.full(*held.activity.shape))
        return patch.window

    def set_field(self, patch: FieldPatch) -> None:
        """Show a changed field."""
        change: dict[str, Any] = {patch.field: patch.after}
        self._labels[patch.pair] = replace(self.label(patch.pair), **change)

    def _shrink(self) -> None:
        for pair in list(self._masks)[:-1]:
            if len(self._masks) <= _KEEP:
                return
            if not self._pinned(pair):
                del self._masks[pair]


def _bring(patch: MaskPatch, planes: dict[str, Codes], window: Window) -> None:
    """Put a patch into planes that lie on a window, where they hold what it replaces.

    As in the writer, a pixel that holds some of it already takes the rest: planes that are read
    while a patch is being saved may have it in one mask and not yet in another.
    """
    shared = patch.window.intersect(window)
    if shared is None:
        return
    bits = patch.bits[_within(shared, patch.window)]
    inside = np.zeros_like(patch.bits)
    inside[_within(shared, patch.window)] = bits
    chosen = inside[patch.bits]
    view = {name: plane[_within(shared, window)] for name, plane in planes.items()}
    matches: NDArray[np.bool_] = np.ones(int(chosen.sum()), bool)
    for name in MASK_NAMES:
        now = view[name][bits]
        matches &= (now == patch.before[name][chosen]) | (now == patch.after[name][chosen])
    for name in MASK_NAMES:
        values = view[name][bits]
        values[matches] = patch.after[name][chosen][matches]
        view[name][bits] = values


def _within(inner: Window, outer: Window) -> tuple[slice, slice]:
    """Index of a window in a plane that lies on another one."""
    rows = slice(inner.row0 - outer.row0, inner.row1 - outer.row0)
    return rows, slice(inner.col0 - outer.col0, inner.col1 - outer.col0)


class Stroke:
    """One movement of a tool: it paints as it goes and becomes one patch, or nothing.

    Made by ``EditSession.begin``.
    """

    def __init__(
        self,
        pair: DatePair,
        masks: Masks,
        paint: Paint,
        commit: Callable[[MaskPatch | None], object],
        gate: Gate = OPEN,
    ) -> None:
        self._pair = pair
        self._planes = masks.planes()
        self._codes = paint.codes()
        self._commit = commit
        self._gate = gate
        shape = masks.activity.shape
        self._touched = np.zeros(shape, bool)
        self._old = {name: np.empty(shape, np.uint8) for name in MASK_NAMES}
        self._window: Window | None = None

    def extend(self, shape: Shape | None) -> Window | None:
        """Paint a shape; returns the window that changed on screen."""
        if shape is None:
            return None
        at = shape.window.slices
        fresh = shape.mask & ~self._touched[at]
        if not self._gate.open:
            # a pixel that was not touched yet holds what it held before the stroke
            activity = self._planes["activity_type_mask"][at]
            fresh = self._gate.restrict(fresh, shape.window, activity)
        if not fresh.any():
            return None
        for name in MASK_NAMES:
            view = self._planes[name][at]
            self._old[name][at][fresh] = view[fresh]
            view[fresh] = self._codes[name]
        self._touched[at] |= fresh
        window = shape.window
        self._window = window if self._window is None else self._window.union(window)
        return window

    def commit(self) -> object:
        """Make it a step; returns its StepInfo, or None when no pixel changed."""
        window, self._window = self._window, None
        if window is None:
            return self._commit(None)
        at = window.slices
        touched = self._touched[at]
        after = {name: self._planes[name][at] for name in MASK_NAMES}
        before = {name: np.where(touched, self._old[name][at], after[name]) for name in MASK_NAMES}
        return self._commit(mask_patch(self._pair, window, touched, before, after))

    def abort(self) -> Window | None:
        """Take back what was painted; returns the window to redraw."""
        window, self._window = self._window, None
        if window is None:
            return None
        at = window.slices
        touched = self._touched[at]
        for name in MASK_NAMES:
            self._planes[name][at][touched] = self._old[name][at][touched]
        touched[...] = False
        return window
