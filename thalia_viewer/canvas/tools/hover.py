"""Tools that act on a connected region of the mask: they show which one lies under the cursor."""

from thalia_core.annotate.regions import Planes
from thalia_core.annotate.shapes import Shape
from thalia_viewer.canvas.masks import CLASS_COLOURS, UNKNOWN_COLOUR
from thalia_viewer.canvas.regions import Region, RegionStyle
from thalia_viewer.canvas.tools.base import Tool
from thalia_viewer.canvas.tools.events import IGNORED, USED, Pointer, Response, pixel
from thalia_viewer.canvas.tools.hand import Hand


class HoverTool(Tool):
    """Keeps the region under the cursor until the masks change; ``_find`` says which one that is.

    It is looked for when it is to be drawn, and once as long as the cursor stays on it.
    """

    def __init__(self, hand: Hand) -> None:
        super().__init__(hand)
        self._at: tuple[int, int] | None = None
        self._found: Shape | None = None
        self._nothing_at: tuple[int, int] | None = None
        self._region: Region | None = None

    def look_again(self) -> None:
        """The masks changed: look anew, once the cursor moves again."""
        self._found = self._nothing_at = self._at = None

    def away(self) -> None:
        """Nothing lies under the cursor."""
        self._at = None

    def settle(self) -> None:
        """The pair or the tool is about to change."""
        super().settle()
        self.look_again()

    def preview(self) -> Region | None:
        """The region under the cursor."""
        shape = None if self._stroke is not None or self._sizing is not None else self._here()
        return self._drawn(shape, self._style(shape)) if shape is not None else None

    def _drawn(self, shape: Shape, style: RegionStyle) -> Region:
        """The region that was drawn before while it is the same."""
        before = self._region
        if before is None or before.shape is not shape or before.style != style:
            self._region = before = Region(shape, style)
        return before

    def _move(self, pointer: Pointer) -> Response:
        before = self._at
        self._point(pointer)
        return USED if self._at != before else IGNORED

    def _point(self, pointer: Pointer) -> None:
        row, col = map(int, pixel(pointer))
        rows, cols = self.hand.shape
        inside = 0 <= row < rows and 0 <= col < cols
        self._at = (row, col) if inside and not pointer.erase else None

    def _here(self) -> Shape | None:
        """The region under the cursor, as it was found before or found now."""
        painter, at = self.hand.painter, self._at
        if painter is None or at is None or at == self._nothing_at:
            return None
        if self._found is None or not holds(self._found, at):
            self._found = self._find(painter.planes(), *at)
            self._nothing_at = at if self._found is None else None
        return self._found

    def _find(self, planes: Planes, row: int, col: int) -> Shape | None:
        raise NotImplementedError

    def _style(self, shape: Shape) -> RegionStyle:
        """How the region under the cursor is drawn: picked out in white."""
        return RegionStyle(fill=0.2)


def colour_of(activity: int) -> str:
    """Colour of an activity type, ``#rrggbb``."""
    return CLASS_COLOURS.get(activity, UNKNOWN_COLOUR)


def holds(shape: Shape, at: tuple[int, int]) -> bool:
    """Whether a pixel of the frame belongs to a shape."""
    row, col = at[0] - shape.window.row0, at[1] - shape.window.col0
    rows, cols = shape.mask.shape
    return 0 <= row < rows and 0 <= col < cols and bool(shape.mask[row, col])
