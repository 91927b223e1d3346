"""``thalia temporal``: labels of pairs that hardly go together in time."""

import json
import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thalia_core.annotate.temporal import Finding, ReadMask


def add(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    """Register the verb."""
    temporal = subparsers.add_parser(
        "temporal",
        help="labels that hardly go together in time: a list to look at",
        description="List pairs to look at: a mask on a short pair and none on a longer one that "
        "contains it and is as coherent; a mask that those of the two halves of the pair do not "
        "explain, unless an event says that they show too little; a signal in all pairs of one "
        "date and in none around them. None of it is a verdict.",
    )
    temporal.add_argument("path", type=Path, metavar="PATH", help="a cube, or a folder of cubes")
    temporal.add_argument(
        "--pixels", action="store_true", help="compare masks pixel by pixel, too: reads them"
    )
    temporal.add_argument("--json", action="store_true", help="one JSON object a line")
    temporal.set_defaults(run=run)


def run(args: Namespace) -> int:
    """Print the findings; 1 when there are some."""
    from thalia_core.annotate.event_store import EventStore
    from thalia_core.annotate.outlook import explained
    from thalia_core.annotate.temporal import SeenPairs, findings_of
    from thalia_core.archive.catalogue import Catalogue
    from thalia_core.cube.store import sidecar_of

    catalogue = Catalogue.open(args.path)
    count = unknown = 0
    for number, entry in enumerate(catalogue.frames):
        seen = SeenPairs.of_frame(catalogue, number)
        unknown += bool(len(seen.pairs)) and not (seen.coherence == seen.coherence).any()
        events = EventStore(sidecar_of(entry.path)).events()
        for finding in findings_of(seen, _reader(entry.path) if args.pixels else None):
            if not explained(events, finding):
                count += 1
                sys.stdout.write(_told(entry.frame, finding, as_json=args.json))
    if unknown:
        sys.stderr.write(
            f"thalia: {unknown} frames record no mean coherence, so that their short and long "
            "pairs were not compared; 'thalia check --fix' records it\n"
        )
    if not args.json:
        sys.stdout.write(f"{count} to look at in {len(catalogue.frames)} frames\n")
    return int(count > 0)


def _reader(path: Path) -> "ReadMask":
    from thalia_core.annotate.temporal import mask_reader
    from thalia_core.cube.store import CubeStore

    return mask_reader(CubeStore.open(path))


def _told(frame: str, finding: "Finding", *, as_json: bool) -> str:
    if not as_json:
        return f"{frame}  {finding.kind:<6}  {finding.words}\n"
    told = {
        "frame": frame,
        "kind": finding.kind,
        "pairs": [str(pair) for pair in finding.pairs],
        "date": None if finding.day is None else finding.day.isoformat(),
        "words": finding.words,
    }
    return json.dumps(told) + "\n"
