"""Tools that set the gate and paint nothing: a region is drawn, a phase is picked."""

from collections.abc import Callable
from math import hypot
from typing import ClassVar, Literal

from thalia_core.annotate.shapes import Shape, polygon
from thalia_viewer.canvas.tools import IGNORED, USED, Hand, Outline, Pointer, Response, Tool

Spot = tuple[float, float]
"""(row, column) in image pixels."""
How = Literal["new", "add", "subtract"]
"""What a drawn region does to the one before."""


class RegionTool(Tool):
    """A drag goes around a region; clicks set its corners, Enter or a double click closes it.

    With Shift the region is added to the one before, with Ctrl taken away from it.

    Args:
        hand: Shared by all tools.
        drawn: Called with the pixels inside (None where there are none) and what they do.
    """

    name: ClassVar[str] = "gate_region"

    def __init__(self, hand: Hand, drawn: Callable[[Shape | None, How], None]) -> None:
        super().__init__(hand)
        self._drawn = drawn
        self._corners: list[Spot] = []
        self._held = False
        self._around = False
        self._how: How = "new"

    @property
    def drawing(self) -> bool:
        """A region is open."""
        return bool(self._corners)

    def press(self, pointer: Pointer) -> Response:
        """A corner, or the begin of a way around."""
        if not self._corners:
            self._how = "add" if pointer.shift else "subtract" if pointer.erase else "new"
        elif self._closes(pointer):
            return self._close()
        self._corners.append((pointer.row, pointer.col))
        self._held, self._around = True, False
        return USED

    def move(self, pointer: Pointer) -> Response:
        """Go on around, where the way began with this drag."""
        if not self._corners:
            return IGNORED
        row, col = self._corners[-1]
        far = hypot(pointer.row - row, pointer.col - col)
        begun = self._around or len(self._corners) == 1
        if self._held and begun and far > (0.7 if self._around else pointer.reach):
            self._around = True
            self._corners.append((pointer.row, pointer.col))
        return USED

    def release(self, pointer: Pointer) -> Response:
        """The end of a way around closes it."""
        self._held = False
        return self._close() if self._around else USED

    def double(self, pointer: Pointer) -> Response:
        """Close at the corner that the first click has set."""
        return self._close() if self._corners else self.press(pointer)

    def key(self, name: str) -> Response:
        """Enter closes, Backspace takes the last corner back."""
        if not self._corners or name not in ("enter", "backspace"):
            return super().key(name)
        if name == "enter":
            return self._close()
        self._corners.pop()
        return USED

    def leave(self) -> Response:
        """Drop what is open."""
        had, self._corners, self._held, self._around = bool(self._corners), [], False, False
        return USED if had else IGNORED

    def outline(self, pointer: Pointer) -> Outline:
        """The way so far."""
        return Outline(vertices=tuple(self._corners), closing=self._closes(pointer))

    def _closes(self, pointer: Pointer) -> bool:
        if len(self._corners) < 3 or self._around:
            return False
        row, col = self._corners[0]
        return hypot(pointer.row - row, pointer.col - col) <= pointer.reach

    def _close(self) -> Response:
        corners, self._corners, self._around = self._corners, [], False
        if len(corners) >= 3:
            self._drawn(polygon(corners, self.hand.shape), self._how)
        return USED


class PickTool(Tool):
    """A drag goes from one phase to another, a click means one phase.

    Args:
        hand: Shared by all tools.
        picked: Called with the (row, column) of both ends, or of one place twice.
    """

    name: ClassVar[str] = "gate_pick"

    def __init__(self, hand: Hand, picked: Callable[[Spot, Spot], None]) -> None:
        super().__init__(hand)
        self._picked = picked
        self._begin_at: Spot | None = None

    @property
    def drawing(self) -> bool:
        """One end is picked."""
        return self._begin_at is not None

    def press(self, pointer: Pointer) -> Response:
        """One end."""
        self._begin_at = (pointer.row, pointer.col)
        return USED

    def move(self, pointer: Pointer) -> Response:
        """The line follows the cursor."""
        return IGNORED if self._begin_at is None else USED

    def release(self, pointer: Pointer) -> Response:
        """The other end, or the same place."""
        begin, self._begin_at = self._begin_at, None
        if begin is not None:
            far = hypot(pointer.row - begin[0], pointer.col - begin[1]) > pointer.reach
            self._picked(begin, (pointer.row, pointer.col) if far else begin)
        return USED

    def leave(self) -> Response:
        """Pick nothing."""
        had, self._begin_at = self._begin_at is not None, None
        return USED if had else IGNORED

    def outline(self, pointer: Pointer) -> Outline:
        """A line between both ends."""
        return Outline(vertices=() if self._begin_at is None else (self._begin_at,))
