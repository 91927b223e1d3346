"""The public annotation files: one JSON object a sample, read strictly and without guessing.

What a file says unambiguously is kept; what contradicts itself is left out and named. Polygons are
in pixels of a preview of the whole frame, origin at its top-left corner, x right, y down.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thalia_core.build.annotations.files import read_files
from thalia_core.build.findings import Finding
from thalia_core.cube import schema
from thalia_core.cube.labels import Activity, ActivityPhase, Intensity
from thalia_core.cube.pairs import DatePair
from thalia_core.errors import BuildError, ThaliaError

Polygon = NDArray[np.float64]
LABELS = ("Non_Deformation", "Deformation", "Earthquake")
FLAGS = (
    "corrupted",
    "processing_error",
    "glacier_fringes",
    "orbital_fringes",
    "atmospheric_fringes",
    "low_coherence",
    "no_info",
    "image_artifacts",
    "is_crowd",
)
"""Integer fields; their names are those of the cube's pair variables."""
_EXCLUDING = ("corrupted", "processing_error", "no_info")
_FARTHEST = 100_000
"""Preview pixels; no frame is as large."""
_MOST = 254
"""Instances of a pair that its mask has codes for."""


@dataclass(frozen=True, eq=False, slots=True)
class Sample:
    """What an expert said about one interferogram.

    Attributes:
        unique_id: Number of the sample in the data set; 0 where it has none.
        frame: LiCSAR's id of the frame.
        pair: Primary and secondary date.
        flags: The fields of ``FLAGS``; one that is contradictory is absent.
        labels: Words of ``LABELS``.
        activities: Type of each instance.
        intensities: Level of each instance; of another number where the file contradicts itself.
        polygons: (n, 2) each: x, y in preview pixels; (0, 2) for an instance whose outline is not
            given. As many as types and intensities, or none where the file contradicts itself.
        activity_phase: State of the volcano.
        confidence: 0 to 1; None where it is not given.
        caption: Free text.
        preview: Rows and columns of the preview that the polygons were drawn on, where the file
            says so; else it is that of the whole frame.
    """

    unique_id: int
    frame: str
    pair: DatePair
    flags: Mapping[str, int]
    labels: tuple[str, ...]
    activities: tuple[Activity, ...]
    intensities: tuple[Intensity, ...]
    polygons: tuple[Polygon, ...]
    activity_phase: ActivityPhase
    confidence: float | None
    caption: str
    preview: tuple[int, int] | None = None

    @property
    def positive(self) -> bool:
        """Whether there is deformation, volcanic or by an earthquake."""
        return LABELS[0] not in self.labels

    @property
    def usable(self) -> bool:
        """Whether the benchmark takes it; what cannot be told is not used."""
        return not any(self.flags.get(name, 1) for name in _EXCLUDING)

    @property
    def outlined(self) -> bool:
        """Whether every instance has its polygon."""
        return len(self.polygons) == len(self.activities) and all(map(len, self.polygons))

    def __str__(self) -> str:
        name = f"sample {self.unique_id}" if self.unique_id else "sample"
        return f"{name} ({self.frame} {self.pair})"


def read_samples(source: Path) -> tuple[tuple[Sample, ...], tuple[Finding, ...]]:
    """All samples of a folder of JSON files, of one file, or of a tar or zip archive.

    Returns:
        Samples by their number, and what does not fit.

    Raises:
        BuildError: There is nothing to read, or it is damaged as a whole.
    """
    numbers: dict[int, Sample] = {}
    pairs: dict[tuple[str, DatePair], Sample] = {}
    findings: list[Finding] = []
    count = 0
    for name, data in read_files(source):
        count += 1
        try:
            sample, odd = parse_sample(data)
        except ThaliaError as error:
            findings.append(Finding(name, f"{error.why or error.what}; left out"))
            continue
        twin = numbers.get(sample.unique_id) or pairs.get((sample.frame, sample.pair))
        if twin is not None:
            findings.append(Finding(name, f"{sample} stands there twice, also as {twin}; left out"))
            continue
        findings += [Finding(str(sample), text) for text in odd]
        pairs[sample.frame, sample.pair] = sample
        if sample.unique_id:
            numbers[sample.unique_id] = sample
    if not count:
        raise BuildError(
            "no annotations here",
            where=source,
            why="there is no *.json in it",
            fix="give the folder or archive of the public annotations",
        )
    order = sorted(pairs.values(), key=lambda s: (s.unique_id or 1 << 62, s.frame, s.pair))
    return tuple(order), tuple(findings)


def labels_of(phase: object, kinds: Iterable[int]) -> list[str]:
    """The words of ``LABELS`` that follow from the volcano's state and the types present."""
    present = set(kinds)
    volcanic = phase in (ActivityPhase.UNREST, ActivityPhase.REBOUND)
    words = [LABELS[1]] if volcanic or present - {Activity.EARTHQUAKE} else []
    words += [LABELS[2]] if Activity.EARTHQUAKE in present else []
    return words or [LABELS[0]]


def parse_sample(data: bytes) -> tuple[Sample, list[str]]:
    """One sample and what in it contradicts itself.

    Raises:
        BuildError: It is no sample: damaged, without a pair of dates, or its label says other than
            its types and phase.
    """
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BuildError("not a sample", why=f"damaged JSON ({error})") from error
    if not isinstance(raw, dict):
        raise BuildError("not a sample", why="no JSON object")
    try:
        return _parse(raw)
    except KeyError as error:
        raise BuildError("not a sample", why=f"it has no {error}") from error


def _parse(raw: Mapping[str, Any]) -> tuple[Sample, list[str]]:
    odd: list[str] = []
    pair = _pair(raw["primary_date"], raw["secondary_date"])
    activities, intensities, polygons = _instances(raw, odd)
    phase = _word(ActivityPhase, "phase", raw["phase"])
    labels = _labels(raw, labels_of(phase, activities))
    sample = Sample(
        unique_id=_whole(raw, "uniqueID") if raw["uniqueID"] is not None else 0,
        frame=_text(raw, "frameID"),
        pair=pair,
        flags=_flags(raw, len(polygons), odd),
        labels=labels,
        activities=activities,
        intensities=intensities,
        polygons=polygons,
        activity_phase=phase,
        confidence=_confidence(raw),
        caption=_text(raw, "caption"),
        preview=_preview(raw.get("preview_size")),
    )
    return sample, odd


def _instances(
    raw: Mapping[str, Any], odd: list[str]
) -> tuple[tuple[Activity, ...], tuple[Intensity, ...], tuple[Polygon, ...]]:
    words = _list(raw, "activity_type")
    activities = tuple(_word(Activity, "activity_type", word) for word in words)
    levels = [_word(Intensity, "intensity_level", word) for word in _list(raw, "intensity_level")]
    polygons = tuple(_polygon(numbers) for numbers in _list(raw, "segmentation_mask"))
    if Activity.NONE in activities:
        raise BuildError("not a sample", why="an instance has the activity_type None")
    if len(activities) > _MOST:
        raise BuildError("not a sample", why=f"it has more than {_MOST} instances")
    if not len(activities) == len(levels) == len(polygons):
        counts = (
            (len(polygons), "polygon"),
            (len(activities), "type"),
            (len(levels), "intensity"),
        )
        told = ", ".join(_count(number, what) for number, what in counts)
        odd.append(f"{told}: which belongs to which is not said; polygons left out")
        return activities, tuple(levels), ()
    for number, activity in enumerate(activities):
        if activity == Activity.EARTHQUAKE and levels[number]:
            word = levels[number].name.capitalize()
            odd.append(f"polygon {number + 1}: an Earthquake has no intensity; {word} left out")
            levels[number] = Intensity.NONE
    return activities, tuple(levels), polygons


def _labels(raw: Mapping[str, Any], follows: list[str]) -> tuple[str, ...]:
    """The label, if it says what the types and the phase say: a cube keeps only these."""
    labels = tuple(str(word) for word in _list(raw, "label"))
    if not labels or set(labels) - set(LABELS):
        raise BuildError("not a sample", why=f"its label is {list(labels)}")
    if set(labels) != set(follows):
        types = ", ".join(map(str, raw["activity_type"])) or "none"
        why = f"its label {', '.join(labels)} contradicts phase {raw['phase']} and types {types}"
        raise BuildError("not a sample", why=why)
    return labels


def _flags(raw: Mapping[str, Any], polygons: int, odd: list[str]) -> dict[str, int]:
    flags: dict[str, int] = {}
    for name in FLAGS:
        value = _whole(raw, name)
        if value in schema.legend(name):
            flags[name] = value
        else:
            known = ", ".join(map(str, schema.legend(name)))
            odd.append(f"{name} is {value}, not one of {known}; left out")
    if polygons and flags.get("is_crowd", polygons > 1) != (polygons > 1):
        odd.append(f"is_crowd is {flags['is_crowd']} with {_count(polygons, 'polygon')}; kept")
    return flags


def _pair(primary: object, secondary: object) -> DatePair:
    pair = DatePair.parse(f"{primary}_{secondary}")
    if pair.days <= 0:
        raise BuildError("not a sample", why=f"its dates {pair} are reversed")
    return pair


def _polygon(numbers: object) -> Polygon:
    if numbers == []:
        return np.empty((0, 2))
    if not isinstance(numbers, list) or len(numbers) < 6 or len(numbers) % 2:
        count = len(numbers) if isinstance(numbers, list) else 0
        raise BuildError("not a sample", why=f"a polygon of {count} numbers is none")
    points = [_number(number, "segmentation_mask") for number in numbers]
    if max(map(abs, points)) > _FARTHEST:
        raise BuildError("not a sample", why="a polygon reaches farther than any frame")
    return np.array(points, np.float64).reshape(-1, 2)


def _preview(size: object) -> tuple[int, int] | None:
    if size is None:
        return None
    if not isinstance(size, list) or len(size) != 2:
        raise BuildError("not a sample", why=f"its preview_size {size!r} is not [width, height]")
    width, height = (int(_number(number, "preview_size")) for number in size)
    return height, width


def _confidence(raw: Mapping[str, Any]) -> float | None:
    if raw["confidence"] is None:
        return None
    confidence = _number(raw["confidence"], "confidence")
    if not 0 <= confidence <= 1:
        raise BuildError("not a sample", why=f"its confidence is {confidence:g}, not from 0 to 1")
    return confidence


def _word(kind: type[Any], key: str, word: object) -> Any:
    try:
        return kind[word.upper() if isinstance(word, str) else ""]
    except KeyError:
        known = ", ".join(code.name.capitalize() for code in kind)
        raise BuildError("not a sample", why=f"its {key} {word!r} is none of {known}") from None


def _list(raw: Mapping[str, Any], key: str) -> list[Any]:
    if not isinstance(raw[key], list):
        raise BuildError("not a sample", why=f"its {key} is no list")
    return list(raw[key])


def _text(raw: Mapping[str, Any], key: str) -> str:
    if not isinstance(raw[key], str):
        raise BuildError("not a sample", why=f"its {key} is no text")
    return str(raw[key])


def _whole(raw: Mapping[str, Any], key: str) -> int:
    number = _number(raw[key], key)
    if not number.is_integer() or not 0 <= number < 1 << 31:
        raise BuildError("not a sample", why=f"its {key} {raw[key]!r} is no whole number from 0")
    return int(number)


def _number(value: object, key: str) -> float:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
    except OverflowError:
        pass
    raise BuildError("not a sample", why=f"its {key} {str(value)[:40]} is no number")


def _count(number: int, what: str) -> str:
    plural = {"intensity": "intensities"}.get(what, what + "s")
    return f"{number or 'no'} {what if number == 1 else plural}"
