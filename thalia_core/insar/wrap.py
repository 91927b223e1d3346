"""Arithmetic of wrapped phase: an angle, never a number that jumps at half a turn."""

from math import pi, tau
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.floating[Any]]


def wrap(unwrapped_phase: ArrayLike) -> Floats:
    """The angle in (-pi, pi]; keeps the precision of floating input and its NaN."""
    values = np.asarray(unwrapped_phase)
    if not np.issubdtype(values.dtype, np.floating):
        values = values.astype(np.float64)
    turns = np.ceil((values - pi) / tau)
    wrapped = values - turns * tau
    # Rounding of a large argument may leave the result a hair outside on either side.
    wrapped = np.where(wrapped <= -pi, wrapped + tau, wrapped)
    return np.asarray(np.where(wrapped > np.asarray(pi, wrapped.dtype), wrapped - tau, wrapped))


def phasor(wrapped_phase: ArrayLike) -> NDArray[np.complexfloating[Any, Any]]:
    """Unit complex number of each angle; 0 where the angle is NaN, so that sums leave it out."""
    values = np.asarray(wrapped_phase)
    unit = np.exp(1j * np.nan_to_num(values))
    return np.asarray(np.where(np.isfinite(values), unit, 0).astype(unit.dtype, copy=False))


def multilook(
    wrapped_phase: ArrayLike, looks: tuple[int, int], weight: ArrayLike | None = None
) -> Floats:
    """Mean direction over blocks of pixels: a smaller plane whose fringes are still fringes.

    Args:
        wrapped_phase: Angles (rows, columns); NaN has no part in the mean.
        looks: Rows and columns of a block. Blocks cut by the last row or column are averaged over
            what they hold.
        weight: Weight of each pixel, e.g. its coherence; equal when left out.

    Returns:
        (ceil(rows / looks[0]), ceil(columns / looks[1])) angles, NaN where a block holds no value.
    """
    values = np.asarray(wrapped_phase)
    if values.ndim != 2 or min(looks) < 1:
        raise ValueError("multilook takes a plane and positive block sizes")
    units = phasor(values)
    if weight is not None:
        units = units * np.where(np.isfinite(values), np.asarray(weight), 0)
    total = np.add.reduceat(units, np.arange(0, values.shape[0], looks[0]), axis=0)
    total = np.add.reduceat(total, np.arange(0, values.shape[1], looks[1]), axis=1)
    return np.asarray(np.where(total == 0, np.nan, np.angle(total)).astype(total.real.dtype))


def closure(
    first_second: ArrayLike, second_third: ArrayLike, first_third: ArrayLike
) -> NDArray[np.float64]:
    """What is left of three interferograms around a loop of dates; 0 where they agree.

    Anything that belongs to a date (delay, displacement) cancels; noise and multilooking do not.
    """
    total = np.asarray(first_second, np.float64) + np.asarray(second_third, np.float64)
    return wrap(total - np.asarray(first_third, np.float64)).astype(np.float64, copy=False)
