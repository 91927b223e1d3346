"""What a model must beat: guesses that need no network, fitted on the training split alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from skimage.restoration import unwrap_phase
from skimage.transform import resize

from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.learn.metrics import Counts
from thalia_core.learn.names import COHERENCE, PHASE
from thalia_core.learn.planes import COHERENCE_SCALE, Plane, read_channel, read_target, shrink_mask
from thalia_core.learn.samples import Sample

ALL, MEAN_MASK, UNWRAPPED = "all-positive", "mean training mask", "unwrapped phase threshold"
FRAME_PRIOR = "prior of the frame"

_SIDE = 128
_LARGEST = 512
_SAMPLES = 24
_MIN_COHERENCE = 0.25
_LEVELS = 40


@dataclass(frozen=True)
class Baselines:
    """The fitted guesses.

    Attributes:
        mean_mask: Mean of the training masks in frame-relative position, (128, 128).
        mask_threshold: Share of masks from which on a place is called deformation.
        phase_threshold: Unwrapped phase off the frame's median from which on a pixel is, in rad.
    """

    mean_mask: Plane
    mask_threshold: float
    phase_threshold: float

    def masks(self, cube: CubeStore, pair: DatePair) -> dict[str, NDArray[np.bool_]]:
        """What each of them says of a pair, at full resolution."""
        shape = cube.geometry.shape
        share = resize(self.mean_mask, shape, order=1, mode="edge", anti_aliasing=False)
        off = resize(unwrapped(cube, pair), shape, order=0, mode="edge", anti_aliasing=False)
        return {
            ALL: np.ones(shape, dtype=np.bool_),
            MEAN_MASK: np.asarray(share >= self.mask_threshold, dtype=np.bool_),
            UNWRAPPED: np.asarray(off >= self.phase_threshold, dtype=np.bool_),
        }


def fit(samples: Sequence[Sample]) -> Baselines:
    """Fit them on training samples (at most 24 with and 24 without deformation)."""
    chosen = _spread([s for s in samples if s.positive]) + _spread(
        [s for s in samples if not s.positive]
    )
    cubes = {path: CubeStore.open(path) for path in {sample.cube for sample in chosen}}
    small, truths, offs = [], [], []
    for sample in chosen:
        cube = cubes[sample.cube]
        truth = read_target(cube, sample.pair)
        small.append(resize(truth.astype(np.float32), (_SIDE, _SIDE), order=1, anti_aliasing=True))
        truths.append(shrink_mask(truth, _step(cube)))
        offs.append(unwrapped(cube, sample.pair))
    positive = [mask for mask, sample in zip(small, chosen, strict=True) if sample.positive]
    mean = np.asarray(np.mean(positive, axis=0), dtype=np.float32)
    marked = [mask >= 0.5 for mask in small]
    return Baselines(
        mean,
        _best_threshold([mean] * len(marked), marked, float(mean.max())),
        _best_threshold(offs, truths, 12 * np.pi),
    )


def unwrapped(cube: CubeStore, pair: DatePair) -> Plane:
    """How far the unwrapped phase lies off its median, in rad, on a grid of at most 512 pixels.

    0 where coherence is too low to unwrap, or there are no data.
    """
    step = _step(cube)
    phase = read_channel(cube, PHASE, pair, step)
    trusted = np.isfinite(phase)
    if COHERENCE in cube.layers:
        coherence = read_channel(cube, COHERENCE, pair, step) / COHERENCE_SCALE
        trusted &= coherence >= _MIN_COHERENCE
    off = np.zeros(phase.shape, np.float32)
    if trusted.sum() < 2:
        return off
    plane = np.ma.masked_array(np.nan_to_num(phase), ~trusted)
    values = np.ma.filled(unwrap_phase(plane, rng=0), np.nan)[trusted]
    off[trusted] = np.abs(values - np.nanmedian(values))
    return off


def _step(cube: CubeStore) -> int:
    return max(1, -(-max(cube.geometry.shape) // _LARGEST))


def _spread(samples: Sequence[Sample]) -> list[Sample]:
    """At most so many of them, evenly picked."""
    if len(samples) <= _SAMPLES:
        return list(samples)
    return [samples[i * len(samples) // _SAMPLES] for i in range(_SAMPLES)]


def _best_threshold(
    scores: Sequence[Plane], truths: Sequence[NDArray[np.bool_]], top: float
) -> float:
    """The level whose pooled IoU is best."""
    best, chosen = -1.0, top
    for level in np.linspace(top / _LEVELS, top, _LEVELS):
        pairs = zip(scores, truths, strict=True)
        counts = sum((Counts.of(score >= level, truth) for score, truth in pairs), Counts())
        if counts.iou > best:
            best, chosen = counts.iou, float(level)
    return chosen
