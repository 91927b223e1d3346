"""``thalia build``: cubes from products."""

import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from thalia_core.errors import BuildError, ThaliaError
from thalia_core.progress import Event, Log, Started, Step

if TYPE_CHECKING:
    from thalia_core.build.assemble import BuildReport


def add(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    """Register the verb."""
    build = subparsers.add_parser("build", help="make cubes from satellite products")
    sources = build.add_subparsers(metavar="SOURCE", required=True)
    licsar = sources.add_parser(
        "licsar",
        help="a LiCSAR frame folder, or a tree of them",
        description="Make one cube per LiCSAR frame. Run again on the same output it goes on where "
        "it was interrupted, or changes nothing. Exit code 1: a cube was made, but some products "
        "could not be used; each is named.",
    )
    licsar.add_argument(
        "source", type=Path, metavar="SRC", help="the frame folder, or a tree of them"
    )
    licsar.add_argument(
        "out",
        type=Path,
        metavar="OUT",
        help="one cube if it ends in .zarr, else an archive folder",
    )
    licsar.add_argument(
        "--progress",
        action="store_true",
        help="show a progress bar even when standard error is no terminal",
    )
    licsar.set_defaults(run=run_licsar)


def run_licsar(args: Namespace) -> int:
    """Build each frame of the source; 0 when everything in it was used."""
    from thalia_core.build.assemble import assemble, output_of
    from thalia_core.build.licsar import find_frames, plan_frame

    folders = find_frames(args.source)
    if len(folders) > 1 and args.out.suffix == ".zarr":
        raise BuildError(
            "one cube holds one frame",
            where=args.source,
            why=f"it holds {len(folders)} frames, such as {folders[0].name} and {folders[1].name}",
            fix="name an archive folder (not ending in .zarr) as the output",
        )
    failed: list[str] = []
    imperfect = False
    for folder in folders:
        try:
            plan = plan_frame(folder)
            out = output_of(plan, args.out)
            with _Bar(args.progress) as tell:
                report = assemble(plan, out, tell)
        except ThaliaError as error:
            if len(folders) == 1:
                raise
            failed.append(folder.name)
            sys.stderr.write(f"thalia: {error}\n")
        else:
            imperfect |= bool(report.problems)
            _tell(report)
    if failed:
        sys.stderr.write(f"thalia: not built: {', '.join(failed)}\n")
    return 1 if failed or imperfect else 0


def _tell(report: "BuildReport") -> None:
    for finding in report.gaps:
        sys.stderr.write(f"note: {finding}\n")
    for finding in report.problems:
        sys.stderr.write(f"warning: {finding}\n")
    size = f"{report.pairs} interferograms, {', '.join(report.layers)}"
    if report.state == "unchanged":
        sys.stdout.write(f"{report.path}: nothing to do, finished before ({size})\n")
    else:
        how = "built, going on where it stopped" if report.state == "resumed" else "built"
        sys.stdout.write(f"{report.path}: {how} in {report.seconds:.1f} s ({size})\n")


class _Bar:
    """A progress bar on standard error, fed by events; silent where nobody looks."""

    def __init__(self, wanted: bool) -> None:
        from tqdm import tqdm

        hidden = not (wanted or sys.stderr.isatty())
        self._bar = tqdm(unit="pair", file=sys.stderr, disable=hidden, leave=False)

    def __enter__(self) -> Callable[[Event], None]:
        return self._tell

    def __exit__(self, *exception: object) -> None:
        self._bar.close()

    def _tell(self, event: Event) -> None:
        if isinstance(event, Started):
            self._bar.set_description(event.text)
        elif isinstance(event, Step):
            self._bar.total = event.total
            self._bar.update(event.done - self._bar.n)
        elif isinstance(event, Log):
            self._bar.clear()
