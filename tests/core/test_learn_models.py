"""Inputs, variation, losses, measures and models: each against a value known by other means."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from thalia_core.cli import main
from thalia_core.errors import RunError
from thalia_core.learn import checkpoints, models
from thalia_core.learn.augment import Augment
from thalia_core.learn.config import TrainConfig
from thalia_core.learn.inputs import PUBLISHED, Inputs
from thalia_core.learn.learner import lr_factor
from thalia_core.learn.losses import focal
from thalia_core.learn.metrics import Counts, auroc
from thalia_core.learn.names import CHANNELS, MODELS

NAN = float("nan")
STILL = TrainConfig(
    blur=0.0, resized_crop=0.0, flip_horizontal=0.0, flip_vertical=0.0, rotation=0.0
)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def ramp(size: int = 64) -> torch.Tensor:
    """A wrapped phase ramp of several fringes, and heights; (1, 2, size, size)."""
    x = torch.arange(size, dtype=torch.float32).expand(size, size)
    phase = torch.atan2(torch.sin(0.7 * x), torch.cos(0.7 * x))
    return torch.stack([phase, x])[None]


def test_channels_are_normalised_and_no_data_become_zero():
    inputs = Inputs(("insar_difference", "insar_coherence"), "scalar", PUBLISHED, 1, 32)
    planes = torch.tensor([[[[1.0, NAN]], [[69.3472689222075, 255.0]]]])
    encoded = inputs.encode(planes)
    assert inputs.count == 2
    assert encoded[0, 0, 0].tolist() == pytest.approx([(1 - 0.0014896) / 1.61768336, 0.0], 1e-5)
    assert encoded[0, 1, 0].tolist() == pytest.approx([0.0, 185.6527310 / 76.5032581], abs=1e-5)


def test_a_phasor_takes_two_planes():
    inputs = Inputs(("dem", "insar_difference"), "phasor", PUBLISHED, 1, 32)
    encoded = inputs.encode(torch.tensor([[[[0.0, 1.0]], [[math.pi / 2, NAN]]]]))
    assert inputs.count == encoded.shape[1] == 3
    assert encoded[0, 1:, 0, 0].tolist() == pytest.approx([0, 1], abs=1e-6)
    assert encoded[0, 1:, 0, 1].tolist() == [0, 0]


def test_inputs_survive_a_checkpoint():
    inputs = Inputs(CHANNELS, "phasor", PUBLISHED, 2, 64)
    assert Inputs.from_dict(inputs.to_dict()) == inputs
    assert set(PUBLISHED) == set(CHANNELS)


def test_without_variation_planes_stay_as_they_are():
    planes, mask = ramp(), torch.zeros(1, 64, 64, dtype=torch.long)
    varied, same = Augment(STILL, [0])(planes, mask, seeded())
    assert torch.equal(varied, planes)
    assert torch.equal(same, mask)


def test_a_flip_is_exact_and_moves_the_mask_alike():
    planes = ramp()
    planes[0, :, 3, 5] = NAN
    mask = torch.zeros(1, 64, 64, dtype=torch.long)
    mask[0, :9, :20] = 1
    varied, moved = Augment(replace(STILL, flip_horizontal=1.0), [0])(planes, mask, seeded())
    assert torch.allclose(varied, planes.flip(-1), atol=1e-4, equal_nan=True)
    assert torch.equal(moved, mask.flip(-1))


def test_a_rotated_phase_keeps_its_fringes():
    """Turned as a number, the jumps at half a turn would leave a wrong phase at every fringe."""
    planes = ramp(96)
    augment = Augment(replace(STILL, rotation=1.0), [0])
    varied, _ = augment(planes, torch.zeros(1, 96, 96, dtype=torch.long), seeded(3))
    phase, height = varied[0]
    expected = torch.atan2(torch.sin(0.7 * height), torch.cos(0.7 * height))
    off = torch.atan2(torch.sin(phase - expected), torch.cos(phase - expected))
    known = torch.isfinite(off)
    assert known.float().mean() > 0.5
    assert (off[known].abs() > 0.5).float().mean() < 0.001
    assert not known.all()  # corners that came from outside


def test_a_blur_spares_no_data():
    planes = ramp()
    planes[0, 1, :, 40:] = NAN
    planes[0, 1, :, :40] = 7.0
    augment = Augment(replace(STILL, blur=1.0), [0])
    varied, _ = augment(planes, torch.zeros(1, 64, 64, dtype=torch.long), seeded(1))
    assert torch.allclose(varied[0, 1, :, :40], torch.tensor(7.0), atol=1e-3)
    assert torch.isnan(varied[0, 1, :, 44:]).all()


def test_all_variations_together_stay_physical():
    planes = ramp().repeat(16, 1, 1, 1)
    mask = torch.randint(0, 2, (16, 64, 64), generator=seeded())
    always = replace(STILL, blur=1.0, resized_crop=1.0, flip_vertical=0.5, rotation=1.0)
    varied, moved = Augment(always, [0])(planes, mask, seeded())
    phase = varied[:, 0][torch.isfinite(varied[:, 0])]
    assert phase.abs().max() <= math.pi + 1e-5
    assert set(moved.unique().tolist()) <= {0, 1}
    again, _ = Augment(always, [0])(planes, mask, seeded())
    assert torch.equal(torch.nan_to_num(varied), torch.nan_to_num(again))


def test_focal_loss_by_hand():
    logits = torch.tensor([[0.0, math.log(3.0)]])  # class 1 with p = 3/4
    one, zero = torch.tensor([1]), torch.tensor([0])
    assert focal(logits, one).mean().item() == pytest.approx(0.25 * 0.25**2 * -math.log(0.75))
    assert focal(logits, zero).mean().item() == pytest.approx(0.75 * 0.75**2 * -math.log(0.25))
    entropy = torch.nn.functional.cross_entropy(logits, one)
    assert focal(logits, one, gamma=0.0, alpha=0.5).mean().item() == pytest.approx(
        entropy.item() / 2
    )


def test_measures_by_hand():
    predicted = np.array([1, 1, 1, 0, 0, 0], dtype=bool)
    truth = np.array([1, 1, 0, 1, 0, 0], dtype=bool)
    counts = Counts.of(predicted, truth) + Counts()
    assert (counts.hits, counts.false_alarms, counts.misses, counts.rejections) == (2, 1, 1, 2)
    assert counts.values() == pytest.approx(
        {"precision": 2 / 3, "recall": 2 / 3, "f1": 2 / 3, "iou": 1 / 2}
    )
    assert math.isnan(Counts(rejections=5).iou)


@pytest.mark.slow
def test_area_under_the_curve():
    assert auroc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]) == pytest.approx(0.75)
    assert math.isnan(auroc([0.5, 0.6], [1, 1]))


def test_the_learning_rate_warms_up_and_falls():
    assert lr_factor("constant", 77, 100, 10) == 1
    rates = [lr_factor("cosine", step, 100, 10) for step in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[10] == 1
    assert rates[-1] == pytest.approx(0)


@pytest.mark.parametrize("name", [n for n, m in MODELS.items() if m.library == "own"])
def test_own_models_keep_the_shape(name):
    net = models.build(name, 3)
    logits = net(torch.zeros(2, 3, 32, 32))
    shape = (2, 2, 32, 32) if MODELS[name].task == "segmentation" else (2, 2)
    assert logits.shape == shape
    assert models.parameters(net) < 1e6


@pytest.mark.slow
def test_parameter_counts_are_the_published_ones(capsys):
    assert main(["models", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == list(MODELS)
    published = [row for row in rows if row["published_millions"]]
    assert len(published) == 8
    for row in published:
        for channels, millions in row["published_millions"].items():
            assert round(row["parameters"][channels] / 1e6, 1) == millions, row["name"]


@pytest.mark.slow
def test_a_file_of_published_weights_fills_the_backbone(tmp_path):
    import timm

    torch.manual_seed(1)
    published = timm.create_model("resnet50")
    path = tmp_path / "resnet50.pth"
    torch.save(published.state_dict(), path)
    for name, part in (("unet", "encoder."), ("resnet50", "")):
        net = models.build(name, 3, str(path))
        assert torch.equal(
            net.get_parameter(f"{part}layer3.2.conv2.weight"),
            published.get_parameter("layer3.2.conv2.weight"),
        )
    # both libraries widen the first layer alike: the three channels in turn, scaled
    for planes in (9, 10):
        first = published.conv1.weight[:, [n % 3 for n in range(planes)]] * (3 / planes)
        for name, part in (("unet", "encoder."), ("resnet50", "")):
            wide = models.build(name, planes, str(path))
            found = wide.get_parameter(f"{part}conv1.weight")
            assert torch.allclose(found, first, atol=1e-6)


def test_a_folder_of_weights_is_checked_by_its_sums(tmp_path):
    import hashlib

    import timm

    torch.manual_seed(1)
    published = timm.create_model("mobilenetv3_large_100")
    path = tmp_path / "mobilenetv3_large_100.ra_in1k.pth"
    torch.save(published.state_dict(), path)
    with pytest.raises(RunError, match="no list of sums.*SHA256SUMS"):
        models.build("mobilenetv3", 3, str(tmp_path))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (tmp_path / "SHA256SUMS").write_text(f"{digest}  {path.name}\n")
    net = models.build("mobilenetv3", 3, str(tmp_path))
    assert torch.equal(net.get_parameter("conv_stem.weight"), published.conv_stem.weight)
    with pytest.raises(RunError, match="no weights for ResNet-50.*mobilenetv3_large_100"):
        models.build("resnet50", 3, str(tmp_path))
    with path.open("ab") as file:
        file.write(b"more")
    with pytest.raises(RunError, match="not the one that was put there.*its sum is"):
        models.build("mobilenetv3", 3, str(tmp_path))


def test_a_checkpoint_with_code_is_not_opened(tmp_path):
    path = tmp_path / "evil.pt"
    torch.save({"format": checkpoints.FORMAT, "model": np.random.default_rng}, path)
    with pytest.raises(RunError, match=r"not opened.*evil\.pt.*holds code"):
        checkpoints.load(path)


def test_strange_and_damaged_checkpoints_are_named(tmp_path):
    path = tmp_path / "a.pt"
    with pytest.raises(RunError, match="no such checkpoint"):
        checkpoints.load(path)
    torch.save({"a": torch.zeros(1)}, path)
    with pytest.raises(RunError, match="not a checkpoint of this program"):
        checkpoints.load(path)
    checkpoints.save(path, {"model": {"a": torch.zeros(1000)}})
    whole = path.read_bytes()
    middle = whole.index(bytes(4000)) + 2000  # in the weights: a number, but not the one saved
    flipped = whole[:middle] + b"\x3f" + whole[middle + 1 :]
    for damaged in (whole[:2000], flipped, b"junk", b""):
        path.write_bytes(damaged)
        with pytest.raises(RunError, match=r"a\.pt"):
            checkpoints.load(path)
        with pytest.raises(RunError, match=r"a\.pt"):
            models.build("tiny_unet", 3, str(path))


def test_a_checkpoint_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "a.pt"
    checkpoints.save(path, {"steps": 1})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints.os, "fsync", full)
    with pytest.raises(RunError, match="cannot save.*No space left"):
        checkpoints.save(path, {"steps": 2})
    assert checkpoints.load(path)["steps"] == 1
    assert [p.name for p in tmp_path.iterdir()] == ["a.pt"]


def test_weights_of_another_model_are_refused(tmp_path):
    net = models.build("tiny_unet", 3)
    path = tmp_path / "a.pt"
    checkpoints.save(path, {"model": net.state_dict()})
    again = models.build("tiny_unet", 3, str(path))
    assert all(torch.equal(a, b) for a, b in zip(net.parameters(), again.parameters(), strict=True))
    with pytest.raises(RunError, match="do not fit"):
        models.build("tiny_unet", 4, str(path))
    with pytest.raises(RunError, match="no ImageNet weights"):
        models.build("tiny_unet", 3, "imagenet")
