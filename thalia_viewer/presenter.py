"""Shows the selection: what the state, the editor and the readers tell becomes visible."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import isnan
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from thalia_core.annotate.patch import Paint
from thalia_core.cube.labels import Activity, Intensity, PairLabel
from thalia_core.errors import ThaliaError
from thalia_viewer.bars import DASH
from thalia_viewer.canvas.masks import CLASS_COLOURS
from thalia_viewer.pictures import Masks, Picture, mask_summary
from thalia_viewer.readout import values_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from thalia_core.cube.pairs import DatePair
    from thalia_viewer.opening import Opened
    from thalia_viewer.parts import Parts

_SUMMARY_MS = 200


class Presenter(QObject):
    """Slots that show things. It decides nothing: the parts do.

    Args:
        parts: Everything the program is made of.
        parent: Owner.
    """

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._p = parts
        self._labels: dict[DatePair, PairLabel] = {}
        self._values: dict[str, NDArray[Any]] = {}
        self._values_of: DatePair | None = None
        self._cursor: tuple[int, int] | None = None
        self._unsaved = ""
        self._masks: Masks | None = None
        self._overlay: tuple[DatePair | None, NDArray[Any]] | None = None
        self._summary = QTimer(self)
        self._summary.setSingleShot(True)
        self._summary.setInterval(_SUMMARY_MS)
        self._summary.timeout.connect(self._count_masks)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._refresh)

    def stop(self) -> None:
        """Show nothing more."""
        self._summary.stop()
        self._later.stop()

    # What is open

    def show_archive(self) -> None:
        """The list of frames."""
        state = self._p.state
        self._p.archive.show_frames(state.frames)
        self._p.archive.select(state.cube.path if state.cube is not None else None)
        self.refresh_soon()

    def show_opened(self, opened: Opened) -> None:
        """A cube was opened: show it, and open it for editing."""
        p = self._p
        self.leave_pair()
        self._labels = opened.labels
        p.errors.settle("open")
        p.pairs.show_frame(opened.cube.pairs, opened.labels)
        p.editor.open(opened.cube.path)
        p.state.set_cube(opened.cube, opened.pair)

    def show_cube(self) -> None:
        """Header, lists and layers of another cube."""
        p, cube = self._p, self._p.state.cube
        if cube is None:
            return
        title = "" if cube.frame in cube.title else cube.title
        p.window.header.show_frame(cube.frame, title)
        p.archive.select(cube.path)
        p.display.show_layers(cube.layers, p.state.layer)
        self._values, self._values_of = {}, None
        self.show_radius()
        self.show_save_state("saved")
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
        p.labels.show_label(pair, self._labels.get(pair) if pair is not None else None)
        p.pairs.select(pair)
        cube = p.state.cube
        if pair is not None and cube is not None:
            metres = cube.pairs.baseline(pair)
            baseline = DASH if isnan(metres) else f"{metres:.0f}".replace("-", "−")
            p.window.header.show_pair(
                f"{pair.primary} → {pair.secondary} · {pair.days} d · B⊥ {baseline} m"
            )
        self._show_title()
        p.pictures.read()
        if p.state.prediction is not None:
            p.predictions.read()
        self.refresh_soon()

    def show_layer(self, layer: str) -> None:
        """Another layer was selected."""
        p = self._p
        p.actions.check(f"layer.{layer}")
        p.strip.show_layer(layer)
        if p.state.cube is not None:
            p.display.show_layers(p.state.cube.layers, layer)
        p.pictures.read()

    # The picture

    def show_picture(self, picture: Picture) -> None:
        """The newest picture replaces the old one at once, with its masks."""
        p = self._p
        p.errors.settle("picture")
        p.canvas.set_image(picture.image)
        if picture.mask_problem is not None:
            p.errors.report(picture.mask_problem, "reading masks", key="masks")
        else:
            p.errors.settle("masks")
        self._show_masks(picture.masks)
        self._show_overlay()
        self._refresh_label(picture.pair)
        self.show_cursor()

    def show_masks(self, pair: DatePair, masks: Masks) -> None:
        """The masks of the shown pair come from another place now."""
        if pair == self._p.state.pair and self._p.pictures.picture is not None:
            self._show_masks(masks)
            self._refresh_label(pair)

    def show_no_picture(self, error: BaseException) -> None:
        """The selected picture cannot be read."""
        self._p.canvas.clear("This pair cannot be shown")
        self._p.hand.painter = None
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

    def show_paint(self) -> None:
        """What brush and polygon paint."""
        p, state = self._p, self._p.state
        p.hand.paint = Paint(int(state.activity), int(state.intensity))
        p.actions.check(f"activity.{int(state.activity)}")
        for code in (Intensity.LOW, Intensity.MEDIUM, Intensity.HIGH):
            p.actions.check(f"intensity.{int(code)}", code == state.chosen_intensity)
        p.canvas.refresh_cursor()
        self.refresh_soon()

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

    # Editing

    def show_editing(self) -> None:
        """The session is open, or there is a reason why not."""
        p, session = self._p, self._p.editor.session
        p.labels.set_editable(session is not None, p.editor.reason)
        if session is None:
            self.show_save_state("read-only", p.editor.reason)
            p.hand.painter = None
            p.state.set_tool("pan")
        else:
            if session.recovered:
                steps = "; ".join(
                    f"{s.name} on {', '.join(str(pair) for pair in s.pairs)}"
                    for s in session.recovered
                )
                p.errors.tell(
                    f"A program that edited this cube ended early. Restored: {steps}.",
                    key="recovered",
                )
            p.pictures.read_masks()
        self.refresh_soon()

    def show_change(self, change: Any) -> None:
        """The working copy changed."""
        p = self._p
        shown = change.pair == p.state.pair
        if change.source == "reload":
            if shown:
                p.pictures.read_masks()
        elif shown and change.window is not None and change.source != "stroke":
            p.canvas.mask_changed(change.window)
        if change.source != "reload":
            self._refresh_label(change.pair)
        if shown:
            self._summary.start()
        self.refresh_soon()

    def edit_label(self, pair: DatePair, fields: dict[str, Any]) -> None:
        """The form changed."""
        try:
            self._p.editor.edit_label(pair, fields)
            self._p.errors.settle("label")
        except ThaliaError as error:
            self._p.errors.report(error, key="label")
            self._p.labels.show_label(pair, self._labels.get(pair))

    def show_saving(self, state: Any) -> None:
        """How saving goes."""
        self.show_save_state(state.state, state.why)
        if state.state == "failed":
            self._p.errors.tell(f"Not saved: {state.why}", "error", key="save")
        elif state.state == "saved":
            self._p.errors.settle("save")
            self.refresh_soon()

    def show_save_state(self, state: str, why: str = "") -> None:
        """In the header, and failures in the title too."""
        self._unsaved = why if state == "failed" else ""
        self._p.window.header.show_save(state, why)
        self._show_title()

    def show_conflict(self, conflict: Any) -> None:
        """Somebody else changed the same pixels."""
        self._p.errors.tell(
            f"Not everything was saved: {conflict}. What they saved is shown; where yours is "
            "right, paint it again.",
            "warning",
            key=f"conflict {conflict}",
        )

    # All that follows from the rest

    def refresh_soon(self) -> None:
        """Bring the actions up to date, and the history when the events at hand are done."""
        self._allow()  # at once: the next key may be an undo
        self._later.start()

    def _refresh(self) -> None:
        p, session = self._p, self._p.editor.session
        scope = None if p.history.everything.isChecked() else p.state.pair
        steps = session.history(scope) if session is not None else []
        p.history.show_steps(steps, "Nothing was done here yet.")

    def _allow(self) -> None:
        p, state, session = self._p, self._p.state, self._p.editor.session
        holding = {"archive"} if state.root is not None else set()
        if state.pair is not None:
            holding.add("pair")
        if session is not None and state.pair is not None:
            holding.add("editable")
            holding |= {"undoable"} if session.undoable(state.pair) is not None else set()
            holding |= {"redoable"} if session.redoable(state.pair) is not None else set()
        holding |= {"prediction"} if state.prediction is not None else set()
        p.actions.allow(holding)
        layers = state.cube.layers if state.cube is not None else ()
        p.actions.allow_layers(layers)
        for code in (1, 2, 3):
            action = p.actions[f"intensity.{code}"]
            action.setEnabled(action.isEnabled() and state.activity != Activity.EARTHQUAKE)

    def _show_masks(self, masks: Masks | None) -> None:
        p = self._p
        self._masks = masks
        p.canvas.set_mask(*((masks.activity, masks.intensity) if masks else (None, None)))
        p.hand.painter = p.editor.painter(p.state.pair) if masks is not None else None
        p.canvas.refresh_cursor()
        self._count_masks()

    def _refresh_label(self, pair: DatePair) -> None:
        """The label as edited; the session has it in memory by now."""
        p = self._p
        session = p.editor.session
        if session is None or session.cube.path != getattr(p.state.cube, "path", None):
            return
        label = session.label(pair)
        if self._labels.get(pair) != label:
            self._labels[pair] = label
            p.pairs.show_label(pair, label)
            self._count_labelled()
        if pair == p.state.pair:
            p.labels.show_label(pair, label)

    def _count_labelled(self) -> None:
        state = self._p.state
        count = sum(label.labelled for label in self._labels.values())
        frames = tuple(
            replace(entry, labelled=count)
            if state.cube is not None and entry.path == state.cube.path
            else entry
            for entry in state.frames
        )
        state.set_archive(state.root, frames)

    def _count_masks(self) -> None:
        masks, cube = self._masks, self._p.state.cube
        if masks is None or cube is None:
            self._p.labels.show_summary("")
            return
        work = partial(mask_summary, masks, cube.geometry.pixel_metres())
        self._p.chores.latest("summary", work, self._show_summary)

    def _show_summary(self, rows: list[tuple[int, int, int, float]]) -> None:
        names = {int(code): code.name.capitalize() for code in Activity}
        levels = {int(code): code.name.capitalize() for code in Intensity}
        lines, counts = [], []
        for code, level, pixels, km2 in rows:
            colour = CLASS_COLOURS.get(Activity(code), "#9aa0a6") if code in names else "#9aa0a6"
            level_text = f", {levels.get(level, level)}" if level else ""
            lines.append(
                f'<span style="color:{colour}">■</span> {names.get(code, f"code {code}")}'
                f"{level_text} · {km2:,.1f} km²"
            )
            counts.append(f"{names.get(code, code)}: {pixels:,} pixels")
        self._p.labels.show_summary("<br>".join(lines) or "No mask", "\n".join(counts))

    def _show_title(self) -> None:
        cube, pair = self._p.state.cube, self._p.state.pair
        what = f"{cube.frame} {pair}" if cube is not None and pair is not None else ""
        self._p.window.show_title(what, self._unsaved)
