"""All plates of a canvas, put where they are out of the way."""

from PySide6.QtWidgets import QGraphicsItem

from thalia_viewer.canvas.camera import Camera
from thalia_viewer.canvas.graticule import Graticule
from thalia_viewer.canvas.legend import ClassLegend, LayerLegend, ScaleBar
from thalia_viewer.canvas.plates import EdgeTicks, Message, Plate, edge_marks
from thalia_viewer.theme import Theme

_MARGIN = 12.0
_Z = 200.0


class Furniture:
    """Legends at the bottom right, scale bar at the bottom left, messages in the middle."""

    def __init__(self, parent: QGraphicsItem) -> None:
        self.layer = LayerLegend(parent)
        self.overlay = LayerLegend(parent)
        self.classes = ClassLegend(parent)
        self.scale = ScaleBar(parent)
        self.message = Message(parent)
        self.scale_wanted = True
        self._lines = Graticule(parent)
        self._bottom = EdgeTicks(parent, vertical=False)
        self._side = EdgeTicks(parent, vertical=True)
        for z, plate in enumerate(self._plates):
            plate.setZValue(_Z + z)
        self.show_grid(False)
        self.show_ticks(False)

    @property
    def _plates(self) -> tuple[Plate, ...]:
        legends = (self.layer, self.overlay, self.classes)
        return (self._lines, self._bottom, self._side, *legends, self.scale, self.message)

    def show_grid(self, visible: bool) -> None:
        """Lines of longitude and latitude."""
        self._lines.setVisible(visible)

    def show_ticks(self, visible: bool) -> None:
        """Longitudes and latitudes along the edges."""
        self._bottom.setVisible(visible)
        self._side.setVisible(visible)

    def set_theme(self, theme: Theme) -> None:
        """Other colours."""
        for plate in self._plates:
            plate.set_theme(theme)

    def refresh(self) -> None:
        """Text in another font: measure again."""
        for plate in self._plates:
            plate.refresh()

    def place(self, width: float, height: float, camera: Camera | None) -> None:
        """Arrange everything in a view of that size; without a camera there is no frame."""
        self.scale.setVisible(camera is not None and self.scale_wanted)
        foot = left = _MARGIN
        if camera is not None:
            self.scale.show_scale(camera.metres)
            if self._bottom.isVisible() or self._lines.isVisible():
                self._place_ticks(camera)
            if self._bottom.isVisible():
                foot += self._bottom.boundingRect().height()
                left += self._side.boundingRect().width()
        self.scale.setPos(left, height - foot - self.scale.boundingRect().height())
        bottom = height - foot
        for plate in (self.layer, self.overlay, self.classes):
            box = plate.boundingRect()
            if plate.isVisible() and not box.isEmpty():
                bottom -= box.height()
                plate.setPos(width - _MARGIN - box.width(), bottom)
                bottom -= _MARGIN / 2
        box = self.message.boundingRect()
        self.message.setPos((width - box.width()) / 2, (height - box.height()) / 2)

    def _place_ticks(self, camera: Camera) -> None:
        west, north = camera.grid.lonlat(*camera.to_image(0.0, 0.0))
        east, south = camera.grid.lonlat(*camera.to_image(camera.width, camera.height))
        lons = edge_marks(west, east, camera.width, "EW")
        lats = edge_marks(north, south, camera.height, "NS")
        self._bottom.show_marks(lons, camera.width)
        self._side.show_marks(lats, camera.height)
        self._lines.show_marks(lons, lats, camera.width, camera.height)
        self._bottom.setPos(0, camera.height - self._bottom.boundingRect().height())
