"""Between preview pixels and the pixels of a cube."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thalia_core.annotate.shapes import Shape, polygon
from thalia_core.cube import schema
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore, probe
from thalia_core.errors import CubeError

PREVIEW_SCALE = 0.3
"""The annotators saw previews of the frames at this share of their size."""
PREVIEW_WINDOW = "preview_window"
"""Root attribute of a cube that is a part of a frame: row, column, rows, columns in the preview."""
_SMALLEST_FRAME = 1_000
"""Rows or columns; a raster that is smaller is no whole frame of LiCSAR."""


def preview_size(raster: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of the preview of a raster: 552 x 574 for 1840 x 1913."""
    return max(round(PREVIEW_SCALE * raster[0]), 1), max(round(PREVIEW_SCALE * raster[1]), 1)


def whole_frame(cube: CubeStore) -> bool:
    """Whether a cube is large enough to be a frame that was annotated."""
    return min(cube.geometry.shape) >= _SMALLEST_FRAME


def masked_pairs(cube: CubeStore) -> frozenset[DatePair]:
    """The pairs that may have masks, told by the names of chunks: nothing is read."""
    positions: set[tuple[int, int]] = set()
    for name in filter(cube.has, schema.MASKS):
        chunks = probe.chunk_positions(cube, name)
        if chunks is None:  # not to be told from names
            return frozenset(cube.pairs)
        positions |= chunks
    return frozenset(pair for pair in cube.pairs if cube.position(pair) in positions)


@dataclass(frozen=True, slots=True)
class Preview:
    """How the preview that an annotator drew on lies over a cube.

    Positions in the preview are (x, y) with (0, 0) at its top-left *corner*; in the cube (row,
    column) with integers at pixel *centres*.

    Attributes:
        shape: Rows and columns of the cube.
        scale: Cube pixels for one preview pixel, down and across.
        corner: (y, x) of the preview where the cube's top-left corner lies.
    """

    shape: tuple[int, int]
    scale: tuple[float, float]
    corner: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def of_frame(cls, shape: tuple[int, int], frame: tuple[int, int] | None = None) -> "Preview":
        """The preview of a whole frame, 0.3 of its raster, rounded: 552 x 574 for 1840 x 1913.

        Args:
            shape: Rows and columns of the cube.
            frame: The same of the raster that was annotated, when it was another one.
        """
        small = preview_size(frame or shape)
        return cls(shape, (shape[0] / small[0], shape[1] / small[1]))

    @classmethod
    def of_cube(cls, cube: CubeStore, frame: tuple[int, int] | None = None) -> "Preview":
        """The preview over a cube, which may say itself that it is a window of the frame.

        Raises:
            CubeError: What it says makes no sense.
        """
        window = cube.attrs.get(PREVIEW_WINDOW)
        if window is None:
            return cls.of_frame(cube.geometry.shape, frame)
        try:
            row0, col0, rows, cols = (float(number) for number in window)
        except (TypeError, ValueError):
            rows = cols = 0.0
        if not (rows > 0 and cols > 0):
            raise CubeError(
                f"its {PREVIEW_WINDOW} makes no sense",
                where=cube.path,
                why=f"it is {window!r}, not row, column, rows, columns in the preview",
            )
        shape = cube.geometry.shape
        return cls(shape, (shape[0] / rows, shape[1] / cols), (row0, col0))

    def to_cube(self, xy: ArrayLike) -> NDArray[np.float64]:
        """(n, 2) of x, y in the preview to (n, 2) of row, column in the cube."""
        points, (down, across) = np.asarray(xy, np.float64), self.scale
        rows = (points[:, 1] - self.corner[0]) * down - 0.5
        cols = (points[:, 0] - self.corner[1]) * across - 0.5
        return np.stack([rows, cols], axis=1)

    def to_preview(self, row_col: ArrayLike) -> NDArray[np.float64]:
        """The inverse of :meth:`to_cube`."""
        points, (down, across) = np.asarray(row_col, np.float64), self.scale
        x = (points[:, 1] + 0.5) / across + self.corner[1]
        y = (points[:, 0] + 0.5) / down + self.corner[0]
        return np.stack([x, y], axis=1)

    def rasterise(self, xy: ArrayLike) -> Shape | None:
        """Pixels of the cube whose centres lie in a polygon of the preview; None for none."""
        return polygon(self.to_cube(xy), self.shape)

    def outside(self, xy: ArrayLike) -> bool:
        """Whether a polygon reaches beyond the cube."""
        points, (rows, cols) = self.to_cube(xy), self.shape
        low, high = points.min(axis=0), points.max(axis=0)
        inside = low[0] >= -1 and low[1] >= -1 and high[0] <= rows and high[1] <= cols
        return not bool(inside)
