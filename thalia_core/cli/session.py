"""``thalia session export`` and ``import``: edits as a small file, without shared storage."""

import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from thalia_core.errors import EditError

if TYPE_CHECKING:
    from thalia_core.annotate.exchange import Share
    from thalia_core.annotate.merging import Plan


def add(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    """Register the verb and its two sub-verbs."""
    session = subparsers.add_parser(
        "session",
        help="exchange edits with annotators elsewhere, as a small file",
        description="Edits of a cube as a file, and such files into a cube. Who made an edit, and "
        "when, goes with it; undo too. What both sides changed apart stays as it is where it is "
        "imported, and is told.",
    )
    verbs = session.add_subparsers(metavar="VERB", required=True)
    out = verbs.add_parser("export", help="write edits into a file")
    out.add_argument("cube", type=Path, metavar="CUBE")
    out.add_argument("file", type=Path, metavar="FILE", help="such as ana.edits")
    out.add_argument("--since", metavar="DATE", help="only steps of that day or later, UTC")
    out.add_argument("--by", metavar="NAME", default="", help="only steps of this person")
    out.add_argument(
        "--pair",
        dest="pairs",
        metavar="PAIR",
        action="append",
        default=[],
        help="only steps that touch this pair, YYYYMMDD_YYYYMMDD; may be repeated",
    )
    out.add_argument(
        "--proposals",
        action="store_true",
        help="also what is proposed and waits for an answer, and the answers",
    )
    out.set_defaults(run=run_export)
    into = verbs.add_parser(
        "import",
        help="bring the edits of a file into a cube",
        description="Bring the edits of a file into a cube; those that are there already are "
        "passed over. Exit code 1 when something was kept out because both sides changed it.",
    )
    into.add_argument("cube", type=Path, metavar="CUBE")
    into.add_argument("file", type=Path, metavar="FILE")
    into.add_argument("--dry-run", action="store_true", help="say what would go in, change nothing")
    into.add_argument(
        "--lock-timeout",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="how long to wait for another process that writes (default 30)",
    )
    into.set_defaults(run=run_import)


def run_export(args: Namespace) -> int:
    """Write the file."""
    from thalia_core.annotate.exchange import Wanted, export_edits, shares_of
    from thalia_core.cube.pairs import DatePair
    from thalia_core.cube.store import CubeStore

    pairs = tuple(DatePair.parse(text) for text in args.pairs)
    wanted = Wanted(_day(args.since), args.by, pairs, args.proposals)
    made = export_edits(CubeStore.open(args.cube), args.file, wanted)
    _tell(shares_of(made.records))
    size = args.file.stat().st_size
    sys.stdout.write(f"{args.file}: {len(made.records)} records, {size / 1024:.1f} KB\n")
    return 0


def run_import(args: Namespace) -> int:
    """Bring the edits in; exit code 1 when something was kept out."""
    from thalia_core.annotate.exchange import read_edits
    from thalia_core.annotate.merging import merge, plan_import
    from thalia_core.annotate.session import EditSession
    from thalia_core.cube.store import CubeStore

    file = read_edits(args.file)
    plan = plan_import(CubeStore.open(args.cube), file)
    _tell(plan.shares)
    _tell_left(plan)
    if args.dry_run:
        sys.stdout.write(
            f"would import {len(plan.new)} records on {len(plan.pairs)} pairs; "
            f"{plan.contested} pixels and fields were changed here, too, and would stay\n"
        )
        return 0
    session = EditSession.open(
        args.cube, "import", lock_timeout=args.lock_timeout, background=False
    )
    try:
        merged = merge(session, file)
    finally:
        session.close()
    sys.stdout.write(f"imported {merged.records} records on {len(merged.pairs)} pairs, saved\n")
    for conflict in merged.conflicts:
        sys.stderr.write(f"thalia: kept out of '{conflict.record.name}': {conflict}\n")
    return 1 if merged.conflicts else 0


def _tell(shares: "list[Share]") -> None:
    for share in shares:
        days = (
            share.first[:10]
            if share.first[:10] == share.last[:10]
            else (f"{share.first[:10]} to {share.last[:10]}")
        )
        sys.stdout.write(
            f"{share.by:<16} {share.steps:>5} steps on {share.pairs:>4} pairs, "
            f"{share.pixels:>9,} pixels, {days}\n"
        )


def _tell_left(plan: "Plan") -> None:
    if plan.known:
        sys.stdout.write(f"{plan.known} records are here already\n")
    if plan.elsewhere:
        names = ", ".join(map(str, plan.elsewhere[:5]))
        more = f" and {len(plan.elsewhere) - 5} more" if len(plan.elsewhere) > 5 else ""
        sys.stdout.write(f"left out, as this cube has no such pairs: {names}{more}\n")
    if plan.headless:
        sys.stdout.write(f"left out: {plan.headless} undos of steps that are not here\n")


def _day(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        told = datetime.fromisoformat(text)
    except ValueError as error:
        raise EditError(
            "not a date", where=repr(text), fix="write it as YYYY-MM-DD, such as 2026-11-25"
        ) from error
    return told if told.tzinfo is not None else told.replace(tzinfo=UTC)
