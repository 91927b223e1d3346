"""From patches to batches: balanced epochs, crops as published, all drawn from the run's seed.

What is random in a sample follows from (seed, epoch, place in the epoch) alone, not from the
process that reads it: a resumed run sees what an uninterrupted one would have seen.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.random import Generator, SeedSequence, default_rng
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from thalia_core.learn.config import TrainConfig
from thalia_core.learn.distributed import ALONE, Group
from thalia_core.learn.feed.loading import Loader
from thalia_core.learn.planes import Patch, Plane, Source, clamp, unpack

_TRIES = 10
_MAPPED = 8_192
"""Files mapped at a time: systems allow some 65,000 to a process."""

Draw = tuple[int, int, int]
"""Index of a patch, epoch, place in the epoch; an epoch below 0 asks for the centred crop."""


class Drawn(Dataset[dict[str, Tensor]]):
    """Samples of a split, wherever they lie; each gives a crop for every draw.

    Attributes:
        positives: For each sample whether it deforms; what is drawn in order need not tell.

    A crop is ``planes`` (steps x channels, y, x) in physical units, NaN for no data; ``mask``
    (y, x), or (steps, y, x) where each step is asked for; ``label`` 0 or 1; ``days`` (steps,)
    between the dates of each pair; ``confidence`` of the annotator.
    """

    positives: Sequence[bool]

    def __len__(self) -> int:
        return len(self.positives)


Samples = Sequence[Patch] | Drawn
"""What epochs are drawn from: patches of the cache, or another place of crops."""


class Crops(Drawn):
    """Crops of patches."""

    def __init__(self, patches: Sequence[Patch], crop: int, seed: int) -> None:
        self._patches = tuple(patches)
        self.positives = [patch.sample.positive for patch in self._patches]
        self._crop = crop
        self._seed = seed
        self._open: dict[str, NDArray[Any]] = {}

    def __getitem__(self, draw: Draw) -> dict[str, Tensor]:
        index, epoch, place = draw
        patch = self._patches[index]
        rng = draw_of(self._seed, epoch, place)
        mask, sample = self._read(patch.mask), patch.sample
        anywhere = mask if mask.ndim == 2 else mask.max(axis=0)
        row, col = choose_crop(anywhere, patch, self._crop, rng)
        planes = [self._cut(source, patch, row, col, np.nan) for source in patch.channels]
        target = self._cut(patch.mask, patch, row, col, 0)
        days = [float(pair.days) for pair in sample.pairs]
        return {
            "planes": torch.from_numpy(np.stack(planes)),
            "mask": torch.from_numpy(target.astype(np.int64)),
            "label": torch.tensor(int(sample.positive)),
            "days": torch.tensor(days),
            "confidence": torch.tensor(sample.confidence, dtype=torch.float32),
        }

    def _cut(self, source: Source, patch: Patch, row: int, col: int, fill: float) -> Plane:
        """The crop at a corner of the frame, filled up where the frame ends."""
        values = self._read(source)
        row, col = row - patch.reach.row0, col - patch.reach.col0
        part = values[..., row : row + self._crop, col : col + self._crop]
        out = np.full((*part.shape[:-2], self._crop, self._crop), fill, np.float32)
        # 0 means no data in a byte plane of a channel, but "no deformation" in the mask.
        out[..., : part.shape[-2], : part.shape[-1]] = part if fill == 0 else unpack(part)
        return out

    def _read(self, source: Source) -> NDArray[Any]:
        if source.path not in self._open:
            if len(self._open) >= _MAPPED:
                self._open.clear()
            self._open[source.path] = np.load(source.path, mmap_mode="r")
        values = self._open[source.path]
        return values if source.part is None else values[source.part.slices]

    def __getstate__(self) -> dict[str, Any]:
        # Another process maps the files itself.
        return {**self.__dict__, "_open": {}}


def draw_of(seed: int, epoch: int, place: int) -> Generator | None:
    """What a draw is random by; None for epochs below 0, which ask for the middle."""
    return None if epoch < 0 else default_rng(SeedSequence((seed, epoch, place)))


def choose_crop(
    mask: NDArray[Any], patch: Patch, crop: int, rng: Generator | None
) -> tuple[int, int]:
    """Corner of a crop in the frame: near the target's middle, and holding it.

    Tried ten times; then the crop that holds most of the mask. Without a generator, the middle.
    """
    (rows, cols), reach = patch.grid, patch.reach
    wanted = mask.max(initial=0)
    corner = 0, 0
    for _ in range(1 if rng is None else _TRIES):
        off = (0, 0) if rng is None else rng.integers(-(crop // 4), crop // 4 + 1, size=2)
        row = clamp(patch.centre[0] + int(off[0]) - crop // 2, rows, crop)
        col = clamp(patch.centre[1] + int(off[1]) - crop // 2, cols, crop)
        corner = row, col
        part = mask[row - reach.row0 :, col - reach.col0 :][:crop, :crop]
        if part.max(initial=0) == wanted:
            return corner
    row, col = _fullest(mask, crop)
    return row + reach.row0, col + reach.col0


def _fullest(mask: NDArray[Any], crop: int) -> tuple[int, int]:
    """Corner of the square that holds most of the mask."""
    total = np.pad(mask.astype(np.int64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    height, width = (min(crop, size) for size in mask.shape)
    sums = (
        total[height:, width:]
        - total[:-height, width:]
        - total[height:, :-width]
        + total[:-height, :-width]
    )
    row, col = np.unravel_index(int(sums.argmax()), sums.shape)
    return int(row), int(col)


def epoch_order(samples: Samples, config: TrainConfig, epoch: int) -> list[int]:
    """Samples of an epoch: all positives and as many negatives, shuffled, each ``repeat`` times."""
    rng = default_rng(SeedSequence((config.seed, epoch)))
    deforms = _positives(samples)
    positives = [i for i, positive in enumerate(deforms) if positive]
    negatives = [i for i, positive in enumerate(deforms) if not positive]
    if config.balanced and positives and len(negatives) > len(positives):
        chosen = rng.choice(len(negatives), len(positives), replace=False)
        negatives = [negatives[i] for i in sorted(chosen)]
    order = [*positives, *negatives] * config.repeat
    return [order[i] for i in rng.permutation(len(order))]


class EpochBatches(Sampler[list[Draw]]):
    """Batches of one epoch, from a given batch on; set them before each pass over the loader.

    Each process of a group gets its share of every batch.
    """

    def __init__(self, samples: Samples, config: TrainConfig, group: Group = ALONE) -> None:
        self._samples = samples
        self._config = config
        self._group = group
        self._batches: list[list[Draw]] = []
        self._sizes: list[int] = []

    def begin(self, epoch: int, start: int = 0) -> int:
        """Choose the epoch, and leave out its first batches; returns how many the epoch has."""
        order = epoch_order(self._samples, self._config, epoch)
        draws = [(index, epoch, place) for place, index in enumerate(order)]
        size = self._config.batch
        batches = [draws[i : i + size] for i in range(0, len(draws), size)]
        # Batch normalisation cannot learn from a single sample.
        if len(batches) > 1 and len(batches[-1]) == 1:
            alone = batches.pop()
            batches[-1] += alone
        self._sizes = [len(batch) for batch in batches]
        self._batches = [list(self._group.share(batch)) for batch in batches[start:]]
        return len(batches)

    def size_of(self, batch: int) -> int:
        """How many samples a batch of the epoch has, over all processes."""
        return self._sizes[batch]

    def __iter__(self) -> Iterator[list[Draw]]:
        return iter(self._batches)

    def __len__(self) -> int:
        return len(self._batches)


def train_loader(
    samples: Samples, config: TrainConfig, pinned: bool, group: Group = ALONE
) -> tuple[Loader, EpochBatches]:
    """Loader of training crops, and the sampler that says which."""
    batches = EpochBatches(samples, config, group)
    return _loader(_drawn(samples, config), batches, config, pinned), batches


def fixed_loader(
    samples: Samples, config: TrainConfig, pinned: bool, group: Group = ALONE
) -> Loader:
    """Loader of the centred crop of every sample, in order; of a group's share of the batches."""
    draws: list[Draw] = [(i, -1, i) for i in range(len(samples))]
    batches = [draws[i : i + config.batch] for i in range(0, len(draws), config.batch)]
    return _loader(_drawn(samples, config), batches[group.rank :: group.size], config, pinned)


def _positives(samples: Samples) -> Sequence[bool]:
    if isinstance(samples, Drawn):
        return samples.positives
    return [patch.sample.positive for patch in samples]


def _drawn(samples: Samples, config: TrainConfig) -> Drawn:
    return samples if isinstance(samples, Drawn) else Crops(samples, config.crop, config.seed)


def _loader(crops: Drawn, batches: Any, config: TrainConfig, pinned: bool) -> Loader:
    several = config.workers > 0
    return Loader(
        crops,
        batch_sampler=batches,
        num_workers=config.workers,
        pin_memory=pinned,
        persistent_workers=several,
        # A forked process would share locks and the run's own lock.
        multiprocessing_context="spawn" if several else None,
    )


def channel_statistics(
    samples: Samples, channels: tuple[str, ...]
) -> dict[str, tuple[float, float]]:
    """Mean and standard deviation of every channel over all steps, where there are data.

    Of patches all that crops can reach counts, of other places the crops in the middle.
    """
    result = {}
    for c, name in enumerate(channels):
        count, total, squares = 0, 0.0, 0.0
        for part in _parts(samples, c, len(channels)):
            good = part[np.isfinite(part)].astype(np.float64)
            count, total = count + good.size, total + good.sum()
            squares += (good**2).sum()
        mean = total / max(count, 1)
        deviation = float(np.sqrt(max(squares / max(count, 1) - mean**2, 0.0)))
        result[name] = (float(mean), deviation or 1.0)
    return result


def _parts(samples: Samples, channel: int, channels: int) -> Iterator[Plane]:
    """The planes of a channel, of all steps of all samples."""
    if isinstance(samples, Drawn):
        for index in range(len(samples)):
            yield samples[index, -1, index]["planes"][channel::channels].numpy()
        return
    for source in {s for patch in samples for s in patch.channels[channel::channels]}:
        values = np.load(source.path, mmap_mode="r")
        yield unpack(values if source.part is None else values[source.part.slices])
