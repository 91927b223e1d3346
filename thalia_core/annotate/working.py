"""The masks and labels in memory that a person sees change under the hand."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any
from weakref import WeakSet, WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.gates import OPEN, Gate
from thalia_core.annotate.patch import (
    MASK_NAMES,
    Codes,
    FieldPatch,
    MaskPatch,
    Paint,
)
from thalia_core.annotate.shapes import Shape
from thalia_core.annotate.tally import Tally, after_patches, tally_planes
from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import PairLabel
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore

_KEEP = 6  # pairs; four planes each


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
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
        waiting_fields: The same of the fields of its label.
    """

    def __init__(
        self,
        cube: CubeStore,
        pinned: Callable[[DatePair], bool],
        waiting: Callable[[DatePair], list[MaskPatch]],
        waiting_fields: Callable[[DatePair], list[FieldPatch]],
    ) -> None:
        self._cube = cube
        self._pinned = pinned
        self._waiting = waiting
        self._waiting_fields = waiting_fields
        self._masks: OrderedDict[DatePair, Masks] = OrderedDict()
        # planes that are shown or painted on: no second ones of the pair may come beside them
        self._in_use: WeakValueDictionary[DatePair, Masks] = WeakValueDictionary()
        self._strokes: WeakSet[Stroke] = WeakSet()
        self._labels: dict[DatePair, PairLabel] = {}
        self._stamps: dict[DatePair, tuple[object, ...]] = {}
        self._tallies: dict[DatePair, Tally] = {}
        self.generation = 0
        """Grows with every change, so that a slow reader knows that what it read is old."""

    def holds(self, pair: DatePair) -> bool:
        """Whether the planes of the pair are here."""
        return self._held(pair) is not None

    def is_live(self, pair: DatePair, masks: Masks) -> bool:
        """Whether these are the planes of the pair, not some from before it was read anew."""
        return self._held(pair) is masks

    def stroke(
        self,
        pair: DatePair,
        paint: Paint,
        commit: Callable[[MaskPatch | None], object],
        gate: Gate = OPEN,
    ) -> "Stroke":
        """A stroke on the live planes of a pair."""
        stroke = Stroke(pair, self.masks(pair), paint, commit, gate)
        self._strokes.add(stroke)
        return stroke

    def is_painted_on(self, pair: DatePair) -> bool:
        """Whether a stroke on the pair has begun and not ended."""
        return any(stroke.under_way and stroke.pair == pair for stroke in self._strokes)

    def _held(self, pair: DatePair) -> Masks | None:
        return self._masks.get(pair) or self._in_use.get(pair)

    def read(self, pair: DatePair) -> tuple[Masks, tuple[object, ...], Tally]:
        """The planes of a pair as they are on disk, the stamp of the files, and what they hold."""
        stamp = self._cube.annotations_stamp(pair)  # before: what comes meanwhile shows
        masks = Masks(*self._read(pair, Window.full(*self._cube.geometry.shape)).values())
        return masks, stamp, _tally(masks)

    def codes(self, pair: DatePair, window: Window) -> dict[str, Codes]:
        """The masks of a pair in a window by schema name, as edited; they are not kept."""
        held = self._held(pair)
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

    def keep(self, pair: DatePair, planes: Masks, stamp: tuple[object, ...], tally: Tally) -> None:
        """Take planes that were read."""
        if self._stamps.get(pair) != stamp and not self._pinned(pair):
            self._labels.pop(pair, None)  # it may be older than they are
        self._stamps[pair], self._tallies[pair] = stamp, tally
        self._use(pair, planes)

    def masks(self, pair: DatePair) -> Masks:
        """The live planes of a pair, read when they are not here."""
        held = self._held(pair)
        if held is None:
            self.keep(pair, *self.read(pair))
        else:
            self._use(pair, held)
        return self._masks[pair]

    def _use(self, pair: DatePair, planes: Masks) -> None:
        self._masks[pair] = self._in_use[pair] = planes
        self._masks.move_to_end(pair)
        self._shrink()

    def tally(self, pair: DatePair) -> Tally:
        """Pixels of the instances of a pair as edited; counted where it is not kept."""
        if self.holds(pair):
            return self._tallies[pair]
        counted = MASK_NAMES[1:]
        if not self._waiting(pair) and not any(
            self._cube.stores_mask(name, pair) for name in counted
        ):
            return {}  # nothing was drawn: no need to read a plane
        return _tally(Masks(*self._read(pair, Window.full(*self._cube.geometry.shape)).values()))

    def label(self, pair: DatePair) -> PairLabel:
        """The label of a pair, read when it is not here."""
        if pair not in self._labels:
            waiting = self._waiting_fields(pair)  # before: what is saved meanwhile is found on disk
            self._labels[pair] = self._brought(self._cube.read_label(pair), waiting)
        return self._labels[pair]

    def _brought(self, label: PairLabel, waiting: list[FieldPatch]) -> PairLabel:
        """A label from the disk with the fields that are on their way there."""
        for patch in waiting:
            now, before = getattr(label, patch.field), patch.before
            if self._cube.settled(patch.field, now) == self._cube.settled(patch.field, before):
                change: dict[str, Any] = {patch.field: patch.after}
                label = replace(label, **change)
        return label

    def known_label(self, pair: DatePair) -> PairLabel | None:
        """The label of a pair where it is here."""
        return self._labels.get(pair)

    def read_labels(self) -> None:
        """Read the labels of all pairs at once that are not here."""
        pairs = list(self._cube.pairs)
        waiting = {pair: self._waiting_fields(pair) for pair in pairs if pair not in self._labels}
        for pair, label in zip(pairs, self._cube.read_labels(), strict=True):
            if pair not in self._labels:
                self._labels[pair] = self._brought(label, waiting.get(pair, []))

    def is_as_stored(self, pair: DatePair) -> bool:
        """Whether nobody, we included, wrote the pair since its planes were read."""
        stamp = self._stamps.get(pair)
        return self.holds(pair) and stamp == self._cube.annotations_stamp(pair)

    def forget(self, pair: DatePair) -> None:
        """Read the pair anew next time."""
        self.generation += 1
        self._masks.pop(pair, None)
        self._in_use.pop(pair, None)
        self._labels.pop(pair, None)
        self._stamps.pop(pair, None)

    def forget_all(self) -> None:
        """Read everything anew next time."""
        self.generation += 1
        self._masks.clear()
        self._in_use.clear()
        self._labels.clear()
        self._stamps.clear()

    def paint(self, patch: MaskPatch) -> Window:
        """Show a patch where the working copy holds what the patch replaces.

        Planes that are not here are not read for it: whoever reads them sees what waits.
        """
        self.generation += 1
        held = self._held(patch.pair)
        if held is not None:
            planes = held.planes()
            was = _at(patch, planes)
            _bring(patch, planes, Window.full(*held.activity.shape))
            self._count(patch, was, _at(patch, planes))
        return patch.window

    def painted(self, patch: MaskPatch) -> None:
        """A stroke has painted the live planes."""
        self.generation += 1
        self._count(patch, patch.before, patch.after)

    def set_field(self, patch: FieldPatch) -> None:
        """Show a changed field."""
        self.generation += 1
        change: dict[str, Any] = {patch.field: patch.after}
        self._labels[patch.pair] = replace(self.label(patch.pair), **change)

    def _count(self, patch: MaskPatch, was: Mapping[str, Codes], now: Mapping[str, Codes]) -> None:
        """Follow the codes of the pixels of a patch."""
        counted = self._tallies[patch.pair]
        self._tallies[patch.pair] = after_patches(counted, [replace(patch, before=was, after=now)])

    def _shrink(self) -> None:
        for pair in list(self._masks)[:-1]:
            if len(self._masks) <= _KEEP:
                return
            if not self._pinned(pair):
                del self._masks[pair]


def _bring(patch: MaskPatch, planes: dict[str, Codes], window: Window) -> None:
    """Put a patch into planes that lie on a window, where they hold what it replaces."""
    shared = patch.window.intersect(window)
    if shared is None:
        return
    bits, before, after = patch.bits, patch.before, patch.after
    if shared != patch.window:
        bits = bits[_within(patch.window, shared)]
        inside = np.zeros_like(patch.bits)
        inside[_within(patch.window, shared)] = bits
        chosen = inside[patch.bits]
        before = {name: codes[chosen] for name, codes in before.items()}
        after = {name: codes[chosen] for name, codes in after.items()}
    view = {name: plane[_within(window, shared)] for name, plane in planes.items()}
    values = {name: view[name][bits] for name in MASK_NAMES}
    matches: NDArray[np.bool_] = np.logical_and.reduce(
        [values[name] == before[name] for name in MASK_NAMES]
    )
    whole = bool(matches.all())
    if not whole:
        # As in the writer: planes that are read while the patch is being saved may have it in one
        # mask and not yet in another.
        matches = np.logical_and.reduce(
            [(values[n] == before[n]) | (values[n] == after[n]) for n in MASK_NAMES]
        )
    for name in MASK_NAMES:
        if not whole:
            values[name][matches] = after[name][matches]
        view[name][bits] = after[name] if whole else values[name]


def _tally(masks: Masks) -> Tally:
    return tally_planes(masks.instance, masks.activity, masks.intensity)


def _at(patch: MaskPatch, planes: Mapping[str, Codes]) -> dict[str, Codes]:
    """The codes of the pixels of a patch in planes of the frame."""
    return {name: planes[name][patch.window.slices][patch.bits] for name in MASK_NAMES}


@dataclass(frozen=True, slots=True)
class _Piece:
    """Pixels that one shape changed, and their codes before, in row order."""

    window: Window
    bits: NDArray[np.bool_]
    before: dict[str, Codes]


class Stroke:
    """One movement of a tool: it paints as it goes and becomes one patch, or nothing.

    It keeps what it changed and nothing of the frame's size: a dab costs the same on any frame.
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
        self.pair = pair
        self._masks = masks  # held: the working copy gives nobody others meanwhile
        self._planes = masks.planes()
        self._codes = paint.codes()
        self._commit = commit
        self._gate = gate
        self._pieces: list[_Piece] = []
        self.held_back = False
        """The gate has let nothing of a shape through that would have changed something."""

    @property
    def under_way(self) -> bool:
        """Whether it has painted and was neither made a step nor taken back."""
        return bool(self._pieces)

    def extend(self, shape: Shape | None) -> Window | None:
        """Paint a shape; returns the window that changed on screen."""
        if shape is None:
            return None
        at = shape.window.slices
        views = {name: plane[at] for name, plane in self._planes.items()}
        # what the stroke has painted holds its codes already, and is no change any more
        differs = np.logical_or.reduce([views[n] != self._codes[n] for n in MASK_NAMES])
        bits: NDArray[np.bool_] = shape.mask & differs
        wanted = bits
        if not self._gate.open:
            bits = self._gate.restrict(bits, shape.window, views["activity_type_mask"])
        changed = np.flatnonzero(bits)
        if not changed.size:
            self.held_back |= bool(wanted.any())
            return None
        before = {name: view.reshape(-1)[changed] for name, view in views.items()}
        for name, view in views.items():
            _write(view, bits, self._codes[name])
        self._pieces.append(_Piece(shape.window, bits, before))
        return shape.window

    def commit(self) -> object:
        """Make it a step; returns its StepInfo, or None when no pixel changed."""
        pieces, self._pieces = self._pieces, []
        return self._commit(self._patch(pieces) if pieces else None)

    def abort(self) -> Window | None:
        """Take back what was painted; returns the window to redraw."""
        pieces, self._pieces = self._pieces, []
        for piece in pieces:
            for name, codes in piece.before.items():
                self._planes[name][piece.window.slices][piece.bits] = codes
        return _around(pieces) if pieces else None

    def _patch(self, pieces: list[_Piece]) -> MaskPatch:
        """All pieces as one; no two of them share a pixel."""
        outer = _around(pieces)
        bits = np.zeros(outer.shape, bool)
        for piece in pieces:
            bits[_within(outer, piece.window)] |= piece.bits
        found = outer.around(bits)
        assert found is not None
        inner, at = found
        pixels = int(np.count_nonzero(bits))
        before = {name: _joined(name, pieces, outer, bits, pixels) for name in MASK_NAMES}
        after = {name: np.full(pixels, self._codes[name], np.uint8) for name in MASK_NAMES}
        return MaskPatch(self.pair, inner, bits[at].copy(), before, after)


def _write(view: Codes, bits: NDArray[np.bool_], code: int) -> None:
    """Give the pixels a code; written by index, a gate's speckled mask takes 20 times as long."""
    change = view ^ np.uint8(code)
    change &= np.negative(bits.view(np.uint8))  # all bits of a byte, or none
    view ^= change


def _joined(
    name: str, pieces: list[_Piece], outer: Window, bits: NDArray[np.bool_], pixels: int
) -> Codes:
    """The codes of all pieces in row order of the window that holds them."""
    first = pieces[0].before[name][0]
    if all((piece.before[name] == first).all() for piece in pieces):
        return np.full(pixels, first, np.uint8)  # nearly always: nothing was there
    plane = np.zeros(outer.shape, np.uint8)
    for piece in pieces:
        plane[_within(outer, piece.window)][piece.bits] = piece.before[name]
    return plane[bits]


def _around(pieces: list[_Piece]) -> Window:
    """The smallest window that holds all pieces."""
    return reduce(Window.union, (piece.window for piece in pieces))


def _within(outer: Window, window: Window) -> tuple[slice, slice]:
    """The index of a window in an array that lies on another around it."""
    row, col = window.row0 - outer.row0, window.col0 - outer.col0
    rows, cols = window.shape
    return slice(row, row + rows), slice(col, col + cols)
