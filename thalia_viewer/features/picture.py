"""Pictures for reports: what is shown, with legend, scale and caption, copied or saved."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from thalia_viewer import theme as themes
from thalia_viewer.canvas.layers import STYLES
from thalia_viewer.features.feature import Feature
from thalia_viewer.figure import Figure, Panel
from thalia_viewer.files import write_file
from thalia_viewer.wording import dates_of, span_of

if TYPE_CHECKING:
    from thalia_viewer.canvas.view import Canvas
    from thalia_viewer.parts import Parts

SCALES = (1, 2, 3)
_COPY_SCALE = 2.0


class PictureFeature(Feature):
    """The picture is taken when a person asks; it is drawn and written on a thread."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        self._folder = Path.home()
        parts.actions.bind("edit.copy_picture", self.copy)
        parts.actions.bind("file.save_picture", self.ask)

    def copy(self) -> None:
        """Onto the clipboard, at twice the size of the screen."""
        work = partial(self._taken().image, _COPY_SCALE)
        self.parts.chores.latest("copy picture", work, self._copied)

    def ask(self) -> None:
        """Which kind, and where to; the picture is that of this moment."""
        p, figure = self.parts, self._taken()
        width, height = figure.size.width(), figure.size.height()
        kinds = [f"PNG, {width * n:,} × {height * n:,} pixels (*.png)" for n in SCALES]
        svg = "SVG, legend and words stay sharp at any size (*.svg)"
        dialog = QFileDialog(p.window, "Save the picture")
        dialog.setObjectName("dialog.save_picture")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([*kinds, svg])
        dialog.selectNameFilter(kinds[1])
        dialog.setDefaultSuffix("png")
        dialog.filterSelected.connect(
            lambda kind: dialog.setDefaultSuffix("svg" if kind == svg else "png")
        )
        dialog.setDirectory(str(self._folder))
        dialog.selectFile(self._name())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def save(name: str) -> None:
            chosen = dialog.selectedNameFilter()
            scale = SCALES[kinds.index(chosen)] if chosen in kinds else 1
            self.save(figure, Path(name), scale)

        dialog.fileSelected.connect(save)
        dialog.open()

    def save(self, figure: Figure, path: Path, scale: int) -> None:
        """Write it; the ending of the name says whether it is a PNG or an SVG."""
        self._folder = path.parent

        def work() -> Path:
            vector = path.suffix.lower() == ".svg"
            return write_file(path, figure.svg() if vector else figure.png(scale))

        errors = self.parts.errors
        self.parts.chores.once(
            work,
            lambda written: errors.tell(f"Saved {written}.", key="picture out"),
            lambda error: errors.report(error, "saving a picture", key="picture out"),
        )

    def _taken(self) -> Figure:
        p = self.parts
        corners = [_corner(canvas, p.window) for canvas in p.deck.shown]
        left, top = (min(corner[n] for corner in corners) for n in (0, 1))
        panels = tuple(
            Panel(x - left, y - top, canvas.still(), self._heading(n))
            for n, (canvas, (x, y)) in enumerate(zip(p.deck.shown, corners, strict=True))
        )
        what, caption = self._words()
        light = p.actions["view.light"].isChecked()
        return Figure(panels, what, caption, themes.LIGHT if light else themes.DARK)

    def _heading(self, number: int) -> str:
        """What a panel shows, where there are several."""
        if not self.parts.deck.sights:
            return ""
        layer, pair, _ = self.parts.deck.captions[number].texts
        return f"{layer} · {pair}" if pair else layer

    def _words(self) -> tuple[str, str]:
        cube, pair, layer = self.parts.state.cube, self.parts.state.pair, self.parts.state.layer
        if cube is None or pair is None:
            return "Thalia", ""
        title = "" if cube.frame in cube.title else cube.title.split(",")[0]
        what = f"{cube.frame}  {title}".strip()
        span = span_of(cube.pairs, pair)
        shown = "" if self.parts.deck.sights else f" · {STYLES[layer].title}"
        return what, f"{dates_of(pair)} · {span}{shown}"

    def _name(self) -> str:
        state = self.parts.state
        frame = state.cube.frame if state.cube is not None else "thalia"
        return f"{frame}_{state.pair}_{state.layer}"

    def _copied(self, image: QImage) -> None:
        QGuiApplication.clipboard().setImage(image)
        size = f"{image.width():,} × {image.height():,} pixels"
        self.parts.errors.tell(f"The picture is on the clipboard, {size}.", key="picture out")


def _corner(canvas: Canvas, window: QWidget) -> tuple[int, int]:
    at = canvas.mapTo(window, QPoint(0, 0))
    return at.x(), at.y()
