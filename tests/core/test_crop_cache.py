"""The crop cache: shared by runs, bounded, and never taken from under a run."""

import errno
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from support.learning import FRAMES, learning_archive, quick_config

from thalia_core.benchmark.manifest import read_manifest
from thalia_core.errors import RunError
from thalia_core.jobs.oslock import lock_file
from thalia_core.jobs.rundir import RunDir
from thalia_core.learn import planes
from thalia_core.learn.device import choose
from thalia_core.learn.feed.cache import CropCache
from thalia_core.learn.preparing import CACHE_NAME, MANIFEST
from thalia_core.learn.samples import find_samples
from thalia_core.learn.trainer import train


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    return learning_archive(tmp_path_factory.mktemp("archive"))


def go(folder: Path, config) -> list:
    events: list = []
    train(RunDir.create(folder, config), config, choose("cpu", 1), events.append, lambda: False)
    return events


def raw_planes(cache: Path) -> dict[Path, int]:
    """Files of raw layers, and when they were written."""
    return {p: p.stat().st_mtime_ns for p in cache.rglob("insar_*.npy")}


def test_runs_share_what_was_read_and_list_their_samples(archive, tmp_path):
    config = quick_config(archive, epochs=1)
    go(tmp_path / "one", config)
    kept = raw_planes(tmp_path / CACHE_NAME)
    assert kept
    go(tmp_path / "two", config)
    assert raw_planes(tmp_path / CACHE_NAME) == kept
    assert not (tmp_path / "two" / CACHE_NAME).exists()
    told = read_manifest(tmp_path / "two" / MANIFEST)
    splits = find_samples(config)
    assert told["parts"] == {name: [s.key for s in splits.of(name)] for name in told["parts"]}


def test_a_cube_that_took_anothers_place_is_read_anew(archive, tmp_path):
    own = learning_archive(tmp_path / "own")
    config = quick_config(own, epochs=1)
    go(tmp_path / "one", config)
    first = raw_planes(tmp_path / CACHE_NAME)
    cube = own / f"{FRAMES[0]}.zarr"
    cube.rename(tmp_path / "old.zarr")
    subprocess.run(["cp", "-r", tmp_path / "old.zarr", cube], check=True)
    go(tmp_path / "two", config)
    assert len(raw_planes(tmp_path / CACHE_NAME)) > len(first)


def fill(place: Path, size: int) -> None:
    place.mkdir(parents=True, exist_ok=True)
    (place / "plane.npy").write_bytes(bytes(size))


def test_what_was_not_used_for_longest_goes_first(tmp_path):
    with CropCache(tmp_path, 1.0) as before:
        for age, name in enumerate(("a", "b", "c")):
            fill(tmp_path / name, 1000)
            before.hold([tmp_path / name])
            os.utime(tmp_path / name / "in-use", (age, age))
    with CropCache(tmp_path, 2500e-9) as cache:
        cache.hold([tmp_path / "a"])
        assert cache.clear() == 2000
    assert {path.name for path in tmp_path.iterdir()} == {"a", "c"}


def test_a_folder_that_is_just_going_is_held_anew(tmp_path):
    place = tmp_path / "a"
    fill(place, 1000)
    with CropCache(tmp_path, 0.0) as cache, ThreadPoolExecutor(1) as other:
        going = (place / "in-use").open("a+b")
        assert lock_file(going)  # another run is about to remove it
        held = other.submit(cache.hold, [place])
        with pytest.raises(TimeoutError):
            held.result(timeout=0.2)
        shutil.rmtree(place)
        going.close()
        held.result(timeout=30)
        fill(place, 10)
        with CropCache(tmp_path, 0.0) as third:
            assert third.clear() == 10
    assert place.exists()


HOLD = """
import sys, time
from pathlib import Path
from thalia_core.learn.feed.cache import CropCache
with CropCache(Path(sys.argv[1]), 1.0) as cache:
    cache.hold([Path(sys.argv[1]) / "a"])
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="locks cannot be shared there")
def test_what_another_process_holds_stays_until_it_dies(tmp_path):
    fill(tmp_path / "a", 1000)
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with CropCache(tmp_path, 0.0) as cache:
            assert cache.clear() == 1000
            holder.kill()
            holder.wait()
            until = time.monotonic() + 10
            while cache.clear() and time.monotonic() < until:
                time.sleep(0.02)
    assert not (tmp_path / "a").exists()


def test_a_full_disk_is_told_and_leaves_nothing_half(archive, tmp_path, monkeypatch):
    save, saved = np.save, []

    def refuse(file, values) -> None:
        save(file, values)
        saved.append(file)
        if len(saved) > 3:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(planes.np, "save", refuse)
    with pytest.raises(RunError, match=r"crop cache.*No space left.*\[feed\] cache"):
        go(tmp_path / "run", quick_config(archive, epochs=1))
    assert not list((tmp_path / CACHE_NAME).rglob("*.partial"))
