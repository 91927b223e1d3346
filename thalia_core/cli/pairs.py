"""``thalia pairs``: the pairs of an archive that a filter wants."""

import json
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter, _SubParsersAction
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from thalia_core.archive.catalogue import Catalogue


def add(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    """Register the verb."""
    pairs = subparsers.add_parser(
        "pairs",
        help="the pairs of a cube or an archive that a filter wants",
        formatter_class=RawDescriptionHelpFormatter,
        description="List pairs. A filter is terms that must all hold, such as\n"
        "  'frame:106A type:dyke,sill intensity:>=medium days:<=24 primary:2019-06..2020'\n"
        "  'deformation:yes state:unreviewed -orbital:yes caption:\"wave-like\"'\n"
        "A word without a key is looked for in frame, volcanoes and caption.",
    )
    pairs.add_argument("path", type=Path, metavar="PATH", help="a cube, or a folder of cubes")
    pairs.add_argument("--where", default="", metavar="FILTER", help="which (default: all)")
    pairs.add_argument("--json", action="store_true", help="one JSON object a line, all labels")
    pairs.add_argument("--count", action="store_true", help="only how many")
    pairs.set_defaults(run=run)


def run(args: Namespace) -> int:
    """Print the pairs; 1 when there are none."""
    import numpy as np

    from thalia_core.archive.catalogue import Catalogue
    from thalia_core.archive.filters import Filter

    wanted = Filter.parse(args.where)
    catalogue = Catalogue.open(args.path)
    rows = np.flatnonzero(wanted.rows(catalogue)).tolist()
    if args.count:
        sys.stdout.write(f"{len(rows)}\n")
    for row in () if args.count else rows:
        told = _told(catalogue, row)
        sys.stdout.write((json.dumps(told) if args.json else _line(told)) + "\n")
    return 0 if rows else 1


def _told(catalogue: "Catalogue", row: int) -> dict[str, Any]:
    from dataclasses import asdict

    from thalia_core.cube.labels import activities_in

    table, pair = catalogue.pairs, catalogue.pairs.pair(row)
    activities = int(table.numbers["activities"][row])
    baseline, coherence = (float(table.numbers[name][row]) for name in ("baseline", "coherence"))
    return {
        "frame": catalogue.frame_of(row).frame,
        "pair": str(pair),
        "days": pair.days,
        "baseline": None if baseline != baseline else round(baseline, 1),
        "coherence": None if coherence != coherence else round(coherence, 3),
        "labelled": bool(table.labelled[row]),
        "deformation": bool(table.positive[row]),
        "types": [code.name.capitalize() for code in activities_in(activities)],
        **asdict(table.label(row)),
    }


def _line(told: dict[str, Any]) -> str:
    listed = json.loads(told["instances"] or "[]")
    shown = ", ".join(f"{one['activity_type']} {one['intensity_level']}" for one in listed)
    metres = "" if told["baseline"] is None else f"{told['baseline']:.0f} m"
    head = f"{told['frame']}  {told['pair']}  {told['days']:>4} d  {metres:>7}"
    shown = shown or ", ".join(told["types"])  # drawn, and not written about yet
    what = shown or ("deformation" if told["deformation"] else "-" if told["labelled"] else "?")
    return f"{head}  {what}"
