"""Time series of points: the tools for points and the reference area, and the panel."""

from __future__ import annotations

from functools import partial
from math import hypot
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from thalia_core.errors import ThaliaError
from thalia_viewer import theme as themes
from thalia_viewer.canvas.measuring import AreaTool, PointTool
from thalia_viewer.canvas.rulers import Circle
from thalia_viewer.features.docks import add_below, bring, rulers_over
from thalia_viewer.features.feature import Feature
from thalia_viewer.features.saving import save_text
from thalia_viewer.measuring import Place, sentence, series
from thalia_viewer.panels.measure_series import SeriesPanel

if TYPE_CHECKING:
    from datetime import date

    from thalia_core.cube.store import CubeStore
    from thalia_core.insar.reference import ReferenceArea
    from thalia_core.insar.series import PointSeries
    from thalia_core.progress import Step
    from thalia_viewer.options import Options
    from thalia_viewer.parts import Parts
    from thalia_viewer.theme import Theme

_RADIUS_M = 1000.0
"""Of a reference area that was only clicked."""


class _SupersededError(Exception):
    """A newer request came; nobody waits for this one."""


class SeriesFeature(Feature):
    """Points and a reference area of one frame; the series follows them."""

    _stepped = Signal(object, int, int)
    """(stop flag of the request, done, total), from a thread."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        p = parts
        self._rulers = rulers_over(p.deck)
        self.points_tool = PointTool(p.hand, self._draw, self._drawn)
        self.area_tool = AreaTool(p.hand, self._draw_area, self._area_drawn)
        for tool in (self.points_tool, self.area_tool):
            p.tools[tool.name] = tool
            p.actions.bind(f"tool.{tool.name}", partial(p.state.set_tool, tool.name))
        self.panel = SeriesPanel(themes.named(p.settings.value.theme))
        self._dock = add_below(p.window, "series", "Time series", self.panel, "profile")
        self.points: tuple[Place, ...] = ()
        self.area: ReferenceArea | None = None
        self._measured: date | None = None
        self._stop = Event()
        self._stepped.connect(self._show_step)
        p.actions.bind("measure.series", self._show_panel)
        p.actions.bind("measure.clear_points", self.clear)
        p.actions.bind("measure.clear_area", partial(self.keep, None))
        p.state.tool_changed.connect(self._tool_changed)
        p.state.cube_changed.connect(self._cube_changed)
        p.state.pair_changed.connect(self._pair_changed)
        self.panel.network_chosen.connect(lambda _: self.measure())
        self.panel.copy_asked.connect(self._copy)
        self.panel.save_asked.connect(self._save)
        self.panel.clear_asked.connect(self.clear)

    def begin(self, options: Options) -> None:
        """Points of the command line."""
        if "series" in options.show or options.points:
            self._show_panel()
        if options.points:
            self.show_points(options.points)

    def dress(self, theme: Theme) -> None:
        """Another theme."""
        self.panel.dress(theme)

    def stop(self) -> None:
        """What runs ends at its next pair."""
        self._stop.set()

    def show_points(self, points: tuple[Place, ...]) -> None:
        """Measure at longitudes and latitudes."""
        grid = self.parts.canvas.grid
        if grid is not None:
            self.points = points
            self.points_tool.show(tuple(grid.rowcol(*place) for place in points))
            self.measure()

    def clear(self) -> None:
        """No points."""
        self.points = ()
        self.points_tool.show(())
        self.measure()

    def keep(self, area: ReferenceArea | None) -> None:
        """Another reference area, kept with the cube from now on; None for none."""
        self.parts.chores.drop("reference")  # the one that was kept before may still be read
        self._show_area(area)
        cube = self.parts.state.cube
        if cube is not None:
            self.parts.chores.once(partial(_keep, cube, area), failed=self._not_kept)
        self.measure()

    def measure(self) -> None:
        """Compute the series on a thread; an older computation ends at its next pair."""
        p, cube = self.parts, self.parts.state.cube
        self._stop.set()
        if cube is None or not self.points:
            p.chores.drop("series")
            self.panel.show_series(None)
            return
        self._stop = stop = Event()
        self._measured = self._primary()

        def tell(step: Step) -> None:
            if stop.is_set():
                raise _SupersededError
            self._stepped.emit(stop, step.done, step.total)

        work = partial(series, cube, self.points, self.area, self._measured, tell)
        p.chores.latest("series", work, self._show, self._fail)

    def _primary(self) -> date | None:
        """The date whose pairs count; None for all pairs."""
        pair = self.parts.state.pair
        alone = self.panel.network.currentIndex() == 1
        return pair.primary if alone and pair is not None else None

    def _show(self, found: PointSeries) -> None:
        self.panel.show_series(found)

    def _fail(self, error: BaseException) -> None:
        if isinstance(error, ThaliaError):
            self.panel.show_series(None, sentence(error))
        elif not isinstance(error, _SupersededError):
            self.panel.show_series(None)
            self.parts.errors.report(error, "computing a time series", key="series")

    def _show_step(self, stop: Event, done: int, total: int) -> None:
        if stop is self._stop and not stop.is_set():
            self.panel.show_progress(done, total)

    def _show_panel(self) -> None:
        bring(self.parts.window, "series", self._dock)

    def _tool_changed(self, tool: str) -> None:
        if tool in (self.points_tool.name, self.area_tool.name):
            self._show_panel()

    # What is selected

    def _pair_changed(self) -> None:
        pair = self.parts.state.pair
        self.panel.show_primary(None if pair is None else pair.primary)
        if self._primary() != self._measured:
            self.measure()

    def _cube_changed(self) -> None:
        """Points belong to a frame; its reference area is read."""
        self.clear()
        self._show_area(None)
        cube = self.parts.state.cube
        if cube is None:
            return

        def take(area: ReferenceArea | None) -> None:
            if self.parts.state.cube is cube:
                self._show_area(area)
                if area is not None and self.points:
                    self.measure()

        self.parts.chores.latest("reference", partial(_kept, cube), take)

    # What is drawn

    def _draw(self) -> None:
        self._rulers.show_points(self.points_tool.points)

    def _drawn(self) -> None:
        grid = self.parts.canvas.grid
        if grid is not None:
            self.points = tuple(grid.lonlat(*point) for point in self.points_tool.points)
            self.measure()

    def _draw_area(self) -> None:
        self._rulers.show_circle(self._circle())

    def _circle(self) -> Circle | None:
        """The circle in the hand."""
        grid, centre, edge = self.parts.canvas.grid, self.area_tool.centre, self.area_tool.edge
        if grid is None or centre is None:
            return None
        if edge is None:
            return Circle(centre, _RADIUS_M)
        east, north = grid.pixel_metres(centre[0])
        radius = hypot((edge[0] - centre[0]) * north, (edge[1] - centre[1]) * east)
        return Circle(centre, radius)

    def _area_drawn(self) -> None:
        from thalia_core.insar.reference import ReferenceArea

        grid, circle = self.parts.canvas.grid, self._circle()
        if grid is not None and circle is not None:
            self.keep(ReferenceArea(*grid.lonlat(*circle.centre), circle.radius_m))

    def _show_area(self, area: ReferenceArea | None) -> None:
        grid = self.parts.state.cube.geometry if self.parts.state.cube is not None else None
        self.area = area
        self.panel.show_reference(area)
        shown = None
        if area is not None and grid is not None:
            shown = Circle(grid.rowcol(area.lon, area.lat), area.radius_m)
        self._rulers.show_circle(shown)

    def _not_kept(self, error: BaseException) -> None:
        text = f"The reference area counts until the window is closed; it cannot be kept: {error}."
        self.parts.errors.tell(text, "warning", key="reference")

    # Out of the program

    def _csv(self) -> str:
        return "" if self.panel.shown is None else self.panel.shown.to_csv()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._csv())
        self.parts.errors.tell("The time series is in the clipboard.", key="series")

    def _save(self) -> None:
        cube = self.parts.state.cube
        frame = "" if cube is None else f"_{cube.frame}"
        save_text(self.parts, "Save the time series", f"series{frame}.csv", self._csv())


def _keep(cube: CubeStore, area: ReferenceArea | None) -> None:
    from thalia_core.insar.reference import forget_reference, keep_reference

    if area is None:
        forget_reference(cube)
    else:
        keep_reference(cube, area)


def _kept(cube: CubeStore) -> ReferenceArea | None:
    from thalia_core.insar.reference import kept_reference

    return kept_reference(cube)
