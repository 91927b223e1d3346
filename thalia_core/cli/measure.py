"""``thalia measure``: profiles, fringes, phase against height, time series and closure."""

import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path
from typing import TYPE_CHECKING

from thalia_core.cli.measure_arguments import add_coherence, add_line, add_pair, add_window, day
from thalia_core.cli.measure_output import (
    count_json,
    count_text,
    fit_json,
    json_number,
    save_plane,
    series_json,
    series_text,
    tell_json,
)
from thalia_core.cli.work import progress_bar
from thalia_core.cube.pairs import DatePair
from thalia_core.errors import CubeError, ThaliaError

if TYPE_CHECKING:
    from thalia_core.cube.geometry import Window
    from thalia_core.cube.store import CubeStore
    from thalia_core.insar.fringes import FringeCount

_Kinds = _SubParsersAction  # what argparse hands to those who add verbs


def add(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    """Register the verb."""
    measure = subparsers.add_parser(
        "measure", help="profiles, fringes, phase against height, time series, closure"
    )
    kinds = measure.add_subparsers(metavar="WHAT", required=True)
    _add_profile(kinds)
    _add_fringes(kinds)
    _add_height(kinds)
    _add_series(kinds)
    _add_closure(kinds)


def _add_profile(kinds: "_Kinds[ArgumentParser]") -> None:
    profile = kinds.add_parser(
        "profile",
        help="phase, centimetres, height and coherence along a line",
        description="Sample a pair along a line, a pixel at a time, as CSV. Centimetres are "
        "towards the satellite, with respect to the first sample whose phase could be unwrapped.",
    )
    add_pair(profile)
    add_line(profile, required=True)
    add_coherence(profile)
    profile.add_argument("--json", action="store_true", help="one JSON object instead of CSV")
    profile.set_defaults(run=run_profile)


def _add_fringes(kinds: "_Kinds[ArgumentParser]") -> None:
    fringes = kinds.add_parser(
        "fringes",
        help="count fringes from edge to centre, and suggest an intensity",
        description="Count the fringes of a pair along a line that begins at the edge of a pattern "
        "and reaches or crosses its centre, or in each masked pattern (the default). 1 fringe or "
        "less is Low, 2 or 3 Medium, 4 or more High.",
    )
    add_pair(fringes)
    where = fringes.add_mutually_exclusive_group()
    add_line(where)
    where.add_argument("--mask", action="store_true", help="in each masked pattern (the default)")
    add_coherence(fringes)
    fringes.add_argument("--json", action="store_true", help="one JSON object instead of text")
    fringes.set_defaults(run=run_fringes)


def _add_height(kinds: "_Kinds[ArgumentParser]") -> None:
    height = kinds.add_parser(
        "height",
        help="phase against height: is it stratified air?",
        description="Fit a line to phase against height, and to phase against the difference of "
        "each ERA5 variable that the cube has. Masked deformation is left out.",
    )
    add_pair(height)
    add_window(height)
    add_coherence(height)
    height.add_argument("--json", action="store_true", help="one JSON object instead of text")
    height.add_argument(
        "--npy", type=Path, metavar="FILE", help="write phase minus the line of height, radians"
    )
    height.set_defaults(run=run_height)


def _add_series(kinds: "_Kinds[ArgumentParser]") -> None:
    series = kinds.add_parser(
        "series",
        help="motion of points from date to date",
        description="Motion of points towards the satellite by least squares over all pairs, as "
        "CSV. Parts of the network that no pair joins have a zero of their own.",
    )
    series.add_argument("path", type=Path, metavar="CUBE", help="a cube")
    series.add_argument(
        "--at",
        type=float,
        nargs=2,
        action="append",
        required=True,
        metavar=("LON", "LAT"),
        help="a point; may be given several times",
    )
    series.add_argument(
        "--reference",
        type=float,
        nargs=3,
        metavar=("LON", "LAT", "RADIUS_M"),
        help="the area that stands still (default: the one kept with the cube, else the median of "
        "the ground around the points)",
    )
    series.add_argument(
        "--keep-reference", action="store_true", help="keep that area with the cube from now on"
    )
    series.add_argument(
        "--primary", type=day, metavar="DATE", help="only pairs of this primary date"
    )
    series.add_argument("--csv", type=Path, metavar="FILE", help="write there, and tell a summary")
    add_coherence(series)
    series.add_argument("--json", action="store_true", help="one JSON object instead of CSV")
    series.set_defaults(run=run_series)


def _add_closure(kinds: "_Kinds[ArgumentParser]") -> None:
    closure = kinds.add_parser(
        "closure",
        help="what is left of the phase around three dates",
        description="Closure of the triangle of a pair and a third date: 0 where the three "
        "interferograms agree.",
    )
    add_pair(closure)
    closure.add_argument(
        "day",
        type=day,
        nargs="?",
        metavar="DATE",
        help="the third date (default: the nearest to the middle of the pair)",
    )
    add_window(closure)
    closure.add_argument("--npy", type=Path, metavar="FILE", help="write the plane there, radians")
    closure.add_argument("--json", action="store_true", help="one JSON object instead of text")
    closure.set_defaults(run=run_closure)


def run_profile(args: Namespace) -> int:
    """Print the samples."""
    from thalia_core.cube.store import CubeStore
    from thalia_core.insar.measure import profile_of

    cube, pair = CubeStore.open(args.path), DatePair.parse(args.pair)
    found = profile_of(cube, pair, args.line, min_coherence=args.min_coherence)
    if args.json:
        return tell_json({"pair": str(pair), **found.columns(cube.geometry)})
    sys.stdout.write(found.to_csv(cube.geometry))
    return 0


def run_fringes(args: Namespace) -> int:
    """Print the counts; 1 when a phase could not be unwrapped."""
    from thalia_core.cube.store import CubeStore
    from thalia_core.insar.fringes import fringes_along
    from thalia_core.insar.measure import patterns_of, profile_of

    cube, pair = CubeStore.open(args.path), DatePair.parse(args.pair)
    counts: list[tuple[str, FringeCount | None]]
    if args.line:
        line = profile_of(cube, pair, args.line, min_coherence=args.min_coherence)
        counts = [("line", fringes_along(line))]
    else:
        patterns = patterns_of(cube, pair, min_coherence=args.min_coherence)
        counts = [(f"pattern {one.instance}", one.count) for one in patterns]
    if args.json:
        tell_json({"pair": str(pair), "counts": [count_json(*one) for one in counts]})
    else:
        sys.stdout.writelines(count_text(*one) for one in counts)
    return int(any(count is None for _, count in counts))


def run_height(args: Namespace) -> int:
    """Print the fits."""
    from thalia_core.cube.schema import ERA5
    from thalia_core.cube.store import CubeStore
    from thalia_core.insar.measure import height_fit_of, minus_height_of, weather_fit_of

    cube, pair = CubeStore.open(args.path), DatePair.parse(args.pair)
    window = _window_of(cube, args)
    fits = {"height": height_fit_of(cube, pair, window, min_coherence=args.min_coherence)}
    if args.npy is not None:
        save_plane(args.npy, minus_height_of(cube, pair, fits["height"], window))
    lacking: dict[str, str] = {}
    for name in ERA5:
        if not {f"primary_date_{name}", f"secondary_date_{name}"} <= set(cube.layers):
            continue
        try:
            fits[name] = weather_fit_of(cube, pair, name, window, min_coherence=args.min_coherence)
        except CubeError:
            raise
        except ThaliaError as error:  # such as a window within one cell of ERA5
            lacking[name] = str(error)
    if args.json:
        told = {name: fit_json(fit) for name, fit in fits.items()}
        return tell_json({"pair": str(pair), **told, "not_fitted": lacking})
    fit = fits["height"]
    sys.stdout.write(
        f"{pair}: {fit.slope:.2f} rad/km = {fit.cm_per_unit:.2f} cm/km towards the satellite, "
        f"R2 {fit.r2:.2f}, {fit.pixels} pixels\n"
    )
    for name, fit in fits.items():
        if name != "height":
            text = name.replace("_", " ")
            sys.stdout.write(f"  correlation with {text}: {fit.correlation:.2f}\n")
    for name, why in lacking.items():
        sys.stdout.write(f"  correlation with {name.replace('_', ' ')}: none; {why}\n")
    return 0


def run_series(args: Namespace) -> int:
    """Print or write the series."""
    from thalia_core.cube.store import CubeStore
    from thalia_core.insar.network import of_primary
    from thalia_core.insar.reference import ReferenceArea, keep_reference, kept_reference
    from thalia_core.insar.series import series_of

    cube = CubeStore.open(args.path)
    area = ReferenceArea(*args.reference) if args.reference else kept_reference(cube)
    if args.keep_reference and args.reference is None:
        raise ThaliaError("which reference area?", fix="give --reference LON LAT RADIUS_M")
    pairs = tuple(cube.pairs)
    if args.primary is not None:
        pairs = tuple(pairs[i] for i in of_primary(pairs, args.primary))
        if not pairs:
            raise ThaliaError(
                "no pair has this primary date",
                where=f"{args.primary:%Y%m%d}",
                fix="see 'thalia pairs' for those there are",
            )
    points = [(lon, lat) for lon, lat in args.at]
    with progress_bar("pair") as tell:
        found = series_of(
            cube, points, area, pairs=pairs, min_coherence=args.min_coherence, tell=tell
        )
    if args.keep_reference and area is not None:
        keep_reference(cube, area)
    if args.csv is not None:
        args.csv.write_text(found.to_csv(), encoding="utf-8")
    if args.json:
        return tell_json(series_json(found))
    sys.stdout.write(series_text(found) if args.csv else found.to_csv())
    return 0


def run_closure(args: Namespace) -> int:
    """Print what is left, and write it."""
    from thalia_core.cube.store import CubeStore
    from thalia_core.insar.triangle import closure_of

    cube, pair = CubeStore.open(args.path), DatePair.parse(args.pair)
    found = closure_of(cube, pair, args.day, _window_of(cube, args))
    if args.npy is not None:
        save_plane(args.npy, found.plane)
    days = [f"{day:%Y%m%d}" for day in found.dates]
    told = {
        "pair": str(pair),
        "dates": days,
        "rms_rad": json_number(found.rms, 4),
        "covered": round(found.covered, 4),
    }
    if args.json:
        return tell_json(told)
    rms = "no data" if told["rms_rad"] is None else f"rms {found.rms:.3f} rad"
    sys.stdout.write(f"{' '.join(days)}: {rms}, {found.covered:.0%} of the window covered\n")
    return 0


def _window_of(cube: "CubeStore", args: Namespace) -> "Window | None":
    from thalia_core.insar.measure import window_between

    if args.window is None:
        return None
    west, south, east, north = args.window
    return window_between(cube, ((west, north), (east, south)))
