"""Which pairs a model learns from, is chosen by, and is held to: a table without pixels.

A pair counts only when a person's judgement on it is complete and the product is sound; a pair that
nobody looked at is not a negative.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from hashlib import sha256
from pathlib import Path

import numpy as np

from thalia_core.archive.catalogue import cube_paths
from thalia_core.benchmark.items import Item
from thalia_core.benchmark.series import series_of
from thalia_core.benchmark.splits import KINDS, part_of
from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import LabelState, PairLabel
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import MISSING
from thalia_core.cube.store import CubeStore
from thalia_core.errors import ConfigError
from thalia_core.learn.config import SPLITS, TrainConfig
from thalia_core.learn.names import DATES

_UNFINISHED = {
    LabelState.UNSEEN: "not labelled yet",
    LabelState.IN_PROGRESS: "in progress",
    LabelState.FLAGGED: "flagged",
    LabelState.REJECTED: "rejected",
}
_FLAWS = ("corrupted", "processing_error", "no_info")


@dataclass(frozen=True, slots=True)
class Sample:
    """What a model sees at once: one pair of a frame, or a series of pairs of one primary date.

    Attributes:
        cube: The cube.
        frame: Its frame.
        pairs: The steps in the order of their secondary dates; a short series repeats some.
        extent: Where any of them deforms; None: none does.
        confidence: Of the annotator, 0 to 1: the lowest of the steps; 1 where nobody gave one.
    """

    cube: str
    frame: str
    pairs: tuple[DatePair, ...]
    extent: Window | None = None
    confidence: float = 1.0

    @property
    def pair(self) -> DatePair:
        """The last of the pairs."""
        return self.pairs[-1]

    @property
    def positive(self) -> bool:
        """Whether a mask marks deformation, of a volcano or an earthquake."""
        return self.extent is not None

    @property
    def key(self) -> str:
        """Unique name of the sample: as in the tables of the benchmark."""
        if len(self.pairs) == 1:
            return f"{self.frame}/{self.pair}"
        days = "+".join(f"{pair.secondary:%Y%m%d}" for pair in self.pairs)
        return f"{self.frame}/{self.pair.primary:%Y%m%d}_{days}"


@dataclass(slots=True)
class Splits:
    """The samples of each split, and how many pairs were left out and why."""

    train: list[Sample] = field(default_factory=list)
    val: list[Sample] = field(default_factory=list)
    test: list[Sample] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def of(self, split: str) -> list[Sample]:
        """Samples of ``train``, ``val`` or ``test``."""
        return {"train": self.train, "val": self.val, "test": self.test}[split]

    @property
    def digest(self) -> str:
        """Changes when any split does."""
        lines = [f"{split} {s.key} {s.extent}" for split in SPLITS for s in self.of(split)]
        return sha256("\n".join(lines).encode()).hexdigest()

    def summary(self) -> str:
        """The sizes in words: positives and negatives of each split."""
        parts = []
        for split in SPLITS:
            positives = sum(sample.positive for sample in self.of(split))
            parts.append(f"{split} {positives} + {len(self.of(split)) - positives}")
        if self.left_out:
            reasons = ", ".join(f"{n} {why}" for why, n in self.left_out.most_common())
            parts.append(f"left out: {reasons}")
        return "samples with + without deformation: " + "; ".join(parts)


def flaw(label: PairLabel) -> str | None:
    """Why a pair must not be learned from, or None when it may."""
    if not label.labelled:
        return "not labelled yet"
    if label.label_state in _UNFINISHED:
        return _UNFINISHED[LabelState(label.label_state)]
    return next((name.replace("_", " ") for name in _FLAWS if getattr(label, name)), None)


def usable_pairs(cube: CubeStore) -> list[DatePair]:
    """Pairs of the cube whose labels can be learned from or scored against."""
    labels = zip(cube.pairs, cube.read_labels(), strict=True)
    return [pair for pair, label in labels if flaw(label) is None]


def sample_of(cube: CubeStore, pair: DatePair, confidence: float | None = None) -> Sample:
    """The sample of a pair, with the bounding box of its mask."""
    mask = cube.read_plane("deformation_mask", pair)
    marked = (mask > 0) & (mask != MISSING)
    rows, cols = np.flatnonzero(marked.any(axis=1)), np.flatnonzero(marked.any(axis=0))
    extent = None
    if len(rows):
        extent = Window(int(rows[0]), int(rows[-1]) + 1, int(cols[0]), int(cols[-1]) + 1)
    sure = confidence if confidence is not None and 0 < confidence <= 1 else 1.0
    return Sample(str(cube.path), cube.frame, (pair,), extent, sure)


def find_samples(config: TrainConfig) -> Splits:
    """The samples of all splits, in the order of frames and dates.

    Raises:
        ConfigError: A pair falls in two splits, or the training or validation split is empty.
        CubeError: A cube cannot be read.
    """
    splits = Splits()
    cubes = [CubeStore.open(path) for path in expand(config.cubes)]
    _check_frames(config, {cube.frame for cube in cubes})
    for cube in cubes:
        for pair, label in zip(cube.pairs, cube.read_labels(), strict=True):
            split = split_of(config, cube.frame, pair)
            why = "outside the splits" if split is None else flaw(label)
            if split is None or why is not None:
                splits.left_out[why or ""] += 1
            else:
                splits.of(split).append(sample_of(cube, pair, label.confidence))
    if config.series > 1:
        for split in SPLITS:
            splits.of(split)[:] = as_series(splits.of(split), config.series, split)
    _require_samples(splits)
    return splits


def as_series(samples: Sequence[Sample], steps: int, part: str) -> list[Sample]:
    """The series of the benchmark that can be made of the samples of one part of a split."""
    known = {sample.key: sample for sample in samples}
    items = [Item(s.frame, s.pair, s.positive) for s in samples]
    chosen = series_of(items, steps, part)
    return [_joined([known[item.key] for item in one.items]) for one in chosen]


def _joined(members: Sequence[Sample]) -> Sample:
    """One sample of the steps of a series."""
    extents = [member.extent for member in members if member.extent is not None]
    return Sample(
        members[0].cube,
        members[0].frame,
        tuple(member.pair for member in members),
        reduce(Window.union, extents) if extents else None,
        min(member.confidence for member in members),
    )


def split_of(config: TrainConfig, frame: str, pair: DatePair) -> str | None:
    """The split a pair belongs to, or None.

    Raises:
        ConfigError: It belongs to two.
    """
    if config.split != DATES:
        kind = next(kind for kind in KINDS if kind == config.split)
        return part_of(frame, pair.primary, kind)
    found = [split for split in SPLITS if _belongs(config, split, frame, pair)]
    if len(found) > 1:
        raise ConfigError(
            f"the splits {' and '.join(found)} overlap",
            where=f"{frame} {pair}",
            fix="give them different frames or dates: what is scored must not be learned from",
        )
    return found[0] if found else None


def expand(paths: Sequence[str]) -> Iterator[Path]:
    """All cubes named or found in the folders named, each once.

    Raises:
        CubeError: A path does not exist, or holds no cube.
    """
    seen: set[Path] = set()
    for text in paths:
        for cube in cube_paths(Path(text)):
            if cube.resolve() not in seen:
                seen.add(cube.resolve())
                yield cube


def _belongs(config: TrainConfig, split: str, frame: str, pair: DatePair) -> bool:
    dates = config.dates(split)
    if not config.frames(split):
        if split == "test" and dates is None:
            return False  # a test nobody asked for
        if any(frame in config.frames(other) for other in SPLITS):
            return False
    elif frame not in config.frames(split):
        return False
    return dates is None or dates[0] <= pair.primary <= dates[1]


def _check_frames(config: TrainConfig, found: set[str]) -> None:
    for split in SPLITS:
        strange = sorted(set(config.frames(split)) - found)
        if strange:
            raise ConfigError(
                f"no such frame: {', '.join(strange)}",
                where=f"[data] {split}_frames",
                fix=f"the cubes hold {', '.join(sorted(found))}",
            )


def _require_samples(splits: Splits) -> None:
    for split in ("train", "val"):
        if not splits.of(split):
            raise ConfigError(
                f"the {split} split is empty",
                why=splits.summary(),
                fix="check the frames and dates in [data], and that pairs are labelled as done",
            )
    if not any(sample.positive for sample in splits.train):
        raise ConfigError("no training sample shows deformation", why=splits.summary())
