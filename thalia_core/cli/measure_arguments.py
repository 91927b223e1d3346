"""Arguments that the kinds of ``thalia measure`` share."""

import math
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date, datetime
from pathlib import Path
from typing import Any


def add_pair(parser: ArgumentParser) -> None:
    """The cube and the pair."""
    parser.add_argument("path", type=Path, metavar="CUBE", help="a cube")
    parser.add_argument("pair", metavar="PAIR", help="such as 20240211_20240306")


def add_line(parser: Any, *, required: bool = False) -> None:
    """``--line``; the parser may be a group."""
    named = {"required": True} if required else {}
    parser.add_argument(
        "--line",
        type=places,
        metavar='"LON LAT, LON LAT"',
        help="two or more points, degrees",
        **named,
    )


def add_window(parser: ArgumentParser) -> None:
    """``--window``."""
    parser.add_argument(
        "--window",
        type=float,
        nargs=4,
        metavar=("WEST", "SOUTH", "EAST", "NORTH"),
        help="the part of the frame (default: all)",
    )


def add_coherence(parser: ArgumentParser) -> None:
    """``--min-coherence``."""
    parser.add_argument(
        "--min-coherence",
        type=share,
        default=0.1,
        metavar="0..1",
        help="ground below it is left out (default: 0.1)",
    )


def places(text: str) -> list[tuple[float, float]]:
    """Points of a line."""
    try:
        pairs = [tuple(map(float, point.split())) for point in text.split(",")]
        points = [(lon, lat) for lon, lat in pairs]
    except ValueError:
        points = []
    if len(points) < 2 or not all(math.isfinite(value) for point in points for value in point):
        raise ArgumentTypeError(
            f"{text!r} is no line; write two or more points as 'LON LAT, LON LAT'"
        )
    return points


def share(text: str) -> float:
    """A number between 0 and 1."""
    value = float(text)
    if not 0 <= value <= 1:
        raise ArgumentTypeError(f"{text!r} is not between 0 and 1")
    return value


def day(text: str) -> date:
    """A day."""
    try:
        return datetime.strptime(text.replace("-", ""), "%Y%m%d").date()
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no day; write it as YYYYMMDD") from error
