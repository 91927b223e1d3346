"""How pairs, steps and numbers are put into words, the same wherever they stand. No Qt."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thalia_core.annotate.session import StepInfo
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


def when(time: str) -> str:
    """Date and time (UTC) of an ISO time, to the minute."""
    return time[:16].replace("T", " ")


def amount(step: StepInfo) -> str:
    """How much a step changed: pixels, fields, pairs."""
    parts = [f"{step.pixels:,} px"] if step.pixels else []
    # that painting begins the work goes without saying
    fields = [name for name in step.fields if name != "label_state" or not parts]
    parts += [", ".join(name.replace("_", " ") for name in fields)] if fields else []
    parts += [f"{len(step.pairs)} pairs"] if len(step.pairs) > 1 else []
    return " · ".join(parts)
