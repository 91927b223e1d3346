"""Painting and erasing with a round brush."""

from typing import ClassVar

from thalia_core.annotate.patch import ERASE
from thalia_viewer.canvas.tools.base import Tool
from thalia_viewer.canvas.tools.events import Outline, Pointer, Response


class BrushTool(Tool):
    """Drag paints the class with a round brush."""

    name = "brush"
    erasing: ClassVar[bool] = False

    def outline(self, pointer: Pointer) -> Outline:
        """The footprint of the brush wherever it could paint."""
        if self.hand.painter is None:
            return Outline()
        return Outline(radius=self.hand.radius, erasing=self.erasing or pointer.erase)

    def _press(self, pointer: Pointer) -> Response:
        paint = ERASE if self.erasing else self.hand.paint
        return self._begin(pointer, paint, self.name.capitalize())


class EraserTool(BrushTool):
    """Drag takes the mask away."""

    name = "eraser"
    erasing = True
