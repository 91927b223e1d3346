"""Tools that measure: a line, numbered points, a reference area. They paint nothing.

Each keeps what it has drawn, in image pixels, and says so when it changes; the rulers draw it.
"""

from collections.abc import Callable
from math import hypot
from typing import ClassVar

from thalia_viewer.canvas.tools import IGNORED, USED, Hand, Pointer, Response, Tool

Spot = tuple[float, float]
"""(row, column) in image pixels."""


class _Measuring(Tool):
    """What the three have in common: news of what is drawn and of what is complete.

    Args:
        hand: Shared by all tools.
        changed: Called when what is drawn looks different.
        finished: Called when there is something new to measure.
    """

    def __init__(
        self, hand: Hand, changed: Callable[[], None], finished: Callable[[], None]
    ) -> None:
        super().__init__(hand)
        self._changed = changed
        self._finished = finished

    def _within(self, pointer: Pointer) -> Spot:
        """The place of the cursor, or the nearest one in the frame."""
        rows, cols = self.hand.shape
        return min(max(pointer.row, 0.0), rows - 1.0), min(max(pointer.col, 0.0), cols - 1.0)


class LineTool(_Measuring):
    """Clicks set the corners of a line, Enter or a double click ends it; so does one drag.

    The corners of a finished line can be dragged; a click elsewhere begins another line.
    """

    name: ClassVar[str] = "line"

    def __init__(
        self, hand: Hand, changed: Callable[[], None], finished: Callable[[], None]
    ) -> None:
        super().__init__(hand, changed, finished)
        self._corners: list[Spot] = []
        self._open = False
        self._held: int | None = None
        self._cursor: Spot | None = None

    @property
    def drawing(self) -> bool:
        """A line is open, or Ctrl erases."""
        return self._open or super().drawing

    @property
    def corners(self) -> tuple[Spot, ...]:
        """The corners, with the place of the cursor as the last one while the line is open."""
        if self._open and self._cursor is not None:
            return (*self._corners, self._cursor)
        return tuple(self._corners)

    def show(self, corners: tuple[Spot, ...]) -> None:
        """A finished line from elsewhere; an empty one for none."""
        self._corners, self._open, self._held = list(corners), False, None
        self._changed()

    def double(self, pointer: Pointer) -> Response:
        """End the line at the corner that the first click has set."""
        return self.key("enter") if self._open else self.press(pointer)

    def key(self, name: str) -> Response:
        """Enter ends the line, Backspace takes the last corner back."""
        if not self._open or name not in ("enter", "backspace"):
            return super().key(name)
        if name == "backspace":
            self._corners.pop()
            self._open = bool(self._corners)
            self._changed()
        elif len(self._corners) > 1:
            self._end()
        return USED

    def leave(self) -> Response:
        """Drop the open line, or the erasing stroke in progress."""
        if super().drawing or not self._open:
            return super().leave()
        self.show(())
        self._finished()
        return USED

    def _press(self, pointer: Pointer) -> Response:
        place = self._within(pointer)
        if self._open:
            self._corners.append(place)
        else:
            self._held = _near(self._corners, pointer)
            if self._held is None:
                self._corners, self._open = [place], True
        self._cursor = place
        self._changed()
        return USED

    def _move(self, pointer: Pointer) -> Response:
        self._cursor = self._within(pointer)
        if self._held is not None:
            self._corners[self._held] = self._cursor
        elif not self._open:
            return IGNORED
        self._changed()
        return USED

    def _release(self, pointer: Pointer) -> Response:
        if self._held is not None:
            self._held = None
            self._finished()
        elif self._open and len(self._corners) == 1:
            (row, col), here = self._corners[0], self._within(pointer)
            if hypot(here[0] - row, here[1] - col) > pointer.reach:
                self._corners.append(here)
                self._end()
        return USED

    def _end(self) -> None:
        self._open = False
        self._changed()
        self._finished()


class PointTool(_Measuring):
    """A click adds a point, Backspace takes the last one back; a point can be dragged."""

    name: ClassVar[str] = "point"

    def __init__(
        self, hand: Hand, changed: Callable[[], None], finished: Callable[[], None]
    ) -> None:
        super().__init__(hand, changed, finished)
        self._points: list[Spot] = []
        self._held: int | None = None

    @property
    def drawing(self) -> bool:
        """There are points that Backspace takes back."""
        return bool(self._points) or super().drawing

    @property
    def points(self) -> tuple[Spot, ...]:
        """In the order of their numbers."""
        return tuple(self._points)

    def show(self, points: tuple[Spot, ...]) -> None:
        """Other points, from elsewhere."""
        self._points, self._held = list(points), None
        self._changed()

    def key(self, name: str) -> Response:
        """Backspace takes the last point back."""
        if name != "backspace" or not self._points:
            return super().key(name)
        self._points.pop()
        self._changed()
        self._finished()
        return USED

    def _press(self, pointer: Pointer) -> Response:
        self._held = _near(self._points, pointer)
        if self._held is None:
            self._points.append(self._within(pointer))
            self._held = len(self._points) - 1
        self._changed()
        return USED

    def _move(self, pointer: Pointer) -> Response:
        if self._held is None:
            return IGNORED
        self._points[self._held] = self._within(pointer)
        self._changed()
        return USED

    def _release(self, pointer: Pointer) -> Response:
        if self._held is not None:
            self._held = None
            self._finished()
        return USED


class AreaTool(_Measuring):
    """A drag draws the circle that counts as standing still, from its centre outwards."""

    name: ClassVar[str] = "area"

    def __init__(
        self, hand: Hand, changed: Callable[[], None], finished: Callable[[], None]
    ) -> None:
        super().__init__(hand, changed, finished)
        self._held = False
        self.centre: Spot | None = None
        self.edge: Spot | None = None
        """A place on the circle; None where it was only clicked, for a circle of usual size."""

    def _press(self, pointer: Pointer) -> Response:
        self.centre, self.edge, self._held = self._within(pointer), None, True
        self._changed()
        return USED

    def _move(self, pointer: Pointer) -> Response:
        if not self._held or self.centre is None:
            return IGNORED
        row, col = self.centre
        far = hypot(pointer.row - row, pointer.col - col) > pointer.reach
        self.edge = (pointer.row, pointer.col) if far else None
        self._changed()
        return USED

    def _release(self, pointer: Pointer) -> Response:
        if self._held:
            self._held = False
            self._finished()
        return USED


def _near(spots: list[Spot], pointer: Pointer) -> int | None:
    """Number of the first spot under the cursor."""
    for i, (row, col) in enumerate(spots):
        if hypot(pointer.row - row, pointer.col - col) <= pointer.reach:
            return i
    return None
