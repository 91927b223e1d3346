"""Builds in many processes, on a cluster, and killed in the middle: always the same bytes."""

import os
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from support.files import content
from support.licsar import make_frame

from thalia_core.jobs import pool

FRAMES = ("999A_01234_131313", "998D_01234_131313")
PAIRS = [f"202001{a:02d}_202002{b:02d}" for a in (1, 7, 13, 19) for b in (6, 12, 18)]


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    """A tree of two frames of 12 pairs."""
    tree = tmp_path_factory.mktemp("tree")
    for frame in FRAMES:
        make_frame(tree / "999" / frame, PAIRS)
    return tree


@pytest.fixture(scope="module")
def alone(source: Path, thalia, tmp_path_factory) -> Path:
    """The archive, built in one process."""
    return build(thalia, source, tmp_path_factory.mktemp("alone"), "--workers", "1")


def build(thalia, source: Path, out: Path, *words: str) -> Path:
    done = thalia("build", "licsar", source, out, *words)
    assert done.returncode == 0, done.stderr
    return out


def test_two_processes_write_the_same_bytes(thalia, source, alone, tmp_path):
    assert content(build(thalia, source, tmp_path, "--workers", "2")) == content(alone)


def test_two_workers_of_a_cluster_write_the_same_bytes(thalia, source, alone, tmp_path):
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        out = build(thalia, source, tmp_path, "--scheduler", cluster.scheduler_address)
    assert content(out) == content(alone)


def test_a_scheduler_that_is_not_there_is_told(verb, monkeypatch, source, tmp_path):
    monkeypatch.setattr(pool, "_CONNECT_S", 1)
    done = verb("build", "licsar", source, tmp_path / "x", "--scheduler", "tcp://127.0.0.1:9")
    assert done.returncode == 2
    assert "cannot reach the Dask scheduler: tcp://127.0.0.1:9" in done.stderr


def test_kill_9_of_a_parallel_build_and_go_on(thalia, thalia_command, source, alone, tmp_path):
    words = ["build", "licsar", str(source), str(tmp_path), "--workers", "2"]
    process = subprocess.Popen([*thalia_command, *words], stderr=subprocess.PIPE)
    while process.poll() is None and not list(tmp_path.rglob("insar_difference/[0-9]*")):
        time.sleep(0.002)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.returncode == -signal.SIGKILL
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive, "children end with their parent"
    build(thalia, source, tmp_path, "--workers", "2")
    assert content(tmp_path) == content(alone)


def test_a_worker_that_is_killed_is_told(thalia_command, source, alone, tmp_path, thalia):
    words = ["build", "licsar", str(source), str(tmp_path), "--workers", "2"]
    process = subprocess.Popen([*thalia_command, *words], stderr=subprocess.PIPE, text=True)
    found: list[psutil.Process] = []
    while process.poll() is None and not list(tmp_path.rglob("insar_difference/[0-9]*")):
        time.sleep(0.002)
    while process.poll() is None and not found:
        children = psutil.Process(process.pid).children()
        found = [child for child in children if "spawn_main" in " ".join(child.cmdline())]
    os.kill(found[0].pid, signal.SIGKILL)
    _, told = process.communicate(timeout=60)
    assert process.returncode in (1, 2)
    assert "a worker process was ended" in told
    build(thalia, source, tmp_path, "--workers", "2")
    assert content(tmp_path) == content(alone)
