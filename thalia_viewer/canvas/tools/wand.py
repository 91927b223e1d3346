"""Taking a whole lobe of fringes with one click."""

from collections.abc import Callable
from enum import Enum
from math import hypot
from typing import Protocol

from thalia_core.annotate.patch import ERASE
from thalia_core.annotate.shapes import Shape
from thalia_core.cube.geometry import Window
from thalia_core.cube.schema import CM_PER_CYCLE
from thalia_viewer.canvas.masks import CLASS_COLOURS, UNKNOWN_COLOUR
from thalia_viewer.canvas.regions import Region, RegionStyle
from thalia_viewer.canvas.tools.base import Tool
from thalia_viewer.canvas.tools.events import IGNORED, USED, Outline, Pointer, Response
from thalia_viewer.canvas.tools.hand import Hand

_HALVED = 25.0
"""Reaches of the hand that halve the threshold, or double it."""
_ERASING = "#ffffff"


class Found(Protocol):
    """The lobe at a click: a shape for every threshold in centimetres."""

    @property
    def automatic_cm(self) -> float:
        """The threshold to begin with."""

    @property
    def towards(self) -> bool:
        """Whether it came nearer to the satellite."""

    @property
    def pixel_km2(self) -> float:
        """Area of a pixel."""

    def within(self, threshold_cm: float) -> float:
        """The nearest threshold that gives a shape."""

    def shape(self, threshold_cm: float | None = None) -> Shape:
        """The pixels that moved by it or more."""


class _State(Enum):
    IDLE, SEEKING, FOUND = range(3)


class WandTool(Tool):
    """A click finds a lobe, which is painted when it is confirmed.

    A drag changes the threshold; Enter, a double click or a click inside confirms. What was found
    by a click with Ctrl is taken away from the mask. A change of pair or tool drops it.

    Args:
        hand: Shared by all tools.
        seek: Called with row and column of a click; answers later by ``show`` or ``lose``.
        allowed: The pixels of a shape that the gate leaves; None for none.
    """

    name = "wand"
    paints = True

    def __init__(
        self,
        hand: Hand,
        seek: Callable[[float, float], None],
        allowed: Callable[[Shape], Shape | None],
    ) -> None:
        super().__init__(hand)
        self._seek = seek
        self._allowed = allowed
        self._state = _State.IDLE
        self._found: Found | None = None
        self._drawn_for = (hand.paint, hand.gate)
        self._erasing = False
        self._cut = 0.0
        self._held: Pointer | None = None
        self._inside = False
        self._dragged = 0.0
        self._shape: Shape | None = None
        self._preview: Region | None = None

    @property
    def drawing(self) -> bool:
        """A lobe is looked for, or waits to be confirmed."""
        return self._state is not _State.IDLE

    @property
    def threshold_cm(self) -> float | None:
        """The threshold of the preview."""
        return None if self._found is None else self._cut

    def show(self, found: Found) -> None:
        """The lobe that was looked for is there."""
        if self._state is _State.SEEKING:
            self._state, self._found = _State.FOUND, found
            self._cut = found.automatic_cm
            if self._held is None:
                self._keep()
            self._reshape()

    def lose(self) -> None:
        """Nothing was found: what was previewed before is gone, too."""
        self._drop()

    def press(self, pointer: Pointer) -> Response:
        """Take hold of the lobe that is previewed, or look for another one."""
        if self.hand.painter is None:
            return IGNORED
        self._held, self._dragged = pointer, 0.0
        self._inside = self._state is _State.FOUND and self._covers(pointer)
        if not self._inside:
            self._state, self._erasing = _State.SEEKING, pointer.erase
            self._seek(pointer.row, pointer.col)
        return USED

    def move(self, pointer: Pointer) -> Response:
        """While held: to the right or up takes in more, to the left or down less."""
        if self._held is None:
            return IGNORED
        across = pointer.col - self._held.col - (pointer.row - self._held.row)
        self._dragged = across / pointer.reach if abs(across) > pointer.reach / 2 else 0.0
        self._reshape()
        return USED

    def release(self, pointer: Pointer) -> Response:
        """The preview stays; a click inside it, without a drag, confirms."""
        held, self._held = self._held, None
        if held is None:
            return IGNORED
        still = hypot(pointer.row - held.row, pointer.col - held.col) <= pointer.reach / 2
        if self._inside and still:
            return Response(dirty=self._confirm())
        if self._state is _State.FOUND:
            self._keep()
        return USED

    def double(self, pointer: Pointer) -> Response:
        """Confirm; the second press of two never looks for another lobe."""
        return Response(dirty=self._confirm())

    def key(self, name: str) -> Response:
        """Enter confirms, Backspace drops."""
        if self._state is _State.IDLE or name not in ("enter", "backspace"):
            return super().key(name)
        if name == "backspace":
            return self.leave()
        return Response(dirty=self._confirm())

    def leave(self) -> Response:
        """Drop the preview, and what is being looked for."""
        was = self.drawing
        self._drop()
        return USED if was else IGNORED

    def settle(self) -> None:
        """Another pair or tool comes: what is not confirmed belongs to this one."""
        self._drop()

    def preview(self) -> Region | None:
        """The lobe, dotted, in the colour of the class."""
        if self._preview is not None and self._drawn_for != (self.hand.paint, self.hand.gate):
            self._reshape()
        return self._preview

    def outline(self, pointer: Pointer) -> Outline:
        """The threshold and the area beside the cursor."""
        if self.hand.painter is None:
            return Outline()
        return Outline(note=self._note())

    def _covers(self, pointer: Pointer) -> bool:
        shape, row, col = self._shape, round(pointer.row), round(pointer.col)
        if shape is None:
            return False
        window = shape.window
        inside = window.row0 <= row < window.row1 and window.col0 <= col < window.col1
        return inside and bool(shape.mask[row - window.row0, col - window.col0])

    def _threshold(self) -> float:
        if self._found is None:
            return self._cut
        return self._found.within(self._cut * 0.5 ** (self._dragged / _HALVED))

    def _keep(self) -> None:
        """What was dragged is the threshold from now on."""
        self._cut, self._dragged = self._threshold(), 0.0

    def _reshape(self) -> None:
        """Make the preview anew, where it is another one."""
        if self._found is None or self._state is not _State.FOUND:
            return
        self._drawn_for = (self.hand.paint, self.hand.gate)
        self._shape = self._allowed(self._found.shape(self._threshold()))
        if self._shape is None:
            self._preview = None
            return
        colour = CLASS_COLOURS.get(self.hand.paint.activity, UNKNOWN_COLOUR)
        style = RegionStyle(_ERASING if self._erasing else colour, fill=0.28, dotted=True)
        self._preview = Region(self._shape, style)

    def _note(self) -> str:
        if self._state is _State.SEEKING:
            return "Looking for the lobe…"
        if self._found is None:
            return ""
        cut = self._threshold()
        pixels = 0 if self._shape is None else int(self._shape.mask.sum())
        sense = "towards" if self._found.towards else "away"
        size = f"{pixels * self._found.pixel_km2:,.1f} km²"
        what = "Take away" if self._erasing else f"≥ {cut:.2f} cm {sense}"
        return f"{what} · {cut / CM_PER_CYCLE:.2f} fringes · {size}"

    def _confirm(self) -> Window | None:
        """Paint it as one step; what the painter refuses stays previewed."""
        if self._state is not _State.FOUND or self._shape is None or self.hand.painter is None:
            return None
        stroke = self.hand.begin(ERASE if self._erasing else self.hand.paint, "Fringe wand")
        shape = self._shape
        self._drop()
        dirty = stroke.extend(shape)
        stroke.commit()
        return dirty

    def _drop(self) -> None:
        self._state, self._found, self._held = _State.IDLE, None, None
        self._shape, self._preview, self._dragged = None, None, 0.0
