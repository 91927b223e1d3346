"""A run takes its crops from a cache, from cubes or from shards, and learns the same from each."""

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from support.learning import CHANNELS, learning_archive, quick_config

from thalia_core.cli import main
from thalia_core.jobs.rundir import RunDir
from thalia_core.learn.data import channel_statistics, fixed_loader, train_loader
from thalia_core.learn.device import choose
from thalia_core.learn.feed.cache import CropCache
from thalia_core.learn.names import CACHE, CUBES, SOURCES, WEBDATASET
from thalia_core.learn.preparing import prepare
from thalia_core.learn.trainer import train
from thalia_core.progress import Metric

NEVER = bool  # nobody asks the run to stop


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    folder = tmp_path_factory.mktemp("feed")
    (folder / "archive").mkdir()
    config = quick_config(learning_archive(folder / "archive"), batch=3, repeat=2)
    config.save(folder / "run.toml")
    words = ["shards", "write", str(folder / "run.toml"), str(folder / "out"), "--workers", "1"]
    assert main(words) == 0
    return replace(config, shards=str(folder / "out"))


def prepared(config, folder: Path, source: str):
    run = RunDir.create(folder / source, replace(config, source=source))
    cache = CropCache(folder / "cache", 1.0)
    return prepare(run, replace(config, source=source), cache, lambda event: None, NEVER)


def test_validation_sees_the_same_crops(config, tmp_path):
    found = {}
    for source in SOURCES:
        _, val, _ = prepared(config, tmp_path, source)
        found[source] = list(fixed_loader(val, config, pinned=False))
    for cached, straight, stored in zip(*found.values(), strict=True):
        for name, values in straight.items():
            assert values.dtype == cached[name].dtype == stored[name].dtype
            assert np.array_equal(values, stored[name], equal_nan=True)
            if name != "planes":
                assert torch.equal(values, cached[name])
        gap = (straight["planes"] - cached["planes"]).nan_to_num().abs()
        assert gap.max() <= 0.5  # the cache keeps coherence in steps of 1/255
        assert torch.equal(straight["planes"].isnan(), cached["planes"].isnan())


@pytest.mark.parametrize("source", SOURCES)
def test_an_epoch_is_balanced_follows_from_the_seed_and_is_resumed(config, tmp_path, source):
    samples, _, _ = prepared(config, tmp_path, source)
    loader, epoch = train_loader(samples, config, pinned=False)

    def batches(number: int, start: int = 0) -> list[dict[str, torch.Tensor]]:
        epoch.begin(number, start)
        return list(loader)

    whole, again, other = batches(2), batches(2, start=3), batches(1)
    labels = torch.cat([batch["label"] for batch in whole])
    assert labels.sum() * 2 == len(labels) == 16
    for one, same in zip(whole[3:], again, strict=True):
        assert torch.equal(one["planes"].nan_to_num(), same["planes"].nan_to_num())
    assert not all(
        torch.equal(one["planes"].nan_to_num(), two["planes"].nan_to_num())
        for one, two in zip(whole, other, strict=True)
    )


@pytest.mark.parametrize("source", [CUBES, WEBDATASET])
def test_another_process_reads_the_same(config, tmp_path, source):
    samples, _, _ = prepared(config, tmp_path, source)
    draw = (1, 0, 2)
    here = samples[draw]["planes"]
    there = pickle.loads(pickle.dumps(samples))[draw]["planes"]
    assert torch.equal(here.nan_to_num(), there.nan_to_num())


@pytest.mark.parametrize("source", [CUBES, WEBDATASET])
def test_a_model_learns_without_a_cache(config, tmp_path, source):
    chosen = replace(config, source=source, statistics="training", epochs=4)
    run, events = RunDir.create(tmp_path / "run", chosen), []
    train(run, chosen, choose("cpu", 1), events.append, NEVER)
    losses = [e.values["loss"] for e in events if isinstance(e, Metric) and "loss" in e.values]
    assert np.mean(losses[-6:]) < np.mean(losses[:6])
    assert not (run.folder / "cache").exists()


def test_statistics_are_nearly_those_of_the_cache(config, tmp_path):
    found = {
        source: channel_statistics(prepared(config, tmp_path, source)[0], CHANNELS)
        for source in (CACHE, CUBES)
    }
    for name in CHANNELS:
        assert found[CUBES][name] == pytest.approx(found[CACHE][name], rel=0.2, abs=0.2)


def test_shards_alone_are_enough_to_train(config, tmp_path, capsys):
    """In a process of its own; the archive could be gone."""
    chosen = replace(config, cubes=(), source=WEBDATASET, epochs=1)
    chosen.save(tmp_path / "run.toml")
    words = ["train", str(tmp_path / "run.toml"), "--run", str(tmp_path / "run")]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "samples in shards: train_pos 4, train_neg 4, val 8, test 8" in told
    assert "finished" in told


def test_a_folder_of_shards_that_is_not_there_is_named(config, tmp_path, capsys):
    replace(config, source=WEBDATASET, shards="nowhere").save(tmp_path / "run.toml")
    assert main(["train", str(tmp_path / "run.toml"), "--run", str(tmp_path / "run")]) == 2
    told = capsys.readouterr().err
    assert "[feed] shards" in told
    assert f"{tmp_path / 'nowhere'}" in told
