"""Late fusion: the weather is seen by an encoder of its own, and asked at the bottleneck.

ERA5 is coarse (a quarter of a degree): stacked on the phase it is a constant over most of a crop,
and the published models gained nothing from it (Thalia paper, section 5; it names late fusion and
cross-attention as what to try next). Here the features of the interferogram ask the weather what
it knows of them. What they hear is added, at first with a weight of zero: the model begins as the
one that sees no weather.
"""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from thalia_core.learn.nets.halves import Halves, as_tokens, channels_of, like

_WIDTH, _HEADS = 128, 4
_GRID = 16  # cells along a side that the weather of a crop is averaged to


class LateFusion(nn.Module):
    """A model over the interferogram, and a small one over the weather.

    Args:
        halves: The model, which takes the planes that are no weather.
        ground: Which of the planes those are.
        weather: Which are the weather.
        side: A side that the model takes, to find its sizes.
    """

    def __init__(
        self, halves: nn.Module, ground: Sequence[int], weather: Sequence[int], side: int
    ) -> None:
        super().__init__()
        self.halves = halves
        self.ground, self.weather = list(ground), list(weather)
        deepest = channels_of(halves, len(self.ground), side)[-1]
        self.air = nn.Sequential(
            nn.Conv2d(len(self.weather), _WIDTH // 2, 3, padding=1),
            nn.GroupNorm(8, _WIDTH // 2),
            nn.GELU(),
            nn.Conv2d(_WIDTH // 2, _WIDTH, 3, stride=2, padding=1),
            nn.GroupNorm(8, _WIDTH),
            nn.GELU(),
        )
        self.ask = nn.Sequential(nn.LayerNorm(deepest), nn.Linear(deepest, _WIDTH))
        self.attend = nn.MultiheadAttention(_WIDTH, _HEADS, batch_first=True)
        self.tell = nn.Linear(_WIDTH, deepest)
        nn.init.zeros_(self.tell.weight)
        nn.init.zeros_(self.tell.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, planes, y, x) -> the logits of the model."""
        halves = cast("Halves", self.halves)
        *finer, deepest = halves.encode(x[:, self.ground])
        air = self.air(functional.adaptive_avg_pool2d(x[:, self.weather], _GRID))
        known = as_tokens(air)
        tokens = as_tokens(deepest)
        heard, _ = self.attend(self.ask(tokens), known, known, need_weights=False)
        told = like(tokens + self.tell(heard), deepest)
        return torch.as_tensor(halves.decode([*finer, told]))
