"""An archive as shards in the published layout: shard by shard, each whole or absent.

Which sample stands in which shard, and where it is cropped, follows from the settings alone. So a
run that was interrupted goes on, and two runs write the same bytes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from filelock import FileLock, Timeout
from numpy.random import SeedSequence, default_rng

from thalia_core.build.annotations.exporting import labelled_pair, sample_json
from thalia_core.build.annotations.raster import Preview
from thalia_core.cube.durable import sweep
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.errors import ThaliaError
from thalia_core.jobs.pool import Pool
from thalia_core.learn.config import SPLITS, TrainConfig
from thalia_core.learn.data import draw_of
from thalia_core.learn.feed import tars
from thalia_core.learn.feed.items import IMAGE, LABELS, SAMPLE, ZERO_IS_NO_DATA
from thalia_core.learn.feed.members import pack
from thalia_core.learn.feed.shards import FOLDERS, MARKER
from thalia_core.learn.feed.straight import read_crop
from thalia_core.learn.samples import Sample, Splits, find_samples
from thalia_core.progress import Event, Step
from thalia_core.synth.archive import claim

PER_SHARD = 128
"""Samples in a shard, as published."""
_FORMAT = "thalia shards 1"
_LOCK = ".shards.lock"
_FIRST_EPOCH, _CENTRED = 0, -1

Tell = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Shard:
    """One tar to write.

    Attributes:
        path: Where.
        config: What the crops are like.
        samples: Number within the split, sample, and the epoch whose crop is written.
    """

    path: Path
    config: TrainConfig
    samples: tuple[tuple[int, Sample, int], ...]


def plan_shards(
    config: TrainConfig, out: Path, splits: Sequence[str], per_shard: int = PER_SHARD
) -> list[Shard]:
    """The shards of some splits; the folder is taken for them.

    Args:
        config: Cubes, splits, channels, series, crop and seed. Training samples are cropped as in
            the first epoch, the others in the middle.
        out: The folder; new, empty, or one of a run that was interrupted.
        splits: Of ``train``, ``val`` and ``test``.
        per_shard: Most samples in a tar.

    Raises:
        ThaliaError: The folder is used for something else, or cannot be written.
        CubeError: A cube cannot be read.
    """
    found = find_samples(config)
    planned = {split: _shards(config, out, found, split, per_shard) for split in SPLITS}
    claim(out, MARKER, _marker(config, out, found, planned, per_shard))
    return [shard for split in splits for shard in planned[split]]


def write_shards(
    shards: Sequence[Shard], out: Path, pool: Pool, tell: Tell = lambda event: None
) -> int:
    """Write shards; those that are there are left alone.

    Args:
        shards: What to write.
        out: Their folder.
        pool: What writes them.
        tell: Is told the progress, in samples.

    Returns:
        How many were written now.

    Raises:
        ThaliaError: Another process writes them, or the disk refused.
        CubeError: A cube lacks a channel or cannot be read.
    """
    lock = FileLock(out / _LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise ThaliaError(
            "another process is writing these shards", where=out, fix="wait until it has finished"
        ) from error
    with lock:
        sweep(out)
        missing = [shard for shard in shards if not shard.path.exists()]
        total = sum(len(shard.samples) for shard in shards)
        done = total - sum(len(shard.samples) for shard in missing)
        tell(Step(done, total))
        for index, count in pool.map(write_shard, missing):
            done += count
            tell(Step(done, total, missing[index].path.name))
    return len(missing)


def write_shard(shard: Shard) -> int:
    """Write one tar; returns its number of samples."""
    return tars.write(shard.path, _members(shard))


def _shards(
    config: TrainConfig, out: Path, found: Splits, split: str, per_shard: int
) -> list[Shard]:
    """The tars of a split; training samples are mixed, for readers that take them as they come."""
    samples = list(enumerate(found.of(split)))
    epoch = _CENTRED
    if split == "train":
        epoch = _FIRST_EPOCH
        order = default_rng(SeedSequence((config.seed, len(samples)))).permutation(len(samples))
        samples = [samples[i] for i in order.tolist()]
    shards = []
    for part in FOLDERS[split]:
        wanted = [
            (number, sample, epoch)
            for number, sample in samples
            if len(FOLDERS[split]) == 1 or sample.positive == (part == FOLDERS[split][0])
        ]
        for n, first in enumerate(range(0, len(wanted), per_shard)):
            path = out / part / f"sample-{part}-{n:06d}.tar"
            shards.append(Shard(path, config, tuple(wanted[first : first + per_shard])))
    return shards


def _marker(
    config: TrainConfig,
    out: Path,
    found: Splits,
    planned: Mapping[str, Sequence[Shard]],
    per_shard: int,
) -> dict[str, Any]:
    names = [s.path.relative_to(out).as_posix() for shards in planned.values() for s in shards]
    return {
        "format": _FORMAT,
        "channels": list(config.channels),
        "crop": config.crop,
        "decimate": config.decimate,
        "series": config.series,
        "target": config.target,
        "seed": config.seed,
        "per_shard": per_shard,
        "samples": found.digest,
        "shards": names,
    }


def _members(shard: Shard) -> Iterator[tuple[str, dict[str, bytes]]]:
    cubes: dict[str, CubeStore] = {}
    for number, sample, epoch in shard.samples:
        if sample.cube not in cubes:
            cubes[sample.cube] = CubeStore.open(sample.cube)
        cube = cubes[sample.cube]
        yield f"sample{number:06d}", _members_of(cube, sample, shard.config, (number, epoch))


def _annotation(cube: CubeStore, pair: DatePair) -> dict[str, Any]:
    """What is recorded about a pair, as the public annotations say it."""
    return sample_json(cube, labelled_pair(cube, pair), Preview.of_cube(cube))


def _members_of(
    cube: CubeStore, sample: Sample, config: TrainConfig, place: tuple[int, int]
) -> dict[str, bytes]:
    number, epoch = place
    crop = read_crop(cube, sample, config, draw_of(config.seed, epoch, number))
    for index, name in enumerate(config.channels):
        if name in ZERO_IS_NO_DATA:
            plane = crop.planes[:, index]
            plane[np.isnan(plane)] = 0
    values = {
        "frame_id": sample.frame,
        "annotation": [_annotation(cube, pair) for pair in crop.pairs],
        "label": [int(positive) for positive in crop.positive],
    }
    return {
        IMAGE: pack(torch.from_numpy(crop.planes).flatten(0, 1)),
        LABELS: pack(torch.from_numpy(crop.masks.astype(np.int64))),
        SAMPLE: pack(values),
    }
