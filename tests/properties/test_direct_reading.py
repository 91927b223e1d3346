"""Chunk files that the program decodes itself hold what zarr reads from them, for every codec."""

import tempfile
from pathlib import Path

import numcodecs
import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cubes import PAIRS, small_cube
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, ZstdCodec

from thalia_core.cube.store import CubeStore, direct
from thalia_core.errors import CubeError

BLOSC = numcodecs.Blosc
V2 = [None, BLOSC("lz4", 5, BLOSC.SHUFFLE), BLOSC("zstd", 3, BLOSC.BITSHUFFLE), numcodecs.Zstd()]
V2 += [numcodecs.LZ4(), numcodecs.Zlib(), numcodecs.GZip(), numcodecs.BZ2(), numcodecs.LZMA()]
V3 = [None, BloscCodec(cname="lz4"), BloscCodec(cname="zstd"), GzipCodec(), ZstdCodec()]
FILLS = {"f": [np.nan, 0.0, -5.0], "i": [0, 7], "u": [0, 255], "b": [False, True]}
DTYPES = ["<f4", "<f8", "<i2", "<i4", "<u2", "|u1", "|b1"]


def as_it_is(raw: np.ndarray) -> np.ndarray:
    return raw


def options_of(draw: st.DrawFn) -> dict:
    """A type, a format and codecs that are common."""
    version, dtype = draw(st.sampled_from([2, 3])), np.dtype(draw(st.sampled_from(DTYPES)))
    fills = [*FILLS[dtype.kind], *([None] if version == 2 else [])]
    options = {
        "dtype": dtype,
        "zarr_format": version,
        "fill_value": draw(st.sampled_from(fills)),
        "compressors": draw(st.sampled_from(V2 if version == 2 else V3)),
        "chunk_key_encoding": {
            "name": "v2" if version == 2 else "default",
            "separator": draw(st.sampled_from("./")),
        },
    }
    if version == 2 and dtype.kind in "iu" and draw(st.booleans()):
        options["filters"] = [numcodecs.Delta(dtype.str)]
    return options


def part_of(draw: st.DrawFn, size: int) -> slice:
    first = draw(st.integers(0, size - 1))
    return slice(first, draw(st.integers(first + 1, size)))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_part_of_any_array_is_what_zarr_reads(data: st.DataObject):
    draw, options = data.draw, options_of(data.draw)
    rows, cols = draw(st.integers(1, 23)), draw(st.integers(1, 23))
    chunks = (1, 1, draw(st.integers(1, 26)), draw(st.integers(1, 26)))
    threads = draw(st.sampled_from([1, 2]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    with tempfile.TemporaryDirectory() as folder:
        array = zarr.create_array(folder, shape=(2, 1, rows, cols), chunks=chunks, **options)
        values = rng.integers(0, 120, (rows // 2 + 1, cols)).astype(array.dtype)
        array[1, 0, : rows // 2 + 1] = values  # chunks below are absent, and all of the other pair
        area = (part_of(draw, rows), part_of(draw, cols))
        for first in (0, 1):
            found = direct.read_plane(Path(folder), array, (first, 0), area, as_it_is, threads)
            wanted = array[(first, 0, *area)]
            assert found is not None
            assert found.dtype == wanted.dtype
            np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize(
    "options",
    [
        {"zarr_format": 3, "shards": (1, 1, 8, 8)},
        {"zarr_format": 3, "compressors": [Crc32cCodec()]},
        {"zarr_format": 3, "serializer": BytesCodec(endian="big")},
        {"zarr_format": 2, "order": "F"},
        {"zarr_format": 2, "dtype": ">f4"},
        {"zarr_format": 2, "chunks": (2, 1, 4, 4)},
    ],
)
def test_what_is_unusual_is_left_to_zarr(tmp_path: Path, options: dict):
    wanted = {"chunks": (1, 1, 4, 4), "dtype": "<f4"} | options
    array = zarr.create_array(tmp_path, shape=(2, 1, 8, 8), **wanted)
    array[...] = np.arange(128).reshape(2, 1, 8, 8)
    area = (slice(0, 8), slice(0, 8))
    assert direct.read_plane(tmp_path, array, (1, 0), area, as_it_is) is None


def torn(chunk: Path) -> None:
    chunk.write_bytes(chunk.read_bytes()[:100])


def foreign(chunk: Path) -> None:
    chunk.write_bytes(b"this is no chunk")


def of_another_size(chunk: Path) -> None:
    chunk.write_bytes(numcodecs.Blosc().encode(np.zeros(7, np.float32)))


@pytest.mark.parametrize("damage", [torn, foreign, of_another_size])
def test_a_chunk_that_does_not_decode_is_told_by_pair(tmp_path: Path, damage):
    path = small_cube(tmp_path)
    cube = CubeStore.open(path)
    i, j = cube.position(PAIRS[1])
    damage(path / "insar_difference" / f"{i}.{j}.0.0")
    with pytest.raises(CubeError, match=f"cannot read the data.*{PAIRS[1]}.*a chunk is damaged"):
        cube.read_plane("insar_difference", PAIRS[1])
    assert np.isfinite(cube.read_plane("insar_difference", PAIRS[0])).any()
