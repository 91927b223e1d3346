"""``thalia benchmark``: a whole table of runs, trained, scored, and beside the published one."""

import signal
import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from thalia_core.errors import ConfigError


def add(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    """Register the verb."""
    benchmark = subparsers.add_parser(
        "benchmark",
        help="train and score a whole table of models, settings and seeds",
        description="Run a table: every model in every setting with every seed, each training in a "
        "process of its own. What is finished is not run again; what was interrupted goes on. "
        "Writes report.md, report.csv and figures into the folder of the runs. Exit code 1: a run "
        "failed or is not done.",
    )
    benchmark.add_argument(
        "table",
        metavar="TABLE.toml",
        help="the table, or the name of one that comes with the program: published, learning",
    )
    benchmark.add_argument(
        "--runs", type=Path, metavar="DIR", help="folder of the runs; default: beside the table"
    )
    benchmark.add_argument(
        "--cubes",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="cubes or folders of cubes, instead of those in the table",
    )
    benchmark.add_argument("--only", metavar="TEXT", help="runs whose name holds this")
    benchmark.add_argument("--parallel", type=int, default=1, metavar="N", help="runs at once")
    benchmark.add_argument("--dry-run", action="store_true", help="say what would be run")
    benchmark.add_argument("--report", action="store_true", help="only write the report anew")
    benchmark.set_defaults(run=run)


def tables() -> dict[str, Path]:
    """Tables that come with the program, by name."""
    package = Path(__file__).parents[1]
    homes = (package.parent / "resources", package.parent / "thalia_viewer" / "resources")
    return {path.stem: path for home in homes for path in sorted(home.glob("tables/*.toml"))}


def run(args: Namespace) -> int:
    """Run a table."""
    from dataclasses import replace

    from thalia_core.learn.table.plan import load_table
    from thalia_core.learn.table.report import write_report
    from thalia_core.learn.table.running import outcomes, run_table

    if args.parallel < 1:
        raise ConfigError("--parallel must be at least 1", why=f"it is {args.parallel}")
    path = Path(args.table)
    if not path.exists() and args.table in tables():
        path = tables()[args.table]
        if args.runs is None and not args.dry_run:
            raise ConfigError("say where the runs shall lie", fix="add --runs DIR")
    table = load_table(path, tuple(str(cube.absolute()) for cube in args.cubes or ()))
    if args.only:
        chosen = tuple(entry for entry in table.entries if args.only in entry.name)
        if not chosen:
            raise ConfigError(f"no run of the table is called {args.only!r}", where=path)
        table = replace(table, entries=chosen)
    folder = args.runs or path.with_suffix(".runs")
    if args.dry_run:
        for one in outcomes(table, folder):
            sys.stdout.write(f"{one.entry.name:<44}{one.state}\n")
        sys.stdout.write(f"{len(table.entries)} runs\n")
        return 0
    if args.report:
        found = outcomes(table, folder)
    else:
        with _asked() as asked:
            found = run_table(table, folder, _say, lambda: bool(asked), args.parallel)
    for written in write_report(table, found, folder):
        _say(str(written))
    return 0 if all(len(one.scores) == len(table.look) for one in found) else 1


@contextmanager
def _asked() -> Iterator[list[int]]:
    """Signals that ask to end; runs under way are then let save their state."""
    received: list[int] = []

    def note(number: int, _: object) -> None:
        received.append(number)
        _say("asked to stop; runs under way save their state first")

    before = {n: signal.signal(n, note) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
