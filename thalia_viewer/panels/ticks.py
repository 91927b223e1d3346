"""Where years and months are written along an axis of dates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

_EVERY = (12, 6, 3, 1)
"""Months between two marks, coarse to fine."""
_LOOSE = 1.25
"""Months of an axis where dates are missing are not equally far apart: some room to spare."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark of an axis.

    Attributes:
        at: Where, in pixels.
        text: What stands there; empty where there is no room.
        year: Whether a year begins there.
    """

    at: float
    text: str
    year: bool


def marks(first: date, last: date, place: Callable[[date], float], room: float) -> list[Mark]:
    """The marks from one date to another, as fine as there is room for.

    Args:
        first: Where the axis begins.
        last: Where it ends.
        place: Pixels of a date; never falls as the date grows.
        room: Pixels that a text takes along the axis.
    """
    length = place(last) - place(first)
    days = _months(first, last, _EVERY[0])
    for every in _EVERY[1:]:
        finer = _months(first, last, every)
        if len(finer) * room * _LOOSE > length:
            break
        days = finer
    return _marks(days, place, room)


def _months(first: date, last: date, every: int) -> list[date]:
    """The first days of months between two dates; a year that is not begun has no mark."""
    months = range(first.year * 12 + first.month, last.year * 12 + last.month)
    return [date(n // 12, n % 12 + 1, 1) for n in months if n % every == 0]


def _marks(days: list[date], place: Callable[[date], float], room: float) -> list[Mark]:
    """Years are written first, then halves and quarters, other months where they leave room."""
    places = {day: place(day) for day in days}
    written: list[float] = []
    texts: dict[date, str] = {}
    for day in sorted(days, key=_rank):
        at = places[day]
        if all(abs(at - other) >= room for other in written):
            written.append(at)
            texts[day] = f"{day:%Y}" if day.month == 1 else f"{day:%b}"
    return [Mark(places[day], texts.get(day, ""), day.month == 1) for day in days]


def _rank(day: date) -> tuple[bool, bool, bool, date]:
    return day.month != 1, day.month % 6 != 1, day.month % 3 != 1, day
