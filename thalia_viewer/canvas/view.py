"""The canvas: one frame, its layer, prediction, masks and tools in one widget."""

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from thalia_core.cube.geometry import Geometry, Window
from thalia_viewer.canvas.base_layer import BaseLayer
from thalia_viewer.canvas.camera import Camera, View
from thalia_viewer.canvas.comparison import Comparison
from thalia_viewer.canvas.cursor import CursorItems
from thalia_viewer.canvas.furniture import Furniture
from thalia_viewer.canvas.layers import STYLES, IndexPlane, LayerStyle, PlaneImage
from thalia_viewer.canvas.lens import Lens
from thalia_viewer.canvas.overlays import Overlays
from thalia_viewer.canvas.pointing import Viewport
from thalia_viewer.canvas.raster import Later
from thalia_viewer.canvas.regions import Region
from thalia_viewer.canvas.still import Still, recorded
from thalia_viewer.canvas.tools import Response, Tool
from thalia_viewer.canvas.touch import Touch
from thalia_viewer.looks import Look
from thalia_viewer.theme import DARK, Theme


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
        self._guest = guest
        self._build(later)
        self.set_theme(theme)

    def _build(self, later: Later | None) -> None:
        self._viewport = Viewport(self)
        self._box = pg.ViewBox(enableMenu=False, enableMouse=False, invertY=True, defaultPadding=0)
        self._box.disableAutoRange()
        self._viewport.setCentralItem(self._box)
        self._lens = Lens(self._viewport, self._box, self._moved)
        self._layer = BaseLayer(self._box, later)
        self._cursor = CursorItems(self._box, z=100)
        self.touch = Touch(self._lens, self._cursor, self._guest, self)
        """The tool and where the cursor is: what the viewport reports to."""
        self.touch.moved.connect(self.cursor_moved)
        self.touch.left.connect(self.cursor_left)
        self.touch.previewed.connect(self._show_preview)
        self.furniture = Furniture(self._box)
        """Legends, scale bar, grid and message over the picture."""
        self._over = Overlays(self._box, self.furniture)
        self.comparison = Comparison(self._box)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._viewport)
        self.setFocusProxy(self._viewport)

    # The picture

    @property
    def grid(self) -> Geometry | None:
        """Where the frame lies; None while the canvas is empty."""
        return self._lens.grid

    @property
    def image(self) -> PlaneImage | None:
        """The layer that is shown."""
        return self._layer.image

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
        return self._lens.camera

    @property
    def settling(self) -> bool:
        """Whether a view from afar is about to be averaged."""
        return self._layer.settling

    def set_theme(self, theme: Theme) -> None:
        """Colours around the data."""
        self.theme = theme
        self._viewport.setBackground(theme.canvas)
        self._layer.set_around(theme.canvas)
        self.furniture.set_theme(theme)
        self._cursor.note.set_theme(theme)
        self.comparison.set_theme(theme)

    def set_frame(self, geometry: Geometry) -> None:
        """Another frame: drops layer, prediction and masks, and shows the whole of it."""
        self._lens.grid = geometry
        self.touch.keep_inside()
        self.touch.reframe(geometry.shape)
        self._over.marks.clear()
        self._bare("")
        self._layer.lay_ground(geometry)
        self.reset_view()

    def set_image(self, image: PlaneImage) -> None:
        """Show a layer. The view stays as it is unless the frame is another."""
        if self.grid is None or not self.grid.same_grid(image.geometry):
            self.set_frame(image.geometry)
        shown = self._layer.show(image)
        self.furniture.layer.show_style(shown.style, shown.levels)
        self.furniture.message.show_text("")
        self._arrange()

    def set_look(self, look: Look) -> None:
        """Another unit or other colours for phases; nothing is computed anew but their table."""
        if self._layer.set_look(look) and self._layer.given is not None:
            self.set_image(self._layer.given)

    def set_compared(self, image: PlaneImage | None, title: str = "") -> None:
        """A layer to compare, see ``comparison``; none where it is of another frame."""
        if image is not None and self.grid is not None and self.grid.same_grid(image.geometry):
            self.comparison.show(self._layer.dressed(image), title)
        else:
            self.comparison.show(None, title)

    def clear(self, text: str = "") -> None:
        """Show nothing but a calm message."""
        self._lens.grid = None
        self._layer.drop()
        self.touch.reframe((0, 0))
        self._over.marks.clear()
        self._bare(text)
        self._layer.lay_ground(None)
        self.unpointed()
        self._arrange()

    def blank(self, text: str) -> None:
        """Show a message instead of a layer; frame and view stay as they are."""
        self.tool.settle()
        self._bare(text)
        self._arrange()

    # Masks and prediction

    @property
    def mask_visible(self) -> bool:
        """Masks are drawn (while the layer is not held bare)."""
        return self._over.mask_visible

    @property
    def mask_opacity(self) -> float:
        """0 to 1."""
        return self._over.style.opacity

    @property
    def mask_contour(self) -> bool:
        """Only the outlines are drawn."""
        return self._over.style.contour

    def set_mask(self, activity: IndexPlane | None, intensity: IndexPlane | None = None) -> None:
        """Show mask planes, whose memory is shared; None for none.

        A stroke in progress is committed first when the planes are others than before.

        Raises:
            ValueError: The planes are not of the frame's size.
        """
        mask = self._over.mask
        if mask.shows(activity, intensity):
            return
        self.tool.settle()
        for plane in (activity, intensity):
            if plane is not None and (self.grid is None or plane.shape != self.grid.shape):
                raise ValueError(f"a mask of {plane.shape} on a frame of another size")
        mask.set_planes(activity, intensity)
        self._list_classes()
        self.mask_shown.emit(activity, intensity)

    def mask_changed(self, window: Window | None = None) -> None:
        """Pixels of the shared planes have changed: repaint that rectangle, or all."""
        self._over.mask.change(window)
        self.tool.look_again()
        self.touch.refresh_preview()
        self._list_classes(window if self.tool.drawing else None)
        self.mask_repainted.emit(window)

    def set_mask_opacity(self, opacity: float) -> None:
        """0 (not seen) to 1."""
        self._over.restyle(opacity=min(max(opacity, 0.0), 1.0))

    def set_mask_visible(self, visible: bool) -> None:
        """Hide or show the masks."""
        self._over.set_mask_visible(visible)

    def set_mask_contour(self, contour: bool) -> None:
        """Draw the outlines only."""
        self._over.restyle(contour=contour)

    def set_mask_hatch(self, hatch: bool) -> None:
        """Draw the lines that tell the intensity."""
        self._over.restyle(hatch=hatch)

    def set_mask_only(self, only: int | None) -> None:
        """Draw one activity type alone; None for all. What may be painted stays the same."""
        self._over.restyle(only=only)

    def set_overlay(
        self, index: IndexPlane | None, style: LayerStyle = STYLES["probability"]
    ) -> None:
        """Draw a prediction between layer and masks; None takes it away."""
        self._over.set_prediction(index, style)
        self._arrange()

    def set_overlay_opacity(self, opacity: float) -> None:
        """0 (not seen) to 1."""
        self._over.set_prediction_opacity(opacity)

    def set_overlay_visible(self, visible: bool) -> None:
        """Hide or show the prediction."""
        self._over.set_prediction_visible(visible)

    def set_region(self, key: str, region: Region | None) -> None:
        """Mark pixels over the masks under a name of the caller's; None takes the mark away.

        Marks stay until they are taken away or another frame is shown; they are no part of
        pictures that are saved.

        Raises:
            ValueError: The region does not lie in the frame.
        """
        if region is None or self.grid is None:
            self._over.marks.take(key)
        else:
            self._over.marks.put(key, region, self.grid.shape)

    def region(self, key: str) -> Region | None:
        """What is marked under that name."""
        return self._over.marks.region(key)

    def peek(self, bare: bool) -> None:
        """While true, the bare layer: no masks, no prediction, no marks."""
        self._over.peek(bare)

    # The view

    def view(self) -> View:
        """What is seen now; give it to another canvas's ``set_view`` to keep both together."""
        return self._lens.view

    @property
    def fitted(self) -> bool:
        """Whether the whole frame is seen, and stays so when the widget is resized."""
        return self._lens.fitted

    def whole(self) -> View | None:
        """The view of the whole frame, as large as it fits; None while the canvas is empty."""
        return self._lens.whole()

    def set_view(self, view: View, fitted: bool = False) -> None:
        """See another part; ``fitted`` to see the whole frame again when the widget is resized.

        The zoom is kept within sensible bounds.
        """
        self._lens.see(view, fitted)

    def reset_view(self) -> None:
        """The whole frame, as large as fits. It stays fitted when the widget is resized."""
        self._lens.see_whole()

    def zoom_by(self, factor: float, at: tuple[float, float] | None = None) -> None:
        """Enlarge about an image position: by default the cursor, else the middle."""
        self._lens.zoom(factor, at or self.touch.place)

    def pan_by(self, rows: float, cols: float) -> None:
        """See what lies that many image pixels further south and east."""
        self._lens.pan(rows, cols)

    def centre_on(self, row: float, col: float) -> None:
        """Bring an image position to the middle."""
        self._lens.centre(row, col)

    def set_crosshair(self, row: float | None, col: float | None = None) -> None:
        """Mark the place another panel's cursor is at; None removes the mark."""
        gone = self.grid is None or row is None or col is None
        self._cursor.mark(None if gone else self.to_widget(row or 0.0, col or 0.0))

    def over_legend(self, point: QPointF) -> bool:
        """Whether a point of the widget is on the legend of a phase, which has several units."""
        return self._layer.has_units and self.furniture.legend_at.contains(point)

    def to_widget(self, row: float, col: float) -> QPointF:
        """Where an image position is in the widget, in logical pixels."""
        return self._lens.to_widget(row, col)

    def to_image(self, point: QPointF) -> tuple[float, float]:
        """The (row, column) at a point of the widget; (-1, -1) while the canvas is empty."""
        return self._lens.to_image(point)

    def still(self) -> Still:
        """What is shown now, without the cursor, to be drawn elsewhere and on any thread."""
        size = self._viewport.size()
        planes = (*self._layer.items, *self._over.items, self.comparison.layer)
        masks, prediction = self._over.still_masks(), self._over.still_prediction()
        return Still(
            width=size.width(),
            height=size.height(),
            around=self._viewport.backgroundBrush().color(),
            ground=self._layer.ground,
            camera=self.camera,
            image=self.image,
            compared=self.comparison.compared,
            overlay=prediction,
            masks=masks,
            furniture=recorded(self._viewport, (*planes, *self._cursor.items)),
        )

    # Tools

    @property
    def tool(self) -> Tool:
        """The tool in the hand."""
        return self.touch.tool

    def set_tool(self, tool: Tool) -> None:
        """Take another tool; a stroke of the old one is committed, its open polygon waits."""
        self.touch.take(tool)
        self._viewport.dress(tool.name)
        self.refresh_cursor()

    def settle(self) -> None:
        """Commit a stroke in progress: call it before another pair is shown."""
        self.tool.settle()

    def leave(self) -> bool:
        """What Esc does: give up what is uncommitted. False when there was nothing."""
        return self.answer(self.tool.leave())

    def refresh_cursor(self) -> None:
        """Draw the footprint anew, after the radius or the class changed from outside."""
        self.touch.refresh()

    def unpointed(self) -> None:
        """The cursor left the widget."""
        self.touch.away()

    def size_held(self, held: bool) -> bool:
        """From now on the cursor resizes the brush, or no more; False where it is elsewhere."""
        if held:
            at = self.touch.pointer
            return at is not None and self.answer(self.tool.size(at))
        return self.answer(self.tool.sized())

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
        self._lens.resized()

    def changeEvent(self, event: QEvent) -> None:
        """Text in another font needs other plates."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.ApplicationFontChange):
            self.furniture.refresh()
            self._arrange()

    # Inside

    def _show_preview(self, preview: Region | None) -> None:
        self.set_region("tool", preview)
        self.previewed.emit(preview)

    def _bare(self, text: str) -> None:
        """No layer, nothing over it, but a message."""
        self._layer.drop()
        self.set_compared(None)
        self.set_overlay(None)
        self.set_mask(None, None)
        self.furniture.layer.show_style(None)
        self.furniture.message.show_text(text)

    def _moved(self) -> None:
        """The view is another."""
        self._arrange()
        self.refresh_cursor()
        self.view_changed.emit()

    def _arrange(self) -> None:
        self.comparison.place(self._viewport.width(), self._viewport.height())
        self.furniture.place(self._viewport.width(), self._viewport.height(), self.camera)

    def _list_classes(self, window: Window | None = None) -> None:
        """Bring the class legend up to date; during a stroke only new classes are looked for."""
        # where this is a guest, the home of the tools lists them for all
        if not self._guest and self._over.list_classes(window):
            self._arrange()
