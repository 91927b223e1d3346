"""Measure along a line: the tool, the ruler on the picture, and the panel beside it."""

from __future__ import annotations

from functools import partial
from math import hypot
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from thalia_viewer import theme as themes
from thalia_viewer.canvas.measuring import LineTool
from thalia_viewer.features.docks import add_below, bring, rulers_over
from thalia_viewer.features.feature import Feature
from thalia_viewer.features.saving import save_text
from thalia_viewer.measuring import Place, measured
from thalia_viewer.panels.measure_profile import ProfilePanel

if TYPE_CHECKING:
    from thalia_core.annotate.session import SaveState
    from thalia_viewer.measuring import Measured
    from thalia_viewer.options import Options
    from thalia_viewer.parts import Parts
    from thalia_viewer.theme import Theme

_NEAR = 12.0  # logical pixels from the line within which the cursor shows in the plot


class ProfileFeature(Feature):
    """One line, kept from pair to pair; whatever is shown is measured along it."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        p = parts
        self._rulers = rulers_over(p.deck)
        self.tool = LineTool(p.hand, self._draw, self._drawn)
        p.tools[self.tool.name] = self.tool
        self.panel = ProfilePanel(themes.named(p.settings.value.theme))
        self._dock = add_below(p.window, "profile", "Profile", self.panel)
        self.line: tuple[Place, ...] = ()
        p.actions.bind("tool.line", partial(p.state.set_tool, "line"))
        p.actions.bind("measure.profile", self._show_panel)
        p.actions.bind("measure.clear_line", self.clear)
        p.state.tool_changed.connect(self._tool_changed)
        p.state.cube_changed.connect(self._cube_changed)
        p.state.pair_changed.connect(self.measure)
        p.editor.saving.connect(self._saving)
        p.deck.linked.cursor_moved.connect(self._pointed)
        p.deck.linked.cursor_left.connect(lambda: self.panel.show_place(None))
        self._dock.visibilityChanged.connect(self._seen)
        self.panel.pointed.connect(self._mark)
        self.panel.copy_asked.connect(self._copy)
        self.panel.save_asked.connect(self._save)
        self.panel.clear_asked.connect(self.clear)

    def begin(self, options: Options) -> None:
        """The line of the command line."""
        if options.profile:
            bring(self.parts.window, "profile", self._dock)
            self.show_line(options.profile)

    def dress(self, theme: Theme) -> None:
        """Another theme."""
        self.panel.dress(theme)

    def show_line(self, line: tuple[Place, ...]) -> None:
        """Measure along a line of longitudes and latitudes."""
        grid = self.parts.canvas.grid
        if grid is not None:
            self.line = line
            self.tool.show(tuple(grid.rowcol(*place) for place in line))
            self.measure()

    def clear(self) -> None:
        """No line."""
        self.line = ()
        self.tool.show(())
        self.measure()

    def measure(self) -> None:
        """Measure the shown pair, on a thread; an older request is dropped."""
        p, cube, pair = self.parts, self.parts.state.cube, self.parts.state.pair
        if cube is None or pair is None:
            p.reads.drop("profile")
            self.panel.show_measured(None)
        elif self._dock.isVisible():
            self.panel.show_waiting()
            p.reads.latest("profile", partial(measured, cube, pair, self.line), self._show)

    def _show(self, found: Measured) -> None:
        self.panel.show_measured(found)
        self._mark(None)

    def _saving(self, saving: SaveState) -> None:
        """What was saved counts for the fringes in the masks."""
        if saving.state == "saved":
            self.measure()

    def _seen(self, seen: bool) -> None:
        if seen:
            self.measure()

    def _show_panel(self) -> None:
        bring(self.parts.window, "profile", self._dock)
        self.measure()

    def _tool_changed(self, tool: str) -> None:
        if tool == self.tool.name:
            self._show_panel()

    def _cube_changed(self) -> None:
        """A line that lies in another frame, too, goes on; else there is none."""
        cube = self.parts.state.cube
        if cube is None:
            return
        places = [cube.geometry.rowcol(*place) for place in self.line]
        rows, cols = cube.geometry.shape
        inside = all(0 <= row <= rows - 1 and 0 <= col <= cols - 1 for row, col in places)
        self.line = self.line if inside else ()
        self.tool.show(tuple(places) if inside else ())

    def _draw(self) -> None:
        self._rulers.show_line(self.tool.corners)

    def _drawn(self) -> None:
        grid = self.parts.canvas.grid
        if grid is not None:
            corners = self.tool.corners
            self.line = tuple(grid.lonlat(*corner) for corner in corners)
            self.measure()

    # From the plot to the picture and back

    def _mark(self, sample: int | None) -> None:
        line = self.panel.shown.line if self.panel.shown is not None else None
        if line is None or sample is None:
            self._rulers.show_cursor(None)
        else:
            self._rulers.show_cursor((float(line.rows[sample]), float(line.cols[sample])))

    def _pointed(self, row: int, col: int) -> None:
        line = self.panel.shown.line if self.panel.shown is not None else None
        camera = self.parts.canvas.camera
        if line is None or camera is None:
            return
        sample = int(np.hypot(line.rows - row, line.cols - col).argmin())
        x, y = camera.to_screen(float(line.rows[sample]), float(line.cols[sample]))
        here = camera.to_screen(row, col)
        near = hypot(x - here[0], y - here[1]) <= _NEAR
        self.panel.show_place(sample if near else None)

    # Out of the program

    def _csv(self) -> str:
        found = self.panel.shown
        return "" if found is None or found.line is None else found.line.to_csv(found.grid)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._csv())
        self.parts.errors.tell("The samples of the profile are in the clipboard.", key="profile")

    def _save(self) -> None:
        found = self.panel.shown
        if found is not None:
            save_text(self.parts, "Save the profile", f"profile_{found.pair}.csv", self._csv())
