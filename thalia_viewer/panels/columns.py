"""What a pair can be coloured by in the matrix and the network, and the colours themselves."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from thalia_core.cube.labels import Activity, Intensity, LabelState
from thalia_viewer import theme as themes
from thalia_viewer.canvas.colours import STEPS, Table, from_oklab, pack, ramp, rgb_of, to_oklab
from thalia_viewer.canvas.masks import (
    CLASS_COLOURS,
    CLASS_NAMES,
    INTENSITY_NAMES,
    UNKNOWN_COLOUR,
)
from thalia_viewer.panels.pair_model import STATE_NAMES, state_of

if TYPE_CHECKING:
    from thalia_core.cube.labels import PairLabel
    from thalia_viewer.panels.pair_model import PairModel

Floats = NDArray[np.float64]
_RAMPS = {"dark": ("#6b5f49", "#b08c40", "#ffd56b"), "light": ("#d8b560", "#b97f1f", "#5e3300")}
"""Few to many, as on the map; not the accent, which marks what is selected."""
_TWO_WAYS = {
    "dark": ("#b3a2ff", "#7669bd", "#565656", "#ad7c3c", "#ffc15e"),
    "light": ("#4527a0", "#7f70c8", "#a6a6a6", "#c58b3c", "#7d4300"),
}
"""Below and above zero."""
_UNKNOWN_CODE = 99
_DIMMED = 0.16
"""What is left of a colour where the filter does not want the pair."""


@dataclass(frozen=True, slots=True)
class Column:
    """One thing that a colour can tell of a pair.

    Attributes:
        title: What the choice says.
        tip: The same with its unit.
        read: (n,) value of each pair of the model, NaN for none.
        say: A value in words, its unit with it.
        two_ways: The values go below and above zero.
        whole: Smallest and largest value, where they do not depend on the frame.
        classes: Name and colour of each code, where the values are codes; an empty colour is the
            grey of nothing.
        ordered: The codes from 1 on are steps from little to much and take their colours from the
            ramp.
    """

    title: str
    tip: str
    read: Callable[[PairModel], Floats]
    say: Callable[[float], str]
    two_ways: bool = False
    whole: tuple[float, float] | None = None
    classes: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    ordered: bool = False

    def limits(self, values: Floats) -> tuple[float, float]:
        """The values of the first and the last colour; (0, 0) where nothing is known."""
        known = values[np.isfinite(values)]
        if self.whole is not None or not known.size:
            return self.whole or (0.0, 0.0)
        if self.two_ways:
            most = float(np.abs(known).max())
            return -most, most
        return float(known.min()), float(known.max())

    def table(self, theme: themes.Theme) -> Table:
        """The colours from the smallest value to the largest, after one for nothing."""
        return _ramp((_TWO_WAYS if self.two_ways else _RAMPS)[theme.name])

    def colour_of(self, code: int, theme: themes.Theme) -> str:
        """The colour of a code."""
        if self.ordered and code in self.classes and code > 0:
            share = (code - 1) / (max(self.classes) - 1)
            return f"#{int(self.table(theme)[1 + round(share * (STEPS - 1))]) & 0xFFFFFF:06x}"
        name_and_colour = self.classes.get(code)
        return (name_and_colour[1] if name_and_colour else UNKNOWN_COLOUR) or nothing(theme)


@lru_cache
def _ramp(points: tuple[str, ...]) -> Table:
    return ramp(points)


def colours(
    column: Column, values: Floats, wanted: NDArray[np.bool_], theme: themes.Theme
) -> Table:
    """(n,) 0xAARRGGBB of the pairs; those that are not wanted nearly sink into the ground."""
    grey = _packed(nothing(theme))
    result = np.full(len(values), grey, np.uint32)
    known = np.isfinite(values)
    if column.classes:
        for code in np.unique(values[known]):
            result[values == code] = _packed(column.colour_of(int(code), theme))
    elif known.any():
        low, high = column.limits(values)
        share = (values[known] - low) / (high - low) if high > low else np.zeros(known.sum())
        step = np.rint(np.clip(share, 0, 1) * (STEPS - 1)).astype(np.intp)
        result[known] = column.table(theme)[1 + step]
    return np.where(wanted, result, dimmed(result, theme))


def dimmed(table: Table, theme: themes.Theme) -> Table:
    """The colours as they are seen of a pair that the filter does not want."""
    rgb = np.stack([(table >> shift & 0xFF) / 255.0 for shift in (16, 8, 0)], axis=-1)
    ground = to_oklab(rgb_of(theme.canvas))
    return pack(from_oklab(ground + (to_oklab(rgb) - ground) * _DIMMED))


def nothing(theme: themes.Theme) -> str:
    """The colour of a pair of which nothing is known."""
    return "#4c4c4c" if theme.name == "dark" else "#a2a2a2"


def _packed(colour: str) -> int:
    return int(pack(rgb_of(colour)))


def _days(model: PairModel) -> Floats:
    return np.array([pair.days for pair in model.pairs or ()], np.float64)


def _baseline(model: PairModel) -> Floats:
    pairs = model.pairs
    return np.zeros(0) if pairs is None else np.asarray(pairs.baselines, np.float64)


def _coherence(model: PairModel) -> Floats:
    if model.coherence is None:
        return np.full(len(model.pairs or ()), np.nan)
    return np.asarray(model.coherence, np.float64)


def _of_labels(code: Callable[[PairLabel | None], float]) -> Callable[[PairModel], Floats]:
    def read(model: PairModel) -> Floats:
        codes = [code(model.labels.get(pair)) for pair in model.pairs or ()]
        return np.array(codes, np.float64)

    return read


def _activity(model: PairModel) -> Floats:
    """The first type of each pair; 0 for none."""
    names = [model.kinds(pair) for pair in model.pairs or ()]
    codes = [_CODES.get(kinds[0], _UNKNOWN_CODE) if kinds else Activity.NONE for kinds in names]
    return np.array(codes, np.float64)


def _intensity(label: PairLabel | None) -> float:
    """The highest level of a pair; 0 for none."""
    return _highest(label.instances) if label is not None and label.instances else 0


@lru_cache(maxsize=4096)
def _highest(text: str) -> int:
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError):
        return 0
    entries = listed if isinstance(listed, list) else []
    told = [one.get("intensity_level") for one in entries if isinstance(one, dict)]
    words = {name.casefold(): code for code, name in INTENSITY_NAMES.items()}
    codes = [words.get(level.casefold(), 0) if isinstance(level, str) else level for level in told]
    return max((code for code in codes if code in INTENSITY_NAMES), default=0)


def _named(classes: Mapping[int, tuple[str, str]]) -> Callable[[float], str]:
    return lambda code: classes.get(int(code), ("unknown", ""))[0]


_CODES = {name: code for code, name in CLASS_NAMES.items()}
_ACTIVITIES = {
    0: ("None", ""),
    **{code: (name, CLASS_COLOURS[code]) for code, name in CLASS_NAMES.items()},
    _UNKNOWN_CODE: ("Unknown", UNKNOWN_COLOUR),
}
_INTENSITIES = {
    int(Intensity.NONE): ("None", ""),
    int(Intensity.LOW): ("Low", ""),
    int(Intensity.MEDIUM): ("Medium", ""),
    int(Intensity.HIGH): ("High", ""),
}
_STATE_COLOURS = {
    LabelState.UNSEEN: "",
    LabelState.IN_PROGRESS: "#e6d35a",
    LabelState.DONE: "#1fa37a",
    LabelState.FLAGGED: "#dd6a1a",
    LabelState.ACCEPTED: "#3f8fd0",
    LabelState.REJECTED: "#cc79a7",
}
_STATES = {
    int(state): (STATE_NAMES[state].capitalize(), colour)
    for state, colour in _STATE_COLOURS.items()
}

COLUMNS: Mapping[str, Column] = {
    "baseline": Column(
        "Baseline",
        "Perpendicular baseline (m)",
        _baseline,
        lambda metres: f"{metres:.0f} m".replace("-", "−"),
        two_ways=True,
    ),
    "days": Column("Days", "Days between the dates", _days, lambda days: f"{days:.0f} d"),
    "coherence": Column(
        "Coherence",
        "Mean coherence, 0 to 1",
        _coherence,
        lambda share: f"{share:.2f}",
        whole=(0.0, 1.0),
    ),
    "activity": Column(
        "Activity type",
        "First activity type of the instances",
        _activity,
        _named(_ACTIVITIES),
        classes=_ACTIVITIES,
    ),
    "intensity": Column(
        "Intensity",
        "Highest intensity of the instances, by fringes",
        _of_labels(_intensity),
        _named(_INTENSITIES),
        classes=_INTENSITIES,
        ordered=True,
    ),
    "state": Column(
        "State",
        "State of the labelling",
        _of_labels(lambda label: int(state_of(label))),
        _named(_STATES),
        classes=_STATES,
    ),
}
"""By the names that the settings keep."""
