"""A conflict on one pair, ready to be looked at: base, mine and theirs, in parts. Any thread."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.patch import Edit, FieldPatch, MaskPatch
from thalia_core.cube.geometry import Window
from thalia_viewer.canvas.layers import PlaneImage
from thalia_viewer.previews import (
    CHOSEN,
    MARKED,
    Scene,
    layer_under,
    pixels_of,
    tallness,
    window_of,
)

if TYPE_CHECKING:
    from thalia_core.annotate.disputes import Dispute
    from thalia_core.annotate.session import EditSession
    from thalia_core.cube.labels import PairLabel
    from thalia_core.cube.pairs import DatePair

Codes = NDArray[np.uint8]
_CORNERS = np.ones((3, 3), bool)
_LAYERS = ("activity_type_mask", "intensity_level_mask")


@dataclass(frozen=True, eq=False, slots=True)
class Case:
    """What stands against what on one pair.

    Attributes:
        dispute: The conflict.
        pair: The pair.
        image: The layer under the masks.
        tall: Height of a pixel in widths.
        theirs: Activity and intensity as they are now.
        edit: The part of the conflict that concerns the pair.
        parts: Connected parts of the pixels, numbered from 1, (rows, columns) of the frame.
        counts: Pixels of each part.
        label: The label as it is now.
        km2: Area of a pixel.
    """

    dispute: Dispute
    pair: DatePair
    image: PlaneImage | None
    tall: float
    theirs: tuple[Codes, Codes]
    edit: Edit
    parts: NDArray[np.int32]
    counts: tuple[int, ...]
    label: PairLabel
    km2: float

    @property
    def window(self) -> Window | None:
        """Where the pixels are; None where only fields are in question."""
        return window_of(self.edit, self.pair)

    @property
    def fields(self) -> tuple[FieldPatch, ...]:
        """The fields in question: ``before`` is the base, ``after`` mine."""
        return self.edit.fields

    def scene(self, side: str, mine: Collection[int]) -> Scene:
        """What a small picture shows.

        Args:
            side: ``base``, ``mine``, ``theirs`` or ``result``.
            mine: Numbers of the parts that are taken from mine.
        """
        planes = [plane.copy() for plane in self.theirs]
        taken = np.isin(self.parts, list(mine))
        for patch in self._painted(side):
            bits = patch.bits if side != "result" else patch.bits & taken[patch.window.slices]
            codes, keep = patch.before if side == "base" else patch.after, bits[patch.bits]
            for plane, name in zip(planes, _LAYERS, strict=True):
                plane[patch.window.slices][bits] = codes[name][keep]
        left = (self.parts > 0) & ~taken
        marks = ((left, MARKED), (taken, CHOSEN))[1 if side == "result" else 0 :]
        drawn = tuple((plane, style) for plane, style in marks if plane.any())
        return Scene(self.image, planes[0], planes[1], drawn, self.tall)

    def _painted(self, side: str) -> tuple[MaskPatch, ...]:
        """What is painted over theirs to have another side."""
        if side in ("base", "mine"):  # also what went in: base is before all of mine
            return tuple(p for p in self.dispute.whole.masks if p.pair == self.pair)
        return self.edit.masks if side == "result" else ()

    def split(self, mine: Collection[int], fields: Collection[str]) -> tuple[Edit, Edit]:
        """What is taken from mine, and what stays theirs."""
        taken = np.isin(self.parts, list(mine))
        masks: tuple[list[MaskPatch], list[MaskPatch]] = ([], [])
        for patch in self.edit.masks:
            keep = taken[patch.window.slices][patch.bits]
            for which, chosen in zip(masks, (keep, ~keep), strict=True):
                if chosen.any():
                    which.append(patch.only(chosen))
        own = tuple(p for p in self.fields if p.field in fields)
        others = tuple(p for p in self.fields if p.field not in fields)
        return Edit(tuple(masks[0]), own), Edit(tuple(masks[1]), others)


def cases_of(session: EditSession) -> tuple[Case, ...]:
    """All conflicts that wait, pair by pair, the oldest first."""
    cases = []
    for dispute in session.disputes.open():
        for pair in dispute.pairs:
            cases.append(_case(session, dispute, pair))
    return tuple(cases)


def _case(session: EditSession, dispute: Dispute, pair: DatePair) -> Case:
    from scipy import ndimage  # on its thread: the window starts without it

    whole, masks = dispute.edit, session.masks(pair)
    edit = Edit(
        tuple(patch for patch in whole.masks if patch.pair == pair),
        tuple(patch for patch in whole.fields if patch.pair == pair),
    )
    parts, count = ndimage.label(pixels_of(edit, pair, masks.activity.shape), _CORNERS)
    east, north = session.cube.geometry.pixel_metres()
    return Case(
        dispute=dispute,
        pair=pair,
        image=layer_under(session.cube, pair) if edit.masks else None,
        tall=tallness(session.cube),
        theirs=(masks.activity.copy(), masks.intensity.copy()),
        edit=edit,
        parts=parts.astype(np.int32),
        counts=tuple(int(n) for n in np.bincount(parts.ravel(), minlength=count + 1)[1:]),
        label=session.label(pair),
        km2=east * north / 1e6,
    )
