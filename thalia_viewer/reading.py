"""What has to be read for a sight, or why there is nothing to read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from thalia_viewer.canvas.layers import STYLES, PlaneImage
from thalia_viewer.looking import look_at
from thalia_viewer.sights import PREDICTION, Sight, title_of

if TYPE_CHECKING:
    from pathlib import Path

    from thalia_core.cube.pairs import DatePair
    from thalia_core.cube.store import CubeStore
    from thalia_viewer.parts import Parts


@dataclass(frozen=True, slots=True)
class Reading:
    """Work for a thread.

    Attributes:
        request: Equal for two readings that give the same picture.
        work: Gives the picture; any thread.
    """

    request: tuple[object, ...]
    work: Callable[[], PlaneImage]


def reading(parts: Parts, sight: Sight) -> Reading | str:
    """How to read a sight beside the chosen pair; else a sentence on why it cannot be shown."""
    cube, shown = parts.state.cube, parts.state.pair
    if cube is None or shown is None:
        return ""
    pair = sight.pair(cube.pairs, shown)
    if pair is None:
        return sight.missing()
    if sight.layer == PREDICTION:
        path = parts.predictions.path
        if path is None:
            return "No model predicted on this frame yet"
        return Reading((path, pair), partial(_predicted, cube, path, pair))
    if sight.layer not in parts.state.layers:
        return f"This frame has no layer\n'{title_of(sight.layer)}'"
    look = parts.state.look
    work = partial(look_at, cube, parts.pictures.cache, sight.layer, pair, look)
    return Reading((cube, pair, sight.layer, look.planes), work)


def _predicted(cube: CubeStore, path: Path, pair: DatePair) -> PlaneImage:
    """On a thread; no data everywhere for a pair that the run left out."""
    import numpy as np

    from thalia_core.cube.store import PredictionStore

    store = PredictionStore.open(path)
    known = pair in store.pairs
    plane = store.read(pair) if known else np.full(cube.geometry.shape, np.nan, np.float32)
    return PlaneImage.of(plane, STYLES["probability"], cube.geometry, (pair, PREDICTION))
