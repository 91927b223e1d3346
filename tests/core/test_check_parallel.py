"""Checking and mending an archive in two processes, and on two workers of a cluster."""

import json
import shutil
from pathlib import Path

import pytest
from support.cubes import small_cube


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Three cubes: one with a damaged chunk, one with what a crash left, and a sound one."""
    first = small_cube(tmp_path)
    for frame in ("107A_00001_131313", "108A_00001_131313"):
        shutil.copytree(first, tmp_path / f"{frame}.zarr")
    (tmp_path / "107A_00001_131313.zarr" / "dem" / ".0.0.12.partial").write_bytes(b"half")
    (tmp_path / "108A_00001_131313.zarr" / "dem" / "0.0").write_bytes(b"rubbish")
    return tmp_path


def told(thalia, archive: Path, *words: str) -> tuple[int, dict]:
    done = thalia("check", archive, "--json", *words)
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


def test_two_processes_tell_the_same(thalia, archive: Path):
    alone = told(thalia, archive, "--workers", "1")
    assert alone[0] == 1
    assert [d["kind"] for d in alone[1]["defects"]] == ["partial-file", "chunk-damaged"]
    assert told(thalia, archive, "--workers", "2") == alone


def test_a_cluster_tells_the_same_and_mends(thalia, archive: Path):
    from distributed import LocalCluster

    alone = told(thalia, archive, "--workers", "1")
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        address = cluster.scheduler_address
        assert told(thalia, archive, "--scheduler", address) == alone
        code, after = told(thalia, archive, "--scheduler", address, "--fix")
    assert code == 1
    assert len(after["mended"]) == 1
    assert [d["kind"] for d in after["defects"]] == ["chunk-damaged"]
    assert not list(archive.rglob("*.partial"))
