"""Layers that are computed from stored ones when they are shown. Any thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from thalia_viewer.table.layers import DERIVED

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


COMPUTE: Mapping[str, Compute] = {
    name: _difference(name) for name in DERIVED if name.endswith("_difference")
}
"""By the name of the layer."""
assert set(COMPUTE) == set(DERIVED)
