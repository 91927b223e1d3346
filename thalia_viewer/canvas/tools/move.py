"""Moving a pattern of the mask, or a copy of it."""

from thalia_core.annotate.moving import moved, shifted
from thalia_core.annotate.regions import Planes, pattern_at
from thalia_core.annotate.shapes import Shape
from thalia_viewer.canvas.regions import Region, RegionStyle
from thalia_viewer.canvas.tools.events import IGNORED, USED, Pointer, Response, pixel
from thalia_viewer.canvas.tools.hand import Hand
from thalia_viewer.canvas.tools.hover import HoverTool, colour_of


class MoveTool(HoverTool):
    """Drags the connected pixels of one activity type and instance; with Shift, a copy of them.

    What it is let go on is painted over; what would be outside of the frame is cut off. Dragged
    out of the frame altogether, it stays where it was.
    """

    name = "move"

    def __init__(self, hand: Hand) -> None:
        super().__init__(hand)
        self._held: Shape | None = None
        self._colour = ""
        self._start = (0, 0)
        self._by = (0, 0)
        self._copies = False
        self._there: tuple[tuple[int, int], Shape | None] | None = None

    @property
    def drawing(self) -> bool:
        """A pattern is held."""
        return self._held is not None or super().drawing

    def look_again(self) -> None:
        """The masks changed: what is held may not be there any more."""
        super().look_again()
        self._let_go()

    def leave(self) -> Response:
        """Leave it where it is."""
        if self._held is None:
            return super().leave()
        self._let_go()
        return USED

    def preview(self) -> Region | None:
        """The held pattern where it would be; else the one under the cursor."""
        if self._held is None:
            return super().preview()
        if self._there is None or self._there[0] != self._by:
            self._there = (self._by, shifted(self._held, *self._by, self.hand.shape))
        shape = self._there[1]
        if shape is None:
            return None
        return self._drawn(shape, RegionStyle(self._colour, fill=0.45, dashed=not self._copies))

    def _press(self, pointer: Pointer) -> Response:
        if self._held is not None:
            return USED
        self._point(pointer)
        shape, painter, at = self._here(), self.hand.painter, self._at
        if shape is None or painter is None or at is None:
            return IGNORED
        self._colour = colour_of(int(painter.planes()["activity_type_mask"][at]))
        self._held, self._start, self._by, self._copies = shape, at, (0, 0), pointer.shift
        return USED

    def _move(self, pointer: Pointer) -> Response:
        if self._held is None:
            return super()._move(pointer)
        self._follow(pointer)
        return USED

    def _release(self, pointer: Pointer) -> Response:
        if self._held is None:
            return IGNORED
        self._follow(pointer)
        shape, by, copies, painter = self._held, self._by, self._copies, self.hand.painter
        self._let_go()
        if painter is None or by == (0, 0):
            return USED
        change = moved(painter.planes(), shape, *by, keep=copies)
        if change is None:
            return USED
        window, after = change
        self.hand.repaint(window, after, "Copy" if copies else "Move")
        return USED

    def _follow(self, pointer: Pointer) -> None:
        row, col = map(int, pixel(pointer))
        self._by = (row - self._start[0], col - self._start[1])
        self._copies = pointer.shift

    def _let_go(self) -> None:
        self._held, self._there = None, None

    def _find(self, planes: Planes, row: int, col: int) -> Shape | None:
        return pattern_at(planes, row, col)
