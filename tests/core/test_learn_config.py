"""Settings of runs: a wrong key or value is named with what would be right."""

import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalia_core.errors import ConfigError
from thalia_core.learn.config import TrainConfig, presets
from thalia_core.learn.options import options_of
from thalia_core.learn.predict_config import PredictConfig


def problems(config: TrainConfig) -> dict[str, str]:
    return {problem.field: problem.text for problem in config.validate()}


def sound(tmp_path: Path) -> TrainConfig:
    return TrainConfig(cubes=(str(tmp_path),))


def test_defaults_are_the_published_recipe(tmp_path):
    config = sound(tmp_path)
    assert (config.lr, config.weight_decay, config.epochs, config.crop) == (1e-5, 1e-2, 90, 512)
    assert (config.focal_gamma, config.focal_alpha, config.loss_name) == (2.0, 0.25, "focal")
    assert config.channels == ("insar_difference", "insar_coherence", "dem")
    assert config.val_dates == (date(2019, 6, 1), date(2019, 12, 31))
    assert config.validate() == []


def test_what_is_written_is_read_back(tmp_path):
    config = replace(
        sound(tmp_path),
        train_frames=("106A_09048_000909",),
        train_dates=None,
        lr=3.5e-4,
        augment=False,
        pretrained='odd "name"\\ \u00e9\n.pt',
    )
    path = tmp_path / "config.toml"
    config.save(path)
    assert TrainConfig.from_toml(path.read_text()) == config


@given(st.text(), st.floats(1e-9, 10), st.booleans(), st.integers(0, 2**31))
def test_any_value_survives_the_round_trip(text, lr, augment, seed):
    config = TrainConfig(pretrained=text, lr=lr, augment=augment, seed=seed)
    assert TrainConfig.from_toml(config.to_toml()) == config


def test_every_key_is_explained_in_the_file():
    text = TrainConfig().to_toml()
    assert len(re.findall(r"^# .+\n\w+ = ", text, re.M)) == len(options_of(TrainConfig))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[training]\nlerning_rate = 1.0", ("lerning_rate", "[training]")),
        ("[training]\nbatchs = 4", ("'batchs' in [training]", "'batch' in [training]")),
        ("[data]\nlr = 1e-3", ("'lr' in [data]", "belongs in [training]")),
        ("lr = 1e-3", ("unknown key 'lr'", "[training]")),
        ("[trainning]\nlr = 1e-3", ("unknown section [trainning]", "nearest", "[training]")),
        (
            "[gpu]\nn = 1",
            ("unknown section [gpu]", "[augment], [data], [feed], [input], [model], [training]"),
        ),
        ("[training]\nlr = 'fast'", ("[training] lr", "'fast'", "a number from 1e-09 to 10")),
        ("[training]\nlr = nan", ("[training] lr", "nan")),
        ("[training]\nepochs = 0", ("[training] epochs", "1 to 100000")),
        ("[training]\nepochs = true", ("[training] epochs", "whole number")),
        ("[model]\nname = 'unett'", ("[model] name", "one of unet")),
        ("[input]\nchannels = ['phase']", ("[input] channels", "insar_difference")),
        ("[data]\ntrain_dates = [2020-01-01]", ("[data] train_dates", "two dates")),
        ("[data]\ntrain_dates = [2020-01-01, 2019-01-01]", ("[data] train_dates", "first, last")),
        ("[data\n", ("not a TOML file",)),
    ],
)
def test_wrong_settings_are_named(tmp_path, text, words):
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        TrainConfig.load(path)
    assert str(path) in str(error.value)
    for word in words:
        assert word in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"no such configuration.*none\.toml"):
        TrainConfig.load(tmp_path / "none.toml")


def test_relative_paths_are_taken_from_the_file(tmp_path):
    path = tmp_path / "settings" / "a.toml"
    path.parent.mkdir()
    path.write_text('[data]\ncubes = ["archive"]\n[model]\npretrained = "w.pt"')
    config = TrainConfig.load(path)
    assert config.cubes == (str(path.parent / "archive"),)
    assert config.pretrained == str(path.parent / "w.pt")


def test_problems_stand_beside_their_fields(tmp_path):
    config = sound(tmp_path)
    assert problems(replace(config, cubes=())).keys() == {"cubes"}
    assert "nowhere" in problems(replace(config, cubes=("/nowhere",)))["cubes"]
    assert "segmentation" in problems(replace(config, task="classification"))["model"]
    assert "multiple of 32" in problems(replace(config, crop=500))["crop"]
    assert problems(replace(config, lr=-1.0)).keys() == {"lr"}
    assert problems(replace(config, channels=("dem", "dem"))).keys() == {"channels"}
    assert problems(replace(config, pretrained="gone.pt")).keys() == {"pretrained"}
    assert problems(replace(config, model="tiny_unet")).keys() == {"pretrained"}
    assert problems(replace(config, val_dates=None)).keys() == {"val_frames"}
    overlap = replace(config, val_dates=(date(2019, 5, 1), date(2019, 7, 1)))
    assert problems(overlap).keys() == {"val_dates"}
    apart = replace(overlap, train_frames=("a",), val_frames=("b",))
    assert problems(apart) == {}


def test_settings_of_a_prediction_round_trip(tmp_path):
    config = PredictConfig(run=str(tmp_path), cube=str(tmp_path), pairs=("20240211_20240306",))
    assert PredictConfig.from_toml(config.to_toml()) == config
    assert config.validate() == []
    assert {p.field for p in replace(config, run="").validate()} == {"run"}


def test_the_sample_settings_are_sound(tmp_path):
    assert {"demo_unet", "demo_resnet50"} <= set(presets())
    for path in presets().values():
        assert replace(TrainConfig.load(path), cubes=(str(tmp_path),)).validate() == []


def test_settings_and_run_folders_need_no_torch():
    code = (
        "import sys, thalia_core.learn.config, thalia_core.jobs.rundir;"
        "sys.exit(any(m in sys.modules for m in ('torch', 'timm', 'zarr', 'xarray')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
