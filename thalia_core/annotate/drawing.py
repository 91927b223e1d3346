"""What shall be painted on pairs and said of them, as patches of what is there now."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from thalia_core.annotate.gates import Gate
from thalia_core.annotate.labelling import Settle, cached, field_patches
from thalia_core.annotate.painting import shape_patch
from thalia_core.annotate.patch import (
    DEFORMATION_OF,
    Codes,
    Edit,
    FieldPatch,
    MaskPatch,
    Paint,
    Scalar,
    mask_patch,
)
from thalia_core.annotate.shapes import Shape
from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import PairLabel
from thalia_core.cube.pairs import DatePair

CodesIn = Callable[[DatePair, Window], Mapping[str, Codes]]
"""Gives the masks of a pair in a window by schema name, as edited."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What shall be said about a pair.

    Attributes:
        pair: The pair.
        shapes: Where to paint what; no two may overlap.
        fields: Pair variables to set.
    """

    pair: DatePair
    shapes: tuple[tuple[Shape, Paint], ...] = ()
    fields: Mapping[str, Scalar] = field(default_factory=dict)


def drawn(
    drawings: Iterable[Drawing],
    codes_in: CodesIn,
    label_of: Callable[[DatePair], PairLabel],
    settle: Settle,
) -> Edit:
    """The edit that makes pairs show and say what is wanted.

    Args:
        drawings: What is wanted, of any number of pairs.
        codes_in: Gives the masks as they are.
        label_of: Gives a label as it is.
        settle: Gives a value as the cube keeps it.

    Raises:
        EditError: A value is not legal.
    """
    settle = cached(settle)  # it looks at the disk
    masks: list[MaskPatch] = []
    fields: list[FieldPatch] = []
    for drawing in drawings:
        masks += _painted(drawing, codes_in)
        label = label_of(drawing.pair)
        fields += field_patches(drawing.pair, label, drawing.fields, settle)
    return Edit(tuple(masks), tuple(fields))


def shown(drawing: Drawing, planes: Mapping[str, Codes]) -> bool:
    """Whether planes, (rows, columns) of the frame, show already what shall be painted."""
    return all(
        (planes[name][shape.window.slices][shape.mask] == code).all()
        for shape, paint in drawing.shapes
        for name, code in paint.codes().items()
    )


def repainted(
    pair: DatePair,
    window: Window,
    before: Mapping[str, Codes],
    after: Mapping[str, Codes],
    gate: Gate,
) -> MaskPatch | None:
    """The patch that gives the masks other codes, pixel by pixel; None when nothing changes.

    Args:
        pair: The pair.
        window: Where.
        before: All masks by schema name, (rows, columns) of the window.
        after: The same of those that change. ``deformation_mask`` follows the activity types where
            those change, unless it is given too.
        gate: Pixels that it holds back stay.
    """
    now = {**before, **after}
    activity, old = now["activity_type_mask"], before["activity_type_mask"]
    if "deformation_mask" not in after:
        now["deformation_mask"] = np.where(
            activity == old, before["deformation_mask"], DEFORMATION_OF[activity]
        )
    touched = gate.restrict(np.ones(window.shape, bool), window, old)
    return mask_patch(pair, window, touched, before, now)


def _painted(drawing: Drawing, codes_in: CodesIn) -> list[MaskPatch]:
    pair = drawing.pair
    patches = (
        shape_patch(pair, shape, paint, codes_in(pair, shape.window))
        for shape, paint in drawing.shapes
    )
    return [patch for patch in patches if patch is not None]
