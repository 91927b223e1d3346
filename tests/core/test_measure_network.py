"""Least squares over a network of pairs, against series that are known."""

from datetime import date, timedelta
from math import tau

import numpy as np
import pytest

from thalia_core.cube.pairs import DatePair
from thalia_core.insar.network import invert, of_primary

DAYS = [date(2020, 1, 3) + timedelta(days=12 * n) for n in range(12)]
PAIRS = [DatePair(DAYS[i], DAYS[j]) for i in range(12) for j in range(i + 1, min(i + 4, 12))]


def differences(series: np.ndarray, pairs: list[DatePair] = PAIRS) -> np.ndarray:
    return np.array(
        [series[DAYS.index(p.secondary)] - series[DAYS.index(p.primary)] for p in pairs]
    )


def walk(seed: int = 0, points: int = 3) -> np.ndarray:
    return np.cumsum(np.random.default_rng(seed).normal(0, 2, (12, points)), axis=0)


def test_consistent_pairs_give_the_series_exactly() -> None:
    found = invert(PAIRS, differences(walk()))
    np.testing.assert_allclose(found.values, walk() - walk()[0], atol=1e-9)
    assert found.dates == tuple(DAYS)
    assert (found.part == 0).all()
    assert (found.spare == len(PAIRS) - 11).all()
    np.testing.assert_allclose(found.rms, 0, atol=1e-9)


def test_the_standard_error_is_that_of_many_draws() -> None:
    rng = np.random.default_rng(1)
    noisy = differences(walk(points=400) * 0) + rng.normal(0, 0.5, (len(PAIRS), 400))
    found = invert(PAIRS, noisy)
    np.testing.assert_allclose(
        found.values.std(axis=1)[1:], np.sqrt((found.sigma**2).mean(axis=1))[1:], rtol=0.12
    )
    assert (found.sigma[0] == 0).all()


def test_parts_that_no_pair_joins_are_apart() -> None:
    kept = [p for p in PAIRS if (p.primary < DAYS[5]) == (p.secondary < DAYS[5])]
    found = invert(kept, differences(walk(), kept))
    assert found.part[:, 0].tolist() == [0] * 5 + [1] * 7
    np.testing.assert_allclose(found.values[:5], walk()[:5] - walk()[0], atol=1e-9)
    np.testing.assert_allclose(found.values[5:], walk()[5:] - walk()[5], atol=1e-9)


def test_a_point_that_pairs_lack_goes_its_own_way() -> None:
    values = differences(walk())
    lost = [DAYS[4] in (p.primary, p.secondary) for p in PAIRS]
    values[lost, 1] = np.nan
    values[:, 2] = np.nan
    found = invert(PAIRS, values)
    assert np.isnan(found.values[4, 1])
    assert found.part[4, 1] == -1
    keep = [n for n in range(12) if n != 4]
    np.testing.assert_allclose(found.values[keep, 1], (walk() - walk()[0])[keep, 1], atol=1e-9)
    assert np.isnan(found.values[:, 2]).all()
    assert np.isnan(found.rms[2])
    np.testing.assert_allclose(found.values[:, 0], (walk() - walk()[0])[:, 0], atol=1e-9)


def test_errors_of_whole_turns_are_found_by_the_loops() -> None:
    rng = np.random.default_rng(4)
    values = differences(walk(points=1)) + rng.normal(0, 0.1, (len(PAIRS), 1))
    wrong = {3: 1, 11: -2, 20: 1}
    for index, turns in wrong.items():
        values[index] += turns * tau
    bent = invert(PAIRS, values)
    found = invert(PAIRS, values, turn=tau)
    assert {int(i): int(found.turns[i, 0]) for i in np.flatnonzero(found.turns[:, 0])} == wrong
    assert np.abs(found.values - walk(points=1) + walk(points=1)[0]).max() < 0.4
    assert bent.rms[0] > 10 * found.rms[0]


def test_pairs_of_one_primary_are_taken_as_they_are() -> None:
    star = [PAIRS[i] for i in of_primary(PAIRS, DAYS[2])]
    found = invert(star, differences(walk(), star), turn=tau)
    assert found.dates == tuple(DAYS[2:6])
    np.testing.assert_allclose(found.values, walk()[2:6] - walk()[2], atol=1e-9)
    assert np.isnan(found.sigma).all()
    assert np.isnan(found.rms).all()


def test_a_pair_written_backwards_counts_backwards() -> None:
    found = invert([DatePair(DAYS[1], DAYS[0])], [2.5])
    assert found.values[:, 0].tolist() == [0.0, -2.5]


def test_weights_decide_between_pairs_that_disagree() -> None:
    loop = [DatePair(DAYS[0], DAYS[1]), DatePair(DAYS[1], DAYS[2]), DatePair(DAYS[0], DAYS[2])]
    found = invert(loop, [1.0, 1.0, 5.0], weight=[1e6, 1e6, 1e-6])
    assert found.values[2, 0] == pytest.approx(2.0, abs=1e-3)


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="pairs"):
        invert(PAIRS, [1.0])
