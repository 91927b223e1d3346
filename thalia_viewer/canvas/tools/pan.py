"""Moving the picture."""

from thalia_viewer.canvas.tools.base import Tool
from thalia_viewer.canvas.tools.events import IGNORED, USED, Pointer, Response
from thalia_viewer.canvas.tools.hand import Hand


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
