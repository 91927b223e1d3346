"""Legal values of the pair variables, told in words when they are not."""

from collections.abc import Mapping
from difflib import get_close_matches
from enum import IntEnum

from thalia_core.annotate.patch import Scalar
from thalia_core.cube import schema
from thalia_core.cube.labels import BOOKKEEPING, PAIR_FIELDS, Activity, Intensity
from thalia_core.errors import EditError

EDITABLE_FIELDS: tuple[str, ...] = tuple(f for f in PAIR_FIELDS if f not in BOOKKEEPING)
"""Pair variables a person may set."""


def parse_field(name: str, text: str) -> tuple[str, Scalar]:
    """A field and its value from what a person typed; aliases and legend words are understood.

    Raises:
        EditError: No such field, or the value is not legal.
    """
    field = schema.canonical(name.strip()) or name.strip()
    if field not in EDITABLE_FIELDS:
        near = get_close_matches(field, EDITABLE_FIELDS, 1)
        raise EditError(
            "no such pair variable",
            where=repr(name),
            fix=f"did you mean '{near[0]}'?" if near else "known are " + ", ".join(EDITABLE_FIELDS),
        )
    return field, check_value(field, text)


def check_value(field: str, value: Scalar) -> Scalar:
    """The value in the type of the schema; a code for a legend's word.

    Raises:
        EditError: The value is not legal.
    """
    variable = schema.VARIABLES[field]
    if variable.dtype == "str":
        return "" if value is None else str(value)
    if value is None:
        return None
    if variable.flags:
        return _code(field, value)
    try:
        number = float(value)
    except ValueError:
        raise EditError("not a number", where=field, why=repr(value)) from None
    if field == "confidence":
        if not 0 <= number <= 1:
            raise EditError("confidence goes from 0 to 1", where=field, why=f"got {number:g}")
        return number
    if not number.is_integer() or number < 0:
        raise EditError("not a whole number", where=field, why=repr(value))
    try:
        return int(value)  # a float would round large numbers
    except ValueError:
        return int(number)


def parse_code(kind: type[Activity] | type[Intensity], text: str) -> int:
    """The code of a word such as ``Sill`` or ``high``.

    Raises:
        EditError: No such class.
    """
    return _lookup(kind.__name__, {int(code): code.name for code in kind}, text)


def _code(field: str, value: Scalar) -> int:
    return _lookup(field, dict(schema.VARIABLES[field].flags), value)


def _lookup(what: str, legend: Mapping[int, str], value: Scalar | IntEnum) -> int:
    wanted = str(int(value) if isinstance(value, int) else value).strip().casefold()
    wanted = wanted.replace("_", " ").replace("-", " ")
    for code, word in legend.items():
        if wanted in (str(code), word.casefold().replace("_", " ").replace("-", " ")):
            return code
    words = ", ".join(f"{code} {word.capitalize()}" for code, word in legend.items())
    raise EditError(
        f"no such value of {what.casefold()}", where=repr(value), fix=f"legal are {words}"
    )
