"""Regions of all thresholds at once: for each place the highest threshold that still takes it in.

What is done to a region at one threshold (join what hangs together, fill holes, cut thin necks) is
done here to all of them at once by the grey counterpart of the operation. A region of any
threshold is then one comparison.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.morphology import reconstruction

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]
Cell = tuple[int, int]

_SQUARE = np.ones((3, 3), np.bool_)


def joined(field: Floats, seed: Cell, neck: int) -> Floats:
    """The levels at which places hang together with a seed.

    Args:
        field: (rows, columns), the higher the more inside; no NaN.
        seed: Row and column of the place that regions grow from.
        neck: Half the width, in places, of the necks through which they do not grow.

    Returns:
        (rows, columns): at most ``field`` where no hole was filled; a place belongs to the region
        of a threshold when its level is at or above it.
    """
    filled = without_holes(field)
    opened = _shrunk(filled, neck)
    at = _seated(opened, seed, neck)
    start = np.full(field.shape, opened.min())
    start[at] = opened[at]
    core = np.asarray(reconstruction(start, opened, footprint=_SQUARE), field.dtype)
    # grown back by what shrinking took, within the field
    return np.minimum(filled, _grown(core, neck))


def without_holes(field: Floats) -> Floats:
    """Lows that are enclosed on all sides, raised to the lowest pass out of them."""
    start = np.full(field.shape, field.max())
    rim = np.zeros(field.shape, np.bool_)
    rim[[0, -1]], rim[:, [0, -1]] = True, True
    start[rim] = field[rim]
    return np.asarray(reconstruction(start, field, method="erosion", footprint=_SQUARE))


def _shrunk(field: Floats, by: int) -> Floats:
    for _ in range(by):
        field = ndimage.minimum_filter(field, size=3, mode="nearest")
    return field


def _grown(field: Floats, by: int) -> Floats:
    for _ in range(by):
        field = ndimage.maximum_filter(field, size=3, mode="nearest")
    return field


def _seated(opened: Floats, seed: Cell, reach: int) -> Cell:
    """The highest place by the seed: shrinking may have taken the seed itself."""
    row, col = seed
    rows = slice(max(row - reach, 0), row + reach + 1)
    cols = slice(max(col - reach, 0), col + reach + 1)
    near = opened[rows, cols]
    down, right = np.unravel_index(int(near.argmax()), near.shape)
    return rows.start + int(down), cols.start + int(right)
