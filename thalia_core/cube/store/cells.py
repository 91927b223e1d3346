"""One cell of a pair variable: from what the store keeps to what the program sees, and back."""

import numpy as np

from thalia_core.cube import schema
from thalia_core.cube.store.coding import plain
from thalia_core.cube.store.layout import Field
from thalia_core.errors import EditError

Scalar = int | float | str | None
_TEXT = "OUST"


def decode(field: Field, value: object) -> Scalar:
    """A cell as a Python value; None for no value."""
    raw = plain(value)
    if not isinstance(raw, int | float):
        return raw
    if field.name == "confidence":
        number = field.coding.to_float(np.array([raw]))[0]
        return None if np.isnan(number) else float(str(number))  # 0.8, not 0.800000012
    if raw in field.coding.fills and raw != 0:
        return None
    return int(raw)


def encode(field: Field, value: Scalar) -> int | float | str | bytes:
    """A value as its array keeps it; no value is an empty text, NaN or the fill code.

    Raises:
        EditError: The array cannot keep the value.
    """
    dtype, coding = field.array.dtype, field.coding
    if dtype.kind in _TEXT:
        text = _text(field, value)
        return text.encode() if dtype.kind == "S" else text
    if value is None:
        fills = [fill for fill in coding.fills if fill != 0]
        return fills[0] if fills else np.nan if dtype.kind == "f" else 0
    packed = value
    if (coding.scale, coding.offset) != (1.0, 0.0):
        packed = (float(value) - coding.offset) / coding.scale
        packed = packed if dtype.kind == "f" else round(packed)
    if dtype.kind == "f":
        return float(packed)
    low, high = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    if packed != int(packed) or not low <= packed <= high or packed in _no_values(field):
        raise EditError(
            f"the cube has no room for this {field.name}",
            where=repr(value),
            why=f"'{field.stored_name}' keeps whole numbers from {low} to {high}",
        )
    return int(packed)


def settled(field: Field | None, name: str, value: Scalar) -> Scalar:
    """The value as it is read once it is written: a legend's word where the cube keeps text.

    Args:
        field: The array; None while the cube has none and it will be made by the schema.
        name: Schema name of the variable.
        value: A legal value.

    Raises:
        EditError: The array cannot keep the value.
    """
    if schema.VARIABLES[name].dtype == "str" or (field and field.array.dtype.kind in _TEXT):
        return _text(field, value)
    if field is not None:
        raw = np.asarray(encode(field, value)).astype(field.array.dtype)
        return decode(field, raw.item())
    dtype = np.dtype(schema.VARIABLES[name].dtype)
    if dtype.kind == "f":
        return value
    if int(value or 0) > np.iinfo(dtype).max:
        raise EditError(f"{name} is too large", where=repr(value), why=f"its type is {dtype}")
    return int(value or 0)


def _text(field: Field | None, value: Scalar) -> str:
    text = "" if value is None else str(value)
    if field is not None and isinstance(value, int):
        text = schema.legend(field.name).get(value, text)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise EditError("not a text", where=ascii(text), why="it is no valid Unicode") from error
    return text


def _no_values(field: Field) -> tuple[float, ...]:
    return tuple(fill for fill in field.coding.fills if fill != 0)
