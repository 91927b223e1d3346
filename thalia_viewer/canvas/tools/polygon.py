"""Painting, or taking away, the inside of a line: a polygon of corners or a lasso drawn freely."""

from math import hypot
from typing import ClassVar

from thalia_core.annotate.patch import ERASE
from thalia_core.annotate.shapes import polygon
from thalia_core.cube.geometry import Window
from thalia_viewer.canvas.tools.base import Tool
from thalia_viewer.canvas.tools.events import IGNORED, USED, Outline, Pointer, Response
from thalia_viewer.canvas.tools.hand import Hand


class EnclosingTool(Tool):
    """Draws a line and paints what it encloses; it takes away where ``Hand.subtract`` says so.

    Shift at its beginning turns that round. The line belongs to no pair: it stays while pairs are
    compared, and is painted on the pair that is shown when it is closed.
    """

    paints = True
    freehand: ClassVar[bool] = False

    def __init__(self, hand: Hand) -> None:
        super().__init__(hand)
        self._vertices: list[tuple[float, float]] = []
        self._turned = False

    @property
    def drawing(self) -> bool:
        """A line is open, or what every tool does is under way."""
        return bool(self._vertices) or super().drawing

    @property
    def subtracting(self) -> bool:
        """The inside will be taken away."""
        return self.hand.subtract != self._turned

    def leave(self) -> Response:
        """Drop the open line, or what every tool does."""
        if super().drawing:
            return super().leave()
        had = bool(self._vertices)
        self._drop()
        return USED if had else IGNORED

    def _drop(self) -> None:
        self._vertices, self._turned = [], False

    def _add(self, pointer: Pointer) -> Response:
        if not self._vertices:
            self._turned = pointer.shift
        self._vertices.append((pointer.row, pointer.col))
        return USED

    def _outline(self, pointer: Pointer) -> Outline:
        return Outline(
            erasing=self.subtracting,
            vertices=tuple(self._vertices),
            closing=self._closes(pointer),
            freehand=self.freehand,
            activity=self.hand.paint.activity,
        )

    def _closes(self, pointer: Pointer) -> bool:
        """Whether a press here would close the line."""
        return False

    def _close(self) -> Window | None:
        if self.hand.painter is None:
            return None
        inside = len(self._vertices) >= 3
        shape = polygon(self._vertices, self.hand.shape) if inside else None
        paint, name = self.hand.paint, self.name.capitalize()
        if self.subtracting:
            paint, name = ERASE, f"{name}, subtracted"
        # Begun before the vertices are let go: when the painter refuses, the drawing is still there
        stroke = None if shape is None else self.hand.begin(paint, name)
        self._drop()
        if stroke is None or shape is None:
            return None
        dirty = stroke.extend(shape)
        stroke.commit()
        return dirty


class PolygonTool(EnclosingTool):
    """Clicks set corners; Enter, a double click or a click on the first one paints the inside."""

    name = "polygon"

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

    def _press(self, pointer: Pointer) -> Response:
        if self.hand.painter is None:
            return IGNORED
        if self._closes(pointer):
            return Response(dirty=self._close())
        return self._add(pointer)

    def _move(self, pointer: Pointer) -> Response:
        return USED if self._vertices else IGNORED

    def _closes(self, pointer: Pointer) -> bool:
        if len(self._vertices) < 3:
            return False
        row, col = self._vertices[0]
        return hypot(pointer.row - row, pointer.col - col) <= pointer.reach


class LassoTool(EnclosingTool):
    """A drag draws a line freely; letting go paints what it encloses."""

    name = "lasso"
    freehand = True

    def _press(self, pointer: Pointer) -> Response:
        if self.hand.painter is None or self._vertices:
            return IGNORED
        return self._add(pointer)

    def _move(self, pointer: Pointer) -> Response:
        if not self._vertices:
            return IGNORED
        row, col = self._vertices[-1]
        # two pixels of the screen: all that a hand means
        if hypot(pointer.row - row, pointer.col - col) >= pointer.reach / 4:
            self._add(pointer)
        return USED

    def _release(self, pointer: Pointer) -> Response:
        if not self._vertices:
            return IGNORED
        self._add(pointer)
        if self.hand.painter is None:  # the pair that is shown cannot be painted on
            self._drop()
            return USED
        return Response(dirty=self._close())
