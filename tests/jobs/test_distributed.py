"""Two real processes that train one model together."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from support.learning import learning_archive, quick_config

from thalia_core.jobs.rundir import RunDir, state, tail
from thalia_core.learn import checkpoints, models
from thalia_core.learn.inputs import Inputs
from thalia_core.progress import Metric, Started

ALONE = [sys.executable, "-m", "thalia_core.jobs.worker"]
TWO = [
    *(sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"),
    *("-m", "thalia_core.jobs.worker"),
]


def work(command: list[str], folder: Path, config) -> list:
    run = RunDir.create(folder, config)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [*command, str(folder)], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert state(run) == "finished"
    return tail(run)[0]


@pytest.fixture(scope="module")
def both(tmp_path_factory) -> tuple[tuple[Path, list], tuple[Path, list]]:
    """The same run, by one process and by two; batches of 3 do not divide by two."""
    home = tmp_path_factory.mktemp("distributed")
    archive = learning_archive(home / "archive")
    # it has no batch normalisation, which would see each share alone on a CPU
    config = quick_config(archive, model="tiny_unet", batch=3, epochs=2, lr=1e-3, clip=1.0)
    one = work(ALONE, home / "one", config)
    two = work(TWO, home / "two", config)
    return (home / "one", one), (home / "two", two)


def test_two_processes_learn_what_one_learns(both):
    states = [checkpoints.load(folder / checkpoints.LAST) for folder, _ in both]
    torch.manual_seed(0)
    fresh = models.build_for(states[0], Inputs.from_dict(states[0]["inputs"])).state_dict()
    # all weights as one vector: where a gradient is next to nothing, its sign is chance
    start, one, two = (
        torch.cat([net[name].flatten() for name in fresh])
        for net in (fresh, states[0]["model"], states[1]["model"])
    )
    assert float((one - two).norm()) < 0.02 * float((one - start).norm())


def test_the_losses_and_measures_are_those_of_the_whole_batch(both):
    def told(events: list) -> list[dict[str, float]]:
        return [dict(e.values) for e in events if isinstance(e, Metric) and len(e.values) > 1]

    one, two = (told(events) for _, events in both)
    assert len(one) == len(two) == 2
    for a, b in zip(one, two, strict=True):
        for name in ("train_loss", "val_loss", "val_recall", "val_iou"):
            assert a[name] == pytest.approx(b[name], rel=1e-3, nan_ok=True)


def test_only_the_first_process_tells(both):
    started = [e for e in both[1][1] if isinstance(e, Started)]
    assert len(started) == 1
    assert "2 processes" in started[0].device
