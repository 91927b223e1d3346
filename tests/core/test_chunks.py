"""Planes that this program encodes itself: the files that zarr would write, to the byte."""

import errno
import os
from pathlib import Path

import numcodecs
import numpy as np
import pytest
import zarr

from thalia_core.cube.store.chunks import takes_planes, write_plane

SHAPE = (40, 50)


def array_in(folder: Path, dtype: str, fill: object, **options) -> zarr.Array:
    group = zarr.open_group(folder, mode="w", zarr_format=2)
    return group.create_array(
        name="a",
        shape=(2, 2, *SHAPE),
        chunks=(1, 1, 16, 16),
        dtype=dtype,
        fill_value=fill,
        compressors=numcodecs.Blosc("lz4", 5, numcodecs.Blosc.SHUFFLE),
        chunk_key_encoding={"name": "v2", "separator": "."},
        **options,
    )


def plane_of(dtype: str, empty: object) -> np.ndarray:
    """Noise, with a tile and a rim that hold no data."""
    plane = (np.random.default_rng(3).uniform(1, 250, SHAPE)).astype(dtype)
    plane[:16, 16:32] = plane[36:] = empty
    return plane


def chunks_in(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in (folder / "a").iterdir() if p.name != ".zarray"}


@pytest.mark.parametrize(
    ("dtype", "fill", "empty"),
    [("<f4", np.nan, np.nan), ("<f4", 0, 0), ("|u1", 0, 0), ("|u1", None, 0)],
)
def test_the_same_files_as_zarr(tmp_path: Path, dtype: str, fill: object, empty: object):
    plane = plane_of(dtype, empty)
    theirs, ours = (array_in(tmp_path / name, dtype, fill) for name in ("theirs", "ours"))
    assert takes_planes(ours)
    theirs[1, 0] = plane
    write_plane(tmp_path / "ours" / "a", ours, (1, 0), plane)
    found = chunks_in(tmp_path / "ours")
    names = {name for name in found if name != ".zattrs"}
    assert names == {f"1.0.{i}.{j}" for i in range(3) for j in range(4)} - {"1.0.0.1"}
    assert found == chunks_in(tmp_path / "theirs")
    np.testing.assert_array_equal(ours[1, 0], plane)


def test_a_plane_written_again_leaves_nothing_of_the_first(tmp_path: Path):
    array = array_in(tmp_path, "<f4", np.nan)
    write_plane(tmp_path / "a", array, (0, 1), np.ones(SHAPE, np.float32))
    plane = plane_of("<f4", np.nan)[::-1]  # a view, as of a raster that is turned
    write_plane(tmp_path / "a", array, (0, 1), plane)
    np.testing.assert_array_equal(array[0, 1], plane)


@pytest.mark.parametrize("refused", [1, 5])
def test_a_disk_that_refuses_leaves_no_files_under_way(tmp_path: Path, monkeypatch, refused: int):
    array, synced = array_in(tmp_path, "<f4", np.nan), []
    before = chunks_in(tmp_path)

    def full(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) >= refused:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_plane(tmp_path / "a", array, (0, 0), plane_of("<f4", np.nan))
    assert chunks_in(tmp_path) == before


def test_arrays_kept_in_another_way_are_left_to_zarr(tmp_path: Path):
    filtered = array_in(tmp_path, "<u2", 65535, filters=[numcodecs.Delta("<u2")])
    assert not takes_planes(filtered)
    assert not takes_planes(array_in(tmp_path / "big", ">f4", np.nan))
