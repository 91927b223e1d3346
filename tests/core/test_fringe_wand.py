"""The fringe wand: a click on wrapped phase gives the lobe, and laws of the shapes it gives."""

from functools import cache
from math import tau

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thalia_core.annotate.wand import Lobe, prepare
from thalia_core.cube.schema import CM_PER_CYCLE
from thalia_core.errors import EditError
from thalia_core.insar.wrap import wrap

SIZE = 160
CLICK = (80, 80)
METRES = (100.0, 100.0)
ROWS, COLS = np.mgrid[:SIZE, :SIZE].astype(float)


def lobe_phase(fringes: float, width: float = 18.0, at: tuple[float, float] = CLICK) -> np.ndarray:
    """Unwrapped radians of a round lobe."""
    return tau * fringes * np.exp(-((ROWS - at[0]) ** 2 + (COLS - at[1]) ** 2) / (2 * width**2))


def seen(unwrapped: np.ndarray, noise: float = 0.2, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return wrap(unwrapped + noise * rng.standard_normal(unwrapped.shape)).astype(np.float32)


def take(phase: np.ndarray, **given: object) -> Lobe:
    click = given.pop("click", CLICK)
    return prepare(phase, given.pop("coherence", None), click, METRES, **given)  # type: ignore[arg-type]


@cache
def usual() -> Lobe:
    """Three fringes and a little noise."""
    return take(seen(lobe_phase(3)))


def plane_of(lobe: Lobe, threshold_cm: float | None = None) -> np.ndarray:
    plane = np.zeros((SIZE, SIZE), bool)
    shape = lobe.shape(threshold_cm)
    plane[shape.window.slices] = shape.mask
    return plane


def overlap(found: np.ndarray, truth: np.ndarray) -> float:
    return float((found & truth).sum() / (found | truth).sum())


@pytest.mark.parametrize("fringes", [1, 2, 4, 6])
def test_one_click_takes_the_lobe_whatever_its_fringes(fringes: float) -> None:
    motion = lobe_phase(fringes)
    lobe = take(seen(motion))
    assert overlap(plane_of(lobe, CM_PER_CYCLE / 2), motion >= tau / 2) > 0.9
    assert plane_of(lobe)[CLICK]
    assert not lobe.towards  # a rising phase is motion away from the satellite


def test_the_motion_may_be_taken_at_the_side_of_the_lobe() -> None:
    motion = lobe_phase(4)
    lobe = take(seen(motion), click=(80, 96))
    assert overlap(plane_of(lobe, CM_PER_CYCLE / 2), motion >= tau / 2) > 0.9


@settings(max_examples=8, deadline=None)
@given(
    st.floats(-30, 30),
    st.floats(-0.15, 0.15),
    st.floats(-0.15, 0.15),
)
def test_a_constant_and_a_plane_change_nothing(level: float, down: float, right: float) -> None:
    tilted = lobe_phase(3) + level + down * ROWS + right * COLS
    assert overlap(plane_of(take(seen(tilted))), plane_of(usual())) > 0.93


@settings(max_examples=4, deadline=None)
@given(st.floats(1, 5), st.integers(0, 100))
def test_the_other_sense_gives_the_same_shape(fringes: float, seed: int) -> None:
    phase = seen(lobe_phase(fringes), seed=seed)
    one, other = take(phase), take(-phase)
    assert one.towards != other.towards
    assert overlap(plane_of(one), plane_of(other)) > 0.97


@settings(max_examples=20, deadline=None)
@given(st.floats(0.1, 9), st.floats(0.1, 9))
def test_a_higher_threshold_takes_a_part_of_what_a_lower_one_takes(a: float, b: float) -> None:
    lobe = usual()
    inner, outer = plane_of(lobe, max(a, b)), plane_of(lobe, min(a, b))
    assert inner.any()
    assert not (inner & ~outer).any()


def test_heights_take_the_stratified_air_away() -> None:
    motion = lobe_phase(2, width=12)
    height = 900 * np.exp(-((ROWS - 80) ** 2 + (COLS - 60) ** 2) / (2 * 40**2))
    phase = seen(motion + 0.004 * height)
    lobe = take(phase, height=height)
    truth = motion >= tau / 3
    assert overlap(plane_of(lobe, CM_PER_CYCLE / 3), truth) > 0.85
    assert overlap(plane_of(take(phase), CM_PER_CYCLE / 3), truth) < 0.7


def test_noise_inside_the_lobe_is_filled_and_noise_around_it_is_left_out() -> None:
    motion = lobe_phase(3)
    rng = np.random.default_rng(5)
    noisy = np.hypot(ROWS - 80, COLS - 72) < 6
    noisy |= COLS > 104
    phase = np.where(noisy, rng.uniform(-np.pi, np.pi, motion.shape), seen(motion))
    coherence = np.where(noisy, 0.03, 0.8)
    found = plane_of(take(phase, coherence=coherence), CM_PER_CYCLE / 3)
    assert overlap(found & (COLS < 104), (motion >= tau / 3) & (COLS < 104)) > 0.9
    assert found[80, 72]
    assert not found[:, 110:].any()


def test_water_is_no_part_of_a_lobe_but_a_pinhole_is() -> None:
    motion = lobe_phase(3)
    phase = seen(motion)
    phase[:, 95:] = np.nan
    phase[80, 75] = np.nan
    found = plane_of(take(phase), CM_PER_CYCLE / 3)
    assert not found[:, 95:].any()
    assert found[80, 75]
    assert found[80, 94]


def test_it_does_not_leak_through_a_neck() -> None:
    other = (80.0, 134.0)
    motion = lobe_phase(2, 10) + lobe_phase(2, 10, other)
    bridge = (np.abs(ROWS - 80) < 2.5) & (COLS > 80) & (COLS < 134)
    motion = np.where(bridge, np.maximum(motion, 0.6 * tau), motion)
    found = plane_of(take(seen(motion, noise=0.05)), CM_PER_CYCLE / 2)
    assert found[80, 80]
    assert not found[70:90, 125:].any()


def test_the_window_grows_until_the_lobe_lies_within_it() -> None:
    motion = lobe_phase(5, width=20)
    lobe = take(seen(motion), window=64, largest=160)
    assert overlap(plane_of(lobe, CM_PER_CYCLE / 2), motion >= tau / 2) > 0.9


@pytest.mark.parametrize(
    ("phase", "why"),
    [
        (np.full((SIZE, SIZE), np.nan, np.float32), "only noise or no data"),
        (seen(np.zeros((SIZE, SIZE)), noise=0.6), "the ground around"),
        (seen(lobe_phase(2, width=1.5), noise=0.02), "too narrow"),
    ],
)
def test_where_there_is_nothing_it_says_why(phase: np.ndarray, why: str) -> None:
    with pytest.raises(EditError, match="no lobe was found") as refused:
        take(phase)
    assert why in str(refused.value)


def test_a_click_on_decorrelated_ground_far_from_clear_phase_is_refused() -> None:
    phase, coherence = seen(lobe_phase(3)), np.full((SIZE, SIZE), 0.9)
    coherence[np.hypot(ROWS - 80, COLS - 80) < 40] = 0.02
    with pytest.raises(EditError, match="noise or no data"):
        take(phase, coherence=coherence)
    near = coherence.copy()
    near[np.hypot(ROWS - 80, COLS - 80) >= 10] = 0.9
    assert plane_of(take(phase, coherence=near))[80, 80]


def test_a_signal_without_ground_around_is_kept_from_the_edges_of_the_window() -> None:
    lobe = take(seen(lobe_phase(4, width=60)), window=64, largest=64)
    inner = plane_of(lobe, lobe.lowest_cm)[48:112, 48:112]
    assert inner.any()
    assert not inner[[0, -1]].any()
    assert not inner[:, [0, -1]].any()
