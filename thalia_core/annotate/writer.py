"""Bringing an edit into the cube, pixel by pixel checked against what the writer had seen.

A pixel or field goes in when the cube still holds what it held before the edit (or already what it
holds after it, as after a crash). What someone else changed meanwhile stays as it is and is
returned as a conflict: edits of different pixels of one pair merge.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.agreement import crowd_of, merged
from thalia_core.annotate.history import without
from thalia_core.annotate.instances import read_instances
from thalia_core.annotate.patch import MASK_NAMES, Codes, Edit, FieldPatch, MaskPatch, Scalar
from thalia_core.annotate.records import Chunk, Record
from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import BOOKKEEPING, UNKNOWN_BIT
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import MASK_ACTIVITIES, MASK_INTENSITIES, MISSING
from thalia_core.cube.store.edit import AnnotationWriter
from thalia_core.cube.store.vacant import Made
from thalia_core.errors import CubeError

NOTHING = Edit()
NO_CHUNKS: Made = {}
_KEPT, _CONFLICT = object(), object()
_NOTED = {MASK_ACTIVITIES: "activity_type_mask", MASK_INTENSITIES: "intensity_level_mask"}
"""Pair variable -> the mask of whose classes it tells."""
_BIT_OF: Codes = np.array([1 << min(code, UNKNOWN_BIT) for code in range(256)], np.uint8)
"""Code of a mask -> its bit in a set."""
_BIT_OF[[0, MISSING]] = 0


@dataclass(frozen=True, slots=True)
class Conflict:
    """The part of a record that did not go in, because the same pixels or fields had changed."""

    record: Record
    edit: Edit

    def __str__(self) -> str:
        pixels = sum(patch.pixels for patch in self.edit.masks)
        parts = [f"{pixels} pixels"] if pixels else []
        parts += [patch.field for patch in self.edit.fields]
        pairs = ", ".join(str(pair) for pair in self.edit.pairs)
        return f"{' and '.join(parts)} of {pairs} were changed by someone else since you read them"


def apply(
    record: Record, writer: AnnotationWriter, made: Made = NO_CHUNKS, kept_out: Edit = NOTHING
) -> Conflict | None:
    """Write a record into the cube; the caller holds the cube's lock. Doing it twice is harmless.

    Args:
        record: What to write.
        writer: Of the cube.
        made: The chunks that edits made; they go again when nothing is left in them.
        kept_out: Part of the record that does not go in, whatever the cube holds.

    Raises:
        EditError, CubeError, OSError: The cube could not be written; the record stays open.
    """
    writer.refresh()
    edit = without(record.edit, kept_out)
    if edit.masks:
        writer.ensure(MASK_NAMES)
    writer.ensure(dict.fromkeys(patch.field for patch in edit.fields))
    masks = [lost for patch in edit.masks if (lost := _masks(patch, writer)) is not None]
    _note_classes([*dict.fromkeys(patch.pair for patch in edit.masks)], writer)
    fields = _fields(edit.fields, writer, undo=record.kind == "undo")
    for name, pairs, window in _touched(edit):
        writer.drop_vacant(name, pairs, window, made)
    masks += [lost for patch in kept_out.masks if (lost := _differing(patch, writer)) is not None]
    fields += [patch for patch in kept_out.fields if not _is_so(patch, writer)]
    if not masks and not fields:
        return None
    return Conflict(record, Edit(tuple(masks), tuple(fields)))


def missing(edit: Edit, writer: AnnotationWriter) -> tuple[Chunk, ...]:
    """The chunks that an edit would make, as a record keeps them. Needs no lock."""
    return tuple(
        (name, pair, tile)
        for name, pairs, window in _touched(edit)
        for pair, tile in writer.missing(name, pairs, window)
    )


def _touched(edit: Edit) -> Iterator[tuple[str, list[DatePair], Window | None]]:
    """What an edit writes: a variable, the pairs, and where in their planes."""
    for patch in edit.masks:
        for name in MASK_NAMES:
            yield name, [patch.pair], patch.window
    if edit.masks:
        drawn = list(dict.fromkeys(patch.pair for patch in edit.masks))
        yield from ((name, drawn, None) for name in _NOTED)
    for name in dict.fromkeys(patch.field for patch in edit.fields):
        pairs = [patch.pair for patch in edit.fields if patch.field == name]
        yield name, pairs, None
        if name == "instances":
            yield "is_crowd", pairs, None


def _masks(patch: MaskPatch, writer: AnnotationWriter) -> MaskPatch | None:
    """Write the pixels that may go in; return those that may not."""
    planes = {name: writer.read_codes(name, patch.pair, patch.window) for name in MASK_NAMES}
    allowed: NDArray[np.bool_] = np.ones(patch.pixels, bool)
    for name in MASK_NAMES:
        now = planes[name][patch.bits]
        # after a crash some masks may be written and others not
        allowed &= (now == patch.before[name]) | (now == patch.after[name])
    for name in MASK_NAMES:
        plane = np.array(planes[name])
        values = plane[patch.bits]
        values[allowed] = patch.after[name][allowed]
        plane[patch.bits] = values
        if not np.array_equal(plane, planes[name]):
            writer.write_codes(name, patch.pair, patch.window, plane)
    return None if allowed.all() else patch.only(~allowed)


def _differing(patch: MaskPatch, writer: AnnotationWriter) -> MaskPatch | None:
    """The pixels that do not hold already what the patch would bring."""
    other: NDArray[np.bool_] = np.zeros(patch.pixels, bool)
    for name in MASK_NAMES:
        now = writer.read_codes(name, patch.pair, patch.window)[patch.bits]
        other |= now != patch.after[name]
    return patch.only(other) if other.any() else None


def _is_so(patch: FieldPatch, writer: AnnotationWriter) -> bool:
    """Whether the field holds already what the patch would bring."""
    (now,) = writer.read_values(patch.field, [patch.pair])
    return _same(writer.settled(patch.field, now), writer.settled(patch.field, patch.after))


def _note_classes(pairs: Sequence[DatePair], writer: AnnotationWriter) -> None:
    """Note which classes the masks of pairs hold now, after a stroke or its undo alike.

    A label says what a person wrote; this says what is drawn, so that both are found.
    """
    for name, mask in _NOTED.items():
        noted: dict[DatePair, Scalar] = {}
        for pair in pairs:
            with suppress(CubeError):  # a chunk damaged elsewhere must not hold up the edit
                noted[pair] = _bits(writer.read_codes(mask, pair, writer.whole))
        if noted:
            writer.ensure([name])
            writer.write_values(name, noted)


def _bits(codes: Codes) -> int:
    """The codes of a mask as a set, one bit each, 0 for none."""
    return int(np.bitwise_or.reduce(_BIT_OF[codes], axis=None))


def _fields(
    patches: Sequence[FieldPatch], writer: AnnotationWriter, *, undo: bool
) -> list[FieldPatch]:
    """Write the fields that may be written; return the others, which conflict."""
    conflicts: list[FieldPatch] = []
    for name in dict.fromkeys(patch.field for patch in patches):
        of_name = [patch for patch in patches if patch.field == name]
        values: dict[DatePair, Scalar] = {}
        stored = writer.read_values(name, [patch.pair for patch in of_name])
        for patch, now in zip(of_name, stored, strict=True):
            settled = _settled(patch, writer.settled(name, now), writer, undo=undo)
            if settled is _CONFLICT:
                conflicts.append(patch)
            elif settled is not _KEPT:
                values[patch.pair] = settled
        if values:
            writer.write_values(name, values)
        if name == "instances":
            _count_patterns(of_name, stored, writer)
    return conflicts


def _count_patterns(
    patches: Sequence[FieldPatch], stored: Sequence[Scalar], writer: AnnotationWriter
) -> None:
    """``is_crowd`` where a record came about from two."""
    crowds: dict[DatePair, Scalar] = {}
    for patch, was in zip(patches, stored, strict=True):
        (now,) = writer.read_values("instances", [patch.pair])
        wanted = writer.settled("instances", patch.after)  # as it is read: no text is an empty one
        if (
            now not in (was, patch.after, wanted)
            and (listed := read_instances(str(now))) is not None
        ):
            crowds[patch.pair] = crowd_of(listed)
    if crowds:
        writer.ensure(["is_crowd"])
        writer.write_values("is_crowd", crowds)


def _settled(patch: FieldPatch, now: Scalar, writer: AnnotationWriter, *, undo: bool) -> Any:
    """The value to write, or that the present one stays, or that somebody changed it."""
    value = writer.settled(patch.field, patch.after)
    if _same(now, value):
        return _KEPT
    if _same(now, writer.settled(patch.field, patch.before)):
        return value
    if patch.field == "instances":  # whose entries are of different patterns
        both = merged(*(None if v is None else str(v) for v in (patch.before, patch.after, now)))
        return _CONFLICT if both is None else _KEPT if both == now else both
    if patch.field not in BOOKKEEPING:
        return _CONFLICT
    if undo:
        return _KEPT  # someone edited later: the record of that edit stands
    return int(now or 0) + 1 if patch.field == "label_version" else value


def _same(one: Scalar, other: Scalar) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) < 1e-6
    return one == other
