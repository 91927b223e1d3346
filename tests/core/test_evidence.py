"""The evidence for a mask: fringes speak for it, air, ramps and noise do not."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from thalia_core.annotate import evidence
from thalia_core.annotate.shapes import Shape, disc
from thalia_core.insar.wrap import wrap

SIZE = (160, 160)
SHAPE = disc(80, 80, 30, SIZE)
ROWS, COLS = np.mgrid[: SIZE[0], : SIZE[1]]
LOBE = np.exp(-((np.hypot(ROWS - 80, COLS - 80) / 22) ** 2)) * 2 * np.pi


def weighed(phase, coherence=0.7, shape: Shape = SHAPE) -> float:
    window = evidence.window_for(shape, SIZE)
    planes = wrap(phase)[window.slices], np.full(window.shape, coherence)
    return evidence.score(shape, window, *planes)


def air(rng, size=20.0, rad=1.0):
    field = ndimage.gaussian_filter(rng.normal(size=SIZE), size)
    return field / field.std() * rad + rng.normal(0, 0.3, SIZE)


def test_more_fringes_are_more_evidence():
    rng = np.random.default_rng(0)
    scores = [weighed(n * LOBE + rng.normal(0, 0.3, SIZE)) for n in (0, 0.5, 1, 2, 4, 6)]
    assert scores == sorted(scores)
    assert scores[0] < 0.05
    assert scores[2] > 0.5
    assert scores[-1] > 0.9


def test_ramps_noise_and_low_coherence_are_no_evidence():
    rng = np.random.default_rng(1)
    assert weighed(0.3 * ROWS - 0.2 * COLS + rng.normal(0, 0.3, SIZE)) < 0.05
    assert weighed(rng.uniform(-np.pi, np.pi, SIZE)) < 0.1
    assert weighed(3 * LOBE, coherence=0.03) == 0
    assert weighed(np.full(SIZE, np.nan)) == 0


def test_half_a_lobe_in_the_sea_is_less_evidence():
    phase = np.where(COLS > 80, np.nan, 3 * LOBE)
    assert 0 < weighed(phase) < 0.75 * weighed(3 * LOBE)


def test_pairs_with_the_deformation_stand_before_those_without():
    rng = np.random.default_rng(2)
    without = [weighed(air(rng)) for _ in range(12)]
    having = [weighed(air(rng) + rng.uniform(1, 4) * LOBE) for _ in range(12)]
    area = np.mean([[one > other for other in without] for one in having])
    assert area > 0.95


def test_a_frame_without_coherence_is_weighed_by_phase_alone():
    window = evidence.window_for(SHAPE, SIZE)
    assert evidence.score(SHAPE, window, wrap(3 * LOBE)[window.slices], None) > 0.9


@settings(max_examples=15, deadline=None)
@given(shift=st.floats(-4, 4), slope=st.floats(-0.2, 0.2), fringes=st.floats(0, 4))
def test_what_is_added_everywhere_and_a_ramp_change_nothing(shift, slope, fringes):
    plain = weighed(fringes * LOBE)
    assert abs(weighed(fringes * LOBE + shift + slope * ROWS) - plain) < 0.02


@settings(max_examples=15, deadline=None)
@given(
    row=st.integers(0, 159), col=st.integers(0, 159), radius=st.floats(0.5, 90), seed=st.integers(0)
)
def test_it_is_a_share_wherever_the_mask_lies(row, col, radius, seed):
    shape = disc(row, col, radius, SIZE)
    rng = np.random.default_rng(seed % 2**32)
    assert 0 <= weighed(rng.uniform(-3, 3, SIZE) * rng.integers(0, 2), shape=shape) <= 1
