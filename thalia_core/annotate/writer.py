"""Bringing an edit into the cube, pixel by pixel checked against what the writer had seen.

A pixel or field goes in when the cube still holds what it held before the edit (or already what it
holds after it, as after a crash). What someone else changed meanwhile stays as it is and is
returned as a conflict: edits of different pixels of one pair merge.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.patch import MASK_NAMES, Edit, FieldPatch, MaskPatch, Scalar
from thalia_core.annotate.records import Record
from thalia_core.cube.labels import BOOKKEEPING
from thalia_core.cube.store.edit import AnnotationWriter


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


def apply(record: Record, writer: AnnotationWriter) -> Conflict | None:
    """Write a record into the cube; the caller holds the cube's lock. Doing it twice is harmless.

    Raises:
        EditError, CubeError, OSError: The cube could not be written; the record stays open.
    """
    writer.refresh()
    edit = record.edit
    if edit.masks:
        writer.ensure(MASK_NAMES)
    writer.ensure(dict.fromkeys(patch.field for patch in edit.fields))
    masks = [lost for patch in edit.masks if (lost := _masks(patch, writer)) is not None]
    fields = [
        patch for patch in edit.fields if not _field(patch, writer, undo=record.kind == "undo")
    ]
    if not masks and not fields:
        return None
    return Conflict(record, Edit(tuple(masks), tuple(fields)))


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


def _field(patch: FieldPatch, writer: AnnotationWriter, *, undo: bool) -> bool:
    """Write a field if it may be written; False for a conflict."""
    now = writer.settled(patch.field, writer.read_value(patch.field, patch.pair))
    value = writer.settled(patch.field, patch.after)
    if _same(now, value):
        return True
    if not _same(now, writer.settled(patch.field, patch.before)):
        if patch.field not in BOOKKEEPING:
            return False
        if undo:
            return True  # someone edited later: the record of that edit stands
        if patch.field == "label_version":
            value = int(now or 0) + 1
    writer.write_value(patch.field, patch.pair, value)
    return True


def _same(one: Scalar, other: Scalar) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) < 1e-6
    return one == other
