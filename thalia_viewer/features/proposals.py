"""Proposals: drawn dashed over the picture, marked in the list, accepted or rejected by a key."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from thalia_core.errors import ThaliaError
from thalia_viewer.canvas.masks import CLASS_COLOURS, UNKNOWN_COLOUR
from thalia_viewer.canvas.regions import Region, RegionStyle
from thalia_viewer.features.feature import Feature
from thalia_viewer.panels.offer import OfferBar, proposal_words
from thalia_viewer.panels.pair_model import Offered
from thalia_viewer.proposing import ProposalMaker

if TYPE_CHECKING:
    from thalia_core.annotate.proposals import Proposal
    from thalia_core.annotate.session import EditSession, StepInfo
    from thalia_core.cube.pairs import DatePair
    from thalia_viewer.parts import Parts

_FILL, _FAINT = 0.10, 0.45
"""Opacity inside the proposal that is asked about, and of the lines of the others."""


class ProposalsFeature(Feature):
    """Shows what waits for an answer, and takes the answers.

    Args:
        parts: Everything the program is made of.
        parent: Owner.
    """

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        actions, bind = parts.actions, parts.actions.bind
        self._proposals: list[Proposal] = []
        self._pair: DatePair | None = None
        self._drawn = 0
        self._pending: dict[DatePair, Offered] = {}
        self._maker = ProposalMaker(parts, self)
        self._bar = OfferBar(parts.canvas, actions["propose.accept"], actions["propose.reject"])
        # a pair that is finished can be copied from, although it cannot be painted on
        actions.add_condition("open_to_proposals", self._is_open)
        actions.add_condition("proposed", lambda: bool(self._proposals))
        actions.add_condition("acceptable", self._may_accept)
        actions.add_condition("offered", lambda: bool(self._pending))
        actions.add_condition("proposing", lambda: self._maker.going)
        bind("propose.copy", self._maker.ask_copy)
        bind("propose.between", self._maker.ask_between)
        bind("propose.stop", self._maker.stop)
        for answer in ("accept", "reject"):
            bind(f"propose.{answer}", partial(self._answer, answer))
            bind(f"propose.{answer}_next", partial(self._answer, answer, go_on=True))
            bind(f"propose.{answer}_all", partial(self._answer_all, answer))
        bind("propose.accept_part", self._accept_part)
        bind("propose.next", self._next)
        actions.bind_toggle("propose.only", self._list_only)
        self._maker.came.connect(self._show_list)
        parts.editor.proposed.connect(self._show)
        parts.editor.settled.connect(self._show)
        parts.state.cube_changed.connect(self._show_list)
        parts.state.pair_changed.connect(self._leave)
        parts.state.version_shown_changed.connect(self._show_pair)
        parts.pictures.shown.connect(lambda _: self._show_pair())
        parts.pictures.failed.connect(lambda _: self._clear())
        actions.keys_changed.connect(self._tell)

    @property
    def waiting(self) -> bool:
        """Whether pairs are being looked at."""
        return self._maker.going

    def stop(self) -> None:
        """Look at no more pairs."""
        self._maker.stop()

    @property
    def _session(self) -> EditSession | None:
        """The session of the cube that is shown."""
        session, cube = self.parts.editor.session, self.parts.state.cube
        fits = session is not None and cube is not None and session.cube.path == cube.path
        return session if fits else None

    def _is_open(self) -> bool:
        return self._session is not None and self.parts.state.pair is not None

    def _may_accept(self) -> bool:
        """A finished pair takes nothing on; it may turn down what is proposed."""
        return bool(self._proposals) and not self.parts.editor.locked(self._pair)

    # Showing

    def _show(self) -> None:
        self._show_list()
        self._show_pair()

    def _show_list(self) -> None:
        """The marks of the list: what waits, and what is being weighed."""
        session = self._session
        pending: dict[DatePair, Offered] = {}
        for offer in session.offers() if session is not None else ():
            if offer.pair not in pending:  # the oldest is asked about first
                pending[offer.pair] = Offered(offer.activities, offer.score, offer.why)
        self._pending = pending
        self.parts.pairs.model.set_offered(self._maker.coming | pending)
        if self.parts.actions["propose.only"].isChecked():
            self._list_only(True)
        self.parts.actions.allow_again()

    def _list_only(self, on: bool) -> None:
        """Of the pairs that the filter finds those with a proposal, or all."""
        p = self.parts
        p.pairs.narrow(frozenset(self._pending) if on else None)
        if on:
            p.pairs.filter.show_count(f"{len(p.pairs.listed):,} with a proposal")
        else:
            p.finder.look()  # it tells how many there are

    def _show_pair(self) -> None:
        """What waits for the pair of the picture; nothing is proposed to its past."""
        state, picture, session = self.parts.state, self.parts.pictures.picture, self._session
        fits = picture is not None and picture.pair == state.pair and not state.version_shown
        self._clear()
        if session is not None and picture is not None and fits:
            self._pair, self._proposals = picture.pair, session.proposals(picture.pair)
            self._draw()
        self._tell()
        self.parts.actions.allow_again()

    def _leave(self) -> None:
        """Another pair was chosen: no answer to the old one until its picture is there."""
        self._proposals, self._pair = [], None
        self._tell()
        self.parts.actions.allow_again()

    def _clear(self) -> None:
        for n in range(self._drawn):
            self.parts.deck.linked.set_region(f"proposal.{n}", None)
        self._drawn, self._proposals, self._pair = 0, [], None
        self._bar.hide()

    def _draw(self) -> None:
        for proposal in reversed(self._proposals):  # the one that is asked about lies on top
            asked = proposal is self._proposals[0]
            for shape, paint in proposal.shapes:
                colour = CLASS_COLOURS.get(paint.activity, UNKNOWN_COLOUR)
                fill, line = (_FILL, 1.0) if asked else (0.0, _FAINT)
                region = Region(shape, RegionStyle(colour, fill, line, dashed=True))
                self.parts.deck.linked.set_region(f"proposal.{self._drawn}", region)
                self._drawn += 1

    def _tell(self) -> None:
        if self._proposals:
            self._bar.say(*proposal_words(self._proposals[0], len(self._proposals)))
        else:
            self._bar.hide()

    # Answers

    def _answer(self, answer: str, go_on: bool = False) -> None:
        session, pair = self._session, self._pair
        if session is None or pair is None or not self._proposals:
            return
        identifier, hand = self._proposals[0].id, self.parts.hand
        try:
            if answer == "reject":
                session.reject(pair, identifier)
            elif session.accept(pair, identifier, lambda _: hand.gate) is None:
                hand.tell_held_back()  # it goes on waiting
                return
        except ThaliaError as error:
            self.parts.errors.report(error, key="proposal")
            return
        if go_on and not self._proposals:
            self._next()

    def _accept_part(self) -> None:
        """Of the proposal that is asked about the patch under the cursor; on a thread."""
        session, pair, at = self._session, self._pair, self.parts.deck.linked.at
        if session is None or pair is None or not self._proposals:
            return
        if at is None:
            self.parts.errors.tell("Point at the patch that is to be accepted.", key="proposal")
            return
        proposal, hand = self._proposals[0], self.parts.hand

        def done(step: StepInfo | None) -> None:
            if step is None and not hand.gate.open:
                hand.tell_held_back()
            elif step is None:
                self.parts.errors.tell("Nothing is proposed under the cursor.", key="proposal")

        work = partial(session.accept_part, pair, proposal.id, at, hand.gate)
        failed = partial(self.parts.errors.report, doing="accepting a patch", key="proposal")
        self.parts.chores.once(work, done, failed)

    def _next(self) -> None:
        """The next pair of the list, from here on and round."""
        p, here = self.parts, self.parts.state.pair
        listed = p.pairs.listed
        at = listed.index(here) if here in listed else -1
        found = [
            pair for pair in (*listed[at + 1 :], *listed[: max(at, 0)]) if pair in self._pending
        ]
        if found:
            p.state.set_pair(found[0])
        elif not self._pending:
            p.errors.tell("No proposal waits any more.", key="proposal")
        elif self._pending.keys() == {here}:
            p.errors.tell("No other pair has a proposal.", key="proposal")
        else:
            hidden = f"{len(self._pending):,} pairs have proposals, but not in this list."
            p.errors.tell(f"{hidden} Clear the filter to see them.", key="proposal")

    def _answer_all(self, answer: str) -> None:
        """On a thread: masks of many pairs are read."""
        session = self._session
        pairs = [pair for pair in self.parts.pairs.listed if pair in self._pending]
        if session is None or not pairs:
            return
        gated = partial(session.accept, gate_of=self.parts.hand.gate_of)
        act = gated if answer == "accept" else session.reject
        word = "accepted" if answer == "accept" else "rejected"
        self.parts.window.activity.setText(f"{word} on {len(pairs):,} pairs…")

        def done(step: StepInfo | None) -> None:
            self.parts.window.activity.setText("")
            answered = 0 if step is None else len(step.pairs)
            self.parts.errors.tell(_all_words(word, answered, len(pairs)), key="proposal")

        def failed(error: BaseException) -> None:
            self.parts.window.activity.setText("")
            self.parts.errors.report(error, "answering proposals", key="proposal")

        self.parts.chores.once(partial(act, pairs), done, failed)


def _all_words(word: str, answered: int, asked: int) -> str:
    """What came of an answer to all proposals of the list.

    Args:
        word: What was done with them.
        answered: Pairs whose proposals were.
        asked: Pairs of the list that had some; finished ones are passed over, and those of which
            a gate lets nothing through.
    """
    passed = asked - answered
    told = f"Proposals of {_pairs(answered)} were {word}; one undo takes that back."
    if not answered:
        told = f"No proposal was {word}."
    why = "Finished or closed by the gate, and passed over"
    return f"{told} {why}: {_pairs(passed)}." if passed else told


def _pairs(count: int) -> str:
    return "1 pair" if count == 1 else f"{count:,} pairs"
