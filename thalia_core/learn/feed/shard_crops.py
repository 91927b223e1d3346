"""Batches from shards: the same dictionaries that crops of cubes give."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.utils.data import Dataset

from thalia_core.learn.config import TrainConfig
from thalia_core.learn.data import Draw
from thalia_core.learn.feed.items import Form, Item, read_facts, read_masks, read_planes


class ShardCrops(Dataset[dict[str, Tensor]]):
    """Samples of shards; where they are larger than the run's crop, each draw is another part."""

    def __init__(self, items: Sequence[Item], form: Form, config: TrainConfig) -> None:
        self._items = tuple(items)
        self._form = form
        self._channels = config.channels
        self._crop = config.crop
        self._seed = config.seed

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, draw: Draw) -> dict[str, Tensor]:
        index, epoch, place = draw
        item = self._items[index]
        planes = read_planes(item, self._form, self._channels)
        masks, facts = read_masks(item, self._form), read_facts(item)
        return {
            "planes": planes.flatten(0, 1),
            "mask": masks.amax(dim=0),
            "label": torch.tensor(int(any(facts.positive))),
            "days": torch.tensor([float(pair.days) for pair in facts.pairs]),
            "confidence": torch.tensor(facts.confidence),
        }
