"""All hours of one variable in one file, however the file keeps them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thalia_core.build.era5.fields import Era5Variable
from thalia_core.build.era5.grid import Crop, Floats

Hours = NDArray[np.datetime64]
PRELIMINARY = 5
"""``expver`` of ERA5T, which final ERA5 (1) replaces after two or three months."""


class UnreadableError(Exception):
    """A file, or a variable in it, that cannot be used; the text says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One variable in one file.

    Attributes:
        variable: Which.
        name: The file, as people know it.
        lats: Latitudes of the grid, in the order of the file.
        lons: Longitudes, likewise.
        hours: UTC, datetime64[s], in the order of the file.
        preliminary: For each hour whether it is ERA5T.
        read: Values of the hour at a position in ``hours`` at the nodes of a crop, NaN for none.
    """

    variable: Era5Variable
    name: str
    lats: Floats
    lons: Floats
    hours: Hours
    preliminary: NDArray[np.bool_]
    read: Callable[[int, Crop], Floats]


def is_preliminary(expver: Any) -> bool:
    """Whether an ``expver`` (``5``, ``"0005"``, ``b"0005"``) is that of ERA5T."""
    try:
        return int(expver) == PRELIMINARY
    except ValueError:
        return False
