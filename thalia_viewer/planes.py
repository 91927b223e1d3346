"""Planes and masks of a cube as they are read for the canvas; any thread, no Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from thalia_core.cube.pairs import DatePair
from thalia_core.cube.planes import PlaneCache
from thalia_core.cube.schema import MISSING, PLANE, VARIABLES
from thalia_viewer.canvas.layers import (
    STYLES,
    LayerStyle,
    PlaneImage,
    encode,
    hillshade,
    levels_of,
)
from thalia_viewer.derived import COMPUTE, title_of

if TYPE_CHECKING:
    from thalia_core.annotate.session import EditSession
    from thalia_core.annotate.working import Masks as LiveMasks
    from thalia_core.cube.store import CubeStore

Plane = NDArray[Any]
_THREADS = 2
"""For what somebody waits for; reading ahead takes one and leaves the window the others."""

_SPARSE = 32


@dataclass(frozen=True, slots=True)
class Masks:
    """The planes that are drawn over a layer; shared with the session while it is open."""

    activity: Plane
    intensity: Plane
    live: LiveMasks | None = None
    """Those of the session: while somebody has them, edits go into them and into no others."""


class Planes:
    """Planes of a cube through the cache; any thread."""

    def __init__(self, cube: CubeStore, cache: PlaneCache) -> None:
        self._cube = cube
        self._cache = cache

    def values(self, layer: str, pair: DatePair, threads: int = 1) -> Plane:
        """A plane in physical units."""
        return self._cache.get(self._key(layer, pair), lambda: self._read(layer, pair, threads))

    def image(self, layer: str, pair: DatePair) -> PlaneImage:
        """A plane that can be drawn at once; its index plane only where it is there already."""
        style, key = self._style(layer, pair), self._key(layer, pair)
        if style.shaded or (*key, "index") in self._cache:
            return self.whole(layer, pair, _THREADS)
        values = self.values(layer, pair, _THREADS)
        levels = levels_of(values, style)
        return PlaneImage(None, values, style, levels, self._cube.geometry, (pair, layer))

    def whole(self, layer: str, pair: DatePair, threads: int = 1) -> PlaneImage:
        """A plane with all that makes drawing it fast."""
        values, style = self.values(layer, pair, threads), self._style(layer, pair)
        key, geometry = self._key(layer, pair), self._cube.geometry
        levels = levels_of(values, style)
        index = self._cache.get((*key, "index"), lambda: encode(values, style, levels))
        shade = (
            self._cache.get((*key, "shade"), lambda: hillshade(values, geometry))
            if style.shaded
            else None
        )
        return PlaneImage(index, values, style, levels, geometry, (pair, layer), shade)

    def warm(self, layer: str, pair: DatePair) -> None:
        """Have a plane in the cache."""
        if (*self._key(layer, pair), "index") not in self._cache:
            self.whole(layer, pair)

    def _style(self, layer: str, pair: DatePair) -> LayerStyle:
        title = title_of(layer, self._cube, pair)
        return STYLES[layer] if title is None else replace(STYLES[layer], title=title)

    def _read(self, layer: str, pair: DatePair, threads: int) -> Plane:
        if layer in COMPUTE:
            return COMPUTE[layer](self._cube, pair, lambda name: self.values(name, pair))
        return self._cube.read_plane(layer, pair, threads=threads)

    def _key(self, layer: str, pair: DatePair) -> tuple[object, ...]:
        # Layers of the frame or of one date are the same plane for many pairs.
        if layer in VARIABLES and VARIABLES[layer].dims == PLANE:
            return (self._cube.path, layer)
        if layer.startswith("primary_date_"):
            return (self._cube.path, layer, pair.primary)
        if layer.startswith("secondary_date_"):
            return (self._cube.path, layer, pair.secondary)
        return (self._cube.path, layer, pair)


def read_masks(
    cube: CubeStore, session: EditSession | None, pair: DatePair, *, anew: bool = False
) -> Masks:
    """The live planes of the session, or those on disk; ``anew`` with what others did since."""
    if session is not None:
        if anew:
            session.reload(pair)
        live = session.masks(pair)
        session.label(pair)  # have it at hand before somebody asks on the main thread
        return Masks(live.activity, live.intensity, live)
    return Masks(
        cube.read_plane("activity_type_mask", pair), cube.read_plane("intensity_level_mask", pair)
    )


def holds_data(values: Plane) -> bool:
    """Whether a plane has any value; a few of them nearly always tell."""
    return any(bool(np.isfinite(part).any()) for part in (values[::_SPARSE, ::_SPARSE], values))


def mask_summary(masks: Masks, metres: tuple[float, float]) -> list[tuple[int, int, int, float]]:
    """(activity, highest intensity, pixels, square kilometres) of each class, largest first."""
    # to pick pixels one by one keeps the window from its events: only where there are any
    painted = np.flatnonzero(masks.activity.max(axis=1, initial=0))
    part = slice(painted[0], painted[-1] + 1) if painted.size else slice(0, 0)
    activity, intensity = masks.activity[part], masks.intensity[part]
    inside = (activity != 0) & (activity != MISSING)
    activity, intensity = activity[inside], intensity[inside]
    intensity = np.where(intensity == MISSING, 0, intensity)
    km2 = metres[0] * metres[1] / 1e6
    rows = []
    for code in np.unique(activity):
        chosen = activity == code
        pixels = int(np.count_nonzero(chosen))
        rows.append((int(code), int(intensity[chosen].max()), pixels, pixels * km2))
    return sorted(rows, key=lambda row: -row[2])
