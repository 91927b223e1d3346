"""The phase around a click on a coarser grid: averaged, unwrapped and smoothed."""

from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from thalia_core.cube.geometry import Window
from thalia_core.errors import EditError
from thalia_core.insar.unwrapping import MIN_COHERENCE, unwrap

Floats = NDArray[np.floating[Any]]
Cell = tuple[int, int]

_MOST = 512
"""Cells along a side of a window: what unwraps in a tenth of a second."""
_SNAP_M = 2_500.0
"""Distance over which a click on noise means the clear phase beside it."""
_LEAST = 200
"""Cells of the smallest piece of clear ground in which a lobe is looked for."""
_FILLED = 0.15
"""Share of the neighbourhood with a value from which a gap is bridged."""


@dataclass(frozen=True, eq=False, slots=True)
class Cells:
    """Unwrapped phase of a window.

    Attributes:
        window: The pixels.
        looks: Pixels along a side of a cell; the last ones may be cut.
        seed: Row and column of the cell that was clicked, or of clear phase beside it.
        phase: (rows, columns) unwrapped phase in radians around the seed, NaN where not reached.
        weight: How well it is known; 0 where it is not.
        height: Metres, of the same shape; None where the frame has no heights.
        metres: Side of a cell.
    """

    window: Window
    looks: int
    seed: Cell
    phase: Floats
    weight: Floats
    height: Floats | None
    metres: float

    @classmethod
    def of(
        cls,
        phase: Floats,
        coherence: Floats | None,
        height: Floats | None,
        window: Window,
        click: tuple[float, float],
        pixel_m: tuple[float, float],
    ) -> "Cells":
        """Read, average and unwrap a window of a frame.

        Args:
            phase: Wrapped phase of the frame in radians, NaN for no data.
            coherence: 0..1 of the frame; not looked at when left out.
            height: Metres of the frame; not looked at when left out.
            window: The pixels.
            click: Row and column in the frame.
            pixel_m: Metres between columns and between rows.

        Raises:
            EditError: There is no clear phase at the click.
        """
        looks = max(ceil(max(window.shape) / _MOST), 1)
        angles, clear = _averaged(phase, coherence, window, looks)
        metres = looks * sqrt(pixel_m[0] * pixel_m[1])
        clicked = (
            int(round(click[0]) - window.row0) // looks,
            int(round(click[1]) - window.col0) // looks,
        )
        seed = _clear_by(clicked, clear >= MIN_COHERENCE, _SNAP_M / metres)
        around = np.zeros(angles.shape, np.bool_)
        around[seed] = True
        found = unwrap(angles, clear, around=around)
        weight = clear**2 / np.maximum(1 - clear**2, 0.1)  # inverse variance of the phase
        smooth = smoothed(found, weight, 1.0)
        weight = np.where(np.isfinite(smooth), weight, 0)
        heights = None
        if height is not None:
            part = np.nan_to_num(np.asarray(height[window.slices], np.float64))
            heights = _blocks(part, looks) / _blocks(np.ones(part.shape), looks)
        return cls(window, looks, seed, smooth, weight, heights, metres)


def nothing(why: str, fix: str) -> EditError:
    """Why there is no lobe at a click."""
    return EditError("no lobe was found", why=why, fix=fix)


def smoothed(phase: Floats, weight: Floats, sigma: float) -> NDArray[np.float64]:
    """A weighted mean around each place (Gaussian, in places); narrow gaps of NaN are bridged."""
    known = np.isfinite(phase)
    counts = np.where(known, weight, 0)
    mass = ndimage.gaussian_filter(counts, sigma, truncate=3)
    total = ndimage.gaussian_filter(np.where(known, phase, 0) * counts, sigma, truncate=3)
    near = ndimage.gaussian_filter(known.astype(np.float32), sigma, truncate=3) > _FILLED
    return np.where(near & (mass > 0), total / np.where(mass > 0, mass, 1), np.nan)


def _averaged(
    phase: Floats, coherence: Floats | None, window: Window, looks: int
) -> tuple[Floats, Floats]:
    """Mean phase (NaN for none) and mean coherence of each cell, weighted by coherence."""
    part = np.asarray(phase[window.slices], np.float32)
    known = np.isfinite(part)
    angles, weight = np.where(known, part, 0), known.astype(np.float32)
    if coherence is not None:
        weight = weight * np.nan_to_num(np.asarray(coherence[window.slices], np.float32))
    # twice as fast as the exponential of a complex plane
    east, north = (_blocks(way(angles) * weight, looks) for way in (np.cos, np.sin))
    clear = _blocks(weight, looks) / _blocks(np.ones_like(weight), looks)
    return np.where(clear > 0, np.arctan2(north, east), np.float32(np.nan)), clear


def _blocks(plane: NDArray[Any], looks: int) -> NDArray[Any]:
    """Sums over squares."""
    if looks == 1:
        return plane
    total = np.add.reduceat(plane, np.arange(0, plane.shape[0], looks), axis=0)
    return np.asarray(np.add.reduceat(total, np.arange(0, plane.shape[1], looks), axis=1))


def _clear_by(clicked: Cell, clear: NDArray[np.bool_], reach: float) -> Cell:
    """The cell of clear ground, not of a speck of it, that is nearest to the click."""
    numbers, _ = ndimage.label(clear)
    sizes = np.bincount(numbers.ravel())
    sizes[0] = 0
    rows, cols = np.nonzero(sizes[numbers] >= _LEAST)
    away = np.hypot(rows - clicked[0], cols - clicked[1])
    if not away.size or away.min() > reach:
        raise nothing("there is only noise or no data at the click", "click on clear fringes")
    nearest = int(away.argmin())
    return int(rows[nearest]), int(cols[nearest])
