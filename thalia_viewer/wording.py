"""How pairs and numbers are put into words, the same wherever they stand. No Qt."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thalia_core.cube.pairs import DatePair, PairIndex

_MINUS = "\N{MINUS SIGN}"


def dates_of(pair: DatePair) -> str:
    """Primary and secondary date."""
    return f"{pair.primary} → {pair.secondary}"


def span_of(pairs: PairIndex, pair: DatePair) -> str:
    """Days between the dates, and perpendicular baseline in metres."""
    metres = pairs.baseline(pair)
    baseline = "\N{EN DASH}" if isnan(metres) else f"{metres:.0f}".replace("-", _MINUS)
    return f"{pair.days} d · B⊥ {baseline} m"


def counted(number: int, thing: str) -> str:
    """So many things: ``1 edit``, ``1,200 edits``."""
    return f"{number:,} {thing}" + ("" if number == 1 else "s")
