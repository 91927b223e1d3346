"""``thalia propose`` and ``proposals``: masks offered to many pairs, and the answers to them."""

import json
import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from thalia_core.cli.annotate import add_who, open_session
from thalia_core.errors import EditError

if TYPE_CHECKING:
    from thalia_core.annotate.proposals import Offer, Proposal
    from thalia_core.annotate.session import EditSession
    from thalia_core.cube.pairs import DatePair


def add(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    """Register the verbs."""
    propose = subparsers.add_parser(
        "propose",
        help="offer the mask of a pair to others, or what lies between two masks",
        description="Offer masks to pairs, each with the evidence of the pair's own phase, 0 to 1. "
        "A proposal is no label: it waits beside the cube until somebody accepts or rejects it "
        "(thalia proposals, or the window). All of them are one step; 'thalia undo CUBE' takes it "
        "back.",
    )
    propose.add_argument("cube", type=Path, metavar="CUBE")
    propose.add_argument("--from", dest="source", required=True, metavar="PAIR", help="whose mask")
    which = propose.add_mutually_exclusive_group(required=True)
    which.add_argument("--to", nargs="+", metavar="PAIR", help="these pairs")
    which.add_argument(
        "--same",
        choices=("primary", "secondary", "either"),
        help="all pairs with the same primary or secondary date, or with either date",
    )
    which.add_argument(
        "--between",
        metavar="PAIR",
        help="all pairs between the two, each with what lies between the two masks",
    )
    propose.add_argument(
        "--evidence",
        type=float,
        default=0.25,
        metavar="SHARE",
        help="leave out pairs whose phase says less, 0 to 1 (default 0.25)",
    )
    propose.add_argument(
        "--coherence",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="leave out pairs whose mean coherence is known to be less, 0 to 1 (default 0)",
    )
    propose.add_argument(
        "--judged", action="store_true", help="also to pairs that have a mask or are done"
    )
    add_who(propose)
    propose.set_defaults(run=run_propose)
    proposals = subparsers.add_parser(
        "proposals",
        help="list what is proposed, accept or reject it",
        description="List the proposals of a cube that wait for an answer, or answer them as one "
        "step.",
    )
    proposals.add_argument("cube", type=Path, metavar="CUBE")
    what = proposals.add_mutually_exclusive_group()
    what.add_argument("--pair", metavar="PAIR", help="list those of this pair")
    what.add_argument(
        "--accept", nargs="*", metavar="PAIR", help="make those of these pairs, or all, labels"
    )
    what.add_argument(
        "--reject", nargs="*", metavar="PAIR", help="take those of these pairs, or all, away"
    )
    proposals.add_argument("--json", action="store_true", help="machine-readable list")
    add_who(proposals)
    proposals.set_defaults(run=run_proposals)


def run_propose(args: Namespace) -> int:
    """Offer masks; exit code 1 when nothing is proposed."""
    from thalia_core.annotate.offering import scored, unheard

    session = open_session(args)
    try:
        sources, wanted = _asked(args, session)
        asked = list(unheard(wanted, session.offers()))
        found: list[Proposal] = []
        weak = 0
        for proposal in scored(session.cube, asked):
            enough = proposal.score is None or proposal.score >= args.evidence
            found += [proposal] if enough else []
            weak += not enough
        count = f"{len(found)} pair{'s' if len(found) != 1 else ''}"
        with session.transaction():
            session.propose(found, f"Propose mask to {count}", sources)
        rows = [offer for offer in session.offers() if offer.id in {p.id for p in found}]
    finally:
        session.close()
    for offer in rows:
        sys.stdout.write(_line(offer))
    left = f", {weak} left out for want of evidence" if weak else ""
    sys.stdout.write(f"proposed to {count}{left}\n")
    return 0 if found else 1


def run_proposals(args: Namespace) -> int:
    """List or answer proposals; exit code 1 when there is none."""
    from thalia_core.annotate.history import History
    from thalia_core.cube.pairs import DatePair
    from thalia_core.cube.store import CubeStore

    if args.accept is not None or args.reject is not None:
        return _answer(args)
    cube = CubeStore.open(args.cube)
    history = History(cube.sidecar / "journal")
    history.refresh()
    found = history.offers(DatePair.parse(args.pair) if args.pair else None)
    if args.json:
        sys.stdout.write(json.dumps([_told(offer) for offer in found], indent=2) + "\n")
    else:
        sys.stdout.write("".join(map(_line, found)) or "no proposals\n")
    return 0 if found else 1


def _answer(args: Namespace) -> int:
    from thalia_core.cube.pairs import DatePair

    accept = args.accept is not None
    named = [DatePair.parse(text) for text in (args.accept if accept else args.reject)]
    session = open_session(args)
    try:
        with session.transaction():
            pairs = named or session.pending()
            waiting = [offer for pair in pairs for offer in session.offers(pair)]
            (session.accept if accept else session.reject)(pairs)
            conflicts = [str(conflict) for conflict in session.conflicts]
    finally:
        session.close()
    word = "accepted" if accept else "rejected"
    sys.stdout.write("".join(f"{word} {_line(offer)}" for offer in waiting) or "no proposals\n")
    for conflict in conflicts:
        sys.stderr.write(f"thalia: left as they are: {conflict}\n")
    return 0 if waiting else 1


def _asked(args: Namespace, session: "EditSession") -> "tuple[list[DatePair], Iterable[Proposal]]":
    """The pairs whose masks are offered, and what is offered, not weighed yet."""
    from thalia_core.annotate.copying import Shared, copies, painted_of, sharing
    from thalia_core.annotate.offering import interpolated
    from thalia_core.cube.pairs import DatePair

    cube, source = session.cube, DatePair.parse(args.source)
    cube.position(source)
    painted = painted_of(session.masks(source), source)
    if args.between:
        other = DatePair.parse(args.between)
        cube.position(other)
        ends = (source, painted), (other, painted_of(session.masks(other), other))
        return [source, other], interpolated(*ends, _fit(args, session, cube.pairs))
    if args.to:
        pairs = [DatePair.parse(text) for text in args.to]
        for pair in pairs:
            cube.position(pair)
        if source in pairs:
            raise EditError("a pair is not proposed to itself", where=str(source))
    else:
        pairs = sharing(cube.pairs, source, Shared(args.same))
    return [source], copies(painted, source, _fit(args, session, pairs))


def _fit(args: Namespace, session: "EditSession", pairs: "Sequence[DatePair]") -> "list[DatePair]":
    """Pairs that are coherent enough, and that nobody judged yet."""
    from thalia_core.cube.labels import LabelState

    cube, done = session.cube, (LabelState.DONE, LabelState.ACCEPTED, LabelState.REJECTED)
    coherence = dict(zip(cube.pairs, cube.mean_coherences().tolist(), strict=True))
    masked = dict(zip(cube.pairs, cube.classes_in_masks()[0].tolist(), strict=True))
    session.read_labels()
    judged = {pair for pair in pairs if masked[pair] or session.label(pair).label_state in done}
    return [
        pair
        for pair in pairs
        if not coherence[pair] < args.coherence and (args.judged or pair not in judged)
    ]


def _told(offer: "Offer") -> dict[str, object]:
    return {
        "id": offer.id,
        "pair": str(offer.pair),
        "types": _kinds(offer),
        "why": offer.why,
        "evidence": None if offer.score is None else round(offer.score, 3),
    }


def _line(offer: "Offer") -> str:
    kinds = ", ".join(_kinds(offer)) or "label"
    score = "   -" if offer.score is None else f"{offer.score:.2f}"
    return f"{offer.pair}  {score}  {kinds}, {offer.why}\n"


def _kinds(offer: "Offer") -> list[str]:
    from thalia_core.cube.labels import Activity

    return [Activity(code).name.capitalize() for code in offer.activities]
