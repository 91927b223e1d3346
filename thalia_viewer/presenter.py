"""Shows the selection: what the state, the editor and the readers tell becomes visible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from thalia_core.annotate.patch import Paint
from thalia_core.cube.labels import Intensity
from thalia_viewer.derived import lacking
from thalia_viewer.edit_presenter import EditPresenter
from thalia_viewer.pictures import Picture
from thalia_viewer.planes import Masks
from thalia_viewer.readout import values_at
from thalia_viewer.table import LAYER_TITLES
from thalia_viewer.table.layers import DERIVED, layers_of
from thalia_viewer.wording import dates_of, span_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from thalia_core.cube.pairs import DatePair
    from thalia_core.cube.store import CubeStore
    from thalia_viewer.finding import Found
    from thalia_viewer.opening import Opened
    from thalia_viewer.parts import Parts


class Presenter(QObject):
    """Slots that show things. It decides nothing: the parts do.

    Args:
        parts: Everything the program is made of.
        edits: Shows what edits do.
        parent: Owner.
    """

    def __init__(self, parts: Parts, edits: EditPresenter, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._p = parts
        self._edits = edits
        self._values: dict[str, NDArray[Any]] = {}
        self._values_of: DatePair | None = None
        self._cursor: tuple[int, int] | None = None
        self._overlay: tuple[DatePair | None, NDArray[Any]] | None = None

    # What is open

    def show_archive(self) -> None:
        """The list of frames."""
        state = self._p.state
        self._p.archive.show_frames(state.frames)
        self._p.map.show_frames(state.frames)
        self._p.archive.select(state.cube.path if state.cube is not None else None)
        self._edits.refresh_soon()

    def show_opened(self, opened: Opened) -> None:
        """A cube was opened: show it, and open it for editing."""
        p = self._p
        self.leave_pair()
        self._edits.labels = opened.labels
        p.errors.settle("open")
        if p.state.layer not in layers_of(opened.cube.layers):
            p.errors.tell(
                f"{opened.cube.frame} has no layer '{LAYER_TITLES[p.state.layer]}'; another one "
                "is shown.",
                "warning",
                key="layer",
            )
        path = opened.cube.path  # another cube may lie there than when it was open before
        p.pictures.cache.forget(lambda key: isinstance(key, tuple) and key[0] == path)
        p.pairs.show_frame(opened.cube.pairs, opened.labels, opened.drawn)
        self._want(opened.cube)
        p.editor.open(opened.cube.path)
        p.labels.set_editable(False, p.editor.reason)
        p.state.set_cube(opened.cube, opened.pair or p.pairs.end(opened.way))

    # What the filter finds

    def show_found(self, found: Found) -> None:
        """The answer to the newest filter."""
        self._p.map.show_unreviewed(found.unreviewed)
        self._p.state.set_matches(found.matches)
        if found.matches is None:
            self.show_matches()  # the catalogue may be another one
        self.show_counts()

    def show_matches(self) -> None:
        """Other pairs are wanted."""
        p, cube = self._p, self._p.state.cube
        p.archive.show_matches(p.state.matches)
        p.map.view.show_matches(p.state.matches)
        if cube is not None:
            self._want(cube)

    def show_counts(self) -> None:
        """How many pairs there are, here and in the archive; the filter is understood."""
        p, catalogue, matches = self._p, self._p.state.catalogue, self._p.state.matches
        shown = p.pairs.model.rowCount()
        total = len(catalogue.pairs) if catalogue is not None else 0
        frames = len(catalogue.frames) if catalogue is not None else 0
        here = f"{shown:,} here · " if frames > 1 and p.state.cube is not None else ""
        if matches is None:
            p.pairs.filter.show_count(f"{here}{total:,} pairs" if catalogue is not None else "")
            p.window.matches.setText("")
        else:
            p.pairs.filter.show_count(f"{here}{len(matches):,} of {total:,} pairs")
            p.window.matches.setText(f"{len(matches):,} of {total:,} pairs")

    def _want(self, cube: CubeStore) -> None:
        """The list shows the pairs of a frame that the filter wants."""
        p, matches, catalogue = self._p, self._p.state.matches, self._p.state.catalogue
        known = matches is not None and matches.knows(cube.path)
        wanted = matches.pairs(cube.path) if matches is not None and known else None
        coherence = catalogue.coherence(cube.path) if catalogue is not None else None
        fits = coherence is not None and len(coherence) == len(cube.pairs)
        p.pairs.want(wanted, coherence if fits else None)

    def show_cube(self) -> None:
        """Header, lists and layers of another cube."""
        p, cube = self._p, self._p.state.cube
        if cube is None:
            return
        title = "" if cube.frame in cube.title else cube.title
        p.window.header.show_frame(cube.frame, title)
        p.archive.select(cube.path)
        p.map.view.select(cube.path)
        p.display.show_layers(p.state.layers, p.state.layer)
        self._values, self._values_of = {}, None
        for problem in cube.problems:
            p.errors.tell(f"{cube.frame}: {problem}", "warning", key=f"{cube.path} {problem}")
        self.show_radius()
        self.show_counts()
        self._edits.show_save_state("saved")
        self.take_overlay(None, None)  # that of another cube, maybe of the same dates
        p.predictions.look()

    def leave_pair(self) -> None:
        """What is half done belongs to the pair that is shown until now."""
        self._p.canvas.settle()
        self._p.labels.flush()

    def show_pair(self) -> None:
        """Another pair was selected: its words at once, its picture when it is read."""
        p, pair = self._p, self._p.state.pair
        self.leave_pair()
        p.hand.painter = None  # until the picture of this pair is there, there is nothing to paint
        p.labels.show_label(pair, self._edits.labels.get(pair) if pair is not None else None)
        p.pairs.select(pair)
        cube = p.state.cube
        if pair is not None and cube is not None:
            p.window.header.show_pair(f"{dates_of(pair)} · {span_of(cube.pairs, pair)}")
        self._edits.show_title()
        p.pictures.read()
        if p.state.prediction is not None:
            p.predictions.read()
        self._edits.refresh_soon()

    def show_layer(self, layer: str) -> None:
        """Another layer was selected."""
        p = self._p
        p.actions.check(f"layer.{layer}")
        p.strip.show_layer(layer)
        if p.state.cube is not None:
            p.display.show_layers(p.state.layers, layer)
        p.pictures.read()

    # The picture

    def show_picture(self, picture: Picture) -> None:
        """The newest picture replaces the old one at once, with its masks."""
        p = self._p
        p.errors.settle("picture")
        p.canvas.set_image(picture.image)
        if picture.empty:
            why = "" if picture.layer in DERIVED else ": it was never stored, or was deleted"
            title, path = LAYER_TITLES[picture.layer], picture.cube.path
            text = f"{title} of {picture.pair} holds no data{why}. {path}"
            p.errors.tell(text, "warning", key="empty")
        else:
            p.errors.settle("empty")
        if picture.mask_problem is not None:
            self.show_no_masks(picture.mask_problem)
        else:
            p.errors.settle("masks")
            self._edits.show_masks(picture.masks)
        self._show_overlay()
        if picture.masks is not None:  # read together; else the label is as it was at opening
            self._edits.refresh_label(picture.pair)
        self._edits.refresh_soon()
        self.show_cursor()

    def show_masks(self, pair: DatePair, masks: Masks) -> None:
        """The masks of the shown pair come from another place now."""
        if pair == self._p.state.pair and self._p.pictures.picture is not None:
            self._edits.show_masks(masks)
            self._edits.refresh_label(pair)

    def show_no_masks(self, error: BaseException) -> None:
        """The masks of the shown pair cannot be read: it can be looked at, not painted on."""
        self._edits.show_masks(None)
        self._p.errors.report(error, "reading masks", key="masks")

    def show_no_picture(self, error: BaseException) -> None:
        """The selected picture cannot be read."""
        self._edits.show_masks(None)
        told = lacking(self._p.state.layer, error)
        if told is not None:
            self._p.errors.settle("picture")
            self._p.canvas.blank(told)
            return
        self._p.canvas.clear("This pair cannot be shown")
        self._p.errors.report(error, "reading a picture", key="picture")

    def show_nothing(self, error: BaseException) -> None:
        """What a person asked for cannot be opened."""
        if self._p.state.cube is None:
            self._p.canvas.clear("Nothing is open")
            self._p.archive.show_frames((), "Nothing to show here.\nOpen an archive with Ctrl+O.")
        self._p.errors.report(error, "opening a cube", key="open")

    def take_overlay(self, pair: DatePair | None, index: NDArray[Any] | None) -> None:
        """The prediction of a pair, or none."""
        self._overlay = None if index is None else (pair, index)
        self._show_overlay()

    def _show_overlay(self) -> None:
        """The prediction is drawn over its own pair only, whichever comes first."""
        canvas, picture = self._p.canvas, self._p.pictures.picture
        if self._overlay is None or picture is None or self._overlay[0] != picture.pair:
            canvas.set_overlay(None)
        elif self._overlay[1].shape == picture.image.geometry.shape:
            canvas.set_overlay(self._overlay[1])

    def show_looks(self) -> None:
        """How masks and prediction are drawn."""
        p, state = self._p, self._p.state
        p.canvas.set_mask_opacity(state.mask_opacity)
        p.canvas.set_mask_visible(state.masks_wanted)
        p.canvas.set_mask_contour(state.contour)
        p.canvas.set_overlay_opacity(state.prediction_opacity)
        p.canvas.set_overlay_visible(state.prediction_wanted)
        p.canvas.peek(state.bare)
        p.actions.check("view.masks", state.masks_wanted)
        p.actions.check("view.contour", state.contour)
        p.actions.check("model.overlay", state.prediction_wanted)
        p.display.show_style(state.mask_opacity, state.prediction_opacity)

    # The hand

    def show_tool(self, tool: str) -> None:
        """Another tool."""
        self._p.canvas.set_tool(self._p.tools[tool])
        self._p.actions.check(f"tool.{tool}")
        self._edits.refresh_soon()

    def show_paint(self) -> None:
        """What brush and polygon paint."""
        p, state = self._p, self._p.state
        p.hand.paint = Paint(int(state.activity), int(state.intensity), state.instance)
        p.actions.check(f"activity.{int(state.activity)}")
        for code in (Intensity.LOW, Intensity.MEDIUM, Intensity.HIGH):
            p.actions.check(f"intensity.{int(code)}", code == state.chosen_intensity)
        p.canvas.refresh_cursor()
        self._edits.refresh_soon()

    def show_radius(self) -> None:
        """The size of the brush, in pixels and on the ground."""
        p = self._p
        radius, cube = p.state.radius, p.state.cube
        p.hand.radius = radius
        east = cube.geometry.pixel_metres()[0] if cube is not None else None
        p.strip.show_radius(radius, None if east is None else radius * east)
        p.canvas.refresh_cursor()

    # The cursor

    def take_values(self, pair: DatePair, planes: dict[str, NDArray[Any]]) -> None:
        """Planes for the read-out arrived."""
        if pair == self._p.state.pair:
            self._values, self._values_of = planes, pair
            self.show_cursor()

    def cursor_moved(self, row: int, col: int) -> None:
        """The cursor is on another pixel."""
        self._cursor = (row, col)
        self.show_cursor()

    def cursor_left(self) -> None:
        """The cursor is on no pixel."""
        self._cursor = None
        self.show_cursor()

    def show_cursor(self) -> None:
        """The read-out."""
        image = self._p.canvas.image
        if self._cursor is None or image is None:
            self._p.window.readout.show_values({})
            return
        planes = self._values if self._values_of == self._p.state.pair else {}
        name = image.style.name
        shown = {**planes, name: image.values}
        self._p.window.readout.show_values(values_at(image.geometry, shown, image, *self._cursor))
