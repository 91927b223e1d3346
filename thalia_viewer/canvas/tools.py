"""What the hand does: pan, brush, eraser and polygon as small state machines, without Qt.

Events are plain values in image pixels. A tool answers each with a Response: whether it used the
event, which pixels changed, how the view should move. Painting goes to a Painter, which the edit
session satisfies; nothing here touches a mask.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import hypot
from typing import ClassVar, Protocol

from thalia_core.annotate.patch import ERASE, Paint
from thalia_core.annotate.shapes import Shape, capsule, polygon
from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import Activity, Intensity

MIN_RADIUS, MAX_RADIUS = 0.5, 512.0
_GROWTH = 1.2


class Stroke(Protocol):
    """One edit in progress."""

    def extend(self, shape: Shape) -> Window | None:
        """Paint a shape; returns the pixels that changed."""

    def commit(self) -> object:
        """Make it one step of the history."""

    def abort(self) -> Window | None:
        """Take it back; returns the pixels that changed."""


class Painter(Protocol):
    """Where strokes go: the edit session, bound to the shown pair."""

    def begin(self, paint: Paint, name: str) -> Stroke:
        """Start a stroke with a class."""


@dataclass(slots=True)
class Hand:
    """What all tools share: where they paint, with what, how wide.

    Attributes:
        painter: None while nothing may be painted.
        paint: The class that brush and polygon paint.
        radius: Brush radius in image pixels.
        shape: (rows, columns) of the frame; the canvas keeps it.
    """

    painter: Painter | None = None
    paint: Paint = Paint(Activity.MOGI, Intensity.MEDIUM)
    radius: float = 8.0
    shape: tuple[int, int] = (0, 0)

    def resize(self, steps: int) -> None:
        """Make the brush wider (or narrower, below 0) by a fifth a step, in half pixels."""
        for _ in range(abs(steps)):
            wider = self.radius * (_GROWTH if steps > 0 else 1 / _GROWTH)
            wider = round(wider * 2) / 2
            if wider == self.radius:
                wider += 0.5 if steps > 0 else -0.5
            self.radius = min(max(wider, MIN_RADIUS), MAX_RADIUS)


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the cursor is.

    Attributes:
        row: Row in image pixels; integers are pixel centres.
        col: Column, alike.
        erase: Ctrl is held.
        reach: Image pixels that count as "the same place" on this screen at this zoom.
    """

    row: float
    col: float
    erase: bool = False
    reach: float = 0.0


@dataclass(frozen=True, slots=True)
class Response:
    """What a tool made of an event.

    Attributes:
        used: The event is dealt with; others go on to the window.
        dirty: Mask pixels that changed.
        pan: (rows, columns) the view should move by, in image pixels.
    """

    used: bool = True
    dirty: Window | None = None
    pan: tuple[float, float] | None = None


IGNORED = Response(used=False)
USED = Response()


@dataclass(frozen=True, slots=True)
class Outline:
    """What the canvas draws at the cursor.

    Attributes:
        radius: Radius of the brush's footprint around the cursor, or None for no footprint.
        erasing: The footprint takes away.
        vertices: Open polygon as (row, column); the canvas adds the line to the cursor.
        closing: The next click closes the polygon.
    """

    radius: float | None = None
    erasing: bool = False
    vertices: tuple[tuple[float, float], ...] = ()
    closing: bool = False


class Tool:
    """A tool that only erases while Ctrl is held; the others build on it."""

    name: ClassVar[str] = ""

    def __init__(self, hand: Hand) -> None:
        self.hand = hand
        self._stroke: Stroke | None = None
        self._last: tuple[float, float] = (0.0, 0.0)

    @property
    def drawing(self) -> bool:
        """Something is uncommitted."""
        return self._stroke is not None

    def press(self, pointer: Pointer) -> Response:
        """The left button went down."""
        if self._stroke is not None:
            return USED
        if pointer.erase:
            return self._begin(pointer, ERASE, "Eraser")
        return self._press(pointer)

    def move(self, pointer: Pointer) -> Response:
        """The cursor moved, with or without the button."""
        if self._stroke is not None:
            return Response(dirty=self._extend(pointer))
        return self._move(pointer)

    def release(self, pointer: Pointer) -> Response:
        """The left button went up."""
        if self._stroke is not None:
            dirty = self._extend(pointer)
            self._commit()
            return Response(dirty=dirty)
        return self._release(pointer)

    def double(self, pointer: Pointer) -> Response:
        """A second press in the same place soon after the first."""
        return self.press(pointer)

    def key(self, name: str) -> Response:
        """One of ``[``, ``]``, ``enter``, ``backspace``."""
        if name in ("[", "]"):
            self.hand.resize(1 if name == "]" else -1)
            return USED
        return IGNORED

    def leave(self) -> Response:
        """Esc: give up what is uncommitted. Always ends the drawing state."""
        stroke, self._stroke = self._stroke, None
        return IGNORED if stroke is None else Response(dirty=stroke.abort())

    def settle(self) -> None:
        """Commit a stroke in progress, because the pair or the tool is about to change."""
        self._commit()

    def outline(self, pointer: Pointer) -> Outline:
        """What to draw at the cursor."""
        if self.hand.painter is not None and (pointer.erase or self._stroke is not None):
            return Outline(radius=self.hand.radius, erasing=True)
        return Outline()

    def _press(self, pointer: Pointer) -> Response:
        return IGNORED

    def _move(self, pointer: Pointer) -> Response:
        return IGNORED

    def _release(self, pointer: Pointer) -> Response:
        return IGNORED

    def _begin(self, pointer: Pointer, paint: Paint, name: str) -> Response:
        if self.hand.painter is None:
            return IGNORED
        self._stroke = self.hand.painter.begin(paint, name)
        self._last = pixel(pointer)
        return Response(dirty=self._extend(pointer))

    def _extend(self, pointer: Pointer) -> Window | None:
        """Paint from the last place to this one, so that quick moves leave no gaps."""
        assert self._stroke is not None
        start, self._last = self._last, pixel(pointer)
        shape = capsule(start, self._last, self.hand.radius, self.hand.shape)
        return None if shape is None else self._stroke.extend(shape)

    def _commit(self) -> None:
        stroke, self._stroke = self._stroke, None
        if stroke is not None:
            stroke.commit()


class PanTool(Tool):
    """Drag moves the picture."""

    name = "pan"

    def __init__(self, hand: Hand) -> None:
        super().__init__(hand)
        self._held: Pointer | None = None

    def leave(self) -> Response:
        """Let go of the picture."""
        self._held = None
        return super().leave()

    def _press(self, pointer: Pointer) -> Response:
        self._held = pointer
        return USED

    def _move(self, pointer: Pointer) -> Response:
        if self._held is None:
            return IGNORED
        return Response(pan=(self._held.row - pointer.row, self._held.col - pointer.col))

    def _release(self, pointer: Pointer) -> Response:
        self._held = None
        return USED


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


class PolygonTool(Tool):
    """Clicks set vertices; Enter, a double click or a click on the first vertex paints the inside.

    The vertices belong to no pair: an open polygon stays while pairs are compared, and is painted
    on the pair that is shown when it is closed.
    """

    name = "polygon"

    def __init__(self, hand: Hand) -> None:
        super().__init__(hand)
        self._vertices: list[tuple[float, float]] = []

    @property
    def drawing(self) -> bool:
        """A polygon is open, or Ctrl erases."""
        return bool(self._vertices) or self._stroke is not None

    def double(self, pointer: Pointer) -> Response:
        """Close at the vertex that the first click has set."""
        return self.key("enter") if self._vertices else self.press(pointer)

    def key(self, name: str) -> Response:
        """Enter closes, Backspace takes the last vertex back."""
        if not self._vertices or name not in ("enter", "backspace"):
            return super().key(name)
        if name == "enter":
            return Response(dirty=self._close())
        self._vertices.pop()
        return USED

    def leave(self) -> Response:
        """Drop the open polygon, or the erasing stroke in progress."""
        if self._stroke is not None:
            return super().leave()
        had, self._vertices = bool(self._vertices), []
        return USED if had else IGNORED

    def outline(self, pointer: Pointer) -> Outline:
        """The open polygon."""
        if pointer.erase or self._stroke is not None:
            return super().outline(pointer)
        return Outline(vertices=tuple(self._vertices), closing=self._closes(pointer))

    def _press(self, pointer: Pointer) -> Response:
        if self.hand.painter is None:
            return IGNORED
        if self._closes(pointer):
            return Response(dirty=self._close())
        self._vertices.append((pointer.row, pointer.col))
        return USED

    def _move(self, pointer: Pointer) -> Response:
        return USED if self._vertices else IGNORED

    def _closes(self, pointer: Pointer) -> bool:
        if len(self._vertices) < 3:
            return False
        row, col = self._vertices[0]
        return hypot(pointer.row - row, pointer.col - col) <= pointer.reach

    def _close(self) -> Window | None:
        if self.hand.painter is None:
            return None
        inside = len(self._vertices) >= 3
        shape = polygon(self._vertices, self.hand.shape) if inside else None
        # Begun before the vertices are let go: when the painter refuses, the drawing is still there
        stroke = None if shape is None else self.hand.painter.begin(self.hand.paint, "Polygon")
        self._vertices = []
        if stroke is None or shape is None:
            return None
        dirty = stroke.extend(shape)
        stroke.commit()
        return dirty


TOOLS: dict[str, Callable[[Hand], Tool]] = {
    tool.name: tool for tool in (PanTool, BrushTool, EraserTool, PolygonTool)
}
"""By name, in the order of the tool bar."""


def pixel(pointer: Pointer) -> tuple[float, float]:
    """Centre of the pixel under the cursor: what the brush is drawn and painted around."""
    return float(round(pointer.row)), float(round(pointer.col))
