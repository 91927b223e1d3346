"""A mask between two masks, by the distance from their edges.

Each mask is a field of signed distances to its edge, positive inside. The mask at a share t of the
way is where (1 - t) times the first field plus t times the second is positive: at the ends it is
the masks themselves, and of two nested ones it grows steadily from the smaller to the larger.

Masks that hardly lie on one another would vanish half way. Those are laid upon each other first,
centre on centre, and what lies between them is moved along the line between the centres.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from thalia_core.annotate.copying import Painted, painted_as
from thalia_core.annotate.shapes import Shape
from thalia_core.cube.geometry import Window

Mask = NDArray[np.bool_]
Way = tuple[float, float]
"""Rows and columns."""
_APART = 0.5
"""Share of the smaller mask that lies outside the larger one from which on the masks move."""


class Between:
    """Two masks and all that lie between them.

    Args:
        first: What the first pair shows; shapes that do not overlap, at least one.
        second: What the second one shows.
    """

    def __init__(self, first: Painted, second: Painted) -> None:
        self._window = _around((*first, *second))
        self._sides = [_Side(painted, self._window) for painted in (first, second)]
        one, other = self._sides
        self._way = (0.0, 0.0)
        if _apart(one.inside, other.inside):
            self._way = (other.centre[0] - one.centre[0], other.centre[1] - one.centre[1])

    def at(self, share: float) -> Painted:
        """The mask at a share of the way from the first (0) to the second (1).

        The class of a pixel is that of the nearest pixel of the nearer mask.
        """
        first, second = self._sides
        gone = (self._way[0] * share, self._way[1] * share)
        left = (gone[0] - self._way[0], gone[1] - self._way[1])
        field = (1 - share) * first.distance_at(gone) + share * second.distance_at(left)
        nearer, moved = (first, gone) if share < 0.5 else (second, left)
        numbers = np.where(field > 0, nearer.classes_at(moved), 0)
        return painted_as(numbers, nearer.paints, self._window)


class _Side:
    """Signed distances from the edge of a mask, and the class nearest to every pixel."""

    def __init__(self, painted: Painted, window: Window) -> None:
        self.paints = [paint for _, paint in painted]
        numbers = np.zeros(window.shape, np.int32)
        for number, (shape, _) in enumerate(painted, 1):
            numbers[_within(shape, window)][shape.mask] = number
        self.inside = numbers > 0
        rows, cols = np.nonzero(self.inside)
        self.centre: Way = (float(rows.mean()), float(cols.mean()))
        far, nearest = ndimage.distance_transform_edt(~self.inside, return_indices=True)
        # the edge runs half a pixel from the centres on either side of it
        deep = ndimage.distance_transform_edt(self.inside)
        self._distance = np.where(self.inside, deep - 0.5, 0.5 - far)
        self._classes = numbers[tuple(nearest)]

    def distance_at(self, way: Way) -> NDArray[np.float64]:
        """The distances of the mask moved by so much; what comes from beyond is far outside."""
        if way == (0.0, 0.0):
            return self._distance
        away = -float(np.hypot(*self._distance.shape))
        return np.asarray(ndimage.shift(self._distance, way, order=1, cval=away), np.float64)

    def classes_at(self, way: Way) -> NDArray[np.int32]:
        """The classes of the mask moved by so much, to the nearest pixel."""
        return np.asarray(ndimage.shift(self._classes, way, order=0, mode="nearest"), np.int32)


def _apart(one: Mask, other: Mask) -> bool:
    shared = np.count_nonzero(one & other)
    return bool(shared < (1 - _APART) * min(np.count_nonzero(one), np.count_nonzero(other)))


def _around(painted: Painted) -> Window:
    """All shapes with a pixel around them, so that every mask has an edge."""
    window = painted[0][0].window
    for shape, _ in painted:
        window = window.union(shape.window)
    return Window(window.row0 - 1, window.row1 + 1, window.col0 - 1, window.col1 + 1)


def _within(shape: Shape, outer: Window) -> tuple[slice, slice]:
    inner = shape.window
    return (
        slice(inner.row0 - outer.row0, inner.row1 - outer.row0),
        slice(inner.col0 - outer.col0, inner.col1 - outer.col0),
    )
