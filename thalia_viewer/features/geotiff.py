"""The shown layer as a GeoTIFF, for any GIS."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog

from thalia_viewer.canvas.layers import STYLES
from thalia_viewer.features.feature import Feature
from thalia_viewer.table.layers import DERIVED

if TYPE_CHECKING:
    from collections.abc import Callable

    from thalia_viewer.parts import Parts
    from thalia_viewer.pictures import Picture


class GeotiffFeature(Feature):
    """Asks for a file and has it written on a thread, values in the units of the schema."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        self._folder = Path.home()
        parts.actions.bind("file.geotiff", self.ask)

    def ask(self) -> None:
        """Where to; the layer is that of this moment."""
        picture = self.parts.pictures.picture
        if picture is None:
            self.parts.errors.tell("No layer is shown that could be saved.", "warning", "geotiff")
            return
        dialog = QFileDialog(self.parts.window, "Save the layer as GeoTIFF")
        dialog.setObjectName("dialog.geotiff")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("GeoTIFF (*.tif)")
        dialog.setDefaultSuffix("tif")
        dialog.setDirectory(str(self._folder))
        dialog.selectFile(f"{picture.cube.frame}_{picture.pair}_{picture.layer}")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.save(picture, Path(name)))
        dialog.open()

    def save(self, picture: Picture, path: Path) -> None:
        """Write it."""
        self._folder, errors = path.parent, self.parts.errors
        self.parts.chores.once(
            _writing(picture, path),
            lambda _: errors.tell(f"Saved {path}.", key="picture out"),
            lambda error: errors.report(error, "saving a GeoTIFF", key="picture out"),
        )


def _writing(picture: Picture, path: Path) -> Callable[[], None]:
    def stored() -> None:
        from thalia_core.export.geotiff import geotiff_of

        geotiff_of(picture.cube, picture.pair, picture.layer, path)

    def computed() -> None:
        from thalia_core.export.geotiff import About, write_geotiff

        style, image = STYLES[picture.layer], picture.image
        unit = style.unit if style.factor == 1.0 else ""
        tags = {"FRAME": picture.cube.frame, "PAIR": str(picture.pair), "LONG_NAME": style.title}
        about = About(picture.layer, unit, tags=tags)
        write_geotiff(image.values, image.geometry, path, about)

    return computed if picture.layer in DERIVED else stored
