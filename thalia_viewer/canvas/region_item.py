"""A region on the screen."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from thalia_core.cube.geometry import Window
from thalia_viewer.canvas.grid import Grid
from thalia_viewer.canvas.raster import PlaneItem, wrapped
from thalia_viewer.canvas.regions import Region, border, drawn


class RegionItem(PlaneItem):
    """One region of a frame, sampled at device resolution."""

    def __init__(self, shape: tuple[int, int], region: Region) -> None:
        super().__init__()
        self._region = region
        self._table = region.style.table()
        self._picture: tuple[Window, QImage, NDArray[np.uint32]] | None = None
        self._reshape(shape)

    @property
    def region(self) -> Region:
        """What is drawn."""
        return self._region

    def set_region(self, region: Region) -> None:
        """Draw another one."""
        if region.style != self._region.style:
            self._table = region.style.table()
        self._region, self._grid = region, None
        self.update()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Copy the visible part, made anew when the view or the region is another."""
        grid = Grid.of(painter, widget, self._shape)
        if grid is None:
            return
        if grid != self._grid:
            self._grid = grid
            self._picture = self._drawn(grid)
        if self._picture is not None:
            area, picture, _ = self._picture
            self._blit(painter, grid, picture, area)

    def _drawn(self, grid: Grid) -> tuple[Window, QImage, NDArray[np.uint32]] | None:
        shape, reach = self._region.shape, border(grid.scale)
        area = grid.covering(shape.window, reach)
        if area is None:
            return None
        wide = Window(area.row0 - reach, area.row1 + reach, area.col0 - reach, area.col1 + reach)
        origin = (wide.row0 - round(grid.top), wide.col0 - round(grid.left))
        inside = grid.pick_part(shape.mask, shape.window, wide)
        pixels = self._table.take(drawn(inside, origin, grid.scale, self._region.style))
        return area, wrapped(pixels), pixels
