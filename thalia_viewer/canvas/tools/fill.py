"""Filling a region of the mask, and taking its class into the hand."""

from collections.abc import Callable

from thalia_core.annotate.patch import Codes
from thalia_core.annotate.regions import Planes, class_at, hole_at, holes_of
from thalia_core.annotate.shapes import Shape
from thalia_viewer.canvas.regions import RegionStyle
from thalia_viewer.canvas.tools.events import IGNORED, USED, Pointer, Response
from thalia_viewer.canvas.tools.hand import Hand
from thalia_viewer.canvas.tools.hover import HoverTool, colour_of, holds


class FillTool(HoverTool):
    """A click gives the connected region of one class the class in the hand, or fills a hole.

    A hole is unlabelled and enclosed by labels; the open ground around them is never filled.
    """

    name = "fill"
    paints = True

    def __init__(self, hand: Hand) -> None:
        super().__init__(hand)
        self._held: Shape | None = None
        self._holes: tuple[Codes, Shape | None] | None = None

    @property
    def drawing(self) -> bool:
        """The button is down on a region."""
        return self._held is not None or super().drawing

    def look_again(self) -> None:
        """The masks changed: other regions, other holes."""
        super().look_again()
        self._held = self._holes = None

    def leave(self) -> Response:
        """Fill nothing."""
        if self._held is None:
            return super().leave()
        self._held = None
        return USED

    def _press(self, pointer: Pointer) -> Response:
        self._point(pointer)
        self._held = self._here()
        return USED if self._held is not None else IGNORED

    def _release(self, pointer: Pointer) -> Response:
        shape, self._held = self._held, None
        self._point(pointer)
        if shape is None or self._at is None or not holds(shape, self._at):
            return USED if shape is not None else IGNORED  # let go elsewhere: not meant
        stroke = self.hand.begin(self.hand.paint, "Fill")
        dirty = stroke.extend(shape)
        stroke.commit()
        return Response(dirty=dirty)

    def _find(self, planes: Planes, row: int, col: int) -> Shape | None:
        activity = planes["activity_type_mask"]
        found = class_at(planes, row, col)
        if found is not None:
            return found
        if self._holes is None or self._holes[0] is not activity:
            self._holes = (activity, holes_of(activity))
        holes = self._holes[1]
        return None if holes is None else hole_at(holes, row, col)

    def _style(self, shape: Shape) -> RegionStyle:
        return RegionStyle(colour_of(self.hand.paint.activity), fill=0.35, dotted=True)


class PickTool(HoverTool):
    """A click takes the class under the cursor into the hand.

    Args:
        hand: Shared by all tools.
        picked: Called with the codes of activity type, intensity and instance.
    """

    name = "pick"

    def __init__(self, hand: Hand, picked: Callable[[int, int, int], None]) -> None:
        super().__init__(hand)
        self._picked = picked

    def _press(self, pointer: Pointer) -> Response:
        self._point(pointer)
        painter, at = self.hand.painter, self._at
        if painter is None or at is None or self._here() is None:
            return IGNORED
        planes = painter.planes()
        names = ("activity_type_mask", "intensity_level_mask", "instance_mask")
        self._picked(*(int(planes[name][at]) for name in names))
        return USED

    def _find(self, planes: Planes, row: int, col: int) -> Shape | None:
        return class_at(planes, row, col)
