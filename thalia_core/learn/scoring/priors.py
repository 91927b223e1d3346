"""What can be guessed of a frame without looking: how often, and where, it deformed before.

Volcanoes repeat themselves. A model that learned no more than which frame it is shown must not
look good: the prior of the frame stands beside it in every table.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from skimage.transform import resize

from thalia_core.learn.planes import Plane
from thalia_core.learn.samples import Sample

SIDE = 128
_PER_FRAME = 24
_LEVELS = 40


@dataclass(frozen=True)
class Priors:
    """Of pairs and of places, fitted on training samples.

    Attributes:
        shares: Frame -> share of its samples that deform; "" for all frames together.
        masks: Frame -> how often each place deforms, (128, 128) in frame-relative position.
        share_threshold: Share from which on all pairs of a frame are said to deform.
        mask_threshold: The same of a place.
    """

    shares: dict[str, float]
    masks: dict[str, Plane]
    share_threshold: float
    mask_threshold: float

    def share(self, frame: str) -> float:
        """Of a frame; that of all for a frame that taught nothing."""
        return self.shares.get(frame, self.shares[""])

    def mask(self, frame: str, shape: tuple[int, int]) -> NDArray[np.float64]:
        """(rows, columns) How often each pixel of a frame deforms; of all frames likewise."""
        plane = self.masks.get(frame, self.masks[""])
        grown: NDArray[np.float64] = resize(
            plane, shape, order=1, mode="edge", anti_aliasing=False, preserve_range=True
        )
        return grown.clip(0.0, 1.0)


def fit(samples: Sequence[Sample], target: Callable[[Sample], NDArray[np.bool_]] | None) -> Priors:
    """Fit them.

    Args:
        samples: Of the training split.
        target: Reads what a sample asks for, (rows, columns); None leaves the places out.
    """
    by_frame: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_frame[sample.frame].append(sample)
    shares = {frame: _share(some) for frame, some in by_frame.items()}
    truth = np.array([sample.positive for sample in samples])
    said = np.array([shares[sample.frame] for sample in samples])
    threshold = _best(said, truth)
    shares[""] = _share(samples)
    if target is None:
        return Priors(shares, {}, threshold, 1.0)
    masks, scores, truths = {}, [], []
    for frame, some in by_frame.items():
        positive = _spread([sample for sample in some if sample.positive])
        small = [_small(target(sample)) for sample in positive]
        mean = np.mean(small, axis=0) if small else np.zeros((SIDE, SIDE))
        masks[frame] = np.asarray(mean * shares[frame], np.float32)
        scores += [masks[frame]] * len(small)
        truths += [mask >= 0.5 for mask in small]
    masks[""] = np.asarray(np.mean(list(masks.values()), axis=0), np.float32)
    level = _best(np.stack(scores), np.stack(truths)) if scores else 1.0
    return Priors(shares, masks, threshold, level)


def _share(samples: Sequence[Sample]) -> float:
    return sum(sample.positive for sample in samples) / max(len(samples), 1)


def _small(mask: NDArray[np.bool_]) -> Plane:
    small = resize(mask.astype(np.float32), (SIDE, SIDE), order=1, anti_aliasing=True)
    return np.asarray(small, np.float32)


def _spread(samples: Sequence[Sample]) -> list[Sample]:
    """At most so many of them, evenly picked."""
    if len(samples) <= _PER_FRAME:
        return list(samples)
    return [samples[i * len(samples) // _PER_FRAME] for i in range(_PER_FRAME)]


def _best(scores: NDArray[np.floating], truth: NDArray[np.bool_]) -> float:
    """The threshold whose F1 is best."""
    top = float(scores.max(initial=0.0)) or 1.0
    levels = np.linspace(top / _LEVELS, top, _LEVELS)
    hits = np.array([np.count_nonzero((scores >= level) & truth) for level in levels])
    marked = np.array([np.count_nonzero(scores >= level) for level in levels])
    f1 = 2 * hits / np.maximum(marked + np.count_nonzero(truth), 1)
    return float(levels[int(f1.argmax())])
