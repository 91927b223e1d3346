"""A second layer over the first one: on the right of a line, or all of it."""

import pyqtgraph as pg
from PySide6.QtCore import QPointF

from thalia_viewer.canvas.divider import Divider
from thalia_viewer.canvas.layers import PlaneImage
from thalia_viewer.canvas.raster import RasterItem
from thalia_viewer.theme import Theme

_Z_LAYER, _Z_LINE = 1.5, 150.0


class Comparison:
    """The compared layer of a canvas and the line where it begins.

    Args:
        box: The view of the canvas.
    """

    def __init__(self, box: pg.ViewBox) -> None:
        self.layer = RasterItem()
        """The item that draws it."""
        self.layer.setZValue(_Z_LAYER)
        box.addItem(self.layer, ignoreBounds=True)
        self._divider = Divider(box)
        self._divider.setZValue(_Z_LINE)
        self._size = (1.0, 1.0)
        self._share: float | None = None
        self.image: PlaneImage | None = None
        """The compared layer; None where there is none."""

    @property
    def compared(self) -> tuple[PlaneImage, float] | None:
        """The compared layer and its share, while it is seen."""
        return (self.image, self._share or 0.0) if self.image and self.layer.isVisible() else None

    @property
    def share(self) -> float | None:
        """Share of the width that is left of the line; None while nothing is compared."""
        return self._share

    def set_share(self, share: float | None) -> None:
        """Show the compared layer right of that share of the width: 0 all of it, None nothing."""
        self._share = None if share is None else min(max(share, 0.0), 1.0)
        self.place(*self._size)

    def show(self, image: PlaneImage | None, title: str = "") -> None:
        """Another compared layer."""
        self.image = image
        self.layer.set_image(image)
        self._divider.describe(title)
        self.place(*self._size)

    def place(self, width: float, height: float) -> None:
        """The view has that size."""
        self._size = (width, height)
        shown = self._share is not None and self.image is not None
        self.layer.setVisible(shown)
        self._divider.setVisible(shown and bool(self._share))
        if self._share is not None:
            self.layer.begin_at(self._share * width)
            self._divider.place(self._share * width, height)

    def near_line(self, point: QPointF) -> bool:
        """Whether the line can be taken hold of at a point of the widget."""
        return self._divider.near(point)

    def drag_to(self, point: QPointF) -> None:
        """Move the line under a point of the widget, never quite to the edges."""
        self.set_share(min(max(point.x() / max(self._size[0], 1.0), 0.02), 0.98))

    def set_theme(self, theme: Theme) -> None:
        """Other colours."""
        self._divider.set_theme(theme)
