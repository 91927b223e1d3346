"""Where an event happened: outlines on the ground that survive another grid.

A footprint taken from a mask follows the edges of its pixels, so that on the same grid it gives
back exactly those pixels.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.shapes import Shape, polygon
from thalia_core.cube.geometry import Geometry, Window
from thalia_core.errors import EditError

Place = tuple[float, float]
_Corner = tuple[int, int]
_TURNS: dict[_Corner, tuple[_Corner, ...]] = {
    (0, 1): ((1, 0), (0, 1), (-1, 0)),
    (1, 0): ((0, -1), (1, 0), (0, 1)),
    (0, -1): ((-1, 0), (0, -1), (1, 0)),
    (-1, 0): ((0, 1), (-1, 0), (0, -1)),
}
"""Where an outline goes on, by its direction (down, right): rather to the right, round a pixel that
touches another one at a corner only."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """Rings of corners; what lies in an odd number of them is inside, so that holes are rings too.

    Attributes:
        rings: Each of three or more (longitude, latitude) in degrees, or (easting, northing) where
            the grid is projected.

    Raises:
        EditError: A ring is none, or a coordinate is not finite.
    """

    rings: tuple[tuple[Place, ...], ...]

    def __post_init__(self) -> None:
        for ring in self.rings:
            if len(ring) < 3:
                raise EditError("not a footprint", why="a ring needs at least three corners")
        if not self.rings or not np.isfinite([c for ring in self.rings for c in ring]).all():
            raise EditError("not a footprint", why="it has no ring, or a corner is not finite")

    @classmethod
    def of_shape(cls, shape: Shape, grid: Geometry) -> "Footprint":
        """The outline of pixels of a frame.

        Raises:
            EditError: No pixel is set.
        """
        corner = shape.window.row0 - 0.5, shape.window.col0 - 0.5
        return cls(
            tuple(
                tuple(grid.lonlat(corner[0] + row, corner[1] + col) for row, col in ring)
                for ring in _outlines(shape.mask)
            )
        )

    @classmethod
    def of_rings(cls, rings: Iterable[Iterable[Sequence[float]]]) -> "Footprint":
        """From lists as JSON has them."""
        return cls(tuple(tuple((float(x), float(y)) for x, y in ring) for ring in rings))

    def shape_on(self, grid: Geometry) -> Shape:
        """The pixels of a frame whose centres lie inside.

        Raises:
            EditError: There are none.
        """
        plane = np.zeros(grid.shape, bool)
        for ring in self.rings:
            # a vertex typed on a pixel centre lies on it: degrees in floats miss it by a hair
            corners = np.round([grid.rowcol(*place) for place in ring], 6)
            part = polygon(corners, grid.shape)
            if part is not None:
                plane[part.window.slices] ^= part.mask
        found = Window.full(*grid.shape).around(plane)
        if found is None:
            raise EditError(
                "the footprint lies outside the frame",
                why=f"no pixel centre is inside it; its first corner is {_words(self.rings[0][0])}",
                fix="give it as longitude and latitude inside the frame",
            )
        window, at = found
        return Shape(window, plane[at].copy())


def component_at(mask: NDArray[np.bool_], row: int, col: int) -> Shape | None:
    """The pixels of a mask that hang together with one of them (also by corners).

    Args:
        mask: (rows, columns).
        row: Of the pixel.
        col: Of the pixel.

    Returns:
        Their shape; None where the pixel is not set.
    """
    from scipy import ndimage  # at the first use: a window starts without it

    if not (0 <= row < mask.shape[0] and 0 <= col < mask.shape[1] and mask[row, col]):
        return None
    numbers, _ = ndimage.label(mask, np.ones((3, 3)))
    return _trimmed(numbers == numbers[row, col])


def largest_component(mask: NDArray[np.bool_]) -> Shape | None:
    """The largest patch of a mask; None where nothing is set."""
    from scipy import ndimage

    numbers, count = ndimage.label(mask, np.ones((3, 3)))
    if not count:
        return None
    return _trimmed(numbers == int(np.bincount(numbers.ravel())[1:].argmax()) + 1)


def _trimmed(plane: NDArray[np.bool_]) -> Shape | None:
    found = Window.full(*plane.shape).around(plane)
    return None if found is None else Shape(found[0], plane[found[1]].copy())


def _outlines(mask: NDArray[np.bool_]) -> list[list[_Corner]]:
    """Corners of the edges between set and other pixels, inside on the right; closed rings."""
    framed = np.pad(mask, 1)
    inside = framed[1:-1, 1:-1]
    ways: defaultdict[_Corner, set[_Corner]] = defaultdict(set)
    for away, start, way in (
        (framed[:-2, 1:-1], (0, 0), (0, 1)),  # along the top, to the right
        (framed[1:-1, 2:], (0, 1), (1, 0)),  # down the right side
        (framed[2:, 1:-1], (1, 1), (0, -1)),
        (framed[1:-1, :-2], (1, 0), (-1, 0)),
    ):
        for row, col in np.argwhere(inside & ~away).tolist():
            ways[row + start[0], col + start[1]].add(way)
    rings: list[list[_Corner]] = []
    while ways:
        first = next(iter(ways))
        rings.append(_followed(ways, first))
    return rings


def _followed(ways: "defaultdict[_Corner, set[_Corner]]", first: _Corner) -> list[_Corner]:
    """One ring from a corner back to it; its edges are taken out."""
    way = min(ways[first])
    corners, at, before = [], first, None
    while True:
        if way != before:
            corners.append(at)
        ways[at].discard(way)
        if not ways[at]:
            del ways[at]
        at, before = (at[0] + way[0], at[1] + way[1]), way
        if at == first:
            return corners
        way = next(turn for turn in _TURNS[way] if turn in ways[at])


def _words(place: Place) -> str:
    return f"{place[0]:g} {place[1]:g}"
