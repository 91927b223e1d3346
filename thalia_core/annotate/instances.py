"""The instances of a pair as values, and the text of the pair variable that lists them.

``instances`` is a JSON list with one object for each deformation pattern::

    {"instance": 1, "activity_type": "Sill", "intensity_level": "Low", "confidence": 0.8}

``"mask": false`` marks one that is known but has no pixels in this cube. Keys and words that others
wrote and that are not known here are kept as they are.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from thalia_core.cube.labels import Activity, Intensity

MOST = 254
"""The highest number that the instance mask has a code for."""
UNKNOWN = -1
"""Stands for a word that no legend knows."""
_OURS = ("instance", "activity_type", "intensity_level", "confidence", "mask")


@dataclass(frozen=True, slots=True)
class Instance:
    """One deformation pattern of a pair.

    Attributes:
        number: Its code in the instance mask, 1 to 254.
        activity: Code of its type; ``UNKNOWN`` for a word that is not ours.
        intensity: Code of its level, likewise.
        confidence: 0 to 1; None where nobody gave one.
        drawn: False where it is known to have no pixels in this cube.
        others: What else its entry says, and words of ours that no legend knows.
    """

    number: int
    activity: int
    intensity: int = Intensity.NONE
    confidence: float | None = None
    drawn: bool = True
    others: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> tuple[int, int]:
        """Its type and level."""
        return self.activity, self.intensity

    def __str__(self) -> str:
        return f"{self.number}: {named(*self.kind)}"


def named(activity: int, intensity: int = Intensity.NONE) -> str:
    """A type and level in words, such as ``Sill, low``."""
    known = activity in set(map(int, Activity))
    word = Activity(activity).name.capitalize() if known else "an unknown type"
    level = Intensity(intensity).name.lower() if intensity in (1, 2, 3) else ""
    return f"{word}, {level}" if level else word


def read_instances(text: str | None) -> tuple[Instance, ...] | None:
    """The instances that a record lists, by number.

    Returns:
        None where the text is no such list, or lists a number twice: somebody's own notes.
    """
    try:
        entries = json.loads(text or "[]")
        found = [_instance(entry) for entry in entries]
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None
    if not isinstance(entries, list) or len({one.number for one in found}) < len(found):
        return None
    return tuple(sorted(found, key=lambda one: one.number))


def write_instances(instances: Iterable[Instance]) -> str:
    """The text of the pair variable, by number."""
    return json.dumps([_entry(one) for one in sorted(instances, key=lambda one: one.number)])


def free_number(*taken: Iterable[int]) -> int | None:
    """The lowest number that nothing has; None when all are used up."""
    used = {number for numbers in taken for number in numbers}
    return next((n for n in range(1, MOST + 1) if n not in used), None)


def _instance(entry: Mapping[str, Any]) -> Instance:
    number = int(entry["instance"])
    if not 1 <= number <= MOST:
        raise ValueError(number)
    activity = _code(Activity, entry.get("activity_type"))
    intensity = _code(Intensity, entry.get("intensity_level"))
    others = {key: value for key, value in entry.items() if key not in _OURS}
    others |= {"activity_type": entry["activity_type"]} if activity == UNKNOWN else {}
    others |= {"intensity_level": entry["intensity_level"]} if intensity == UNKNOWN else {}
    confidence = entry.get("confidence")
    if not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        others |= {"confidence": confidence} if confidence is not None else {}
        confidence = None
    drawn = entry.get("mask") is not False
    return Instance(number, activity, intensity, confidence, drawn, others)


def _code(words: type[Activity] | type[Intensity], word: object) -> int:
    if word is None:
        return 0
    found = words.__members__.get(word.strip().upper()) if isinstance(word, str) else None
    return UNKNOWN if found is None else int(found)


def _entry(one: Instance) -> dict[str, Any]:
    entry: dict[str, Any] = {"instance": one.number}
    if one.activity != UNKNOWN:
        entry["activity_type"] = Activity(one.activity).name.capitalize()
    if one.intensity != UNKNOWN:
        entry["intensity_level"] = Intensity(one.intensity).name.capitalize()
    entry |= one.others
    if one.confidence is not None:
        entry["confidence"] = one.confidence
    return entry if one.drawn else entry | {"mask": False}
