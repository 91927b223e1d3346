"""Any model in two halves: planes to features of several scales, and features to logits."""

from collections.abc import Callable
from typing import Any, Protocol, cast

import torch
from torch import Tensor, nn

Features = list[Tensor]
"""From fine to coarse. (batch, channels, y, x); of a transformer (batch, tokens, channels)."""


class Halves(Protocol):
    """A model that can be stopped in the middle."""

    def encode(self, x: Tensor) -> Features:
        """(batch, planes, y, x) -> features."""

    def decode(self, features: Features) -> Tensor:
        """Features -> logits."""


class _Smp(nn.Module):
    """A segmenter of segmentation-models-pytorch."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def encode(self, x: Tensor) -> Features:
        """(batch, planes, y, x) -> features, the first of which are the planes themselves."""
        net: Any = self.net
        return list(net.encoder(x))

    def decode(self, features: Features) -> Tensor:
        """Features -> (batch, classes, y, x)."""
        net: Any = self.net
        return cast("Tensor", net.segmentation_head(net.decoder(features)))


class _Timm(nn.Module):
    """A classifier of timm."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def encode(self, x: Tensor) -> Features:
        """(batch, planes, y, x) -> the features before the head."""
        net: Any = self.net
        return [net.forward_features(x)]

    def decode(self, features: Features) -> Tensor:
        """Features -> (batch, classes)."""
        net: Any = self.net
        return cast("Tensor", net.forward_head(features[-1]))


_HALVES: dict[str, Callable[[nn.Module], nn.Module]] = {
    "smp": _Smp,
    "timm": _Timm,
    "own": lambda net: net,
}


def halves_of(net: nn.Module, library: str) -> nn.Module:
    """The model as a module that has ``encode`` and ``decode``."""
    return _HALVES[library](net)


@torch.no_grad()
def channels_of(halves: nn.Module, planes: int, side: int) -> list[int]:
    """Channels of the features of each scale, found by trying; the model is not changed."""
    trained = halves.training
    halves.eval()
    first = next(halves.parameters())
    probe = torch.zeros(1, planes, side, side, device=first.device, dtype=first.dtype)
    found = [channels(feature) for feature in cast("Halves", halves).encode(probe)]
    halves.train(trained)
    return found


def channels(feature: Tensor) -> int:
    """How many channels a feature has."""
    return feature.shape[1] if feature.dim() == 4 else feature.shape[2]


def as_tokens(feature: Tensor) -> Tensor:
    """(batch, channels, y, x) -> (batch, y x, channels); tokens stay as they are."""
    return feature.flatten(2).transpose(1, 2) if feature.dim() == 4 else feature


def like(tokens: Tensor, feature: Tensor) -> Tensor:
    """Tokens in the form of a feature."""
    if feature.dim() != 4:
        return tokens
    rows, cols = feature.shape[2:]
    return tokens.transpose(1, 2).reshape(len(tokens), -1, rows, cols)
