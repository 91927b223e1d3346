"""From a mask back to one ring that gives the same mask again.

The outline follows the edges of the pixels. The public files know one ring a polygon and no holes,
so holes and further pieces are joined to the ring by corridors of no width: going there and back
along the same line changes nothing under the even-odd rule. Corridors run along pixel edges too:
on a slanting one, rounding could put a pixel centre to its left on the way there and to its right
on the way back.
"""

import numpy as np
import rasterio.features
from numpy.typing import NDArray

Ring = NDArray[np.float64]


def rings(mask: NDArray[np.bool_]) -> list[tuple[Ring, list[Ring]]]:
    """(outline, holes) of every piece of a mask, along pixel edges, largest piece first.

    Returns:
        Open rings of (row, column), with pixel centres at integers: corners lie at halves.
    """
    pieces = []
    for geometry, _ in rasterio.features.shapes(mask.astype(np.uint8), mask=mask, connectivity=4):
        outline, *holes = (
            np.array(ring[:-1], np.float64)[:, ::-1] - 0.5 for ring in geometry["coordinates"]
        )
        pieces.append((outline, holes))
    return sorted(pieces, key=lambda piece: -abs(_area(piece[0])))


def one_ring(mask: NDArray[np.bool_]) -> Ring:
    """One closed walk, (n, 2) of (row, column), that rasterises to exactly this mask.

    Raises:
        ValueError: The mask is empty.
    """
    found = rings(mask)
    if not found:
        raise ValueError("an empty mask has no outline")
    return joined([ring for outline, holes in found for ring in (outline, *holes)])


def joined(rings_: list[Ring]) -> Ring:
    """One walk along all rings: the even-odd rule sees no difference."""
    walk, *others = rings_
    for ring in others:
        distance = np.abs(walk - ring[0]).sum(axis=1)
        at = int(distance.argmin())
        corner = np.array([[walk[at, 0], ring[0, 1]]])
        detour = (walk[: at + 1], corner, ring, ring[:1], corner, walk[at:])
        walk = np.concatenate(detour)
    return walk


def _area(ring: Ring) -> float:
    following = np.roll(ring, -1, axis=0)
    return float((ring[:, 1] * following[:, 0] - following[:, 1] * ring[:, 0]).sum() / 2)
