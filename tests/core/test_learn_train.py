"""The whole way in one process: train, predict, evaluate, and what must not happen on it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from support.learning import FRAMES, learning_archive, learning_cube, quick_config

from thalia_core.cube.store import CubeStore, PredictionStore
from thalia_core.errors import CubeError, RunError
from thalia_core.jobs.rundir import STOPPED, RunDir
from thalia_core.learn import checkpoints
from thalia_core.learn.config import TrainConfig
from thalia_core.learn.device import choose
from thalia_core.learn.ensemble import Ensemble
from thalia_core.learn.evaluate import evaluate, score
from thalia_core.learn.learner import Learner
from thalia_core.learn.predict import Predictor, enlarge, starts
from thalia_core.learn.predicting import predict_cubes
from thalia_core.learn.samples import find_samples
from thalia_core.learn.scoring.scores import MODEL
from thalia_core.learn.trainer import train
from thalia_core.progress import Event, Log, Metric, Step

CPU = choose("cpu", 1)


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    return learning_archive(tmp_path_factory.mktemp("archive"))


def go(folder: Path, config: TrainConfig, steps: int | None = None) -> tuple[str, list[Event]]:
    """Train, or go on; ask for a stop after so many steps."""
    run = RunDir(folder) if (folder / "config.toml").exists() else RunDir.create(folder, config)
    events: list[Event] = []

    def stopping() -> bool:
        done = [e for e in events if isinstance(e, Metric) and set(e.values) == {"loss"}]
        return steps is not None and len(done) >= steps

    return train(run, config, CPU, events.append, stopping), events


@pytest.fixture(scope="module")
def trained(archive, tmp_path_factory) -> tuple[Path, list[Event]]:
    """A run that has learned the bull's eye."""
    folder = tmp_path_factory.mktemp("runs") / "eye"
    message, events = go(folder, quick_config(archive, epochs=10, repeat=3))
    assert message.startswith("finished")
    return folder, events


def weights(folder: Path) -> dict[str, torch.Tensor]:
    state = checkpoints.load(folder / checkpoints.LAST)
    return {**state["model"], **{f"o{i}{k}": v for i, s in state["optimiser"]["state"].items()
                                 for k, v in s.items()}}  # fmt: skip


def test_training_learns(trained):
    _, events = trained
    epochs = [e.values for e in events if isinstance(e, Metric) and "val_loss" in e.values]
    assert len(epochs) == 10
    assert epochs[-1]["train_loss"] < 0.5 * epochs[0]["train_loss"]
    assert max(e["val_iou"] for e in epochs) > 0.5
    assert any(isinstance(e, Log) and "train 4 + 4; val 4 + 4" in e.text for e in events)
    steps = [e for e in events if isinstance(e, Step) and e.text.startswith("epoch")]
    assert steps[-1].done == steps[-1].total == len(epochs) * 6


def test_a_stopped_run_goes_on_bit_for_bit(archive, tmp_path):
    config = quick_config(archive, epochs=3, batch=3)
    go(tmp_path / "whole", config)
    message, _ = go(tmp_path / "parts", config, steps=4)
    assert message.startswith(STOPPED)
    assert checkpoints.load(tmp_path / "parts" / "last.pt")["progress"]["batch"] == 1
    message, events = go(tmp_path / "parts", config)
    assert message.startswith("finished after 9 steps")
    assert any(isinstance(e, Log) and "resumed after 4 steps" in e.text for e in events)
    whole, parts = weights(tmp_path / "whole"), weights(tmp_path / "parts")
    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_a_finished_run_has_nothing_to_do_until_it_gets_more_epochs(archive, tmp_path):
    config = quick_config(archive, epochs=1)
    go(tmp_path / "run", config)
    before = (tmp_path / "run" / "best.pt").read_bytes()
    assert go(tmp_path / "run", config)[0].startswith("finished after 2 steps")
    assert (tmp_path / "run" / "best.pt").read_bytes() == before
    assert go(tmp_path / "run", replace(config, epochs=2))[0].startswith("finished after 4 steps")


def test_a_resumed_run_must_keep_its_model(archive, tmp_path):
    config = quick_config(archive, epochs=1)
    go(tmp_path / "run", config)
    with pytest.raises(RunError, match="model or inputs were changed"):
        go(tmp_path / "run", replace(config, channels=config.channels[:1]))


def test_a_loss_that_is_no_number_ends_the_run(archive, tmp_path, monkeypatch):
    monkeypatch.setattr(
        Learner,
        "_logits",
        lambda self, net, planes, days: torch.full((len(planes), 2, 32, 32), torch.nan),
    )
    with pytest.raises(RunError, match=r"loss became nan at step 1.*lower \[training\] lr"):
        go(tmp_path / "run", quick_config(archive))


def test_a_classifier_trains_and_scores_pairs(archive, tmp_path, monkeypatch):
    # The measure's library takes seconds to load; its value is tested by itself.
    monkeypatch.setattr("thalia_core.learn.learner.auroc", lambda *_: 0.5)
    config = quick_config(archive, task="classification", model="tiny_cnn", epochs=2)
    _, events = go(tmp_path / "run", config)
    last = [e.values for e in events if isinstance(e, Metric) and "val_auroc" in e.values][-1]
    assert "val_iou" not in last
    predictor = Predictor.of_run(tmp_path / "run", CPU)
    cube = CubeStore.open(archive / f"{FRAMES[2]}.zarr")
    prediction = predictor.predict(cube, cube.pairs[0])
    assert 0 <= prediction.score <= 1
    result = evaluate(predictor, config, [cube], lambda *_: None)
    assert len(result.judged) == 8
    assert "8 pairs, whole frames, pairs pooled" in result.table()
    assert set(result.judges) == {MODEL, "all-positive", "prior of the frame"}


def test_the_held_out_frame_is_scored_beside_the_baselines(archive, trained):
    folder, _ = trained
    config = TrainConfig.load(folder / "config.toml")
    predictor = Predictor.of_run(folder, CPU)
    cubes = [CubeStore.open(archive / f"{frame}.zarr") for frame in FRAMES[2:]]
    result = evaluate(predictor, config, cubes, lambda *_: None)
    guesses = {
        "all-positive", "prior of the frame", "mean training mask", "unwrapped phase threshold"
    }  # fmt: skip
    assert set(result.judges) == {MODEL, *guesses}
    iou = {name: result.measure(name)["iou"] for name in result.judges}
    assert iou[MODEL] > max(0.5, iou["all-positive"])
    assert all(0 <= iou[name] <= 1 for name in guesses)
    told = result.to_dict()
    low, high = told["intervals"]["iou"]
    assert low <= iou[MODEL] <= high
    assert told["above_best_guess"]["guess"] in guesses
    assert told["above_best_guess"]["f1"][1] > 0
    assert result.notes == []
    json.dumps(result.to_dict())
    known = evaluate(predictor, config, [CubeStore.open(archive / f"{FRAMES[0]}.zarr")], _silent)
    assert "on 8 of these" in known.notes[0]


def test_the_published_crops_are_scored_as_the_validation_is(archive, trained):
    folder, events = trained
    config = TrainConfig.load(folder / "config.toml")
    predictor = Predictor.of_run(folder, CPU)
    measured = checkpoints.load(folder / "best.pt")["measured"]
    result = score(predictor, config, find_samples(config).val, _silent, centred=True)
    found = result.measure(MODEL)
    for name in ("precision", "recall", "f1", "iou"):
        # the cache keeps phase in 16 bits; the validation also counts pixels without data
        assert found[name] == pytest.approx(measured[f"val_{name}"], abs=0.03)


def test_without_training_cubes_the_model_is_still_scored(archive, trained):
    folder, _ = trained
    config = replace(TrainConfig.load(folder / "config.toml"), cubes=("/gone",))
    cube = CubeStore.open(archive / f"{FRAMES[2]}.zarr")
    result = evaluate(Predictor.of_run(folder, CPU), config, [cube], _silent)
    assert set(result.judges) == {MODEL, "all-positive"}
    assert "/gone" in result.notes[0]


def predict_one(predictor: Predictor, cube: CubeStore, pairs) -> PredictionStore:
    return predict_cubes(Ensemble([predictor]), "eye", [cube], pairs).stores[0]


def test_predictions_lie_beside_the_cube_and_are_made_once(trained, tmp_path):
    folder, _ = trained
    cube = CubeStore.open(learning_cube(tmp_path, FRAMES[2]))
    before = {p: p.read_bytes() for p in cube.path.rglob("*") if p.is_file()}
    predictor = Predictor.of_run(folder, CPU)
    one = cube.pairs[1]
    store = predict_one(predictor, cube, [one])
    assert store.pairs == (one,)
    assert store.path == PredictionStore.path_for(cube.path, "eye")
    probability = store.read(one)
    phase = cube.read_plane("insar_difference", one)
    assert np.array_equal(np.isnan(probability), np.isnan(phase))
    truth = cube.read_plane("deformation_mask", one) > 0
    assert np.nanmean(probability[truth]) > 0.5 > np.nanmean(probability[~truth])
    provenance = store.provenance
    assert provenance["checkpoint_digest"] == checkpoints.digest(folder / "best.pt")
    assert provenance["channels"] == ["insar_difference", "insar_coherence"]
    assert {"run", "date", "versions", "decimate"} <= provenance.keys()

    report = predict_cubes(Ensemble([predictor]), "eye", [cube])
    assert (report.written, report.there) == (len(cube.pairs) - 1, 1)
    again = predict_cubes(Ensemble([predictor]), "eye", [cube])
    assert (again.written, again.there) == (0, len(cube.pairs))
    assert again.stores[0].pairs == tuple(cube.pairs)
    assert {p: p.read_bytes() for p in cube.path.rglob("*") if p.is_file()} == before


def test_predictions_of_another_state_are_kept_apart(trained, archive, tmp_path):
    folder, _ = trained
    cube = CubeStore.open(learning_cube(tmp_path, FRAMES[2]))
    pairs = [cube.pairs[0]]
    first = predict_one(Predictor.of_run(folder, CPU), cube, pairs)
    other = predict_one(Predictor.of_run(folder, CPU, "last"), cube, pairs)
    assert other.path.stem == f"eye-{checkpoints.digest(folder / 'last.pt')[:8]}"
    assert len(PredictionStore.list_for(cube.path)) == 2
    assert first.pairs == other.pairs == (cube.pairs[0],)


def test_a_cube_without_a_channel_is_refused_by_name(trained, tmp_path):
    folder, _ = trained
    cube = CubeStore.open(learning_cube(tmp_path, FRAMES[2], layers=("insar_difference",)))
    with pytest.raises(CubeError, match="lacks 'insar_coherence'"):
        predict_one(Predictor.of_run(folder, CPU), cube, [])
    assert not cube.sidecar.exists()


def test_a_run_without_a_checkpoint_is_named(tmp_path):
    with pytest.raises(RunError, match="no checkpoint yet"):
        Predictor.of_run(tmp_path, CPU)


def test_tiles_cover_and_overlap():
    for size in range(1, 300):
        corners = starts(size, 32)
        assert corners[0] == 0
        assert corners[-1] == max(size - 32, 0)
        gaps = [b - a for a, b in zip(corners, corners[1:], strict=False)]
        assert all(0 < gap <= 24 for gap in gaps)


def test_a_decimated_plane_grows_back_in_place():
    small = np.arange(12, dtype=np.float32).reshape(3, 4)
    grown = enlarge(small, 5, (14, 18))
    assert grown.shape == (14, 18)
    assert np.allclose(grown[2::5, 2::5], small, atol=1e-6)


def _silent(*_: object) -> None:
    pass
