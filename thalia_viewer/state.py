"""What is selected: the one place that knows, with one signal for each thing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from thalia_core.cube.labels import Activity, Intensity
from thalia_core.cube.pairs import DatePair
from thalia_viewer.looks import Look
from thalia_viewer.table.layers import layers_of

if TYPE_CHECKING:  # zarr is imported by the thread that opens the first cube
    from thalia_core.archive.catalogue import Catalogue, FrameEntry
    from thalia_core.archive.matches import Matches
    from thalia_core.cube.store import CubeStore

MIN_RADIUS, MAX_RADIUS = 0.5, 512.0
"""Of the brush, in pixels; the hand of the canvas has the same."""


class ViewState(QObject):
    """The selection. Setters do nothing when nothing changes, and emit after the change."""

    archive_changed = Signal()
    catalogue_changed = Signal()
    filter_changed = Signal(str)
    matches_changed = Signal()
    cube_changed = Signal()
    pair_changed = Signal()
    layer_changed = Signal(str)
    tool_changed = Signal(str)
    paint_changed = Signal()
    radius_changed = Signal(float)
    masks_changed = Signal()
    prediction_changed = Signal()
    look_changed = Signal()
    version_shown_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root: Path | None = None
        self._frames: tuple[FrameEntry, ...] = ()
        self._catalogue: Catalogue | None = None
        self._filter = ""
        self._matches: Matches | None = None
        self._cube: CubeStore | None = None
        self._pair: DatePair | None = None
        self._direction = 1
        self._layer = "insar_difference"
        self._tool = "pan"
        self._other_tool = "brush"
        self._activity = Activity.MOGI
        self._intensity = Intensity.MEDIUM
        self._instance = 1
        self._radius = 12.0
        self._masks_visible = True
        self._mask_opacity = 0.5
        self._contour = False
        self._hatch = True
        self._only = False
        self._bare = False
        self._prediction: str | None = None
        self._prediction_visible = True
        self._prediction_opacity = 0.6
        self._look = Look()
        self._version_shown = False

    # What is open

    @property
    def root(self) -> Path | None:
        """The archive folder: runs live in its ``runs``."""
        return self._root

    @property
    def frames(self) -> tuple[FrameEntry, ...]:
        """The cubes of the archive, as the last scan found them."""
        return self._frames

    def set_archive(self, root: Path | None, frames: tuple[FrameEntry, ...]) -> None:
        """Another archive, or the same one scanned again."""
        if (root, frames) != (self._root, self._frames):
            self._root, self._frames = root, frames
            self.archive_changed.emit()

    @property
    def catalogue(self) -> Catalogue | None:
        """All pairs of the archive, as the last scan found them."""
        return self._catalogue

    def set_catalogue(self, root: Path, catalogue: Catalogue) -> None:
        """Another scan of this archive or of another one."""
        changed, self._catalogue = catalogue is not self._catalogue, catalogue
        self.set_archive(root, catalogue.frames)
        if changed:
            self.catalogue_changed.emit()

    @property
    def filter(self) -> str:
        """Which pairs are wanted, in the language of filters; empty for all."""
        return self._filter

    def set_filter(self, text: str) -> None:
        """Another filter; ``matches`` follow when they are found."""
        if text.strip() != self._filter:
            self._filter = text.strip()
            self.filter_changed.emit(self._filter)

    @property
    def matches(self) -> Matches | None:
        """What the last good filter found; None where there is no filter."""
        return self._matches

    def set_matches(self, matches: Matches | None) -> None:
        """Another result."""
        if matches is not self._matches:
            self._matches = matches
            self.matches_changed.emit()

    @property
    def cube(self) -> CubeStore | None:
        """The open cube."""
        return self._cube

    @property
    def pair(self) -> DatePair | None:
        """The shown pair; None only while no cube with a pair is open."""
        return self._pair

    @property
    def direction(self) -> int:
        """Which way the last step went in the list: 1 or -1."""
        return self._direction

    def set_cube(self, cube: CubeStore | None, pair: DatePair | None = None) -> None:
        """Another cube, at a pair (the first one by default)."""
        self._cube = cube
        if pair is None and cube is not None and len(cube.pairs):
            pair = cube.pairs[0]
        self._pair = pair
        self._direction = 1
        self._prediction = None
        if cube is not None and self._layer not in self.layers and cube.layers:
            self._layer = cube.layers[0]
            self.layer_changed.emit(self._layer)
        self.cube_changed.emit()
        self.pair_changed.emit()

    def set_pair(self, pair: DatePair, way: int = 0) -> None:
        """Another pair of the open cube.

        Args:
            pair: The pair.
            way: Which way the step went, 1 or -1, where the order is not that of the dates.

        Raises:
            ThaliaError: The cube has no such pair.
        """
        if self._cube is None or pair == self._pair:
            return
        position = self._cube.pairs.position(pair)
        if self._pair is not None:
            later = position > self._cube.pairs.position(self._pair)
            self._direction = way or (1 if later else -1)
        self._pair = pair
        self.pair_changed.emit()

    @property
    def layer(self) -> str:
        """The layer under everything, by its schema name."""
        return self._layer

    @property
    def layers(self) -> tuple[str, ...]:
        """All layers that the open cube can show."""
        return layers_of(self._cube.layers) if self._cube is not None else ()

    def set_layer(self, layer: str) -> None:
        """Another layer."""
        if layer != self._layer:
            self._layer = layer
            self.layer_changed.emit(layer)

    # What the hand holds

    @property
    def tool(self) -> str:
        """Name of the tool in the hand."""
        return self._tool

    def set_tool(self, tool: str) -> None:
        """Another tool; the one before is kept for ``swap_tools``."""
        if tool != self._tool:
            self._tool, self._other_tool = tool, self._tool
            self.tool_changed.emit(tool)

    def swap_tools(self) -> None:
        """Back to the tool before."""
        self.set_tool(self._other_tool)

    @property
    def activity(self) -> Activity:
        """The activity type that is painted."""
        return self._activity

    @property
    def intensity(self) -> Intensity:
        """The intensity that is painted; earthquakes have none."""
        return Intensity.NONE if self._activity == Activity.EARTHQUAKE else self._intensity

    @property
    def chosen_intensity(self) -> Intensity:
        """The intensity that volcanic types are painted with."""
        return self._intensity

    @property
    def instance(self) -> int:
        """The number of the instance that is painted."""
        return self._instance

    def set_instance(self, number: int) -> None:
        """Paint another instance."""
        if number != self._instance:
            self._instance = number
            self.paint_changed.emit()

    def set_paint(
        self, activity: Activity | None = None, intensity: Intensity | None = None
    ) -> None:
        """Another activity type or intensity."""
        before = (self._activity, self._intensity)
        self._activity = self._activity if activity is None else activity
        self._intensity = self._intensity if intensity is None else intensity
        if (self._activity, self._intensity) != before:
            self.paint_changed.emit()

    @property
    def radius(self) -> float:
        """Radius of the brush in pixels."""
        return self._radius

    def set_radius(self, radius: float) -> None:
        """Another radius, held within its limits."""
        radius = min(max(radius, MIN_RADIUS), MAX_RADIUS)
        if radius != self._radius:
            self._radius = radius
            self.radius_changed.emit(radius)

    # How masks and predictions are drawn

    @property
    def masks_visible(self) -> bool:
        """Whether masks are drawn now."""
        return self._masks_visible and not self._bare

    @property
    def masks_wanted(self) -> bool:
        """Whether masks are drawn when the layer is not held bare."""
        return self._masks_visible

    @property
    def mask_opacity(self) -> float:
        """0 to 1."""
        return self._mask_opacity

    @property
    def contour(self) -> bool:
        """Outlines instead of filled masks."""
        return self._contour

    @property
    def hatch(self) -> bool:
        """Lines over the masks tell the intensity."""
        return self._hatch

    @property
    def only(self) -> Activity | None:
        """The one activity type that is drawn: that of the hand; None for all."""
        return self._activity if self._only else None

    @property
    def bare(self) -> bool:
        """Nothing but the layer, while a key is held."""
        return self._bare

    def set_masks(
        self,
        visible: bool | None = None,
        opacity: float | None = None,
        contour: bool | None = None,
        bare: bool | None = None,
        hatch: bool | None = None,
        only: bool | None = None,
    ) -> None:
        """How masks are drawn; ``only`` the type in the hand."""
        before = self._mask_look
        self._masks_visible = self._masks_visible if visible is None else visible
        self._mask_opacity = self._mask_opacity if opacity is None else min(max(opacity, 0.0), 1.0)
        self._contour = self._contour if contour is None else contour
        self._bare = self._bare if bare is None else bare
        self._hatch = self._hatch if hatch is None else hatch
        self._only = self._only if only is None else only
        if self._mask_look != before:
            self.masks_changed.emit()

    @property
    def _mask_look(self) -> tuple[object, ...]:
        shown = (self._masks_visible, self._mask_opacity, self._contour, self._bare)
        return (*shown, self._hatch, self.only)

    @property
    def look(self) -> Look:
        """How phases are drawn and read."""
        return self._look

    def set_look(self, look: Look) -> None:
        """Another way to draw phases."""
        if look != self._look:
            self._look = look
            self.look_changed.emit()

    @property
    def prediction(self) -> str | None:
        """Name of the run whose prediction is overlaid, or None."""
        return self._prediction

    @property
    def prediction_visible(self) -> bool:
        """Whether the prediction is drawn now."""
        return self._prediction_visible and not self._bare

    @property
    def prediction_wanted(self) -> bool:
        """Whether the prediction is drawn when the layer is not held bare."""
        return self._prediction_visible

    @property
    def prediction_opacity(self) -> float:
        """0 to 1."""
        return self._prediction_opacity

    def set_prediction(self, run: str | None) -> None:
        """Overlay the prediction of another run, or none."""
        if run != self._prediction:
            self._prediction = run
            self.prediction_changed.emit()

    def set_prediction_style(
        self, visible: bool | None = None, opacity: float | None = None
    ) -> None:
        """How the prediction is drawn."""
        before = (self._prediction_visible, self._prediction_opacity)
        if visible is not None:
            self._prediction_visible = visible
        if opacity is not None:
            self._prediction_opacity = min(max(opacity, 0.0), 1.0)
        if (self._prediction_visible, self._prediction_opacity) != before:
            self.masks_changed.emit()

    @property
    def version_shown(self) -> bool:
        """Whether the picture shows the pair as it was, not as it is."""
        return self._version_shown

    def set_version_shown(self, on: bool) -> None:
        """A version of the pair stands in the picture from now on, or the present does."""
        if on != self._version_shown:
            self._version_shown = on
            self.version_shown_changed.emit()
