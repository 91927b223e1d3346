"""The three ERA5 variables of a cube: the names files give them, their units, plausible values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thalia_core.cube import schema


@dataclass(frozen=True, slots=True)
class Era5Variable:
    """One variable.

    Attributes:
        name: The schema's name.
        grib: ECMWF's paramId.
        short: Names in netCDF files.
        spellings: Its unit as netCDF files write it, without ``*``, ``^`` and ``_``.
        low: Least plausible value anywhere on Earth.
        high: Greatest plausible value.
    """

    name: str
    grib: int
    short: tuple[str, ...]
    spellings: tuple[str, ...]
    low: float
    high: float

    @property
    def units(self) -> str:
        """The unit the cube keeps it in."""
        return schema.VARIABLES[f"{schema.PRIMARY}_{self.name}"].units

    def wrong_units(self, units: object) -> str | None:
        """Why values in these units cannot be used; None for the right ones and for none at all."""
        if units is None or not str(units).strip():
            return None
        plain = re.sub(r"[*^_]", "", str(units))
        if " ".join(plain.split()).lower() in (text.lower() for text in self.spellings):
            return None
        return f"{self.name} is in {str(units)!r}, not in {self.units}"

    def implausible(self, values: NDArray[np.float64]) -> str | None:
        """Why values cannot be this variable in its unit; None when they can."""
        low, high = float(values.min()), float(values.max())
        if self.low <= low and high <= self.high:
            return None
        return (
            f"{self.name} goes from {low:g} to {high:g}, "
            f"which cannot be {self.units} (expected {self.low:g} to {self.high:g})"
        )


# p54.162 is what the old CDS makes of table 162, parameter 54. The limits hold on all land and sea;
# 16-bit packing over the globe may take dry air a little below zero.
VARIABLES = (
    Era5Variable(
        "total_column_water_vapour",
        137,
        ("tcwv", "total_column_water_vapour"),
        ("kg m-2", "kg/m2", "kg.m-2"),
        -0.5,
        120,
    ),
    Era5Variable(
        "surface_pressure",
        134,
        ("sp", "surface_pressure"),
        ("Pa", "pascal", "pascals"),
        40_000,
        110_000,
    ),
    Era5Variable(
        "vertical_integral_of_temperature",
        162054,
        ("vit", "p54.162", "p162054", "vertical_integral_of_temperature"),
        ("K kg m-2", "kg K m-2", "K kg/m2", "K.kg.m-2"),
        0.8e6,
        3.4e6,
    ),
)
BY_NAME: Mapping[str, Era5Variable] = {variable.name: variable for variable in VARIABLES}
BY_GRIB: Mapping[int, Era5Variable] = {variable.grib: variable for variable in VARIABLES}
_BY_SHORT = {short: variable for variable in VARIABLES for short in variable.short}
WANTED = ", ".join(f"{variable.short[0]} ({variable.name})" for variable in VARIABLES)


def of_netcdf(name: str, attrs: Mapping[str, Any]) -> Era5Variable | None:
    """The variable by the paramId that newer files carry, else by its name."""
    number = attrs.get("GRIB_paramId")
    if isinstance(number, int | np.integer) and int(number) in BY_GRIB:
        return BY_GRIB[int(number)]
    return _BY_SHORT.get(name)
