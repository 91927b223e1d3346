"""``thalia event``: what happened on the ground, and the labels that follow for every pair."""

import json
import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from thalia_core.cli.annotate import add_who, login, open_session
from thalia_core.cli.measure_arguments import day, places
from thalia_core.errors import EditError

if TYPE_CHECKING:
    from thalia_core.annotate.events import Event
    from thalia_core.annotate.footprint import Footprint
    from thalia_core.annotate.outlook import Plan
    from thalia_core.annotate.proposals import Proposal
    from thalia_core.cube.labels import PairLabel
    from thalia_core.cube.store import CubeStore

_Kinds = _SubParsersAction  # what argparse hands to those who add verbs


def add(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    """Register the verb."""
    event = subparsers.add_parser(
        "event",
        help="label all pairs through what happened on the ground",
        description="An event has a footprint, a type, an onset, an end and a motion. Every pair "
        "that spans some of it shows that much of it; pairs that span none show no deformation.",
    )
    kinds = event.add_subparsers(metavar="WHAT", required=True)
    _add_add(kinds)
    _add_list(kinds)
    _add_propose(kinds)
    _add_apply(kinds)
    _add_remove(kinds)


def _add_add(kinds: "_Kinds[ArgumentParser]") -> None:
    new = kinds.add_parser("add", help="keep another event with the cube")
    new.add_argument("cube", type=Path, metavar="CUBE")
    new.add_argument("name", metavar="NAME", help="what people call it")
    where = new.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--polygon", type=places, metavar='"LON LAT, LON LAT, ..."', help="its footprint"
    )
    where.add_argument("--mask", metavar="PAIR", help="its footprint is what is drawn on this pair")
    new.add_argument(
        "--activity",
        required=True,
        help="Sill, Dyke, Mogi, Spheroid, Earthquake, Unidentified",
    )
    new.add_argument(
        "--onset", type=day, required=True, metavar="DATE", help="the last day without motion"
    )
    new.add_argument(
        "--end",
        type=day,
        metavar="DATE",
        help="the first day with all of it (default: the onset, for what happens at once)",
    )
    amount = new.add_mutually_exclusive_group(required=True)
    amount.add_argument(
        "--cm",
        type=float,
        help="motion towards the satellite over the whole event; negative for motion away",
    )
    amount.add_argument("--fringes", type=float, help="the same in fringes of 2.77 cm")
    new.add_argument("--instance", type=int, help="its number in the masks (default: a free one)")
    new.add_argument("--notes", default="", metavar="TEXT")
    new.add_argument("--by", metavar="NAME", help="who adds it; your login name by default")
    new.set_defaults(run=run_add)


def _add_list(kinds: "_Kinds[ArgumentParser]") -> None:
    listed = kinds.add_parser("list", help="the events of a cube")
    listed.add_argument("cube", type=Path, metavar="CUBE")
    listed.add_argument("--versions", action="store_true", help="who changed them, and when")
    listed.add_argument("--json", action="store_true", help="one JSON object a line")
    listed.set_defaults(run=run_list)


def _add_propose(kinds: "_Kinds[ArgumentParser]") -> None:
    propose = kinds.add_parser(
        "propose", help="tell what follows for each pair; nothing is written"
    )
    _which(propose)
    propose.add_argument("--json", action="store_true", help="one JSON object a line")
    propose.set_defaults(run=run_propose)


def _add_apply(kinds: "_Kinds[ArgumentParser]") -> None:
    apply = kinds.add_parser(
        "apply",
        help="label every pair that nobody labelled, as one step",
        description="Draw the masks and write the labels that follow from the events, on every "
        "pair that nobody labelled or drew in. 'thalia undo' takes all of it back.",
    )
    _which(apply)
    add_who(apply)
    apply.set_defaults(run=run_apply)


def _add_remove(kinds: "_Kinds[ArgumentParser]") -> None:
    remove = kinds.add_parser("remove", help="have an event no more; masks and labels stay")
    remove.add_argument("cube", type=Path, metavar="CUBE")
    remove.add_argument("event", metavar="EVENT", help="its identifier or name")
    remove.add_argument("--by", metavar="NAME", help="who removes it")
    remove.set_defaults(run=run_remove)


def _which(parser: ArgumentParser) -> None:
    parser.add_argument("cube", type=Path, metavar="CUBE")
    parser.add_argument(
        "event",
        nargs="*",
        metavar="EVENT",
        help="only pairs that show these events; by default all, and 'no deformation' elsewhere",
    )


def run_add(args: Namespace) -> int:
    """Keep an event."""
    from thalia_core.annotate.checks import parse_code
    from thalia_core.annotate.event_store import EventStore, next_instance
    from thalia_core.annotate.events import Event
    from thalia_core.cube.labels import Activity
    from thalia_core.cube.schema import CM_PER_CYCLE
    from thalia_core.cube.store import CubeStore

    cube = CubeStore.open(args.cube)
    store = EventStore(cube.sidecar)
    event = Event(
        id="",
        name=args.name,
        footprint=_footprint(args, cube),
        activity=Activity(parse_code(Activity, args.activity)),
        onset=args.onset,
        end=args.end or args.onset,
        towards_cm=args.cm if args.cm is not None else args.fringes * CM_PER_CYCLE,
        instance=args.instance or next_instance(store.events()),
        notes=args.notes,
    )
    kept = store.put(event, args.by or login())
    sys.stdout.write(f"kept: {_line(kept)}\n")
    return 0


def run_list(args: Namespace) -> int:
    """Print the events, or all their versions."""
    from thalia_core.annotate.event_store import EventStore
    from thalia_core.cube.store import CubeStore

    store = EventStore(CubeStore.open(args.cube).sidecar)
    if args.versions:
        for version in store.versions():
            told = version.problem or (_line(version.value) if version.value else "removed")
            sys.stdout.write(f"{version.time}  {version.by:<12} {version.event}  {told}\n")
        return 0
    events = store.events()
    for event in events:
        sys.stdout.write((json.dumps(event.values()) if args.json else _line(event)) + "\n")
    if not events and not args.json:
        sys.stdout.write("no events\n")
    return 0


def run_propose(args: Namespace) -> int:
    """Print what follows for each pair."""
    from thalia_core.cube.store import CubeStore

    cube = CubeStore.open(args.cube)
    plan = _plan(args, cube, cube.read_labels())
    for proposal, labelled in [(one, False) for one in plan.proposals] + [
        (one, True) for one in plan.again
    ]:
        sys.stdout.write(_told(proposal, labelled, as_json=args.json))
    if not args.json:
        sys.stdout.write(_summary(plan))
    return 0


def run_apply(args: Namespace) -> int:
    """Label the pairs; 1 when there is nothing to label."""
    session = open_session(args)
    try:
        with session.transaction():
            plan = _plan(args, session.cube, session.labels())
            step = session.annotate_all(plan.drawings(), "Label by events")
    finally:
        session.close()
    sys.stdout.write(_summary(plan))
    if step is None:
        sys.stdout.write("nothing to change\n")
        return 1
    sys.stdout.write(f"{len(step.pairs)} pairs in one step, {step.pixels} pixels, saved\n")
    return 0


def run_remove(args: Namespace) -> int:
    """Have an event no more."""
    from thalia_core.annotate.event_store import EventStore
    from thalia_core.cube.store import CubeStore

    store = EventStore(CubeStore.open(args.cube).sidecar)
    event = store.find(args.event)
    store.remove(event.id, args.by or login())
    sys.stdout.write(f"removed: {_line(event)}\n")
    return 0


def _footprint(args: Namespace, cube: "CubeStore") -> "Footprint":
    from thalia_core.annotate.footprint import Footprint
    from thalia_core.annotate.shapes import Shape
    from thalia_core.cube.geometry import Window
    from thalia_core.cube.pairs import DatePair

    if args.polygon is not None:
        found = Footprint((tuple(args.polygon),))
        found.shape_on(cube.geometry)  # say now that it lies elsewhere
        return found
    pair = DatePair.parse(args.mask)
    codes = cube.read_plane("activity_type_mask", pair)
    mask = (codes > 0) & (codes < 255)
    if not mask.any():
        raise EditError("no footprint", where=str(pair), why="nothing is drawn on this pair")
    return Footprint.of_shape(Shape(Window.full(*mask.shape), mask), cube.geometry)


def _plan(args: Namespace, cube: "CubeStore", labels: "Sequence[PairLabel]") -> "Plan":
    from thalia_core.annotate.event_store import EventStore
    from thalia_core.annotate.outlook import labelled_pairs, proposals_for
    from thalia_core.cli.work import progress_bar

    store = EventStore(cube.sidecar)
    events = [store.find(text) for text in args.event] or list(store.events())
    with progress_bar("pair") as tell:
        labelled = labelled_pairs(cube, labels, tell)
    return proposals_for(events, cube, labelled, nothing=not args.event)


def _summary(plan: "Plan") -> str:
    parts = [f"{count} {_LOOKS[look.name]}" for look, count in plan.looks.items() if count]
    kept = f"; {len(plan.again)} labelled before and left alone" if plan.again else ""
    return f"{len(plan.proposals)} pairs: {', '.join(parts) or 'none'}{kept}\n"


_LOOKS = {
    "NOTHING": "without deformation",
    "FAINT": "with too little to be seen",
    "EARTHQUAKE": "with an earthquake",
    "LOW": "of low intensity",
    "MEDIUM": "of medium intensity",
    "HIGH": "of high intensity",
}


def _told(proposal: "Proposal", labelled: bool, *, as_json: bool) -> str:
    paints = [paint for _, paint in proposal.shapes]
    if as_json:
        told = {
            "pair": str(proposal.pair),
            "labelled": labelled,
            "masks": [
                {"activity": p.activity, "intensity": p.intensity, "instance": p.instance}
                for p in paints
            ],
            "fields": dict(proposal.fields),
            "why": proposal.why,
        }
        return json.dumps(told) + "\n"
    from thalia_core.cube.labels import Activity, Intensity

    codes = [(Activity(paint.activity), Intensity(paint.intensity)) for paint in paints]
    words = [" ".join(code.name.capitalize() for code in both if code) for both in codes]
    note = "  (labelled before)" if labelled else ""
    return f"{proposal.pair}  {', '.join(words) or '-':<16} {proposal.why}{note}\n"


def _line(event: "Event") -> str:
    at_once = event.end == event.onset
    when = f"at once after {event.onset}" if at_once else f"{event.onset} to {event.end}"
    return (
        f"{event.id}  {event.name}: {event.activity.name.capitalize()}, {when}, "
        f"{event.towards_cm:+.1f} cm ({event.fringes:.1f} fringes), number {event.instance}"
    )
