"""What goes wrong while many pairs are predicted, and what that must not touch."""

import errno
import shutil
from pathlib import Path

import numpy as np
import pytest
from support.learning import FRAMES, learning_archive, learning_cube, quick_config

from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore, PredictionStore, local
from thalia_core.errors import CubeError, ThaliaError
from thalia_core.jobs.rundir import RunDir
from thalia_core.learn.device import choose
from thalia_core.learn.ensemble import Ensemble
from thalia_core.learn.meter import Meter
from thalia_core.learn.predict import Predictor
from thalia_core.learn.predicting import look_at, predict_cubes
from thalia_core.learn.trainer import train

CPU = choose("cpu", 1)


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> tuple[Path, Path]:
    """Two runs that differ in their seed."""
    archive = learning_archive(tmp_path_factory.mktemp("archive"))
    folder = tmp_path_factory.mktemp("runs")
    for seed in (0, 1):
        config = quick_config(archive, epochs=1, seed=seed)
        run = RunDir.create(folder / f"seed{seed}", config)
        train(run, config, CPU, lambda _: None, lambda: False)
    return folder / "seed0", folder / "seed1"


@pytest.fixture
def cube(tmp_path) -> CubeStore:
    return CubeStore.open(learning_cube(tmp_path, FRAMES[2]))


def damage(cube: CubeStore, layer: str, pair: DatePair) -> None:
    row, col = cube.position(pair)
    (path,) = (cube.path / layer).glob(f"{row}.{col}.*")
    path.write_bytes(b"no chunk")


def test_other_looks_are_kept_apart_and_one_has_no_doubt(runs, cube):
    pair = cube.pairs[0]
    plain = predict_cubes(Ensemble.of_runs(runs[:1], CPU), "eye", [cube], [pair]).stores[0]
    turned = predict_cubes(
        Ensemble.of_runs(runs[:1], CPU, flips=True), "eye", [cube], [pair]
    ).stores[0]
    assert plain.path != turned.path
    assert turned.has_uncertainty
    assert not plain.has_uncertainty
    with pytest.raises(CubeError, match="have no uncertainty.*flips"):
        plain.read_uncertainty(pair)


def test_the_spread_of_a_classifier_s_score_is_kept(cube):
    provenance = {"checkpoint_digest": "1", "looks": 2}
    store = PredictionStore.create(cube, "two", provenance)
    plane = np.full(cube.geometry.shape, 0.5, np.float32)
    store.write(cube.pairs[0], plane, 0.7, plane / 2, 0.125)
    assert store.read_score(cube.pairs[0]) == pytest.approx(0.7)
    assert store.read_score_spread(cube.pairs[0]) == 0.125
    assert np.isnan(store.read_score_spread(cube.pairs[1]))


@pytest.mark.parametrize("readers", [1, 3])
def test_pairs_come_in_order_however_many_read(runs, cube, readers):
    work = [(cube, pair) for pair in reversed(list(cube.pairs))]
    looked = list(look_at(Ensemble.of_runs(runs[:1], CPU), work, readers, Meter()))
    assert [item for item, _ in looked] == work
    alone = Predictor.of_run(runs[0], CPU).predict(cube, cube.pairs[0]).probability
    assert np.array_equal(looked[-1][1].probability, alone, equal_nan=True)


def test_a_pair_that_cannot_be_read_is_named_and_stops_no_other(runs, cube, verb):
    bad = cube.pairs[3]
    damage(cube, "insar_difference", bad)
    done = verb("predict", runs[0], cube.path, "--device", "cpu")
    assert done.returncode == 2
    assert f"{FRAMES[2]} {bad}" in done.stderr
    assert "were not predicted" in done.stderr
    store = PredictionStore.open(PredictionStore.path_for(cube.path, "seed0"))
    assert set(store.pairs) == set(cube.pairs) - {bad}


def test_an_error_of_the_system_stops_no_other_either(runs, cube, monkeypatch):
    bad, plain = cube.pairs[2], Ensemble.read

    def read(self, cube, series, cache=None):
        if series[-1] == bad:
            raise OSError(errno.EIO, "Input/output error", "disk")
        return plain(self, cube, series, cache)

    monkeypatch.setattr(Ensemble, "read", read)
    report = predict_cubes(Ensemble.of_runs(runs[:1], CPU), "eye", [cube])
    assert report.written == len(cube.pairs) - 1
    assert "Input/output error" in report.failed[f"{FRAMES[2]} {bad}"]


def test_a_whole_archive_and_a_frame_that_lacks_a_channel(runs, tmp_path, verb):
    good = CubeStore.open(learning_cube(tmp_path, FRAMES[0]))
    bare = learning_cube(tmp_path, FRAMES[1], layers=("insar_difference",))
    done = verb("predict", runs[0], tmp_path, "--device", "cpu")
    assert done.returncode == 2
    assert "lacks 'insar_coherence'" in done.stderr
    assert FRAMES[1] in done.stderr
    store = PredictionStore.open(PredictionStore.path_for(good.path, "seed0"))
    assert store.pairs == tuple(good.pairs)
    assert not PredictionStore.list_for(bare)


def test_a_pair_is_looked_for_in_all_frames(runs, tmp_path, verb):
    cubes = [CubeStore.open(learning_cube(tmp_path, frame)) for frame in FRAMES[:2]]
    pair = cubes[1].pairs[0]
    done = verb("predict", runs[0], tmp_path, "--pair", pair, "--device", "cpu")
    assert done.returncode == 0, done.stderr
    assert PredictionStore.open(PredictionStore.path_for(cubes[1].path, "seed0")).pairs == (pair,)
    with pytest.raises(ThaliaError, match="no such interferogram"):
        predict_cubes(
            Ensemble.of_runs(runs[:1], CPU), "eye", cubes, [DatePair.parse("20010101_20010113")]
        )


def test_a_full_disk_ends_it_and_what_is_listed_is_whole(runs, cube, verb, monkeypatch):
    plain = local.write_bytes
    written = []

    def full(path, data):
        if path.parent.name == "probability" and path.name[0].isdigit():
            written.append(path)
            if len(written) > 3:
                raise OSError(errno.ENOSPC, "No space left on device", str(path))
        plain(path, data)

    monkeypatch.setattr(local, "write_bytes", full)
    done = verb("predict", runs[0], cube.path, "--device", "cpu")
    assert done.returncode == 2
    assert "cannot write the predictions" in done.stderr
    assert "No space left on device" in done.stderr
    assert "make room" in done.stderr
    monkeypatch.setattr(local, "write_bytes", plain)
    store = PredictionStore.open(PredictionStore.path_for(cube.path, "seed0"))
    assert len(store.pairs) == 3
    assert all(np.isfinite(store.read(pair)).any() for pair in store.pairs)
    assert verb("predict", runs[0], cube.path, "--device", "cpu").returncode == 0
    assert set(store.pairs) == set(cube.pairs)


def test_a_cube_that_goes_away_is_told_and_the_next_one_done(runs, tmp_path, monkeypatch):
    cubes = [CubeStore.open(learning_cube(tmp_path, frame)) for frame in FRAMES[:2]]
    plain = Ensemble.judge

    def judge(self, seen):
        shutil.rmtree(cubes[0].path, ignore_errors=True)
        return plain(self, seen)

    monkeypatch.setattr(Ensemble, "judge", judge)
    report = predict_cubes(Ensemble.of_runs(runs[:1], CPU), "eye", cubes, readers=1)
    assert "not there any more" in next(iter(report.failed.values()))
    assert report.stores[1].pairs == tuple(cubes[1].pairs)
    assert not cubes[0].path.exists()
