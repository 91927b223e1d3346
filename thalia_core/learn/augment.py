"""Variation of training crops, a whole batch at once, on whatever device it lies.

All geometry (flips, rotation, resized crop) is one affine map per sample, so that pixels are
resampled once. Wrapped phase is an angle: it is interpolated and blurred as cosine and sine, never
as a number that jumps at half a turn. No data have no part in a mean. Masks take the nearest pixel.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from thalia_core.learn.config import TrainConfig

_SCALE = (0.2, 1.0)
_SIGMA = (0.1, 2.0)
_TURN = math.pi / 2
_KERNEL = 13  # three deviations of the widest blur, both ways


class Augment:
    """Draws and applies the variations of a run's settings.

    Args:
        config: The settings.
        phases: Which channels are wrapped phase.
    """

    def __init__(self, config: TrainConfig, phases: Sequence[int]) -> None:
        self._config = config
        self._phases = list(phases)

    def __call__(
        self,
        planes: Tensor,
        mask: Tensor,
        generator: torch.Generator,
        share: tuple[int, slice] | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Vary planes (batch, channels, y, x; NaN for no data) and masks (batch, ..., y, x) alike.

        The generator lives on the CPU, so that a run draws the same numbers on every device. With
        a ``share`` (size of the whole batch, which of it these are) it draws for the whole.
        """
        whole, rows = share or (len(planes), slice(None))
        affine, moved = (drawn[rows] for drawn in self._affine(whole, generator))
        sigma, blurred = (drawn[rows] for drawn in self._sigma(whole, generator))
        if not bool((moved | blurred).any()):
            return planes, mask
        values, weight = self._open(planes)
        if bool(moved.any()):
            grid = functional.affine_grid(
                affine.to(planes.device), list(planes.shape), align_corners=False
            )
            values, weight = _sample(values, grid), _sample(weight, grid)
            flat = mask.reshape(len(mask), -1, *mask.shape[-2:]).to(planes.dtype)
            mask = _sample(flat, grid, mode="nearest").to(mask.dtype).reshape(mask.shape)
        if bool(blurred.any()):
            kernels = _gaussians(sigma).to(planes)
            values, weight = _blur(values, kernels), _blur(weight, kernels)
        return self._close(values, weight), mask

    def _affine(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """(n, 2, 3) maps from output to input coordinates, and which are not the identity."""
        config = self._config
        flip_x = torch.rand(n, generator=generator) < config.flip_horizontal
        flip_y = torch.rand(n, generator=generator) < config.flip_vertical
        turned = torch.rand(n, generator=generator) < config.rotation
        angle = (torch.rand(n, generator=generator) * 2 - 1) * _TURN * turned
        resized = torch.rand(n, generator=generator) < config.resized_crop
        low, high = _SCALE
        share = low + (high - low) * torch.rand(n, generator=generator)
        side = torch.where(resized, share.sqrt(), torch.ones(n))
        shift = (torch.rand(n, 2, generator=generator) * 2 - 1) * (1 - side)[:, None]
        mirror = torch.stack([1.0 - 2.0 * flip_x, 1.0 - 2.0 * flip_y], dim=1)
        cos, sin = angle.cos(), angle.sin()
        turn = torch.stack([torch.stack([cos, -sin], 1), torch.stack([sin, cos], 1)], 1)
        linear = turn * mirror[:, None, :] * side[:, None, None]
        moved = flip_x | flip_y | turned | resized
        return torch.cat([linear, shift[:, :, None]], dim=2), moved

    def _sigma(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        blurred = torch.rand(n, generator=generator) < self._config.blur
        low, high = _SIGMA
        sigma = low + (high - low) * torch.rand(n, generator=generator)
        return torch.where(blurred, sigma, torch.zeros(n)), blurred

    def _open(self, planes: Tensor) -> tuple[Tensor, Tensor]:
        """Values that may be averaged, 0 where there are none, and weights."""
        weight = torch.isfinite(planes).to(planes.dtype)
        values = torch.nan_to_num(planes)
        if not self._phases:
            return values, weight
        angle, known = values[:, self._phases], weight[:, self._phases]
        values = torch.cat([values, angle.sin() * known], dim=1)
        values[:, self._phases] = angle.cos() * known
        return values, weight

    def _close(self, values: Tensor, weight: Tensor) -> Tensor:
        """Back to physical planes with NaN."""
        channels = weight.shape[1]
        planes = values[:, :channels] / weight.clamp_min(1e-6)
        if self._phases:
            cosines, sines = values[:, self._phases], values[:, channels:]
            planes[:, self._phases] = torch.atan2(sines, cosines)
        return planes.masked_fill(weight < 0.5, float("nan"))


def _sample(values: Tensor, grid: Tensor, mode: str = "bilinear") -> Tensor:
    return functional.grid_sample(
        values, grid.to(values.dtype), mode=mode, padding_mode="zeros", align_corners=False
    )


def _gaussians(sigma: Tensor) -> Tensor:
    """(n, size) kernels; a deviation of 0 leaves the sample as it is."""
    offsets = torch.arange(_KERNEL, dtype=torch.float32) - _KERNEL // 2
    kernels = torch.exp(-0.5 * (offsets / sigma.clamp_min(1e-3)[:, None]) ** 2)
    return kernels / kernels.sum(dim=1, keepdim=True)


def _blur(values: Tensor, kernels: Tensor) -> Tensor:
    """Separable blur, with one kernel per sample."""
    n, channels, rows, cols = values.shape
    flat = values.reshape(1, n * channels, rows, cols)
    weights = kernels.repeat_interleave(channels, dim=0)
    half = _KERNEL // 2
    flat = functional.conv2d(
        flat, weights[:, None, :, None], padding=(half, 0), groups=n * channels
    )
    flat = functional.conv2d(
        flat, weights[:, None, None, :], padding=(0, half), groups=n * channels
    )
    return flat.reshape(n, channels, rows, cols)
