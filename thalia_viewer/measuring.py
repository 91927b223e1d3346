"""What the measuring panels show, computed on threads: no Qt here.

The functions of the core answer one question each; a panel asks several at once. The core's
modules are imported where they run, since they bring scipy and scikit-image with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, floor
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from thalia_core.errors import ThaliaError

if TYPE_CHECKING:
    from datetime import date

    from thalia_core.cube.geometry import Geometry, Window
    from thalia_core.cube.pairs import DatePair
    from thalia_core.cube.store import CubeStore
    from thalia_core.insar.fringes import FringeCount
    from thalia_core.insar.height import PhaseFit
    from thalia_core.insar.measure import PatternCount
    from thalia_core.insar.profile import Profile
    from thalia_core.insar.reference import ReferenceArea
    from thalia_core.insar.series import PointSeries
    from thalia_core.progress import Step
    from thalia_viewer.canvas.camera import Camera

Place = tuple[float, float]
BINS = 160, 120
"""Heights and phases of the density behind a line of phase against height."""


def sentence(error: ThaliaError) -> str:
    """Why something cannot be measured, as a sentence of its own."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


@dataclass(frozen=True, slots=True)
class Measured:
    """A pair along a line, and in its masks.

    Attributes:
        pair: The pair.
        grid: Where the samples lie.
        line: The samples; None where there is no line.
        count: Fringes along it; None where nothing was unwrapped.
        patterns: Fringes of the masked patterns.
        problem: Why there are no samples.
    """

    pair: DatePair
    grid: Geometry
    line: Profile | None
    count: FringeCount | None
    patterns: tuple[PatternCount, ...]
    problem: str = ""


def measured(cube: CubeStore, pair: DatePair, line: Sequence[Place]) -> Measured:
    """Profile and fringes of a pair; what cannot be measured says why."""
    from thalia_core.insar.fringes import fringes_along
    from thalia_core.insar.measure import patterns_of, profile_of

    try:
        patterns = tuple(patterns_of(cube, pair))
    except ThaliaError:  # nothing is masked, or a mask is damaged, which the picture tells
        patterns = ()
    found, count, problem = None, None, ""
    if line:
        try:
            found = profile_of(cube, pair, line)
            count = fringes_along(found)
        except ThaliaError as error:
            problem = sentence(error)
    return Measured(pair, cube.geometry, found, count, patterns, problem)


@dataclass(frozen=True, slots=True)
class Air:
    """Phase against height and against the weather of the two dates.

    Attributes:
        pair: The pair.
        fit: The line of height, rad/km; None where there is none.
        density: (heights, phases) how often a phase is at a height, 1 for the most frequent there;
            heights of few pixels are fainter.
        heights: Lowest and highest, metres.
        weather: Lines of the ERA5 differences by variable.
        problem: Why there is no line.
    """

    pair: DatePair
    fit: PhaseFit | None
    density: NDArray[np.float64]
    heights: tuple[float, float]
    weather: Mapping[str, PhaseFit] = field(default_factory=dict)
    problem: str = ""


def air_of(cube: CubeStore, pair: DatePair, window: Window | None) -> Air:
    """Is it the air? Over a window, or the frame; masked deformation is left out."""
    from thalia_core.cube.schema import ERA5
    from thalia_core.insar.measure import height_fit_of, weather_fit_of

    nothing = np.zeros((0, 0))
    try:
        fit = height_fit_of(cube, pair, window)
    except ThaliaError as error:
        return Air(pair, None, nothing, (0.0, 0.0), problem=sentence(error))
    density, heights = _density(cube, pair, window)
    weather = {}
    for name in ERA5:
        if {f"primary_date_{name}", f"secondary_date_{name}"} <= set(cube.layers):
            try:
                weather[name] = weather_fit_of(cube, pair, name, window)
            except ThaliaError:  # such as a window within one cell of ERA5
                continue
    return Air(pair, fit, density, heights, weather)


def _density(
    cube: CubeStore, pair: DatePair, window: Window | None
) -> tuple[NDArray[np.float64], tuple[float, float]]:
    """How often each phase is at each height, of the pixels that the line is fitted to."""
    from scipy import ndimage

    from thalia_core.insar.measure import plane_or_none
    from thalia_core.insar.unwrapping import usable_pixels

    phase: NDArray[Any] = cube.read_plane("insar_difference", pair, window)
    height = cube.read_plane("dem", None, window)
    mask = cube.read_plane("deformation_mask", pair, window)
    used = usable_pixels(phase, plane_or_none(cube, "insar_coherence", pair, window))
    used &= np.isfinite(height) & ((mask == 0) | (mask == 255))
    x, y = np.asarray(height[used], np.float64), np.asarray(phase[used], np.float64)
    low, high = (float(v) for v in np.percentile(x, (0.1, 99.9)))
    high = max(high, low + 1.0)
    counts, _, _ = np.histogram2d(x, y, BINS, ((low, high), (-np.pi, np.pi)))
    counts = ndimage.gaussian_filter(counts, 1.5, mode=("nearest", "wrap"))
    most = counts.max(axis=1, keepdims=True)
    faint = np.minimum(most / max(float(np.median(most)), 1e-9) * 2, 1)
    return counts / np.where(most > 0, most, 1) * faint, (low, high)


def seen_window(camera: Camera) -> Window | None:
    """The pixels of the frame that are on the screen; None for none."""
    from thalia_core.cube.geometry import Window

    row0, col0 = camera.to_image(0.0, 0.0)
    row1, col1 = camera.to_image(camera.width, camera.height)
    return Window(floor(row0 + 0.5), ceil(row1 + 0.5), floor(col0 + 0.5), ceil(col1 + 0.5)).clip(
        *camera.grid.shape
    )


def series(
    cube: CubeStore,
    points: Sequence[Place],
    area: ReferenceArea | None,
    primary: date | None,
    tell: Callable[[Step], None],
) -> PointSeries:
    """Motion of points over the network, or over the pairs of one primary date."""
    from thalia_core.insar.network import of_primary
    from thalia_core.insar.series import series_of

    pairs = tuple(cube.pairs)
    if primary is not None:
        pairs = tuple(pairs[i] for i in of_primary(pairs, primary))
    return series_of(cube, points, area, pairs=pairs, tell=tell)
