"""``thalia check``: what is wrong with a cube, or with each cube of an archive."""

import json
import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path
from typing import TYPE_CHECKING

from thalia_core.cli.work import add_pool_options, pool_of
from thalia_core.errors import ThaliaError

if TYPE_CHECKING:
    from thalia_core.check.defects import Defect


def add(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    """Register the verb."""
    check = subparsers.add_parser(
        "check",
        help="find and name every defect of a cube, or of an archive; mend what is safe",
        description="Find and name every defect. Exit code 0: none, notes aside; 1: some are left",
    )
    check.add_argument("path", type=Path, metavar="PATH", help="a cube, or a folder of cubes")
    check.add_argument("--json", action="store_true", help="one JSON object instead of text")
    check.add_argument(
        "--fix",
        action="store_true",
        help="mend what needs no guessing: files left by a crash, stale consolidated metadata, "
        "missing legends of annotations, edits that wait in the journal, dates out of order, mean "
        "coherences that were never measured",
    )
    check.add_argument("--quick", action="store_true", help="do not decode every plane")
    check.add_argument(
        "--fringes",
        action="store_true",
        help="count the fringes of every instance and compare its intensity; seconds for each",
    )
    add_pool_options(check)
    check.set_defaults(run=run)


def run(args: Namespace) -> int:
    """Print the defects; 1 when errors or warnings are left."""
    from thalia_core.archive.catalogue import cube_paths
    from thalia_core.check.cube import check_folder
    from thalia_core.check.repair import restore

    path: Path = args.path
    mended = [f"{cube}: put back in its place" for cube in restore(path)] if args.fix else []
    cubes = cube_paths(path)
    tasks = [(cube, args.quick, args.fix, args.fringes) for cube in cubes]
    found: list[Defect] = [] if cubes == [path] else check_folder(path)
    with pool_of(args, len(tasks)) as pool:
        for _, (left, fixed) in pool.map(check_and_mend, tasks):
            found += left
            mended += [f"mended: {defect}" for defect in fixed]
    found.sort(key=lambda defect: str(defect.cube))
    bad = [defect for defect in found if defect.severity != "note"]
    if args.json:
        told = {
            "path": str(path),
            "cubes": len(cubes),
            "mended": mended,
            "defects": [defect.to_json() for defect in found],
        }
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
    else:
        sys.stdout.write(_text(cubes, mended, found))
    return 1 if bad else 0


def check_and_mend(task: tuple[Path, bool, bool, bool]) -> "tuple[list[Defect], list[Defect]]":
    """One cube: the defects that are left, and those that were mended."""
    from dataclasses import replace

    from thalia_core.check.cube import check_cube
    from thalia_core.check.defects import FIXABLE
    from thalia_core.check.repair import repair

    cube, quick, fix, fringes = task
    found = check_cube(cube, quick=quick, fringes=fringes)
    if not fix:
        return found, []
    try:
        fixed = repair(cube, found)
    except ThaliaError as error:  # the other cubes are mended all the same
        why = f"cannot be mended: {error.why or error.what}"
        return [replace(d, fix=why) if d.kind in FIXABLE else d for d in found], []
    return [defect for defect in found if defect not in fixed], fixed


def _text(cubes: list[Path], mended: list[str], found: "list[Defect]") -> str:
    lines = mended[:]
    for cube in dict.fromkeys(defect.cube for defect in found):
        lines.append(f"{cube}:")
        lines += [f"  {defect}" for defect in found if defect.cube == cube]
    counts = dict.fromkeys(("error", "warning", "note"), 0)
    for defect in found:
        counts[defect.severity] += 1
    summary = ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for word, n in counts.items())
    cubes_text = "1 cube" if len(cubes) == 1 else f"{len(cubes)} cubes"
    return "\n".join([*lines, f"{cubes_text} checked: {summary}"]) + "\n"
