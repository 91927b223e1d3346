"""The fringe wand: one click on wrapped phase takes a whole lobe, however many fringes it has.

A wand that compares colours takes one band of a fringe. This one unwraps the phase around the
click, takes away the ground around, and cuts at centimetres along the line of sight. All that is
slow is done once in :func:`prepare`; the shape of another threshold is one comparison.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from thalia_core.annotate.cells import Cells, nothing
from thalia_core.annotate.motion import HIGHEST_SHARE, Motion
from thalia_core.annotate.shapes import Shape, trimmed
from thalia_core.cube.geometry import Window
from thalia_core.errors import EditError

Floats = NDArray[np.floating[Any]]
Place = tuple[float, float]

WINDOW, LARGEST = 1024, 2048
"""Pixels of the window around a click: at first, and at most where a lobe is larger."""
_ROOM = 1 / 3
"""Share of the window that a lobe may take: ground is needed on all sides."""
_MOST_LEAKED = 0.6
"""Share of the motion at the click below which a shape may run out of the window."""
_HOLE = 50
"""Pixels without data that are left out of a shape when so many hang together."""
_STEP, _LEAP = 1.35, 2.0
"""Where the area grows by more than a leap while the threshold falls by a step, it leaks."""


@dataclass(frozen=True, eq=False, slots=True)
class Lobe:
    """What moves together with a clicked place, at every threshold.

    Attributes:
        window: Where ``levels`` lies in the frame.
        levels: (rows, columns) the highest threshold in centimetres at which a pixel belongs to
            the shape; -inf for never.
        towards: Whether it came nearer to the satellite.
        automatic_cm: The threshold that suits its surroundings.
        lowest_cm: Below it the shape runs out into the ground around.
        highest_cm: Above it nothing is left.
        scatter_cm: Standard deviation of the ground around.
        pixel_km2: Area of a pixel.
    """

    window: Window
    levels: Floats
    towards: bool
    automatic_cm: float
    lowest_cm: float
    highest_cm: float
    scatter_cm: float
    pixel_km2: float

    def within(self, threshold_cm: float) -> float:
        """The nearest threshold that gives a shape."""
        return min(max(threshold_cm, self.lowest_cm), self.highest_cm)

    def shape(self, threshold_cm: float | None = None) -> Shape:
        """The pixels that moved by a threshold or more; by the automatic one when left out."""
        cut = self.automatic_cm if threshold_cm is None else self.within(threshold_cm)
        found = trimmed(self.window, self.levels >= cut)
        assert found is not None  # up to its highest threshold a lobe has pixels
        return found


def prepare(
    phase: Floats,
    coherence: Floats | None,
    click: Place,
    pixel_m: tuple[float, float],
    *,
    height: Floats | None = None,
    window: int = WINDOW,
    largest: int = LARGEST,
) -> Lobe:
    """Find the lobe at a click.

    Args:
        phase: Wrapped phase of the frame in radians, (rows, columns); NaN for no data.
        coherence: 0..1 of the same shape; all counts alike when left out.
        click: Row and column inside the lobe, best where it moves most.
        pixel_m: Metres between columns and between rows.
        height: Metres of the same shape, to take away what goes with the height.
        window: Pixels along the window that is looked at first.
        largest: Pixels along the largest window, for a lobe that does not fit.

    Raises:
        EditError: Nothing is found there, and why.
    """
    area = _around(click, window, phase.shape)
    motion = Motion.of(Cells.of(phase, coherence, height, area, click, pixel_m))
    levels = motion.levels()
    leak = _highest_on_rim(levels, area, phase.shape)
    roomy = leak < motion.threshold and motion.extent < window * _ROOM
    if not roomy and window < largest and area != Window.full(*phase.shape):
        wider = min(window * 2, largest)
        with suppress(EditError):  # what was found in the smaller one is better than nothing
            return prepare(
                phase, coherence, click, pixel_m, height=height, window=wider, largest=largest
            )
    return _lobe(motion, levels, leak, phase, pixel_m)


def _around(click: Place, size: int, shape: tuple[int, ...]) -> Window:
    """A square around the click, moved into the frame."""
    (row, rows), (col, cols) = (
        (min(max(round(at) - size // 2, 0), max(length - size, 0)), length)
        for at, length in zip(click, shape, strict=True)
    )
    return Window(row, min(row + size, rows), col, min(col + size, cols))


def _highest_on_rim(levels: Floats, area: Window, shape: tuple[int, ...]) -> float:
    """The highest threshold at which a region reaches a side of the window inside the frame."""
    sides = (
        (area.row0 > 0, levels[0]),
        (area.row1 < shape[0], levels[-1]),
        (area.col0 > 0, levels[:, 0]),
        (area.col1 < shape[1], levels[:, -1]),
    )
    return max((float(side.max()) for inside, side in sides if inside), default=-np.inf)


def _lobe(
    motion: Motion, levels: Floats, leak: float, phase: Floats, pixel_m: tuple[float, float]
) -> Lobe:
    (row, col), step = motion.cells.seed, motion.step
    highest = float(levels[row // step, col // step])
    above = float(np.nextafter(np.float32(leak), np.float32(np.inf)))  # levels are float32, too
    lowest = max(0.25 * motion.threshold, above)
    if highest < lowest / _MOST_LEAKED:
        leaks = "what moves there reaches the edges of the window: there is no ground to compare"
        narrow = "what moves there is too narrow for a lobe"
        raise nothing(leaks if above >= lowest else narrow, "draw by hand")
    automatic = _without_leaps(levels, max(motion.threshold, lowest), HIGHEST_SHARE * highest)
    window, fine = _pixels(motion.cells, levels, step, lowest)
    fine = np.where(_unseen(phase[window.slices]), -np.inf, fine)
    return Lobe(
        window=window,
        levels=fine,
        towards=bool(
            motion.cells.phase[motion.cells.seed] < motion.ground.values[motion.cells.seed]
        ),
        automatic_cm=automatic,
        lowest_cm=lowest,
        highest_cm=min(highest, float(fine.max())),
        scatter_cm=motion.scatter,
        pixel_km2=pixel_m[0] * pixel_m[1] / 1e6,
    )


def _unseen(phase: Floats) -> NDArray[np.bool_]:
    """Pixels without data; single ones among others do not make holes."""
    numbers, _ = ndimage.label(~np.isfinite(phase))
    sizes = np.bincount(numbers.ravel())
    return np.asarray((numbers > 0) & (sizes[numbers] >= _HOLE), np.bool_)


def _without_leaps(levels: Floats, cut: float, highest: float) -> float:
    """The cut, or a higher one above which the area grows steadily."""
    known = np.sort(levels[levels >= cut / _STEP], axis=None)
    found = cut
    for threshold in np.geomspace(cut, max(highest, cut), 24):
        inner, outer = (known.size - np.searchsorted(known, threshold * by) for by in (_STEP, 1))
        if inner and outer / inner > _LEAP and threshold * _STEP <= highest:
            found = float(threshold * _STEP)
    return found


def _pixels(cells: Cells, levels: Floats, step: int, lowest: float) -> tuple[Window, Floats]:
    """Levels of the pixels around a lobe, interpolated between the middles of the cells."""
    rows, cols = (np.flatnonzero((levels >= lowest).any(axis=axis)) for axis in (1, 0))
    area, wide = cells.window, cells.looks * step
    window = Window(
        area.row0 + max(int(rows[0]) - 1, 0) * wide,
        min(area.row0 + (int(rows[-1]) + 2) * wide, area.row1),
        area.col0 + max(int(cols[0]) - 1, 0) * wide,
        min(area.col0 + (int(cols[-1]) + 2) * wide, area.col1),
    )
    middle = (cells.looks - 1) / 2
    at_rows = (np.arange(window.row0, window.row1) - area.row0 - middle) / wide
    at_cols = (np.arange(window.col0, window.col1) - area.col0 - middle) / wide
    return window, _between(_between(levels, at_rows).T, at_cols).T


def _between(values: Floats, at: Floats) -> Floats:
    """Rows of a table at fractions of rows."""
    at = np.clip(at, 0, values.shape[0] - 1)
    first = np.minimum(at.astype(np.intp), max(values.shape[0] - 2, 0))
    second = np.minimum(first + 1, values.shape[0] - 1)
    share = (at - first)[:, None]
    return np.asarray(values[first] * (1 - share) + values[second] * share, np.float32)
