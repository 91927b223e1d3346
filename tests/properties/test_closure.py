"""Law: around any three dates the noise-free interferograms of a scene close."""

from functools import lru_cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from thalia_core.cube.pairs import DatePair
from thalia_core.insar.wrap import closure, wrap
from thalia_core.synth.chance import random_plan
from thalia_core.synth.scene import Scene

DATES = 7


@lru_cache
def scene(seed: int) -> Scene:
    return Scene(random_plan(seed=seed, size=72, dates=DATES))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 3),
    dates=st.lists(st.integers(0, DATES - 1), min_size=3, max_size=3, unique=True).map(sorted),
)
def test_three_interferograms_close_before_noise(seed: int, dates: list[int]) -> None:
    a, b, c = (scene(seed).plan.dates[i] for i in dates)
    loop = closure(*(
        scene(seed).noise_free_phase(DatePair(*pair)) for pair in ((a, b), (b, c), (a, c))
    ))  # fmt: skip
    assert np.abs(loop).max() < 1e-5


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 3), dates=st.tuples(st.integers(0, DATES - 1), st.integers(0, DATES - 1))
)
def test_a_pair_read_backwards_has_the_opposite_phase(seed: int, dates: tuple[int, int]) -> None:
    first, second = (scene(seed).plan.dates[i] for i in dates)
    forth = scene(seed).noise_free_phase(DatePair(first, second))
    back = scene(seed).noise_free_phase(DatePair(second, first))
    assert np.abs(wrap(forth + back)).max() < 1e-5


@settings(max_examples=100, deadline=None)
@given(
    angle=st.floats(-1e4, 1e4),
    turns=st.integers(-100, 100),
)
def test_whole_turns_do_not_change_an_angle(angle: float, turns: int) -> None:
    wrapped = float(wrap(angle))
    assert -np.pi < wrapped <= np.pi
    assert abs(float(wrap(wrap(angle + turns * 2 * np.pi) - wrapped))) < 1e-9
