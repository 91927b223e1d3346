"""Two small nets of our own: for quick looks on a laptop, and for tests without model libraries.

They normalise groups of channels (Wu and He 2018), not batches: small batches teach them as well,
and several processes learn the same as one.
"""

import torch
from torch import Tensor, nn

_GROUPS = 8


def _block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
        nn.GroupNorm(_GROUPS, outputs),
        nn.ReLU(inplace=True),
        nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
        nn.GroupNorm(_GROUPS, outputs),
        nn.ReLU(inplace=True),
    )


class TinyUnet(nn.Module):
    """A U-Net (Ronneberger et al. 2015) of four levels; half a million parameters at width 16."""

    def __init__(self, inputs: int, classes: int = 2, width: int = 16) -> None:
        super().__init__()
        widths = [width, width * 2, width * 4, width * 8]
        before = [inputs, *widths[:-1]]
        self.down = nn.ModuleList(
            _block(a, b, stride=1 if i == 0 else 2)
            for i, (a, b) in enumerate(zip(before, widths, strict=True))
        )
        pairs = zip(widths[::-1][:-1], widths[::-1][1:], strict=True)
        self.up = nn.ModuleList(_block(deep + flat, flat) for deep, flat in pairs)
        self.head = nn.Conv2d(width, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, inputs, y, x) -> logits (batch, classes, y, x)."""
        return self.decode(self.encode(x))

    def encode(self, x: Tensor) -> list[Tensor]:
        """(batch, inputs, y, x) -> features of the four levels, from fine to coarse."""
        levels = []
        for block in self.down:
            x = block(x)
            levels.append(x)
        return levels

    def decode(self, levels: list[Tensor]) -> Tensor:
        """Features of the four levels -> logits (batch, classes, y, x)."""
        x = levels[-1]
        for block, flat in zip(self.up, levels[-2::-1], strict=True):
            x = nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = block(torch.cat([x, flat], dim=1))
        return torch.as_tensor(self.head(x))


class TinyCnn(nn.Module):
    """A plain stack of convolutions with a pooled head."""

    def __init__(self, inputs: int, classes: int = 2, width: int = 16) -> None:
        super().__init__()
        widths = [width, width * 2, width * 4, width * 8]
        before = [inputs, *widths[:-1]]
        blocks = [_block(a, b, stride=2) for a, b in zip(before, widths, strict=True)]
        self.body = nn.Sequential(*blocks)
        self.head = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], classes)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(batch, inputs, y, x) -> logits (batch, classes)."""
        return self.decode(self.encode(x))

    def encode(self, x: Tensor) -> list[Tensor]:
        """(batch, inputs, y, x) -> the features before the head."""
        return [self.body(x)]

    def decode(self, features: list[Tensor]) -> Tensor:
        """Features -> logits (batch, classes)."""
        return torch.as_tensor(self.head(features[-1]))
