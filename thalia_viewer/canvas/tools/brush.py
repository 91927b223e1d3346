"""Painting, erasing and recoding with a round brush."""

from typing import ClassVar

from thalia_core.annotate.patch import ERASE, Codes
from thalia_core.annotate.shapes import Shape
from thalia_viewer.canvas.tools.base import Tool
from thalia_viewer.canvas.tools.events import IGNORED, Outline, Pointer, Response, pixel
from thalia_viewer.canvas.tools.hand import Hand

_CLASS = ("activity_type_mask", "intensity_level_mask")


class BrushTool(Tool):
    """Drag paints the class with a round brush."""

    name = "brush"
    paints = True
    erasing: ClassVar[bool] = False

    def outline(self, pointer: Pointer) -> Outline:
        """The footprint of the brush wherever it could paint."""
        if self.hand.painter is None or self._sizing is not None:
            return super().outline(pointer)
        return Outline(radius=self.hand.radius, erasing=self.erasing or pointer.erase)

    def _press(self, pointer: Pointer) -> Response:
        paint = ERASE if self.erasing else self.hand.paint
        return self._begin(pointer, paint, self.name.capitalize())


class EraserTool(BrushTool):
    """Drag takes the mask away."""

    name = "eraser"
    paints = False
    erasing = True


class RecodeTool(BrushTool):
    """Drag gives the class in the hand to pixels of the class under the first press, to no other.

    The class is activity type and intensity; pressed on an unlabelled pixel, it paints unlabelled
    pixels only.
    """

    name = "recode"

    def __init__(self, hand: Hand) -> None:
        super().__init__(hand)
        self._old: tuple[tuple[Codes, int], ...] = ()

    def press(self, pointer: Pointer) -> Response:
        """Begin with the class under the cursor."""
        if not self.drawing:
            self._old = ()
        return super().press(pointer)

    def _press(self, pointer: Pointer) -> Response:
        painter, (row, col) = self.hand.painter, map(int, pixel(pointer))
        rows, cols = self.hand.shape
        if painter is None or not (0 <= row < rows and 0 <= col < cols):
            return IGNORED
        planes = painter.planes()
        self._old = tuple((planes[name], int(planes[name][row, col])) for name in _CLASS)
        return self._begin(pointer, self.hand.paint, "Recode")

    def _meant(self, shape: Shape) -> Shape:
        mask = shape.mask
        for plane, code in self._old:
            mask = mask & (plane[shape.window.slices] == code)
        return Shape(shape.window, mask)
