"""What the ground does at a click: motion against the ground around, and which cells go with it."""

from dataclasses import dataclass
from math import pi, sqrt, tau
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from thalia_core.annotate.cells import Cells, nothing, smoothed
from thalia_core.annotate.levels import joined
from thalia_core.cube.schema import CM_PER_CYCLE
from thalia_core.insar.ground import Ground, fit_ground

Floats = NDArray[np.floating[Any]]

_CM_PER_RADIAN = CM_PER_CYCLE / tau
_SCATTERS = 2.0
"""The automatic threshold is not lower than so many standard deviations of the ground."""
_FAINTEST_CM, _GROWS = CM_PER_CYCLE / 4, 0.2
"""Nor lower than a quarter of a fringe for a lobe of one, more by this power for one of several:
the flanks of strong lobes reach farther than is seen in fringes."""
HIGHEST_SHARE = 0.4
"""The automatic threshold is not higher than this share of the motion at the click."""
_WEAKEST_SCATTERS, _WEAKEST_CM = 2.5, 0.3
"""A lobe moves more: standard deviations of the ground, and a tenth of a fringe."""
_NECK_M = 350.0
_LARGE = 20.0
"""Cells of the radius of a lobe that is smooth over several cells."""
_FITS = 3


@dataclass(frozen=True, eq=False, slots=True)
class Motion:
    """Motion of cells against the ground around a lobe.

    Attributes:
        cells: The cells.
        ground: What is taken away, radians.
        values: (rows, columns) centimetres in the sense of the seed; NaN where not known.
        radius: Of the circle of the lobe's area, in cells.
    """

    cells: Cells
    ground: Ground
    values: Floats
    radius: float

    @classmethod
    def of(cls, cells: Cells) -> "Motion":
        """Find lobe and ground by turns: the ground is fitted to a ring around the lobe.

        Raises:
            EditError: Too few cells, or the place stands still.
        """
        ground = fit_ground(cells.phase, cells.weight, bent=False)
        if ground is None:
            raise nothing("the clear phase around the click is too small", "click elsewhere")
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
            raise nothing(
                f"the place moves by {found.peak:.2f} cm, the ground around by "
                f"{found.scatter:.2f} cm",
                "click where the fringes are closest, or draw by hand",
            )
        return found

    @property
    def peak(self) -> float:
        """Centimetres at the seed."""
        return float(self.values[self.cells.seed])

    @property
    def towards(self) -> bool:
        """Whether the seed came nearer to the satellite: its phase fell."""
        seed = self.cells.seed
        return bool(self.cells.phase[seed] < self.ground.values[seed])

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
        known = np.isfinite(self.values)
        # what is finer than a tenth of the lobe is air
        smooth = smoothed(self.values, np.ones(known.shape), max(0.12 * self.radius, 0.5))
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
    faintest = float(_FAINTEST_CM * (max(peak, 0.0) / CM_PER_CYCLE) ** _GROWS)
    least = max(_SCATTERS * ground.scatter * _CM_PER_RADIAN, faintest)
    return float(min(least, HIGHEST_SHARE * peak))


def _connected(motion: Floats, seed: tuple[int, int], cut: float) -> NDArray[np.bool_]:
    numbers, _ = ndimage.label(motion >= cut)
    return np.asarray(numbers == numbers[seed], np.bool_)
