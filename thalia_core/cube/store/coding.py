"""From what a store keeps to what the program uses, and back: no-data, packing, dates, text."""

import base64
import binascii
import json
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thalia_core.cube.schema import MISSING
from thalia_core.errors import CubeError

_UNITS = re.compile(r"\s*(\w+)\s+since\s+(\d{1,4}-\d{1,2}-\d{1,2})[T ]?([\d:.]*)", re.IGNORECASE)
_NANOSECONDS = {"day": 86400e9, "hour": 3600e9, "minute": 60e9, "second": 1e9}
_NANOSECONDS |= {"millisecond": 1e6, "microsecond": 1e3, "nanosecond": 1.0}
_NO_DATE = "a date is missing"
_PACKED = 1e-4
"""How far packing by ``scale_factor`` may leave a class code from a whole number."""


@dataclass(frozen=True, slots=True)
class Coding:
    """CF packing: ``value = raw * scale + offset``, and the raw codes that mean no value."""

    fills: tuple[float, ...] = ()
    scale: float = 1.0
    offset: float = 0.0

    @classmethod
    def of(cls, attrs: Mapping[str, Any], fill_value: object) -> "Coding":
        """Read the packing from attributes and the array's own fill value."""
        found = [attrs.get("_FillValue"), attrs.get("missing_value"), fill_value]
        fills = {f for value in found if (f := _number(value)) is not None}
        return cls(
            fills=tuple(sorted(fills)),
            scale=float(attrs.get("scale_factor", 1.0)),
            offset=float(attrs.get("add_offset", 0.0)),
        )

    def to_float(self, raw: NDArray[Any]) -> NDArray[np.float32]:
        """Physical values, float32, NaN where there is none; ``raw`` may be changed.

        Floats that need neither are handed back as they are, frozen if ``raw`` is.
        """
        same = not self.fills and (self.scale, self.offset) == (1.0, 0.0)
        values = raw.astype(np.float32, copy=not (same or raw.flags.writeable))
        for fill in self.fills:
            np.copyto(values, np.nan, where=raw == fill)
        if (self.scale, self.offset) != (1.0, 0.0):  # in place: a new plane costs more than a sum
            values *= np.float32(self.scale)
            values += np.float32(self.offset)
        return values

    def to_codes(self, raw: NDArray[Any]) -> NDArray[np.uint8]:
        """Class codes, uint8, ``MISSING`` where there is none.

        A fill value of 0 means "none" in a mask, not "no value".

        Raises:
            CubeError: A code does not fit (it would be lost when written back).
        """
        if raw.dtype == np.uint8 and not self._fill_codes() and self.scale == 1.0:
            return raw
        values = raw.astype(np.float64) * self.scale + self.offset
        whole = np.rint(values)
        np.copyto(values, whole, where=np.abs(values - whole) < _PACKED)
        absent = np.isnan(values)
        for fill in self._fill_codes():
            absent |= raw == fill
        values[absent] = MISSING
        if ((values < 0) | (values > MISSING) | (values != np.floor(values))).any():
            odd = values[(values < 0) | (values > MISSING) | (values != np.floor(values))]
            raise CubeError(
                "a mask holds values that are no class codes", why=f"such as {odd[0]:g}"
            )
        return values.astype(np.uint8)

    def from_codes(self, codes: NDArray[np.uint8], dtype: np.dtype[Any]) -> NDArray[Any]:
        """The inverse of :meth:`to_codes` for an array of the given type.

        Raises:
            CubeError: The type has no room for a code.
        """
        packed = (codes.astype(np.float64) - self.offset) / self.scale
        if dtype.kind != "f":
            packed = np.rint(packed)
        if fills := self._fill_codes():
            packed[codes == MISSING] = fills[0]
        elif dtype.kind == "f":
            packed[codes == MISSING] = np.nan
        with np.errstate(invalid="ignore"):  # what does not fit is found below
            raw = packed.astype(dtype)
        if not np.array_equal(self.to_codes(raw), codes):
            raise CubeError("a mask has no room for these class codes", why=f"its type is {dtype}")
        return raw

    def _fill_codes(self) -> tuple[float, ...]:
        return tuple(fill for fill in self.fills if fill != 0)


def _number(value: object) -> float | None:
    """A fill value as a number; NaN needs no entry, other things are none."""
    if isinstance(value, np.ndarray | list | tuple):
        value = np.asarray(value).ravel()[0].item() if np.size(value) else None
    if isinstance(value, str):
        value = _from_base64(value)
    if isinstance(value, bool | np.bool_ | int | float | np.integer | np.floating):
        number = float(value)
        return None if np.isnan(number) else number
    return None


def _from_base64(text: str) -> float | None:
    """A float as plain xarray spells it in the attributes of Zarr v3."""
    try:
        return float(struct.unpack("<d", base64.b64decode(text, validate=True))[0])
    except (binascii.Error, struct.error, ValueError):
        return None


def decode_dates(values: NDArray[Any], attrs: Mapping[str, Any], where: str) -> list[date]:
    """UTC days of a date coordinate in any of its usual encodings.

    Raises:
        CubeError: The values are no dates.
    """
    try:
        days = _days(values, attrs)
        if np.isnat(days).any():
            raise ValueError(_NO_DATE)
    except (ValueError, TypeError, OverflowError) as error:
        raise CubeError(
            "cannot read the dates",
            where=where,
            why=f"type {values.dtype}, units {attrs.get('units')!r}: {error}",
        ) from error
    return [day.item() for day in days]


def _days(values: NDArray[Any], attrs: Mapping[str, Any]) -> NDArray[np.datetime64]:
    if values.dtype.kind == "M":
        return values.astype("datetime64[D]")
    if values.dtype.kind in "OUST":
        texts = [v.decode() if isinstance(v, bytes) else str(v) for v in values.tolist()]
        return np.array([_iso(text) for text in texts], "datetime64[D]")
    units = attrs.get("units")
    if isinstance(units, str) and (match := _UNITS.match(units)):
        unit, day, clock = match.groups()
        hours = clock if clock and ":" in clock else "00:00:00"
        origin = np.datetime64("-".join(p.zfill(2) for p in day.split("-")), "ns")
        hour, minute, second = ([float(p) for p in hours.split(":")] + [0.0, 0.0])[:3]
        origin += np.timedelta64(int((hour * 60 + minute) * 60 + second), "s")
        step = _NANOSECONDS[unit.lower().rstrip("s")]
        offset = np.rint(values.astype(np.float64) * step)
        if not (np.abs(offset) < 2.0**63).all():  # NaN, or the smallest integer of a NaT
            raise ValueError(_NO_DATE)
        return (origin + offset.astype("timedelta64[ns]")).astype("datetime64[D]")
    if units is None and ((values > 19_000_000) & (values < 30_000_000)).all():
        return np.array([_iso(str(int(v))) for v in values.tolist()], "datetime64[D]")
    if units is None and values.dtype.kind == "i":
        return values.astype("datetime64[ns]").astype("datetime64[D]")
    raise ValueError("unknown encoding")


def _iso(text: str) -> str:
    digits = text[:10].replace("-", "")
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}"


def plain(value: object) -> int | float | str | None:
    """A scalar of a pair variable as a Python value; NaN is None."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, float) and np.isnan(value):
        return None
    if value is None or isinstance(value, int | float | str):
        return value
    return json.dumps(value, default=str)
