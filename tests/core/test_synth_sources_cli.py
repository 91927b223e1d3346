"""``thalia synth cube``: sources by name, real heights, given days; what is wrong is told."""

import json
import shutil
from math import tau
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from thalia_core.cube.labels import Activity, ActivityPhase
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.insar.wrap import closure
from thalia_core.synth.chance import random_plan
from thalia_core.synth.events import fringes_of
from thalia_core.synth.fields import generator
from thalia_core.synth.kinds import KINDS, draw_source
from thalia_core.synth.learning import learning_plans
from thalia_core.synth.scene import Scene
from thalia_core.synth.truth import pair_truth

ACTIVITIES = {
    "mogi": Activity.MOGI,
    "sill": Activity.SILL,
    "dyke": Activity.DYKE,
    "earthquake": Activity.EARTHQUAKE,
    "penny": Activity.SILL,
    "spheroid": Activity.SPHEROID,
}


def step_plan(kind: str, fringes: float = 4, size: int = 160):
    text = f"{kind}:row=0.5,col=0.5,fringes={fringes},onset=1,end=2"
    return random_plan(seed=2, size=size, dates=4, sources=[text])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_moves_the_ground_as_asked(kind: str):
    plan = step_plan(kind)
    assert fringes_of(plan.events[0].source, plan.sight) == pytest.approx(4, rel=1e-3)
    scene, (a, b, c, _) = Scene(plan), plan.dates
    assert np.ptp(scene.deformation(DatePair(a, c))[0]) / tau == pytest.approx(4, rel=0.15)
    assert not scene.deformation(DatePair(a, b))[0].any()
    truth = pair_truth(scene, DatePair(b, c))
    (found,) = truth.instances
    assert found.activity == ACTIVITIES[kind]
    masked = truth.masks["activity_type_mask"]
    assert set(np.unique(masked)) == {0, found.activity}
    quake = kind == "earthquake"
    assert set(np.unique(truth.masks["deformation_mask"])) == {0, 2 if quake else 1}
    assert truth.masks["intensity_level_mask"].any() != quake
    assert truth.label.phase == (ActivityPhase.NONE if quake else ActivityPhase.UNREST)
    word = "earthquake" if quake else f"{found.activity.name.lower()}-type"
    assert word in (truth.label.caption or "")


def test_a_deflating_source_is_a_rebound():
    scene = Scene(step_plan("mogi", fringes=-3))
    truth = pair_truth(scene, DatePair(scene.plan.dates[0], scene.plan.dates[3]))
    assert truth.label.phase == ActivityPhase.REBOUND


@pytest.mark.parametrize("kind", KINDS)
def test_drawn_sources_are_sound_and_follow_from_the_seed(kind: str):
    for seed in range(20):
        source = draw_source(kind, generator(seed, "x"))
        assert source == draw_source(kind, generator(seed, "x"))
        up = source.displacement(np.zeros(1), np.zeros(1)).up
        assert np.isfinite(up).all()


def test_loops_close_with_sources_and_ramps():
    plan = random_plan(seed=3, size=96, dates=5, sources=["dyke", "sill", "earthquake"])
    scene = Scene(type(plan)(**{**_fields(plan), "ramp_fringes": 2.0}))
    a, b, c = plan.dates[0], plan.dates[2], plan.dates[4]
    loop = closure(*(scene.noise_free_phase(DatePair(*p)) for p in ((a, b), (b, c), (a, c))))
    assert np.abs(loop).max() < 1e-5
    assert scene.ramp(DatePair(a, b)) > 0.5


def _fields(plan):
    return {name: getattr(plan, name) for name in plan.__dataclass_fields__}


def test_the_verb_takes_sources_days_and_a_frame(tmp_path: Path, verb):
    out = tmp_path / "a.zarr"
    days = "20200101,20200113,20200131"
    words = ("--size", 96, "--dates", days, "--frame", "124D_05291_081406")
    sources = ("--sources", "dyke:fringes=3,onset=0,end=1", "penny")
    done = verb("synth", "cube", out, *words, *sources)
    assert done.returncode == 0, done.stderr
    cube = CubeStore.open(out)
    assert cube.frame == "124D_05291_081406"
    assert [f"{day:%Y%m%d}" for day in cube.dates()] == days.split(",")
    truth = json.loads((tmp_path / "a.thalia" / "truth.json").read_text())
    assert [one["source"]["type"] for one in truth["sources"]] == ["Okada", "PennyCrack"]
    assert truth["sources"][0]["onset"] == "2020-01-01"
    assert verb("synth", "cube", out, *words, *sources).stdout.endswith("made before (3 "
        "interferograms of 96 x 96 pixels, seed 0)\n")  # fmt: skip


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("dike", "no such source: 'dike'; did you mean 'dyke'?"),
        ("volcano9", "known are mogi, sill"),
        ("dyke:lenth=3", "no such value of a source: 'lenth=3'"),
        ("dyke:length=long", "not a number: 'length=long'"),
        ("mogi:fringes=2,volume_change=1e6", "give either fringes or volume_change"),
        ("mogi:onset=5,end=3", "onset and end count the dates from 0 to 8"),
        ("mogi:row=1.5", "row and col go from 0 to 1"),
        ("dyke:depth=100,width=900", "breaks the surface"),
    ],
)
def test_wrong_sources_are_told(tmp_path: Path, verb, source: str, told: str):
    done = verb("synth", "cube", tmp_path / "x.zarr", "--sources", source)
    assert done.returncode == 2
    assert told in done.stderr
    assert not list(tmp_path.iterdir())


def write_dem(path: Path, heights: np.ndarray, pixel: float = 0.0012, nodata=-32768) -> Path:
    rows, cols = heights.shape
    transform = from_origin(115.0, -8.0, pixel, pixel)
    with rasterio.open(path, "w", driver="GTiff", height=rows, width=cols, count=1, dtype="int16",
                       crs="EPSG:4326", transform=transform, nodata=nodata) as raster:  # fmt: skip
        raster.write(heights.astype(np.int16), 1)
    return path


def cone(shape=(180, 200), summit=(80, 120)) -> np.ndarray:
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    return np.maximum(1500 - 14 * np.hypot(rows - summit[0], cols - summit[1]), 0)


def test_real_heights_carry_the_frame(tmp_path: Path, verb):
    heights = cone()
    heights[20:23, 60:63] = -32768  # a small void
    dem = write_dem(tmp_path / "dem.tif", heights)
    out = tmp_path / "a.zarr"
    done = verb("synth", "cube", out, "--dem", dem, "--size", 200, "--dates", 3)
    assert done.returncode == 0, done.stderr
    cube = CubeStore.open(out)
    height = cube.read_plane("dem")
    row, col = np.unravel_index(int(height.argmax()), height.shape)
    lon, lat = cube.geometry.lonlat(row, col)
    assert (lon, lat) == pytest.approx((115 + 120.5 * 0.0012, -8 - 80.5 * 0.0012), abs=0.0011)
    assert height.max() == pytest.approx(1500, abs=15)
    land = cube.read_plane("land_mask")
    assert (height[land == 0] == 0).all()
    assert 0.3 < land.mean() < 1
    assert cube.frame[5:10] == f"{round((90 - cube.geometry.y0) * 100):05d}"
    # the same command again changes nothing; heights that changed meanwhile are noticed
    again = verb("synth", "cube", out, "--dem", dem, "--size", 200, "--dates", 3)
    assert "made before" in again.stdout


def test_heights_that_cannot_be_used_are_told(tmp_path: Path, verb):
    void = cone()
    void[40:120, 60:180] = -32768
    void[80, 30] = 1600
    text = tmp_path / "dem.txt"
    text.write_text("heights")
    metric = tmp_path / "metric.tif"
    grid = {"crs": "EPSG:32750", "transform": from_origin(0, 0, 30, 30)}
    with rasterio.open(metric, "w", "GTiff", 9, 9, 1, dtype="int16", **grid) as raster:
        raster.write(np.ones((9, 9), np.int16), 1)
    for dem, size, told in (
        (tmp_path / "no.tif", 64, "no such file of heights"),
        (write_dem(tmp_path / "void.tif", void), 128, "the heights have voids"),
        (write_dem(tmp_path / "small.tif", cone()), 400, "choose a size of at most 216"),
        (text, 64, "cannot read the heights"),
        (metric, 64, "warp them to EPSG:4326 first"),
    ):
        done = verb("synth", "cube", tmp_path / "x.zarr", "--dem", dem, "--size", size)
        assert done.returncode == 2
        assert told in done.stderr
    assert not (tmp_path / "x.zarr").exists()


def test_an_srtm_tile_is_read(shared_data: Path, tmp_path: Path, verb):
    tile = tmp_path / "S09E115.hgt"
    shutil.copy(shared_data / "data" / "srtm" / tile.name, tile)
    done = verb("synth", "cube", tmp_path / "a.zarr", "--dem", tile, "--size", 96, "--dates", 2)
    assert done.returncode == 0, done.stderr
    cube = CubeStore.open(tmp_path / "a.zarr")
    assert 2_900 < cube.read_plane("dem").max() < 3_150  # Agung, 3,031 m
    x, y = cube.geometry.lonlat(48, 48)
    assert (x, y) == pytest.approx((115.508, -8.343), abs=0.01)


def test_frames_to_learn_from_hold_all_that_is_asked_for():
    plans, held_out = learning_plans()
    assert len(plans) >= 12
    assert all(len(plan.pairs) >= 40 and plan.rows == plan.cols == 512 for plan in plans)
    assert len({plan.frame for plan in plans}) == len(plans)
    taught = [plan for plan in plans if plan.frame not in held_out]
    for group in (taught, [plan for plan in plans if plan.frame in held_out]):
        types = {event.activity for plan in group for event in plan.events}
        assert types == set(ACTIVITIES.values())
    bare = [plan for plan in plans if not plan.events]  # nothing but what misleads
    assert {plan.frame in held_out for plan in bare} == {True, False}
    assert len({(plan.stratification, plan.turbulence_m, plan.ramp_fringes) for plan in bare}) == 3
    fringes = [abs(fringes_of(event.source, plan.sight)) for plan in plans for event in plan.events]
    assert min(fringes) < 1.5 < 4 < max(fringes)
    assert {plan.ramp_fringes > 0 for plan in plans} == {True, False}
    assert max(plan.stratification for plan in plans) > 2
    assert max(plan.turbulence_m[1] for plan in plans) > 0.009
    spots = [(plan.west, plan.north) for plan in plans]
    assert len(set(spots)) == len(spots)
    assert learning_plans()[0] == plans
