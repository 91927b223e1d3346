"""``python -m thalia_viewer PATH``: the window."""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from thalia_core.cube.pairs import DatePair
from thalia_core.errors import ThaliaError
from thalia_viewer.platform import prepare


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and open the window."""
    args = _parser().parse_args(arguments)
    try:
        prepare(os.environ, screenshot=args.screenshot is not None)
        from thalia_viewer.options import Options
        from thalia_viewer.sights import MOST, Sight, layer_named
        from thalia_viewer.start import run

        options = Options(
            path=args.path,
            pair=DatePair.parse(args.pair) if args.pair else None,
            layer=layer_named(args.layer) if args.layer else None,
            screenshot=args.screenshot,
            size=_size(args.size) if args.size else None,
            at=_place(args.at) if args.at else None,
            zoom=args.zoom,
            show=tuple(args.show.split(",")) if args.show else (),
            profile=_places(args.profile),
            points=_places(args.points),
            panels=tuple(Sight.parse(text) for text in args.panels.split(",") if text)[:MOST],
        )
        return run(options)
    except ThaliaError as error:
        sys.stderr.write(f"thalia: {error}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m thalia_viewer", description="Show a cube, or a folder of cubes."
    )
    parser.add_argument("path", type=Path, nargs="?", metavar="PATH")
    parser.add_argument("--pair", metavar="D1_D2", help="show this pair first")
    parser.add_argument("--layer", metavar="NAME", help="show this layer first")
    parser.add_argument(
        "--screenshot", type=Path, metavar="FILE", help="draw, save the window as PNG, and quit"
    )
    parser.add_argument("--size", metavar="WxH", help="size of the window, such as 1440x900")
    parser.add_argument("--at", metavar='"LON LAT"', help="bring this place to the middle")
    parser.add_argument("--zoom", type=float, default=1.0, help="enlarge so many times")
    parser.add_argument(
        "--show", metavar="PANELS", help="bring these panels to the front, such as matrix,network"
    )
    parser.add_argument(
        "--profile", metavar='"LON LAT, LON LAT, ..."', help="measure along this line"
    )
    parser.add_argument(
        "--points", metavar='"LON LAT, ..."', help="show the time series of these points"
    )
    parser.add_argument(
        "--panels",
        metavar="[PAIR:]LAYER,…",
        default="",
        help="further panels, at most 5: layers of the pair, of the pair D1_D2:, or of its "
        "neighbour same_primary: or same_secondary:",
    )
    return parser


def _place(text: str) -> tuple[float, float]:
    try:
        lon, lat = (float(part) for part in text.replace(",", " ").split())
    except ValueError:
        raise ThaliaError("not a place", where=repr(text), fix='write it as "LON LAT"') from None
    return lon, lat


def _places(text: str | None) -> tuple[tuple[float, float], ...]:
    return tuple(_place(place) for place in (text or "").split(",") if place.strip())


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{3,5})x(\d{3,5})", text.strip().lower())
    if match is None:
        raise ThaliaError("not a size", where=repr(text), fix="write it as 1440x900")
    return int(match[1]), int(match[2])


if __name__ == "__main__":
    sys.exit(main())
