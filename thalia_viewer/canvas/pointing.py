"""Mouse, wheel and keys over the picture, turned into plain events for the tool.

pyqtgraph's own mouse handling is left out: it delays drags and thins out moves, and a brush needs
every one of them.
"""

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent, QWheelEvent

if TYPE_CHECKING:
    from thalia_viewer.canvas.view import Canvas

_CURSORS = {
    "pan": Qt.CursorShape.OpenHandCursor,
    "brush": Qt.CursorShape.CrossCursor,
    "eraser": Qt.CursorShape.CrossCursor,
    "polygon": Qt.CursorShape.CrossCursor,
    "fill": Qt.CursorShape.PointingHandCursor,
    "pick": Qt.CursorShape.PointingHandCursor,
    "move": Qt.CursorShape.SizeAllCursor,
}
_KEYS = {
    Qt.Key.Key_BracketLeft: "[",
    Qt.Key.Key_BracketRight: "]",
    Qt.Key.Key_Return: "enter",
    Qt.Key.Key_Enter: "enter",
    Qt.Key.Key_Backspace: "backspace",
    Qt.Key.Key_Escape: "escape",
}
_PAN_BUTTONS = Qt.MouseButton.MiddleButton | Qt.MouseButton.RightButton
_NOTCH = 120.0  # eighths of a degree in one step of a wheel
_ZOOM_PER_NOTCH = 1.2


class Viewport(pg.GraphicsView):  # type: ignore[misc]  # pyqtgraph carries no types
    """The scene's view; everything the hand does goes to the canvas's tool."""

    def __init__(self, canvas: "Canvas") -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._panning: QPointF | None = None
        self._pressed = False
        self._dividing = False
        self.setObjectName("canvas.view")
        self.setAccessibleName("Picture")
        self.setAntialiasing(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.dress("pan")

    def dress(self, tool: str) -> None:
        """The mouse cursor that goes with a tool."""
        self.viewport().setCursor(_CURSORS.get(tool, Qt.CursorShape.CrossCursor))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Left is the tool's, the others take hold of the picture."""
        self._canvas.pressed.emit()
        left = event.button() == Qt.MouseButton.LeftButton
        if left and self._canvas.over_legend(event.position()):
            self._canvas.legend_pressed.emit()
        elif left and self._canvas.comparison.near_line(event.position()):
            self._dividing = True
        elif event.button() & _PAN_BUTTONS:
            self._panning = event.position()
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() == Qt.MouseButton.LeftButton and self._canvas.grid is not None:
            self._pressed = True
            canvas = self._canvas
            pointer = canvas.pointer_at(event.position(), event.modifiers())
            canvas.pointed(pointer)
            canvas.answer(canvas.tool.press(pointer))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the picture, or the tool."""
        canvas = self._canvas
        event.accept()
        if canvas.grid is None:
            return
        if self._dividing:
            canvas.comparison.drag_to(event.position())
            return
        if self._panning is not None:
            row0, col0 = canvas.to_image(self._panning)
            row1, col1 = canvas.to_image(event.position())
            self._panning = event.position()
            canvas.pan_by(row0 - row1, col0 - col1)
        pointer = canvas.pointer_at(event.position(), event.modifiers())
        canvas.pointed(pointer)
        held = bool(event.buttons() & Qt.MouseButton.LeftButton)
        if self._pressed and not held:  # let go where we could not see it
            self._pressed = False
            canvas.answer(canvas.tool.release(pointer))
        elif self._panning is None:
            canvas.answer(canvas.tool.move(pointer))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._dividing = False
        if event.button() & _PAN_BUTTONS:
            self._panning = None
            self.dress(self._canvas.tool.name)
        elif event.button() == Qt.MouseButton.LeftButton and self._pressed:
            self._pressed = False
            canvas = self._canvas
            pointer = canvas.pointer_at(event.position(), event.modifiers())
            canvas.answer(canvas.tool.release(pointer))
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The second press of two."""
        at, own = event.position(), event.button() == Qt.MouseButton.LeftButton
        own &= not (self._canvas.over_legend(at) or self._canvas.comparison.near_line(at))
        if not own or self._canvas.grid is None:
            self.mousePressEvent(event)
            return
        self._pressed = True
        canvas = self._canvas
        canvas.answer(canvas.tool.double(canvas.pointer_at(event.position(), event.modifiers())))
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the cursor; with Shift, a wider or narrower brush."""
        canvas = self._canvas
        angle = event.angleDelta()
        notches = (angle.y() or angle.x()) / _NOTCH
        event.accept()
        if notches == 0 or canvas.grid is None:
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            canvas.tool.hand.resize(1 if notches > 0 else -1)
            canvas.hand_changed.emit()
            canvas.refresh_cursor()
            return
        canvas.zoom_by(_ZOOM_PER_NOTCH**notches, canvas.to_image(event.position()))
        canvas.pointed(canvas.pointer_at(event.position(), event.modifiers()))

    def leaveEvent(self, event: QEvent) -> None:
        """No cursor, no footprint."""
        self._canvas.unpointed()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Keep what is seen in the middle, or the whole frame when all of it was seen."""
        super().resizeEvent(event)
        if event is not None:
            self._canvas.resized()

    def event(self, event: QEvent) -> bool:
        """Ask for Enter, Backspace and Esc before any shortcut of the window while drawing."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._canvas.tool.drawing
            and _KEYS.get(Qt.Key(event.key())) in ("enter", "backspace", "escape")
            and event.modifiers() in (Qt.KeyboardModifier.NoModifier, _KEYPAD)
        ):
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys of the tool; others go on to the window."""
        canvas = self._canvas
        name = _KEYS.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Control:
            canvas.erase_held(True)
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, _KEYPAD)
        used = False
        if name == "escape":
            used = canvas.leave()
        elif name is not None and plain:
            used = canvas.answer(canvas.tool.key(name))
            if name in ("[", "]"):
                canvas.hand_changed.emit()
        event.setAccepted(used)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Ctrl shows at the cursor that it erases."""
        if event.key() == Qt.Key.Key_Control:
            self._canvas.erase_held(False)
        event.ignore()


_KEYPAD = Qt.KeyboardModifier.KeypadModifier
