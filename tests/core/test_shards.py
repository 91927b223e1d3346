"""Shards in the published WebDataset layout: what is written comes back, and nothing else runs."""

import io
import json
import shutil
import subprocess
import sys
import tarfile
import time
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from support.learning import (
    CHANNELS,
    FRAMES,
    learning_archive,
    learning_cube,
    quick_config,
    stacked_pairs_of,
)

from thalia_core.cli import main
from thalia_core.cube.geometry import Window
from thalia_core.cube.store import CubeStore
from thalia_core.errors import ConfigError, RunError, ThaliaError
from thalia_core.learn.feed import tars
from thalia_core.learn.feed.items import read_planes
from thalia_core.learn.feed.shard_crops import ShardCrops, open_shards
from thalia_core.learn.feed.shards import MARKER, POSITIVE, Shards
from thalia_core.learn.feed.straight import draw_of, read_crop, read_part
from thalia_core.learn.names import TARGETS
from thalia_core.learn.planes import read_channel, target_of
from thalia_core.learn.samples import find_samples

ONE, TWO = "train_pos/sample-train_pos-000000.tar", "val/sample-val-000000.tar"


class Payload:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    return learning_archive(tmp_path_factory.mktemp("archive"))


@pytest.fixture(scope="module")
def stacked(tmp_path_factory) -> Path:
    """Frames whose primary dates have several secondary dates each."""
    folder = tmp_path_factory.mktemp("stacked")
    for frame in FRAMES:
        learning_cube(folder, frame, pairs=stacked_pairs_of(frame))
    return folder


@pytest.fixture(scope="module")
def settings_file(archive, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("settings") / "run.toml"
    quick_config(archive).save(path)
    return path


@pytest.fixture(scope="module")
def written(settings_file, tmp_path_factory) -> Path:
    return write(settings_file, tmp_path_factory.mktemp("written") / "shards")


@pytest.fixture
def shards(written, tmp_path) -> Path:
    """A copy that a test may harm."""
    return shutil.copytree(written, tmp_path / "shards")


def write(source: Path, out: Path, *more: str) -> Path:
    words = ["shards", "write", str(source), str(out), "--per-shard", "3", "--workers", "1"]
    assert main([*words, *more]) == 0
    return out


def info(folder: Path, *more: str) -> dict:
    return main(["shards", "info", str(folder), "--json", *more])


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*.tar"))}


def packed(value: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


def rewritten(path: Path, change) -> None:
    """The shard anew, its members changed by ``change(name, bytes)``; None leaves one out."""
    with tarfile.open(path) as tar:
        members = [(m.name, tar.extractfile(m).read()) for m in tar]
    with tarfile.open(path, "w") as tar:
        for name, data in members:
            if (data := change(name, data)) is not None:
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))


def test_the_layout_is_the_published_one(written, capsys):
    """Read by nothing but the standard library and torch, as other programs do."""
    assert sorted(p.name for p in written.iterdir() if p.is_dir()) == [
        "test",
        "train_neg",
        "train_pos",
        "val",
    ]
    with tarfile.open(written / ONE) as tar:
        names = tar.getnames()
        read = {n: torch.load(tar.extractfile(n), weights_only=True) for n in names[:3]}
    key = names[0].partition(".")[0]
    assert names[:3] == [f"{key}.{member}.pth" for member in ("image", "labels", "sample")]
    assert len(names) == 9
    image, labels, sample = read.values()
    assert (image.dtype, image.shape) == (torch.float32, (2, 32, 32))
    assert torch.isfinite(image).all()
    assert (labels.dtype, labels.shape) == (torch.int64, (1, 32, 32))
    assert set(labels.unique().tolist()) == {0, 1}
    assert sample["frame_id"] == FRAMES[0]
    assert sample["label"] == [1]
    assert sample["annotation"][0]["primary_date"].startswith("2017")
    assert info(written, "--check") == 0
    told = json.loads(capsys.readouterr().out)
    assert {part: count["samples"] for part, count in told["parts"].items()} == {
        "train_pos": 4,
        "train_neg": 4,
        "val": 8,
        "test": 8,
    }
    assert told["parts"]["val"]["shards"] == 3
    assert told["problems"] == []


def test_written_again_or_by_others_it_is_the_same(settings_file, written, tmp_path, capsys):
    before = {path: path.stat().st_mtime_ns for path in written.rglob("*.tar")}
    write(settings_file, written)
    assert "0 shards written, 10 were there" in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in written.rglob("*.tar")} == before
    other = write(settings_file, tmp_path / "other", "--split", "val", "train")
    same = files(written)
    assert files(other) == {n: data for n, data in same.items() if not n.startswith("test")}


def test_what_was_interrupted_goes_on(settings_file, written, shards):
    (shards / ONE).unlink()
    (shards / "val" / ".sample-val-000000.tar.0123.partial").write_bytes(b"half")
    with pytest.raises(RunError, match=r"shards are missing: .*1 of 4, such as train_pos/.*again"):
        Shards.open(shards)
    write(settings_file, shards)
    assert files(shards) == files(written)
    assert not list(shards.rglob("*.partial"))


def test_killed_while_it_writes_it_goes_on(settings_file, written, tmp_path):
    out = tmp_path / "killed"
    words = ["shards", "write", str(settings_file), str(out), "--per-shard", "3", "--workers", "1"]
    with subprocess.Popen([sys.executable, "-m", "thalia_core", *words]) as process:
        while process.poll() is None and not list(out.rglob("*.tar")):
            time.sleep(0.001)
        process.kill()
    assert 0 < len(files(out)) <= 10
    write(settings_file, out)
    assert files(out) == files(written)


def test_a_folder_of_other_shards_is_refused(archive, shards, tmp_path):
    quick_config(archive, crop=48).save(tmp_path / "other.toml")
    words = ["shards", "write", str(tmp_path / "other.toml"), str(shards)]
    before = files(shards)
    assert main(words) == 2
    assert files(shards) == before


def test_a_member_that_carries_code_is_refused(shards, tmp_path, capsys):
    ran = tmp_path / "ran"

    def infect(name: str, data: bytes) -> bytes:
        return packed(Payload(ran)) if name.endswith("sample.pth") else data

    rewritten(shards / TWO, infect)
    keys = list(tars.index(shards / TWO))
    assert info(shards, "--check") == 1
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert len(problems) == len(keys) == 3
    for key, problem in zip(keys, problems, strict=True):
        assert "not plain values, and was not opened" in problem
        assert f"{shards / TWO}:{key}.sample.pth" in problem
    rewritten(shards / ONE, infect)
    with pytest.raises(RunError, match="it holds code"):
        Shards.open(shards)
    assert not ran.exists()


@pytest.mark.parametrize("left", [0.9, 0.5, 0.0])
def test_a_shard_cut_short_is_named(shards, left, capsys):
    data = (shards / TWO).read_bytes()
    (shards / TWO).write_bytes(data[: int(len(data) * left)])
    assert info(shards) == 2
    told = capsys.readouterr().err
    assert "damaged or cut short" in told
    assert TWO in told


def test_a_shard_cut_between_two_members_is_named(shards, capsys):
    place = [m for key in tars.index(shards / TWO).values() for m in key.values()][2]
    data = (shards / TWO).read_bytes()
    (shards / TWO).write_bytes(data[: -(-(place.offset + place.size) // 512) * 512])
    assert info(shards) == 2
    assert "its end is missing" in capsys.readouterr().err


def test_a_sample_without_its_mask_is_named(shards, capsys):
    rewritten(shards / ONE, lambda name, data: None if name.endswith("labels.pth") else data)
    assert info(shards) == 2
    assert "lacks its labels.pth" in capsys.readouterr().err


def test_a_flipped_byte_is_found_by_the_check(shards, capsys):
    item = Shards.open(shards).of("test")[0]
    data = bytearray(Path(item.shard).read_bytes())
    data[item.image.offset + item.image.size // 2] ^= 1
    Path(item.shard).write_bytes(data)
    assert info(shards, "--check") == 1
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert "checksum" in problem
    assert item.key in problem


def test_published_shards_need_no_marker(shards, tmp_path):
    """All channels in their order, below a folder named after the length of the series."""
    (shards / MARKER).unlink()

    def widened(name: str, data: bytes) -> bytes:
        if not name.endswith("image.pth"):
            return data
        image = torch.load(io.BytesIO(data), weights_only=True)
        return packed(torch.cat([image, torch.arange(7.0)[:, None, None].expand(7, 32, 32)]))

    for path in shards.rglob("*.tar"):
        rewritten(path, widened)
    published = tmp_path / "published"
    published.mkdir()
    shards.rename(published / "1")
    found = Shards.open(published, steps=1)
    assert len(found.form.channels) == 9
    planes = read_planes(
        found.of("test")[0], found.form, ("dem", "secondary_date_surface_pressure")
    )
    assert planes.unique(dim=-1).flatten().tolist() == [0.0] * 32 + [4.0] * 32


def test_strange_channels_are_named(shards):
    (shards / MARKER).unlink()
    with pytest.raises(RunError, match="2 planes for 1 steps; the benchmark has 9"):
        Shards.open(shards)


def test_a_folder_without_shards_says_what_is_missing(tmp_path):
    with pytest.raises(ThaliaError, match=r"no shards here: .*train_pos.*thalia shards write"):
        Shards.open(tmp_path)


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(
        st.text("abcdefghij0123456789_", min_size=1, max_size=12),
        st.tuples(st.binary(max_size=1500), st.binary(max_size=700)),
        max_size=6,
    )
)
def test_every_member_of_a_tar_is_found_by_its_index(tmp_path_factory, samples):
    path = tmp_path_factory.mktemp("tar") / "s.tar"
    entries = [(key, {"image.pth": a, "sample.pth": b}) for key, (a, b) in samples.items()]
    assert tars.write(path, entries) == len(samples)
    found = tars.index(path)
    assert list(found) == list(samples)
    for key, members in entries:
        assert {name: tars.read(path, place) for name, place in found[key].items()} == members


@settings(max_examples=10, deadline=None)
@given(
    st.integers(0, 10_000),
    st.sampled_from([16, 24, 40]),
    st.sampled_from([1, 2, 3]),
    st.sampled_from([1, 3]),
    st.sampled_from(TARGETS),
)
def test_batches_from_shards_are_those_from_cubes(
    stacked, tmp_path_factory, seed, crop, decimate, series, target
):
    config = quick_config(
        stacked, seed=seed, crop=crop, decimate=decimate, series=series, target=target
    )
    folder = tmp_path_factory.mktemp("law")
    config.save(folder / "run.toml")
    shards = open_shards(replace(config, shards=str(write(folder / "run.toml", folder / "out"))))
    splits = find_samples(config)
    for split, epoch in (("train", 0), ("val", -1), ("test", -1)):
        crops = ShardCrops(shards.of(split), shards.form, config)
        for index, item in enumerate(shards.of(split)):
            number = int(item.key.removeprefix("sample"))
            sample = splits.of(split)[number]
            straight = read_crop(
                CubeStore.open(sample.cube), sample, config, draw_of(seed, epoch, number)
            )
            batch = crops[index, -1, 0]
            planes = straight.planes.reshape(-1, crop, crop)
            assert np.array_equal(batch["planes"], planes, equal_nan=True)
            assert np.array_equal(batch["mask"], target_of(straight.masks, target))
            assert bool(batch["label"]) == sample.positive
            assert split != "train" or sample.positive == (item.part == POSITIVE)
            assert batch["days"].tolist() == [pair.days for pair in sample.pairs]
            assert batch["confidence"] == sample.confidence


def test_a_crop_decodes_the_part_of_the_whole_plane(archive):
    """Blocks of decimated pixels are the same ones, whatever part is read."""
    cube = CubeStore.open(archive / f"{FRAMES[0]}.zarr")
    for name, decimate in product(CHANNELS, (1, 3, 5)):
        whole = read_channel(cube, name, cube.pairs[1], decimate)
        rows, cols = whole.shape
        part = Window(rows // 3, rows, cols // 4, cols - 2)
        read = read_part(cube, name, cube.pairs[1], part, decimate)
        assert np.array_equal(read, whole[part.slices], equal_nan=True)


def test_larger_crops_in_shards_give_other_parts_each_epoch(archive, settings_file, written):
    config = quick_config(archive, crop=16, shards=str(written))
    shards = open_shards(config)
    crops = ShardCrops(shards.of("train"), shards.form, config)
    first = crops[0, 0, 0]
    assert first["planes"].shape == (2, 16, 16)
    assert first["mask"].any()
    assert torch.equal(first["mask"], crops[0, 0, 0]["mask"])
    others = [crops[0, epoch, 0]["planes"] for epoch in range(1, 6)]
    assert not all(torch.equal(first["planes"], other) for other in others)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"crop": 48}, r"\[input\] crop: .*crops of 32"),
        ({"decimate": 1}, r"\[input\] decimate: .*decimated by 2"),
        ({"channels": ("insar_difference", "dem")}, r"\[input\] channels: .*lack dem"),
    ],
)
def test_settings_that_shards_cannot_serve_are_named(archive, written, changes, told):
    with pytest.raises(ConfigError, match=told):
        open_shards(quick_config(archive, shards=str(written), **changes))
