"""A quick fit of one source to a masked pattern: how deep, how much, and what is left.

Least squares on the unwrapped phase of the pattern and the ground around it. Strength and offset
are linear and solved exactly for every geometry that is tried; the geometry is refined from a few
starts. It is a first look, without the covariance of the air: no errors are given.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, log, pi, radians, sin, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.optimize import least_squares

from thalia_core.cube.geometry import Window
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.errors import ThaliaError
from thalia_core.insar.fringes import ring_width
from thalia_core.insar.los import LineOfSight, SightPlanes, phase_of_displacement, sight_of
from thalia_core.insar.measure import largest_pattern, unwrapped_of
from thalia_core.insar.wrap import wrap
from thalia_core.synth.sources import Mogi, Okada, Source

Floats = NDArray[np.float64]
Parameters = Sequence[float] | Floats
KINDS = ("mogi", "okada")
_MOST = 900
"""Pixels of a fit: neighbours say the same, and the air is smooth over many."""
_LEAST = 30
_FIRST_LOOKS, _LOOKS = 6, 60


@dataclass(frozen=True, slots=True)
class SourceFit:
    """A source below a pattern.

    Attributes:
        source: At its fitted strength.
        row: Place above its centre, rows of the frame.
        col: Columns of the frame.
        offset: Phase of the ground far away, radians.
        rms: Root mean square of what is left, radians.
        explained: Share of the variance of the phase that the source explains, 0..1.
        pixels: How many were used.
    """

    source: Source
    row: float
    col: float
    offset: float
    rms: float
    explained: float
    pixels: int


def fit_source(
    unwrapped_phase: Floats, east: Floats, north: Floats, sight: LineOfSight, kind: str
) -> tuple[Source, float, float, float]:
    """Fit a source to scattered unwrapped phase.

    Args:
        unwrapped_phase: (n,) radians.
        east: (n,) metres from an origin near the pattern.
        north: The same to the north.
        sight: Of the pattern.
        kind: ``mogi`` or ``okada`` (a rectangle that opens).

    Returns:
        The source, its place (east, north) in metres, and the offset in radians.
    """
    size = sqrt(max(float(np.ptp(east) * np.ptp(north)), 1.0)) / 4
    build, starts = _mogi(size) if kind == "mogi" else _okada(size)
    centre = _centre(unwrapped_phase, east, north)

    def model(at: Parameters) -> tuple[Floats, Floats]:
        x, y = _place(at, size)
        motion = build(at[2:]).displacement(east - x, north - y)
        shape = np.asarray(phase_of_displacement(sight.project(*motion)), np.float64)
        design = np.stack([shape, np.ones_like(shape)], axis=1)
        found = np.linalg.lstsq(design, unwrapped_phase, rcond=None)[0]
        strength = np.asarray(found, np.float64)
        return np.asarray(design @ strength - unwrapped_phase, np.float64), strength

    def left(at: Floats) -> Floats:
        return model(at)[0]

    def refine(start: Parameters, looks: int) -> tuple[float, Floats]:
        found = least_squares(left, start, loss="soft_l1", max_nfev=looks)
        return float(found.cost), np.asarray(found.x, np.float64)

    begun = [refine((centre[0] / size, centre[1] / size, *start), _FIRST_LOOKS) for start in starts]
    _, at = refine(min(begun, key=lambda pair: pair[0])[1], _LOOKS)
    strength = model(at)[1]
    return build(at[2:]).scaled(float(strength[0])), *_place(at, size), float(strength[1])


def source_fit_of(cube: CubeStore, pair: DatePair, kind: str) -> SourceFit:
    """Fit a source to the largest masked pattern of a pair.

    Raises:
        ThaliaError: The pair is missing, nothing is masked, the frame has no line of sight, or too
            little of the pattern could be unwrapped.
    """
    sight, why = sight_of(cube)
    if sight is None:
        raise ThaliaError(
            "no source can be fitted without a line of sight", where=cube.path, why=why
        )
    mask, others, window = largest_pattern(cube, pair)
    phase = unwrapped_of(cube, pair, window, around=mask)
    away = ndimage.distance_transform_edt(~mask)
    used = np.isfinite(phase) & (away <= ring_width(mask)) & ~others
    if used.sum() < _LEAST or (used & mask).sum() < _LEAST:
        raise ThaliaError(
            "no source can be fitted",
            where=str(pair),
            why="too little of the masked pattern could be unwrapped",
            fix="choose a clearer pair",
        )
    chosen = np.flatnonzero(used)[:: -(-int(used.sum()) // _MOST) or 1]
    rows, cols = np.unravel_index(chosen, phase.shape)
    middle = ndimage.center_of_mass(mask)
    right, down = cube.geometry.pixel_metres(window.row0 + middle[0])
    values = np.asarray(phase.ravel()[chosen], np.float64)
    source, east, north, offset = fit_source(
        values,
        (cols - middle[1]) * right,
        (middle[0] - rows) * down,
        _vector(sight, window, mask),
        kind,
    )
    row, col = window.row0 + middle[0] - north / down, window.col0 + middle[1] + east / right
    model = _phase(cube, source, (row, col), _vector(sight, window, mask), window)
    left = values - (model.ravel()[chosen] + offset)
    spread = float(np.var(values))
    explained = 1 - float(np.var(left)) / spread if spread > 0 else 0.0
    rms = float(np.sqrt(np.mean(left**2)))
    return SourceFit(source, row, col, offset, rms, max(explained, 0.0), len(values))


def minus_source_of(cube: CubeStore, pair: DatePair, fit: SourceFit) -> NDArray[np.floating]:
    """Wrapped phase of a pair without a source, radians in (-pi, pi]; NaN for no data."""
    sight, _ = sight_of(cube)
    assert sight is not None  # else there is no fit
    rows, cols = cube.geometry.shape
    whole = Window(0, rows, 0, cols)
    at = np.zeros((rows, cols), np.bool_)
    at[min(max(round(fit.row), 0), rows - 1), min(max(round(fit.col), 0), cols - 1)] = True
    model = _phase(cube, fit.source, (fit.row, fit.col), _vector(sight, whole, at), whole)
    return wrap(cube.read_plane("insar_difference", pair) - model - fit.offset)


def _phase(
    cube: CubeStore, source: Source, at: tuple[float, float], sight: LineOfSight, window: Window
) -> Floats:
    """Unwrapped phase of a source over a window."""
    right, down = cube.geometry.pixel_metres(at[0])
    north = (at[0] - np.arange(window.row0, window.row1, dtype=np.float64))[:, None] * down
    east = (np.arange(window.col0, window.col1, dtype=np.float64) - at[1])[None, :] * right
    motion = source.displacement(east, north)
    return np.asarray(phase_of_displacement(sight.project(*motion)), np.float64)


def _vector(
    sight: LineOfSight | SightPlanes, window: Window, mask: NDArray[np.bool_]
) -> LineOfSight:
    """One vector for a pattern: across it the line of sight turns by less than a degree."""
    if isinstance(sight, LineOfSight):
        return sight
    planes = (sight.east, sight.north, sight.up)
    return LineOfSight(*(float(np.nanmean(plane[window.slices][mask])) for plane in planes))


def _place(at: Parameters, size: float) -> tuple[float, float]:
    """East and north in metres, not far from the pattern."""
    return float(np.clip(at[0], -3, 3)) * size, float(np.clip(at[1], -3, 3)) * size


def _centre(phase: Floats, east: Floats, north: Floats) -> tuple[float, float]:
    """Where the phase differs most from its median."""
    weight = np.abs(phase - np.median(phase)) ** 3
    return float(np.average(east, weights=weight)), float(np.average(north, weights=weight))


_Build = tuple[Callable[[Parameters], Source], list[Parameters]]


def _mogi(size: float) -> _Build:
    """Logarithm of the depth."""

    def build(at: Parameters) -> Source:
        return Mogi(_bounded(at[0], size), 1e6)

    return build, [(log(share),) for share in (0.3, 1.0)]


def _okada(size: float) -> _Build:
    """Logarithms of the upper edge's depth, length and width; strike and dip in radians."""

    def build(at: Parameters) -> Source:
        length, width = _bounded(at[1], size), _bounded(at[2], size)
        dip = abs((at[4] + pi / 2) % pi - pi / 2)
        down = width / 2 * sin(dip)
        strike = np.degrees(at[3] if (at[4] + pi / 2) % pi >= pi / 2 else at[3] + pi) % 360
        return Okada(
            _bounded(at[0], size) + down, length, width, float(strike), float(np.degrees(dip)), 1.0
        )

    starts: list[Parameters] = [
        (log(0.5), log(share), log(1.0), radians(strike), radians(dip))
        for dip, share, strikes in ((5, 1.0, (45,)), (80, 2.0, (0, 45, 90, 135)))
        for strike in strikes
    ]
    return build, starts


def _bounded(logarithm: float, size: float) -> float:
    """A length in metres that is neither a point nor the Earth."""
    return size * exp(min(max(logarithm, log(0.02)), log(8.0)))
