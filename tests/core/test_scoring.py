"""Laws of the measures: pooled as published, and intervals that mean something."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thalia_core.learn.metrics import Counts as Plain
from thalia_core.learn.scoring.bins import BINS, count, measures, reliability, rescaled
from thalia_core.learn.scoring.bootstrap import difference, intervals

seeds = st.integers(0, 10_000)


def planes(seed: int, pairs: int = 3, size: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities on the centres of bins, and a truth they know something of."""
    rng = np.random.default_rng(seed)
    truth = rng.uniform(size=(pairs, size)) < rng.uniform(0.05, 0.6)
    said = np.clip(0.5 * truth * rng.uniform() + rng.uniform(size=truth.shape) * 0.6, 0, 1)
    return (np.floor(said * (BINS - 1)) + 0.5) / BINS, truth


@given(seeds)
def test_counts_add_up_to_the_published_measures(seed):
    said, truth = planes(seed)
    pooled = measures(sum(count(p, t) for p, t in zip(said, truth, strict=True)))
    plain = Plain.of(said.ravel() >= 0.5, truth.ravel()).values()
    for name, value in plain.items():
        assert float(pooled[name]) == pytest.approx(value, nan_ok=True)


@given(seeds)
def test_average_precision_goes_down_every_level_once(seed):
    said, truth = planes(seed, size=60)
    found = measures(count(said, truth))
    wanted, before = 0.0, 0.0
    for level in np.unique(said)[::-1]:
        marked = said >= level
        recall = (marked & truth).sum() / max(truth.sum(), 1)
        wanted += (recall - before) * (marked & truth).sum() / marked.sum()
        before = recall
    if truth.any():
        assert float(found["average_precision"]) == pytest.approx(wanted)
    assert float(found["brier"]) == pytest.approx(((said - truth) ** 2).mean())


@given(seeds)
def test_the_area_is_the_chance_that_a_true_one_is_surer(seed):
    said, truth = planes(seed, pairs=1, size=60)
    yes, no = said[truth][:, None], said[~truth][None, :]
    if yes.size and no.size:
        chance = ((yes > no) + 0.5 * (yes == no)).mean()
        assert float(measures(count(said, truth))["auroc"]) == pytest.approx(chance)


def test_no_data_count_nothing():
    said = np.array([0.9, np.nan, 0.2, np.nan])
    assert count(said, np.array([True, True, False, False])).sum() == 2


@given(seeds, st.floats(0.01, 0.99))
def test_a_rescaled_score_decides_the_same_and_keeps_its_order(seed, threshold):
    values = np.sort(np.random.default_rng(seed).uniform(size=50))
    stretched = rescaled(values, threshold)
    assert ((stretched >= 0.5) == (values >= threshold)).all()
    assert (np.diff(stretched) >= 0).all()
    assert ((stretched >= 0) & (stretched <= 1)).all()


@settings(max_examples=10)
@given(seeds)
def test_an_interval_holds_the_measure_and_narrows_with_more_pairs(seed):
    said, truth = planes(seed, pairs=400, size=50)
    counts = np.stack([count(p, t) for p, t in zip(said, truth, strict=True)])

    def width(pairs: int) -> float:
        low, high = intervals(counts[:pairs], range(pairs), draws=200)["brier"]
        assert low <= float(measures(counts[:pairs].sum(0))["brier"]) <= high
        return high - low

    assert width(400) < width(25)


def test_pairs_of_a_group_are_drawn_together():
    said, truth = planes(1, pairs=1, size=50)
    counts = np.repeat(count(said[0], truth[0])[None], 40, axis=0)
    apart = np.stack([count(p, t) for p, t in zip(*planes(2, pairs=40, size=50), strict=True)])
    alone, together = (
        intervals(apart, range(40)),
        intervals(apart, np.repeat(range(4), 10).tolist()),
    )
    assert alone["f1"] != together["f1"]
    low, high = intervals(counts, range(40))["f1"]
    assert low == high


def test_a_judge_is_no_better_than_itself_and_surely_better_than_chance():
    said, truth = planes(3, pairs=60)
    good = np.stack([count(p, t) for p, t in zip(said, truth, strict=True)])
    rng = np.random.default_rng(0)
    chance = np.stack([count(rng.uniform(size=t.shape), t) for t in truth])
    assert difference(good, good, range(60))["auroc"] == (0.0, 0.0, 0.0)
    by, low, high = difference(good, chance, range(60))["auroc"]
    assert 0 < low <= by <= high


def test_a_calibrated_judge_is_seen_as_one():
    rng = np.random.default_rng(0)
    said = rng.uniform(size=200_000)
    honest = count(said, rng.uniform(size=said.size) < said)
    boastful = count(np.sqrt(said), rng.uniform(size=said.size) < said)
    assert float(measures(honest)["ece"]) < 0.01 < float(measures(boastful)["ece"])
    assert all(abs(sure - true) < 0.02 for sure, true, _ in reliability(honest))
