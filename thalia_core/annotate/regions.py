"""Connected regions of a mask: what lies under a click. Pure functions on planes of the frame.

The work follows the region, not the frame: a window around the place grows, where the region goes
on, until it holds the whole of it. Labelled pixels hang together across corners, unlabelled ones do
not, so that a ring of pixels that touch at their corners is closed. scipy is imported at the first
use: let a thread do that (``prepare``).
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.patch import Codes
from thalia_core.annotate.shapes import Shape
from thalia_core.cube.geometry import Window
from thalia_core.cube.schema import MISSING

Plane = NDArray[np.bool_]
Planes = Mapping[str, Codes]
"""Mask name -> codes, (rows, columns) of the frame."""

CLASS_NAMES = ("activity_type_mask", "intensity_level_mask", "instance_mask")
"""Masks that together are the class of a pixel; ``deformation_mask`` follows from the first."""
PATTERN_NAMES = ("activity_type_mask", "instance_mask")
"""Masks that tell one deformation pattern from another; its intensity may vary."""

_ACROSS = np.ones((3, 3), bool)
_FIRST = 96  # pixels around the click that are looked at first


def prepare() -> None:
    """Import what the functions of this module need."""
    import scipy.ndimage  # noqa: F401


def labelled(activity: Codes) -> Plane:
    """Pixels with an activity type; where no value is recorded there is none."""
    marked: Plane = (activity != 0) & (activity != MISSING)
    return marked


def box_of(plane: Plane) -> Window | None:
    """The smallest window that holds the set pixels."""
    found = Window.full(*plane.shape).around(plane)
    return None if found is None else found[0]


def padded(window: Window, by: int, shape: tuple[int, int]) -> Window:
    """A window with that many pixels more on each side, as far as the frame goes."""
    rows, cols = shape
    return Window(
        max(window.row0 - by, 0),
        min(window.row1 + by, rows),
        max(window.col0 - by, 0),
        min(window.col1 + by, cols),
    )


def part_of(inner: Window, outer: Window) -> tuple[slice, slice]:
    """Index of a window in the array of another one that holds it."""
    return (
        slice(inner.row0 - outer.row0, inner.row1 - outer.row0),
        slice(inner.col0 - outer.col0, inner.col1 - outer.col0),
    )


def pattern_at(planes: Planes, row: int, col: int) -> Shape | None:
    """The connected pixels of one activity type and instance, whatever their intensity.

    None on an unlabelled pixel.
    """
    if not labelled(planes["activity_type_mask"][row : row + 1, col : col + 1]).any():
        return None
    return _alike(planes, PATTERN_NAMES, row, col)


def class_at(planes: Planes, row: int, col: int) -> Shape | None:
    """The connected pixels of exactly the class of this one; None on an unlabelled pixel."""
    if not labelled(planes["activity_type_mask"][row : row + 1, col : col + 1]).any():
        return None
    return _alike(planes, CLASS_NAMES, row, col)


def enclosed(plane: Plane) -> Plane:
    """Holes: clear pixels from which no way over clear pixels leads to the edge of the plane."""
    from scipy import ndimage

    regions, count = ndimage.label(~plane)
    open_ = np.zeros(count + 1, bool)
    open_[0] = True
    for edge in (regions[0], regions[-1], regions[:, 0], regions[:, -1]):
        open_[edge] = True
    holes: Plane = ~open_[regions]
    return holes


def holes_of(activity: Codes) -> Shape | None:
    """All unlabelled pixels that labelled ones enclose; None where there is no hole.

    The edge of the frame encloses nothing.
    """
    marked = labelled(activity)
    box = box_of(marked)
    if box is None:
        return None
    holes = enclosed(marked[box.slices])
    found = box.around(holes)
    return None if found is None else Shape(found[0], holes[found[1]])


def hole_at(holes: Shape, row: int, col: int) -> Shape | None:
    """The one hole of several that holds a pixel of the frame, or None."""
    window = holes.window
    if not (window.row0 <= row < window.row1 and window.col0 <= col < window.col1):
        return None
    row, col = row - window.row0, col - window.col0
    if not holes.mask[row, col]:
        return None
    found = component(lambda part: holes.mask[part.slices], row, col, window.shape, across=False)
    inner = found.window
    return Shape(
        Window(
            inner.row0 + window.row0,
            inner.row1 + window.row0,
            inner.col0 + window.col0,
            inner.col1 + window.col0,
        ),
        found.mask,
    )


def component(
    member: Callable[[Window], Plane],
    row: int,
    col: int,
    shape: tuple[int, int],
    across: bool = True,
) -> Shape:
    """The connected members around a pixel that is one.

    Args:
        member: Which pixels of a window belong to it, (rows, columns) of the window.
        row: Row of the pixel.
        col: Its column.
        shape: (rows, columns) of the frame.
        across: Pixels that touch at a corner hang together.
    """
    from scipy import ndimage

    window = padded(Window(row, row + 1, col, col + 1), _FIRST, shape)
    while True:
        regions, _ = ndimage.label(member(window), _ACROSS if across else None)
        mask = regions == regions[row - window.row0, col - window.col0]
        found = window.around(mask)
        assert found is not None, "the pixel itself belongs to it"
        inner, at = found
        wider = _wider(window, inner, shape)
        if wider == window:
            return Shape(inner, mask[at])
        window = wider


def _alike(planes: Planes, names: tuple[str, ...], row: int, col: int) -> Shape:
    def member(window: Window) -> Plane:
        same = np.ones(window.shape, bool)
        for name in names:
            same &= planes[name][window.slices] == planes[name][row, col]
        return same

    return component(member, row, col, planes[names[0]].shape)


def _wider(window: Window, inner: Window, shape: tuple[int, int]) -> Window:
    """The window, larger by its size on each side where a region in it may go on."""
    rows, cols = window.shape
    return Window(
        max(window.row0 - rows, 0) if inner.row0 == window.row0 else window.row0,
        min(window.row1 + rows, shape[0]) if inner.row1 == window.row1 else window.row1,
        max(window.col0 - cols, 0) if inner.col0 == window.col0 else window.col0,
        min(window.col1 + cols, shape[1]) if inner.col1 == window.col1 else window.col1,
    )
