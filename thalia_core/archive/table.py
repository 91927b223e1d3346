"""All pairs of an archive in columns: filters and splits are a line of numpy each.

table = Catalogue.open(folder).pairs
chosen = table.positive & (table.confidence > 0.5) & table.texts["caption"].contains("uplift")
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thalia_core.archive.columns import NONE, Column, Texts, integers
from thalia_core.cube import schema
from thalia_core.cube.labels import (
    PAIR_FIELDS,
    UNKNOWN_BIT,
    Activity,
    ActivityPhase,
    Intensity,
    PairLabel,
)
from thalia_core.cube.pairs import DatePair

EPOCH = date(1970, 1, 1)
_FIRST = EPOCH.toordinal()
TEXTS = tuple(name for name in PAIR_FIELDS if schema.VARIABLES[name].dtype == "str")
CODES = tuple(name for name in PAIR_FIELDS if name not in TEXTS and name != "confidence")
WORDS = "words"
"""A text column: JSON of the values that are no number where the schema has one; mostly empty."""
NUMBERS: Mapping[str, str] = {
    "primary": "int32",
    "secondary": "int32",
    "baseline": "float32",
    "coherence": "float32",
    "confidence": "float64",
    "labelled": "bool",
    "masked": "bool",
    "positive": "bool",
    "activities": "uint8",
    "intensities": "uint8",
    **dict.fromkeys(CODES, "int"),
}
"""Columns of numbers and their types; ``int`` is the smallest that does."""


@dataclass(frozen=True, eq=False)
class PairTable:
    """One row for each valid pair, frame after frame, sorted by date within each.

    Attributes:
        counts: Rows of each frame, in the order of the catalogue's frames.
        numbers: Columns of ``NUMBERS``, each (n,). Days count from 1970-01-01; ``baseline`` is in
            m, NaN where unknown; ``coherence`` is the mean, NaN where the cube records none.
        texts: Columns of ``TEXTS``, and ``WORDS``.
    """

    counts: tuple[int, ...]
    numbers: Mapping[str, Column]
    texts: Mapping[str, Texts]

    def __len__(self) -> int:
        return sum(self.counts)

    @cached_property
    def frame(self) -> NDArray[np.int32]:
        """(n,) Number of the frame of each row."""
        return np.repeat(np.arange(len(self.counts), dtype=np.int32), self.counts)

    @property
    def days(self) -> NDArray[np.int32]:
        """(n,) Days from primary to secondary."""
        between: NDArray[np.int32] = self.numbers["secondary"] - self.numbers["primary"]
        return between

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """(n,) Whether somebody recorded a judgement."""
        return self.numbers["labelled"]

    @property
    def masked(self) -> NDArray[np.bool_]:
        """(n,) Whether any mask has a chunk on disk."""
        return self.numbers["masked"]

    @property
    def positive(self) -> NDArray[np.bool_]:
        """(n,) Deformation: unrest or rebound, or an instance is listed or drawn."""
        return self.numbers["positive"]

    @property
    def confidence(self) -> NDArray[np.float64]:
        """(n,) 0 to 1, NaN where none is recorded."""
        return self.numbers["confidence"]

    def shows(self, activity: Activity) -> NDArray[np.bool_]:
        """(n,) True where an instance of that type is listed, or drawn in the mask."""
        listed: NDArray[np.bool_] = self.numbers["activities"] & (1 << activity) != 0
        return listed

    def reaches(self, intensity: Intensity) -> NDArray[np.bool_]:
        """(n,) True where an instance of that intensity is listed, or drawn in the mask."""
        listed: NDArray[np.bool_] = self.numbers["intensities"] & (1 << intensity) != 0
        return listed

    def rows_of(self, frame: int) -> slice:
        """The rows of one frame."""
        start = int(self._starts[frame])
        return slice(start, start + self.counts[frame])

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        return np.cumsum((0, *self.counts), dtype=np.int64)

    def pair(self, row: int) -> DatePair:
        """The dates of a row."""
        days = (int(self.numbers[name][row]) for name in ("primary", "secondary"))
        return DatePair(*(date.fromordinal(_FIRST + day) for day in days))

    def label(self, row: int) -> PairLabel:
        """What is recorded about the pair, as the cube gives it."""
        values: dict[str, Any] = {}
        for name in CODES:
            code = int(self.numbers[name][row])
            values[name] = None if code == NONE else code
        share = float(self.numbers["confidence"][row])
        values["confidence"] = None if np.isnan(share) else share
        values |= {name: self.texts[name][row] for name in TEXTS}
        values |= json.loads(self.texts[WORDS][row] or "{}")
        return PairLabel(**values)

    def part(self, start: int, stop: int) -> "PairTable":
        """Rows of one frame or several, as a table of one frame."""
        return PairTable(
            (stop - start,),
            {name: column[start:stop] for name, column in self.numbers.items()},
            {name: column.part(start, stop) for name, column in self.texts.items()},
        )

    def regrouped(self, counts: Sequence[int]) -> "PairTable":
        """The same rows as frames of these sizes."""
        return replace(self, counts=tuple(counts))

    @classmethod
    def join(cls, parts: "Sequence[PairTable]") -> "PairTable":
        """One after the other."""
        counts = tuple(count for part in parts for count in part.counts)
        parts = [*parts] or [table_of([], [], [], [], [], [])]
        return cls(
            counts,
            {name: np.concatenate([part.numbers[name] for part in parts]) for name in NUMBERS},
            {name: Texts.join([part.texts[name] for part in parts]) for name in (*TEXTS, WORDS)},
        )


def table_of(
    pairs: Sequence[DatePair],
    baselines: Sequence[float],
    coherences: Sequence[float],
    labels: Sequence[PairLabel],
    masked: Sequence[bool],
    drawn: Sequence[tuple[int, int]],
) -> PairTable:
    """The rows of one frame; ``drawn`` are the activities and intensities noted of its masks."""
    listed = [_instances(label.instances) for label in labels]
    deforming = (ActivityPhase.UNREST, ActivityPhase.REBOUND)
    phases = [_code("phase", label.phase) for label in labels]
    values: dict[str, Any] = {
        "primary": [(pair.primary - EPOCH).days for pair in pairs],
        "secondary": [(pair.secondary - EPOCH).days for pair in pairs],
        "baseline": baselines,
        "coherence": coherences,
        "confidence": [_share(label.confidence) for label in labels],
        "labelled": [label.labelled for label in labels],
        "masked": masked,
        "positive": [
            phase in deforming or bool(entries) or noted[0] > 0
            for phase, entries, noted in zip(phases, listed, drawn, strict=True)
        ],
        "activities": [
            _bits(entries, "activity_type", Activity) | noted[0]
            for entries, noted in zip(listed, drawn, strict=True)
        ],
        "intensities": [
            _bits(entries, "intensity_level", Intensity) | noted[1]
            for entries, noted in zip(listed, drawn, strict=True)
        ],
    }
    values |= {name: [_code(name, getattr(label, name)) for label in labels] for name in CODES}
    numbers = {
        name: integers(values[name]) if dtype == "int" else np.array(values[name], dtype)
        for name, dtype in NUMBERS.items()
    }
    texts = {name: Texts.of(_text(getattr(label, name)) for label in labels) for name in TEXTS}
    texts[WORDS] = Texts.of(_odd(label) for label in labels)
    return PairTable((len(pairs),), numbers, texts)


def _instances(text: object) -> list[Mapping[str, Any]]:
    """Also those whose polygon lies outside this cube: the deformation is as real."""
    try:
        listed = json.loads(text) if isinstance(text, str) and text else []
    except (ValueError, RecursionError):
        return []
    return (
        [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    )


def _bits(entries: Sequence[Mapping[str, Any]], key: str, kind: type[Any]) -> int:
    """A set of codes, one bit each."""
    words = {code.name.casefold(): int(code) for code in kind}
    found = 0
    for entry in entries:
        told = entry.get(key)
        code = words.get(told.casefold()) if isinstance(told, str) else told
        if told is not None:
            known = isinstance(code, int) and code in words.values()
            found |= 1 << (int(code) if known and code is not None else UNKNOWN_BIT)
    return found


def _code(name: str, value: object) -> int | None:
    """A number, or the number that a word stands for; None for others."""
    if isinstance(value, str):
        plain = _plain(value)
        return next((c for c, word in schema.legend(name).items() if _plain(word) == plain), None)
    fits = isinstance(value, int) and -(2**63) <= value < 2**63
    return value if fits and isinstance(value, int) else None


def _share(value: object) -> float:
    return float(value) if isinstance(value, int | float) else np.nan


def _text(value: object) -> str | None:
    return None if value is None else value if isinstance(value, str) else json.dumps(value)


def _odd(label: PairLabel) -> str:
    """Values that their column cannot give back: a word for a code, a number for a text."""
    odd = {name: getattr(label, name) for name in (*CODES, "confidence")}
    odd = {name: value for name, value in odd.items() if isinstance(value, str)}
    texts = {name: getattr(label, name) for name in TEXTS}
    odd |= {name: value for name, value in texts.items() if isinstance(value, int | float)}
    return json.dumps(odd) if odd else ""


def _plain(word: str) -> str:
    return word.casefold().replace("_", " ").replace("-", " ")
