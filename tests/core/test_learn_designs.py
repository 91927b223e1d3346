"""Ways beyond the published: late fusion, an encoder shared over the steps, gentler losses."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import binary_dilation, binary_erosion

from thalia_core.learn import models
from thalia_core.learn.config import TrainConfig
from thalia_core.learn.inputs import PUBLISHED, Inputs
from thalia_core.learn.losses import inner, loss_of
from thalia_core.learn.names import CHANNELS

WHOLE = TrainConfig(
    cubes=(".",),
    train_frames=("a",),
    channels=CHANNELS,
    crop=32,
    model="tiny_unet",
    pretrained="none",
)


def inputs_of(config: TrainConfig) -> Inputs:
    return Inputs(
        config.channels, config.phase_encoding, dict(PUBLISHED), 1, config.crop, config.series
    )


def net_of(config: TrainConfig) -> torch.nn.Module:
    torch.manual_seed(0)
    return models.build_for(models.describe(config), inputs_of(config)).eval()


@pytest.mark.parametrize("encoding", ["scalar", "phasor"])
def test_late_fusion_begins_as_the_model_without_weather(encoding):
    config = replace(WHOLE, fusion="late", phase_encoding=encoding)
    inputs, net = inputs_of(config), net_of(config)
    x = torch.randn(2, inputs.count, 32, 32)
    others = x.clone()
    others[:, list(inputs.weather)] += 5.0
    ground = [n for n in range(inputs.count) if n not in inputs.weather]
    assert len(inputs.weather) == 6
    assert torch.equal(models.forward(net, x, torch.zeros(2, 1)), net.halves(x[:, ground]))
    torch.nn.init.normal_(net.tell.weight)
    told = models.forward(net, x, torch.zeros(2, 1)), models.forward(net, others, torch.zeros(2, 1))
    assert not torch.allclose(*told)


@pytest.mark.parametrize("model", ["tiny_unet", "tiny_cnn"])
def test_a_shared_encoder_knows_the_days_and_forgets_the_order(model):
    task = "segmentation" if model == "tiny_unet" else "classification"
    config = replace(WHOLE, task=task, model=model, series=3, temporal="shared")
    net, inputs = net_of(config), inputs_of(config)
    x, days = torch.randn(2, inputs.count, 32, 32), torch.tensor([[12.0, 24.0, 200.0]] * 2)
    told = models.forward(net, x, days)
    assert not torch.allclose(told, models.forward(net, x, days * 2))
    order = [2, 0, 1]
    turned = x.reshape(2, 3, inputs.per_step, 32, 32)[:, order].flatten(1, 2)
    assert torch.allclose(told, models.forward(net, turned, days[:, order]), atol=1e-5)


def test_each_step_gets_logits_of_its_own():
    config = replace(WHOLE, series=3, temporal="shared", target="all")
    net, inputs = net_of(config), inputs_of(config)
    x, days = torch.randn(2, inputs.count, 32, 32), torch.tensor([[12.0, 24.0, 200.0]] * 2)
    told = models.forward(net, x, days)
    assert told.shape == (2, 2, 3, 32, 32)
    order = [1, 2, 0]
    turned = x.reshape(2, 3, inputs.per_step, 32, 32)[:, order].flatten(1, 2)
    again = models.forward(net, turned, days[:, order])
    assert torch.allclose(told[:, :, order], again, atol=1e-5)


@given(seed=st.integers(0, 999), tolerance=st.integers(1, 4))
def test_a_border_is_what_dilation_adds_and_erosion_takes(seed, tolerance):
    mask = np.random.default_rng(seed).uniform(size=(12, 15)) < 0.5
    square = np.ones((2 * tolerance + 1,) * 2, bool)
    most = binary_dilation(mask, square)
    least = binary_erosion(mask, square, border_value=1)
    found = inner(torch.from_numpy(mask.astype(np.int64))[None], tolerance)[0].numpy() > 0
    assert (found == (most == least)).all()


def test_pixels_at_the_border_count_nothing_and_the_unsure_count_less():
    config = replace(WHOLE, boundary_tolerance=1, confidence_weighted=True, loss="ce")
    target = torch.zeros(2, 8, 8, dtype=torch.int64)
    target[:, :, 4:] = 1
    logits = torch.zeros(2, 2, 8, 8, requires_grad=True)
    loss = loss_of(config)(logits, target, torch.tensor([1.0, 0.25]))
    loss.backward()
    slope = logits.grad.abs().sum(dim=1)
    assert (slope[:, :, 3:5] == 0).all()
    assert (slope[:, :, [0, 1, 2, 5, 6, 7]] > 0).all()
    assert torch.allclose(slope[1], slope[0] / 4)
    assert float(loss.detach()) == pytest.approx(np.log(2) * 0.75 * 0.625)


@pytest.mark.parametrize(
    ("changes", "field", "word"),
    [
        ({"fusion": "late", "channels": CHANNELS[:3]}, "fusion", "atmospheric"),
        ({"fusion": "late", "channels": CHANNELS[3:]}, "fusion", "atmospheric"),
        ({"temporal": "shared"}, "temporal", "series"),
        ({"temporal": "shared", "series": 3, "fusion": "late"}, "fusion", "exclude"),
        (
            {"boundary_tolerance": 2, "task": "classification", "model": "tiny_cnn"},
            "boundary_tolerance",
            "segmentation",
        ),
    ],
)
def test_what_does_not_go_together_is_said(changes, field, word):
    problems = [p for p in replace(WHOLE, **changes).validate() if p.field != "cubes"]
    assert [(p.field, word in p.text) for p in problems] == [(field, True)]


@pytest.mark.parametrize("changes", [{"fusion": "late"}, {"series": 3, "temporal": "shared"}])
def test_a_checkpoint_fills_the_whole_design(tmp_path, changes):
    from thalia_core.learn import checkpoints

    config = replace(WHOLE, **changes)
    net = net_of(config)
    path = tmp_path / "best.pt"
    checkpoints.save(path, {"model": net.state_dict(), **models.describe(config)})
    again = models.build_for(checkpoints.load(path), inputs_of(config), str(path))
    assert all(torch.equal(a, b) for a, b in zip(net.parameters(), again.parameters(), strict=True))
