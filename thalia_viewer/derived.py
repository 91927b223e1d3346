"""Layers that are computed from stored ones when they are shown. Any thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from thalia_core.errors import CubeError, ThaliaError
from thalia_viewer.table.layers import DERIVED, LAYER_TITLES

if TYPE_CHECKING:
    from thalia_core.cube.pairs import DatePair
    from thalia_core.cube.store import CubeStore

Plane = NDArray[Any]
Read = Callable[[str], Plane]
"""Gives a stored layer of the pair, in physical units, NaN for no data; through the cache."""
Compute = Callable[["CubeStore", "DatePair", Read], Plane]
"""(cube, pair, read) to a plane of the frame's shape, NaN for no data."""


def _difference(name: str) -> Compute:
    primary, secondary = DERIVED[name].needs

    def compute(_cube: CubeStore, _pair: DatePair, read: Read) -> Plane:
        return np.asarray(read(secondary) - read(primary), np.float32)

    return compute


def _minus_height(cube: CubeStore, pair: DatePair, _read: Read) -> Plane:
    from thalia_core.insar.measure import height_fit_of, minus_height_of

    fit = height_fit_of(cube, pair)
    return np.asarray(minus_height_of(cube, pair, fit), np.float32)


def _minus_vapour(cube: CubeStore, pair: DatePair, read: Read) -> Plane:
    from thalia_core.insar.height import minus_fit
    from thalia_core.insar.measure import weather_fit_of

    phase, primary, secondary = DERIVED["phase_minus_vapour"].needs
    name = primary.removeprefix("primary_date_")
    fit = weather_fit_of(cube, pair, name)
    return np.asarray(minus_fit(read(phase), fit, read(secondary) - read(primary)), np.float32)


def _minus_source(kind: str) -> Compute:
    def compute(cube: CubeStore, pair: DatePair, _read: Read) -> Plane:
        from thalia_core.synth.source_fit import minus_source_of, source_fit_of

        fit = source_fit_of(cube, pair, kind)
        return np.asarray(minus_source_of(cube, pair, fit), np.float32)

    return compute


def _closure(cube: CubeStore, pair: DatePair, _read: Read) -> Plane:
    from thalia_core.insar.triangle import closure_of

    return np.asarray(closure_of(cube, pair).plane, np.float32)


def _unwrapped(cube: CubeStore, pair: DatePair, read: Read) -> Plane:
    from thalia_core.insar.measure import plane_or_none
    from thalia_core.insar.unwrapping import unwrap_parts

    phase, coherence = read("insar_difference"), plane_or_none(cube, "insar_coherence", pair, None)
    return np.asarray(unwrap_parts(phase, coherence), np.float32)


COMPUTE: Mapping[str, Compute] = {
    **{name: _difference(name) for name in DERIVED if name.endswith("_difference")},
    "phase_minus_height": _minus_height,
    "phase_minus_vapour": _minus_vapour,
    "phase_minus_mogi": _minus_source("mogi"),
    "phase_minus_okada": _minus_source("okada"),
    "closure": _closure,
    "unwrapped_here": _unwrapped,
}
"""By the name of the layer."""
assert set(COMPUTE) == set(DERIVED)


def title_of(layer: str, cube: CubeStore, pair: DatePair) -> str | None:
    """What the legend says of a layer of this pair, where that is more than of every pair."""
    if layer != "closure":
        return None
    from thalia_core.insar.triangle import nearest_third

    day = nearest_third(cube.pairs, pair)
    return None if day is None else f"Closure with {day}"


def lacking(layer: str, error: BaseException) -> str | None:
    """What is said in place of a computed layer that a pair does not have; None for other errors.

    Nothing is wrong then, and the next pair may have it.
    """
    if layer not in DERIVED or not isinstance(error, ThaliaError) or isinstance(error, CubeError):
        return None
    where = "" if error.where is None else f": {error.where}"
    lines = [f"{LAYER_TITLES[layer]}: {error.what}{where}", error.why, error.fix]
    return "\n".join(line for line in lines if line)
