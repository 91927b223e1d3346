"""The tool in the hand and the cursor that holds it over the picture."""

from dataclasses import replace

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtWidgets import QWidget

from thalia_viewer.canvas.cursor import CursorItems
from thalia_viewer.canvas.lens import Lens
from thalia_viewer.canvas.regions import Region
from thalia_viewer.canvas.tools import Hand, PanTool, Pointer, Tool

_REACH = 8.0  # logical pixels that count as the same place


class Touch(QObject):
    """Where the cursor of one canvas is, and what its tool wants to be seen there.

    Args:
        lens: Which part of the frame is seen.
        cursor: What is drawn at the cursor.
        guest: The tools are at home in another canvas, which begins and ends what they draw.
        parent: The canvas; its screen says how fine a pixel is.

    Signals:
        moved: (row, column) of the pixel under the cursor, when it is another one.
        left: The cursor left the frame.
        previewed: The tool shows this Region before it is confirmed, None for no more.
    """

    moved = Signal(int, int)
    left = Signal()
    previewed = Signal(object)

    def __init__(self, lens: Lens, cursor: CursorItems, guest: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self._lens, self._cursor, self._guest, self._canvas = lens, cursor, guest, parent
        self.tool: Tool = PanTool(Hand())
        """The tool in the hand."""
        self.pointer: Pointer | None = None
        """Where the cursor is; None while it is not over the widget."""
        self._pixel: tuple[int, int] | None = None
        self._preview: Region | None = None

    @property
    def place(self) -> tuple[float, float] | None:
        """The (row, column) under the cursor; None while it is not over the frame."""
        if self.pointer is None or self._pixel is None:
            return None
        return self.pointer.row, self.pointer.col

    def take(self, tool: Tool) -> None:
        """Take another tool; a stroke of the old one is committed, its open polygon waits."""
        self.tool.settle()
        self.tool = tool
        if self._lens.grid is not None and not self._guest:
            tool.hand.shape = self._lens.grid.shape

    def reframe(self, shape: tuple[int, int]) -> None:
        """Another frame is under the hand: what was drawn on the old one is over."""
        if not self._guest:
            self.tool.settle()
            self.tool.leave()
            self.tool.hand.shape = shape

    def keep_inside(self) -> None:
        """Another frame is shown: the cursor may rest where the frame before was larger."""
        if self._pixel is not None and not self._lens.inside(*self._pixel):
            self._leave_frame()

    def pointer_at(
        self, point: QPointF, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> Pointer:
        """A point of the widget as tools see it, and the keys that are held."""
        row, col = self._lens.to_image(point)
        return Pointer(
            row,
            col,
            erase=bool(keys & Qt.KeyboardModifier.ControlModifier),
            reach=_REACH / self._lens.view.scale,
            shift=bool(keys & Qt.KeyboardModifier.ShiftModifier),
            alt=bool(keys & Qt.KeyboardModifier.AltModifier),
        )

    def move(self, pointer: Pointer) -> None:
        """The cursor is somewhere else."""
        self.pointer = pointer
        row, col = round(pointer.row), round(pointer.col)
        if not self._lens.inside(row, col):
            self._leave_frame()
        elif (row, col) != self._pixel:
            self._pixel = (row, col)
            self.moved.emit(row, col)
        self.refresh()

    def away(self) -> None:
        """The cursor left the widget."""
        self.pointer = None
        self.tool.away()
        self._leave_frame()
        self.refresh()

    def erase_held(self, held: bool) -> None:
        """Ctrl went down or up: the footprint tells."""
        if self.pointer is not None:
            self.pointer = replace(self.pointer, erase=held)
            self.refresh()

    def refresh(self) -> None:
        """Draw preview and footprint anew."""
        camera = self._lens.camera
        self.refresh_preview()
        if self.pointer is None or camera is None:
            self._cursor.hide()
        else:
            outline = self.tool.outline(self.pointer)
            self._cursor.show(outline, self.pointer, camera, self._canvas.devicePixelRatioF())

    def refresh_preview(self) -> None:
        """Tell of what the tool shows before it is confirmed, when it is something else."""
        preview = self.tool.preview() if self._lens.grid is not None else None
        if preview is not self._preview:
            self._preview = preview
            self.previewed.emit(preview)

    def _leave_frame(self) -> None:
        if self._pixel is not None:
            self._pixel = None
            self.left.emit()
