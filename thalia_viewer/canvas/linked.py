"""Several canvases of one frame as one: view, cursor and masks are the same in all of them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from thalia_core.cube.geometry import Window
from thalia_viewer.canvas.layers import IndexPlane, PlaneImage
from thalia_viewer.canvas.regions import Region

if TYPE_CHECKING:
    from thalia_viewer.canvas.view import Canvas


class Linked(QObject):
    """Keeps further canvases with the first one.

    A pixel is equally large in all of them; the whole frame is as large as the smallest allows.

    Args:
        main: The canvas that masks are given to.
        parent: Owner.
    """

    cursor_moved = Signal(int, int)
    """The cursor is on another pixel, in whichever canvas."""
    cursor_left = Signal()

    def __init__(self, main: Canvas, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._main = main
        self._all: list[Canvas] = []
        self._moving = False
        self._at: tuple[Canvas, int, int] | None = None
        self._masks: tuple[IndexPlane | None, IndexPlane | None] = (None, None)
        main.mask_shown.connect(self._show_masks)
        main.mask_repainted.connect(self._repaint)
        self._regions: dict[str, Region] = {}

    def add(self, canvas: Canvas) -> None:
        """One more canvas that goes with the others."""
        self._all.append(canvas)
        canvas.view_changed.connect(partial(self._moved, canvas))
        canvas.cursor_moved.connect(partial(self._pointed, canvas))
        canvas.cursor_left.connect(self._unpointed)
        canvas.previewed.connect(partial(self.set_region, "tool"))
        if canvas is not self._main:
            canvas.edited.connect(self._main.mask_changed)

    @property
    def at(self) -> tuple[int, int] | None:
        """(row, column) under the cursor, in whichever canvas."""
        return None if self._at is None else self._at[1:]

    def show(self, canvas: Canvas, image: PlaneImage) -> None:
        """Show a picture in a further canvas, seen as the first one sees it, with its masks."""
        self._moving = True  # that it sees the whole of a new frame first is nobody's wish
        try:
            canvas.set_image(image)
        finally:
            self._moving = False
        self._dress(canvas, *self._masks)
        for key, region in self._regions.items():
            if self._main.region(key) is region:  # else it was of a frame that is gone
                self._mark_region(canvas, key, region)
        if self._with_main(canvas):
            self._moved(self._main)

    def set_region(self, key: str, region: Region | None) -> None:
        """Mark pixels in all canvases that show the frame; see ``Canvas.set_region``."""
        self._regions.pop(key, None)
        if region is not None:
            self._regions[key] = region
        for canvas in self._all:
            self._mark_region(canvas, key, region)

    def _mark_region(self, canvas: Canvas, key: str, region: Region | None) -> None:
        grid, main = canvas.grid, self._main.grid
        fits = grid is not None and main is not None and grid.same_grid(main)
        canvas.set_region(key, region if fits else None)

    def refresh_cursors(self) -> None:
        """Draw the footprints anew, after the brush changed from outside."""
        for canvas in self._all:
            canvas.refresh_cursor()

    def _with_main(self, canvas: Canvas) -> bool:
        grid, main = canvas.grid, self._main.grid
        return (
            grid is not None and main is not None and not canvas.isHidden() and grid.same_grid(main)
        )

    def _moved(self, canvas: Canvas) -> None:
        if self._moving or not self._with_main(canvas):
            return
        together = [c for c in self._all if self._with_main(c)]
        view = canvas.view()
        if canvas.fitted:
            fits = [whole.scale for c in together if (whole := c.whole()) is not None]
            view = replace(view, scale=min(fits))
        self._moving = True
        try:
            for other in together:
                if other.view() != view or other.fitted != canvas.fitted:
                    other.set_view(view, fitted=canvas.fitted)
        finally:
            self._moving = False
        self._mark()

    def _pointed(self, canvas: Canvas, row: int, col: int) -> None:
        self._at = (canvas, row, col)
        self._mark()
        self.cursor_moved.emit(row, col)

    def _unpointed(self) -> None:
        self._at = None
        self._mark()
        self.cursor_left.emit()

    def _mark(self) -> None:
        """The crosshair in all canvases but the one under the cursor."""
        for canvas in self._all:
            if self._at is None or canvas is self._at[0]:
                canvas.set_crosshair(None)
            else:
                canvas.set_crosshair(self._at[1], self._at[2])

    def _show_masks(self, activity: IndexPlane | None, intensity: IndexPlane | None) -> None:
        self._masks = (activity, intensity)
        for canvas in self._all:
            self._dress(canvas, activity, intensity)

    def _dress(
        self, canvas: Canvas, activity: IndexPlane | None, intensity: IndexPlane | None
    ) -> None:
        if canvas is self._main:
            return
        fits = activity is None or (canvas.grid is not None and canvas.grid.shape == activity.shape)
        canvas.set_mask(*((activity, intensity) if fits else (None, None)))

    def _repaint(self, window: Window | None) -> None:
        for canvas in self._all:
            if canvas is not self._main:
                canvas.mask_changed(window)
