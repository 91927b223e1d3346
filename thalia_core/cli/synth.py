"""``thalia synth``: synthetic cubes whose truth is known."""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace, _SubParsersAction
from datetime import date
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from thalia_core.cli.work import add_pool_options, pool_of, progress_bar
from thalia_core.errors import ConfigError
from thalia_core.progress import Started

if TYPE_CHECKING:
    from thalia_core.synth.archive import Task


def add(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    """Register the verb."""
    synth = subparsers.add_parser("synth", help="make synthetic cubes with a known truth")
    kinds = synth.add_subparsers(metavar="WHAT", required=True)
    _add_cube(kinds)
    _add_archive(kinds)


def _add_cube(kinds: "_SubParsersAction[ArgumentParser]") -> None:
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


def _add_archive(kinds: "_SubParsersAction[ArgumentParser]") -> None:
    archive = kinds.add_parser(
        "archive",
        help="a folder of frames: a twin of the real archive, or frames to learn from",
        description="Make an archive. Run again it goes on where it was interrupted. "
        "--like and --annotations make a twin: the same frames, pairs, labels and captions over "
        "made-up pixels that agree with them. --learning makes frames with every type of source "
        "and much that only looks like one; some frames are held out.",
    )
    archive.add_argument("out", type=Path, metavar="OUT", help="the folder to make")
    archive.add_argument(
        "--like", type=Path, metavar="INDEX", help="the public quality_timeseries.json"
    )
    archive.add_argument(
        "--annotations", type=Path, metavar="TAR.GZ", help="the public annotations"
    )
    archive.add_argument("--learning", action="store_true", help="frames to learn from")
    archive.add_argument(
        "--size",
        type=int,
        metavar="N",
        help="rows and columns of each frame (default: 96 pixels of 370 m for a twin, 512 of 111 m "
        "for learning)",
    )
    archive.add_argument("--frames", type=int, metavar="N", help="of a learning archive (15)")
    archive.add_argument("--seed", type=int, default=0, help="of all that is random (default: 0)")
    add_pool_options(archive)
    archive.set_defaults(run=run_archive)


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


def run_archive(args: Namespace) -> int:
    """Make an archive of synthetic frames."""
    from thalia_core.synth.archive import make_archive

    begun = monotonic()
    tasks, about = _learning(args) if args.learning else _twin(args)
    with pool_of(args, len(tasks)) as pool, progress_bar("pair") as tell:
        made = make_archive(args.out, tasks, about, pool, tell)
    pairs = sum(task.weight for task in tasks)
    how = f"made in {monotonic() - begun:.0f} s" if made else "nothing to do, made before"
    sys.stdout.write(f"{args.out}: {len(tasks)} frames, {pairs} interferograms, {how}\n")
    return 0


def _twin(args: Namespace) -> "tuple[list[Task], dict[str, Any]]":
    from thalia_core.build.annotations.index import read_index
    from thalia_core.build.annotations.records import read_samples
    from thalia_core.synth.archive import Task
    from thalia_core.synth.twin import twin_frames
    from thalia_core.synth.twin_subject import write_twin

    if args.like is None or args.annotations is None or args.frames is not None:
        raise ConfigError(
            "which archive?",
            why="a twin needs --like INDEX and --annotations TAR.GZ, and knows its frames",
            fix="give both, or --learning",
        )
    samples, findings = read_samples(args.annotations)
    for finding in findings:
        sys.stderr.write(f"note: {finding}\n")
    size = args.size or 96
    frames = twin_frames(samples, read_index(args.like), size=size, seed=args.seed)
    tasks = [
        Task(write_twin, twin, args.out / f"{twin.frame}.zarr", len(twin.samples))
        for twin in frames
    ]
    about = {"about": "twin of the Thalia archive: real annotations, synthetic pixels"}
    return tasks, {**about, "size": size, "seed": args.seed}


def _learning(args: Namespace) -> "tuple[list[Task], dict[str, Any]]":
    from thalia_core.synth.archive import Task
    from thalia_core.synth.learning import FRAMES, learning_plans
    from thalia_core.synth.writer import write_scene

    if args.like is not None or args.annotations is not None:
        raise ConfigError("which archive?", fix="give --like and --annotations, or --learning")
    size = args.size or 512
    plans, held_out = learning_plans(args.seed, size=size, frames=args.frames or FRAMES)
    tasks = [
        Task(write_scene, plan, args.out / f"{plan.frame}.zarr", len(plan.pairs)) for plan in plans
    ]
    about = {"about": "synthetic frames to learn from", "held_out": list(held_out)}
    return tasks, {**about, "size": size, "seed": args.seed}


def _dates(text: str) -> int | tuple[date, ...]:
    if len(text) < 5 and text.isdigit():
        return int(text)
    try:
        return tuple(date.fromisoformat(day) for day in text.split(","))
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is neither a number nor days as YYYYMMDD") from error
