"""Synthetic archives by many processes, on a cluster, killed in the middle: the same bytes."""

import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from support.files import content
from support.twin import SIZE, write_sources

LEARNING = ("--learning", "--frames", 2, "--size", 64)


@pytest.fixture(scope="module")
def sources(tmp_path_factory) -> tuple[object, ...]:
    index, annotations = write_sources(tmp_path_factory.mktemp("sources"))
    return "--like", index, "--annotations", annotations, "--size", SIZE


@pytest.fixture(scope="module")
def alone(sources, thalia, tmp_path_factory) -> Path:
    """The twin, made by one process."""
    return make(thalia, tmp_path_factory.mktemp("alone") / "twin", *sources, "--workers", 1)


def make(thalia, out: Path, *words: object) -> Path:
    done = thalia("synth", "archive", out, *words)
    assert done.returncode == 0, done.stderr
    return out


def test_two_processes_make_the_same_bytes(thalia, sources, alone, tmp_path):
    assert content(make(thalia, tmp_path / "two", *sources, "--workers", 2)) == content(alone)


def test_two_workers_of_a_cluster_make_the_same_bytes(thalia, sources, alone, tmp_path):
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        words = (*sources, "--scheduler", cluster.scheduler_address)
        assert content(make(thalia, tmp_path / "far", *words)) == content(alone)


def test_kill_9_and_go_on(thalia, thalia_command, sources, alone, tmp_path):
    out = tmp_path / "twin"
    words = ["synth", "archive", out, *sources, "--workers", 2]
    process = subprocess.Popen([*thalia_command, *map(str, words)], stderr=subprocess.PIPE)
    while process.poll() is None and not list(out.rglob("insar_difference/[0-9]*")):
        time.sleep(0.002)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.returncode == -signal.SIGKILL
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive
    make(thalia, out, *sources, "--workers", 2)
    assert content(out) == content(alone)


def test_the_same_again_changes_nothing_and_other_options_are_refused(thalia, sources, alone):
    before = content(alone)
    done = thalia("synth", "archive", alone, *sources)
    assert done.returncode == 0
    assert "nothing to do, made before" in done.stdout
    other = thalia("synth", "archive", alone, *sources, "--seed", 1)
    assert other.returncode == 2
    assert "the folder is used for something else" in other.stderr
    assert content(alone) == before


def test_frames_to_learn_from_are_made(thalia, tmp_path):
    out = make(thalia, tmp_path / "learn", *LEARNING)
    assert len(list(out.glob("*.zarr"))) == 2
    assert '"held_out": [' in (out / "synthetic.json").read_text()
