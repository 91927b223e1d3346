"""The Mogi source against the values of the paper's formula."""

import numpy as np
import pytest

from thalia_core.synth.sources import Mogi

SOURCE = Mogi(depth=4_000.0, volume_change=1e6)


def test_uplift_above_the_source_and_at_one_depth() -> None:
    up = SOURCE.displacement(np.array([0.0, 4_000.0]), 0.0).up
    np.testing.assert_allclose(up, [0.014921, 0.005275], atol=1e-6)


def test_horizontal_motion_is_outward_and_peaks_at_depth_over_root_two() -> None:
    radius = np.arange(0.0, 12_000.0, 10.0)
    outward = SOURCE.displacement(radius, 0.0).east
    assert radius[outward.argmax()] == pytest.approx(4_000 / np.sqrt(2), abs=10)
    assert (outward >= 0).all()


def test_the_field_is_radial() -> None:
    motion = SOURCE.displacement(3_000.0, -4_000.0)
    assert motion.north / motion.east == pytest.approx(-4 / 3)
    along = SOURCE.displacement(5_000.0, 0.0)
    assert np.hypot(motion.east, motion.north) == pytest.approx(along.east)
    assert motion.up == pytest.approx(along.up)


def test_deflation_is_the_opposite() -> None:
    down = Mogi(4_000.0, -1e6).displacement(1_000.0, 0.0)
    up = SOURCE.displacement(1_000.0, 0.0)
    assert (down.east, down.up) == (-up.east, -up.up)
