"""The marks over a picture: regions, each under a name of whoever put it there."""

import pyqtgraph as pg
from PySide6.QtWidgets import QGraphicsItem

from thalia_viewer.canvas.region_item import RegionItem
from thalia_viewer.canvas.regions import Region

_ABOVE_Z = 10  # above the masks, below the cursor
_BELOW_Z = 2.5  # between prediction and masks


class Marks:
    """The regions that are drawn on one frame.

    Args:
        box: The view of the canvas.
    """

    def __init__(self, box: pg.ViewBox) -> None:
        self._box = box
        self._items: dict[str, RegionItem] = {}
        self._visible = True

    @property
    def items(self) -> tuple[QGraphicsItem, ...]:
        """What draws them."""
        return tuple(self._items.values())

    def region(self, key: str) -> Region | None:
        """What is marked under that name."""
        item = self._items.get(key)
        return None if item is None else item.region

    def put(self, key: str, region: Region, shape: tuple[int, int]) -> None:
        """Mark a region of a frame of that (rows, columns); what had the name goes.

        Raises:
            ValueError: The region does not lie in the frame.
        """
        if region.shape.window.clip(*shape) != region.shape.window:
            raise ValueError(f"{region.shape.window} is not in a frame of {shape}")
        item = self._items.get(key)
        if item is not None:
            item.set_region(region)
            return
        self._items[key] = item = RegionItem(shape, region)
        above = _ABOVE_Z + len(self._items)
        item.setZValue(_BELOW_Z if region.style.below else above)
        item.setVisible(self._visible)
        self._box.addItem(item, ignoreBounds=True)

    def take(self, key: str) -> None:
        """Take a mark away, where there is one."""
        if key in self._items:
            self._box.removeItem(self._items.pop(key))

    def clear(self) -> None:
        """Take all of them away: they were of a frame that is gone."""
        for key in list(self._items):
            self.take(key)

    def set_visible(self, visible: bool) -> None:
        """Hide or show all of them, and those that come."""
        self._visible = visible
        for item in self._items.values():
            item.setVisible(visible)
