"""Judgements counted by truth and probability: everything that is measured follows from them.

Counts of many pairs add up, so that measures are pooled as published (over all pixels of a split,
or all of its pairs), and resampling pairs costs no second look at pixels.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 500
Counts = NDArray[np.int64]
"""(..., 2, BINS) of false and true pixels (or pairs), by probability in equal steps."""

MEASURES = ("precision", "recall", "f1", "iou", "auroc", "average_precision", "brier", "ece")


def count(probability: NDArray[Any], truth: NDArray[np.bool_]) -> Counts:
    """Counts of one pair; probabilities in 0..1, NaN where there are no data, which count nothing.

    A probability of one half and above is a "yes": the step from bin 249 to 250.
    """
    known = np.isfinite(probability)
    values = np.asarray(probability[known], np.float64)
    bins = np.minimum((values * BINS).astype(np.int64), BINS - 1)
    flat = np.bincount(bins + BINS * truth[known], minlength=2 * BINS)
    return flat.astype(np.int64).reshape(2, BINS)


def rescaled(values: NDArray[Any], threshold: float) -> NDArray[np.float64]:
    """Scores in 0..1 stretched so that a threshold becomes one half; their order stays."""
    values = np.asarray(values, np.float64)
    low = values * (0.5 / max(threshold, 1e-12))
    high = 0.5 + (values - threshold) * (0.5 / max(1.0 - threshold, 1e-12))
    return np.where(values >= threshold, np.minimum(high, 1.0), np.minimum(low, 0.5 - 1e-9))


def measures(counts: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    """All measures of the deformation class.

    Args:
        counts: (..., 2, BINS), also with weights.

    Returns:
        Measure -> (...); NaN where it says nothing (a class, or every "yes", is absent).
    """
    counts = np.asarray(counts, np.float64)
    half = BINS // 2
    no, yes = counts[..., 0, :], counts[..., 1, :]
    hits, false = yes[..., half:].sum(-1), no[..., half:].sum(-1)
    misses = yes[..., :half].sum(-1)
    centres = (np.arange(BINS) + 0.5) / BINS
    total = counts.sum((-1, -2))
    squares = (yes * (1 - centres) ** 2 + no * centres**2).sum(-1)
    # of the pixels that are as sure: how sure they are, and how often it is true
    both = yes + no
    error = np.abs((both * centres).reshape(*both.shape[:-1], 10, -1).sum(-1)
                   - yes.reshape(*yes.shape[:-1], 10, -1).sum(-1)).sum(-1)  # fmt: skip
    return {
        "precision": _ratio(hits, hits + false),
        "recall": _ratio(hits, hits + misses),
        "f1": _ratio(2 * hits, 2 * hits + false + misses),
        "iou": _ratio(hits, hits + false + misses),
        "auroc": _auroc(no, yes),
        "average_precision": _average_precision(no, yes),
        "brier": _ratio(squares, total),
        "ece": _ratio(error, total),
    }


def reliability(counts: Counts) -> list[tuple[float, float, int]]:
    """(mean probability, share that is true, how many) in ten equal steps of probability."""
    centres = (np.arange(BINS) + 0.5) / BINS
    both = counts.sum(0).reshape(10, -1)
    sure = (both * centres.reshape(10, -1)).sum(1)
    true = counts[1].reshape(10, -1).sum(1)
    return [
        (float(s / n), float(t / n), int(n))
        for s, t, n in zip(sure, true, both.sum(1), strict=True)
        if n
    ]


def _auroc(no: NDArray[np.float64], yes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chance that a true one is surer than a false one; those of one bin are even."""
    below = no.cumsum(-1) - no
    return _ratio((yes * (below + 0.5 * no)).sum(-1), yes.sum(-1) * no.sum(-1))


def _average_precision(no: NDArray[np.float64], yes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of precision over the steps of recall, from the surest down."""
    hits, false = yes[..., ::-1].cumsum(-1), no[..., ::-1].cumsum(-1)
    precision = _ratio(hits, hits + false)
    steps = np.nan_to_num(precision) * yes[..., ::-1]
    return _ratio(steps.sum(-1), yes.sum(-1))


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(whole > 0, part / np.where(whole > 0, whole, 1), np.nan))
