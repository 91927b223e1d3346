"""Blind to some channels, and how the first layer weighs them."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from support.learning import quick_config

from thalia_core.errors import RunError
from thalia_core.learn import checkpoints, models
from thalia_core.learn.device import choose
from thalia_core.learn.inputs import PUBLISHED, Inputs
from thalia_core.learn.names import CHANNELS
from thalia_core.learn.predict import Predictor
from thalia_core.learn.scoring.ablation import ATMOSPHERE, INSAR, draw, fusion_weights, silence


def predictor_of(folder: Path, **changes: object) -> Predictor:
    config = replace(quick_config(folder), channels=CHANNELS, phase_encoding="scalar", decimate=1)
    config = replace(config, **changes)
    inputs = Inputs(config.channels, config.phase_encoding, dict(PUBLISHED), 1, 32, config.series)
    torch.manual_seed(0)
    net = models.build_for(models.describe(config), inputs)
    state = {
        "task": config.task,
        **models.describe(config),
        "inputs": inputs.to_dict(),
        "model": net.state_dict(),
        "versions": {},
        "steps": 0,
    }
    checkpoints.save(folder / "best.pt", state)
    return Predictor.of_run(folder, choose("cpu", 1))


@pytest.mark.parametrize("mask", [ATMOSPHERE, INSAR])
@pytest.mark.parametrize("encoding", ["scalar", "phasor"])
def test_a_masked_channel_changes_nothing_any_more(tmp_path, mask, encoding):
    predictor = predictor_of(tmp_path, phase_encoding=encoding)
    silence(predictor, mask)
    tiles, days = torch.rand(2, 9, 32, 32), torch.zeros(2, 1)
    told = predictor.probabilities(tiles, days)
    masked, seen = (slice(3, 9), slice(0, 3)) if mask == ATMOSPHERE else (slice(0, 3), slice(3, 9))
    other = tiles.clone()
    other[:, masked] += 1.0
    assert torch.equal(told, predictor.probabilities(other, days))
    other[:, seen] *= 3.0
    assert not torch.equal(told, predictor.probabilities(other, days))


def test_a_model_without_weather_cannot_be_blind_to_it(tmp_path):
    predictor = predictor_of(tmp_path, channels=CHANNELS[:3])
    for mask in (ATMOSPHERE, INSAR):
        with pytest.raises(RunError, match="nothing is left, or nothing is masked"):
            silence(predictor, mask)


def test_the_first_layer_is_told_channel_by_channel(tmp_path):
    predictor = predictor_of(tmp_path, phase_encoding="phasor")
    first = next(m for m in predictor.net.modules() if isinstance(m, torch.nn.Conv2d))
    with torch.no_grad():
        first.weight.fill_(0.0)
        first.weight[:, 0], first.weight[:, 1], first.weight[:, 3] = 1.0, -2.0, 1.0
    shares = {weight.channel: weight.share for weight in fusion_weights(predictor)}
    assert list(shares) == list(CHANNELS)
    assert shares["insar_difference"] == pytest.approx(0.75)  # cosine and sine
    assert shares["dem"] == pytest.approx(0.25)
    assert b"<svg" in draw({"run": fusion_weights(predictor)})


def test_steps_are_told_apart_and_late_fusion_has_no_such_layer(tmp_path):
    names = [w.channel for w in fusion_weights(predictor_of(tmp_path, series=3))]
    assert len(names) == 27
    assert names[9] == "insar_difference, step 2"
    late = predictor_of(tmp_path, fusion="late")
    with pytest.raises(RunError, match="no layer in which all channels meet"):
        fusion_weights(late)
