"""ERA5 in 16 bits: smooth fields of 0.25 degrees that would cost as much as the phase in 32.

CF packing, which plain xarray, GDAL and netCDF programs undo: ``value = raw * scale + offset``. In
front of the compressor stands the difference of neighbours (a standard filter of Zarr v2), nearly
constant in a field that is bilinear. `benchmarks/era5_storage.py` compares the alternatives.

Half a step changes the path of the signal through the air by less than 0.03 mm: 6.5 mm for
1 kg m-2 of water vapour (Bevis et al. 1992), 2.28 mm for 1 hPa (Saastamoinen 1972); in the integral
of temperature it is 0.004 K of its mean. ERA5 itself is packed in steps of 1 Pa. All steps are
powers of two, so packed values are exact in float32.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from thalia_core.cube import schema
from thalia_core.errors import CubeError

FILL = 65535
"""Code of "no value"; an absent chunk is full of it."""


@dataclass(frozen=True, slots=True)
class Packing:
    """Steps of one variable.

    Attributes:
        scale: The step, in the variable's unit.
        offset: The value of code 0.
    """

    scale: float
    offset: float = 0.0

    @property
    def high(self) -> float:
        """The greatest value there is a code for."""
        return (FILL - 1) * self.scale + self.offset

    def pack(self, values: NDArray[Any]) -> NDArray[np.uint16]:
        """Codes of values, NaN as ``FILL``.

        Raises:
            CubeError: A value has no code.
        """
        codes = np.rint((values - np.float32(self.offset)) / np.float32(self.scale))
        absent = np.isnan(codes)
        odd = ~absent & ~((codes >= 0) & (codes < FILL))
        if odd.any():
            raise CubeError(
                "a value is out of the range that is kept",
                why=f"{values[odd].flat[0]:g} is not within {self.offset:g} to {self.high:g}",
            )
        codes[absent] = FILL
        raw: NDArray[np.uint16] = codes.astype(np.uint16)
        return raw


_STEPS = (Packing(1 / 256, -16.0), Packing(2.0), Packing(64.0))
PACKED = {
    f"{date}_{name}": packing
    for name, packing in zip(schema.ERA5, _STEPS, strict=True)
    for date in schema.PAIR
}
"""Schema names of the variables that are created packed."""


def packing_of(array: zarr.Array[Any]) -> Packing | None:
    """How an ERA5 array is packed; None for one of floats, as cubes of other programs have.

    Raises:
        CubeError: It is packed otherwise: values would be cut to whole numbers.
    """
    if array.dtype.kind == "f":
        return None
    scale, offset = (array.attrs.get(name) for name in ("scale_factor", "add_offset"))
    ours = array.dtype == np.uint16 and array.fill_value == FILL
    if not (ours and isinstance(scale, int | float) and isinstance(offset, int | float)):
        raise CubeError(
            "cannot add to the layer", why=f"it is kept as {array.dtype}, packed in another way"
        )
    return Packing(float(scale), float(offset))
