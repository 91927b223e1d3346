"""The program: the only place where objects are made and connected."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from thalia_core.cube.pairs import DatePair
from thalia_core.errors import ThaliaError
from thalia_viewer import screens
from thalia_viewer import theme as themes
from thalia_viewer.asking import Asking
from thalia_viewer.edit_presenter import EditPresenter
from thalia_viewer.errors import ErrorPath
from thalia_viewer.features import FEATURES
from thalia_viewer.garbage import Collector
from thalia_viewer.jobs import RunView
from thalia_viewer.keys import KeyGate
from thalia_viewer.making import make
from thalia_viewer.panels.coast import read_coast
from thalia_viewer.presenter import Presenter
from thalia_viewer.settings import SettingsFile
from thalia_viewer.sights import Sight, layer_named, parse_all
from thalia_viewer.snapshot import Snapshot
from thalia_viewer.wiring import bind_asking, bind_looking, bind_painting, bind_walking

if TYPE_CHECKING:
    from thalia_core.annotate.session import SaveState

DEFAULT_SIZE = (1600, 1000)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for."""

    path: Path | None = None
    pair: DatePair | None = None
    layer: str | None = None
    screenshot: Path | None = None
    size: tuple[int, int] | None = None
    at: tuple[float, float] | None = None
    """Longitude and latitude to bring to the middle of the first picture."""
    zoom: float = 1.0
    """Enlargement of the first picture; 1 shows the whole frame."""
    show: tuple[str, ...] = ()
    """Panels to bring to the front."""
    profile: tuple[tuple[float, float], ...] = ()
    """Longitudes and latitudes of a line to measure along."""
    points: tuple[tuple[float, float], ...] = ()
    """Longitudes and latitudes of points whose time series is shown."""
    panels: tuple[Sight, ...] = ()
    """What the panels beside the first one show."""


class App(QObject):
    """All objects and their connections.

    Args:
        options: What to show.
        settings: What is remembered.
        errors: Where errors go.
    """

    def __init__(self, options: Options, settings: SettingsFile, errors: ErrorPath) -> None:
        super().__init__()
        self._options = options
        self._code = 0
        self._closed = False
        self._collector = Collector(self)
        self.parts = make(settings, errors, self)
        self.edits = EditPresenter(self.parts, self)
        self.presenter = Presenter(self.parts, self.edits, self)
        self.gate = KeyGate(self.parts.actions, self.parts.window, self.parts.canvas)
        self._asking = Asking(self.parts, self)
        self._snapshot: Snapshot | None = None
        self._connect_reading()
        self._connect_showing()
        self._connect_panels()
        self._bind_actions()
        self.features = tuple(make_feature(self.parts, self) for make_feature in FEATURES)
        self._begin()

    def show(self) -> None:
        """Show the window, then open what was asked for."""
        p, options = self.parts, self._options
        p.window.show()
        p.canvas.setFocus()
        for panel in options.show:
            p.window.show_dock(panel)
        if options.screenshot is not None:
            self._snapshot = Snapshot(p.window, options.screenshot, self.settled, self.leave)
            p.errors.told.connect(self._snapshot.told)
        path = options.path
        last = p.settings.value.last_path if p.settings.value.open_last else ""
        if path is None and last and options.screenshot is None:
            path = Path(last)
        if path is not None:
            p.canvas.clear("Opening…")
            p.pictures.shown.connect(self._place, Qt.ConnectionType.SingleShotConnection)
            p.opener.open(path.absolute(), options.pair)
        else:
            p.canvas.clear("Open an archive or a cube with Ctrl+O")

    def _place(self) -> None:
        """Bring the place that was asked for into view, once the first picture is there."""
        canvas, (lon, lat) = self.parts.canvas, self._options.at or (None, None)
        if lon is not None and lat is not None and canvas.grid is not None:
            canvas.centre_on(*canvas.grid.rowcol(lon, lat))
        if self._options.zoom != 1.0:
            canvas.zoom_by(self._options.zoom)
        for feature in self.features:
            feature.begin(self._options)
        self._collector.settle()

    def settled(self) -> bool:
        """Whether everything that was asked for is on the screen."""
        p = self.parts
        told = p.pictures.picture is not None or p.pictures.refused
        return (
            (told or self._options.path is None)
            and not any(part.waiting for part in (p.opener, p.pictures, p.predictions))
            and not any(feature.waiting for feature in self.features)
            and not p.editor.opening
            and not p.reads.busy
            and not p.chores.busy
            and not any(canvas.settling for canvas in p.deck.shown)
            and not (self._snapshot is not None and p.window.activity.text())
        )

    def ask_to_close(self) -> None:
        """Save what is not saved, on a thread, then leave; ask when it cannot be saved."""
        self.presenter.leave_pair()
        self.parts.editor.finish(self._saved_all)

    def _saved_all(self, error: BaseException | None) -> None:
        if error is None:
            self.leave()
        else:
            self._asking.close_unsaved(error, self.leave)

    def leave(self, code: int = 0) -> None:
        """Close everything and end the program."""
        self._code = code
        self.close()
        QApplication.exit(code)

    def close(self) -> None:
        """Give back threads, locks and hooks; the runs go on."""
        if self._closed:
            return
        self._closed = True
        p = self.parts
        self._remember()
        p.window.hide()  # what is under way on threads may take a moment
        self.edits.stop()
        for feature in self.features:
            feature.stop()
        p.opener.stop()
        p.window.messages.stop()
        p.runs.close()
        p.editor.give_up()
        p.reads.close()
        p.chores.close()
        self._collector.stop()
        p.window.close_now()

    def _begin(self) -> None:
        """The selection to begin with, shown once."""
        p, value = self.parts, self.parts.settings.value
        p.state.set_masks(opacity=value.mask_opacity, contour=value.contour)
        p.state.set_prediction_style(opacity=value.prediction_opacity)
        p.state.set_radius(value.brush_radius)
        if self._options.layer is not None:
            p.state.set_layer(layer_named(self._options.layer))
        p.actions.check("view.light", themes.named(value.theme) is themes.LIGHT)
        p.deck.show_sights(self._options.panels or parse_all(value.panels))
        p.strip.dress(themes.named(value.theme))
        p.actions.allow(())
        p.chores.once(read_coast, p.map.view.show_coast)
        self.presenter.show_looks()
        self.presenter.show_paint()
        self.presenter.show_radius()
        self.presenter.show_tool(p.state.tool)
        self.presenter.show_layer(p.state.layer)
        drawn = self._options.screenshot is not None  # a picture needs no room on a screen
        size = self._options.size or (DEFAULT_SIZE if drawn else _fitting(DEFAULT_SIZE))
        p.window.lay_out(*size, max(p.pairs.fitting_width, size[0] * 17 // 100))
        if self._options.size is None and self._options.screenshot is None:
            p.window.restore(*screens.layout_here(value))
        for problem in p.settings.problems:
            p.errors.tell(f"Settings: {problem}.", "warning", key=problem)

    # Connecting

    def _connect_reading(self) -> None:
        p, show, edits = self.parts, self.presenter, self.edits
        for tasks in (p.reads, p.chores):
            tasks.failed.connect(p.errors.report)
        p.reads.ahead_changed.connect(self._show_ahead)
        p.opener.scanned.connect(p.state.set_catalogue)
        p.opener.opened.connect(show.show_opened)
        p.opener.failed.connect(show.show_nothing)
        p.finder.found.connect(show.show_found)
        p.finder.refused.connect(p.pairs.filter.show_problem)
        p.finder.failed.connect(p.errors.report)
        p.pictures.shown.connect(show.show_picture)
        p.pictures.masks_read.connect(show.show_masks)
        p.pictures.masks_failed.connect(show.show_no_masks)
        p.pictures.values_read.connect(show.take_values)
        p.pictures.failed.connect(show.show_no_picture)
        p.predictions.listed.connect(self._list_predictions)
        p.predictions.plane_read.connect(show.take_overlay)
        p.predictions.failed.connect(p.errors.report)
        p.editor.settled.connect(edits.show_editing)
        p.editor.lock_changed.connect(edits.refresh_soon)
        p.editor.changed.connect(edits.show_change)
        p.editor.saving.connect(edits.show_saving)
        p.editor.saving.connect(self._look_again)
        p.editor.conflicted.connect(edits.show_conflict)
        p.editor.failed.connect(p.errors.report)
        p.runs.changed.connect(lambda: p.runs_panel.show_runs(p.runs.views))
        p.runs.started.connect(self._run_started)
        p.runs.ended.connect(self._run_ended)

    def _connect_showing(self) -> None:
        p, show = self.parts, self.presenter
        p.errors.told.connect(p.window.messages.tell)
        p.errors.settled.connect(p.window.messages.settle)
        p.state.archive_changed.connect(show.show_archive)
        p.state.archive_changed.connect(lambda: p.runs.watch(p.state.root))
        p.state.catalogue_changed.connect(p.finder.look)
        p.state.filter_changed.connect(p.finder.look)
        p.state.filter_changed.connect(p.pairs.filter.show_filter)
        p.state.matches_changed.connect(show.show_matches)
        p.state.cube_changed.connect(show.show_cube)
        p.state.pair_changed.connect(show.show_pair)
        p.state.layer_changed.connect(show.show_layer)
        p.state.tool_changed.connect(show.show_tool)
        p.state.paint_changed.connect(show.show_paint)
        p.state.radius_changed.connect(lambda _: show.show_radius())
        p.state.masks_changed.connect(show.show_looks)
        p.state.prediction_changed.connect(p.predictions.read)
        p.state.prediction_changed.connect(self.edits.refresh_soon)
        p.state.prediction_changed.connect(lambda: p.display.choose(p.state.prediction))
        p.deck.linked.cursor_moved.connect(show.cursor_moved)
        p.deck.linked.cursor_left.connect(show.cursor_left)
        p.deck.activated.connect(self.edits.refresh_soon)
        p.deck.sights_changed.connect(self.edits.refresh_soon)
        p.canvas.hand_changed.connect(lambda: p.state.set_radius(p.hand.radius))

    def _connect_panels(self) -> None:
        p = self.parts
        p.archive.chosen.connect(self._choose_cube)
        p.map.view.chosen.connect(self._choose_cube)
        p.pairs.chosen.connect(p.state.set_pair)
        p.pairs.filter.edited.connect(p.state.set_filter)
        p.pairs.filter.field.complete = self._complete
        p.labels.edited.connect(self.edits.edit_label)
        p.strip.radius_edited.connect(p.state.set_radius)
        p.display.mask_opacity_moved.connect(lambda value: p.state.set_masks(opacity=value))
        p.display.prediction_opacity_moved.connect(
            lambda value: p.state.set_prediction_style(opacity=value)
        )
        p.display.prediction_chosen.connect(lambda run: p.state.set_prediction(run or None))
        p.history.scope_changed.connect(self.edits.refresh_soon)
        p.runs_panel.stop_asked.connect(p.runs.stop)
        p.runs_panel.resume_asked.connect(p.runs.resume)
        p.runs_panel.apply_asked.connect(self._asking.apply)
        p.window.close_asked.connect(self.ask_to_close)

    def _bind_actions(self) -> None:
        p = self.parts
        bind_walking(p, self.gate)
        bind_painting(p)
        bind_looking(p)
        bind_asking(p, self._asking)
        p.actions.bind_toggle("view.light", self._set_light)
        p.actions.bind_toggle("model.overlay", self._overlay)
        p.actions.bind("file.quit", self.ask_to_close)

    # What needs more than one part

    def _choose_cube(self, path: Path) -> None:
        cube = self.parts.state.cube
        if cube is None or cube.path != path:
            self.parts.opener.open_cube(path)

    def _complete(self, word: str) -> tuple[str, ...]:
        if self.parts.state.catalogue is None:
            return ()  # the core's archive is imported with it, on its thread
        from thalia_core.archive.completing import completions

        return completions(word, (entry.frame for entry in self.parts.state.frames))

    def _look_again(self, saving: SaveState) -> None:
        """What was saved counts for the filter."""
        if saving.state == "saved":
            self.parts.opener.refresh_soon()

    def _show_ahead(self, done: int, total: int) -> None:
        text = f"reading ahead {done} of {total}" if done < total else ""
        self.parts.window.activity.setText(text)

    def _set_light(self, light: bool) -> None:
        p, theme = self.parts, themes.LIGHT if light else themes.DARK
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        themes.apply(app, theme)
        p.window.dress_actions(p.actions, theme)
        p.window.messages.dress(theme)
        p.canvas.set_theme(theme)
        panels = (p.strip, p.map, p.archive, p.pairs, p.labels, p.history, p.runs_panel)
        for panel in panels:
            panel.dress(theme)
        for feature in self.features:
            feature.dress(theme)
        p.settings.update(theme=theme.name)

    def _overlay(self, on: bool) -> None:
        """Show or hide the prediction; where none is chosen yet, the newest one is meant."""
        state, runs = self.parts.state, self.parts.predictions.runs
        if state.prediction is None and runs:
            state.set_prediction(runs[0])
            self.parts.actions.check("model.overlay")
            on = True
        state.set_prediction_style(visible=on)

    def _list_predictions(self, runs: tuple[str, ...]) -> None:
        self.parts.display.show_predictions(runs, self.parts.state.prediction)
        self.edits.refresh_soon()

    def _run_started(self, folder: Path) -> None:
        p = self.parts
        p.window.show_dock("runs")
        p.runs_panel.show_runs(p.runs.views)
        p.runs_panel.choose(folder)

    def _run_ended(self, view: RunView) -> None:
        p = self.parts
        if view.state.startswith("failed") or view.state == "died":
            p.errors.tell(f"Run {view.name} {view.words}.", "error", key=f"run {view.name}")
        else:
            p.errors.tell(f"Run {view.name} {view.words}.", key=f"run {view.name}")
        if view.job == "predict":
            p.predictions.look(then_show=view.model)

    def _remember(self) -> None:
        p, state = self.parts, self.parts.state
        if self._options.screenshot is not None:
            return
        geometry, layout = p.window.memory()
        changes: dict[str, Any] = {
            **screens.remembered(p.settings.value, geometry, layout),
            "mask_opacity": state.mask_opacity,
            "prediction_opacity": state.prediction_opacity,
            "contour": state.contour,
            "brush_radius": state.radius,
        }
        if state.cube is not None:
            one = len(state.frames) == 1
            changes["last_path"] = str(state.cube.path if one else state.root)
        for feature in self.features:
            changes |= feature.memory()
        try:
            p.settings.update(**changes)
        except ThaliaError as error:
            p.errors.report(error)


def _fitting(size: tuple[int, int]) -> tuple[int, int]:
    """The size, or nine tenths of a smaller screen."""
    screen = QGuiApplication.primaryScreen()
    if screen is None:
        return size
    room = screen.availableSize()
    return min(size[0], room.width() * 9 // 10), min(size[1], room.height() * 9 // 10)
