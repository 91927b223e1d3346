"""The part of an edit session that offers proposals and takes a person's answers to them."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from thalia_core.annotate import proposing
from thalia_core.annotate.changes import Source
from thalia_core.annotate.gates import OPEN, Gate
from thalia_core.annotate.history import History, StepInfo
from thalia_core.annotate.labelling import cached
from thalia_core.annotate.patch import Edit
from thalia_core.annotate.proposals import Offer, Proposal
from thalia_core.annotate.working import WorkingCopy
from thalia_core.cube.labels import PairLabel
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore

GateOf = Callable[[DatePair], Gate]
"""Gives the gate of a pair."""


class Answers(ABC):
    """Proposals wait in the journal; accepting makes them labels, like any other edit."""

    cube: CubeStore
    _mutex: threading.RLock
    _history: History
    _copy: WorkingCopy

    @abstractmethod
    def label(self, pair: DatePair) -> PairLabel:
        """The label of a pair as edited."""

    @abstractmethod
    def locked(self, pair: DatePair) -> bool:
        """Whether the pair is finished, and finished pairs are locked."""

    @abstractmethod
    def read_labels(self) -> None:
        """Have the labels of all pairs at hand."""

    @abstractmethod
    def do(self, edit: Edit, name: str) -> StepInfo | None:
        """Make an edit a step."""

    @abstractmethod
    def _step(
        self, put_together: Callable[[], Edit], name: str, source: Source
    ) -> StepInfo | None: ...

    def propose(
        self, proposals: Sequence[Proposal], name: str, sources: Sequence[DatePair] = ()
    ) -> StepInfo | None:
        """Offer proposals as one step; no label changes, and undo takes all of them back.

        Args:
            proposals: On any pairs, any number of each.
            name: What the step is called.
            sources: Pairs they were made from: the step is part of their history too.
        """
        return self.do(proposing.proposing(proposals, sources), name)

    def offers(self, pair: DatePair | None = None) -> list[Offer]:
        """Proposals that wait for an answer, of the pair or of all, without their pixels."""
        with self._mutex:
            return self._history.offers(pair)

    def proposals(self, pair: DatePair) -> list[Proposal]:
        """Proposals of a pair that wait for an answer, the oldest first."""
        with self._mutex:
            return self._history.proposals(self._history.offers(pair))

    def pending(self) -> list[DatePair]:
        """The pairs that have proposals, in the order of their dates."""
        return list(dict.fromkeys(offer.pair for offer in self.offers()))

    def accept(
        self,
        pairs: DatePair | Sequence[DatePair],
        identifier: str | None = None,
        gate_of: GateOf = lambda _: OPEN,
    ) -> StepInfo | None:
        """Make proposals labels as one step: paint, set the fields, and take them away.

        Args:
            pairs: Of which pairs; of many, any thread but that of a window, and those that are
                finished are passed over.
            identifier: One proposal only; all that wait when left out.
            gate_of: Gives the gate of a pair. Proposals of which it lets nothing through go on
                waiting.

        Returns:
            The step; None where nothing waits, or nothing came through the gates.
        """
        chosen = self._waiting(pairs, identifier)
        if len(chosen) > 1:
            self.read_labels()
            chosen = {pair: found for pair, found in chosen.items() if not self.locked(pair)}

        def put_together() -> Edit:
            settle = cached(self.cube.settled)  # it looks at the disk
            return proposing.together(
                proposing.accepting(
                    proposals, self._copy.codes, self.label(pair), settle, gate_of(pair)
                )
                for pair, proposals in chosen.items()
            )

        return self._step(put_together, "Accept proposal", "repaint")

    def accept_part(
        self, pair: DatePair, identifier: str, at: tuple[int, int], gate: Gate = OPEN
    ) -> StepInfo | None:
        """Make a label of the patch of a proposal at a place; the rest of it goes on waiting.

        Args:
            pair: The pair.
            identifier: Of the proposal.
            at: (row, column).
            gate: Pixels that it holds back stay.

        Returns:
            The step; None where nothing is proposed there, or nothing came through the gate.
        """
        (proposals,) = self._waiting(pair, identifier).values() or ([],)

        def put_together() -> Edit:
            codes, label = self._copy.codes, self.label(pair)
            return proposing.together(
                proposing.accepting_part(proposal, at, codes, label, self.cube.settled, gate)
                for proposal in proposals
            )

        return self._step(put_together, "Accept part of a proposal", "repaint")

    def reject(
        self, pairs: DatePair | Sequence[DatePair], identifier: str | None = None
    ) -> StepInfo | None:
        """Take proposals away as one step; no label changes. None where nothing waits."""
        chosen = self._waiting(pairs, identifier).values()
        return self.do(proposing.rejecting(chosen), "Reject proposal")

    def _waiting(
        self, pairs: DatePair | Sequence[DatePair], identifier: str | None
    ) -> dict[DatePair, list[Proposal]]:
        wanted = {pairs} if isinstance(pairs, DatePair) else {*pairs}
        found: dict[DatePair, list[Proposal]] = {}
        with self._mutex:
            offers = [o for o in self._history.offers() if o.pair in wanted]
            chosen = [offer for offer in offers if identifier in (None, offer.id)]
            for proposal in self._history.proposals(chosen):
                found.setdefault(proposal.pair, []).append(proposal)
        return found
