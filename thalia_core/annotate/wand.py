"""The fringe wand: one click on wrapped phase takes a whole lobe, however many fringes it has.

A wand that compares colours takes one band of a fringe. This one unwraps the phase around the
click, takes away the ground around, and cuts at centimetres along the line of sight. All that is
slow is done once in :func:`prepare`; the shape of another threshold is one comparison.
"""

from dataclasses import dataclass
from math import pi, sqrt, tau
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from thalia_core.annotate.cells import Cells, smoothed
from thalia_core.annotate.levels import joined
from thalia_core.annotate.shapes import Shape, trimmed
from thalia_core.cube.geometry import Window
from thalia_core.cube.schema import CM_PER_CYCLE
from thalia_core.errors import EditError
from thalia_core.insar.ground import Ground, fit_ground

Floats = NDArray[np.floating[Any]]
Place = tuple[float, float]

WINDOW, LARGEST = 1024, 2048
"""Pixels of the window around a click: at first, and at most where a lobe is larger."""
FAINTEST_CM = 0.8
"""The automatic threshold is not lower, unless the lobe is faint: such edges are hard to see."""
_CM_PER_RADIAN = CM_PER_CYCLE / tau
_SCATTERS = 2.0
"""The automatic threshold, in standard deviations of the ground."""
_HIGHEST_SHARE = 0.4
"""The automatic threshold is not higher than this share of the motion at the click."""
_WEAKEST_SCATTERS, _WEAKEST_CM = 2.5, 0.3
"""A lobe moves more: standard deviations of the ground, and a tenth of a fringe."""
_NECK_M = 350.0
_LARGE = 20.0
"""Cells of the radius of a lobe that is smooth over several cells."""
_FITS = 3
_ROOM = 1 / 3
"""Share of the window that a lobe may take: ground is needed on all sides."""
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
    while True:
        area = _around(click, window, phase.shape)
        field = _Field.of(Cells.of(phase, coherence, height, area, click, pixel_m))
        levels = field.levels()
        leak = _highest_on_rim(levels, area, phase.shape)
        roomy = leak < field.threshold and field.extent < window * _ROOM
        if roomy or window >= largest or area == Window.full(*phase.shape):
            return _lobe(field, levels, leak, phase, pixel_m)
        window = min(window * 2, largest)


def _around(click: Place, size: int, shape: tuple[int, ...]) -> Window:
    """A square around the click, moved into the frame."""
    (row, rows), (col, cols) = (
        (min(max(round(at) - size // 2, 0), max(length - size, 0)), length)
        for at, length in zip(click, shape, strict=True)
    )
    return Window(row, min(row + size, rows), col, min(col + size, cols))


@dataclass(frozen=True, eq=False, slots=True)
class _Field:
    """Motion of the cells against the ground around the lobe.

    Attributes:
        cells: The cells.
        ground: What is taken away, radians.
        motion: (rows, columns) centimetres in the sense of the seed; NaN where not known.
        radius: Of the circle of the lobe's area, in cells.
    """

    cells: Cells
    ground: Ground
    motion: Floats
    radius: float

    @classmethod
    def of(cls, cells: Cells) -> "_Field":
        """Find lobe and ground by turns: the ground is fitted to a ring around the lobe.

        Raises:
            EditError: Too few cells, or the place stands still.
        """
        ground = fit_ground(cells.phase, cells.weight, bent=False)
        if ground is None:
            raise _nothing("the clear phase around the click is too small", "click elsewhere")
        for _ in range(_FITS):
            motion = _against(cells, ground)
            region = _connected(motion, cells.seed, _cut(ground, motion[cells.seed]))
            radius = max(sqrt(int(region.sum()) / pi), 3.0)
            away = ndimage.distance_transform_edt(~region)
            ring = (away > 0.2 * radius) & (away <= 3 * radius)
            ground = (
                fit_ground(
                    np.where(ring, cells.phase, np.nan),
                    cells.weight,
                    height=cells.height,
                    start=ground,
                )
                or ground
            )
        found = cls(cells, ground, _against(cells, ground), radius)
        if found.peak < max(_WEAKEST_SCATTERS * found.scatter, _WEAKEST_CM):
            raise _nothing(
                f"the place moves by {found.peak:.2f} cm, the ground around by "
                f"{found.scatter:.2f} cm",
                "click where the fringes are closest, or draw by hand",
            )
        return found

    @property
    def peak(self) -> float:
        """Centimetres at the seed."""
        return float(self.motion[self.cells.seed])

    @property
    def extent(self) -> float:
        """Pixels across the lobe."""
        return 2 * self.radius * self.cells.looks

    @property
    def scatter(self) -> float:
        """Centimetres."""
        return self.ground.scatter * _CM_PER_RADIAN

    @property
    def threshold(self) -> float:
        """Centimetres that set the lobe off from the scatter of the ground."""
        return _cut(self.ground, self.peak)

    @property
    def step(self) -> int:
        """Cells from one level to the next: of a large lobe every second one is enough."""
        return 2 if self.radius > _LARGE else 1

    def levels(self) -> Floats:
        """The highest threshold at which a cell hangs together with the seed, by steps of cells."""
        known = np.isfinite(self.motion)
        # what is finer than a tenth of the lobe is air
        smooth = smoothed(self.motion, np.ones(known.shape), max(0.12 * self.radius, 0.5))
        low = min(float(smooth[known].min()), -1.0)
        step = self.step
        field = np.where(known, smooth, low)[::step, ::step]
        row, col = self.cells.seed
        neck = max(_NECK_M / self.cells.metres, 0.1 * self.radius) / step
        return joined(field, (row // step, col // step), max(round(neck), 1))


def _against(cells: Cells, ground: Ground) -> Floats:
    """Motion against the ground in centimetres, positive at the seed."""
    rest = (cells.phase - ground.values) * _CM_PER_RADIAN
    return rest if rest[cells.seed] > 0 else -rest


def _cut(ground: Ground, peak: float) -> float:
    least = max(_SCATTERS * ground.scatter * _CM_PER_RADIAN, FAINTEST_CM)
    return min(least, _HIGHEST_SHARE * peak)


def _connected(motion: Floats, seed: tuple[int, int], cut: float) -> NDArray[np.bool_]:
    numbers, _ = ndimage.label(motion >= cut)
    return np.asarray(numbers == numbers[seed], np.bool_)


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
    field: _Field, levels: Floats, leak: float, phase: Floats, pixel_m: tuple[float, float]
) -> Lobe:
    row, col = field.cells.seed
    highest = float(levels[row // field.step, col // field.step])
    above = float(np.nextafter(np.float32(leak), np.float32(np.inf)))  # levels are float32, too
    lowest = max(0.25 * field.threshold, above)
    if lowest > 0.6 * highest:
        raise _nothing(
            "what moves there reaches the edges of the window, so there is no ground to compare",
            "click inside a smaller pattern, or draw by hand",
        )
    automatic = _without_leaps(levels, max(field.threshold, lowest), _HIGHEST_SHARE * highest)
    window, fine = _pixels(field.cells, levels, field.step, lowest)
    fine = np.where(_unseen(phase[window.slices]), -np.inf, fine)
    return Lobe(
        window=window,
        levels=fine,
        towards=bool(field.cells.phase[field.cells.seed] < field.ground.values[field.cells.seed]),
        automatic_cm=automatic,
        lowest_cm=lowest,
        highest_cm=min(highest, float(fine.max())),
        scatter_cm=field.scatter,
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


def _nothing(why: str, fix: str) -> EditError:
    return EditError("no lobe was found", why=why, fix=fix)
