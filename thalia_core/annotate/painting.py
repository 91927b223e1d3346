"""A shape painted on a pair, as the patch of what changes."""

from collections.abc import Mapping

import numpy as np

from thalia_core.annotate.gates import OPEN, Gate
from thalia_core.annotate.patch import (
    MASK_NAMES,
    Codes,
    MaskPatch,
    Paint,
    are_alike,
    compact,
)
from thalia_core.annotate.shapes import Shape
from thalia_core.cube.pairs import DatePair


def shape_patch(
    pair: DatePair,
    shape: Shape,
    paint: Paint,
    before: Mapping[str, Codes],
    gate: Gate = OPEN,
) -> MaskPatch | None:
    """The patch that paints a shape; None when nothing changes.

    Where the masks hold one code each, as they nearly always do, no pixel is looked at one by one,
    and pairs that are painted with the same shape share its pixels.

    Args:
        pair: The pair.
        shape: Where to paint.
        paint: What the pixels become.
        before: Mask name -> plane of the shape's window.
        gate: Pixels that it holds back stay.
    """
    codes = paint.codes()
    even = {name for name in MASK_NAMES if are_alike(before[name])}
    bits = shape.mask
    if all(before[name].flat[0] == codes[name] for name in even):
        mixed = [before[name] != codes[name] for name in MASK_NAMES if name not in even]
        if not mixed:
            return None
        bits = bits & np.logical_or.reduce(mixed)
    if not gate.open:
        bits = gate.restrict(bits, shape.window, before["activity_type_mask"])
    found = shape.window.around(bits)
    if found is None:
        return None
    window, at = found
    if bits is not shape.mask or window != shape.window:
        bits = bits[at].copy()
    pixels = int(np.count_nonzero(bits))

    def were(name: str) -> Codes:
        if name in even:
            return np.broadcast_to(np.uint8(before[name].flat[0]), pixels)
        return compact(before[name][at][bits])

    after = {name: np.broadcast_to(np.uint8(codes[name]), pixels) for name in MASK_NAMES}
    return MaskPatch(pair, window, bits, {name: were(name) for name in MASK_NAMES}, after)
