"""What every tool does: erase while Ctrl is held, resize the brush with Alt, give up on Esc."""

from typing import ClassVar

from thalia_core.annotate.patch import ERASE, Paint
from thalia_core.annotate.shapes import Shape, capsule
from thalia_core.cube.geometry import Window
from thalia_viewer.canvas.regions import Region
from thalia_viewer.canvas.tools.events import IGNORED, USED, Outline, Pointer, Response, pixel
from thalia_viewer.canvas.tools.hand import Hand, Stroke
from thalia_viewer.canvas.tools.sizing import Sizing


class Tool:
    """A tool that only erases while Ctrl is held; the others build on it."""

    name: ClassVar[str] = ""
    paints: ClassVar[bool] = False
    """Whether it leaves the chosen class on pixels."""

    def __init__(self, hand: Hand) -> None:
        self.hand = hand
        self._stroke: Stroke | None = None
        self._sizing: Sizing | None = None
        self._last: tuple[float, float] = (0.0, 0.0)

    @property
    def drawing(self) -> bool:
        """Something is uncommitted."""
        return self._stroke is not None or self._sizing is not None

    @property
    def painting(self) -> bool:
        """A stroke is on the masks that is no step of the history yet."""
        return self._stroke is not None

    def press(self, pointer: Pointer) -> Response:
        """The left button went down."""
        if self._stroke is not None or self._sizing is not None:
            return USED
        if pointer.alt:
            return self.size(pointer)
        if pointer.erase:
            return self._begin(pointer, ERASE, "Eraser")
        return self._press(pointer)

    def move(self, pointer: Pointer) -> Response:
        """The cursor moved, with or without the button."""
        if self._sizing is not None:
            self._sizing.move(pointer)
            return Response(resized=True)
        if self._stroke is not None:
            return Response(dirty=self._extend(pointer))
        return self._move(pointer)

    def release(self, pointer: Pointer) -> Response:
        """The left button went up."""
        if self._sizing is not None:
            return self.sized()
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
        if self._sizing is not None:
            self._sizing.undo()
            return self.sized()
        stroke, self._stroke = self._stroke, None
        return IGNORED if stroke is None else Response(dirty=stroke.abort())

    def size(self, pointer: Pointer) -> Response:
        """From now on moves of the cursor change the size of the brush, until ``sized``."""
        if self.hand.painter is None or self.drawing:
            return IGNORED
        self._sizing = Sizing(self.hand, pointer)
        return USED

    def sized(self) -> Response:
        """The brush has its size."""
        sizing, self._sizing = self._sizing, None
        return IGNORED if sizing is None else Response(resized=True)

    def settle(self) -> None:
        """Commit a stroke in progress, because the pair or the tool is about to change."""
        self._sizing = None
        self._commit()

    def look_again(self) -> None:
        """The masks changed: what was found in them counts no more."""

    def away(self) -> None:
        """The cursor left the picture."""

    def preview(self) -> Region | None:
        """Pixels that would be painted, shown until they are confirmed, wherever the cursor is.

        The same object as before while it is the same.
        """
        return None

    def outline(self, pointer: Pointer) -> Outline:
        """What to draw at the cursor."""
        if self._sizing is not None:
            return Outline(radius=self.hand.radius, at=self._sizing.at)
        if self.hand.painter is not None and (pointer.erase or self._stroke is not None):
            return Outline(radius=self.hand.radius, erasing=True)
        return self._outline(pointer)

    def _outline(self, pointer: Pointer) -> Outline:
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
        return None if shape is None else self._stroke.extend(self._meant(shape))

    def _meant(self, shape: Shape) -> Shape:
        """The pixels of a stroke's shape that are painted."""
        return shape

    def _commit(self) -> None:
        stroke, self._stroke = self._stroke, None
        if stroke is not None:
            stroke.commit()
