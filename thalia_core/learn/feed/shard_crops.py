"""Batches from shards: the same dictionaries that crops of cubes give."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from thalia_core.errors import ConfigError
from thalia_core.learn.config import TrainConfig
from thalia_core.learn.data import Draw, Drawn, draw_of
from thalia_core.learn.feed.items import Form, Item, read_facts, read_masks, read_planes
from thalia_core.learn.feed.shards import POSITIVE, Shards
from thalia_core.learn.feed.straight import corner_of
from thalia_core.learn.planes import target_of
from thalia_core.learn.samples import Sample


class ShardCrops(Drawn):
    """Samples of shards; where they are larger than the run's crop, each draw is another part."""

    def __init__(self, items: Sequence[Item], form: Form, config: TrainConfig) -> None:
        self._items = tuple(items)
        self.positives = [item.part == POSITIVE for item in self._items]
        self._form = form
        self._channels = config.channels
        self._target = config.target
        self._crop = config.crop
        self._seed = config.seed

    def __getitem__(self, draw: Draw) -> dict[str, Tensor]:
        index, epoch, place = draw
        item = self._items[index]
        planes = read_planes(item, self._form, self._channels)
        masks, facts = read_masks(item, self._form), read_facts(item)
        mask = target_of(masks.numpy() > 0, self._target)
        if self._crop < self._form.size:
            stored = Sample(item.shard, facts.frame, facts.pairs)
            rng = draw_of(self._seed, epoch, place)
            row, col = corner_of(stored, mask, self._crop, rng)
            part = (..., slice(row, row + self._crop), slice(col, col + self._crop))
            planes, mask = planes[part], mask[part]
        return {
            "planes": planes.flatten(0, 1).contiguous(),
            "mask": torch.from_numpy(mask.astype(np.int64)),
            "label": torch.tensor(int(any(facts.positive))),
            "days": torch.tensor([float(pair.days) for pair in facts.pairs]),
            "confidence": torch.tensor(facts.confidence),
        }


def open_shards(config: TrainConfig) -> Shards:
    """The shards that the settings of a run name.

    Raises:
        ConfigError: They do not hold what the settings ask for.
        RunError: They cannot be read.
    """
    shards = Shards.open(Path(config.shards), config.series)
    form = shards.form
    absent = [name for name in config.channels if name not in form.channels]
    for wrong, where, why in (
        (absent, "channels", f"they lack {', '.join(absent)} of {', '.join(form.channels)}"),
        (form.steps != config.series, "series", f"they hold series of {form.steps}"),
        (form.size < config.crop, "crop", f"they hold crops of {form.size}"),
        (form.decimate != config.decimate, "decimate", f"they were decimated by {form.decimate}"),
    ):
        if wrong:
            raise ConfigError(
                f"the shards do not fit [input] {where}",
                where=shards.folder,
                why=why,
                fix="change the settings, or write other shards with 'thalia shards write'",
            )
    for split in ("train", "val"):
        if not shards.of(split):
            raise ConfigError(
                f"the shards of the {split} split are missing",
                where=shards.folder,
                why=shards.summary(),
                fix="write them with 'thalia shards write'",
            )
    return shards
