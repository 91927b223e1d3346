"""The keys of the filter language: each makes a condition of a value, or says why it cannot."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thalia_core.archive.catalogue import Catalogue
from thalia_core.archive.columns import NONE
from thalia_core.archive.table import EPOCH
from thalia_core.cube import schema
from thalia_core.cube.labels import Activity, Intensity, LabelState
from thalia_core.errors import ConfigError

Rows = NDArray[np.bool_]
Condition = Callable[[Catalogue], Rows]
Bounds = tuple[float, float]
_COMPARED = re.compile(r"(<=|>=|<|>|=)?(.+)")
_REVIEWED = (LabelState.DONE, LabelState.ACCEPTED, LabelState.REJECTED)
_ANSWERS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def _within(value: str, bounds: Callable[[str], Bounds]) -> Callable[[NDArray[Any]], Rows]:
    """A test of numbers.

    Args:
        value: Such as ``<=24``, ``12..24``, ``24`` or ``2019-06``.
        bounds: Smallest and largest number that one text stands for, as a year for its days.
    """
    low, high = -np.inf, np.inf
    if ".." in value:
        begin, _, end = value.partition("..")
        low = bounds(begin)[0] if begin else low
        high = bounds(end)[1] if end else high
    else:
        match = _COMPARED.fullmatch(value)
        assert match is not None  # an empty value was refused before
        sign, (least, most) = match[1] or "=", bounds(match[2])
        if sign in (">=", "="):
            low = least
        if sign in ("<=", "="):
            high = most
        if sign == ">":
            low = np.nextafter(most, np.inf)
        if sign == "<":
            high = np.nextafter(least, -np.inf)
    return lambda column: np.asarray((column >= low) & (column <= high))


def _numbers(column: Callable[[Catalogue], NDArray[Any]]) -> Callable[[str], Condition]:
    def make(value: str) -> Condition:
        test = _within(value, _number)
        return lambda catalogue: test(column(catalogue).astype(np.float64))

    return make


def _days(*columns: str) -> Callable[[str], Condition]:
    """A day of any of the columns."""

    def make(value: str) -> Condition:
        test = _within(value, _day)
        return lambda catalogue: _any(test(catalogue.pairs.numbers[name]) for name in columns)

    return make


def _codes(name: str) -> Callable[[str], Condition]:
    """A pair variable by a word or code of its legend."""

    def make(value: str) -> Condition:
        code = _chosen(name, schema.legend(name), value)
        return lambda catalogue: np.asarray(catalogue.pairs.numbers[name] == code)

    return make


def _flag(name: str) -> Callable[[str], Condition]:
    def make(value: str) -> Condition:
        wanted = _yes(value)

        def rows(catalogue: Catalogue) -> Rows:
            column = catalogue.pairs.numbers[name]
            return np.asarray((column != NONE) & ((column != 0) == wanted))

        return rows

    return make


def _labelled(value: str) -> Condition:
    wanted = _yes(value)
    return lambda catalogue: np.asarray(catalogue.pairs.labelled == wanted)


def _deformation(value: str) -> Condition:
    wanted = _yes(value)
    return lambda catalogue: np.asarray(catalogue.pairs.positive == wanted)


def _type(value: str) -> Condition:
    activity = Activity(_chosen("type", _words(Activity), value))
    return lambda catalogue: catalogue.pairs.shows(activity)


def _intensity(value: str) -> Condition:
    """Pairs that show an instance of a level; comparisons leave out earthquakes, who have none."""

    def level(text: str) -> Bounds:
        code = float(_chosen("intensity", _words(Intensity), text))
        return code, code

    levels = np.array([int(level) for level in Intensity])
    chosen = [Intensity(int(code)) for code in levels[_within(value, level)(levels)]]
    if len(chosen) > 1:
        chosen = [code for code in chosen if code != Intensity.NONE]

    def rows(catalogue: Catalogue) -> Rows:
        nothing = np.zeros(len(catalogue.pairs), np.bool_)
        return _any([nothing, *(catalogue.pairs.reaches(code) for code in chosen)])

    return rows


def _state(value: str) -> Condition:
    """A state of the work; ``reviewed`` means done, accepted or rejected."""
    word = value.casefold()
    if word in ("reviewed", "unreviewed"):
        return lambda catalogue: np.asarray(
            np.isin(catalogue.pairs.numbers["label_state"], _REVIEWED) == (word == "reviewed")
        )
    code = _chosen("label_state", schema.legend("label_state"), value)

    def rows(catalogue: Catalogue) -> Rows:
        column = catalogue.pairs.numbers["label_state"]
        return np.asarray(np.where(column == NONE, LabelState.UNSEEN, column) == code)

    return rows


def _text(name: str) -> Callable[[str], Condition]:
    return lambda value: lambda catalogue: catalogue.pairs.texts[name].contains(value)


def _frame(value: str) -> Condition:
    wanted = value.casefold()
    return lambda catalogue: _of_frames(
        catalogue, (wanted in entry.frame.casefold() for entry in catalogue.frames)
    )


def _volcano(value: str) -> Condition:
    wanted = value.casefold()
    return lambda catalogue: _of_frames(
        catalogue,
        (wanted in " ".join((f.title, *f.volcanoes)).casefold() for f in catalogue.frames),
    )


def _anywhere(value: str) -> Condition:
    conditions = _frame(value), _volcano(value), _text("caption")(value)
    return lambda catalogue: _any(rows(catalogue) for rows in conditions)


def _any(found: Iterable[Rows]) -> Rows:
    return np.asarray(np.logical_or.reduce(list(found)))


def _of_frames(catalogue: Catalogue, chosen: Iterable[bool]) -> Rows:
    return np.asarray(np.array(list(chosen), np.bool_)[catalogue.pairs.frame])


def _number(text: str) -> Bounds:
    try:
        number = float(text)
    except ValueError:
        raise ConfigError("not a number", where=repr(text)) from None
    return number, number


def _day(text: str) -> Bounds:
    """First and last day of a day, a month or a year, counted as the catalogue counts them."""
    digits = text.replace("-", "")
    try:
        year = int(digits[:4])
        month = int(digits[4:6] or 1)
        first = last = date(year, month, int(digits[6:] or 1))
        if len(digits) == 4:
            last = date(year, 12, 31)
        elif len(digits) == 6:
            last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        elif len(digits) != 8:
            raise ValueError
    except ValueError:
        raise ConfigError(
            "not a date", where=repr(text), fix="write 2019, 2019-06 or 2019-06-24"
        ) from None
    return float((first - EPOCH).days), float((last - EPOCH).days)


def _yes(value: str) -> bool:
    if value.casefold() not in _ANSWERS:
        raise ConfigError("neither yes nor no", where=repr(value))
    return _ANSWERS[value.casefold()]


def _words(kind: type[IntEnum]) -> Mapping[int, str]:
    return {int(code): code.name.capitalize() for code in kind}


def _chosen(what: str, legend: Mapping[int, str], value: str) -> int:
    """The code of a word, of the beginning of one word alone, or of a number."""
    if value.isdigit() and int(value) in legend:
        return int(value)
    wanted = _plain(value)
    words = {_plain(word): code for code, word in legend.items()}
    begun = [code for word, code in words.items() if word.startswith(wanted)]
    if wanted in words:
        return words[wanted]
    if len(begun) == 1:
        return begun[0]
    raise ConfigError(
        f"no such {_plain(what)}", where=repr(value), fix=f"known are {', '.join(words)}"
    )


def _plain(word: str) -> str:
    return word.casefold().replace("_", " ").replace("-", " ")


KEYS: Mapping[str, Callable[[str], Condition]] = {
    "": _anywhere,
    "frame": _frame,
    "volcano": _volcano,
    "type": _type,
    "intensity": _intensity,
    "deformation": _deformation,
    "labelled": _labelled,
    "state": _state,
    "phase": _codes("phase"),
    "atmosphere": _codes("atmospheric_fringes"),
    "processing": _codes("processing_error"),
    "glacier": _flag("glacier_fringes"),
    "orbital": _flag("orbital_fringes"),
    "low_coherence": _flag("low_coherence"),
    "no_info": _flag("no_info"),
    "corrupted": _flag("corrupted"),
    "artifacts": _flag("image_artifacts"),
    "several": _flag("is_crowd"),
    "days": _numbers(lambda catalogue: catalogue.pairs.days),
    "baseline": _numbers(lambda catalogue: np.abs(catalogue.pairs.numbers["baseline"])),
    "coherence": _numbers(lambda catalogue: catalogue.pairs.numbers["coherence"]),
    "confidence": _numbers(lambda catalogue: catalogue.pairs.confidence),
    "id": _numbers(lambda catalogue: catalogue.pairs.numbers["unique_id"]),
    "primary": _days("primary"),
    "secondary": _days("secondary"),
    "date": _days("primary", "secondary"),
    "caption": _text("caption"),
    "annotator": _text("annotator"),
    "evidence": _text("evidence"),
}
"""Key -> condition of a value; the empty one is a bare word."""
ALSO_CALLED: Mapping[str, str] = {
    "coh": "coherence",
    "bperp": "baseline",
    "activity": "type",
    "label": "labelled",
}
