"""``thalia annotate``, ``history`` and ``undo``: the edits of the window, without one."""

import getpass
import json
import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from thalia_core.errors import EditError

if TYPE_CHECKING:
    from thalia_core.annotate.history import StepInfo
    from thalia_core.annotate.patch import Paint, Scalar
    from thalia_core.annotate.session import EditSession
    from thalia_core.annotate.shapes import Shape
    from thalia_core.cube.geometry import Geometry


def add(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    """Register the verbs."""
    annotate = subparsers.add_parser(
        "annotate",
        help="paint a polygon or set labels of one pair",
        description="Edit one pair. When it ends with exit code 0 the edit is on disk for good.",
    )
    annotate.add_argument("cube", type=Path, metavar="CUBE")
    annotate.add_argument("pair", metavar="PAIR", help="YYYYMMDD_YYYYMMDD")
    annotate.add_argument(
        "--polygon",
        metavar='"LON LAT, LON LAT, ..."',
        help="paint every pixel whose centre lies inside",
    )
    annotate.add_argument("--activity", help="Sill, Dyke, Mogi, Spheroid, Earthquake, Unidentified")
    annotate.add_argument("--intensity", help="Low, Medium, High; none for earthquakes")
    annotate.add_argument("--erase", action="store_true", help="erase inside the polygon")
    annotate.add_argument("--caption", metavar="TEXT")
    annotate.add_argument(
        "--set",
        dest="values",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="set a pair variable, such as phase=Unrest or confidence=0.8; may be repeated",
    )
    add_who(annotate)
    annotate.set_defaults(run=run_annotate)

    history = subparsers.add_parser("history", help="who changed which labels, and when")
    history.add_argument("cube", type=Path, metavar="CUBE")
    history.add_argument("--pair", metavar="PAIR", help="only steps that touch this pair")
    form = history.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON list, oldest first")
    form.add_argument("--csv", action="store_true", help="a table with one step a row")
    history.set_defaults(run=run_history)

    undo = subparsers.add_parser("undo", help="take back the newest step, on all its pairs")
    undo.add_argument("cube", type=Path, metavar="CUBE")
    undo.add_argument("--pair", metavar="PAIR", help="the newest step that touches this pair")
    add_who(undo)
    undo.set_defaults(run=run_undo)


def run_annotate(args: Namespace) -> int:
    """Edit one pair as one step."""
    from thalia_core.annotate.checks import parse_field
    from thalia_core.cube.pairs import DatePair

    pair, paint = DatePair.parse(args.pair), _paint(args)
    fields: dict[str, Scalar] = {}
    for text in args.values:
        key, separator, value = text.partition("=")
        if not separator:
            raise EditError("not KEY=VALUE", where=repr(text), fix="such as --set phase=Unrest")
        name, parsed = parse_field(key, value)
        fields[name] = parsed
    if args.caption is not None:
        fields["caption"] = args.caption
    if paint is None and not fields:
        raise EditError("nothing to do", fix="give --polygon, --caption or --set")
    session = open_session(args)
    try:
        session.cube.position(pair)
        shape = None if paint is None else _shape(args.polygon, session.cube.geometry)
        with session.transaction():
            name = "Erase polygon" if args.erase else "Polygon" if paint else "Label"
            step = session.annotate(pair, name, shape, paint, fields)
    finally:
        session.close()
    if step is None:
        sys.stdout.write(f"{pair}: nothing to change\n")
    else:
        sys.stdout.write(f"{pair}: {_what(step)}, saved\n")
    return 0


def run_history(args: Namespace) -> int:
    """List the steps of a cube."""
    from thalia_core.annotate.history import History
    from thalia_core.cube.pairs import DatePair
    from thalia_core.cube.store import CubeStore

    cube = CubeStore.open(args.cube)
    history = History(cube.sidecar / "journal")
    history.refresh()
    steps = history.steps(DatePair.parse(args.pair) if args.pair else None)
    if args.csv:
        from thalia_core.annotate.audit import audit

        sys.stdout.write(audit(cube.frame, steps))
        return 0
    if args.json:
        rows = [
            {
                "id": step.id,
                "time": step.time,
                "by": step.by,
                "name": step.name,
                "pairs": [str(pair) for pair in step.pairs],
                "pixels": step.pixels,
                "fields": list(step.fields),
                "active": step.active,
            }
            for step in steps
        ]
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
        return 0
    for step in steps:
        pairs = str(step.pairs[0]) if len(step.pairs) == 1 else f"{len(step.pairs)} pairs"
        undone = "" if step.active else "  (undone)"
        sys.stdout.write(f"{step.time}  {step.by:<12} {pairs:<17}  {_what(step)}{undone}\n")
    if not steps:
        sys.stdout.write("no edits\n")
    if history.damaged:
        sys.stderr.write(f"thalia: {history.damaged} damaged journal lines were passed over\n")
    return 0


def run_undo(args: Namespace) -> int:
    """Take back one step; exit code 1 when there is none."""
    from thalia_core.cube.pairs import DatePair

    session = open_session(args)
    try:
        with session.transaction():
            step = session.undo(DatePair.parse(args.pair) if args.pair else None)
            conflicts = [str(conflict) for conflict in session.conflicts]
    finally:
        session.close()
    if step is None:
        sys.stdout.write("nothing to undo\n")
        return 1
    many = f" on {len(step.pairs)} pairs" if len(step.pairs) > 1 else f" on {step.pairs[0]}"
    sys.stdout.write(f"undone: {_what(step)} by {step.by}{many}\n")
    for conflict in conflicts:
        sys.stderr.write(f"thalia: left as they are: {conflict}\n")
    return 0


def add_who(parser: ArgumentParser) -> None:
    """``--by`` and ``--lock-timeout``."""
    parser.add_argument("--by", metavar="NAME", help="who edits; your login name by default")
    parser.add_argument(
        "--lock-timeout",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="how long to wait for another process that writes (default 30)",
    )


def open_session(args: Namespace) -> "EditSession":
    """The session of a cube; what it completed is told on standard error."""
    from thalia_core.annotate.session import EditSession

    session = EditSession.open(
        args.cube, args.by or login(), lock_timeout=args.lock_timeout, background=False
    )
    for step in session.recovered:
        pairs = ", ".join(str(pair) for pair in step.pairs)
        sys.stderr.write(f"thalia: completed an unfinished edit of {step.by} on {pairs}\n")
    for problem in session.unrecovered:
        sys.stderr.write(f"thalia: an unfinished edit cannot be completed on {problem}\n")
    return session


def login() -> str:
    """Who is at the keyboard."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _paint(args: Namespace) -> "Paint | None":
    from thalia_core.annotate.checks import parse_code
    from thalia_core.annotate.patch import ERASE, Paint
    from thalia_core.cube.labels import Activity, Intensity

    wanted = [o for o in ("activity", "intensity", "erase") if getattr(args, o)]
    if args.polygon is None:
        if wanted:
            raise EditError(f"--{wanted[0]} needs --polygon", fix="say which pixels to paint")
        return None
    if args.erase:
        if args.activity or args.intensity:
            raise EditError("--erase goes without --activity and --intensity")
        return ERASE
    if args.activity is None:
        raise EditError("--polygon needs --activity or --erase")
    activity = parse_code(Activity, args.activity)
    intensity = parse_code(Intensity, args.intensity) if args.intensity else Intensity.NONE
    return Paint(activity, int(intensity))


def _shape(text: str, geometry: "Geometry") -> "Shape":
    import numpy as np

    from thalia_core.annotate.shapes import polygon

    try:
        points = [
            [float(v) for v in vertex.split()] for vertex in text.split(",") if vertex.strip()
        ]
        if not all(isfinite(v) for point in points for v in point):
            raise ValueError("a coordinate is not finite")
    except ValueError as error:
        raise EditError("not a polygon", where=repr(text), why=str(error)) from error
    if len(points) < 3 or any(len(point) != 2 for point in points):
        raise EditError(
            "not a polygon",
            where=repr(text),
            why="it needs at least three vertices of two numbers",
            fix='write it as "LON LAT, LON LAT, LON LAT"',
        )
    # a vertex typed on a pixel centre lies on it: degrees in floats miss by some 1e-11 pixels
    corners = np.round([geometry.rowcol(lon, lat) for lon, lat in points], 6)
    shape = polygon(corners, geometry.shape)
    if shape is None:
        (west, north), (east, south) = (
            geometry.lonlat(0, 0),
            geometry.lonlat(geometry.rows - 1, geometry.cols - 1),
        )
        raise EditError(
            "no pixel of the frame lies inside the polygon",
            why=f"the frame spans {west:.3f} to {east:.3f} east, {south:.3f} to {north:.3f} north",
        )
    return shape


def _what(step: "StepInfo") -> str:
    parts = [f"{step.pixels} pixels"] if step.pixels else []
    parts += [field for field in step.fields if field != "label_state" or not parts]
    return f"{step.name} ({', '.join(parts)})" if parts else step.name
