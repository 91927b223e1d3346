"""How much a pair's phase speaks for deformation where a mask would be.

The ground moved inside a shape when its unwrapped phase leaves the plane through the ground around
it farther than that ground itself does. With D the root mean square of the distance from the plane
inside and R that of the ring, both in radians and weighted by coherence,

    score = seen * D^2 / (D^2 + R^2 + FLOOR^2)

where ``seen`` is the share of the shape whose phase can be followed at all. Air that is as rough
outside as inside scores low, a ramp nothing, noise nothing; a lobe of one fringe about 0.5, of
three about 0.9. It is a hint for the order of looking, never a verdict: air over a summit that no
ring shows looks the same.
"""

from math import ceil, pi, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from thalia_core.annotate.shapes import Shape
from thalia_core.cube.geometry import Window
from thalia_core.insar.unwrapping import unwrap
from thalia_core.insar.wrap import multilook, phasor

FLOOR = 2.0
"""Radians, a third of a fringe: what filtered phase and calm air leave anyhow."""
_CELLS = 64
"""Cells along the longer side of the window: a fringe spans several even in small lobes."""
_PICKS = 4
"""Of a cell no more than so many rows and columns are looked at."""
_FEWEST_CELLS = 4
_AROUND, _STEADY = 5, 0.4
"""Pixels across, and the length that the mean of their slopes as unit vectors has at least: 0.2 for
noise, 0.6 for filtered phase at a coherence of 0.1."""
_SMALLEST_RING = 6  # pixels

Plane = NDArray[np.floating]
Mask = NDArray[np.bool_]


def window_for(shape: Shape, frame: tuple[int, int]) -> Window:
    """The part of a frame that :func:`score` looks at: the shape and the ring around it."""
    reach, window = _radius(shape) + 2, shape.window
    wide = Window(
        window.row0 - reach, window.row1 + reach, window.col0 - reach, window.col1 + reach
    )
    clipped = wide.clip(*frame)
    assert clipped is not None  # a shape lies in its frame
    return clipped


def score(shape: Shape, window: Window, wrapped_phase: Plane, coherence: Plane | None) -> float:
    """Evidence for deformation in a shape, 0 to 1.

    Args:
        shape: Where deformation is supposed to be.
        window: Where the planes lie in the frame, as :func:`window_for` says.
        wrapped_phase: Radians, (rows, columns) of the window; NaN for no data.
        coherence: 0 to 1 of the same shape, NaN for no data; None where the frame has none.

    Returns:
        The score; 0 where the phase of the shape or of the ground around it cannot be followed.
    """
    step = ceil(max(window.shape) / (_CELLS * _PICKS))
    picked = slice(None, None, step), slice(None, None, step)
    wrapped_phase = wrapped_phase[picked]
    coherence = None if coherence is None else coherence[picked]
    looks = ceil(max(wrapped_phase.shape) / _CELLS)
    inside = _mean(_placed(shape, window)[picked], looks) > 0.5
    known = np.isfinite(wrapped_phase)
    weight = np.where(known, 1.0 if coherence is None else np.nan_to_num(coherence), 0.0)
    weight = np.where(_steady(wrapped_phase), weight, 0.0)
    sure = _mean(weight, looks)
    phase = unwrap(multilook(wrapped_phase, (looks, looks), weight), sure, around=inside)
    ring = _ring(inside, _radius(shape) / (looks * step)) & np.isfinite(phase)
    seen = inside & np.isfinite(phase)
    if seen.sum() < _FEWEST_CELLS or ring.sum() < 2 * _FEWEST_CELLS:
        return 0.0
    away = _from_plane(phase, sure, ring)
    moved, rough = (float(np.average(away[part] ** 2, weights=sure[part])) for part in (seen, ring))
    return float(seen.sum() / inside.sum() * moved / (moved + rough + FLOOR**2))


def _radius(shape: Shape) -> int:
    """Radius of the circle of the shape's area: the width of the ring, pixels."""
    return max(round(sqrt(int(shape.mask.sum()) / pi)), _SMALLEST_RING)


def _placed(shape: Shape, window: Window) -> Mask:
    placed = np.zeros(window.shape, bool)
    row, col = shape.window.row0 - window.row0, shape.window.col0 - window.col0
    rows, cols = shape.window.shape
    placed[row : row + rows, col : col + cols] = shape.mask
    return placed


def _ring(inside: Mask, width: float) -> Mask:
    """Cells around the shape, without those at its edge, where a pattern runs out."""
    away = ndimage.distance_transform_edt(~inside)
    return np.asarray((away > max(1.0, 0.15 * width)) & (away <= max(width, 3.0)), np.bool_)


def _from_plane(phase: Plane, weight: Plane, ring: Mask) -> NDArray[np.float64]:
    """The phase without the plane through the ring."""
    rows, cols = np.mgrid[: phase.shape[0], : phase.shape[1]]
    terms = np.stack([np.ones(phase.shape), rows, cols], axis=-1)
    root = np.sqrt(weight[ring])
    found, *_ = np.linalg.lstsq(terms[ring] * root[:, None], phase[ring] * root, rcond=None)
    return np.asarray(phase - terms @ found, np.float64)


def _steady(wrapped_phase: Plane) -> Mask:
    """Pixels whose neighbours have much the same slope of phase: fringes do, noise does not."""
    units = phasor(wrapped_phase)
    slopes = np.zeros((2, *units.shape), units.dtype)
    slopes[0, :-1] = units[1:] * units[:-1].conj()
    slopes[1, :, :-1] = units[:, 1:] * units[:, :-1].conj()
    size = (0, _AROUND, _AROUND)
    near = [
        ndimage.uniform_filter(part, size, mode="nearest") for part in (slopes.real, slopes.imag)
    ]
    return np.asarray(np.hypot(*near).mean(axis=0) > _STEADY, np.bool_)


def _mean(values: NDArray[Any], looks: int) -> NDArray[np.float64]:
    """Mean over blocks of pixels; of those cut by the edge over what they hold."""
    total, count = np.asarray(values, np.float64), np.ones(values.shape)
    for axis, length in enumerate(values.shape):
        starts = np.arange(0, length, looks)
        total = np.add.reduceat(total, starts, axis=axis)
        count = np.add.reduceat(count, starts, axis=axis)
    return np.asarray(total / count)
