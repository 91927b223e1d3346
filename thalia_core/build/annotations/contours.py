"""From a mask back to one ring that gives the same mask again.

The outline follows the edges of the pixels. The public files know one ring a polygon and no holes,
so holes and further pieces are joined to the ring by corridors of no width: going there and back
along the same line changes nothing under the even-odd rule.
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
    walk, *others = [ring for outline, holes in found for ring in (outline, *holes)]
    for ring in others:
        walk = _joined(walk, ring)
    return walk


def _joined(walk: Ring, ring: Ring) -> Ring:
    """The walk with a detour to a ring and round it, from where both are nearest."""
    distance = ((walk[:, None, :] - ring[None, :, :]) ** 2).sum(axis=2)
    at, to = np.unravel_index(int(distance.argmin()), distance.shape)
    turned = np.roll(ring, -int(to), axis=0)
    return np.concatenate([walk[: at + 1], turned, turned[:1], walk[at:]])


def _area(ring: Ring) -> float:
    following = np.roll(ring, -1, axis=0)
    return float((ring[:, 1] * following[:, 0] - following[:, 1] * ring[:, 0]).sum() / 2)
