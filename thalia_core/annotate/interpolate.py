"""A mask between two masks, by the distance from their edges.

Each mask is a field of signed distances to its edge, positive inside. The mask at a share t of the
way is where (1 - t) times the first field plus t times the second is positive: at the ends it is
the masks themselves, and of two nested ones it grows steadily from the smaller to the larger.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from thalia_core.annotate.copying import Painted, painted_as
from thalia_core.annotate.shapes import Shape
from thalia_core.cube.geometry import Window

Mask = NDArray[np.bool_]


class Between:
    """Two masks and all that lie between them.

    Args:
        first: What the first pair shows; shapes that do not overlap, at least one.
        second: What the second one shows.
    """

    def __init__(self, first: Painted, second: Painted) -> None:
        self._window = _around((*first, *second))
        self._sides = [_Side(painted, self._window) for painted in (first, second)]

    def at(self, share: float) -> Painted:
        """The mask at a share of the way from the first (0) to the second (1).

        The class of a pixel is that of the nearest pixel of the nearer mask. Nothing is left where
        two masks lie farther apart than they are large.
        """
        first, second = self._sides
        inside = (1 - share) * first.distance + share * second.distance > 0
        nearer = first if share < 0.5 else second
        return painted_as(np.where(inside, nearer.classes, 0), nearer.paints, self._window)


class _Side:
    """Signed distances from the edge of a mask, and the class nearest to every pixel."""

    def __init__(self, painted: Painted, window: Window) -> None:
        self.paints = [paint for _, paint in painted]
        numbers = np.zeros(window.shape, np.int32)
        for number, (shape, _) in enumerate(painted, 1):
            numbers[_within(shape, window)][shape.mask] = number
        inside = numbers > 0
        far, nearest = ndimage.distance_transform_edt(~inside, return_indices=True)
        # the edge runs half a pixel from the centres on either side of it
        deep = ndimage.distance_transform_edt(inside)
        self.distance = np.where(inside, deep - 0.5, 0.5 - far)
        self.classes = numbers[tuple(nearest)]


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
