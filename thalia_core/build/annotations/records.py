"""The public annotation files: one JSON object a sample, read strictly and without guessing.

What a file says unambiguously is kept; what contradicts itself is left out and named. Polygons are
in pixels of a preview of the whole frame, origin at its top-left corner, x right, y down.
"""

import json
import math
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
_LARGEST = 1_000_000
"""Bytes; the longest public file has 20,000."""


@dataclass(frozen=True, eq=False, slots=True)
class Sample:
    """What an expert said about one interferogram.

    Attributes:
        unique_id: Number of the sample in the data set.
        frame: LiCSAR's id of the frame.
        pair: Primary and secondary date.
        flags: The fields of ``FLAGS``; one that is contradictory is absent.
        labels: Words of ``LABELS``.
        activities: Type of each polygon.
        intensities: Level of each polygon.
        polygons: (n, 2) each: x, y in preview pixels.
        activity_phase: State of the volcano.
        confidence: 0 to 1.
        caption: Free text.
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
    confidence: float
    caption: str

    @property
    def positive(self) -> bool:
        """Whether there is deformation, volcanic or by an earthquake."""
        return LABELS[0] not in self.labels

    @property
    def usable(self) -> bool:
        """Whether the benchmark takes it."""
        return not any(self.flags[name] for name in ("corrupted", "processing_error", "no_info"))

    def __str__(self) -> str:
        return f"sample {self.unique_id} ({self.frame} {self.pair})"


def read_samples(source: Path) -> tuple[tuple[Sample, ...], tuple[Finding, ...]]:
    """All samples of a folder of JSON files, of one file, or of a tar or zip archive.

    Returns:
        Samples by their number, and what does not fit.

    Raises:
        BuildError: There is nothing to read.
    """
    samples: dict[int, Sample] = {}
    pairs: dict[tuple[str, DatePair], Sample] = {}
    findings: list[Finding] = []
    count = 0
    for name, data in _files(source):
        count += 1
        try:
            sample, odd = parse_sample(data)
        except ThaliaError as error:
            findings.append(Finding(name, f"{error.why or error.what}; left out"))
            continue
        twin = samples.get(sample.unique_id) or pairs.get((sample.frame, sample.pair))
        if twin is not None:
            findings.append(Finding(name, f"{sample} stands there twice, also as {twin}; left out"))
            continue
        findings += [Finding(str(sample), text) for text in odd]
        samples[sample.unique_id] = pairs[sample.frame, sample.pair] = sample
    if not count:
        raise BuildError(
            "no annotations here",
            where=source,
            why="there is no *.json in it",
            fix="give the folder or archive of the public annotations",
        )
    return tuple(samples[number] for number in sorted(samples)), tuple(findings)


def parse_sample(data: bytes) -> tuple[Sample, list[str]]:
    """One sample and what in it contradicts itself.

    Raises:
        BuildError: It is no sample: damaged, or without a pair of dates.
    """
    try:
        raw = json.loads(data)
    except ValueError as error:
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
    activities = tuple(_word(Activity, "activity_type", word) for word in raw["activity_type"])
    intensities = tuple(
        _word(Intensity, "intensity_level", word) for word in raw["intensity_level"]
    )
    polygons = tuple(_polygon(numbers) for numbers in raw["segmentation_mask"])
    if not len(activities) == len(intensities) == len(polygons):
        counts = (
            (len(polygons), "polygon"),
            (len(activities), "type"),
            (len(intensities), "intensity"),
        )
        told = ", ".join(_count(number, what) for number, what in counts)
        odd.append(f"{told}: which belongs to which is not said; polygons left out")
        activities, intensities, polygons = (), (), ()
    labels = tuple(str(word) for word in raw["label"])
    if not labels or set(labels) - set(LABELS):
        raise BuildError("not a sample", why=f"its label is {list(labels)}")
    if (LABELS[0] in labels) == bool(raw["segmentation_mask"]):
        odd.append(f"label {', '.join(labels)} with {_count(len(polygons), 'polygon')}")
    flags = _flags(raw, odd)
    if flags.get("is_crowd", int(len(polygons) > 1)) != int(len(polygons) > 1) and polygons:
        odd.append(f"is_crowd is {flags['is_crowd']} with {_count(len(polygons), 'polygon')}; kept")
    confidence = _number(raw["confidence"], "confidence")
    if not 0 <= confidence <= 1:
        raise BuildError("not a sample", why=f"its confidence is {confidence:g}, not from 0 to 1")
    sample = Sample(
        unique_id=int(_number(raw["uniqueID"], "uniqueID")),
        frame=str(raw["frameID"]),
        pair=pair,
        flags=flags,
        labels=labels,
        activities=activities,
        intensities=intensities,
        polygons=polygons,
        activity_phase=_word(ActivityPhase, "phase", raw["phase"]),
        confidence=confidence,
        caption=str(raw["caption"]),
    )
    return sample, odd


def _flags(raw: Mapping[str, Any], odd: list[str]) -> dict[str, int]:
    flags: dict[str, int] = {}
    for name in FLAGS:
        value = int(_number(raw[name], name))
        if value in schema.legend(name):
            flags[name] = value
        else:
            known = ", ".join(map(str, schema.legend(name)))
            odd.append(f"{name} is {value}, not one of {known}; left out")
    for name in ("corrupted", "processing_error", "no_info"):
        flags.setdefault(name, 1)  # what cannot be told is not used
    return flags


def _pair(primary: object, secondary: object) -> DatePair:
    pair = DatePair.parse(f"{primary}_{secondary}")
    if pair.days <= 0:
        raise BuildError("not a sample", why=f"its dates {pair} are reversed")
    return pair


def _polygon(numbers: object) -> Polygon:
    if not isinstance(numbers, list) or len(numbers) < 6 or len(numbers) % 2:
        count = len(numbers) if isinstance(numbers, list) else 0
        raise BuildError("not a sample", why=f"a polygon of {count} numbers is none")
    points = [_number(number, "segmentation_mask") for number in numbers]
    return np.array(points, np.float64).reshape(-1, 2)


def _word(kind: type[Any], key: str, word: object) -> Any:
    try:
        return kind[str(word).upper()]
    except KeyError:
        known = ", ".join(code.name.capitalize() for code in kind)
        raise BuildError("not a sample", why=f"its {key} {word!r} is none of {known}") from None


def _number(value: object, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BuildError("not a sample", why=f"its {key} {value!r} is no number")
    return float(value)


def _count(number: int, what: str) -> str:
    plural = {"intensity": "intensities"}.get(what, what + "s")
    return f"{number or 'no'} {what if number == 1 else plural}"


def _files(source: Path) -> Iterator[tuple[str, bytes]]:
    """(name, content) of every JSON file, sorted by name; archives are read in memory only."""
    try:
        if source.is_dir():
            paths = sorted(source.rglob("*.json"), key=lambda path: _natural(path.name))
            yield from ((str(path), path.read_bytes()) for path in paths)
        elif source.name.endswith((".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")):
            yield from _sorted(_tar_files(source))
        elif source.suffix == ".zip":
            yield from _sorted(_zip_files(source))
        else:
            yield str(source), source.read_bytes()
    except (OSError, tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise BuildError("cannot read the annotations", where=source, why=why) from error


def _tar_files(source: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(source) as archive:
        for member in archive:
            if member.isfile() and member.name.endswith(".json"):
                content = archive.extractfile(member) if member.size <= _LARGEST else None
                yield member.name, content.read() if content else b"too large to be a sample"


def _zip_files(source: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(source) as archive:
        for info in archive.infolist():
            if info.filename.endswith(".json"):
                small = info.file_size <= _LARGEST
                yield info.filename, archive.read(info) if small else b"too large to be a sample"


def _sorted(files: Iterable[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    return sorted(files, key=lambda file: _natural(file[0].rsplit("/", 1)[-1]))


def _natural(name: str) -> tuple[int, str]:
    stem = name.removesuffix(".json")
    return (int(stem) if stem.isdigit() else 1 << 62), name
