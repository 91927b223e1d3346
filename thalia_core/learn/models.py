"""Builds the models of the table in ``names``, with random, downloaded or given weights."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from thalia_core.errors import RunError
from thalia_core.learn import checkpoints
from thalia_core.learn.config import TrainConfig
from thalia_core.learn.inputs import Inputs
from thalia_core.learn.names import EACH_STEP, LATE, MODELS, SHARED, Model
from thalia_core.learn.nets.halves import halves_of
from thalia_core.learn.nets.late import LateFusion
from thalia_core.learn.nets.temporal import SharedOverSteps
from thalia_core.learn.weights import weights_file

CLASSES = 2
NONE, IMAGENET = "none", "imagenet"


def describe(config: TrainConfig) -> dict[str, str]:
    """What of the settings makes the model what it is; kept in its checkpoint."""
    return {
        "model_name": config.model,
        "target": config.target,
        "fusion": config.fusion,
        "temporal": config.temporal,
    }


def build_for(design: Mapping[str, Any], inputs: Inputs, pretrained: str = NONE) -> nn.Module:
    """A model as ``describe`` says (a checkpoint says it, too), for these inputs; see ``build``."""
    given = pretrained not in (NONE, IMAGENET) and Path(pretrained).is_file()
    if given and checkpoints.is_checkpoint(Path(pretrained)):
        net = build_for(design, inputs)
        _load(net, checkpoints.load(Path(pretrained))["model"], pretrained)
        return net
    name, each = design["model_name"], design.get("target") == EACH_STEP
    model = MODELS[name]
    if design.get("temporal") == SHARED:
        halves = halves_of(build(name, inputs.per_step, pretrained), model.library)
        return SharedOverSteps(halves, inputs.per_step, inputs.steps, inputs.crop, each)
    classes = CLASSES * (inputs.steps if each else 1)
    if design.get("fusion") == LATE:
        ground = sorted(set(range(inputs.count)) - set(inputs.weather))
        halves = halves_of(build(name, len(ground), pretrained, classes), model.library)
        return LateFusion(halves, ground, inputs.weather, inputs.crop)
    return build(name, inputs.count, pretrained, classes)


def forward(net: nn.Module, x: Tensor, days: Tensor) -> Tensor:
    """What a model says.

    Args:
        net: A model of ``build_for``.
        x: (batch, planes, y, x) Encoded inputs.
        days: (batch, steps) Between the dates of each pair; for models that ask for it.

    Returns:
        float32 logits: (batch, 2), (batch, 2, y, x), or for each step (batch, 2, steps, y, x).
    """
    inner = getattr(net, "module", net)  # what averages gradients wraps it
    said = net(x, days) if getattr(inner, "takes_days", False) else net(x)
    logits = torch.as_tensor(said).float()
    if logits.shape[1] == CLASSES:
        return logits
    return logits.reshape(len(logits), CLASSES, -1, *logits.shape[2:])


def build(name: str, inputs: int, pretrained: str = NONE, classes: int = CLASSES) -> nn.Module:
    """A model for ``inputs`` planes.

    Args:
        name: A key of ``names.MODELS``.
        inputs: Number of input planes.
        classes: Number of output planes, or of scores of a classifier.
        pretrained: ``none``, ``imagenet``, or a file: weights of the library for the backbone, or a
            checkpoint of this program for the whole model; or a folder of such files, see
            ``weights``.

    Raises:
        RunError: The weights cannot be downloaded or read, or do not fit.
    """
    model = MODELS[name]
    if pretrained not in (NONE, IMAGENET):
        pretrained = weights_file(pretrained, model)
    if pretrained not in (NONE, IMAGENET) and checkpoints.is_checkpoint(Path(pretrained)):
        net = _BUILDERS[model.library](model, inputs, NONE, classes)
        _load(net, checkpoints.load(Path(pretrained))["model"], pretrained)
        return net
    try:
        return _BUILDERS[model.library](model, inputs, pretrained, classes)
    except RunError:
        raise
    except Exception as error:  # whatever a download or a stranger's file makes a library raise
        if pretrained == NONE:
            raise
        what = (
            "cannot download the ImageNet weights"
            if pretrained == IMAGENET
            else ("cannot use these weights")
        )
        raise RunError(
            f"{what} for {model.title}",
            where=None if pretrained == IMAGENET else pretrained,
            why=f"{type(error).__name__}: {str(error).strip()[:300]}",
            fix="set [model] pretrained to a file of weights, or to 'none' for a random start",
        ) from error


def parameters(net: nn.Module) -> int:
    """Number of trainable parameters."""
    return sum(p.numel() for p in net.parameters() if p.requires_grad)


def _own(model: Model, inputs: int, pretrained: str, classes: int) -> nn.Module:
    from thalia_core.learn import tiny

    if pretrained == IMAGENET:
        raise RunError(f"there are no ImageNet weights for {model.title}", fix="use 'none'")
    net: nn.Module = getattr(tiny, model.architecture)(inputs, classes)
    if pretrained != NONE:
        _load(net, checkpoints.read_weights(Path(pretrained)), pretrained)
    return net


def _timm(model: Model, inputs: int, pretrained: str, classes: int) -> nn.Module:
    import timm

    more: dict[str, Any] = {}
    if model.architecture.startswith("vit"):
        more["dynamic_img_size"] = True
    if pretrained not in (NONE, IMAGENET):
        if not Path(pretrained).is_file():
            raise RunError("no such file of weights", where=pretrained)
        more["pretrained_cfg_overlay"] = {"file": pretrained}
    net: nn.Module = timm.create_model(
        model.architecture,
        pretrained=pretrained != NONE,
        in_chans=inputs,
        num_classes=classes,
        **more,
    )
    return net


def _smp(model: Model, inputs: int, pretrained: str, classes: int) -> nn.Module:
    import segmentation_models_pytorch as smp

    given = pretrained not in (NONE, IMAGENET)
    net: nn.Module = getattr(smp, model.architecture)(
        model.encoder,
        encoder_weights="imagenet" if pretrained == IMAGENET else None,
        in_channels=3 if given else inputs,
        classes=classes,
    )
    if given:
        # The library takes no file: load the backbone as published, then widen its first layer.
        weights = checkpoints.read_weights(Path(pretrained))
        encoder: Any = net.encoder
        encoder.load_state_dict(weights)
        if inputs != 3:
            encoder.set_in_channels(inputs, pretrained=True)
    return net


def _load(net: nn.Module, weights: dict[str, Tensor], where: str) -> None:
    try:
        net.load_state_dict(weights)
    except RuntimeError as error:
        raise RunError(
            "the weights do not fit the model",
            where=where,
            why=str(error).splitlines()[0][:300],
            fix="use weights of the same model and the same channels",
        ) from error


_BUILDERS = {"timm": _timm, "smp": _smp, "own": _own}
