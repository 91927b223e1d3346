"""The text files beside LiCSAR products: metadata.txt, baselines and the frame's outline.

What a file does not say is left out and named; nothing is invented.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from thalia_core.errors import BuildError

_TIME = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d+)?")
REQUIRED = ("center_time", "heading", "avg_incidence_angle")


@dataclass(frozen=True, slots=True)
class FrameMetadata:
    """What ``metadata.txt`` says.

    Attributes:
        center_time: UTC time of day of the acquisitions, ``HH:MM:SS.ffffff``.
        heading: Of the satellite, degrees clockwise from north.
        avg_incidence_angle: Degrees from the vertical.
        others: All other keys, as they stand there.
    """

    center_time: str | None = None
    heading: float | None = None
    avg_incidence_angle: float | None = None
    others: Mapping[str, str] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[str, ...]:
        """The required keys that have no (legible) value."""
        return tuple(key for key in REQUIRED if getattr(self, key) is None)


def read_metadata(path: Path) -> FrameMetadata:
    """The keys of ``metadata.txt``; missing and illegible ones stay None."""
    lines = (line.partition("=") for line in _text(path).splitlines() if "=" in line)
    keys = {key.strip(): value.strip() for key, _, value in lines}
    return FrameMetadata(
        center_time=_time(keys.pop("center_time", "")),
        heading=_number(keys.pop("heading", ""), 360.0),
        avg_incidence_angle=_number(keys.pop("avg_incidence_angle", ""), 90.0),
        others=keys,
    )


def read_baselines(path: Path) -> tuple[dict[date, float], list[str]]:
    """Perpendicular baseline of each epoch against the frame's primary in m, and what did not fit.

    The primary lies at 0 by definition. Lines against another primary cannot be compared with the
    first line's and are left out.
    """
    baselines: dict[date, float] = {}
    odd: list[str] = []
    reference: date | None = None
    for number, line in enumerate(_text(path).splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        try:
            primary, epoch, value = _day(words[0]), _day(words[1]), float(words[2])
        except (ValueError, IndexError):
            odd.append(f"line {number} is not 'primary epoch metres days'")
            continue
        reference = reference or primary
        if primary != reference:
            odd.append(f"line {number} is against {primary:%Y%m%d}, not {reference:%Y%m%d}")
        elif abs(value) < float("inf"):
            baselines[epoch] = value
    if reference is not None:
        baselines.setdefault(reference, 0.0)
    return baselines, odd


def read_outline(path: Path) -> str | None:
    """The frame's outline as WKT (longitude latitude), or None when the file holds none."""
    points: list[str] = []
    for line in _text(path).splitlines():
        words = line.replace(",", " ").split()
        try:
            points.append(f"{float(words[0]):.8f} {float(words[1]):.8f}")
        except (ValueError, IndexError):
            continue
    if len(points) < 3:
        return None
    ring = points if points[0] == points[-1] else [*points, points[0]]
    return f"POLYGON (({', '.join(ring)}))"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise BuildError("cannot read", where=path, why=error.strerror) from error


def _day(text: str) -> date:
    return datetime.strptime(text, "%Y%m%d").date()


def _time(text: str) -> str | None:
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds = (int(part) for part in match.groups()[:3])
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{match.group(4) or ''}"


def _number(text: str, limit: float) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) <= limit else None
