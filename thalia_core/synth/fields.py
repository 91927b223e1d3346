"""Random fields with a given spectrum, and one generator of random numbers for each purpose."""

from collections.abc import Callable
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy import fft

Plane = NDArray[np.float32]
Amplitude = Callable[[NDArray[np.float32]], NDArray[np.floating[Any]]]
"""Relative amplitude of a wave by its frequency in cycles per metre."""


def generator(seed: int, purpose: str, *numbers: int) -> np.random.Generator:
    """Random numbers that depend on nothing but the seed and what they are for.

    So a plane does not change with the order in which planes are made, and a broken-off cube is
    continued as it was begun.
    """
    key = (crc32(purpose.encode()), *(number & 0xFFFFFFFF for number in numbers))
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=key)))


def random_field(
    shape: tuple[int, int],
    spacing_m: tuple[float, float],
    amplitude: Amplitude,
    rng: np.random.Generator,
    *,
    margin_m: float,
    rms_at: tuple[float, float] | None = None,
) -> Plane:
    """An isotropic Gaussian random field.

    Args:
        shape: Rows and columns.
        spacing_m: Metres between rows and between columns.
        amplitude: Spectral amplitude; its scale does not matter.
        rng: Source of the white noise that is shaped.
        margin_m: Width by which the periodic field is made larger than what is cut out of it, so
            that opposite edges do not know of each other.
        rms_at: (r, distance): the root mean square difference of two points at that distance in
            metres is r, in expectation. Without it the field has unit variance, in expectation.
    """
    rows, cols = (
        int(fft.next_fast_len(size + int(np.ceil(margin_m / step)), real=True))
        for size, step in zip(shape, spacing_m, strict=True)
    )
    f_rows = fft.fftfreq(rows, spacing_m[0]).astype(np.float32)[:, None]
    f_cols = fft.rfftfreq(cols, spacing_m[1]).astype(np.float32)[None, :]
    frequency = np.hypot(f_rows, f_cols)
    frequency[0, 0] = 1  # any value: the mean is taken out below
    gain = np.asarray(amplitude(frequency), np.float32)
    gain[0, 0] = 0
    power = gain.astype(np.float64) ** 2
    power[:, 1 : (cols + 1) // 2] *= 2  # the half of the spectrum that a real transform leaves out
    scale = _scale(power / (rows * cols), f_rows, f_cols, rms_at)
    noise = fft.rfft2(rng.standard_normal((rows, cols), dtype=np.float32))
    field = fft.irfft2(noise * (gain * np.float32(scale)), s=(rows, cols))
    return np.ascontiguousarray(field[: shape[0], : shape[1]], dtype=np.float32)


def _scale(
    variance: NDArray[np.float64],
    f_rows: NDArray[np.float32],
    f_cols: NDArray[np.float32],
    rms_at: tuple[float, float] | None,
) -> float:
    """Factor that gives the expected variance, or the expected structure function, its value."""
    if rms_at is None:
        return float(1 / np.sqrt(variance.sum()))
    rms, distance = rms_at
    # Structure function of a stationary field: 2 (C(0) - C(r)), here the mean of both directions.
    per_row, per_col = variance.sum(axis=1), variance.sum(axis=0)
    down = per_row @ (1 - np.cos(2 * np.pi * f_rows[:, 0].astype(np.float64) * distance))
    right = per_col @ (1 - np.cos(2 * np.pi * f_cols[0].astype(np.float64) * distance))
    return float(rms / np.sqrt(down + right))


def smooth_step(values: NDArray[Any], low: float, high: float) -> Plane:
    """0 below ``low``, 1 above ``high`` and a soft S between (falling when low > high)."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
