"""Every model and every option learns: twenty steps on one batch each, and the loss falls.

    python benchmarks/falling_loss.py

Random weights, nine channels, a synthetic bull's eye of fringes in half of the samples. A loss that
falls on one batch shows that gradients reach all of a model; it shows nothing about new data.
Exit code 1: a loss did not fall.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from thalia_core.learn import models
from thalia_core.learn.config import TrainConfig
from thalia_core.learn.inputs import PUBLISHED, Inputs
from thalia_core.learn.losses import loss_of
from thalia_core.learn.names import CHANNELS, MODELS, SEGMENTATION

Case = tuple[str, TrainConfig]


def cases(crop: int) -> Iterator[Case]:
    """Every model as published, every option with each task's small and large models."""
    for model in MODELS.values():
        plain = TrainConfig(
            channels=CHANNELS, crop=crop, task=model.task, model=model.name, pretrained="none"
        )
        series = replace(plain, series=3)
        yield "as published", plain
        yield "series of 3, stacked", series
        yield "phase as (cos, sin)", replace(plain, phase_encoding="phasor")
        yield "late fusion", replace(plain, fusion="late")
        yield "series of 3, shared encoder", replace(series, temporal="shared")
        yield "weighted by confidence", replace(plain, confidence_weighted=True)
        if model.task == SEGMENTATION:
            yield "tolerant of borders", replace(plain, boundary_tolerance=2)
            yield "shared encoder, each step", replace(series, temporal="shared", target="all")


def batch_of(config: TrainConfig, inputs: Inputs, samples: int) -> tuple[Tensor, Tensor, Tensor]:
    """Encoded planes, targets and days of a batch; every second sample deforms."""
    chance = torch.Generator().manual_seed(0)
    steps, side = config.series, config.crop
    axis = torch.arange(side) - side / 2
    distance = torch.hypot(axis[:, None], axis[None, :])
    deforms = torch.arange(samples) % 2 == 1
    eye = 9 * torch.exp(-((distance / (side / 6)) ** 2)) * deforms[:, None, None]
    planes = torch.randn(samples, steps, len(CHANNELS), side, side, generator=chance)
    means = torch.tensor([PUBLISHED[name] for name in CHANNELS])
    planes = planes * means[:, 1, None, None] + means[:, 0, None, None]
    planes[:, :, 0] = torch.remainder(eye[:, None] + 0.3 * planes[:, :, 0] + torch.pi, 2 * torch.pi)
    planes[:, :, 0] -= torch.pi
    mask = ((distance < side / 6) & deforms[:, None, None]).long()
    target = mask if config.task == SEGMENTATION else deforms.long()
    if config.target == "all":
        target = target[:, None].repeat(1, steps, 1, 1)
    days = torch.arange(1, steps + 1).float().mul(12).expand(samples, steps)
    return inputs.encode(planes.flatten(1, 2)), target, days


def learn(config: TrainConfig, steps: int, samples: int, lr: float) -> tuple[float, float, float]:
    """Parameters in millions, and the mean loss of the first and the last three steps."""
    torch.manual_seed(0)
    inputs = Inputs(
        config.channels, config.phase_encoding, dict(PUBLISHED), 1, config.crop, config.series
    )
    net = models.build_for(models.describe(config), inputs).train()
    x, target, days = batch_of(config, inputs, samples)
    sure, loss_fn = torch.linspace(0.5, 1.0, samples), loss_of(config)
    optimiser = torch.optim.AdamW(net.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        optimiser.zero_grad(set_to_none=True)
        loss = loss_fn(models.forward(net, x, days), target, sure)
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    return models.parameters(net) / 1e6, sum(losses[:3]) / 3, sum(losses[-3:]) / 3


def main() -> int:
    """Print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--crop", type=int, default=64)
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--lr", type=float, default=1e-4)
    parser.add_argument("--models", nargs="*", default=list(MODELS), choices=list(MODELS))
    args = parser.parse_args()
    bad = 0
    for name, config in cases(args.crop):
        if config.model not in args.models:
            continue
        millions, first, last = learn(config, args.steps, args.samples, args.lr)
        bad += not last < first
        verdict = "falls" if last < first else "DOES NOT FALL"
        print(
            f"{MODELS[config.model].title:<24}{name:<30}{millions:8.1f} M  "
            f"{first:.4f} -> {last:.4f}  {verdict}",
            flush=True,
        )
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
