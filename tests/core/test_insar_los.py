"""The line of sight and the sign and size of phase."""

from math import pi

import numpy as np
import pytest

from thalia_core.insar.los import (
    LineOfSight,
    cm_to_cycles,
    cycles_to_cm,
    displacement_of_phase,
    phase_of_displacement,
)


def test_vector_of_a_sentinel_frame() -> None:
    sight = LineOfSight.of(heading=-12.02, incidence=41.64)
    assert (sight.east, sight.north, sight.up) == pytest.approx((-0.650, -0.138, 0.747), abs=1e-3)


def test_a_descending_pass_looks_from_the_east() -> None:
    assert LineOfSight.of(-12, 39).east < 0 < LineOfSight.of(-168, 39).east


@pytest.mark.parametrize("heading", [-168.0, -12.0, 100.0])
def test_vector_has_length_one(heading: float) -> None:
    sight = LineOfSight.of(heading, 33.0)
    assert sight.east**2 + sight.north**2 + sight.up**2 == pytest.approx(1)


def test_uplift_lowers_the_phase_by_one_fringe_per_half_wavelength() -> None:
    up = LineOfSight.of(-12, 40).project(0.0, 0.0, 0.10)
    assert up > 0
    assert phase_of_displacement(up) < 0
    assert phase_of_displacement(0.02773288) == pytest.approx(-2 * pi, rel=1e-5)


def test_there_and_back() -> None:
    motion = np.linspace(-0.2, 0.2, 11)
    np.testing.assert_allclose(displacement_of_phase(phase_of_displacement(motion)), motion)
    np.testing.assert_allclose(cm_to_cycles(cycles_to_cm(motion)), motion)
    assert cycles_to_cm(1) == pytest.approx(2.773, abs=1e-3)
