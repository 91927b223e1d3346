"""What training makes small."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from thalia_core.learn.config import TrainConfig
from thalia_core.learn.names import FOCAL

Loss = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(logits (batch, 2, ...), target (batch, ...) of 0 and 1, confidence (batch,)) -> mean loss."""


def focal(logits: Tensor, target: Tensor, gamma: float = 2.0, alpha: float = 0.25) -> Tensor:
    """Focal loss (Lin et al. 2017), (batch, ...): what is known well already counts little.

    Args:
        logits: (batch, 2, ...).
        target: (batch, ...) of 0 and 1.
        gamma: How little; 0 makes it a weighted cross-entropy.
        alpha: Weight of class 1; class 0 has ``1 - alpha``.
    """
    surprise = functional.cross_entropy(logits, target, reduction="none")
    weight = torch.where(target == 1, alpha, 1.0 - alpha)
    return weight * (-torch.expm1(-surprise)) ** gamma * surprise


def inner(target: Tensor, tolerance: int) -> Tensor:
    """Where a target is beyond doubt: more than so many pixels off the border of its mask.

    Experts draw borders by eye: where a pixel of them lies is no fact. The border of the crop is
    no border of the mask.

    Args:
        target: (..., y, x) of 0 and 1.
        tolerance: Pixels, on both sides.

    Returns:
        (..., y, x) 1 or 0, float32.
    """
    mask = target.reshape(-1, 1, *target.shape[-2:]).float()
    size = 2 * tolerance + 1
    # -max(-x): the pool fills up with minus infinity, which touches nothing
    most = functional.max_pool2d(mask, size, stride=1, padding=tolerance)
    least = -functional.max_pool2d(-mask, size, stride=1, padding=tolerance)
    return (most == least).float().reshape(target.shape)


def loss_of(config: TrainConfig) -> Loss:
    """The loss a run's settings ask for, averaged over all samples and pixels."""
    if config.loss_name == FOCAL:
        each = partial(focal, gamma=config.focal_gamma, alpha=config.focal_alpha)
    else:
        each = partial(functional.cross_entropy, reduction="none")

    def loss(logits: Tensor, target: Tensor, confidence: Tensor) -> Tensor:
        values = each(logits, target)
        if config.boundary_tolerance:
            values = values * inner(target, config.boundary_tolerance)
        if config.confidence_weighted:
            values = values * confidence.view(-1, *[1] * (values.dim() - 1))
        return values.mean()

    return loss
