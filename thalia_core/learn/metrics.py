"""Measures of the deformation class, pooled over all pixels (or pairs) of a split."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Counts:
    """Pixels or pairs by truth and prediction; add them up, then ask for the measures.

    A measure whose denominator is empty is NaN: it says nothing, neither good nor bad.
    """

    hits: int = 0
    false_alarms: int = 0
    misses: int = 0
    rejections: int = 0

    @classmethod
    def of(cls, predicted: NDArray[np.bool_], truth: NDArray[np.bool_]) -> "Counts":
        """Counts of one plane, or of any two arrays of equal shape."""
        hits = int(np.count_nonzero(predicted & truth))
        marked, true = int(np.count_nonzero(predicted)), int(np.count_nonzero(truth))
        return cls(hits, marked - hits, true - hits, predicted.size - marked - true + hits)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.hits + other.hits,
            self.false_alarms + other.false_alarms,
            self.misses + other.misses,
            self.rejections + other.rejections,
        )

    @property
    def precision(self) -> float:
        """Share of what was marked that is true."""
        return _ratio(self.hits, self.hits + self.false_alarms)

    @property
    def recall(self) -> float:
        """Share of what is true that was marked."""
        return _ratio(self.hits, self.hits + self.misses)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return _ratio(2 * self.hits, 2 * self.hits + self.false_alarms + self.misses)

    @property
    def iou(self) -> float:
        """Intersection over union."""
        return _ratio(self.hits, self.hits + self.false_alarms + self.misses)

    def values(self) -> dict[str, float]:
        """All measures by name."""
        return {
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "iou": self.iou,
        }


def auroc(scores: Any, truth: Any) -> float:
    """Area under the receiver operating characteristic; NaN when only one class is there.

    It is the chance that a positive has a higher score than a negative (Mann and Whitney 1947).
    """
    from scipy.stats import rankdata

    labels = np.asarray(truth, dtype=np.bool_)
    yes, no = int(np.count_nonzero(labels)), int(np.count_nonzero(~labels))
    if not yes or not no:
        return float("nan")
    ranks = rankdata(np.asarray(scores, np.float64))
    return float((ranks[labels].sum() - yes * (yes + 1) / 2) / (yes * no))


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
