"""Where an image position is on the screen, and back. No Qt."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite

from thalia_core.cube.geometry import Geometry

_LARGEST = 64.0  # logical pixels an image pixel may grow to
_SMALLEST = 0.25  # of the scale at which the frame fits


@dataclass(frozen=True, slots=True)
class View:
    """Which part of a frame is seen: the image position in the middle, and the zoom.

    Attributes:
        row: Row in the middle of the widget.
        col: Column in the middle of the widget.
        scale: Logical screen pixels of an image column.
    """

    row: float
    col: float
    scale: float


@dataclass(frozen=True, slots=True)
class Camera:
    """A view of a grid in a widget of (width, height) logical pixels."""

    grid: Geometry
    width: float
    height: float
    view: View

    @property
    def row_scale(self) -> float:
        """Logical screen pixels of an image row: a circle on the ground is one on the screen."""
        east, north = self.grid.pixel_metres()
        return self.view.scale * north / east

    @property
    def metres(self) -> float:
        """Ground metres of one logical pixel, from west to east in the middle."""
        east, _ = self.grid.pixel_metres(self.view.row)
        return east / self.view.scale

    def to_screen(self, row: float, col: float) -> tuple[float, float]:
        """(x, y) of an image position."""
        x = self.width / 2 + (col - self.view.col) * self.view.scale
        return x, self.height / 2 + (row - self.view.row) * self.row_scale

    def to_screen_all(self, places: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
        """(x, y) of many image positions."""
        across, down = self.view.scale, self.row_scale
        x0 = self.width / 2 - self.view.col * across
        y0 = self.height / 2 - self.view.row * down
        return [(x0 + col * across, y0 + row * down) for row, col in places]

    def to_image(self, x: float, y: float) -> tuple[float, float]:
        """(row, column) of a point on the screen."""
        row = self.view.row + (y - self.height / 2) / self.row_scale
        return row, self.view.col + (x - self.width / 2) / self.view.scale

    def fitted(self) -> View:
        """All of the frame, as large as it goes."""
        rows, cols = self.grid.shape
        return View((rows - 1) / 2, (cols - 1) / 2, self._fit())

    def zoomed(self, factor: float, row: float, col: float) -> View:
        """Enlarged, with an image position staying where it is on the screen."""
        scale = self._bounded(self.view.scale * factor)
        ratio = self.view.scale / scale
        return View(row + (self.view.row - row) * ratio, col + (self.view.col - col) * ratio, scale)

    def allowed(self, view: View) -> View:
        """The nearest sensible view: its middle inside the frame, its zoom within bounds."""
        if not (isfinite(view.row) and isfinite(view.col)):
            return self.view
        rows, cols = self.grid.shape
        return View(
            min(max(view.row, 0.0), rows - 1.0),
            min(max(view.col, 0.0), cols - 1.0),
            self._bounded(view.scale),
        )

    def _fit(self) -> float:
        rows, cols = self.grid.shape
        east, north = self.grid.pixel_metres()
        return max(min(self.width / cols, self.height / (rows * north / east)), 1e-3)

    def _bounded(self, scale: float) -> float:
        fit = self._fit()
        return min(max(scale, fit * _SMALLEST), max(_LARGEST, fit))
