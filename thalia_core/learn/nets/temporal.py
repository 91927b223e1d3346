"""One encoder shared over the steps of a series, which knows the days between the dates.

Stacked as channels, the steps of a series have no order and no distance (the published way). Here
each step is encoded by the same weights; at every scale and place the steps are weighed by
attention that knows how many days each of them spans (after lightweight temporal attention,
Garnot and Landrieu 2020), and their weighted sum is decoded. Where each step is asked for, the
sum is added to each, and each is decoded.
"""

import math
from typing import cast

import torch
from torch import Tensor, nn

from thalia_core.learn.nets.halves import Halves, as_tokens, channels_of, like

_WAVES = 8
_PERIODS_D = (6.0, 1500.0)
"""Shortest and longest period, in days, that tells spans apart."""


class SharedOverSteps(nn.Module):
    """A model that looks at each step alike, and weighs them.

    Args:
        halves: The model of one step.
        planes: Planes of one step.
        steps: Steps of a series.
        side: A side that the model takes, to find its sizes.
        each: Logits for each step, not for the series.
    """

    takes_days = True

    def __init__(
        self, halves: nn.Module, planes: int, steps: int, side: int, each: bool = False
    ) -> None:
        super().__init__()
        self.halves = halves
        self.steps, self.each = steps, each
        sizes = channels_of(halves, planes, side)
        self.when = nn.ModuleList(nn.Linear(2 * _WAVES, size) for size in sizes)
        self.score = nn.ModuleList(nn.Linear(size, 1) for size in sizes)

    def forward(self, x: Tensor, days: Tensor) -> Tensor:
        """Look at series.

        Args:
            x: (batch, steps x planes, y, x), all planes of a step after another.
            days: (batch, steps) That each pair spans.

        Returns:
            The logits of the model; for each step (batch, 2 steps, y, x), class by class.
        """
        halves, batch = cast("Halves", self.halves), len(x)
        waves = _waves(days.to(x.dtype))
        features = halves.encode(x.reshape(batch * self.steps, -1, *x.shape[2:]))
        weighed = []
        for feature, when, score in zip(features, self.when, self.score, strict=True):
            tokens = as_tokens(feature)
            tokens = tokens.reshape(batch, self.steps, *tokens.shape[1:])  # b, t, places, channels
            known = tokens + when(waves)[:, :, None, :].to(tokens.dtype)
            share = score(known).softmax(dim=1).to(tokens.dtype)
            whole = (share * tokens).sum(dim=1)
            if self.each:
                tokens = tokens + whole[:, None]
                weighed.append(like(tokens.flatten(0, 1), feature))
            else:
                weighed.append(like(whole, feature))
        logits = torch.as_tensor(halves.decode(weighed))
        if not self.each:
            return logits
        by_step = logits.reshape(batch, self.steps, *logits.shape[1:])  # b, t, classes, y, x
        return by_step.transpose(1, 2).flatten(1, 2)


def _waves(days: Tensor) -> Tensor:
    """(batch, steps) spans -> (batch, steps, 16): sines and cosines of many periods."""
    short, long = (math.log(period) for period in _PERIODS_D)
    periods = torch.linspace(short, long, _WAVES, device=days.device).exp().to(days.dtype)
    turns = days[..., None] * (2 * math.pi / periods)
    return torch.cat([turns.sin(), turns.cos()], dim=-1)
