"""A plane as a Look wants it, with what shows through it; any thread, no Qt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from thalia_core.cube.planes import PlaneCache
from thalia_core.errors import CubeError
from thalia_viewer.canvas.layers import STYLES, VEILS, IndexPlane, LayerStyle, PlaneImage, encode
from thalia_viewer.looks import Look
from thalia_viewer.planes import Planes

if TYPE_CHECKING:
    from thalia_core.cube.pairs import DatePair
    from thalia_core.cube.store import CubeStore

GONE, WHOLE = 0.1, 0.6
"""Coherence below which nothing of a phase is seen, and from which on all of it."""
_WATER = 1  # in the index plane of the land mask: code 0 of the class layer


def look_at(
    cube: CubeStore, cache: PlaneCache, layer: str, pair: DatePair, look: Look
) -> PlaneImage:
    """A plane ready to be drawn; phases with light, veil and cycles as the look says."""
    planes = Planes(cube, cache)
    image = planes.image(layer, pair)
    if image.style.unit != "rad":
        return image
    if look.rewrap and not image.style.cyclic:
        image = _rewrapped(image, look.wrap)
    try:
        veil, shade = _veil(cube, cache, pair, look), None
        if look.hillshade and "dem" in cube.layers:
            shade = planes.whole("dem", pair).shade
    except CubeError:  # a damaged companion must not hide the phase; its own panel says why
        return image
    return replace(image, shade=shade, veil=veil)


def _rewrapped(image: PlaneImage, wrap: float) -> PlaneImage:
    """An unwrapped phase in cycles of colours."""
    style = _cyclic(image.style, wrap)
    levels = (-wrap / 2, wrap / 2)
    index = encode(image.values, style, levels)
    return replace(image, index=index, style=style, levels=levels)


def _cyclic(style: LayerStyle, wrap: float) -> LayerStyle:
    key = (style.name, wrap)
    if key not in _CYCLIC:  # one object for each, by which tables of colours are kept
        _CYCLIC[key] = replace(
            style,
            table=STYLES["insar_difference"].table,
            limits=(-wrap / 2, wrap / 2),
            cyclic=True,
            title=f"{style.title}, in cycles",
        )
    return _CYCLIC[key]


_CYCLIC: dict[tuple[str, float], LayerStyle] = {}


def _veil(cube: CubeStore, cache: PlaneCache, pair: DatePair, look: Look) -> IndexPlane | None:
    by_coherence = look.by_coherence and "insar_coherence" in cube.layers
    water = look.water and "land_mask" in cube.layers
    if not (by_coherence or water):
        return None
    planes = Planes(cube, cache)

    def make() -> IndexPlane:
        coherence = planes.whole("insar_coherence", pair).index if by_coherence else None
        land = planes.whole("land_mask", pair).index if water else None
        return veil_of(coherence, land)

    return cache.get((cube.path, "veil", pair if by_coherence else None, water), make)


def veil_of(coherence: IndexPlane | None, land: IndexPlane | None) -> IndexPlane:
    """How much of a phase is seen: 0 on water, 1 (nothing) to VEILS - 1 (all) by coherence.

    Args:
        coherence: (rows, columns) Index plane of the coherence; or None.
        land: (rows, columns) Index plane of the land mask; or None. One of both is there.
    """
    if coherence is not None:
        values = np.linspace(0.0, 1.0, 255)  # what the codes from 1 on stand for
        share = ((values - GONE) / (WHOLE - GONE)).clip(0.0, 1.0)
        steps = np.ones(256, np.uint8)
        steps[1:] = np.rint(1 + share * (VEILS - 2))
        veil = steps.take(coherence)
    else:
        assert land is not None
        veil = np.full(land.shape, VEILS - 1, np.uint8)
    if land is not None:
        veil *= land != _WATER
    return veil
