"""What every tool does: erase while Ctrl is held, give up on Esc."""

from typing import ClassVar

from thalia_core.annotate.patch import ERASE, Paint
from thalia_core.annotate.shapes import capsule
from thalia_core.cube.geometry import Window
from thalia_viewer.canvas.regions import Region
from thalia_viewer.canvas.tools.events import IGNORED, USED, Outline, Pointer, Response, pixel
from thalia_viewer.canvas.tools.hand import Hand, Stroke


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

    def preview(self) -> Region | None:
        """Pixels that would be painted, shown until they are confirmed, wherever the cursor is.

        The same object as before while it is the same.
        """
        return None

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
        self._stroke = self.hand.begin(paint, name)
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
