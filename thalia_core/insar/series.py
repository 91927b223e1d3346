"""Motion of points from date to date, against an area that stands still."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import tau

import numpy as np
from numpy.typing import NDArray

from thalia_core.cube.geometry import Window
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.errors import ThaliaError
from thalia_core.insar.los import displacement_of_phase
from thalia_core.insar.measure import Place, pixel_of, plane_or_none
from thalia_core.insar.network import Series, invert
from thalia_core.insar.profile import window_of
from thalia_core.insar.reference import ReferenceArea
from thalia_core.insar.unwrapping import MIN_COHERENCE, unwrap
from thalia_core.progress import Step

Floats = NDArray[np.float64]
NEAR = 1
"""Pixels around a point over which its phase is averaged: 3 x 3."""
_MARGIN, _WIDE = 20, 100
"""Pixels around points and reference through which the phase is unwrapped; without a reference."""


@dataclass(frozen=True, slots=True, eq=False)
class PointSeries:
    """Motion of points towards the satellite.

    Attributes:
        points: Longitude and latitude of each.
        reference: The area that stands still; None for the median of the ground around the points.
        network: The solution in radians, with parts, residuals and turns.
    """

    points: tuple[Place, ...]
    reference: ReferenceArea | None
    network: Series

    @property
    def dates(self) -> tuple[date, ...]:
        """The days."""
        return self.network.dates

    @property
    def towards_cm(self) -> Floats:
        """(dates, points) since the first date of each part of the network; NaN for no value."""
        return np.asarray(displacement_of_phase(self.network.values) * 100, np.float64) + 0.0

    @property
    def sigma_cm(self) -> Floats:
        """(dates, points) standard error; NaN where the pairs leave nothing over to tell it.

        It follows from what the pairs of a network disagree: noise and errors of unwrapping. The
        air of a date is the same in all of its pairs, and is in the motion, not in this.
        """
        return np.abs(np.asarray(displacement_of_phase(self.network.sigma) * 100, np.float64))

    @property
    def rms_cm(self) -> Floats:
        """(points,) root mean square of what the pairs disagree."""
        return np.abs(np.asarray(displacement_of_phase(self.network.rms) * 100, np.float64))

    def rows(self) -> Iterator[dict[str, object]]:
        """One record for each date and point that has a value, in the order of the points."""
        cm, sigma = self.towards_cm, self.sigma_cm
        for n, (lon, lat) in enumerate(self.points):
            for i, day in enumerate(self.dates):
                if np.isfinite(cm[i, n]):
                    yield {
                        "point": n + 1,
                        "lon": lon,
                        "lat": lat,
                        "date": day.isoformat(),
                        "days": (day - self.dates[0]).days,
                        "part": int(self.network.part[i, n]) + 1,
                        "towards_cm": round(float(cm[i, n]), 4),
                        "sigma_cm": round(float(sigma[i, n]), 4)
                        if np.isfinite(sigma[i, n])
                        else None,
                    }

    def to_csv(self) -> str:
        """The records as CSV with a head line; an unknown standard error is empty."""
        names = ("point", "lon", "lat", "date", "days", "part", "towards_cm", "sigma_cm")
        text = io.StringIO()
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows())
        return text.getvalue()


def series_of(
    cube: CubeStore,
    points: Sequence[Place],
    reference: ReferenceArea | None = None,
    *,
    pairs: Sequence[DatePair] | None = None,
    min_coherence: float = MIN_COHERENCE,
    tell: Callable[[Step], None] = lambda _: None,
) -> PointSeries:
    """Motion of points from all pairs of a cube, or from some.

    Every pair is taken as it was unwrapped by others where the cube has that layer, else it is
    unwrapped here in a window around points and reference. A point that does not hang together
    with the reference has no value in that pair. Errors of whole turns that the network gives
    away are taken off.

    Args:
        cube: The cube.
        points: Longitude and latitude of each; averaged over 3 x 3 pixels.
        reference: What stands still; the median of the ground around the points when left out.
        pairs: Which to use, e.g. those of one primary date; all when left out.
        min_coherence: Pixels below it are not crossed.
        tell: Hears a Step for each pair; what it raises ends the work.

    Raises:
        ThaliaError: A point or the reference lies outside the frame, a pair is missing, there are
            none, or no point has a value in any.
    """
    used = tuple(cube.pairs if pairs is None else pairs)
    if not used or not points:
        raise ThaliaError("a time series needs one pair and one point at least", where=cube.path)
    for pair in used:
        cube.position(pair)
    places = [pixel_of(cube, place) for place in points]
    corners = list(places)
    if reference is not None:
        pixel_of(cube, (reference.lon, reference.lat))
        corners += reference.corners(cube.geometry)
    window = window_of(corners, _WIDE if reference is None else _MARGIN, cube.geometry.shape)
    assert window is not None  # every point lies in the frame
    still = None if reference is None else reference.pixels(cube.geometry, window)
    near = [_near(place, window) for place in places]
    found = []
    for done, pair in enumerate(used):
        tell(Step(done, len(used), str(pair)))
        found.append(_values(cube, pair, window, near, still, min_coherence))
    values = np.stack(found)
    if not np.isfinite(values).any():
        raise ThaliaError(
            "no pair has data at the points"
            + ("" if reference is None else " that hang together with the reference area"),
            where=cube.path,
            fix="choose other points or another reference area, or lower the least coherence",
        )
    return PointSeries(tuple(points), reference, invert(used, values, turn=tau))


def _values(
    cube: CubeStore,
    pair: DatePair,
    window: Window,
    near: Sequence[tuple[slice, slice]],
    still: NDArray[np.bool_] | None,
    min_coherence: float,
) -> Floats:
    """(points,) unwrapped phase against the reference, radians."""
    phase = plane_or_none(cube, "unwrapped_phase", pair, window)
    if phase is None or not np.isfinite(phase).any():
        phase = unwrap(
            cube.read_plane("insar_difference", pair, window),
            plane_or_none(cube, "insar_coherence", pair, window),
            min_coherence=min_coherence,
            around=still,
        )
    zero = _middle(phase if still is None else phase[still])
    return np.array([_middle(phase[at]) - zero for at in near])


def _near(place: tuple[float, float], window: Window) -> tuple[slice, slice]:
    row, col = round(place[0]) - window.row0, round(place[1]) - window.col0
    return (
        slice(max(row - NEAR, 0), row + NEAR + 1),
        slice(max(col - NEAR, 0), col + NEAR + 1),
    )


def _middle(values: NDArray[np.floating]) -> float:
    """Median of what there is, which single errors of the unwrapping do not move."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")
