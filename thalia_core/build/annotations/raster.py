"""Between preview pixels and the pixels of a cube."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thalia_core.annotate.shapes import Shape, polygon
from thalia_core.cube.store import CubeStore

PREVIEW_SCALE = 0.3
"""The annotators saw previews of the frames at this share of their size."""
PREVIEW_WINDOW = "preview_window"
"""Root attribute of a cube that is a part of a frame: row, column, rows, columns in the preview."""


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
        rows, cols = frame or shape
        small = round(PREVIEW_SCALE * rows), round(PREVIEW_SCALE * cols)
        return cls(shape, (shape[0] / small[0], shape[1] / small[1]))

    @classmethod
    def of_cube(cls, cube: CubeStore, frame: tuple[int, int] | None = None) -> "Preview":
        """The preview over a cube, which may say itself that it is a window of the frame."""
        window = cube.attrs.get(PREVIEW_WINDOW)
        if window is None:
            return cls.of_frame(cube.geometry.shape, frame)
        row0, col0, rows, cols = (float(number) for number in window)
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
