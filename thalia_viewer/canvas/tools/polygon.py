"""Painting the inside of a polygon."""

from math import hypot

from thalia_core.annotate.shapes import polygon
from thalia_core.cube.geometry import Window
from thalia_viewer.canvas.tools.base import Tool
from thalia_viewer.canvas.tools.events import IGNORED, USED, Outline, Pointer, Response
from thalia_viewer.canvas.tools.hand import Hand


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
        stroke = None if shape is None else self.hand.begin(self.hand.paint, "Polygon")
        self._vertices = []
        if stroke is None or shape is None:
            return None
        dirty = stroke.extend(shape)
        stroke.commit()
        return dirty
