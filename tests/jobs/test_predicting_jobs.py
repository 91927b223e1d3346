"""Predictions in real processes: killed and resumed, and killed at the very start."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from support.learning import FRAMES, learning_archive, learning_cube, quick_config

from thalia_core.cube.store import CubeStore, PredictionStore
from thalia_core.jobs.rundir import RunDir
from thalia_core.learn.device import choose
from thalia_core.learn.trainer import train

CPU = choose("cpu", 1)

SIZE = 300
"""Large enough for a pair to take a while, small enough for all of them to be quick."""

KILLED_AT_THE_START = """
import os, signal, sys
from thalia_core.cube.store import arrays, predictions
made = arrays.create
def create(*words):
    made(*words)
    os.kill(os.getpid(), signal.SIGKILL)
predictions.arrays.create = create
from thalia_core.cli import main
main(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    archive = learning_archive(tmp_path_factory.mktemp("archive"))
    config = quick_config(archive, epochs=1)
    run = RunDir.create(tmp_path_factory.mktemp("runs") / "run", config)
    train(run, config, CPU, lambda _: None, lambda: False)
    return run.folder


def store_of(cube: Path) -> PredictionStore:
    return PredictionStore.open(PredictionStore.path_for(cube, "run"))


def planes(cube: Path) -> dict[str, np.ndarray]:
    store = store_of(cube)
    return {str(pair): store.read(pair) for pair in store.pairs}


@pytest.fixture(scope="module")
def undisturbed(trained, thalia, tmp_path_factory) -> dict[str, np.ndarray]:
    cube = learning_cube(tmp_path_factory.mktemp("whole"), FRAMES[2], size=SIZE)
    done = thalia("predict", trained, cube, "--device", "cpu", "--threads", 1)
    assert done.returncode == 0, done.stderr
    assert "% of the time waiting for data" in done.stdout
    return planes(cube)


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(
        np.array_equal(one[key], other[key], equal_nan=True) for key in one
    )


def test_kill_9_and_go_on(trained, thalia, thalia_command, undisturbed, tmp_path):
    cube = learning_cube(tmp_path, FRAMES[2], size=SIZE)
    words = ("predict", str(trained), str(cube), "--device", "cpu", "--threads", "1")
    process = subprocess.Popen([*thalia_command, *words])
    attributes = PredictionStore.path_for(cube, "run") / ".zattrs"
    until = time.monotonic() + 60
    while not (attributes.exists() and store_of(cube).pairs):
        assert process.poll() is None, "it ended before a pair was seen to be written"
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    there = store_of(cube).pairs
    assert 0 < len(there) < len(undisturbed)
    folder = PredictionStore.path_for(cube, "run") / "probability"
    at = CubeStore.open(cube)
    kept = {folder / "{}.{}.0.0".format(*at.position(pair)) for pair in there}
    before = {path: path.stat().st_mtime_ns for path in kept}
    done = thalia(*words)
    assert done.returncode == 0, done.stderr
    assert {path: path.stat().st_mtime_ns for path in kept} == before
    assert same(planes(cube), undisturbed)


def test_killed_while_it_begins_it_can_begin_again(trained, thalia, tmp_path):
    cube = learning_cube(tmp_path, FRAMES[2])
    words = ("predict", str(trained), str(cube), "--device", "cpu")
    died = subprocess.run([sys.executable, "-c", KILLED_AT_THE_START, *words], check=False)
    assert died.returncode == -signal.SIGKILL
    done = thalia(*words)
    assert done.returncode == 0, done.stderr
    assert store_of(cube).pairs == tuple(CubeStore.open(cube).pairs)
    assert [path.name for path in PredictionStore.list_for(cube)] == ["run.zarr"]
