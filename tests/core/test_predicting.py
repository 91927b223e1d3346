"""Predictions of many pairs: read ahead, several looks, and what cannot be read is named."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from support.learning import FRAMES, learning_archive, quick_config

from thalia_core.cube.store import CubeStore, PredictionStore
from thalia_core.errors import CubeError, RunError
from thalia_core.jobs.rundir import RunDir
from thalia_core.learn.device import choose
from thalia_core.learn.ensemble import Ensemble
from thalia_core.learn.predict import Predictor, ending_with
from thalia_core.learn.predicting import name_of, predict_cubes
from thalia_core.learn.trainer import train

CPU = choose("cpu", 1)


def go(folder: Path, config) -> Path:
    train(RunDir.create(folder, config), config, CPU, lambda event: None, lambda: False)
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> tuple[Path, Path, Path]:
    """An archive and two runs that differ in their seed."""
    home = tmp_path_factory.mktemp("predicting")
    archive = learning_archive(home / "archive")
    config = quick_config(archive, epochs=1)
    return (
        archive,
        go(home / "one", config),
        go(home / "two", quick_config(archive, epochs=1, seed=1)),
    )


@pytest.fixture
def cubes(runs, tmp_path) -> list[CubeStore]:
    """Two cubes of one's own, without predictions."""
    for frame in FRAMES[1:]:
        shutil.copytree(runs[0] / f"{frame}.zarr", tmp_path / f"{frame}.zarr")
    return [CubeStore.open(tmp_path / f"{frame}.zarr") for frame in FRAMES[1:]]


@pytest.mark.parametrize("readers", [1, 3])
def test_an_archive_is_predicted_pair_by_pair(runs, cubes, readers):
    model = Ensemble.of_runs([runs[1]], CPU)
    report = predict_cubes(model, "one", cubes, readers=readers)
    assert report.written == 16
    assert {"pairs_per_s", "megapixels_per_s", "data_wait"} == set(report.pace)
    for cube, store in zip(cubes, report.stores, strict=True):
        pair = cube.pairs[3]
        alone = Predictor.of_run(runs[1], CPU).predict(cube, pair).probability
        assert np.allclose(store.read(pair), alone, atol=0.5 / 254, equal_nan=True)
        assert not store.has_uncertainty
        with pytest.raises(CubeError, match="looked at once"):
            store.read_uncertainty(pair)


def test_flips_are_the_mean_of_four_looks_and_their_deviation(runs, cubes):
    predictor = Predictor.of_run(runs[1], CPU)
    cube, pair = cubes[0], cubes[0].pairs[1]
    seen = predictor.read(cube, ending_with(cube, pair, 1))
    looks = []
    for rows in (slice(None), slice(None, None, -1)):
        for cols in (slice(None), slice(None, None, -1)):
            turned = np.ascontiguousarray(seen.planes[:, rows, cols])
            looks.append(predictor.blend(turned, seen.days)[0][rows, cols])
    report = predict_cubes(Ensemble([predictor], flips=True), "flipped", [cube], [pair])
    store = report.stores[0]
    assert store.provenance["looks"] == 4
    mean, spread = seen.on_grid(np.mean(looks, axis=0)), seen.on_grid(np.std(looks, axis=0))
    assert np.allclose(store.read(pair), mean, atol=0.5 / 254, equal_nan=True)
    assert np.allclose(store.read_uncertainty(pair), spread, atol=0.5 / 508, equal_nan=True)
    assert np.nanmax(spread) > 0


def test_two_seeds_look_together_under_a_name_of_their_own(runs, cubes):
    folders = [runs[1], runs[2]]
    members = [Predictor.of_run(folder, CPU) for folder in folders]
    pair = cubes[0].pairs[1]
    seen = members[0].read(cubes[0], [pair])
    looks = np.stack([member.blend(seen.planes, seen.days)[0] for member in members])
    model = Ensemble.of_runs(folders, CPU)
    predict_cubes(Ensemble.of_runs([runs[1]], CPU), "one", cubes[:1])
    report = predict_cubes(model, name_of(folders), cubes[:1])
    store = report.stores[0]
    assert store.path.stem == "one+1"
    assert len(PredictionStore.list_for(cubes[0].path)) == 2
    assert len(store.provenance["members"]) == 2
    mean, spread = seen.on_grid(looks.mean(axis=0)), seen.on_grid(looks.std(axis=0))
    assert np.allclose(store.read(pair), mean, atol=0.6 / 254, equal_nan=True)
    assert np.allclose(store.read_uncertainty(pair), spread, atol=0.6 / 508, equal_nan=True)


def test_models_that_see_other_things_are_no_ensemble(runs, tmp_path):
    config = quick_config(runs[0], epochs=1, channels=("insar_difference",))
    other = go(tmp_path / "other", config)
    with pytest.raises(RunError, match="do not see the same"):
        Ensemble.of_runs([runs[1], other], CPU)


def test_a_damaged_pair_is_named_and_the_others_are_done(runs, cubes):
    cube, pair = cubes[0], cubes[0].pairs[2]
    i, j = cube.position(pair)
    for chunk in (cube.path / "insar_difference").glob(f"{i}.{j}.*"):
        chunk.write_bytes(b"nothing that decodes")
    report = predict_cubes(Ensemble.of_runs([runs[1]], CPU), "one", cubes)
    assert list(report.failed) == [f"{cube.frame} {pair}"]
    assert report.written == 15
    with pytest.raises(RunError, match=f"1 pairs were not predicted.*{cube.frame} {pair}"):
        report.require_complete()


def test_it_goes_on_where_it_was_asked_to_stop(runs, cubes):
    model, done = Ensemble.of_runs([runs[1]], CPU), []

    def stopping() -> bool:
        done.append(True)
        return len(done) == 5

    first = predict_cubes(model, "one", cubes, stopping=stopping)
    assert first.written == 5
    again = predict_cubes(model, "one", cubes)
    assert (again.there, again.written) == (5, 11)


def test_a_pair_is_seen_with_those_before_it(cubes):
    cube = cubes[0]
    pair = cube.pairs[3]  # pairs of this cube share no primary date: it is repeated
    assert ending_with(cube, pair, 3) == (pair, pair, pair)


def test_a_full_disk_ends_it_with_what_is_written(runs, cubes, monkeypatch):
    write, written = PredictionStore.write, []

    def refuse(store, pair, *told) -> None:
        if len(written) == 3:
            raise CubeError("the disk is full", where=store.path)
        write(store, pair, *told)
        written.append(pair)

    monkeypatch.setattr(PredictionStore, "write", refuse)
    with pytest.raises(CubeError, match="the disk is full"):
        predict_cubes(Ensemble.of_runs([runs[1]], CPU), "one", cubes[:1])
    monkeypatch.undo()
    store = PredictionStore.open(PredictionStore.path_for(cubes[0].path, "one"))
    assert set(store.pairs) == set(written)


def test_workers_of_a_cluster_look_too(runs, cubes, capsys):
    distributed = pytest.importorskip("distributed")
    from thalia_core.cli import main

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        words = ["predict", str(runs[1]), str(cubes[0].path), "--device", "cpu"]
        assert main([*words, "--scheduler", cluster.scheduler_address]) == 0
    assert "8 of 8 pairs predicted" in capsys.readouterr().out
    store = PredictionStore.open(PredictionStore.path_for(cubes[0].path, "one"))
    pair = cubes[0].pairs[1]
    alone = Predictor.of_run(runs[1], CPU).predict(cubes[0], pair).probability
    assert np.allclose(store.read(pair), alone, atol=0.6 / 254, equal_nan=True)
