"""Crops straight from cubes: only the tiles under a crop are decoded, and nothing is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from thalia_core.cube.geometry import Window
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.learn.config import TrainConfig
from thalia_core.learn.data import Draw, Drawn, choose_crop, draw_of
from thalia_core.learn.names import COHERENCE
from thalia_core.learn.planes import (
    COHERENCE_SCALE,
    Patch,
    Plane,
    Source,
    read_target,
    require_channels,
    shrink,
    shrink_mask,
    target_of,
)
from thalia_core.learn.samples import Sample


class CubeCrops(Drawn):
    """Crops of samples, read from their cubes at every draw."""

    def __init__(self, samples: Sequence[Sample], config: TrainConfig) -> None:
        self._samples = tuple(samples)
        self.positives = [sample.positive for sample in self._samples]
        self._config = config
        self._cubes: dict[str, CubeStore] = {}

    def __getitem__(self, draw: Draw) -> dict[str, Tensor]:
        index, epoch, place = draw
        sample = self._samples[index]
        if sample.cube not in self._cubes:
            self._cubes[sample.cube] = CubeStore.open(sample.cube)
        rng = draw_of(self._config.seed, epoch, place)
        crop = read_crop(self._cubes[sample.cube], sample, self._config, rng)
        return {
            "planes": torch.from_numpy(crop.planes).flatten(0, 1),
            "mask": torch.from_numpy(crop.target.astype(np.int64)),
            "label": torch.tensor(int(sample.positive)),
            "days": torch.tensor([float(pair.days) for pair in sample.pairs]),
            "confidence": torch.tensor(sample.confidence),
        }

    def __getstate__(self) -> dict[str, Any]:
        # Another process opens the cubes itself.
        return {**self.__dict__, "_cubes": {}}


@dataclass(frozen=True, slots=True, eq=False)
class FrameCrop:
    """A crop of one sample.

    Attributes:
        pairs: The steps.
        positive: For each step whether it deforms anywhere in the frame.
        planes: (steps, channels, y, x) in the units of the statistics, NaN for no data.
        masks: (steps, y, x), where each step deforms.
        target: What is asked of them: (y, x), or (steps, y, x) for each step.
    """

    pairs: tuple[DatePair, ...]
    positive: tuple[bool, ...]
    planes: Plane
    masks: NDArray[np.bool_]
    target: NDArray[np.bool_]


def read_crop(
    cube: CubeStore, sample: Sample, config: TrainConfig, rng: Generator | None
) -> FrameCrop:
    """The crop of a sample that a generator draws; without one, the middle one.

    Raises:
        CubeError: The cube lacks a channel, or cannot be read.
    """
    require_channels(cube, config.channels)
    pairs, by, crop = sample.pairs, config.decimate, config.crop
    masks = np.stack([shrink_mask(read_target(cube, pair), by) for pair in pairs])
    target = target_of(masks, config.target)
    row, col = corner_of(sample, target, crop, rng)
    rows, cols = (min(crop, size) for size in masks.shape[1:])
    window = Window(row, row + rows, col, col + cols)
    planes = np.full((len(pairs), len(config.channels), crop, crop), np.nan, np.float32)
    for step, pair in enumerate(pairs):
        for place, name in enumerate(config.channels):
            planes[step, place, :rows, :cols] = read_part(cube, name, pair, window, by)
    positive = tuple(bool(mask.any()) for mask in masks)
    return FrameCrop(pairs, positive, planes, _cut(masks, window, crop), _cut(target, window, crop))


def read_part(cube: CubeStore, name: str, pair: DatePair, part: Window, by: int) -> Plane:
    """A window of the decimated grid of a channel, in the units of the statistics."""
    rows, cols = cube.geometry.shape
    window = Window(
        part.row0 * by, min(part.row1 * by, rows), part.col0 * by, min(part.col1 * by, cols)
    )
    plane = shrink(name, cube.read_plane(name, pair, window), by)
    return plane * np.float32(COHERENCE_SCALE) if name == COHERENCE else plane


def corner_of(
    sample: Sample, target: NDArray[np.bool_], crop: int, rng: Generator | None
) -> tuple[int, int]:
    """Corner of a crop in the whole plane that a target, or that of each step, covers."""
    mask = target if target.ndim == 2 else np.asarray(target.any(axis=0))
    rows, cols = mask.shape
    whole = Window.full(rows, cols)
    found = whole.around(mask)
    box = whole if found is None else found[0]
    centre = (box.row0 + box.row1) // 2, (box.col0 + box.col1) // 2
    patch = Patch(sample, (rows, cols), whole, centre, (), Source(""))
    return choose_crop(mask.astype(np.uint8), patch, crop, rng)


def _cut(masks: NDArray[np.bool_], window: Window, crop: int) -> NDArray[np.bool_]:
    """The window of masks (..., y, x), filled up where the frame ends."""
    rows, cols = window.shape
    out = np.zeros((*masks.shape[:-2], crop, crop), np.bool_)
    out[..., :rows, :cols] = masks[(..., *window.slices)]
    return out
