"""What training makes small."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from thalia_core.learn.config import TrainConfig
from thalia_core.learn.names import FOCAL

Loss = Callable[[Tensor, Tensor], Tensor]


def focal(logits: Tensor, target: Tensor, gamma: float = 2.0, alpha: float = 0.25) -> Tensor:
    """Focal loss (Lin et al. 2017), averaged: what is known well already counts little.

    Args:
        logits: (batch, 2, ...).
        target: (batch, ...) of 0 and 1.
        gamma: How little; 0 makes it a weighted cross-entropy.
        alpha: Weight of class 1; class 0 has ``1 - alpha``.
    """
    surprise = functional.cross_entropy(logits, target, reduction="none")
    weight = torch.where(target == 1, alpha, 1.0 - alpha)
    return (weight * (-torch.expm1(-surprise)) ** gamma * surprise).mean()


def loss_of(config: TrainConfig) -> Loss:
    """The loss a run's settings ask for."""
    if config.loss_name != FOCAL:
        return functional.cross_entropy
    return lambda logits, target: focal(logits, target, config.focal_gamma, config.focal_alpha)
