"""``thalia synth``: synthetic cubes whose truth is known."""

import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from thalia_core.progress import Event, Step

if TYPE_CHECKING:
    from thalia_core.synth.writer import Tell


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
        type=int,
        default=9,
        metavar="N",
        help="acquisitions, 12 days apart (default: 9); each is paired with the next three",
    )
    cube.add_argument(
        "--frame",
        metavar="ID",
        help="frame identifier such as 124D_05291_081406 (default: made up)",
    )
    cube.set_defaults(run=run_cube)


def run_cube(args: Namespace) -> int:
    """Make one synthetic cube."""
    from thalia_core.synth.plan import random_plan
    from thalia_core.synth.writer import write_scene

    plan = random_plan(args.frame, seed=args.seed, size=args.size, dates=args.dates)
    with _progress_bar(plan.frame) as tell:
        written = write_scene(plan, args.out, tell)
    how = "made" if written else "nothing to do, it was made before"
    size = f"{len(plan.pairs)} interferograms of {plan.rows} x {plan.cols} pixels"
    sys.stdout.write(f"{args.out}: {how} ({size}, seed {plan.seed})\n")
    return 0


@contextmanager
def _progress_bar(what: str) -> "Iterator[Tell]":
    """A bar on standard error, fed by events; silent where nobody looks."""
    from tqdm import tqdm

    with tqdm(desc=what, file=sys.stderr, disable=not sys.stderr.isatty(), leave=False) as bar:

        def tell(event: Event) -> None:
            if isinstance(event, Step):
                bar.total = event.total
                bar.update(event.done - bar.n)

        yield tell
