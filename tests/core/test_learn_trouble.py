"""What goes wrong while a model trains, and what the run then says and keeps."""

import errno
import os
import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from support.learning import FRAMES, learning_archive, quick_config

from thalia_core.errors import CubeGoneError, RunError
from thalia_core.jobs.rundir import RunDir
from thalia_core.learn import checkpoints
from thalia_core.learn.config import TrainConfig
from thalia_core.learn.device import choose
from thalia_core.learn.learner import Learner
from thalia_core.learn.trainer import train
from thalia_core.progress import Event, Log, Metric

CPU = choose("cpu", 1)


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    return learning_archive(tmp_path_factory.mktemp("archive"))


def go(folder: Path, config: TrainConfig, after_epoch=lambda: None) -> tuple[str, list[Event]]:
    """Train, or go on; do something when the first epoch was measured."""
    run = RunDir(folder) if (folder / "config.toml").exists() else RunDir.create(folder, config)
    events: list[Event] = []

    def tell(event: Event) -> None:
        events.append(event)
        if isinstance(event, Metric) and "val_loss" in event.values and event.epoch == 0:
            after_epoch()

    return train(run, config, CPU, tell, lambda: False), events


def epochs(events: list[Event]) -> list[dict[str, float]]:
    return [dict(e.values) for e in events if isinstance(e, Metric) and "val_loss" in e.values]


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB\nGPU 0 has ..."),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried ..."),
        RuntimeError("DataLoader worker (pid 123) is killed by signal: Killed. "),
    ],
)
def test_memory_that_runs_out_says_what_to_make_smaller(archive, tmp_path, monkeypatch, error):
    def refuse(*_: object) -> float:
        raise error

    monkeypatch.setattr(Learner, "step", refuse)
    with pytest.raises(RunError) as told:
        go(tmp_path / "run", quick_config(archive))
    words = str(told.value)
    assert "not enough memory; 4 crops of 32 x 32 in a batch, CPU, 1 thread: " in words
    for setting in ("[training] batch", "[input] crop", "[input] decimate", "precision", "workers"):
        assert setting in words
    assert "\n" not in words


def test_another_error_is_not_taken_for_a_lack_of_memory(archive, tmp_path, monkeypatch):
    def fail(*_: object) -> float:
        raise RuntimeError("shapes cannot be multiplied")

    monkeypatch.setattr(Learner, "step", fail)
    with pytest.raises(RuntimeError, match="shapes cannot"):
        go(tmp_path / "run", quick_config(archive))


def test_a_full_disk_keeps_the_states_that_are_there(archive, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    config = quick_config(archive, epochs=1)
    go(folder, config)
    kept = {name: (folder / name).read_bytes() for name in ("best.pt", "last.pt")}
    files = sorted(path.name for path in folder.iterdir())

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(RunError, match=r"cannot save the state.*No space left.*make room"):
            go(folder, replace(config, epochs=3))
    assert {name: (folder / name).read_bytes() for name in kept} == kept
    assert sorted(p.name for p in folder.iterdir() if p.name != "cache") == files
    assert go(folder, replace(config, epochs=3))[0].startswith("finished after 6 steps")


def test_a_state_that_holds_code_is_not_opened_on_resume(archive, tmp_path):
    folder = tmp_path / "run"
    config = quick_config(archive, epochs=1)
    go(folder, config)
    trap = tmp_path / "sprung"

    class Trap:
        def __reduce__(self):
            return (Path.touch, (trap,))

    with_code = {**checkpoints.load(folder / "last.pt"), "measured": Trap()}
    torch.save(with_code, folder / "last.pt")
    pickle.loads(pickle.dumps(Trap()))  # it does work where it is let
    trap.unlink()
    with pytest.raises(RunError, match=r"was not opened: .*last\.pt; it holds code"):
        go(folder, replace(config, epochs=2))
    assert not trap.exists()


@pytest.mark.parametrize("workers", [0, 1])
def test_a_cube_that_is_deleted_while_it_trains_is_named(tmp_path, workers):
    archive = learning_archive(tmp_path / "archive")
    gone = archive / f"{FRAMES[0]}.zarr"
    config = quick_config(archive, epochs=9, source="cubes", workers=workers)
    with pytest.raises(CubeGoneError) as told:
        go(tmp_path / "run", config, lambda: shutil.rmtree(gone))
    assert str(told.value) == (
        f"the cube is not there any more: {gone}; put it back, or open another one"
    )
    assert (tmp_path / "run" / "best.pt").exists()


def test_a_run_with_a_cache_needs_its_cubes_no_more(tmp_path):
    archive = learning_archive(tmp_path / "archive")
    config = quick_config(archive, epochs=2)
    message, _ = go(tmp_path / "run", config, lambda: shutil.rmtree(archive))
    assert message.startswith("finished after 4 steps")


def test_without_a_compiler_the_model_trains_as_it_is(archive, tmp_path, monkeypatch):
    def compile(*_: object, **__: object) -> object:
        raise RuntimeError("no C++ compiler\nset CXX")

    monkeypatch.setattr(torch, "compile", compile)
    config = quick_config(archive, epochs=1, compile=True)
    message, events = go(tmp_path / "run", config)
    assert message.startswith("finished")
    warnings = [e.text for e in events if isinstance(e, Log) and e.level == "warning"]
    assert warnings == ["the model is not compiled: no C++ compiler"]


def test_what_is_compiled_is_the_model_that_is_kept(archive, tmp_path, monkeypatch):
    taught = []

    def compile(model: object, **_: object) -> object:
        taught.append(model)
        return model

    monkeypatch.setattr(torch, "compile", compile)
    go(tmp_path / "one", quick_config(archive, epochs=1, compile=True))
    assert isinstance(taught[-1], torch.nn.Module)
    go(tmp_path / "two", quick_config(archive, epochs=1))
    one, two = (checkpoints.load(tmp_path / name / "last.pt")["model"] for name in ("one", "two"))
    assert all(torch.equal(one[name], two[name]) for name in two)


def test_a_run_that_gets_no_better_ends_early_and_so_when_resumed(archive, tmp_path, monkeypatch):
    losses = iter([0.5, 0.4, 0.6, 0.4, 0.1])
    monkeypatch.setattr(Learner, "validate", lambda *_: {"loss": next(losses)})
    config = quick_config(archive, epochs=9, patience=2)
    message, events = go(tmp_path / "run", config)
    assert message == "finished after 8 steps, 4 epochs, early: no better epoch came"
    assert [e["val_loss"] for e in epochs(events)] == [0.5, 0.4, 0.6, 0.4]
    assert checkpoints.load(tmp_path / "run" / "best.pt")["measured"]["val_loss"] == 0.4
    message, events = go(tmp_path / "run", config)
    assert message.endswith("early: no better epoch came")
    assert epochs(events) == []


def test_deterministic_runs_are_equal_and_leave_torch_as_it_was(archive, tmp_path):
    before = torch.are_deterministic_algorithms_enabled()
    config = quick_config(archive, epochs=1, deterministic=True)
    for name in ("one", "two"):
        go(tmp_path / name, config)
        assert torch.are_deterministic_algorithms_enabled()
    one, two = (checkpoints.load(tmp_path / name / "last.pt")["model"] for name in ("one", "two"))
    assert all(torch.equal(one[name], two[name]) for name in two)
    go(tmp_path / "free", quick_config(archive, epochs=1))
    assert torch.are_deterministic_algorithms_enabled() == before


def test_an_epoch_tells_rate_pace_and_memory(archive, tmp_path):
    config = quick_config(archive, epochs=2, schedule="cosine", precision="bfloat16", clip=1.0)
    _, events = go(tmp_path / "run", config)
    for told in epochs(events):
        assert 0 < told["lr"] <= config.lr
        assert told["samples_per_s"] > 0
        assert 0 <= told["data_wait"] <= 1
        assert 0.01 < told["memory_gb"] < 1000


def test_bfloat16_computes_otherwise_and_learns_nearly_the_same(archive, tmp_path):
    told = {}
    for precision in ("float32", "bfloat16"):
        device = choose("cpu", 1, precision)
        folder = RunDir.create(tmp_path / precision, quick_config(archive, epochs=1))
        events: list[Event] = []
        train(folder, quick_config(archive, epochs=1), device, events.append, lambda: False)
        told[precision] = epochs(events)[0]["train_loss"]
    assert told["bfloat16"] != told["float32"]
    assert told["bfloat16"] == pytest.approx(told["float32"], rel=0.05)
