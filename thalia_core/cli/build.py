"""``thalia build``: cubes from products."""

import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from thalia_core.cli.work import add_pool_options, pool_of, progress_bar
from thalia_core.errors import BuildError, ThaliaError

if TYPE_CHECKING:
    from thalia_core.build.assemble import BuildReport
    from thalia_core.build.era5 import Era5
    from thalia_core.build.findings import Finding
    from thalia_core.build.licsar import FramePlan
    from thalia_core.jobs.pool import Pool

_PIXELS_A_WORKER = 60_000_000
"""Pixels of phase that are worth a process of their own: it takes a second to start."""


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
        "--era5",
        type=Path,
        nargs="+",
        default=[],
        metavar="PATH",
        help="ERA5 single levels (netCDF, GRIB, zip, or folders of them): water vapour, surface "
        "pressure and temperature at the time of each date",
    )
    licsar.add_argument(
        "--time",
        metavar="HH:MM:SS",
        help="UTC time of the acquisitions, where metadata.txt does not say it",
    )
    licsar.add_argument("--gacos", action="store_true", help="take the GACOS delays too")
    add_pool_options(licsar)
    licsar.add_argument(
        "--progress",
        action="store_true",
        help="show a progress bar even when standard error is no terminal",
    )
    licsar.set_defaults(run=run_licsar)


def run_licsar(args: Namespace) -> int:
    """Build each frame of the source; 0 when everything in it was used."""
    from thalia_core.build.licsar import find_frames, plan_frame

    folders = find_frames(args.source)
    if len(folders) > 1 and args.out.suffix == ".zarr":
        raise BuildError(
            "one cube holds one frame",
            where=args.source,
            why=f"it holds {len(folders)} frames, such as {folders[0].name} and {folders[1].name}",
            fix="name an archive folder (not ending in .zarr) as the output",
        )
    plans: list[FramePlan] = []
    failed: list[str] = []
    for folder in folders:
        try:
            plans.append(plan_frame(folder, gacos=args.gacos))
        except BuildError as error:
            if len(folders) == 1:
                raise
            failed.append(folder.name)
            sys.stderr.write(f"thalia: {error}\n")
    work = sum(plan.geometry.rows * plan.geometry.cols * len(plan.pairs) for plan in plans)
    imperfect = False
    with _weather(args) as era5, pool_of(args, int(work / _PIXELS_A_WORKER) + 1) as pool:
        if era5 is not None:
            imperfect = bool(era5.findings)
            _warn(era5.findings)
        for plan in plans:
            try:
                imperfect |= _build(plan, args, pool, era5)
            except ThaliaError as error:
                if len(folders) == 1:
                    raise
                failed.append(plan.frame)
                sys.stderr.write(f"thalia: {error}\n")
    if failed:
        sys.stderr.write(f"thalia: not built: {', '.join(failed)}\n")
    return 1 if failed or imperfect else 0


def _weather(args: Namespace) -> "AbstractContextManager[Era5 | None]":
    """The files of ERA5, opened once for all frames."""
    if not args.era5:
        return nullcontext()
    from thalia_core.build.era5 import Era5

    return Era5.open(args.era5)


def _build(plan: "FramePlan", args: Namespace, pool: "Pool", era5: "Era5 | None") -> bool:
    """One frame; True when something could not be used."""
    from thalia_core.build.assemble import Options, assemble, output_of

    weather = None
    if era5 is not None:
        from thalia_core.build.era5 import plan_era5

        time = args.time or plan.metadata.center_time
        weather = plan_era5(era5, plan.geometry, plan.dates, time)
        _warn(weather.findings)
    out = output_of(plan, args.out)
    with progress_bar("pair", args.progress) as tell:
        report = assemble(plan, out, Options(pool, weather, tell))
    _tell(report)
    return bool(report.problems or (weather is not None and weather.findings))


def _warn(findings: "Iterable[Finding]") -> None:
    for finding in findings:
        sys.stderr.write(f"warning: {finding}\n")


def _tell(report: "BuildReport") -> None:
    for finding in report.gaps:
        sys.stderr.write(f"note: {finding}\n")
    _warn(report.problems)
    size = f"{report.pairs} interferograms, {', '.join(report.layers)}"
    how = {
        "unchanged": "nothing to do, finished before",
        "built": f"built in {report.seconds:.1f} s",
        "resumed": f"built, going on where it stopped in {report.seconds:.1f} s",
        "extended": f"extended by {report.added} interferograms in {report.seconds:.1f} s",
    }
    sys.stdout.write(f"{report.path}: {how[report.state]} ({size})\n")
