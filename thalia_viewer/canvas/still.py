"""What a canvas shows at one moment, to be drawn larger, elsewhere and on any thread.

Planes are drawn anew at the size that is asked for: one plane pixel for each pixel of the picture
when seen near, the average seen from afar (that of wrapped phase through phasors). All that is no
plane (legends, scale bar, lines) is kept as the strokes and letters it is made of.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPicture
from PySide6.QtWidgets import QGraphicsItem, QGraphicsView

from thalia_core.cube.geometry import Window
from thalia_viewer.canvas.camera import Camera
from thalia_viewer.canvas.colours import Table, premultiplied
from thalia_viewer.canvas.dressing import palette
from thalia_viewer.canvas.grid import Grid
from thalia_viewer.canvas.layers import (
    SHADES,
    IndexPlane,
    LayerStyle,
    PlaneImage,
    encode,
)
from thalia_viewer.canvas.masks import MaskStyle, codes_of, colour_table, decorate, margin, of_class

_UNCACHED = QGraphicsItem.CacheMode.NoCache
_AVERAGE_BELOW = 0.75  # pixels of the picture for a plane pixel


@dataclass(frozen=True, eq=False, slots=True)
class MaskLook:
    """Masks as they are drawn: planes of their own, so that painting on does not show."""

    activity: IndexPlane
    intensity: IndexPlane
    style: MaskStyle = MaskStyle()


@dataclass(frozen=True, eq=False, slots=True)
class Overlay:
    """A prediction: index plane, style, and 0 (not seen) to 1."""

    index: IndexPlane
    style: LayerStyle
    opacity: float


@dataclass(frozen=True, eq=False, slots=True)
class Still:
    """A canvas at one moment.

    Attributes:
        width: Logical pixels.
        height: Logical pixels.
        around: Colour beyond the frame.
        ground: Colour of pixels without data.
        camera: Where the frame lies; None while there is none.
        image: The layer.
        compared: Another layer over it, and the share of the width that is left of its edge.
        overlay: The prediction over them.
        masks: The masks over all.
        furniture: All that is no plane.
    """

    width: int
    height: int
    around: QColor
    ground: QColor
    camera: Camera | None
    image: PlaneImage | None
    compared: tuple[PlaneImage, float] | None
    overlay: Overlay | None
    masks: MaskLook | None
    furniture: QPicture

    def draw(self, painter: QPainter, planes: QImage) -> None:
        """Draw it from (0, 0) on, in logical pixels.

        Args:
            painter: Of an image or a vector file.
            planes: What ``planes`` gave, as fine as the picture shall be.
        """
        painter.drawImage(QRectF(0, 0, self.width, self.height), planes)
        painter.drawPicture(QPointF(0, 0), self.furniture)

    def planes(self, scale: float) -> QImage:
        """Ground, layer, prediction and masks, in pixels of the picture."""
        canvas = QImage(
            round(self.width * scale),
            round(self.height * scale),
            QImage.Format.Format_ARGB32_Premultiplied,
        )
        canvas.fill(self.around)
        grid = self._grid(scale) if self.camera is not None else None
        if grid is None:
            return canvas
        area = grid.area
        rows, cols = area.shape
        drawn = self._drawn(grid)  # before a painter begins: an error would leave it open
        painter = QPainter(canvas)
        painter.fillRect(area.col0, area.row0, cols, rows, self.ground)
        for picture, opacity in drawn:
            painter.setOpacity(opacity)
            painter.drawImage(area.col0, area.row0, picture)
        painter.end()
        return canvas

    def _drawn(self, grid: Grid) -> list[tuple[QImage, float]]:
        """From the lowest to the highest, each with its opacity."""
        drawn = []
        if self.image is not None:
            drawn.append((coloured_image(self.image, grid), 1.0))
        if self.compared is not None:
            drawn.append((self._right_part(grid), 1.0))
        if self.overlay is not None:
            drawn.append((_coloured_overlay(self.overlay, grid), self.overlay.opacity))
        if self.masks is not None:
            drawn.append((coloured_masks(self.masks, grid), 1.0))
        return drawn

    def _right_part(self, grid: Grid) -> QImage:
        """The compared layer from its edge on; what lies left of it is clear."""
        assert self.compared is not None
        image, share = self.compared
        picture = coloured_image(image, grid)
        left = round(share * self.width * grid.scale) - grid.area.col0
        if left <= 0:
            return picture
        right = QImage(picture.size(), picture.format())
        right.fill(0)
        painter = QPainter(right)
        painter.drawImage(left, 0, picture, left, 0)
        painter.end()
        return right

    def _grid(self, scale: float) -> Grid | None:
        """How the frame falls on the pixels of the picture."""
        assert self.camera is not None
        camera = self.camera
        left, top = (part * scale for part in camera.to_screen(-0.5, -0.5))
        return grid_of(
            camera.grid.shape,
            (left, top),
            (camera.view.scale * scale, camera.row_scale * scale),
            scale,
            (round(self.height * scale), round(self.width * scale)),
        )


def recorded(view: QGraphicsView, hidden: Iterable[QGraphicsItem]) -> QPicture:
    """All that a view shows but some items, as strokes and letters; on the main thread."""
    seen = [item for item in hidden if item.isVisible()]
    cached = [item for item in view.scene().items() if item.cacheMode() != _UNCACHED]
    modes = [item.cacheMode() for item in cached]
    ground = view.backgroundBrush()
    for item in seen:
        item.setVisible(False)
    for item in cached:
        item.setCacheMode(_UNCACHED)  # what is cached would come as pixels of the screen
    view.setBackgroundBrush(QBrush())
    picture = QPicture()
    painter = QPainter(picture)
    view.render(painter, QRectF(view.rect()), view.rect())
    painter.end()
    view.setBackgroundBrush(ground)
    for item, mode in zip(cached, modes, strict=True):
        item.setCacheMode(mode)
    for item in seen:
        item.setVisible(True)
    return picture


def grid_of(
    shape: tuple[int, int],
    corner: tuple[float, float],
    pixel: tuple[float, float],
    scale: float,
    size: tuple[int, int],
) -> Grid | None:
    """A grid of pixels that belong to no painter.

    Args:
        shape: (rows, columns) of the plane.
        corner: (left, top) of the plane in pixels of the picture.
        pixel: (width, height) of a plane pixel there.
        scale: Pixels of the picture for a logical one.
        size: (rows, columns) of the picture.
    """
    (left, top), (width, height) = corner, pixel
    area = Window(
        floor(top),
        ceil(top + height * shape[0]),
        floor(left),
        ceil(left + width * shape[1]),
    ).clip(*size)
    return None if area is None else Grid(left, top, width, height, scale, shape, area)


def coloured_image(image: PlaneImage, grid: Grid) -> QImage:
    """A layer on a grid. Any thread."""
    style = image.style

    def codes(part: NDArray[Any]) -> IndexPlane:
        return encode(part, style, image.levels) if image.index is None else part

    far = not style.classes and max(grid.width, grid.height) < _AVERAGE_BELOW
    plane = image.values if image.index is None else image.index
    picked = grid.average(plane, style.cyclic, codes) if far else codes(grid.pick(plane, grid.area))
    table = palette(style, image.shade is not None, image.veil is not None)
    entry = np.zeros(picked.shape, np.uint32)
    if image.veil is not None:
        entry += grid.pick(image.veil, grid.area)
    if image.shade is not None:
        entry = entry * SHADES + grid.pick(image.shade, grid.area)
    return _image(table.take(entry << 8 | picked))


def coloured_masks(masks: MaskLook, grid: Grid) -> QImage:
    """Masks on a grid, with outlines and hatching of the picture's own fineness. Any thread."""
    m, area = margin(grid.scale), grid.area
    wide = Window(area.row0 - m, area.row1 + m, area.col0 - m, area.col1 + m)
    codes = codes_of(grid.pick(masks.activity, wide), grid.pick(masks.intensity, wide))
    origin = (wide.row0 - round(grid.top), wide.col0 - round(grid.left))
    style = masks.style
    table = premultiplied(colour_table(style.opacity, style.contour))
    shown = decorate(of_class(codes, style.only), origin, grid.scale, style.hatch)
    return _image(table.take(shown))


def _coloured_overlay(overlay: Overlay, grid: Grid) -> QImage:
    """A prediction with the colour of its highest value along the edge of the decision."""
    style, m, area = overlay.style, margin(grid.scale), grid.area
    wide = Window(area.row0 - m, area.row1 + m, area.col0 - m, area.col1 + m)
    picked = grid.pick(overlay.index, wide)
    inner = picked[m:-m, m:-m].copy()
    if style.outline is not None and style.limits is not None:
        high = picked >= encode([[style.outline]], style, style.limits)[0, 0]
        steps = ((2 * m, None, m, -m), (None, -2 * m, m, -m), (m, -m, 2 * m, None))
        around = [high[a:b, c:d] for a, b, c, d in (*steps, (m, -m, None, -2 * m))]
        inner[high[m:-m, m:-m] & ~np.logical_and.reduce(around)] = 255
    return _image(premultiplied(style.table).take(inner))


def _image(pixels: Table) -> QImage:
    """A picture with memory of its own."""
    pixels = np.ascontiguousarray(pixels)
    rows, cols = pixels.shape
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(pixels.data, cols, rows, cols * 4, form).copy()
