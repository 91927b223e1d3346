"""Which part of a frame a canvas sees, and every way to see another one."""

from collections.abc import Callable
from dataclasses import replace

import pyqtgraph as pg
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from thalia_core.cube.geometry import Geometry
from thalia_viewer.canvas.camera import Camera, View


class Lens:
    """The view of one canvas; without a frame it sees nothing and every move is in vain.

    Args:
        widget: What the picture fills; its size in logical pixels counts.
        box: The scene's part that is given the range in image pixels.
        moved: Called when the view is another, or the same in a widget of another size.
    """

    def __init__(self, widget: QWidget, box: pg.ViewBox, moved: Callable[[], None]) -> None:
        self._widget, self._box, self._moved = widget, box, moved
        self.grid: Geometry | None = None
        """Where the frame lies; None while there is none."""
        self.view = View(0.0, 0.0, 1.0)
        """What is seen now."""
        self.fitted = True
        """Whether the whole frame is seen, and stays so when the widget is resized."""

    @property
    def camera(self) -> Camera | None:
        """Where image positions are on the screen; None without a frame."""
        if self.grid is None:
            return None
        size = self._widget.size()
        return Camera(self.grid, size.width(), size.height(), self.view)

    def inside(self, row: int, col: int) -> bool:
        """Whether there is such a pixel in the frame."""
        return self.grid is not None and (0 <= row < self.grid.rows and 0 <= col < self.grid.cols)

    def to_widget(self, row: float, col: float) -> QPointF:
        """Where an image position is in the widget, in logical pixels."""
        camera = self.camera
        return QPointF() if camera is None else QPointF(*camera.to_screen(row, col))

    def to_image(self, point: QPointF) -> tuple[float, float]:
        """The (row, column) at a point of the widget; (-1, -1) without a frame."""
        camera = self.camera
        return (-1.0, -1.0) if camera is None else camera.to_image(point.x(), point.y())

    def whole(self) -> View | None:
        """The view of the whole frame, as large as it fits; None without a frame."""
        camera = self.camera
        return None if camera is None else camera.fitted()

    def see(self, view: View, fitted: bool = False) -> None:
        """See another part, its zoom kept within sensible bounds."""
        self.fitted = fitted
        self._apply(view)

    def see_whole(self) -> None:
        """The whole frame, from now on."""
        self.fitted = True
        whole = self.whole()
        if whole is not None:
            self._apply(whole)

    def zoom(self, factor: float, at: tuple[float, float] | None) -> None:
        """Enlarge about an image position, None for the middle."""
        camera = self.camera
        if camera is not None and factor > 0:
            self.see(camera.zoomed(factor, *(at or (self.view.row, self.view.col))))

    def pan(self, rows: float, cols: float) -> None:
        """See what lies that many image pixels further south and east."""
        self.see(View(self.view.row + rows, self.view.col + cols, self.view.scale))

    def centre(self, row: float, col: float) -> None:
        """Bring an image position to the middle."""
        self.see(View(row, col, self.view.scale))

    def resized(self) -> None:
        """The widget has another size."""
        if self.fitted:
            self.see_whole()
        else:
            self._apply(self.view)

    def _apply(self, view: View) -> None:
        """The one place where the view changes."""
        camera = self.camera
        if camera is None:
            return
        self.view = camera.allowed(view)
        camera = replace(camera, view=self.view)
        row0, col0 = camera.to_image(0.0, 0.0)
        row1, col1 = camera.to_image(camera.width, camera.height)
        self._box.setRange(xRange=(col0, col1), yRange=(row0, row1), padding=0)
        self._box.prepareForPaint()  # left to the paint event it would repaint everything twice
        self._moved()
