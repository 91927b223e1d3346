"""A synthetic frame is consistent, repeatable, and its labels follow from its truth."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from thalia_core.cube.labels import Activity, ActivityPhase, Intensity, LabelState
from thalia_core.cube.schema import ERA5
from thalia_core.errors import ConfigError
from thalia_core.insar.fringes import intensity_of
from thalia_core.insar.wrap import wrap
from thalia_core.synth.chance import random_plan
from thalia_core.synth.events import Event
from thalia_core.synth.plan import ScenePlan, every_days
from thalia_core.synth.scene import Scene
from thalia_core.synth.sources import Mogi
from thalia_core.synth.terrain import Edifice
from thalia_core.synth.truth import find_instances, pair_truth

DAYS = every_days(date(2020, 1, 3), 6)


@pytest.fixture(scope="module")
def plan() -> ScenePlan:
    up = Event.of_fringes((0.4, 0.4), 3_000.0, 3.0, (DAYS[1], DAYS[3]), 39.0)
    down = Event.of_fringes((0.65, 0.7), 2_000.0, -1.4, (DAYS[3], DAYS[4]), 39.0)
    return ScenePlan(
        frame="031A_05140_101312",
        title="Test",
        seed=5,
        rows=260,
        cols=240,
        west=-28.0,
        north=38.6,
        dates=DAYS,
        events=(up, down),
        edifices=(Edifice(0.45, 0.5, 1_500, 9_000, 800),),
        sea_fraction=0.15,
    )


@pytest.fixture(scope="module")
def scene(plan: ScenePlan) -> Scene:
    return Scene(plan)


def test_pairs_are_the_nearest_dates_in_order(plan: ScenePlan) -> None:
    assert len(plan.pairs) == 3 * 6 - 6
    assert max(pair.days for pair in plan.pairs) == 36
    assert list(plan.pairs) == sorted(plan.pairs)


def test_planes_have_data_inside_a_slanted_outline_only(scene: Scene) -> None:
    phase, coherence = scene.measured(scene.plan.pairs[0])
    assert phase.shape == coherence.shape == (260, 240)
    assert phase.dtype == coherence.dtype == np.float32
    assert (np.isnan(phase) == ~scene.valid).all()
    assert (np.isnan(coherence) == ~scene.valid).all()
    assert 0.6 < scene.valid.mean() < 0.9
    first = [int(np.flatnonzero(row)[0]) for row in scene.valid if row.any()]
    assert len(set(first)) > 20
    inside = phase[scene.valid]
    assert (inside != 0).all()
    assert (np.abs(inside) <= np.float32(np.pi)).all()


def test_water_is_noise_and_land_is_fringes(scene: Scene) -> None:
    pair = scene.plan.pairs[0]
    phase, coherence = scene.measured(pair)
    sea = scene.valid & ~scene.terrain.land
    assert np.mean(coherence[sea]) == pytest.approx(8 / 255, rel=0.1)
    assert np.mean(coherence[scene.seen]) > 0.4
    error = wrap(phase - scene.noise_free_phase(pair))
    good = scene.seen & (coherence > 0.8)
    assert error[good].std() < 0.1
    assert error[sea].std() > 1.5


def test_terrain_has_a_volcano_over_the_sea(scene: Scene) -> None:
    height, land = scene.terrain.height, scene.terrain.land
    assert (height[~land] == 0).all()
    assert (height[land] > 0).all()
    assert land.mean() == pytest.approx(0.85, abs=0.01)
    assert height.max() > 1_000
    row, col = np.unravel_index(height.argmax(), height.shape)
    assert abs(row / 260 - 0.45) < 0.1
    assert abs(col / 240 - 0.5) < 0.1


def test_every_plane_is_repeatable_in_any_order(plan: ScenePlan, scene: Scene) -> None:
    other = Scene(plan)
    for pair in plan.pairs[::-4]:
        for ours, theirs in zip(scene.measured(pair), other.measured(pair), strict=True):
            np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(scene.era5(ERA5[0], DAYS[2]), other.era5(ERA5[0], DAYS[2]))
    changed = Scene(replace(plan, seed=6)).measured(plan.pairs[0])[0]
    assert not np.array_equal(changed, scene.measured(plan.pairs[0])[0], equal_nan=True)


def test_uplift_between_the_dates_lowers_the_phase(scene: Scene) -> None:
    calm, rising = scene.plan.pairs[0], scene.plan.pairs[4]
    assert (rising.primary, rising.secondary) == (DAYS[1], DAYS[3])
    assert all((phase == 0).all() for phase in scene.deformation(calm))
    up, down = scene.deformation(rising)
    assert up.min() / (2 * np.pi) == pytest.approx(-3.0, abs=0.3)
    assert (down == 0).all()


def test_truth_of_a_pair_with_uplift(scene: Scene) -> None:
    truth = pair_truth(scene, scene.plan.pairs[4])
    (instance,) = truth.instances
    assert instance.uplift
    assert instance.intensity == Intensity.MEDIUM
    phase = scene.deformation(scene.plan.pairs[4])[0]
    expected = (np.abs(phase) > 2 * np.pi / 3) & scene.seen
    for name, code in (
        ("deformation_mask", 1),
        ("activity_type_mask", Activity.MOGI),
        ("intensity_level_mask", Intensity.MEDIUM),
        ("instance_mask", 1),
    ):
        np.testing.assert_array_equal(truth.masks[name], expected * np.uint8(code))
    assert truth.label.phase == ActivityPhase.UNREST
    assert truth.label.label_state == LabelState.DONE
    caption = truth.label.caption or ""
    assert "A mogi-type deformation pattern of medium intensity can be detected" in caption


def test_truth_of_two_events_and_of_none(scene: Scene) -> None:
    both = pair_truth(scene, scene.plan.pairs[5])
    assert set(np.unique(both.masks["instance_mask"])) == {0, 1, 2}
    assert both.label.is_crowd == 1
    assert "Two deformation patterns" in (both.label.caption or "")
    sinking = pair_truth(scene, scene.plan.pairs[-3])
    assert sinking.label.phase == ActivityPhase.REBOUND
    calm = pair_truth(scene, scene.plan.pairs[0])
    assert not calm.instances
    assert not any(mask.any() for mask in calm.masks.values())
    assert calm.label.phase == ActivityPhase.REST
    assert "No deformation activity can be detected." in (calm.label.caption or "")


@pytest.mark.parametrize(
    ("fringes", "level"),
    [
        (0.4, Intensity.LOW),
        (1.4, Intensity.LOW),
        (1.6, Intensity.MEDIUM),
        (3.4, Intensity.MEDIUM),
        (3.6, Intensity.HIGH),
        (9.0, Intensity.HIGH),
    ],
)
def test_intensity_is_the_rounded_number_of_fringes(fringes: float, level: Intensity) -> None:
    assert intensity_of(fringes) == level


def test_the_mask_threshold_is_the_plans(scene: Scene) -> None:
    pair = scene.plan.pairs[4]
    wide, narrow = (
        find_instances(Scene(replace(scene.plan, mask_fringes=limit)), pair)[0].mask.sum()
        for limit in (0.25, 0.5)
    )
    assert wide > narrow


def test_an_event_works_at_a_constant_rate_between_its_dates() -> None:
    event = Event(0.5, 0.5, Mogi(3_000, 1e6), date(2020, 1, 1), date(2020, 1, 11))
    assert event.fraction(date(2019, 12, 31)) == 0
    assert event.fraction(date(2020, 1, 6)) == pytest.approx(0.5)
    assert event.fraction(date(2021, 1, 1)) == 1
    step = replace(event, end=event.onset)
    assert (step.fraction(event.onset), step.fraction(date(2020, 1, 2))) == (0, 1)


def test_a_random_plan_follows_from_its_seed() -> None:
    assert random_plan(seed=3, size=100) == random_plan(seed=3, size=100)
    assert random_plan(seed=3) != random_plan(seed=4)
    assert random_plan("124D_05291_081406").frame == "124D_05291_081406"
    assert not random_plan("124D_05291_081406").ascending


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"frame": "Etna"}, "frame identifier"),
        ({"size": 10}, "10 x 10"),
        ({"size": 100_000}, "size"),
        ({"dates": 1}, "dates"),
        ({"seed": -1}, "seed"),
    ],
)
def test_wrong_plans_are_refused_in_words(values: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        random_plan(**values)  # type: ignore[arg-type]
