"""The canvas: one frame, its layer, prediction, masks and tools in one widget."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsRectItem, QVBoxLayout, QWidget

from thalia_core.cube.geometry import Geometry, Window
from thalia_viewer.canvas.camera import Camera, View
from thalia_viewer.canvas.comparison import Comparison
from thalia_viewer.canvas.cursor import CursorItems
from thalia_viewer.canvas.dressing import dress
from thalia_viewer.canvas.furniture import Furniture
from thalia_viewer.canvas.layers import STYLES, IndexPlane, LayerStyle, PlaneImage
from thalia_viewer.canvas.masks import MaskStyle, present
from thalia_viewer.canvas.pointing import Viewport
from thalia_viewer.canvas.raster import Later, MaskItem, RasterItem
from thalia_viewer.canvas.region_item import RegionItem
from thalia_viewer.canvas.regions import Region
from thalia_viewer.canvas.still import MaskLook, Overlay, Still, recorded
from thalia_viewer.canvas.tools import Hand, PanTool, Pointer, Response, Tool
from thalia_viewer.looks import UNITS, Look
from thalia_viewer.theme import DARK, Theme

_REACH = 8.0  # logical pixels that count as the same place
_REGIONS_Z = 10  # above the masks, below the cursor
_BELOW_Z = 2.5  # between prediction and masks


class Canvas(QWidget):
    """Shows a frame and lets a tool paint on it. It reads no store and knows no pair.

    Positions are (row, column) in image pixels, integers at pixel centres, row 0 in the north.
    The left button belongs to the tool; middle and right drag pan with any tool, the wheel zooms
    at the cursor, Shift and the wheel change the brush, Ctrl and drag erase with any tool. Of the
    keys the canvas takes Enter, Backspace and Esc while something is being drawn, and no other.

    Signals:
        cursor_moved: (row, column) of the pixel under the cursor, when it is another one.
        cursor_left: The cursor left the frame.
        view_changed: Pan, zoom or a new size.
        edited: A tool painted this Window; it is repainted already.
        hand_changed: The brush has another radius.
        pressed: A button of the mouse went down over the picture.
        legend_pressed: The legend of a phase was clicked.
        mask_shown: (activity, intensity) planes that are drawn from now on, or None.
        mask_repainted: This Window of the mask was drawn anew, None for all of it.
        previewed: The tool shows this Region before it is confirmed, None for no more.
    """

    cursor_moved = Signal(int, int)
    cursor_left = Signal()
    view_changed = Signal()
    edited = Signal(object)
    hand_changed = Signal()
    pressed = Signal()
    legend_pressed = Signal()
    mask_shown = Signal(object, object)
    mask_repainted = Signal(object)
    previewed = Signal(object)

    def __init__(
        self,
        parent: QWidget | None = None,
        theme: Theme = DARK,
        later: Later | None = None,
        guest: bool = False,
    ) -> None:
        """An empty canvas.

        Args:
            parent: Owner.
            theme: Colours around the data.
            later: Runs a callable on a thread and hands its result to another on the main thread,
                dropping what is older; with it, views from afar settle to an average.
            guest: Another canvas is the home of the tools: this one uses them, and leaves alone
                what they have begun when its picture changes.
        """
        super().__init__(parent)
        self.setObjectName("canvas")
        self.setAccessibleName("Picture of the pair")
        self._later = later
        self._guest = guest
        self._grid: Geometry | None = None
        self._image: PlaneImage | None = None
        self._undressed: PlaneImage | None = None
        self._look = Look()
        self._view = View(0.0, 0.0, 1.0)
        self._fitted = True
        self._tool: Tool = PanTool(Hand())
        self._pointer: Pointer | None = None
        self._pixel: tuple[int, int] | None = None
        self._mask_visible, self._overlay_visible, self._peeking = True, True, False
        self._masks_look = MaskStyle()
        self._regions: dict[str, RegionItem] = {}
        self._preview: Region | None = None
        self._build()
        self.set_theme(theme)

    def _build(self) -> None:
        self._viewport = Viewport(self)
        self._box = pg.ViewBox(enableMenu=False, enableMouse=False, invertY=True, defaultPadding=0)
        self._box.disableAutoRange()
        self._viewport.setCentralItem(self._box)
        self._ground = QGraphicsRectItem()
        self._ground.setPen(Qt.PenStyle.NoPen)
        self._layer, self._overlay, self._mask = RasterItem(self._later), RasterItem(), MaskItem()
        self._overlay.setOpacity(0.6)
        for z, item in enumerate((self._ground, self._layer, self._overlay, self._mask)):
            item.setZValue(z)
            self._box.addItem(item, ignoreBounds=True)
        self._cursor = CursorItems(self._box, z=100)
        self.furniture = Furniture(self._box)
        """Legends, scale bar, grid and message over the picture."""
        self.comparison = Comparison(self._box)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._viewport)
        self.setFocusProxy(self._viewport)

    # The picture

    @property
    def grid(self) -> Geometry | None:
        """Where the frame lies; None while the canvas is empty."""
        return self._grid

    @property
    def image(self) -> PlaneImage | None:
        """The layer that is shown."""
        return self._image

    @property
    def message(self) -> str:
        """What is said instead of a layer."""
        return self.furniture.message.text

    @property
    def surface(self) -> pg.ViewBox:
        """Parent of items that live in logical pixels of the view, such as rulers."""
        return self._box

    @property
    def camera(self) -> Camera | None:
        """Where image positions are on the screen; None while the canvas is empty."""
        return self._camera

    @property
    def settling(self) -> bool:
        """Whether a view from afar is about to be averaged."""
        return self._layer.settling

    def set_theme(self, theme: Theme) -> None:
        """Colours around the data."""
        self.theme = theme
        self._viewport.setBackground(theme.canvas)
        ground = QColor(theme.canvas)
        dark = ground.lightness() < 128
        self._ground.setBrush(ground.lighter(150) if dark else ground.darker(106))
        self.furniture.set_theme(theme)
        self._cursor.note.set_theme(theme)
        self.comparison.set_theme(theme)

    def set_frame(self, geometry: Geometry) -> None:
        """Another frame: drops layer, prediction and masks, and shows the whole of it."""
        self._grid = geometry
        if self._pixel is not None and not self._inside(*self._pixel):
            self._pixel = None  # the cursor rests where the frame before was larger
            self.cursor_left.emit()
        self._rehand(geometry.shape)
        self._drop_regions()
        self._image = self._undressed = None
        self._layer.set_image(None)
        self.set_compared(None)
        self.set_overlay(None)
        self.set_mask(None, None)
        self.furniture.layer.show_style(None)
        self.furniture.message.show_text("")
        self._ground.setRect(-0.5, -0.5, geometry.cols, geometry.rows)
        self._ground.setVisible(True)
        self.reset_view()

    def set_image(self, image: PlaneImage) -> None:
        """Show a layer. The view stays as it is unless the frame is another."""
        if self._grid is None or not self._grid.same_grid(image.geometry):
            self.set_frame(image.geometry)
        self._undressed = image
        self._image = image = self._dressed(image)
        self._layer.set_image(image)
        self.furniture.layer.show_style(image.style, image.levels)
        self.furniture.message.show_text("")
        self._arrange()

    def set_look(self, look: Look) -> None:
        """Another unit or other colours for phases; nothing is computed anew but their table."""
        if look != self._look:
            self._look = look
            if self._image is not None and self._undressed is not None:
                self.set_image(self._undressed)

    def set_compared(self, image: PlaneImage | None, title: str = "") -> None:
        """A layer to compare, see ``comparison``; none where it is of another frame."""
        fits = image is not None and self._grid is not None and self._grid.same_grid(image.geometry)
        self.comparison.show(self._dressed(image) if fits and image is not None else None, title)

    def clear(self, text: str = "") -> None:
        """Show nothing but a calm message."""
        self._grid = self._image = self._undressed = None
        self._rehand((0, 0))
        self._drop_regions()
        self._layer.set_image(None)
        self.set_compared(None)
        self.set_overlay(None)
        self.set_mask(None, None)
        self.furniture.layer.show_style(None)
        self._ground.setVisible(False)
        self.furniture.message.show_text(text)
        self.unpointed()
        self._arrange()

    def blank(self, text: str) -> None:
        """Show a message instead of a layer; frame and view stay as they are."""
        self._tool.settle()
        self._image = self._undressed = None
        self._layer.set_image(None)
        self.set_compared(None)
        self.set_overlay(None)
        self.set_mask(None, None)
        self.furniture.layer.show_style(None)
        self.furniture.message.show_text(text)
        self._arrange()

    # Masks and prediction

    @property
    def mask_visible(self) -> bool:
        """Masks are drawn (while the layer is not held bare)."""
        return self._mask_visible

    @property
    def mask_opacity(self) -> float:
        """0 to 1."""
        return self._masks_look.opacity

    @property
    def mask_contour(self) -> bool:
        """Only the outlines are drawn."""
        return self._masks_look.contour

    def set_mask(self, activity: IndexPlane | None, intensity: IndexPlane | None = None) -> None:
        """Show mask planes, whose memory is shared; None for none.

        A stroke in progress is committed first when the planes are others than before.

        Raises:
            ValueError: The planes are not of the frame's size.
        """
        if self._mask.shows(activity, intensity):
            return
        self._tool.settle()
        for plane in (activity, intensity):
            if plane is not None and (self._grid is None or plane.shape != self._grid.shape):
                raise ValueError(f"a mask of {plane.shape} on a frame of another size")
        self._mask.set_planes(activity, intensity)
        self._list_classes()
        self.mask_shown.emit(activity, intensity)

    def mask_changed(self, window: Window | None = None) -> None:
        """Pixels of the shared planes have changed: repaint that rectangle, or all."""
        self._mask.change(window)
        self._tool.look_again()
        self._show_preview()
        self._list_classes(window if self._tool.drawing else None)
        self.mask_repainted.emit(window)

    def set_mask_opacity(self, opacity: float) -> None:
        """0 (not seen) to 1."""
        self._restyle(opacity=min(max(opacity, 0.0), 1.0))

    def set_mask_visible(self, visible: bool) -> None:
        """Hide or show the masks."""
        self._mask_visible = visible
        self._show_or_hide()

    def set_mask_contour(self, contour: bool) -> None:
        """Draw the outlines only."""
        self._restyle(contour=contour)

    def set_mask_hatch(self, hatch: bool) -> None:
        """Draw the lines that tell the intensity."""
        self._restyle(hatch=hatch)

    def set_mask_only(self, only: int | None) -> None:
        """Draw one activity type alone; None for all. What may be painted stays the same."""
        self._restyle(only=only)

    def _restyle(self, **changes: Any) -> None:
        self._masks_look = replace(self._masks_look, **changes)
        self._mask.set_style(self._masks_look)
        self.furniture.classes.show_style(self._masks_look)

    def set_overlay(
        self, index: IndexPlane | None, style: LayerStyle = STYLES["probability"]
    ) -> None:
        """Draw a prediction between layer and masks; None takes it away."""
        self._overlay.set_plane(index, style)
        self.furniture.overlay.show_style(None if index is None else style, (0.0, 1.0))
        self._arrange()

    def set_overlay_opacity(self, opacity: float) -> None:
        """0 (not seen) to 1."""
        self._overlay.setOpacity(min(max(opacity, 0.0), 1.0))

    def set_overlay_visible(self, visible: bool) -> None:
        """Hide or show the prediction."""
        self._overlay_visible = visible
        self._show_or_hide()

    def set_region(self, key: str, region: Region | None) -> None:
        """Mark pixels over the masks under a name of the caller's; None takes the mark away.

        Marks stay until they are taken away or another frame is shown; they are no part of
        pictures that are saved.

        Raises:
            ValueError: The region does not lie in the frame.
        """
        item = self._regions.get(key)
        if region is None or self._grid is None:
            if item is not None:
                self._box.removeItem(self._regions.pop(key))
            return
        if region.shape.window.clip(*self._grid.shape) != region.shape.window:
            raise ValueError(f"{region.shape.window} is not in a frame of {self._grid.shape}")
        if item is not None:
            item.set_region(region)
            return
        self._regions[key] = item = RegionItem(self._grid.shape, region)
        above = _REGIONS_Z + len(self._regions)
        item.setZValue(_BELOW_Z if region.style.below else above)
        item.setVisible(not self._peeking)
        self._box.addItem(item, ignoreBounds=True)

    def region(self, key: str) -> Region | None:
        """What is marked under that name."""
        item = self._regions.get(key)
        return None if item is None else item.region

    def peek(self, bare: bool) -> None:
        """While true, the bare layer: no masks, no prediction, no marks."""
        self._peeking = bare
        self._show_or_hide()

    # The view

    def view(self) -> View:
        """What is seen now; give it to another canvas's ``set_view`` to keep both together."""
        return self._view

    @property
    def fitted(self) -> bool:
        """Whether the whole frame is seen, and stays so when the widget is resized."""
        return self._fitted

    def whole(self) -> View | None:
        """The view of the whole frame, as large as it fits; None while the canvas is empty."""
        camera = self._camera
        return None if camera is None else camera.fitted()

    def set_view(self, view: View, fitted: bool = False) -> None:
        """See another part; ``fitted`` to see the whole frame again when the widget is resized.

        The zoom is kept within sensible bounds.
        """
        self._fitted = fitted
        self._apply(view)

    def reset_view(self) -> None:
        """The whole frame, as large as fits. It stays fitted when the widget is resized."""
        self._fitted = True
        camera = self._camera
        if camera is not None:
            self._apply(camera.fitted())

    def zoom_by(self, factor: float, at: tuple[float, float] | None = None) -> None:
        """Enlarge about an image position: by default the cursor, else the middle."""
        camera = self._camera
        if camera is None or factor <= 0:
            return
        if at is None:
            at = (self._view.row, self._view.col)
            if self._pointer is not None and self._pixel is not None:
                at = (self._pointer.row, self._pointer.col)
        self.set_view(camera.zoomed(factor, *at))

    def pan_by(self, rows: float, cols: float) -> None:
        """See what lies that many image pixels further south and east."""
        self.set_view(View(self._view.row + rows, self._view.col + cols, self._view.scale))

    def centre_on(self, row: float, col: float) -> None:
        """Bring an image position to the middle."""
        self.set_view(View(row, col, self._view.scale))

    def set_crosshair(self, row: float | None, col: float | None = None) -> None:
        """Mark the place another panel's cursor is at; None removes the mark."""
        gone = self._grid is None or row is None or col is None
        self._cursor.mark(None if gone else self.to_widget(row or 0.0, col or 0.0))

    def over_legend(self, point: QPointF) -> bool:
        """Whether a point of the widget is on the legend of a phase, which has several units."""
        phase = self._image is not None and self._image.style.unit in UNITS
        return phase and self.furniture.legend_at.contains(point)

    def to_widget(self, row: float, col: float) -> QPointF:
        """Where an image position is in the widget, in logical pixels."""
        camera = self._camera
        return QPointF() if camera is None else QPointF(*camera.to_screen(row, col))

    def to_image(self, point: QPointF) -> tuple[float, float]:
        """The (row, column) at a point of the widget; (-1, -1) while the canvas is empty."""
        camera = self._camera
        return (-1.0, -1.0) if camera is None else camera.to_image(point.x(), point.y())

    def still(self) -> Still:
        """What is shown now, without the cursor, to be drawn elsewhere and on any thread."""
        size, masks = self._viewport.size(), None
        activity, intensity = self._mask.activity, self._mask.intensity
        if self._mask.isVisible() and activity is not None:
            level = np.zeros_like(activity) if intensity is None else intensity.copy()
            masks = MaskLook(activity.copy(), level, self._masks_look)
        index, style = self._overlay.shown
        overlay = None
        if self._overlay.isVisible() and index is not None and style is not None:
            overlay = Overlay(index, style, self._overlay.opacity())
        planes = (self._ground, self._layer, self._overlay, self._mask, *self._regions.values())
        hidden = (*planes, self.comparison.layer, *self._cursor.items)
        furniture = recorded(self._viewport, hidden)
        return Still(
            width=size.width(),
            height=size.height(),
            around=self._viewport.backgroundBrush().color(),
            ground=self._ground.brush().color(),
            camera=self._camera,
            image=self._image,
            compared=self.comparison.compared,
            overlay=overlay,
            masks=masks,
            furniture=furniture,
        )

    # Tools

    @property
    def tool(self) -> Tool:
        """The tool in the hand."""
        return self._tool

    def set_tool(self, tool: Tool) -> None:
        """Take another tool; a stroke of the old one is committed, its open polygon waits."""
        self._tool.settle()
        self._tool = tool
        if self._grid is not None and not self._guest:
            tool.hand.shape = self._grid.shape
        self._viewport.dress(tool.name)
        self.refresh_cursor()

    def settle(self) -> None:
        """Commit a stroke in progress: call it before another pair is shown."""
        self._tool.settle()

    def leave(self) -> bool:
        """What Esc does: give up what is uncommitted. False when there was nothing."""
        return self.answer(self._tool.leave())

    def refresh_cursor(self) -> None:
        """Draw the footprint anew, after the radius or the class changed from outside."""
        camera = self._camera
        self._show_preview()
        if self._pointer is None or camera is None:
            self._cursor.hide()
        else:
            outline = self._tool.outline(self._pointer)
            self._cursor.show(outline, self._pointer, camera, self.devicePixelRatioF())

    # What the viewport reports

    def pointer_at(
        self, point: QPointF, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> Pointer:
        """A point of the widget as tools see it, and the keys that are held."""
        row, col = self.to_image(point)
        return Pointer(
            row,
            col,
            erase=bool(keys & Qt.KeyboardModifier.ControlModifier),
            reach=_REACH / self._view.scale,
            shift=bool(keys & Qt.KeyboardModifier.ShiftModifier),
            alt=bool(keys & Qt.KeyboardModifier.AltModifier),
        )

    def pointed(self, pointer: Pointer) -> None:
        """The cursor is somewhere else."""
        self._pointer = pointer
        row, col = round(pointer.row), round(pointer.col)
        pixel = (row, col) if self._inside(row, col) else None
        if pixel != self._pixel:
            self._pixel = pixel
            if pixel is None:
                self.cursor_left.emit()
            else:
                self.cursor_moved.emit(row, col)
        self.refresh_cursor()

    def unpointed(self) -> None:
        """The cursor left the widget."""
        self._pointer = None
        self._tool.away()
        if self._pixel is not None:
            self._pixel = None
            self.cursor_left.emit()
        self.refresh_cursor()

    def erase_held(self, held: bool) -> None:
        """Ctrl went down or up: the footprint tells."""
        if self._pointer is not None:
            self._pointer = replace(self._pointer, erase=held)
            self.refresh_cursor()

    def size_held(self, held: bool) -> bool:
        """From now on the cursor resizes the brush, or no more; False where it is elsewhere."""
        if held:
            return self._pointer is not None and self.answer(self._tool.size(self._pointer))
        return self.answer(self._tool.sized())

    def answer(self, response: Response) -> bool:
        """Do what a tool's response asks for; False when the tool had no use for the event."""
        if response.dirty is not None:
            self.mask_changed(response.dirty)
            self.edited.emit(response.dirty)
        if response.pan is not None:
            self.pan_by(*response.pan)
        if response.resized:
            self.hand_changed.emit()
        if response.used:
            self.refresh_cursor()
        return response.used

    def resized(self) -> None:
        """The viewport has another size."""
        if self._fitted:
            self.reset_view()
        else:
            self._apply(self._view)

    def changeEvent(self, event: QEvent) -> None:
        """Text in another font needs other plates."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.ApplicationFontChange):
            self.furniture.refresh()
            self._arrange()

    # Inside

    def _show_preview(self) -> None:
        preview = self._tool.preview() if self._grid is not None else None
        if preview is not self._preview:
            self._preview = preview
            self.set_region("tool", preview)
            self.previewed.emit(preview)

    def _drop_regions(self) -> None:
        for key in list(self._regions):
            self._box.removeItem(self._regions.pop(key))

    def _dressed(self, image: PlaneImage) -> PlaneImage:
        style = dress(image.style, self._look)
        return image if style is image.style else replace(image, style=style)

    def _rehand(self, shape: tuple[int, int]) -> None:
        """Another frame is in the hand: what was drawn on the old one is over."""
        if not self._guest:
            self._tool.settle()
            self._tool.leave()
            self._tool.hand.shape = shape

    @property
    def _camera(self) -> Camera | None:
        if self._grid is None:
            return None
        size = self._viewport.size()
        return Camera(self._grid, size.width(), size.height(), self._view)

    def _inside(self, row: int, col: int) -> bool:
        return self._grid is not None and (
            0 <= row < self._grid.rows and 0 <= col < self._grid.cols
        )

    def _apply(self, view: View) -> None:
        """The one place where the view changes."""
        camera = self._camera
        if camera is None:
            return
        self._view = camera.allowed(view)
        camera = replace(camera, view=self._view)
        row0, col0 = camera.to_image(0.0, 0.0)
        row1, col1 = camera.to_image(camera.width, camera.height)
        self._box.setRange(xRange=(col0, col1), yRange=(row0, row1), padding=0)
        self._box.prepareForPaint()  # left to the paint event it would repaint everything twice
        self._arrange()
        self.refresh_cursor()
        self.view_changed.emit()

    def _arrange(self) -> None:
        self.comparison.place(self._viewport.width(), self._viewport.height())
        self.furniture.place(self._viewport.width(), self._viewport.height(), self._camera)

    def _show_or_hide(self) -> None:
        masks = self._mask_visible and not self._peeking
        self._mask.setVisible(masks)
        predicted = self._overlay_visible and not self._peeking
        self._overlay.setVisible(predicted)
        for item in self._regions.values():
            item.setVisible(not self._peeking)
        self.furniture.explain(masks, predicted)

    def _list_classes(self, window: Window | None = None) -> None:
        """Bring the class legend up to date; during a stroke only new classes are looked for."""
        if self._guest:  # the home of the tools lists them for all
            return
        plane, bounds = self._mask.activity, self._mask.bounds
        if plane is None or bounds is None:
            found: tuple[int, ...] = ()
        else:
            found = present(plane[(window or bounds).slices])
            if window is not None:
                found = tuple(sorted({*found, *self.furniture.classes.codes}))
        if found != self.furniture.classes.codes:
            self.furniture.classes.show_codes(found)
            self._arrange()
