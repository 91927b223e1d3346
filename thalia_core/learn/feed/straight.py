"""Crops straight from cubes: only the tiles under a crop are decoded, and nothing is kept."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng
from numpy.typing import NDArray

from thalia_core.cube.geometry import Window
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.learn.config import TrainConfig
from thalia_core.learn.data import choose_crop
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


@dataclass(frozen=True, slots=True, eq=False)
class FrameCrop:
    """A crop of one sample.

    Attributes:
        pairs: The steps.
        positive: For each step whether it deforms anywhere in the frame.
        planes: (steps, channels, y, x) in the units of the statistics, NaN for no data.
        masks: (steps, y, x), where each step deforms.
    """

    pairs: tuple[DatePair, ...]
    positive: tuple[bool, ...]
    planes: Plane
    masks: NDArray[np.bool_]


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
    row, col = corner_of(sample, target_of(masks, config.target), crop, rng)
    rows, cols = (min(crop, size) for size in masks.shape[1:])
    inside = slice(0, rows), slice(0, cols)
    planes = np.full((len(pairs), len(config.channels), crop, crop), np.nan, np.float32)
    for step, pair in enumerate(pairs):
        for place, name in enumerate(config.channels):
            window = Window(row, row + rows, col, col + cols)
            planes[(step, place, *inside)] = read_part(cube, name, pair, window, by)
    target = np.zeros((len(pairs), crop, crop), np.bool_)
    target[(slice(None), *inside)] = masks[:, row : row + rows, col : col + cols]
    return FrameCrop(pairs, tuple(bool(mask.any()) for mask in masks), planes, target)


def read_part(cube: CubeStore, name: str, pair: DatePair, part: Window, by: int) -> Plane:
    """A window of the decimated grid of a channel, in the units of the statistics."""
    rows, cols = cube.geometry.shape
    window = Window(
        part.row0 * by, min(part.row1 * by, rows), part.col0 * by, min(part.col1 * by, cols)
    )
    plane = shrink(name, cube.read_plane(name, pair, window), by)
    return plane * np.float32(COHERENCE_SCALE) if name == COHERENCE else plane


def draw_of(seed: int, epoch: int, place: int) -> Generator | None:
    """What a draw is random by; None for epochs below 0, which ask for the middle."""
    return None if epoch < 0 else default_rng(SeedSequence((seed, epoch, place)))


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
