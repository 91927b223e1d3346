"""A quick fit finds the source of a synthetic pattern again."""

from dataclasses import replace
from math import tau
from pathlib import Path

import numpy as np
import pytest

from thalia_core.cube.store import CubeStore
from thalia_core.errors import ThaliaError
from thalia_core.insar.los import phase_of_displacement
from thalia_core.insar.wrap import wrap
from thalia_core.synth.chance import random_plan
from thalia_core.synth.plan import ScenePlan
from thalia_core.synth.scene import Scene
from thalia_core.synth.source_fit import fit_source, minus_source_of, source_fit_of
from thalia_core.synth.sources import Mogi, Okada
from thalia_core.synth.writer import write_scene


def calm_plan(source: str, dates: int = 2) -> ScenePlan:
    plan = random_plan(seed=3, size=160, dates=dates, sources=[source])
    return replace(
        plan, sea_fraction=0.0, outline=False, turbulence_m=(0.0002, 0.0004), stratification=0.05
    )


@pytest.mark.parametrize("volume", [4e6, -4e6])
def test_a_point_source_is_found_exactly_without_noise(volume: float) -> None:
    sight = calm_plan("mogi").sight
    rng = np.random.default_rng(0)
    east, north = rng.uniform(-9e3, 9e3, (2, 700))
    motion = Mogi(2_600.0, volume).displacement(east - 800, north + 500)
    phase = np.asarray(phase_of_displacement(sight.project(*motion)), np.float64) + 1.3
    source, x, y, offset = fit_source(phase, east, north, sight, "mogi")
    assert (x, y, offset) == pytest.approx((800, -500, 1.3), rel=1e-2)
    assert isinstance(source, Mogi)
    assert (source.depth, source.volume_change) == pytest.approx((2_600.0, volume), rel=1e-2)


def test_an_opening_rectangle_is_found_without_noise() -> None:
    sight = calm_plan("mogi").sight
    rng = np.random.default_rng(1)
    east, north = rng.uniform(-9e3, 9e3, (2, 900))
    true = Okada(2_500.0, 5_000.0, 2_000.0, 40.0, 85.0, opening=0.8)
    motion = true.displacement(east, north)
    phase = np.asarray(phase_of_displacement(sight.project(*motion)), np.float64)
    source, x, y, _ = fit_source(phase, east, north, sight, "okada")
    assert isinstance(source, Okada)
    assert np.hypot(x, y) < 400
    assert source.volume_change == pytest.approx(true.volume_change, rel=0.2)
    assert abs((source.strike - 40 + 90) % 180 - 90) < 10


def test_the_source_of_a_cube_is_found_and_taken_off(tmp_path: Path) -> None:
    plan = calm_plan("mogi:fringes=3,depth=2500,onset=0,end=1")
    cube_path = tmp_path / f"{plan.frame}.zarr"
    assert write_scene(plan, cube_path)
    cube, (pair,), (event,) = CubeStore.open(cube_path), plan.pairs, plan.events
    fit = source_fit_of(cube, pair, "mogi")
    assert isinstance(fit.source, Mogi)
    assert fit.source.depth == pytest.approx(event.source.depth, rel=0.15)
    assert fit.source.volume_change == pytest.approx(event.source.volume_change, rel=0.3)
    assert np.hypot(fit.row - event.row * plan.rows, fit.col - event.col * plan.cols) < 4
    assert fit.explained > 0.95
    left = minus_source_of(cube, pair, fit)
    air = wrap(Scene(plan).noise_free_phase(pair) - Scene(plan).deformation(pair)[0])
    seen = cube.read_plane("insar_coherence", pair) > 0.5
    off = wrap(left - air)[seen & np.isfinite(left)]
    assert np.sqrt(np.mean(wrap(off - np.angle(np.mean(np.exp(1j * off)))) ** 2)) < tau / 10


def test_a_pair_without_masks_is_refused(tmp_path: Path) -> None:
    plan = calm_plan("mogi:fringes=3,onset=1,end=2", dates=3)
    cube_path = tmp_path / f"{plan.frame}.zarr"
    assert write_scene(plan, cube_path)
    cube = CubeStore.open(cube_path)
    with pytest.raises(ThaliaError, match="nothing is masked"):
        source_fit_of(cube, plan.pairs[0], "mogi")
