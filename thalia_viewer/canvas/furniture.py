"""All plates of a canvas, put where they are out of the way."""

from PySide6.QtCore import QRectF
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
        self._lines = Graticule(parent)
        self._bottom = EdgeTicks(parent, vertical=False)
        self._side = EdgeTicks(parent, vertical=True)
        for z, plate in enumerate(self._plates):
            plate.setZValue(_Z + z)
        self._wanted = {"legend": True, "classes": True, "scale": True, "edges": False}
        self._wanted["lines"] = False
        self._masks = self._prediction = True
        self._view: tuple[float, float, Camera | None] = (0.0, 0.0, None)
        self._show_or_hide()

    @property
    def _plates(self) -> tuple[Plate, ...]:
        legends = (self.layer, self.overlay, self.classes)
        return (self._lines, self._bottom, self._side, *legends, self.scale, self.message)

    @property
    def legend_at(self) -> QRectF:
        """Where in the view the legend of the layer is; empty without one."""
        return self.layer.sceneBoundingRect() if self.layer.isVisible() else QRectF()

    def want(
        self,
        *,
        legend: bool | None = None,
        classes: bool | None = None,
        scale: bool | None = None,
        edges: bool | None = None,
        lines: bool | None = None,
    ) -> None:
        """Which plates are wanted; None leaves it as it is.

        Args:
            legend: Colour bars of layer and prediction.
            classes: The list of classes in the mask; it hides with the mask.
            scale: The scale bar with the arrow to the north.
            edges: Longitudes and latitudes along the edges.
            lines: Lines of longitude and latitude.
        """
        asked = {"legend": legend, "classes": classes, "scale": scale}
        asked |= {"edges": edges, "lines": lines}
        self._wanted |= {name: want for name, want in asked.items() if want is not None}
        self._show_or_hide()

    def explain(self, masks: bool, prediction: bool) -> None:
        """Whether there are masks and a prediction to be explained."""
        self._masks, self._prediction = masks, prediction
        self._show_or_hide()

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
        self._view = (width, height, camera)
        self.scale.setVisible(camera is not None and self._wanted["scale"])
        foot = left = _MARGIN
        if camera is not None:
            self.scale.show_scale(camera.metres)
            if self._wanted["edges"] or self._wanted["lines"]:
                self._place_ticks(camera)
            if self._wanted["edges"]:
                foot += self._bottom.boundingRect().height()
                left += self._side.boundingRect().width()
        bottom, edge = height - foot, width
        for plate in (self.layer, self.overlay, self.classes):
            box = plate.boundingRect()
            if plate.isVisible() and not box.isEmpty():
                bottom -= box.height()
                edge = min(edge, width - _MARGIN - box.width())
                plate.setPos(width - _MARGIN - box.width(), bottom)
                bottom -= _MARGIN / 2
        box = self.scale.boundingRect()
        beside = left + box.width() + _MARGIN / 2 <= edge  # else above the legends
        self.scale.setPos(left, (height - foot if beside else bottom) - box.height())
        box = self.message.boundingRect()
        self.message.setPos((width - box.width()) / 2, (height - box.height()) / 2)

    def _show_or_hide(self) -> None:
        wanted = self._wanted
        self.layer.setVisible(wanted["legend"])
        self.overlay.setVisible(wanted["legend"] and self._prediction)
        self.classes.setVisible(wanted["classes"] and self._masks)
        self._lines.setVisible(wanted["lines"])
        self._bottom.setVisible(wanted["edges"])
        self._side.setVisible(wanted["edges"])
        self.place(*self._view)

    def _place_ticks(self, camera: Camera) -> None:
        west, north = camera.grid.lonlat(*camera.to_image(0.0, 0.0))
        east, south = camera.grid.lonlat(*camera.to_image(camera.width, camera.height))
        lons = edge_marks(west, east, camera.width, "EW")
        lats = edge_marks(north, south, camera.height, "NS")
        self._bottom.show_marks(lons, camera.width)
        self._side.show_marks(lats, camera.height)
        self._lines.show_marks(lons, lats, camera.width, camera.height)
        self._bottom.setPos(0, camera.height - self._bottom.boundingRect().height())
