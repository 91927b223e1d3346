"""The twin of the real archive: real annotations over pixels that agree with them."""

import json
from math import tau
from pathlib import Path

import numpy as np
import pytest
from support.twin import FRAMES, SIZE, box, samples, write_sources

from thalia_core.build.annotations.index import read_index
from thalia_core.build.annotations.records import parse_sample, read_samples
from thalia_core.cube.labels import Activity, Intensity
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.errors import BuildError
from thalia_core.insar.fringes import intensity_of
from thalia_core.insar.los import LineOfSight, phase_of_displacement
from thalia_core.synth.fields import generator
from thalia_core.synth.fitting import EDGE_FRINGES, fit
from thalia_core.synth.twin import best_window, twin_frames
from thalia_core.synth.twin_subject import TwinSubject

SIGHT = LineOfSight.of(-12, 39)
SPACING = (370.0, 360.0)


@pytest.fixture(scope="module")
def sources(tmp_path_factory) -> tuple[Path, Path]:
    return write_sources(tmp_path_factory.mktemp("sources"))


@pytest.fixture(scope="module")
def twin(sources, thalia, tmp_path_factory) -> Path:
    index, annotations = sources
    out = tmp_path_factory.mktemp("twin") / "archive"
    words = ("--like", index, "--annotations", annotations, "--size", SIZE, "--workers", 1)
    done = thalia("synth", "archive", out, *words)
    assert done.returncode == 0, done.stderr
    assert f"{out}: 2 frames, 12 interferograms, made in" in done.stdout
    return out


@pytest.fixture(scope="module")
def cube(twin: Path) -> CubeStore:
    return CubeStore.open(twin / f"{FRAMES[0]}.zarr")


def test_all_annotations_are_there_but_usable_ones_without_product(twin: Path, cube: CubeStore):
    told = {one["uniqueID"]: one for one in samples()}
    numbers = set()
    for frame in FRAMES:
        store = CubeStore.open(twin / f"{frame}.zarr")
        for pair, label in zip(store.pairs, store.read_labels(), strict=True):
            one = told[label.unique_id]
            numbers.add(label.unique_id)
            assert str(pair) == f"{one['primary_date']}_{one['secondary_date']}"
            assert label.caption == one["caption"]
            assert label.confidence == pytest.approx(one["confidence"])
            for flag in ("no_info", "processing_error", "low_coherence", "atmospheric_fringes"):
                assert getattr(label, flag) == one[flag]
            kinds = [entry["activity_type"] for entry in json.loads(label.instances)]
            assert kinds == one["activity_type"]
    assert numbers == set(told) - {10}


def test_masks_are_the_polygons_in_the_window(cube: CubeStore):
    (row, col, rows, cols) = cube.attrs["preview_window"]
    assert (rows, cols) == cube.geometry.shape == (SIZE, SIZE)
    assert 426 - SIZE <= row <= 405
    pair = DatePair.parse("20200101_20200113")
    activity = cube.read_plane("activity_type_mask", pair)
    assert set(np.unique(activity)) == {0, Activity.MOGI}
    assert activity.sum() / Activity.MOGI == pytest.approx(22 * 16 * 7 / 8, rel=0.06)
    where = np.argwhere(activity)
    assert tuple(where.min(axis=0)) == (410 - row, 220 - col)
    two = DatePair.parse("20200125_20200206")
    assert set(np.unique(cube.read_plane("instance_mask", two))) == {0, 1, 2}
    quake = DatePair.parse("20200113_20200206")
    assert set(np.unique(cube.read_plane("deformation_mask", quake))) == {0, 2}
    assert not cube.read_plane("intensity_level_mask", quake).any()


def test_a_polygon_outside_the_window_leaves_its_label(cube: CubeStore):
    pair = DatePair.parse("20200125_20200218")
    assert not cube.read_plane("deformation_mask", pair).any()
    (entry,) = json.loads(cube.read_label(pair).instances)
    assert entry["activity_type"] == "Sill"
    assert entry["mask"] is False


def test_the_ground_moves_where_and_as_far_as_the_annotation_says(sources, cube: CubeStore):
    index, annotations = sources
    told, _ = read_samples(annotations)
    frames = {twin.frame: twin for twin in twin_frames(told, read_index(index), size=SIZE)}
    subject = TwinSubject(frames[FRAMES[0]])
    for pair in subject.pairs:
        sample = subject.samples[pair]
        phase = subject.deformation(pair) / tau
        mask = cube.read_plane("deformation_mask", pair) > 0
        if len(sample.polygons) != 1 or not mask.any():
            continue
        if sample.intensities[0]:
            assert intensity_of(np.ptp(phase)) == sample.intensities[0]
        moved = np.abs(phase) > EDGE_FRINGES
        assert (moved & mask).sum() / (moved | mask).sum() > 0.4
        lowered = -phase[mask].mean() if sample.activities[0] != Activity.EARTHQUAKE else 1
        assert (lowered > 0) == (sample.activity_phase.name != "REBOUND")
    still = DatePair.parse("20200206_20200301")
    assert not subject.deformation(still).any()


def test_what_the_experts_said_of_the_air_shows(sources):
    index, annotations = sources
    told, _ = read_samples(annotations)
    twins = twin_frames(told, read_index(index), size=SIZE)
    subject = TwinSubject(twins[0])
    means = {
        name: np.nanmean(subject.measured(DatePair.parse(name))[1])
        for name in ("20200101_20200113", "20200206_20200301", "20200218_20200301")
    }
    assert list(means.values()) == sorted(means.values(), reverse=True)
    assert means["20200218_20200301"] < 0.1
    ramp = next(s for s in twins if s.frame == FRAMES[1])
    assert TwinSubject(ramp).ramp(DatePair.parse("20210101_20210107")).std() > 2


def test_truth_lies_beside_the_cube(twin: Path):
    truth = json.loads((twin / f"{FRAMES[0]}.thalia" / "truth.json").read_text())
    two = truth["pairs"]["20200125_20200206"]
    assert [entry["activity_type"] for entry in two] == ["Sill", "Mogi"]
    assert two[0]["source"]["type"] == "Okada"
    assert all(entry["overlap"] > 0.5 for entry in two)
    assert truth["pairs"]["20200125_20200218"][0]["pixels"] == 0


def test_the_twin_is_without_defects(twin: Path, verb):
    done = verb("check", twin, "--workers", 1)
    assert done.returncode == 0, done.stdout
    assert "2 cubes checked: 0 errors, 0 warnings" in done.stdout


@pytest.mark.parametrize("kind", ["Mogi", "Sill", "Dyke", "Spheroid", "Earthquake", "Unidentified"])
@pytest.mark.parametrize("level", ["Low", "Medium", "High"])
def test_a_source_covers_its_polygon(kind: str, level: str):
    activity = Activity[kind.upper()]
    intensity = Intensity.NONE if kind == "Earthquake" else Intensity[level.upper()]
    polygon = np.reshape(box(200, 100, 30, 22), (-1, 2))
    placed = fit(
        polygon - (180, 80),
        activity,
        intensity,
        sinking=False,
        spacing_m=SPACING,
        sight=SIGHT,
        rng=generator(1, kind),
    )
    phase = phase_of_displacement(placed.towards((64, 70), SPACING, SIGHT)) / tau
    if intensity:
        assert intensity_of(float(np.ptp(phase))) == intensity
    rows, cols = np.nonzero(np.abs(phase) > EDGE_FRINGES)
    assert (rows.mean(), cols.mean()) == pytest.approx((80 - 69.5 + 20, 200 - 180 + 14.5), abs=2)
    assert len(rows) == pytest.approx(30 * 22 * 7 / 8, rel=0.25)


def test_the_window_shows_most_of_the_polygons():
    here = [np.reshape(box(100 + n, 50, 10, 10), (-1, 2)) for n in range(3)]
    there = [np.reshape(box(400, 300, 10, 10), (-1, 2))] * 2
    row, col = best_window([*here, *there], 64)
    assert row <= 50 <= 60 <= row + 64
    assert col <= 100 <= 112 <= col + 64
    wide = [np.reshape(box(10, 10, 300, 20), (-1, 2))]
    assert best_window(wide, 64)[1] + 64 <= 310
    assert best_window([], 64) == (0, 0)


def test_wrong_sources_are_told(tmp_path, sources, verb):
    index, annotations = sources
    out = tmp_path / "out"
    bad = tmp_path / "bad.json"
    bad.write_text('{"frame": 3}')
    for words, told in (
        (("--like", bad, "--annotations", annotations), "not a time-series index"),
        (("--like", tmp_path / "no", "--annotations", annotations), "cannot read the index"),
        (("--like", index), "a twin needs --like INDEX and --annotations"),
        (("--learning", "--like", index), "which archive?"),
        (("--like", index, "--annotations", annotations, "--size", 8), "8 x 8"),
    ):
        done = verb("synth", "archive", out, *words, "--workers", 1)
        assert done.returncode == 2
        assert told in done.stderr
        assert not out.exists()
    empty = tmp_path / "empty.json"
    empty.write_text("{}")
    usable = [parse_sample(json.dumps(one).encode())[0] for one in samples() if not one["no_info"]]
    with pytest.raises(BuildError, match="lists none"):
        twin_frames([s for s in usable if s.usable], read_index(empty), size=SIZE)
