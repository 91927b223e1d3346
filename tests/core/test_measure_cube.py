"""Measuring in synthetic cubes whose truth is known, and through the verb."""

import csv
import io
import json
from dataclasses import replace
from math import tau
from pathlib import Path

import numpy as np
import pytest
from conftest import Thalia
from support.cubes import DAYS, FRAME, PAIRS, small_cube

from thalia_core.cube.geometry import Geometry, Window
from thalia_core.cube.labels import Intensity
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import ERA5
from thalia_core.cube.store import CubeStore, CubeWriter
from thalia_core.errors import ThaliaError
from thalia_core.insar.measure import patterns_of, profile_of, window_between
from thalia_core.insar.reference import ReferenceArea, keep_reference, kept_reference
from thalia_core.insar.series import series_of
from thalia_core.insar.triangle import closure_of, third_dates
from thalia_core.insar.wrap import wrap
from thalia_core.synth.chance import random_plan
from thalia_core.synth.events import Event
from thalia_core.synth.plan import ScenePlan
from thalia_core.synth.scene import Scene
from thalia_core.synth.writer import write_scene

SIZE, DATES = 200, 8


def make_plan() -> ScenePlan:
    """An inflating Mogi source in the middle of an upland, from the third date to the sixth."""
    plan = random_plan(seed=11, size=SIZE, dates=DATES)
    event = Event.of_fringes(
        (0.5, 0.5), 1800.0, 3.7, (plan.dates[2], plan.dates[5]), plan.incidence
    )
    return replace(
        plan,
        events=(event,),
        sea_fraction=0.0,
        turbulence_m=(0.0005, 0.001),
        stratification=0.2,
        outline=False,
    )


PLAN = make_plan()
SCENE = Scene(PLAN)
WHOLE = DatePair(PLAN.dates[2], PLAN.dates[5])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("measure") / f"{PLAN.frame}.zarr"
    assert write_scene(PLAN, path)
    return path


@pytest.fixture
def cube(made: Path) -> CubeStore:
    return CubeStore.open(made)


def place(row: float, col: float) -> tuple[float, float]:
    lon, lat = PLAN.geometry.lonlat(row, col)
    return round(lon, 6), round(lat, 6)


def words(*pixels: tuple[float, float]) -> str:
    return ", ".join(f"{lon:.6f} {lat:.6f}" for lon, lat in (place(*pixel) for pixel in pixels))


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_profile_of_a_noisy_pair_shows_the_source_in_centimetres(verb: Thalia, made: Path) -> None:
    done = verb("measure", "profile", made, WHOLE, "--line", words((100, 10), (100, 190)))
    assert done.returncode == 0, done.stderr
    rows = read(done.stdout)
    assert len(rows) == 181
    found = np.array([float(row["towards_cm"] or "nan") for row in rows])
    truth = 100 * SCENE.displacements[0][100, 10:191]
    difference = (found - found[0]) - (truth - truth[0])
    assert np.isfinite(found).mean() > 0.7  # plants have no coherence after 36 days
    assert np.ptp(truth) > 10
    assert np.sqrt(np.nanmean((difference - np.nanmean(difference)) ** 2)) < 0.25
    heights = np.array([float(row["height_m"]) for row in rows])
    np.testing.assert_allclose(heights, SCENE.terrain.height[100, 10:191], atol=0.5)
    assert float(rows[-1]["distance_m"]) == pytest.approx(180 * PLAN.spacing_m[1], rel=1e-3)
    assert (float(rows[0]["lon"]), float(rows[0]["lat"])) == pytest.approx(place(100, 10))


@pytest.mark.parametrize("pair", PLAN.pairs[3:15:2], ids=str)
def test_fringes_of_the_true_mask_are_those_of_the_truth(cube: CubeStore, pair: DatePair) -> None:
    (truth,) = json.loads(cube.read_label(pair).instances) or [None]
    if truth is None:
        with pytest.raises(ThaliaError, match="nothing is masked"):
            patterns_of(cube, pair)
        return
    (found,) = patterns_of(cube, pair)
    assert found.instance == 1
    assert found.count.fringes == pytest.approx(truth["fringes"], abs=0.3)
    assert found.count.towards_cm > 0


def test_fringes_by_the_verb(verb: Thalia, made: Path) -> None:
    done = verb("measure", "fringes", made, WHOLE, "--json")
    (count,) = json.loads(done.stdout)["counts"]
    assert (done.returncode, count["what"], count["whole"]) == (0, "pattern 1", 4)
    assert count["intensity"] == "High"
    line = verb("measure", "fringes", made, WHOLE, "--line", words((100, 10), (100, 100)))
    assert line.stdout.startswith("line: High")
    assert "rounded 4: 4 or more is High" in line.stdout


def test_fringes_without_instances_are_counted_part_by_part(
    cube: CubeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = cube.read_plane

    def without(name: str, *where: object) -> np.ndarray:
        found = plain(name, *where)
        return np.zeros_like(found) if name == "instance_mask" else found

    monkeypatch.setattr(cube, "read_plane", without)
    (largest, *_) = sorted(patterns_of(cube, WHOLE), key=lambda one: -one.window.area)
    assert largest.count.intensity == Intensity.HIGH


def test_phase_against_height_by_the_verb(verb: Thalia, tmp_path: Path) -> None:
    plan = replace(PLAN, events=(), stratification=6.0, dates=PLAN.dates[:3])
    path = tmp_path / f"{plan.frame}.zarr"
    write_scene(plan, path)
    pair = max(plan.pairs, key=lambda one: abs(Scene(plan).stratification(one)))
    done = verb("measure", "height", path, pair, "--json")
    told = json.loads(done.stdout)
    scene = Scene(plan)
    used = scene.measured(pair)[1] >= 0.1
    truth = np.polyfit(
        scene.terrain.height[used] / 1000,
        (scene._epoch(pair.secondary) - scene._epoch(pair.primary))[used],
        1,
    )[0]
    assert told["height"]["rad_per_unit"] == pytest.approx(truth, rel=0.05)
    assert told["height"]["r2"] > 0.8
    name = "total_column_water_vapour"
    water = scene.era5(name, pair.secondary) - scene.era5(name, pair.primary)
    unwrapped = scene._epoch(pair.secondary) - scene._epoch(pair.primary)
    pearson = np.corrcoef(water[used], unwrapped[used])[0, 1]
    assert abs(pearson) > 0.4
    assert told[name]["correlation"] == pytest.approx(pearson, abs=0.1)
    assert told["not_fitted"] == {}
    one_cell = ["--window", *map(str, (*place(101, 100), *place(90, 111)))]
    lone = json.loads(verb("measure", "height", path, pair, "--json", *one_cell).stdout)
    assert all(name in lone or name in lone["not_fitted"] for name in ERA5)
    text = verb("measure", "height", path, pair, "--npy", tmp_path / "flat.npy").stdout
    flat, clear = np.load(tmp_path / "flat.npy"), scene.measured(pair)[1] > 0.5
    assert flat[clear].std() < 0.6 * scene.measured(pair)[0][clear].std()
    assert "rad/km" in text
    assert "correlation with total column water vapour" in text


POINTS = [(100, 100), (100, 112), (60, 60)]
STILL = ReferenceArea(*place(20, 180), 800.0)


def true_series(points: list[tuple[int, int]]) -> np.ndarray:
    """Centimetres towards the satellite since the first date, (dates, points)."""
    (event,), (field,) = PLAN.events, SCENE.displacements
    at_rest = STILL.pixels(PLAN.geometry, Window.full(SIZE, SIZE))
    motion = np.array([np.median(field[r - 1 : r + 2, c - 1 : c + 2]) for r, c in points])
    share = np.array([event.fraction(day) for day in PLAN.dates])
    return 100 * share[:, None] * (motion - np.median(field[at_rest]))


def test_series_of_a_known_source_in_a_noisy_cube(cube: CubeStore) -> None:
    found = series_of(cube, [place(*p) for p in POINTS], STILL)
    truth = true_series(POINTS)
    assert found.dates == PLAN.dates
    assert np.abs(truth).max() > 10
    assert (found.network.part == 0).all()
    error = found.towards_cm - truth
    assert np.sqrt(np.mean(error**2)) < 0.35  # the air of each date is in it
    # without air the pairs agree to their noise
    assert (found.rms_cm < 0.15).all()
    assert (found.sigma_cm[1:] < 0.2).all()


def test_series_of_one_primary(cube: CubeStore) -> None:
    primary = PLAN.dates[2]
    pairs = [pair for pair in PLAN.pairs if pair.primary == primary]
    found = series_of(cube, [place(*POINTS[0])], STILL, pairs=pairs)
    assert found.dates == PLAN.dates[2:6]
    truth = true_series(POINTS)[2:6, 0]
    np.testing.assert_allclose(found.towards_cm[:, 0], truth - truth[0], atol=0.5)
    assert np.isnan(found.sigma_cm).all()


def test_series_by_the_verb_keeps_its_reference(verb: Thalia, made: Path, tmp_path: Path) -> None:
    at = ["--at", *map(str, place(*POINTS[0])), "--at", *map(str, place(*POINTS[2]))]
    area = ["--reference", STILL.lon, STILL.lat, STILL.radius_m]
    out = tmp_path / "series.csv"
    done = verb("measure", "series", made, *at, *area, "--keep-reference", "--csv", out)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("reference: 800 m around")
    assert len(done.stdout.splitlines()) == 3
    rows = read(out.read_text())
    assert [row["date"] for row in rows[:DATES]] == [day.isoformat() for day in PLAN.dates]
    last = float(rows[DATES - 1]["towards_cm"])
    assert last == pytest.approx(true_series(POINTS)[-1, 0], abs=0.6)
    again = verb("measure", "series", made, *at)
    assert again.stdout == out.read_text()
    told = json.loads(verb("measure", "series", made, *at, "--json").stdout)
    assert told["reference"] == [STILL.lon, STILL.lat, STILL.radius_m]
    assert len(told["series"]) == 2 * DATES
    assert kept_reference(CubeStore.open(made)) == STILL
    star = verb("measure", "series", made, *at, "--primary", f"{PLAN.dates[2]:%Y%m%d}")
    assert len(read(star.stdout)) == 2 * 4
    (made.with_name(f"{PLAN.frame}.thalia") / "reference.json").unlink()


def test_without_a_reference_the_ground_around_stands_still(cube: CubeStore) -> None:
    found = series_of(cube, [place(*POINTS[0])])
    assert found.reference is None
    assert found.towards_cm[-1, 0] == pytest.approx(true_series(POINTS)[-1, 0], abs=1.5)


def test_a_reference_survives_and_a_damaged_one_is_told(tmp_path: Path) -> None:
    cube = CubeStore.open(small_cube(tmp_path))
    assert kept_reference(cube) is None
    keep_reference(cube, ReferenceArea(-91.55, -0.33, 500))
    assert kept_reference(CubeStore.open(cube.path)) == ReferenceArea(-91.55, -0.33, 500)
    (cube.sidecar / "reference.json").write_text("{")
    with pytest.raises(ThaliaError, match="illegible"):
        kept_reference(cube)


def test_closure_of_a_triangle_is_its_noise(cube: CubeStore, verb: Thalia, made: Path) -> None:
    day = PLAN.dates[3]
    assert day in third_dates(cube.pairs, WHOLE)
    found = closure_of(cube, WHOLE, day)
    first, last = DatePair(WHOLE.primary, day), DatePair(day, WHOLE.secondary)
    by_hand = sum(cube.read_plane("insar_difference", pair) for pair in (first, last))
    by_hand = by_hand - cube.read_plane("insar_difference", WHOLE)
    difference = np.exp(1j * found.plane) - np.exp(1j * by_hand)
    assert np.nanmax(np.abs(difference)) < 1e-5
    clear = cube.read_plane("insar_coherence", WHOLE) > 0.6
    assert np.sqrt(np.nanmean(found.plane[clear] ** 2)) < 0.4
    short = closure_of(cube, first, WHOLE.secondary)  # the same triangle by another side
    np.testing.assert_array_equal(short.plane, found.plane)
    told = json.loads(verb("measure", "closure", made, WHOLE, f"{day:%Y%m%d}", "--json").stdout)
    assert told["rms_rad"] == pytest.approx(found.rms, abs=1e-4)
    assert told["covered"] == pytest.approx(found.covered, abs=1e-4)


def test_a_pair_written_backwards_closes_as_well(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    epochs = dict(zip(DAYS, rng.uniform(-3, 3, (len(DAYS), 20, 20)), strict=True))
    pairs = [DatePair(DAYS[1], DAYS[0]), DatePair(DAYS[1], DAYS[2]), DatePair(DAYS[0], DAYS[2])]
    writer = CubeWriter.start(
        tmp_path / "frame.zarr",
        frame=FRAME,
        geometry=Geometry(20, 20, 10, 10, 0.001, -0.001),
        dates=DAYS,
        layers=["insar_difference"],
    )
    for pair in pairs:
        writer.write("insar_difference", wrap(epochs[pair.secondary] - epochs[pair.primary]),
                     pair=pair)  # fmt: skip
    found = closure_of(CubeStore.open(writer.finish()), pairs[0])
    assert found.dates == tuple(DAYS[:3])
    assert found.rms < 1e-5
    assert found.covered == 1


def test_a_series_takes_the_phase_that_others_unwrapped(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    truth = np.cumsum(rng.normal(0, 20, (4, 1, 1)), axis=0) * np.linspace(0, 1, 30)[None, None, :]
    writer = CubeWriter.start(
        tmp_path / "frame.zarr",
        frame=FRAME,
        geometry=Geometry(30, 30, 10, 10, 0.001, -0.001),
        dates=DAYS,
        layers=["insar_difference", "unwrapped_phase"],
    )
    for pair in PAIRS:
        first, second = (truth[DAYS.index(day)] for day in (pair.primary, pair.secondary))
        plane = np.broadcast_to(second - first, (30, 30)) + 4.0
        writer.write("unwrapped_phase", plane, pair=pair)
        writer.write("insar_difference", rng.uniform(-3, 3, (30, 30)), pair=pair)
    cube = CubeStore.open(writer.finish())
    lon, lat = cube.geometry.lonlat(15, 28)
    found = series_of(cube, [(lon, lat)], ReferenceArea(*cube.geometry.lonlat(15, 0), 50.0))
    expected = (truth[:, 0, 28] - truth[0, 0, 28]) * -100 * 0.05546576 / (4 * np.pi)
    np.testing.assert_allclose(found.towards_cm[:, 0], expected, atol=1e-4)


def test_closure_is_written_as_a_plane(verb: Thalia, made: Path, tmp_path: Path) -> None:
    corner, other = place(90, 20), place(51, 69)
    window = ["--window", corner[0], corner[1], other[0], other[1]]
    done = verb("measure", "closure", made, WHOLE, *window, "--npy", tmp_path / "loop.npy")
    assert done.returncode == 0, done.stderr
    assert np.load(tmp_path / "loop.npy").shape == (40, 50)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (["profile", "20000101_20000113", "--line", "0 0, 1 1"], "no such interferogram"),
        (["profile", "yesterday", "--line", "0 0, 1 1"], "not a date pair"),
        (["profile", PAIRS[0], "--line", "0 0, 1 1"], "outside the frame"),
        (["profile", PAIRS[0], "--line", "-91.6 -0.3, -91.55 -0.3"], "no data along the line"),
        (["profile", PAIRS[0], "--line", "-91.6 -0.3, -91.6 -0.3"], "not a line"),
        (["fringes", PAIRS[0]], "nothing is masked"),
        (["closure", PAIRS[0]], "no triangle"),
        (["closure", PAIRS[0], "20240211"], "no triangle"),
        (["height", PAIRS[0], "--window", "-10", "0", "-9", "1"], "window lies outside"),
    ],
)
def test_what_cannot_be_measured_says_why(verb: Thalia, tmp_path: Path, what, said: str) -> None:
    kind, *rest = what
    done = verb("measure", kind, small_cube(tmp_path), *rest)
    assert done.returncode == 2
    assert said in done.stderr


def test_series_that_cannot_be_measured_say_why(verb: Thalia, tmp_path: Path) -> None:
    cube = small_cube(tmp_path)
    at = ["--at", "-91.56", "-0.33"]
    for rest, said in (
        (["--at", "10", "50"], "outside the frame"),
        ([*at, "--reference", "-91.56", "-0.33", "0"], "not a reference area"),
        ([*at, "--reference", "0", "0", "100"], "outside the frame"),
        ([*at, "--keep-reference"], "which reference area"),
        ([*at, "--primary", "20200101"], "no pair has this primary"),
        (["--at", "-91.6", "-0.3"], "no pair has data"),
    ):
        done = verb("measure", "series", cube, *rest)
        assert done.returncode == 2, rest
        assert said in done.stderr


@pytest.mark.parametrize("line", ["1 2", "1 2, 3", "a b, c d", "nan 0, 1 1"])
def test_a_line_that_is_none_is_refused_with_an_example(verb: Thalia, tmp_path: Path, line) -> None:
    with pytest.raises(SystemExit):
        verb("measure", "profile", tmp_path, PAIRS[0], "--line", line)


def test_window_and_profile_count_in_the_frame(cube: CubeStore) -> None:
    window = window_between(cube, (place(30, 40), place(59, 79)))
    assert (window.row0, window.row1, window.col0, window.col1) == (30, 60, 40, 80)
    found = profile_of(cube, WHOLE, [place(150, 150), place(150, 160)])
    np.testing.assert_allclose(found.cols, np.arange(150, 161), atol=1e-3)
    turns = found.unwrapped_phase - found.wrapped_phase
    np.testing.assert_allclose(turns / tau, np.round(turns / tau), atol=1e-6)


class TestGalapagos:
    """The real frame: 7 pairs in 2024, Fernandina erupts on 2 March; no heights."""

    LINE = "-91.62 -0.37, -91.50 -0.37"

    def test_profile_and_fringes(self, verb: Thalia, galapagos_cube: Path) -> None:
        pair = CubeStore.open(galapagos_cube).pairs[0]
        done = verb("measure", "profile", galapagos_cube, pair, "--line", self.LINE, "--json")
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert len(told["distance_m"]) == 121
        assert told["distance_m"][-1] == pytest.approx(120 * 111.32, rel=0.01)
        assert set(told["height_m"]) == {None}
        assert sum(value is not None for value in told["towards_cm"]) > 60
        counted = verb("measure", "fringes", galapagos_cube, pair, "--line", self.LINE)
        assert counted.returncode == 0
        assert (
            "is Low" in counted.stdout or "is Medium" in counted.stdout or "High" in counted.stdout
        )

    def test_there_are_no_heights(self, verb: Thalia, galapagos_cube: Path) -> None:
        pair = CubeStore.open(galapagos_cube).pairs[0]
        done = verb("measure", "height", galapagos_cube, pair)
        assert done.returncode == 2
        assert "no heights" in done.stderr

    def test_the_eruption_shows_in_the_series(self, verb: Thalia, galapagos_cube: Path) -> None:
        at, still = ["--at", -91.55, -0.37], ["--reference", -91.4, -0.4, 1000]
        done = verb("measure", "series", galapagos_cube, *at, *still)
        assert done.returncode == 0, done.stderr
        rows = read(done.stdout)
        assert [row["date"] for row in rows][-2:] == ["2024-02-23", "2024-03-06"]
        motion = np.array([float(row["towards_cm"]) for row in rows])
        assert motion[-1] - motion[:-1].mean() < -5
        assert np.ptp(motion[:-1]) < 3
