"""``thalia synth``: synthetic cubes whose truth is known."""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace, _SubParsersAction
from datetime import date
from pathlib import Path

from thalia_core.cli.work import progress_bar
from thalia_core.progress import Started


def add(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    """Register the verb."""
    synth = subparsers.add_parser("synth", help="make synthetic cubes with a known truth")
    kinds = synth.add_subparsers(metavar="WHAT", required=True)
    cube = kinds.add_parser(
        "cube",
        help="one frame: a volcano with a source, air, noise, true masks and labels",
        description="Make one synthetic cube, the same for the same seed; its truth lies beside it "
        "in <name>.thalia/truth.json. Run again it goes on where it was interrupted, or changes "
        "nothing.",
    )
    cube.add_argument("out", type=Path, metavar="OUT.zarr", help="the cube to make")
    cube.add_argument("--seed", type=int, default=0, help="of all that is random (default: 0)")
    cube.add_argument(
        "--size", type=int, default=640, metavar="N", help="rows and columns (default: 640)"
    )
    cube.add_argument(
        "--dates",
        type=_dates,
        default=9,
        metavar="N|D1,D2,...",
        help="how many acquisitions, 12 days apart, or the days themselves as YYYYMMDD (default: "
        "9); each is paired with the next three",
    )
    cube.add_argument(
        "--frame",
        metavar="ID",
        help="frame identifier such as 124D_05291_081406 (default: made up)",
    )
    cube.add_argument(
        "--sources",
        nargs="+",
        metavar="KIND[:NAME=VALUE,...]",
        help="mogi, sill, dyke, earthquake, penny or spheroid; values are those of the source "
        "(metres, degrees), row and col (0 to 1), fringes, onset and end (counted in dates); the "
        "rest is drawn (default: one mogi)",
    )
    cube.add_argument(
        "--dem",
        type=Path,
        metavar="FILE",
        help="real heights: an SRTM tile (.hgt) or a GeoTIFF; the frame lies around its summit",
    )
    cube.set_defaults(run=run_cube)


def run_cube(args: Namespace) -> int:
    """Make one synthetic cube."""
    from thalia_core.synth.chance import random_plan
    from thalia_core.synth.writer import write_scene

    plan = random_plan(
        args.frame,
        seed=args.seed,
        size=args.size,
        dates=args.dates,
        sources=args.sources,
        dem=args.dem,
    )
    with progress_bar() as tell:
        tell(Started(plan.frame))
        written = write_scene(plan, args.out, tell)
    how = "made" if written else "nothing to do, it was made before"
    size = f"{len(plan.pairs)} interferograms of {plan.rows} x {plan.cols} pixels"
    sys.stdout.write(f"{args.out}: {how} ({size}, seed {plan.seed})\n")
    return 0


def _dates(text: str) -> int | tuple[date, ...]:
    if len(text) < 5 and text.isdigit():
        return int(text)
    try:
        return tuple(date.fromisoformat(day) for day in text.split(","))
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is neither a number nor days as YYYYMMDD") from error
