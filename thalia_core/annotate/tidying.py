"""Tidying a mask up: holes, islands, grow, shrink, smooth. Pure functions.

All of them move the border between labelled and unlabelled pixels only: a pixel that joins takes
the class of the nearest chosen one, a border between two classes stays, and no other label is
painted over. Each works in the window of what is chosen and never on the whole frame.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.patch import Codes
from thalia_core.annotate.regions import (
    CLASS_NAMES,
    PATTERN_NAMES,
    Plane,
    Planes,
    box_of,
    enclosed,
    labelled,
    padded,
    part_of,
    pattern_at,
)
from thalia_core.annotate.shapes import Shape
from thalia_core.cube.geometry import Window

Tidy = Callable[["Piece"], Plane]
"""Which pixels of the piece's window are chosen afterwards."""

_SIGMAS = 3.0  # of the smoothing's weights that are counted


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the masks that is to be tidied up, cut out of the frame.

    Attributes:
        window: What was cut out.
        planes: Mask name -> codes, (rows, columns) of the window; copies.
        chosen: Its pixels, (rows, columns) of the window.
        box: Pixels outside of this part of the window stay as they are; None for no such bound.
    """

    window: Window
    planes: Planes
    chosen: Plane
    box: Window | None = None

    @property
    def labelled(self) -> Plane:
        """All labelled pixels of the window, chosen or not."""
        return labelled(self.planes["activity_type_mask"])


def choose(
    planes: Planes,
    margin: int,
    at: tuple[int, int] | None = None,
    activity: int | None = None,
    box: Window | None = None,
) -> Piece | None:
    """Cut out what is to be tidied up; None where nothing is labelled.

    Args:
        planes: Masks of the frame.
        margin: Pixels around it that the work may reach.
        at: (row, column): only the pattern that lies there; else all labelled pixels.
        activity: Only this activity type, all over the frame.
        box: Nothing outside of it changes.
    """
    plane = planes["activity_type_mask"]
    shape: Shape | None
    if at is not None:
        shape = pattern_at(planes, *at)
    else:
        marked = labelled(plane) if activity is None else plane == activity
        window = box_of(marked)
        shape = None if window is None else Shape(window, marked[window.slices])
    if shape is None:
        return None
    window = padded(shape.window, max(margin, 1), plane.shape)
    chosen = np.zeros(window.shape, bool)
    chosen[part_of(shape.window, window)] = shape.mask
    copies = {name: planes[name][window.slices].copy() for name in CLASS_NAMES}
    return Piece(window, copies, chosen, box)


def near(piece: Piece, margin: int) -> Piece | None:
    """The piece without what lies further from its box than the margin: for work that is local.

    None where none of it lies there.
    """
    if piece.box is None:
        return piece
    frame = (piece.window.row1, piece.window.col1)
    window = padded(piece.box, max(margin, 1), frame).intersect(piece.window)
    if window is None:
        return None
    part = part_of(window, piece.window)
    planes = {name: plane[part] for name, plane in piece.planes.items()}
    return Piece(window, planes, piece.chosen[part], piece.box)


def tidied(piece: Piece, tidy: Tidy) -> tuple[Window, dict[str, Codes]] | None:
    """The piece tidied up.

    Returns:
        The window that changes, and the codes of activity, intensity and instance there, for
        ``EditSession.repaint``; None when nothing changes.
    """
    after, free = tidy(piece), _free(piece)
    gone = piece.chosen & ~after & free
    come = after & ~piece.labelled & free
    found = piece.window.around(gone | come)
    if found is None:
        return None
    window, part = found
    result = {name: plane[part].copy() for name, plane in piece.planes.items()}
    come, gone = come[part], gone[part]
    if come.any():
        rows, cols = (index[part][come] for index in _nearest(piece.chosen))
        for name, plane in piece.planes.items():
            result[name][come] = plane[rows, cols]
    for plane in result.values():
        plane[gone] = 0
    return window, result


def fill_holes(piece: Piece) -> Plane:
    """Holes that the chosen pixels enclose become theirs, where they are unlabelled."""
    return piece.chosen | enclosed(piece.chosen)


def grow(pixels: float) -> Tidy:
    """All within that distance of a chosen pixel joins."""

    def tidy(piece: Piece) -> Plane:
        from scipy.ndimage import distance_transform_edt

        near: Plane = distance_transform_edt(~piece.chosen) <= pixels
        return near

    return tidy


def shrink(pixels: float) -> Tidy:
    """Chosen pixels within that distance of an unlabelled one go.

    The frame's edge and other classes hold: growing and then shrinking by as much gives back at
    least what there was.
    """

    def tidy(piece: Piece) -> Plane:
        from scipy.ndimage import distance_transform_edt

        marked = piece.labelled
        if marked.all():
            return piece.chosen
        inner: Plane = distance_transform_edt(marked) > pixels
        return piece.chosen & inner

    return tidy


def smooth(pixels: float) -> Tidy:
    """Round the outline off: thorns and bays narrower than about twice that width go."""

    def tidy(piece: Piece) -> Plane:
        from scipy.ndimage import gaussian_filter

        share = gaussian_filter(
            piece.labelled.astype(np.float32), pixels, mode="nearest", truncate=_SIGMAS
        )
        solid: Plane = share > 0.5
        joins: Plane = solid & ~piece.labelled
        if joins.any():
            joins &= piece.chosen[_nearest(piece.labelled)]
        return (piece.chosen & solid) | joins

    return tidy


def reach_of_smooth(pixels: float) -> int:
    """Margin that smoothing by that width needs."""
    return int(np.ceil(pixels * _SIGMAS)) + 1


def keep_largest(piece: Piece) -> Plane:
    """Of each pattern (activity type and instance) only its largest island stays."""

    def largest(sizes: NDArray[np.int64]) -> Plane:
        stays = np.zeros(len(sizes), bool)
        stays[sizes.argmax()] = True
        return stays

    return _islands_that_stay(piece, largest)


def drop_below(pixels: float) -> Tidy:
    """Islands of fewer pixels go."""

    def tidy(piece: Piece) -> Plane:
        return _islands_that_stay(piece, lambda sizes: sizes >= pixels)

    return tidy


def _islands_that_stay(piece: Piece, judge: Callable[[NDArray[np.int64]], Plane]) -> Plane:
    """The islands of each pattern that are judged well by their sizes, or reach out of the box."""
    from scipy.ndimage import label

    activity, instance = (piece.planes[name] for name in PATTERN_NAMES)
    keys = np.where(piece.chosen, activity.astype(np.int32) * 256 + instance, 0)
    free = _free(piece)
    after = np.zeros_like(piece.chosen)
    for key in np.unique(keys[piece.chosen]):
        islands, count = label(keys == key, np.ones((3, 3), bool))
        stays = np.zeros(count + 1, bool)
        stays[1:] = judge(np.bincount(islands.ravel(), minlength=count + 1)[1:])
        stays[islands[~free]] = True
        stays[0] = False
        after |= stays[islands]
    return after


def _free(piece: Piece) -> Plane:
    """Pixels of the window that may change."""
    free = np.ones(piece.window.shape, bool)
    if piece.box is not None:
        inside = piece.window.intersect(piece.box)
        free[...] = False
        if inside is not None:
            free[part_of(inside, piece.window)] = True
    return free


def _nearest(plane: Plane) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """(rows, columns) of the nearest set pixel of every pixel."""
    from scipy.ndimage import distance_transform_edt

    found = distance_transform_edt(~plane, return_distances=False, return_indices=True)
    rows, cols = np.asarray(found)
    return rows, cols
