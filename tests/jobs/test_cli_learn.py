"""``thalia train``, ``predict`` and ``evaluate``, as a person runs them."""

import json
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path

import pytest
from support.learning import FRAMES, learning_archive, learning_cube, quick_config

from thalia_core.cli import learn
from thalia_core.cube.store import PredictionStore
from thalia_core.errors import ConfigError, CubeError, RunError, ThaliaError
from thalia_core.jobs.rundir import RunDir, state, tail
from thalia_core.learn.config import TrainConfig
from thalia_core.progress import Step


def thalia(*words: object) -> int:
    parser = ArgumentParser()
    learn.add(parser.add_subparsers())
    args = parser.parse_args([str(word) for word in words])
    return args.run(args)


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    return learning_archive(tmp_path_factory.mktemp("archive"))


def test_train_stop_resume_predict_evaluate(archive, tmp_path, monkeypatch, capsys):
    settings, folder = tmp_path / "quick.toml", tmp_path / "run"
    quick = quick_config(archive, epochs=6, repeat=4, batch=3)
    replace(quick, cubes=()).save(settings)

    pause = learn.time.sleep

    def interrupt(seconds: float) -> None:
        """A person presses Ctrl-C once the training goes."""
        pause(seconds)
        steps = [e for e in tail(RunDir(folder))[0] if isinstance(e, Step)]
        if steps and steps[-1].text.startswith("epoch"):
            monkeypatch.setattr(learn.time, "sleep", pause)
            raise KeyboardInterrupt

    monkeypatch.setattr(learn.time, "sleep", interrupt)
    assert thalia("train", settings, "--run", folder, "--cubes", archive) == 1
    told = capsys.readouterr().out
    assert "training on CPU, 1 thread" in told
    assert "asked to stop" in told
    assert state(RunDir.open(folder)) == "stopped"

    with pytest.raises(RunError, match="--resume"):
        thalia("train", settings, "--run", folder, "--cubes", archive)
    assert thalia("train", "--run", folder, "--resume") == 0
    told = capsys.readouterr().out
    assert "resumed after" in told
    assert "epoch 6, step 66: train loss" in told
    assert told.rstrip().endswith(f"{folder}: finished")

    cube = learning_cube(tmp_path, FRAMES[2])
    pair = "20190125_20190206"
    assert thalia("predict", folder, cube, "--pair", pair, "--device", "cpu") == 0
    store = PredictionStore.open(PredictionStore.path_for(cube, "run"))
    assert [str(p) for p in store.pairs] == [pair]
    assert f"{store.path}: 1 of 8 pairs" in capsys.readouterr().out

    assert thalia("evaluate", folder, cube, "--device", "cpu") == 0
    table = capsys.readouterr().out
    for name in ("model", "all-positive", "mean training mask", "unwrapped phase threshold"):
        assert name in table
    assert thalia("evaluate", folder, cube, "--device", "cpu", "--json") == 0
    measured = json.loads(capsys.readouterr().out)
    assert measured["pairs"] == 8
    assert 0 <= measured["all"]["model"]["iou"] <= 1

    (tmp_path / "other").mkdir()
    bare = learning_cube(tmp_path / "other", FRAMES[2], layers=("insar_difference",))
    with pytest.raises(CubeError, match="lacks 'insar_coherence'"):
        thalia("predict", folder, bare, "--device", "cpu")
    with pytest.raises(ThaliaError, match="no such interferogram"):
        thalia("predict", folder, cube, "--pair", "20200101_20200113")


def test_wrong_settings_start_nothing(archive, tmp_path):
    folder = tmp_path / "run"
    with pytest.raises(ConfigError, match="no such configuration"):
        thalia("train", "missing.toml", "--run", folder)
    with pytest.raises(ConfigError, match=r"no cubes to learn from.*--cubes"):
        thalia("train", "demo_unet", "--run", folder)
    with pytest.raises(ConfigError, match="demo_unet"):
        thalia("train", "--run", folder)
    settings = tmp_path / "a.toml"
    quick_config(archive, crop=33).save(settings)
    with pytest.raises(ConfigError, match=r"\[input\] crop.*multiple of 8"):
        thalia("train", settings, "--run", folder)
    with pytest.raises(RunError, match="not a run folder"):
        thalia("train", "--run", folder, "--resume")
    assert not folder.exists()
    with pytest.raises(RunError, match="not a run folder"):
        thalia("predict", folder, archive / f"{FRAMES[0]}.zarr")


def test_a_run_that_fails_says_why(archive, tmp_path):
    """Frames are looked up when the run reads the cubes."""
    settings = tmp_path / "a.toml"
    TrainConfig.save(replace(quick_config(archive), val_frames=("nowhere",)), settings)
    with pytest.raises(RunError, match=r"the run failed: no such frame: nowhere.*001A"):
        thalia("train", settings, "--run", tmp_path / "run")
    assert state(RunDir.open(tmp_path / "run")).startswith("failed: no such frame")
