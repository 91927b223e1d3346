"""Mean coherence of pairs: kept with the planes when they are written, measured later for others.

It is the mean of the pixels on land that hold coherence, in one number a pair, so that an archive
can be sorted and filtered by it without a plane being read.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import MEAN_COHERENCE
from thalia_core.cube.store.cube import CubeStore
from thalia_core.cube.store.edit import AnnotationWriter
from thalia_core.cube.store.target import Land, mean_coherence
from thalia_core.errors import CubeError

LAYER = "insar_coherence"


def unmeasured(cube: CubeStore) -> list[DatePair]:
    """Pairs whose mean is not recorded; none in a cube without coherence."""
    if not cube.has(LAYER):
        return []
    known = np.isfinite(cube.mean_coherences())
    return [pair for pair, there in zip(cube.pairs, known, strict=True) if not there]


def measured(cube: CubeStore, pairs: list[DatePair]) -> Iterator[tuple[DatePair, float]]:
    """Means of pairs one after the other; those without data or with a damaged chunk are left out.

    Each plane is read when its turn comes.
    """
    land = _land(cube, pairs)
    for pair in pairs:
        try:
            plane: NDArray[np.float32] = cube.read_plane(LAYER, pair)
        except CubeError:  # named among the damaged chunks
            continue
        kept = _codes(plane) if cube.coherence_scale == 255 else plane
        if np.isfinite(mean := mean_coherence(kept, land)):
            yield pair, mean


def _land(cube: CubeStore, pairs: list[DatePair]) -> Land | None:
    if not (pairs and cube.has("land_mask")):
        return None
    try:
        return np.asarray(cube.read_plane("land_mask", pairs[0]) == 1, np.bool_)
    except CubeError:  # named among the damaged chunks
        return None


def record_means(cube: CubeStore) -> None:
    """Measure and record what is not recorded yet; the caller holds the cube's lock."""
    means = dict(measured(cube, unmeasured(cube)))
    if means:
        writer = AnnotationWriter(cube)
        writer.ensure([MEAN_COHERENCE])
        writer.write_values(MEAN_COHERENCE, means)


def _codes(plane: NDArray[np.float32]) -> NDArray[np.uint8]:
    """As the cube keeps it, so that the mean is the same to the last bit whoever measures it."""
    codes: NDArray[np.uint8] = np.rint(np.nan_to_num(plane) * 255).astype(np.uint8)
    return codes
