"""Planes on the screen: exactly one plane pixel picked for each device pixel, nothing smoothed.

The items keep a picture of the visible part at device resolution. It is made anew when the view
or the plane changes, patched when pixels of a mask change, and copied otherwise.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QTimer
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsObject, QStyleOptionGraphicsItem, QWidget

from thalia_core.cube.geometry import Window
from thalia_core.cube.schema import MISSING
from thalia_viewer.canvas.colours import Table, premultiplied
from thalia_viewer.canvas.dressing import palette
from thalia_viewer.canvas.grid import Grid
from thalia_viewer.canvas.layers import (
    SHADES,
    IndexPlane,
    LayerStyle,
    Levels,
    PlaneImage,
    encode,
)
from thalia_viewer.canvas.masks import MaskStyle, codes_of, colour_table, decorate, margin, of_class

Later = Callable[[Callable[[], Any], Callable[[Any], None]], None]
"""Runs the first on a thread and gives its result to the second on the main thread."""

_SETTLE_MS = 25
_SETTLE_ANOTHER_MS = 10
"""After another plane in the same view: nothing moves, and there may be one more coming."""
_SETTLE_BELOW = 0.75  # device pixels of a plane pixel


class PlaneItem(QGraphicsObject):
    """What all planes share: a bounding rectangle in image pixels, and device-exact blitting."""

    def __init__(self) -> None:
        super().__init__()
        self._shape = (0, 0)
        self._grid: Grid | None = None
        self._begin = 0.0

    def begin_at(self, x: float) -> None:
        """Draw only what is right of that logical pixel of the view."""
        if x != self._begin:
            self._begin = x
            self.update()

    def boundingRect(self) -> QRectF:
        """Pixel centres are integers: the picture starts half a pixel before them."""
        rows, cols = self._shape
        return QRectF(-0.5, -0.5, cols, rows)

    def _reshape(self, shape: tuple[int, int]) -> None:
        if shape != self._shape:
            self.prepareGeometryChange()
            self._shape = shape
        self._grid = None
        self.update()

    def _blit(
        self, painter: QPainter, grid: Grid, picture: QImage, area: Window | None = None
    ) -> None:
        area = area or grid.area
        painter.save()
        painter.resetTransform()
        if self._begin > 0:
            painter.setClipRect(QRectF(self._begin, 0.0, 1e5, 1e5))
        painter.scale(1 / grid.scale, 1 / grid.scale)
        painter.drawImage(area.col0, area.row0, picture)
        painter.restore()


class RasterItem(PlaneItem):
    """A layer or a prediction: an index plane through a colour table.

    Seen from afar it is picked at first, one plane pixel for each device pixel, and settles to
    the average when the view rests and there is somebody to compute it (``later``).
    """

    def __init__(self, later: Later | None = None) -> None:
        super().__init__()
        self._index: NDArray[Any] | None = None
        self._levels: Levels | None = None
        self._shade: IndexPlane | None = None
        self._veil: IndexPlane | None = None
        self._table: Table | None = None
        self._style: LayerStyle | None = None
        self._edge_from = 0
        self._picture = QImage()
        self._later = later
        self._seen: Grid | None = None
        self._rest = QTimer(self, singleShot=True)
        self._rest.timeout.connect(self._settle)

    @property
    def shown(self) -> tuple[NDArray[Any] | None, LayerStyle | None]:
        """The index plane (or values to encode) and how it is drawn."""
        return self._index, self._style

    @property
    def settling(self) -> bool:
        """Whether the view rests, and an average is about to be asked for."""
        return self._rest.isActive()

    def set_image(self, image: PlaneImage | None) -> None:
        """Show a layer, with its light and shade when it has them."""
        if image is None:
            self.set_plane(None)
        elif image.index is None:
            self.set_plane(image.values, image.style, image.shade, image.veil, image.levels)
        else:
            self.set_plane(image.index, image.style, image.shade, image.veil)

    def set_plane(
        self,
        index: NDArray[Any] | None,
        style: LayerStyle | None = None,
        shade: IndexPlane | None = None,
        veil: IndexPlane | None = None,
        levels: Levels | None = None,
    ) -> None:
        """Show an index plane, or nothing; with ``levels`` the plane holds values to encode."""
        self._index, self._style, self._shade, self._veil = index, style, shade, veil
        self._levels = levels
        self._table, self._edge_from = None, 0
        if style is not None:
            self._table = palette(style, shade is not None, veil is not None)
            if style.outline is not None and style.limits is not None:
                self._edge_from = int(encode([[style.outline]], style, style.limits)[0, 0])
        self._reshape((0, 0) if index is None else (index.shape[0], index.shape[1]))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Copy the visible part, made anew when the view is another."""
        if self._index is None or self._table is None:
            return
        grid = Grid.of(painter, widget, self._shape)
        if grid is None:
            return
        if grid != self._grid:
            self._grid = grid
            edged = self._edge_from > 0
            picked = self._edged(grid) if edged else self._codes(grid.pick(self._index, grid.area))
            self._picture = self._coloured(grid, picked)
            if self._later is not None and self._averages(grid):
                self._rest.start(_SETTLE_ANOTHER_MS if grid == self._seen else _SETTLE_MS)
            self._seen = grid
        self._blit(painter, grid, self._picture)

    def _averages(self, grid: Grid) -> bool:
        """Whether an average of this plane says more than a pick, and means something."""
        style = self._style
        if style is None or style.classes or style.outline is not None:
            return False
        return max(grid.width, grid.height) < _SETTLE_BELOW

    def _settle(self) -> None:
        """The view rests: have it averaged."""
        if self._later is None or self._grid is None or self._index is None or not self._style:
            return
        # a thread does it: by then another plane may be shown here
        codes = partial(_codes, style=self._style, levels=self._levels)
        work = partial(self._grid.average, self._index, self._style.cyclic, codes)
        self._later(work, partial(self._settled, self._grid, self._index))

    def _codes(self, part: NDArray[Any]) -> IndexPlane:
        """A part of the plane as an index plane."""
        return _codes(part, self._style, self._levels)

    def _settled(self, grid: Grid, index: NDArray[Any], average: IndexPlane) -> None:
        """The average is there; old answers are dropped."""
        if grid == self._grid and index is self._index:
            self._picture = self._coloured(grid, average)
            self.update()

    def _coloured(self, grid: Grid, picked: IndexPlane) -> QImage:
        assert self._table is not None
        if self._shade is not None or self._veil is not None:
            entry = np.zeros(picked.shape, np.uint32)
            if self._veil is not None:
                entry += grid.pick(self._veil, grid.area)
            if self._shade is not None:
                entry *= SHADES
                entry += grid.pick(self._shade, grid.area)
            entry <<= 8
            entry |= picked
            return wrapped(self._table.take(entry)).copy()
        rows, cols = picked.shape
        picked = np.ascontiguousarray(picked)
        image = QImage(picked.data, cols, rows, cols, QImage.Format.Format_Indexed8)
        image.setColorTable([int(c) for c in self._table])
        return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)

    def _edged(self, grid: Grid) -> IndexPlane:
        """The plane with the colour of its highest value along the edge."""
        assert self._index is not None
        m, area = margin(grid.scale), grid.area
        wide = Window(area.row0 - m, area.row1 + m, area.col0 - m, area.col1 + m)
        picked = self._codes(grid.pick(self._index, wide))
        high = picked >= self._edge_from
        around = (
            high[2 * m :, m:-m],
            high[: -2 * m, m:-m],
            high[m:-m, 2 * m :],
            high[m:-m, : -2 * m],
        )
        picked = picked[m:-m, m:-m].copy()
        picked[high[m:-m, m:-m] & ~np.logical_and.reduce(around)] = 255
        return picked


class MaskItem(PlaneItem):
    """The activity and intensity masks, sharing the memory of the planes being edited."""

    def __init__(self) -> None:
        super().__init__()
        self._activity: IndexPlane | None = None
        self._intensity: IndexPlane | None = None
        self._style = MaskStyle()
        self._table = _mask_table(self._style.opacity, self._style.contour)
        self._pixels: NDArray[np.uint32] = np.zeros((0, 0), np.uint32)
        self._picture = QImage()
        self._bounds: Window | None = None
        self._dirty: Window | None = None

    @property
    def activity(self) -> IndexPlane | None:
        """The activity plane that is shown."""
        return self._activity

    @property
    def intensity(self) -> IndexPlane | None:
        """The intensity plane that is shown."""
        return self._intensity

    @property
    def bounds(self) -> Window | None:
        """A window that holds every pixel of a class, or None when there is none."""
        return self._bounds

    def shows(self, activity: IndexPlane | None, intensity: IndexPlane | None) -> bool:
        """Whether these very arrays are shown."""
        return activity is self._activity and intensity is self._intensity

    def set_planes(self, activity: IndexPlane | None, intensity: IndexPlane | None) -> None:
        """Show other planes. They are read at every change, never copied, never written."""
        self._activity, self._intensity = activity, intensity
        self._bounds = None if activity is None else _bounds_of(activity)
        self._dirty = None
        self._reshape((0, 0) if activity is None else (activity.shape[0], activity.shape[1]))

    def set_style(self, style: MaskStyle) -> None:
        """How the masks are drawn."""
        self._table, self._style = _mask_table(style.opacity, style.contour), style
        self._grid = None
        self.update()

    def change(self, window: Window | None) -> None:
        """Pixels in the window have other values now; None means anywhere."""
        if self._activity is None:
            return
        if window is None:
            self.set_planes(self._activity, self._intensity)
            return
        inside = window.clip(*self._shape)
        if inside is None:
            return
        self._bounds = inside if self._bounds is None else self._bounds.union(inside)
        self._dirty = inside if self._dirty is None else self._dirty.union(inside)
        border = 0.0 if self._grid is None else 2 * margin(self._grid.scale)
        across = 0.0 if self._grid is None else border / self._grid.width
        down = 0.0 if self._grid is None else border / self._grid.height
        rows, cols = inside.shape
        self.update(
            QRectF(inside.col0 - 0.5, inside.row0 - 0.5, cols, rows).adjusted(
                -across, -down, across, down
            )
        )

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Copy the visible part after drawing what has changed in it."""
        grid = Grid.of(painter, widget, self._shape)
        if grid is None or self._activity is None or self._bounds is None:
            return
        if grid != self._grid:
            self._grid = grid
            self._pixels = np.zeros(grid.area.shape, np.uint32)
            self._picture = wrapped(self._pixels)
            self._draw(grid, self._bounds)
        elif self._dirty is not None:
            self._draw(grid, self._dirty)
        self._dirty = None
        self._blit(painter, grid, self._picture)

    def _draw(self, grid: Grid, window: Window) -> None:
        assert self._activity is not None
        reach = margin(grid.scale)
        area = grid.covering(window, reach)
        if area is None:
            return
        wide = Window(area.row0 - reach, area.row1 + reach, area.col0 - reach, area.col1 + reach)
        activity = grid.pick(self._activity, wide)
        level = activity if self._intensity is None else grid.pick(self._intensity, wide)
        codes = codes_of(activity, np.zeros_like(activity) if self._intensity is None else level)
        codes = of_class(codes, self._style.only)
        origin = (wide.row0 - round(grid.top), wide.col0 - round(grid.left))
        shown = decorate(codes, origin, grid.scale, self._style.hatch)
        rows = slice(area.row0 - grid.area.row0, area.row1 - grid.area.row0)
        cols = slice(area.col0 - grid.area.col0, area.col1 - grid.area.col0)
        self._pixels[rows, cols] = self._table.take(shown)


def _codes(part: NDArray[Any], style: LayerStyle | None, levels: Levels | None) -> IndexPlane:
    """A part of a plane as an index plane. Any thread."""
    return part if style is None or levels is None else encode(part, style, levels)


def wrapped(pixels: NDArray[np.uint32]) -> QImage:
    """A picture in the array's own memory: the caller keeps the array."""
    rows, cols = pixels.shape
    return QImage(pixels.data, cols, rows, cols * 4, QImage.Format.Format_ARGB32_Premultiplied)


@lru_cache(maxsize=128)
def _mask_table(opacity: float, contour: bool) -> Table:
    """As it is blended; the same for the masks of all canvases."""
    return premultiplied(colour_table(opacity, contour))


def _bounds_of(codes: IndexPlane) -> Window | None:
    """The smallest window that holds all pixels of a class."""
    highest = codes.max(axis=1, initial=0)
    if highest.max(initial=0) == MISSING:
        return _bounds_of((codes + np.uint8(1) > 1).view(np.uint8))
    rows = np.flatnonzero(highest)
    if rows.size == 0:
        return None
    row0, row1 = int(rows[0]), int(rows[-1]) + 1
    cols = np.flatnonzero(codes[row0:row1].max(axis=0))
    return Window(row0, row1, int(cols[0]), int(cols[-1]) + 1)
