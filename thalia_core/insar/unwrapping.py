"""Local unwrapping: how many whole turns lie between the pixels of a window.

The order of the paths is that of Herraez et al. (2002), *Fast two-dimensional phase-unwrapping
algorithm based on sorting by reliability following a noncontinuous path*, Applied Optics 41, 7437,
as scikit-image has it. Coherence enters in two ways: what lies below a threshold is left out, and
the turns are found on a phase averaged over 3 x 3 pixels by coherence. The result is congruent all
the same: wrapped again it is what was measured.
"""

from math import tau
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage
from skimage.restoration import unwrap_phase

from thalia_core.insar.wrap import phasor, wrap

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

MIN_COHERENCE = 0.1
"""Below it the phase is noise (filtered phase on land: 0.55 to 0.8 rad at 0.1, 0.08 at 0.3)."""
_KERNEL = np.array([1.0, 2.0, 1.0])  # its response is positive at every slope that can be wrapped


def unwrap(
    wrapped_phase: ArrayLike,
    coherence: ArrayLike | None = None,
    *,
    min_coherence: float = MIN_COHERENCE,
    inside: Mask | None = None,
    around: Mask | None = None,
) -> NDArray[np.float64]:
    """The unwrapped phase of the ground that hangs together.

    Args:
        wrapped_phase: Angles (rows, columns); NaN for no data.
        coherence: 0..1 of the same shape, NaN for no data; not looked at when left out.
        min_coherence: Pixels below it are not crossed.
        inside: Where to unwrap; everywhere when left out.
        around: Of the parts that do not touch each other, the one with the most pixels of this
            mask is unwrapped; the largest when left out, and when no part touches the mask.

    Returns:
        (rows, columns) in radians, NaN where it was not reached. It wraps to ``wrapped_phase``; its
        median lies within half a turn of zero.

    Raises:
        ValueError: Shapes that differ.
    """
    angles = np.asarray(wrapped_phase, np.float64)
    usable = usable_pixels(angles, coherence, min_coherence)
    if inside is not None:
        usable &= inside
    part = _part(usable, around)
    result = np.full(angles.shape, np.nan)
    if not part.any():
        return result
    weight = np.ones(angles.shape) if coherence is None else np.asarray(coherence, np.float64)
    rows, cols = (np.flatnonzero(part.any(axis=axis)) for axis in (1, 0))
    box = slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1)
    result[box] = _unwrapped(angles[box], np.where(part, weight, 0)[box], part[box])
    return result


def unwrap_parts(
    wrapped_phase: ArrayLike,
    coherence: ArrayLike | None = None,
    *,
    min_coherence: float = MIN_COHERENCE,
    least: int = 64,
) -> NDArray[np.float64]:
    """The unwrapped phase of every piece of ground that hangs together, such as each island.

    Args:
        wrapped_phase: Angles (rows, columns); NaN for no data.
        coherence: 0..1 of the same shape, NaN for no data; not looked at when left out.
        min_coherence: Pixels below it are not crossed.
        least: Pixels of the smallest piece.

    Returns:
        (rows, columns) in radians, NaN where it was not reached. The median of each piece lies
        within half a turn of zero: whole turns between two pieces are unknown.
    """
    angles = np.asarray(wrapped_phase, np.float64)
    weight = np.ones(angles.shape) if coherence is None else np.asarray(coherence, np.float64)
    numbers, _ = ndimage.label(usable_pixels(angles, coherence, min_coherence))
    result = np.full(angles.shape, np.nan)
    for number, box in enumerate(ndimage.find_objects(numbers), 1):
        part = numbers[box] == number
        if part.sum() >= least:
            found = _unwrapped(angles[box], np.where(part, weight[box], 0), part)
            result[box] = np.where(part, found, result[box])
    return result


def usable_pixels(
    wrapped_phase: ArrayLike, coherence: ArrayLike | None, min_coherence: float = MIN_COHERENCE
) -> Mask:
    """Where there is a phase, and the coherence, if given, is high enough."""
    angles = np.asarray(wrapped_phase)
    usable = np.isfinite(angles)
    if coherence is not None:
        values = np.asarray(coherence)
        if values.shape != angles.shape:
            raise ValueError(f"coherence of shape {values.shape} for a phase of {angles.shape}")
        usable &= np.nan_to_num(values, nan=-1.0) >= min_coherence
    return np.asarray(usable, np.bool_)


def _part(usable: Mask, around: Mask | None) -> Mask:
    """The wanted one of the parts that do not touch each other by a side."""
    numbers, count = ndimage.label(usable)
    if count == 0:
        return usable
    wanted = np.bincount(numbers[usable if around is None else usable & around], minlength=2)
    if not wanted.any():
        wanted = np.bincount(numbers[usable], minlength=2)
    return np.asarray(numbers == int(wanted.argmax()), np.bool_)


def _unwrapped(angles: Floats, weight: Floats, part: Mask) -> NDArray[np.float64]:
    units = phasor(angles) * weight
    for axis in (0, 1):
        units = ndimage.convolve1d(units, _KERNEL, axis=axis, mode="constant")
    smooth = np.where(np.abs(units) > 1e-9, np.angle(units), np.nan_to_num(angles))
    # a frame of masked pixels, since one row alone would be taken for a line
    masked = np.ma.array(np.pad(smooth, 1), mask=np.pad(~part, 1, constant_values=True))
    turns = np.asarray(unwrap_phase(masked, rng=0).data)[1:-1, 1:-1]
    found = turns + wrap(angles - turns)
    found = np.where(part, found, np.nan)
    return np.asarray(found - tau * np.round(np.nanmedian(found) / tau), np.float64)
