"""Small pictures of a part of a pair: the layer, masks over it, and marked pixels. Any thread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, QPainter

from thalia_core.cube.geometry import Window
from thalia_core.cube.planes import PlaneCache
from thalia_viewer.canvas.colours import Table
from thalia_viewer.canvas.grid import Grid
from thalia_viewer.canvas.layers import PlaneImage
from thalia_viewer.canvas.masks import MaskStyle
from thalia_viewer.canvas.regions import RegionStyle, border, drawn
from thalia_viewer.canvas.still import MaskLook, coloured_image, coloured_masks, grid_of
from thalia_viewer.planes import Planes

if TYPE_CHECKING:
    from thalia_core.annotate.patch import Edit
    from thalia_core.cube.pairs import DatePair
    from thalia_core.cube.store import CubeStore

MARKED = RegionStyle("#ffffff", fill=0.0, line=1.0, dashed=True)
CHOSEN = RegionStyle("#ffd23e", fill=0.12, line=1.0)
LAYERS = ("insar_difference", "unwrapped_phase", "insar_coherence", "dem")
"""Layers under a small picture, the best first."""
_AROUND = 0.3
"""Share of the marked pixels' extent that is seen around them on each side."""
_LEAST = 48
"""Fewest rows and columns that are seen."""


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a frame a small picture shows.

    Attributes:
        row: Of its middle.
        col: Of its middle.
        scale: Pixels of the picture for a column.
    """

    row: float
    col: float
    scale: float

    def zoomed(self, factor: float, row: float, col: float) -> Part:
        """Enlarged about a place."""
        keep = 1 - 1 / factor
        middle = self.row + (row - self.row) * keep, self.col + (col - self.col) * keep
        return Part(*middle, min(max(self.scale * factor, 0.02), 40.0))

    def moved(self, rows: float, cols: float) -> Part:
        """What lies so far south and east."""
        return replace(self, row=self.row + rows, col=self.col + cols)


@dataclass(frozen=True, eq=False, slots=True)
class Scene:
    """What small pictures show.

    Attributes:
        image: The layer; None where the pair has none.
        activity: Mask, (rows, columns) of the frame.
        intensity: Alike.
        marks: Planes of marked pixels and how they are drawn.
        tall: Height of a pixel in widths.
    """

    image: PlaneImage | None
    activity: NDArray[np.uint8]
    intensity: NDArray[np.uint8]
    marks: tuple[tuple[NDArray[np.bool_], RegionStyle], ...] = ()
    tall: float = 1.0

    def draw(self, part: Part, size: tuple[int, int], scale: float, ground: QColor) -> QImage:
        """The picture.

        Args:
            part: What is seen.
            size: (width, height) in pixels of the picture.
            scale: Pixels of the picture for a logical one.
            ground: Where there is no data.
        """
        width, height = size
        picture = QImage(width, height, QImage.Format.Format_RGB32)
        picture.fill(ground)
        pixel = part.scale, part.scale * self.tall
        left = width / 2 - (part.col + 0.5) * pixel[0]
        top = height / 2 - (part.row + 0.5) * pixel[1]
        grid = grid_of(self.activity.shape, (left, top), pixel, scale, (height, width))
        if grid is None:
            return picture
        images = [] if self.image is None else [coloured_image(self.image, grid)]
        images.append(coloured_masks(MaskLook(self.activity, self.intensity, MaskStyle()), grid))
        images += [_outlined(plane, style, grid) for plane, style in self.marks]
        painter = QPainter(picture)
        for image in images:
            painter.drawImage(grid.area.col0, grid.area.row0, image)
        painter.end()
        return picture


def part_around(window: Window, size: tuple[int, int], tall: float = 1.0) -> Part:
    """The part of the frame that shows a window with some ground around it."""
    rows = max(window.shape[0] * (1 + 2 * _AROUND), _LEAST)
    cols = max(window.shape[1] * (1 + 2 * _AROUND), _LEAST)
    scale = min(size[0] / cols, size[1] / (rows * tall))
    return Part((window.row0 + window.row1 - 1) / 2, (window.col0 + window.col1 - 1) / 2, scale)


def window_of(edit: Edit, pair: DatePair) -> Window | None:
    """Where an edit changes masks of a pair; None where it changes none."""
    windows = [patch.window for patch in edit.masks if patch.pair == pair]
    if not windows:
        return None
    whole = windows[0]
    for window in windows[1:]:
        whole = whole.union(window)
    return whole


def pixels_of(edit: Edit, pair: DatePair, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Which pixels of a pair an edit changes, (rows, columns) of the frame."""
    plane = np.zeros(shape, bool)
    for patch in edit.masks:
        if patch.pair == pair:
            plane[patch.window.slices] |= patch.bits
    return plane


def layer_under(cube: CubeStore, pair: DatePair) -> PlaneImage | None:
    """The layer that says most about a pair; None where it has none."""
    layer = next((name for name in LAYERS if name in cube.layers), None)
    return None if layer is None else Planes(cube, PlaneCache(0)).image(layer, pair)


def tallness(cube: CubeStore) -> float:
    """Height of a pixel in widths."""
    east, north = cube.geometry.pixel_metres()
    return north / east


def _outlined(plane: NDArray[np.bool_], style: RegionStyle, grid: Grid) -> QImage:
    reach, area = border(grid.scale), grid.area
    wide = Window(area.row0 - reach, area.row1 + reach, area.col0 - reach, area.col1 + reach)
    inside = grid.pick_part(plane, Window.full(*plane.shape), wide)
    origin = (wide.row0 - round(grid.top), wide.col0 - round(grid.left))
    return _image(style.table().take(drawn(inside, origin, grid.scale, style)))


def _image(pixels: Table) -> QImage:
    pixels = np.ascontiguousarray(pixels)
    rows, cols = pixels.shape
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(pixels.data, cols, rows, cols * 4, form).copy()
