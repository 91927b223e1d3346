"""What is drawn over the layer of a canvas: a prediction, the masks, marks; all can be hidden."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QGraphicsItem

from thalia_core.cube.geometry import Window
from thalia_viewer.canvas.furniture import Furniture
from thalia_viewer.canvas.layers import IndexPlane, LayerStyle
from thalia_viewer.canvas.marks import Marks
from thalia_viewer.canvas.masks import MaskStyle, present
from thalia_viewer.canvas.raster import MaskItem, RasterItem
from thalia_viewer.canvas.still import MaskLook, Overlay

_Z_PREDICTION, _Z_MASK = 2.0, 3.0


class Overlays:
    """Prediction, masks and marks of one frame, with the legends that explain them.

    Args:
        box: The view of the canvas.
        furniture: Where the legends are.
    """

    def __init__(self, box: pg.ViewBox, furniture: Furniture) -> None:
        self._furniture = furniture
        self._prediction, self.mask = RasterItem(), MaskItem()
        self._prediction.setOpacity(0.6)
        self._prediction.setZValue(_Z_PREDICTION)
        self.mask.setZValue(_Z_MASK)
        for item in (self._prediction, self.mask):
            box.addItem(item, ignoreBounds=True)
        self.marks = Marks(box)
        self.style = MaskStyle()
        """How the masks are drawn."""
        self.mask_visible = True
        """Masks are drawn (while the layer is not held bare)."""
        self._prediction_visible, self._peeking = True, False

    @property
    def items(self) -> tuple[QGraphicsItem, ...]:
        """What draws planes and marks."""
        return self._prediction, self.mask, *self.marks.items

    def restyle(self, **changes: Any) -> None:
        """Draw the masks with other values of these fields of their style."""
        self.style = replace(self.style, **changes)
        self.mask.set_style(self.style)
        self._furniture.classes.show_style(self.style)

    def set_mask_visible(self, visible: bool) -> None:
        """Hide or show the masks."""
        self.mask_visible = visible
        self._show_or_hide()

    def set_prediction(self, index: IndexPlane | None, style: LayerStyle) -> None:
        """Another prediction; None takes it away."""
        self._prediction.set_plane(index, style)
        self._furniture.overlay.show_style(None if index is None else style, (0.0, 1.0))

    def set_prediction_opacity(self, opacity: float) -> None:
        """0 (not seen) to 1."""
        self._prediction.setOpacity(min(max(opacity, 0.0), 1.0))

    def set_prediction_visible(self, visible: bool) -> None:
        """Hide or show the prediction."""
        self._prediction_visible = visible
        self._show_or_hide()

    def peek(self, bare: bool) -> None:
        """While true, nothing of all this is seen."""
        self._peeking = bare
        self._show_or_hide()

    def list_classes(self, window: Window | None = None) -> bool:
        """Bring the class legend up to date, where new classes can only be in a window there.

        Returns:
            Whether other classes are listed than before.
        """
        legend = self._furniture.classes
        plane, bounds = self.mask.activity, self.mask.bounds
        if plane is None or bounds is None:
            found: tuple[int, ...] = ()
        else:
            found = present(plane[(window or bounds).slices])
            if window is not None:
                found = tuple(sorted({*found, *legend.codes}))
        if found == legend.codes:
            return False
        legend.show_codes(found)
        return True

    def still_masks(self) -> MaskLook | None:
        """A copy of the masks while they are seen."""
        activity, intensity = self.mask.activity, self.mask.intensity
        if not self.mask.isVisible() or activity is None:
            return None
        level = np.zeros_like(activity) if intensity is None else intensity.copy()
        return MaskLook(activity.copy(), level, self.style)

    def still_prediction(self) -> Overlay | None:
        """The prediction while it is seen."""
        index, style = self._prediction.shown
        if not self._prediction.isVisible() or index is None or style is None:
            return None
        return Overlay(index, style, self._prediction.opacity())

    def _show_or_hide(self) -> None:
        masks = self.mask_visible and not self._peeking
        self.mask.setVisible(masks)
        predicted = self._prediction_visible and not self._peeking
        self._prediction.setVisible(predicted)
        self.marks.set_visible(not self._peeking)
        self._furniture.explain(masks, predicted)
