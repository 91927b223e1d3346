"""The layer of a canvas in the units and colours of a look, on the ground of its frame."""

from dataclasses import replace

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem

from thalia_core.cube.geometry import Geometry
from thalia_viewer.canvas.dressing import dress
from thalia_viewer.canvas.layers import PlaneImage
from thalia_viewer.canvas.raster import Later, RasterItem
from thalia_viewer.looks import UNITS, Look

_Z_GROUND, _Z_LAYER = 0.0, 1.0


class BaseLayer:
    """One layer and what is under it where it has no data.

    Args:
        box: The view of the canvas.
        later: See ``RasterItem``.
    """

    def __init__(self, box: pg.ViewBox, later: Later | None) -> None:
        self._ground = QGraphicsRectItem()
        self._ground.setPen(Qt.PenStyle.NoPen)
        self._raster = RasterItem(later)
        self._ground.setZValue(_Z_GROUND)
        self._raster.setZValue(_Z_LAYER)
        for item in self.items:
            box.addItem(item, ignoreBounds=True)
        self._look = Look()
        self.given: PlaneImage | None = None
        """The layer as it was given, before any look."""
        self.image: PlaneImage | None = None
        """The layer as it is shown."""

    @property
    def items(self) -> tuple[QGraphicsItem, ...]:
        """What draws it."""
        return self._ground, self._raster

    @property
    def ground(self) -> QColor:
        """The colour under the layer."""
        return self._ground.brush().color()

    @property
    def settling(self) -> bool:
        """Whether a view from afar is about to be averaged."""
        return self._raster.settling

    @property
    def has_units(self) -> bool:
        """Whether a phase is shown, which has several units."""
        return self.image is not None and self.image.style.unit in UNITS

    def show(self, image: PlaneImage) -> PlaneImage:
        """Show a layer; returns it as it is shown."""
        self.given, self.image = image, self.dressed(image)
        self._raster.set_image(self.image)
        return self.image

    def drop(self) -> None:
        """Show no layer; the ground stays."""
        self.given = self.image = None
        self._raster.set_image(None)

    def set_look(self, look: Look) -> bool:
        """Another unit or other colours from the next layer on; False where it is the same."""
        other = look != self._look
        self._look = look
        return other

    def dressed(self, image: PlaneImage) -> PlaneImage:
        """A layer in the look of this one."""
        style = dress(image.style, self._look)
        return image if style is image.style else replace(image, style=style)

    def lay_ground(self, geometry: Geometry | None) -> None:
        """Ground for the whole of a frame; None for no ground."""
        if geometry is not None:
            self._ground.setRect(-0.5, -0.5, geometry.cols, geometry.rows)
        self._ground.setVisible(geometry is not None)

    def set_around(self, colour: str) -> None:
        """The colour around the frame: the ground stands out from it a little."""
        around = QColor(colour)
        dark = around.lightness() < 128
        self._ground.setBrush(around.lighter(150) if dark else around.darker(106))
