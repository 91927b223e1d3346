"""What the command line asks the program to show."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from thalia_core.cube.pairs import DatePair
from thalia_viewer.sights import Sight


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for."""

    path: Path | None = None
    pair: DatePair | None = None
    layer: str | None = None
    screenshot: Path | None = None
    size: tuple[int, int] | None = None
    at: tuple[float, float] | None = None
    """Longitude and latitude to bring to the middle of the first picture."""
    zoom: float = 1.0
    """Enlargement of the first picture; 1 shows the whole frame."""
    show: tuple[str, ...] = ()
    """Panels to bring to the front."""
    profile: tuple[tuple[float, float], ...] = ()
    """Longitudes and latitudes of a line to measure along."""
    points: tuple[tuple[float, float], ...] = ()
    """Longitudes and latitudes of points whose time series is shown."""
    panels: tuple[Sight, ...] = ()
    """What the panels beside the first one show."""
