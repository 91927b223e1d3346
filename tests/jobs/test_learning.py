"""Training in a child process, and ``thalia train``, ``predict`` and ``evaluate`` around it."""

import json
import os
import signal
import time
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path

import pytest
from support.learning import FRAMES, learning_archive, learning_cube, quick_config

from thalia_core.cli import evaluate, learn, predict, runs
from thalia_core.cube.store import CubeStore, PredictionStore
from thalia_core.errors import ConfigError, CubeError, RunError, ThaliaError
from thalia_core.jobs import worker
from thalia_core.jobs.rundir import RunDir, start_detached, state, tail
from thalia_core.learn.config import TrainConfig
from thalia_core.learn.predict_config import PredictConfig
from thalia_core.progress import Artifact, Failed, Started, Step


def thalia(*words: object) -> int:
    parser = ArgumentParser()
    verbs = parser.add_subparsers()
    learn.add(verbs)
    predict.add(verbs)
    evaluate.add(verbs)
    runs.add(verbs)
    args = parser.parse_args([str(word) for word in words])
    return args.run(args)


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    return learning_archive(tmp_path_factory.mktemp("archive"))


def wait_for(condition, run: RunDir, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert run.alive or condition(), f"{state(run)}\n{run.log_path.read_text()}"
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.02)


def seen(run: RunDir, kind: type) -> list:
    return [event for event in tail(run)[0] if isinstance(event, kind)]


def test_killed_stopped_and_resumed_it_ends_as_undisturbed(archive, tmp_path, monkeypatch, capsys):
    """One run on its whole way; each start of a process costs seconds, so they are few.

    Crops vary, and are read by a process of their own; the undisturbed run reads them itself.
    """
    # With no minutes between them, the state is saved at every step.
    config = quick_config(archive, epochs=5, repeat=2, batch=3, save_minutes=0.0, workers=1)
    run = RunDir.create(tmp_path / "run", config)
    pid = start_detached(run)
    assert state(run) == "running"
    assert os.getsid(pid) == pid != os.getsid(0)
    wait_for((run.folder / "last.pt").exists, run)
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not run.alive, run)
    assert state(run) == "died"

    run.request_stop()  # an old request must not end the new start
    press_ctrl_c_when_training(monkeypatch, run)
    assert thalia("train", "--run", run.folder, "--resume") == 1
    told = capsys.readouterr().out
    assert "training on CPU, 1 thread" in told
    assert "resumed after" in told
    assert "asked to stop" in told
    assert state(run) == "stopped"

    assert thalia("train", "--run", run.folder, "--resume") == 0
    told = capsys.readouterr().out
    assert "epoch 5, step 25: train loss" in told
    assert told.rstrip().endswith(f"{run.folder}: finished")
    assert len(seen(run, Started)) == 3
    assert {a.path for a in seen(run, Artifact)} == {"best.pt", "last.pt"}
    assert not (run.folder / "cache").exists()

    undisturbed = RunDir.create(tmp_path / "undisturbed", config)
    train_here(undisturbed)
    assert same_weights(run, undisturbed)
    assert thalia("runs", tmp_path, "--json") == 0
    told = {Path(one["path"]).name: one for one in json.loads(capsys.readouterr().out)["runs"]}
    assert (told["run"]["state"], told["run"]["epochs"]) == ("finished", 5)
    assert told["run"]["val_loss"] > 0
    assert told["run"]["samples_per_s"] > 0
    apply_by_worker(run, archive)
    apply_by_command(run, tmp_path, capsys)


def apply_by_command(run: RunDir, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cube = learning_cube(tmp_path, FRAMES[2])
    pair = "20190125_20190206"
    assert thalia("predict", run.folder, cube, "--pair", pair, "--device", "cpu") == 0
    store = PredictionStore.open(PredictionStore.path_for(cube, "run"))
    assert [str(p) for p in store.pairs] == [pair]
    assert f"{store.path}: 1 of 8 pairs" in capsys.readouterr().out

    assert thalia("evaluate", run.folder, cube, "--device", "cpu") == 0
    table = capsys.readouterr().out
    for name in ("model", "all-positive", "mean training mask", "unwrapped phase threshold"):
        assert name in table
    assert thalia("evaluate", run.folder, cube, "--device", "cpu", "--json") == 0
    measured = json.loads(capsys.readouterr().out)
    assert measured["samples"] == 8
    assert 0 <= measured["all"]["model"]["iou"] <= 1

    table = tmp_path / "said.csv"
    words = (
        "--look",
        "crops",
        "--save",
        "--table",
        table,
        "--against",
        run.folder,
        "--device",
        "cpu",
    )
    assert thalia("evaluate", run.folder, *words) == 0
    assert "better than run by" in capsys.readouterr().out
    kept = json.loads((run.folder / "scores_test_crops.json").read_text())
    assert kept["seen"] == "centred crops"
    assert kept["against"]["f1"] == [0, 0, 0]
    assert len(table.read_text().splitlines()) == 1 + kept["samples"]

    (tmp_path / "other").mkdir()
    bare = learning_cube(tmp_path / "other", FRAMES[2], layers=("insar_difference",))
    with pytest.raises(CubeError, match="lacks 'insar_coherence'"):
        thalia("predict", run.folder, bare, "--device", "cpu")
    with pytest.raises(ThaliaError, match="no such interferogram"):
        thalia("predict", run.folder, cube, "--pair", "20200101_20200113")


def press_ctrl_c_when_training(monkeypatch: pytest.MonkeyPatch, run: RunDir) -> None:
    pause, (_, offset) = learn.time.sleep, tail(run)

    def interrupt(seconds: float) -> None:
        pause(seconds)
        steps = [e for e in tail(run, offset)[0] if isinstance(e, Step)]
        if steps and steps[-1].text.startswith("epoch"):
            monkeypatch.setattr(learn.time, "sleep", pause)
            raise KeyboardInterrupt

    monkeypatch.setattr(learn.time, "sleep", interrupt)


def apply_by_worker(trained_run: RunDir, archive: Path) -> None:
    """The same worker does the job of a prediction folder."""
    cube = CubeStore.open(archive / f"{FRAMES[2]}.zarr")
    config = PredictConfig(
        run=str(trained_run.folder),
        cube=str(cube.path),
        pairs=(str(cube.pairs[1]),),
        device="cpu",
    )
    job = RunDir.create(trained_run.folder.parent / "predicting", config)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        assert worker.main([str(job.folder)]) == 0
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert state(job) == "finished"
    store = PredictionStore.open(Path(seen(job, Artifact)[0].path))
    assert store.pairs == (cube.pairs[1],)
    assert store.provenance["run"] == "run"


def train_here(run: RunDir) -> None:
    from thalia_core.learn.device import choose
    from thalia_core.learn.trainer import train

    config = TrainConfig.load(run.config_path)
    config = replace(config, save_minutes=5.0, workers=0)
    train(run, config, choose("cpu", 1), lambda _: None, lambda: False)


def same_weights(one: RunDir, other: RunDir) -> bool:
    import torch

    from thalia_core.learn import checkpoints

    states = [checkpoints.load(run.folder / checkpoints.LAST) for run in (one, other)]
    assert states[0]["progress"] == states[1]["progress"]
    first, second = (state["model"] for state in states)
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


def test_wrong_settings_start_nothing(archive, tmp_path):
    folder = tmp_path / "run"
    with pytest.raises(ConfigError, match="no such configuration"):
        thalia("train", "missing.toml", "--run", folder)
    with pytest.raises(ConfigError, match=r"no cubes to learn from.*--cubes"):
        thalia("train", "demo_unet", "--run", folder)
    with pytest.raises(ConfigError, match="demo_unet"):
        thalia("train", "--run", folder)
    settings = tmp_path / "a.toml"
    quick_config(archive, crop=33).save(settings)
    with pytest.raises(ConfigError, match=r"\[input\] crop.*multiple of 8"):
        thalia("train", settings, "--run", folder)
    with pytest.raises(RunError, match="not a run folder"):
        thalia("train", "--run", folder, "--resume")
    assert not folder.exists()
    with pytest.raises(RunError, match="not a run folder"):
        thalia("predict", folder, archive / f"{FRAMES[0]}.zarr")


def test_a_run_that_fails_says_why(archive, tmp_path, monkeypatch):
    settings = tmp_path / "a.toml"
    quick_config(archive).save(settings)
    ends = iter([Failed("the loss became nan"), Started("training")])
    monkeypatch.setattr(learn, "start_detached", lambda run: run.append(next(ends)))
    with pytest.raises(RunError, match=r"the run failed: the loss became nan.*log\.txt"):
        thalia("train", settings, "--run", tmp_path / "one")
    with pytest.raises(RunError, match="holds a run already.*--resume"):
        thalia("train", settings, "--run", tmp_path / "one")
    with pytest.raises(RunError, match=r"the run died.*log\.txt"):
        thalia("train", settings, "--run", tmp_path / "two")
