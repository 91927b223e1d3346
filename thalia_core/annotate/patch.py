"""An edit as a value that carries its own inverse.

A patch keeps only the pixels that truly change: a window, one bit a pixel, and the codes of all
four masks before and after. It changes nothing itself; ``writer`` and ``working`` apply it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import Activity, Intensity, deformation_of
from thalia_core.cube.pairs import DatePair
from thalia_core.errors import EditError

if TYPE_CHECKING:
    from thalia_core.annotate.proposals import ProposalPatch

MASK_NAMES = (
    "deformation_mask",
    "activity_type_mask",
    "intensity_level_mask",
    "instance_mask",
)
Codes = NDArray[np.uint8]
Scalar = int | float | str | None

DEFORMATION_OF: Codes = np.array([deformation_of(code) for code in range(256)], np.uint8)
"""``deformation_mask`` code of every activity code; unknown activities count as volcanic."""


@dataclass(frozen=True, slots=True)
class Paint:
    """What a tool leaves on a pixel.

    Raises:
        EditError: The combination is not legal (earthquakes have no intensity).
    """

    activity: int
    intensity: int = Intensity.NONE
    instance: int = 1

    def __post_init__(self) -> None:
        if self.activity not in set(map(int, Activity)) or self.intensity not in set(
            map(int, Intensity)
        ):
            raise EditError(f"no such class: activity {self.activity}, intensity {self.intensity}")
        if self.activity in (Activity.NONE, Activity.EARTHQUAKE) and self.intensity:
            raise EditError(
                f"{Activity(self.activity).name.capitalize()} has no intensity",
                why="intensity counts the fringes of volcanic deformation",
                fix="leave the intensity at None",
            )

    def codes(self) -> dict[str, int]:
        """Code of each mask under this paint."""
        instance = self.instance if self.activity else 0
        values = (deformation_of(self.activity), self.activity, self.intensity, instance)
        return dict(zip(MASK_NAMES, values, strict=True))


ERASE = Paint(Activity.NONE)


@dataclass(frozen=True, slots=True)
class MaskPatch:
    """Changed pixels of the masks of one pair.

    Attributes:
        pair: The pair.
        window: Smallest window that holds the pixels.
        bits: Which pixels change, (rows, columns) of the window.
        before: Mask name -> codes of those pixels in row order, (n,); 255 for no value.
        after: The same after the edit.
    """

    pair: DatePair
    window: Window
    bits: NDArray[np.bool_]
    before: Mapping[str, Codes]
    after: Mapping[str, Codes]

    @property
    def pixels(self) -> int:
        """How many pixels change."""
        return int(np.count_nonzero(self.bits))

    def inverse(self) -> "MaskPatch":
        """The patch that takes this one back."""
        return MaskPatch(self.pair, self.window, self.bits, self.after, self.before)

    def only(self, keep: NDArray[np.bool_]) -> "MaskPatch":
        """The patch restricted to some of its pixels; ``keep`` is (n,)."""
        bits = np.zeros_like(self.bits)
        bits[self.bits] = keep
        before = {name: codes[keep] for name, codes in self.before.items()}
        after = {name: codes[keep] for name, codes in self.after.items()}
        return MaskPatch(self.pair, self.window, bits, before, after)


@dataclass(frozen=True, slots=True)
class FieldPatch:
    """A changed pair variable."""

    pair: DatePair
    field: str
    before: Scalar
    after: Scalar

    def inverse(self) -> "FieldPatch":
        """The patch that takes this one back."""
        return FieldPatch(self.pair, self.field, self.after, self.before)


@dataclass(frozen=True, slots=True)
class Edit:
    """What a person did in one step, on one pair or several.

    Attributes:
        masks: Pixels that change.
        fields: Pair variables that change.
        proposals: Proposals that appear or go. They are no labels: nothing of them is in the cube.
        sources: Further pairs to whose history the step belongs, such as the one copied from.
    """

    masks: tuple[MaskPatch, ...] = ()
    fields: tuple[FieldPatch, ...] = ()
    proposals: "tuple[ProposalPatch, ...]" = ()
    sources: tuple[DatePair, ...] = ()

    def inverse(self) -> "Edit":
        """The edit that takes this one back."""
        return Edit(
            tuple(patch.inverse() for patch in self.masks),
            tuple(patch.inverse() for patch in self.fields),
            tuple(patch.inverse() for patch in self.proposals),
            self.sources,
        )

    @property
    def pairs(self) -> tuple[DatePair, ...]:
        """The pairs it touches, sorted."""
        proposed = {patch.pair for patch in self.proposals}
        return tuple(sorted({*self.labelled} | proposed | {*self.sources}))

    @property
    def labelled(self) -> tuple[DatePair, ...]:
        """The pairs whose masks or labels it changes in the cube, sorted."""
        return tuple(sorted({p.pair for p in self.masks} | {p.pair for p in self.fields}))

    @property
    def empty(self) -> bool:
        """True when it changes nothing."""
        return not (self.masks or self.fields or self.proposals)


def codes_in(codes: Codes) -> Codes:
    """The codes that occur, sorted."""
    if are_alike(codes):  # of a stroke: twenty times as quick
        return codes[:1]
    return np.flatnonzero(np.bincount(codes)).astype(np.uint8)


def mask_patch(
    pair: DatePair,
    window: Window,
    touched: NDArray[np.bool_],
    before: Mapping[str, Codes],
    after: Mapping[str, Codes],
) -> MaskPatch | None:
    """The patch of the touched pixels that truly differ, in their smallest window; None if none.

    Args:
        pair: The pair.
        window: Where the planes lie in the frame.
        touched: Candidate pixels, (rows, columns) of the window.
        before: Mask name -> plane of the window before.
        after: Mask name -> plane of the window after.
    """
    changed = np.zeros(window.shape, bool)
    for name in MASK_NAMES:
        changed |= before[name] != after[name]
    changed &= touched
    found = window.around(changed)
    if found is None:
        return None
    outer, at = found
    bits = changed[at].copy()
    return MaskPatch(
        pair,
        outer,
        bits,
        {name: compact(before[name][at][bits]) for name in MASK_NAMES},
        {name: compact(after[name][at][bits]) for name in MASK_NAMES},
    )


def compact(codes: Codes) -> Codes:
    """The same codes to read; where all are alike, as most are, without memory for each pixel."""
    return np.broadcast_to(codes[0], codes.shape) if are_alike(codes) else codes


def are_alike(codes: Codes) -> bool:
    """Whether there is one code only, and at least one pixel."""
    if not codes.size:
        return False
    one_for_all = not any(codes.strides)  # as :func:`compact` keeps them
    return one_for_all or bool(codes.min() == codes.max())
