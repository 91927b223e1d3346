"""What a hand draws, as pixels: a window and a boolean mask. Pure functions.

Positions are (row, column) in pixels with integers at pixel centres; ``shape`` is (rows, columns)
of the frame. A shape that touches no pixel centre of the frame is None.
"""

from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thalia_core.cube.geometry import Window


@dataclass(frozen=True, slots=True)
class Shape:
    """Pixels inside a window: ``mask`` has the window's shape."""

    window: Window
    mask: NDArray[np.bool_]


def disc(row: float, col: float, radius: float, shape: tuple[int, int]) -> Shape | None:
    """Pixels whose centre lies within ``radius`` pixels; at least the pixel under the hand."""
    return capsule((row, col), (row, col), radius, shape)


def capsule(
    start: tuple[float, float], end: tuple[float, float], radius: float, shape: tuple[int, int]
) -> Shape | None:
    """A brush moved from ``start`` to ``end``: all centres within ``radius`` of the segment.

    A radius below half a pixel still paints the pixels the segment passes, so that a thin brush
    leaves no gaps.
    """
    radius = max(radius, 0.5)
    (r0, c0), (r1, c1) = start, end
    window = Window(
        floor(min(r0, r1) - radius),
        ceil(max(r0, r1) + radius) + 1,
        floor(min(c0, c1) - radius),
        ceil(max(c0, c1) + radius) + 1,
    ).clip(*shape)
    if window is None:
        return None
    rows = np.arange(window.row0, window.row1, dtype=np.float64)[:, None] - r0
    cols = np.arange(window.col0, window.col1, dtype=np.float64)[None, :] - c0
    dr, dc = r1 - r0, c1 - c0
    length = dr * dr + dc * dc
    along = np.clip((rows * dr + cols * dc) / length, 0, 1) if length else np.zeros((1, 1))
    distance = (rows - along * dr) ** 2 + (cols - along * dc) ** 2
    return trimmed(window, distance <= radius * radius + 1e-9)


def polygon(vertices: ArrayLike, shape: tuple[int, int]) -> Shape | None:
    """Pixels whose centres lie inside a polygon (even-odd rule).

    Args:
        vertices: (n, 2) of (row, column), n >= 3; closing it is not needed.
        shape: Size of the frame.

    A centre exactly on an edge belongs to the polygon below and right of the edge, so that polygons
    that share an edge neither overlap nor leave a gap.
    """
    points = np.asarray(vertices, np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 3:
        raise ValueError("a polygon needs at least three (row, column) vertices")
    low, high = points.min(axis=0), points.max(axis=0)
    window = Window(ceil(low[0]), floor(high[0]) + 1, ceil(low[1]), floor(high[1]) + 1).clip(*shape)
    if window is None:
        return None
    first, second = points, np.roll(points, -1, axis=0)
    rows, cols = window.shape
    toggles = np.zeros((rows, cols + 1), np.uint8)
    for (r0, c0), (r1, c1) in zip(first.tolist(), second.tolist(), strict=True):
        if r0 == r1:
            continue
        top, bottom = max(ceil(min(r0, r1)), window.row0), min(ceil(max(r0, r1)), window.row1)
        if top >= bottom:
            continue
        crossed = np.arange(top, bottom)
        at = c0 + (crossed - r0) * ((c1 - c0) / (r1 - r0))
        column = np.clip(np.ceil(at) - window.col0, 0, cols).astype(np.int64)
        toggles[crossed - window.row0, column] ^= 1
    return trimmed(window, np.bitwise_xor.accumulate(toggles[:, :-1], axis=1).view(np.bool_))


def trimmed(window: Window, mask: NDArray[np.bool_]) -> Shape | None:
    """The shape in the smallest window that holds its pixels."""
    found = window.around(mask)
    if found is None:
        return None
    inner, at = found
    return Shape(inner, mask[at])
