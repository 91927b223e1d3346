"""The line of sight and the sign and size of phase."""

import json
from math import pi
from pathlib import Path

import numpy as np
import pytest
from support.cubes import small_cube

from thalia_core.cube.store import CubeAppender, CubeStore
from thalia_core.insar.los import (
    LineOfSight,
    SightPlanes,
    cm_to_cycles,
    cycles_to_cm,
    displacement_of_phase,
    phase_of_displacement,
    sight_of,
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


def with_attrs(cube: Path, **attrs: object) -> CubeStore:
    path = cube / ".zattrs"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **attrs}))
    return CubeStore.open(cube)


def add_planes(cube: Path, **parts: np.ndarray) -> CubeStore:
    with CubeAppender.start(cube, dates=[], layers=list(parts)) as appender:
        for name, plane in parts.items():
            appender.write(name, plane)
        appender.finish()
    return CubeStore.open(cube)


def parts() -> dict[str, np.ndarray]:
    incidence = np.radians(np.linspace(30, 45, 80)) + np.zeros((60, 1))
    east, north, up = -np.sin(incidence) * 0.978, -np.sin(incidence) * 0.208, np.cos(incidence)
    east[0] = north[0] = up[0] = np.nan
    return {"los_east": east, "los_north": north, "los_up": up}


def test_a_cube_with_rasters_has_a_sight_for_each_pixel(tmp_path: Path) -> None:
    cube = small_cube(tmp_path)
    with_attrs(cube, heading=-12, avg_incidence_angle=39)
    sight, told = sight_of(add_planes(cube, **parts()))
    assert isinstance(sight, SightPlanes)
    assert told == "from its rasters los_east, los_north and los_up"
    towards = sight.project(0.0, 0.0, 1.0)
    np.testing.assert_allclose(towards, parts()["los_up"], rtol=1e-6)
    assert np.isnan(towards[0]).all()


@pytest.mark.parametrize("rasters", [(), ("los_east", "los_up")])
def test_a_cube_without_them_has_one_sight_from_its_angles(tmp_path: Path, rasters) -> None:
    cube = small_cube(tmp_path)
    if rasters:
        add_planes(cube, **{name: parts()[name] for name in rasters})
    sight, told = sight_of(with_attrs(cube, heading=-12.02, avg_incidence_angle="41.64"))
    assert sight == LineOfSight.of(-12.02, 41.64)
    assert told == "one for the whole frame, from heading -12.02 and incidence 41.64"


@pytest.mark.parametrize(
    ("attrs", "absent"),
    [
        ({}, "heading and avg_incidence_angle"),
        ({"heading": -12}, "avg_incidence_angle"),
        ({"heading": "north", "avg_incidence_angle": 39}, "heading"),
        ({"heading": -12, "avg_incidence_angle": float("nan")}, "avg_incidence_angle"),
        ({"heading": -12, "avg_incidence_angle": [39]}, "avg_incidence_angle"),
    ],
)
def test_a_cube_without_either_says_what_it_lacks(tmp_path: Path, attrs, absent) -> None:
    sight, told = sight_of(with_attrs(small_cube(tmp_path), **attrs))
    assert sight is None
    assert told == f"it has no los_east, los_north, los_up and no (legible) {absent}"
