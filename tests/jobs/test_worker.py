"""Training in a child process: it can be stopped and killed, and goes on bit for bit."""

import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
from support.learning import FRAMES, learning_archive, quick_config

from thalia_core.cube.store import PredictionStore
from thalia_core.jobs.rundir import RunDir, start_detached, state, stop, tail
from thalia_core.learn.config import PredictConfig, TrainConfig
from thalia_core.progress import Artifact, Done, Log, Metric, Started, Step


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


def trained(run: RunDir) -> bool:
    return any(step.text.startswith("epoch") for step in seen(run, Step))


def test_a_killed_and_a_stopped_run_end_as_an_undisturbed_one(archive, tmp_path):
    # With no minutes between them, the state is saved at every step.
    config = quick_config(archive, epochs=10, batch=3, save_minutes=0.0)
    run = RunDir.create(tmp_path / "disturbed", config)
    pid = start_detached(run)
    assert state(run) == "running"
    assert os.getsid(pid) == pid != os.getsid(0)
    wait_for(lambda: trained(run), run)
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not run.alive, run)
    assert state(run) == "died"

    _, offset = tail(run)
    start_detached(run)
    wait_for(lambda: len(seen(run, Started)) == 2 and steps_since(run, offset), run)
    assert stop(run) == "stopped"
    assert "can be resumed" in seen(run, Done)[-1].message

    start_detached(run)
    assert not run.stop_path.exists()
    undisturbed = RunDir.create(tmp_path / "undisturbed", config)
    train_here(undisturbed)
    wait_for(lambda: not run.alive, run)
    assert state(run) == "finished"
    assert seen(run, Started)[-1].device == "CPU, 1 thread"
    assert any("resumed after" in event.text for event in seen(run, Log))
    assert {a.path for a in seen(run, Artifact)} == {"best.pt", "last.pt"}
    assert all(m.values for m in seen(run, Metric))
    assert same_weights(run, undisturbed)
    assert not (run.folder / "cache").exists()

    predicting = PredictConfig(
        run=str(run.folder), cube=str(archive / f"{FRAMES[2]}.zarr"), device="cpu"
    )
    job = RunDir.create(tmp_path / "predicting", replace(predicting, pairs=(pair_name(archive),)))
    start_detached(job)
    wait_for(lambda: not job.alive, job)
    assert state(job) == "finished"
    store = PredictionStore.open(Path(seen(job, Artifact)[0].path))
    assert [str(pair) for pair in store.pairs] == [pair_name(archive)]
    assert store.provenance["run"] == "disturbed"


def train_here(run: RunDir) -> None:
    from thalia_core.learn.device import choose
    from thalia_core.learn.trainer import train

    config = TrainConfig.load(run.config_path)
    train(run, replace(config, save_minutes=5.0), choose("cpu", 1), lambda _: None, lambda: False)


def steps_since(run: RunDir, offset: int) -> bool:
    events, _ = tail(run, offset)
    return any(isinstance(e, Step) and e.text.startswith("epoch") for e in events)


def pair_name(archive: Path) -> str:
    from thalia_core.cube.store import CubeStore

    return str(CubeStore.open(archive / f"{FRAMES[2]}.zarr").pairs[1])


def same_weights(one: RunDir, other: RunDir) -> bool:
    import torch

    from thalia_core.learn import checkpoints

    states = [checkpoints.load(run.folder / checkpoints.LAST) for run in (one, other)]
    assert states[0]["progress"] == states[1]["progress"]
    first, second = (state["model"] for state in states)
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)
