"""Resizing the brush by moving the cursor."""

from thalia_viewer.canvas.tools.events import Pointer, pixel
from thalia_viewer.canvas.tools.hand import Hand


class Sizing:
    """The brush while it is resized: wider to the right and upwards, its edge with the cursor.

    Args:
        hand: Whose brush it is.
        pointer: Where it began; the footprint stays there.
    """

    def __init__(self, hand: Hand, pointer: Pointer) -> None:
        self.at = pixel(pointer)
        self._hand = hand
        self._start = pointer
        self._radius = hand.radius

    def move(self, pointer: Pointer) -> None:
        """The cursor is somewhere else."""
        by = (pointer.col - self._start.col) - (pointer.row - self._start.row)
        self._hand.set_radius(self._radius + by)

    def undo(self) -> None:
        """The size that it had."""
        self._hand.radius = self._radius
