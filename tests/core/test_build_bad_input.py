"""What `thalia build licsar` says of bad sources and outputs: what, where, why, what next."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.licsar import COLS, FRAME, PAIRS, ROWS, make_frame, phase_path, write_tiff

from thalia_core.build.geotiff import read_header
from thalia_core.cube.store import CubeStore

OTHERS = ("998D_01234_131313", "997D_01234_131313")


@pytest.fixture
def frame(tmp_path: Path) -> Path:
    return make_frame(tmp_path / "licsar" / FRAME)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with room for 100 kB."""
    yield from mounted(tmp_path / "disk", "size=100k")


@pytest.fixture
def read_only_disk(tmp_path: Path) -> Iterator[Path]:
    yield from mounted(tmp_path / "disk", "ro")


def mounted(folder: Path, options: str) -> Iterator[Path]:
    folder.mkdir()
    if sys.platform != "linux" or shutil.which("mount") is None:
        pytest.skip("no disk can be mounted here")
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no permission to mount a disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def spoil_pixels(path: Path) -> None:
    """The header stays whole, so that the damage shows when the pixels are read."""
    write_tiff(path, np.random.default_rng(0).normal(0, 1, (ROWS, COLS)).astype(np.float32))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 4 // 5])
    assert read_header(path).geometry.shape == (ROWS, COLS)


def test_a_full_disk(verb, frame: Path, small_disk: Path):
    out = small_disk / "c.zarr"
    done = verb("build", "licsar", frame, out)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        f"thalia: cannot write the cube: {out}; No space left on device; free some space and run "
        "the same command again: it goes on where it stopped"
    )
    assert not out.exists()
    subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
    again = verb("build", "licsar", frame, out)
    assert again.returncode == 0, again.stderr
    assert [path.name for path in small_disk.iterdir()] == ["c.zarr"]
    assert len(CubeStore.open(out).pairs) == 3


def test_a_disk_that_is_mounted_for_reading(verb, frame: Path, read_only_disk: Path):
    done = verb("build", "licsar", frame, read_only_disk)
    assert done.returncode == 2
    assert "cannot write the cube" in done.stderr
    assert f"{FRAME}.zarr; Read-only file system; allow writing there" in done.stderr


@pytest.mark.skipif(sys.platform == "win32" or os.getuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission(verb, frame: Path, tmp_path: Path):
    (tmp_path / "archive").mkdir(mode=0o555)
    done = verb("build", "licsar", frame, tmp_path / "archive")
    assert done.returncode == 2
    assert "Permission denied; allow writing there" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit of file sizes")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_limit_of_file_sizes(thalia_command, frame: Path, tmp_path: Path, workers: int):
    import resource

    words = ["build", "licsar", str(frame), str(tmp_path / "c.zarr"), "--workers", str(workers)]
    done = subprocess.run(
        [*thalia_command, *words],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500)),
    )
    assert done.returncode == 2
    assert "cannot write the cube" in done.stderr
    assert "File too large; allow larger files there" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file that cannot be read, by root too")
@pytest.mark.parametrize("name", ["metadata.txt", "baselines"])
def test_a_text_that_cannot_be_read_is_done_without(verb, frame: Path, tmp_path: Path, name: str):
    (frame / "metadata" / name).unlink()
    (frame / "metadata" / name).symlink_to("/proc/self/mem")
    done = verb("build", "licsar", frame, tmp_path / "c.zarr")
    assert done.returncode == 1
    assert f"{name}: cannot be read (Input/output error); left out" in done.stderr
    assert len(CubeStore.open(tmp_path / "c.zarr").pairs) == 3


def test_metadata_that_are_no_text(verb, frame: Path, tmp_path: Path):
    (frame / "metadata" / "metadata.txt").write_bytes(bytes(range(128, 256)))
    done = verb("build", "licsar", frame, tmp_path / "c.zarr")
    assert done.returncode == 1
    assert "no legible value of center_time, heading, avg_incidence_angle" in done.stderr


def test_coherence_of_one_pair_and_of_none(verb, frame: Path, tmp_path: Path):
    coherences = sorted(frame.glob("interferograms/*/*.cc.tif"))
    coherences[0].unlink()
    done = verb("build", "licsar", frame, tmp_path / "c.zarr")
    assert done.returncode == 0
    assert f"note: {frame}: no coherence for {PAIRS[0]}\n" in done.stderr
    for path in coherences[1:]:
        path.unlink()
    done = verb("build", "licsar", frame, tmp_path / "d.zarr")
    assert f"note: {frame}: no coherence for any pair\n" in done.stderr
    assert "insar_coherence" in CubeStore.open(tmp_path / "d.zarr").missing_layers


def test_pairs_without_a_file(verb, frame: Path, tmp_path: Path):
    for pair in PAIRS:
        phase_path(frame, pair).unlink()
    done = verb("build", "licsar", frame, tmp_path / "c.zarr")
    assert done.returncode == 2
    assert f"no usable interferogram: {frame}" in done.stderr
    assert f"{PAIRS[0]}: it has no {PAIRS[0]}.geo.diff_pha.tif; not built" in done.stderr
    assert "each pair needs a sound YYYYMMDD_YYYYMMDD.geo.diff_pha.tif" in done.stderr


@pytest.mark.parametrize(
    ("kind", "values", "why"),
    [
        ("diff_pha", np.full((ROWS, COLS), 57.3, np.float32), "exceed pi: no wrapped phase in rad"),
        ("cc", np.full((ROWS, COLS), 200, np.float32), "exceed 1: no coherence in decimal numbers"),
    ],
)
def test_values_in_other_units(verb, frame: Path, tmp_path: Path, kind: str, values, why: str):
    name = f"{PAIRS[0]}.geo.{kind}.tif"
    values[0, 0] = np.nan
    write_tiff(frame / "interferograms" / PAIRS[0] / name, values)
    done = verb("build", "licsar", frame, tmp_path / "c.zarr")
    assert done.returncode == 1
    assert f"{name}: its values {why}; not built" in done.stderr
    assert len(CubeStore.open(tmp_path / "c.zarr").pairs) == 2


def test_a_cube_of_a_later_schema_is_not_taken_for_something_else(verb, frame, tmp_path: Path):
    out = tmp_path / "c.zarr"
    verb("build", "licsar", frame, out)
    attrs = out / ".zattrs"
    attrs.write_text(attrs.read_text().replace('"schema_version": 1', '"schema_version": 2'))
    done = verb("build", "licsar", frame, out)
    assert done.returncode == 2
    assert done.stderr == (
        f"thalia: the output cannot be extended; it was not touched: {out}; the cube is of a later "
        "version than this program: its schema_version is 2, this program knows 1; install a newer "
        "Thalia\n"
    )


def test_one_broken_frame_does_not_stop_the_others(verb, frame: Path, tmp_path: Path):
    headless, pixelless = (make_frame(frame.parent / name) for name in OTHERS)
    for pair in PAIRS:
        phase_path(headless, pair).write_bytes(b"no tif")
        spoil_pixels(phase_path(pixelless, pair))
    taken = make_frame(frame.parent / "996D_01234_131313")
    archive = tmp_path / "archive"
    (archive / f"{taken.name}.zarr").mkdir(parents=True)
    done = verb("build", "licsar", frame.parent, archive)
    assert done.returncode == 1
    for folder in (headless, pixelless):
        assert f"thalia: no usable interferogram: {folder}" in done.stderr
    assert (
        f"the output is something else; it was not touched: {archive / taken.name}" in done.stderr
    )
    assert done.stderr.splitlines()[-1] == (
        f"thalia: not built: {OTHERS[0]}, {taken.name}, {OTHERS[1]}"
    )
    assert sorted(path.name for path in archive.iterdir()) == [
        f"{taken.name}.zarr",
        f"{FRAME}.zarr",
    ]
    assert len(CubeStore.open(archive / f"{FRAME}.zarr").pairs) == 3


def test_a_tree_again_builds_only_what_is_new(verb, frame: Path, tmp_path: Path):
    other = make_frame(frame.parent / OTHERS[0], PAIRS[:2])
    archive = tmp_path / "archive"
    assert verb("build", "licsar", frame.parent, archive).returncode == 0
    make_frame(other)
    make_frame(frame.parent / OTHERS[1])
    done = verb("build", "licsar", frame.parent, archive)
    assert done.returncode == 0, done.stderr
    told = {line.split(".zarr: ")[0][-17:]: line for line in done.stdout.splitlines()}
    assert "nothing to do" in told[FRAME]
    assert "extended by 1 interferograms" in told[OTHERS[0]]
    assert "built in" in told[OTHERS[1]]
