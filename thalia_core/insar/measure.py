"""Measuring in a cube: reads the window that a question needs and hands it to the pure functions.

For notebooks, the window and ``thalia measure`` alike. Places are longitudes and latitudes
(eastings and northings where the grid is projected).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from thalia_core.cube.geometry import Window
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.errors import ThaliaError
from thalia_core.insar.fringes import FringeCount, fringes_in, ring_width
from thalia_core.insar.height import PhaseFit, fit_height, fit_phase, minus_fit
from thalia_core.insar.profile import CORRIDOR, Profile, profile, window_of
from thalia_core.insar.unwrapping import MIN_COHERENCE, unwrap

Place = tuple[float, float]
Plane = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class PatternCount:
    """Fringes of one pattern of a pair's masks.

    Attributes:
        instance: Its code in the instance mask, or its number from the north where there is none.
        window: Where it lies.
        count: Its fringes; None where its phase could not be unwrapped.
    """

    instance: int
    window: Window
    count: FringeCount | None


def pixel_of(cube: CubeStore, place: Place) -> tuple[float, float]:
    """Fractional (row, column) of a place.

    Raises:
        ThaliaError: It lies outside the frame.
    """
    row, col = cube.geometry.rowcol(*place)
    rows, cols = cube.geometry.shape
    if not (-0.5 <= row <= rows - 0.5 and -0.5 <= col <= cols - 0.5):
        raise ThaliaError(
            "the place lies outside the frame",
            where=f"{place[0]:g} {place[1]:g}",
            why=_extent(cube),
            fix="write longitude, then latitude",
        )
    return row, col


def window_between(cube: CubeStore, corners: tuple[Place, Place]) -> Window:
    """The pixels whose centres lie between two opposite corners.

    Raises:
        ThaliaError: None of the frame does.
    """
    places = [cube.geometry.rowcol(*corner) for corner in corners]
    (top, bottom), (left, right) = (sorted(place[axis] for place in places) for axis in (0, 1))
    slack = 1e-3  # coordinates are rounded
    window = Window(
        ceil(top - slack), floor(bottom + slack) + 1, ceil(left - slack), floor(right + slack) + 1
    ).clip(*cube.geometry.shape)
    if window is None:
        raise ThaliaError(
            "the window lies outside the frame",
            where=" to ".join(f"{lon:g} {lat:g}" for lon, lat in corners),
            why=_extent(cube),
            fix="write west, south, east, north",
        )
    return window


def spacing_m(cube: CubeStore, row: float | None = None) -> tuple[float, float]:
    """Metres between rows and between columns, at a row or at the middle of the frame."""
    east, north = cube.geometry.pixel_metres(row)
    return north, east


def profile_of(
    cube: CubeStore,
    pair: DatePair,
    line: Sequence[Place],
    *,
    min_coherence: float = MIN_COHERENCE,
) -> Profile:
    """Phase, motion, height and coherence of a pair along a line.

    ``rows`` and ``cols`` of the answer count in the frame.

    Raises:
        ThaliaError: The pair is missing, a point lies outside the frame, fewer than two points
            differ, or there are no data along the line.
    """
    cube.position(pair)
    points = [pixel_of(cube, place) for place in line]
    if len(set(points)) < 2:
        raise ThaliaError("not a line", fix="give two or more points that differ")
    window = window_of(points, CORRIDOR + 1, cube.geometry.shape)
    assert window is not None  # every point lies in the frame
    corner = np.array([window.row0, window.col0])
    middle = float(np.mean([row for row, _ in points]))
    found = profile(
        np.array(points) - corner,
        cube.read_plane("insar_difference", pair, window),
        spacing_m(cube, middle),
        coherence=plane_or_none(cube, "insar_coherence", pair, window),
        height=plane_or_none(cube, "dem", pair, window),
        min_coherence=min_coherence,
    )
    if not np.isfinite(found.wrapped_phase).any():
        raise ThaliaError(
            "there are no data along the line",
            where=str(pair),
            fix="draw it elsewhere, or choose another pair",
        )
    return replace(found, rows=found.rows + window.row0, cols=found.cols + window.col0)


def unwrapped_of(
    cube: CubeStore,
    pair: DatePair,
    window: Window | None = None,
    *,
    min_coherence: float = MIN_COHERENCE,
    around: NDArray[np.bool_] | None = None,
) -> Plane:
    """The local unwrapping of a window of a pair; see :func:`unwrapping.unwrap`.

    Raises:
        ThaliaError: The pair is missing.
    """
    return unwrap(
        cube.read_plane("insar_difference", pair, window),
        plane_or_none(cube, "insar_coherence", pair, window),
        min_coherence=min_coherence,
        around=around,
    )


def patterns_of(
    cube: CubeStore, pair: DatePair, *, min_coherence: float = MIN_COHERENCE
) -> list[PatternCount]:
    """Fringes of every pattern that is masked in a pair.

    A pattern is an instance of the instance mask; without one, a connected part of the deformation
    mask.

    Raises:
        ThaliaError: The pair is missing, or has nothing masked.
    """
    numbers = _numbered(cube, pair)
    found = []
    for number, place in enumerate(ndimage.find_objects(numbers), 1):
        if place is None:
            continue
        down, across = place
        tight = Window(down.start, down.stop, across.start, across.stop)
        window = _around(tight, numbers[place] == number, cube.geometry.shape)
        part = numbers[window.slices]
        phase = unwrapped_of(cube, pair, window, min_coherence=min_coherence, around=part == number)
        count = fringes_in(phase, part == number, (part > 0) & (part != number))
        found.append(PatternCount(number, tight, count))
    return found


def largest_pattern(
    cube: CubeStore, pair: DatePair
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], Window]:
    """The largest masked pattern of a pair, in a window with the ground around it.

    Returns:
        The pattern and all others, (rows, columns) of the window, and the window.

    Raises:
        ThaliaError: The pair is missing, or has nothing masked.
    """
    numbers = _numbered(cube, pair)
    mask = numbers == np.bincount(numbers[numbers > 0]).argmax()
    rows, cols = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    tight = Window(int(rows[0]), int(rows[-1]) + 1, int(cols[0]), int(cols[-1]) + 1)
    window = _around(tight, mask, cube.geometry.shape)
    inside = mask[window.slices]
    return inside, (numbers[window.slices] > 0) & ~inside, window


def height_fit_of(
    cube: CubeStore,
    pair: DatePair,
    window: Window | None = None,
    *,
    min_coherence: float = MIN_COHERENCE,
    masked: bool = False,
) -> PhaseFit:
    """Phase against height in a window of a pair, in rad/km.

    Args:
        cube: The cube.
        pair: The pair.
        window: All of the frame when left out.
        min_coherence: Pixels below it are left out.
        masked: Whether masked deformation takes part, which it does not by default.

    Raises:
        ThaliaError: The pair or the DEM is missing, or too few pixels have both.
    """
    if "dem" not in cube.layers:
        raise ThaliaError(
            "the cube has no heights",
            where=cube.path,
            why="phase against height needs the layer 'dem'",
            fix="put <frame>.geo.hgt.tif into metadata/ of its LiCSAR folder and build again",
        )
    return fit_height(
        cube.read_plane("insar_difference", pair, window),
        cube.read_plane("dem", None, window),
        plane_or_none(cube, "insar_coherence", pair, window),
        min_coherence=min_coherence,
        inside=None if masked else _ground(cube, pair, window),
    )


def minus_height_of(
    cube: CubeStore, pair: DatePair, fit: PhaseFit, window: Window | None = None
) -> Plane:
    """Wrapped phase of a pair without its line of height, radians; NaN where either has no data.

    Raises:
        ThaliaError: The pair or the DEM is missing.
    """
    height_km = np.asarray(cube.read_plane("dem", None, window), np.float64) / 1000
    return minus_fit(cube.read_plane("insar_difference", pair, window), fit, height_km)


def weather_fit_of(
    cube: CubeStore,
    pair: DatePair,
    name: str,
    window: Window | None = None,
    *,
    min_coherence: float = MIN_COHERENCE,
) -> PhaseFit:
    """Phase against the difference of an ERA5 variable of the two dates, second minus first.

    ``correlation`` of the answer says how well they agree, in radians per unit of the variable.

    Raises:
        ThaliaError: The pair or the variable is missing, or it is the same everywhere.
    """
    cube.position(pair)
    planes = []
    for which in ("secondary_date_", "primary_date_"):
        if which + name not in cube.layers:
            raise ThaliaError(
                f"the cube has no '{which + name}'",
                where=cube.path,
                fix="build the cube with 'thalia build licsar ... --era5 PATH'",
            )
        planes.append(np.asarray(cube.read_plane(which + name, pair, window), np.float64))
    return fit_phase(
        cube.read_plane("insar_difference", pair, window),
        planes[0] - planes[1],
        plane_or_none(cube, "insar_coherence", pair, window),
        min_coherence=min_coherence,
        inside=_ground(cube, pair, window),
    )


def plane_or_none(
    cube: CubeStore, name: str, pair: DatePair, window: Window | None
) -> Plane | None:
    """A plane that the cube may lack."""
    return cube.read_plane(name, pair, window) if name in cube.layers else None


def _numbered(cube: CubeStore, pair: DatePair) -> NDArray[np.int32]:
    """The masked patterns of a pair by number, 0 for none."""
    cube.position(pair)
    numbers = np.asarray(cube.read_plane("instance_mask", pair), np.int32)
    numbers[numbers == 255] = 0
    if not numbers.any():
        masked = cube.read_plane("deformation_mask", pair)
        labelled, _ = ndimage.label((masked > 0) & (masked < 255), np.ones((3, 3)))
        numbers = np.asarray(labelled, np.int32)
    if not numbers.any():
        raise ThaliaError(
            "nothing is masked in this pair", where=str(pair), fix="draw a mask, or give a line"
        )
    return numbers


def _around(tight: Window, mask: NDArray[np.bool_], shape: tuple[int, int]) -> Window:
    """The window of a pattern with room for the ring around it."""
    corners = [(tight.row0, tight.col0), (tight.row1 - 1, tight.col1 - 1)]
    window = window_of(corners, ring_width(mask) + 2, shape)
    assert window is not None  # the pattern lies in the frame
    return window


def _extent(cube: CubeStore) -> str:
    a, _, west, _, e, north = cube.geometry.transform
    rows, cols = cube.geometry.shape
    return (
        f"the frame goes from {west:.4f} to {west + a * cols:.4f} east "
        f"and from {north + e * rows:.4f} to {north:.4f} north"
    )


def _ground(cube: CubeStore, pair: DatePair, window: Window | None) -> NDArray[np.bool_]:
    """Pixels where nobody has drawn deformation."""
    mask = cube.read_plane("deformation_mask", pair, window)
    return np.asarray((mask == 0) | (mask == 255), np.bool_)
