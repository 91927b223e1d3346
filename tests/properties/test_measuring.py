"""Laws of measuring: unwrapping, profiles, slopes and networks give back what was put in."""

from datetime import date, timedelta
from math import pi, tau

import numpy as np
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from thalia_core.cube.pairs import DatePair
from thalia_core.insar.fringes import fringes_along
from thalia_core.insar.height import fit_phase, minus_fit
from thalia_core.insar.network import invert
from thalia_core.insar.profile import positions, profile
from thalia_core.insar.unwrapping import unwrap
from thalia_core.insar.wrap import wrap

SIZE = 32
SEEDS = st.integers(0, 2**32 - 1)


def surface(seed: int, steep: float) -> np.ndarray:
    """A smooth surface whose steepest step between neighbours is given, radians."""
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[:SIZE, :SIZE] / SIZE
    waves = sum(
        rng.normal() * np.sin(tau * (rng.uniform(0, 2) * rows + rng.uniform(0, 2) * cols) + phase)
        for phase in rng.uniform(0, tau, 4)
    )
    slope = max(np.abs(np.diff(waves, axis=axis)).max() for axis in (0, 1))
    return waves / slope * steep


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, steep=st.floats(0.01, 2.0), share=st.floats(0, 0.3))
def test_unwrapping_gives_back_a_surface_around_holes(
    seed: int, steep: float, share: float
) -> None:
    truth = surface(seed, steep)
    wrapped = wrap(truth)
    wrapped[np.random.default_rng(seed).random(truth.shape) < share] = np.nan
    found = unwrap(wrapped)
    reached = np.isfinite(found)
    assert not reached[np.isnan(wrapped)].any()
    assert reached.sum() > 0.5 * np.isfinite(wrapped).sum()
    assert np.ptp((found - truth)[reached]) < 1e-9


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, threshold=st.floats(0, 1))
def test_unwrapped_noise_wraps_to_what_was_measured(seed: int, threshold: float) -> None:
    rng = np.random.default_rng(seed)
    wrapped, coherence = rng.uniform(-pi, pi, (12, 17)), rng.random((12, 17))
    found = unwrap(wrapped, coherence, min_coherence=threshold)
    reached = np.isfinite(found)
    assert np.abs(wrap(found - wrapped)[reached]).max(initial=0) < 1e-9
    assert not reached[coherence < threshold].any()
    assert reached.any() == (coherence >= threshold).any()


POINT = st.tuples(st.floats(0, SIZE - 1), st.floats(0, SIZE - 1))


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, line=st.lists(POINT, min_size=2, max_size=5), turn=st.floats(-10, 10))
@example(seed=0, line=[(0.0, 2.0), (0.0, 1e-238), (0.0, 0.0)], turn=0.0)
@example(seed=0, line=[(0.0, 2.0), (0.0, 9e-7), (0.0, 0.0)], turn=0.0)
def test_a_constant_changes_no_count_and_no_centimetre(
    seed: int, line: list[tuple[float, float]], turn: float
) -> None:
    assume(np.ptp(np.array(line), axis=0).max() > 1)
    truth = surface(seed, 0.8)
    first = profile(line, wrap(truth), (100.0, 90.0))
    second = profile(line, wrap(truth + turn), (100.0, 90.0))
    np.testing.assert_allclose(first.towards_cm, second.towards_cm, atol=1e-6)
    backwards = profile(line[::-1], wrap(truth), (100.0, 90.0))
    counts = [fringes_along(found).fringes for found in (first, second, backwards)]
    np.testing.assert_allclose(counts, counts[0], atol=0.02)
    rows, cols = positions(line)
    assert np.hypot(np.diff(rows), np.diff(cols)).max() <= 1 + 1e-6
    assert (np.diff(first.distance_m) > 0).all()


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, fringes=st.floats(-7, 7), intercept=st.floats(-pi, pi))
def test_a_line_through_wrapped_phase_is_found_and_taken_off(
    seed: int, fringes: float, intercept: float
) -> None:
    rng = np.random.default_rng(seed)
    height = rng.uniform(0.2, 0.2 + rng.uniform(0.5, 3), (40, 40))
    slope = fringes * tau / float(np.ptp(height))
    phase = wrap(slope * height + intercept + rng.normal(0, 0.3, height.shape))
    fit = fit_phase(phase, height)
    assert abs(fit.slope - slope) * np.ptp(height) < 0.15
    assert np.std(minus_fit(phase, fit, height)) < 0.35
    assert 0 <= fit.r2 <= 1


DAYS = [date(2020, 1, 3) + timedelta(days=12 * n) for n in range(8)]
NETWORK = st.sets(
    st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda p: p[0] < p[1]),
    min_size=1,
    max_size=20,
).map(sorted)


@settings(max_examples=80, deadline=None)
@given(seed=SEEDS, network=NETWORK)
def test_any_network_gives_back_differences_within_its_parts(
    seed: int, network: list[tuple[int, int]]
) -> None:
    truth = np.random.default_rng(seed).normal(0, 5, 8)
    pairs = [DatePair(DAYS[i], DAYS[j]) for i, j in network]
    found = invert(pairs, [truth[j] - truth[i] for i, j in network], turn=tau)
    days = [DAYS.index(day) for day in found.dates]
    for part in np.unique(found.part):
        inside = np.flatnonzero(found.part[:, 0] == part)
        expected = truth[days][inside] - truth[days][inside[0]]
        np.testing.assert_allclose(found.values[inside, 0], expected, atol=1e-6)
    assert not found.turns.any()
    parts = len(np.unique(found.part))
    assert found.spare[0] == len(pairs) - (len(days) - parts)
    joined = {frozenset((found.part[days.index(i), 0], found.part[days.index(j), 0]))
              for i, j in network}  # fmt: skip
    assert all(len(parts) == 1 for parts in joined)
