"""The part of an edit session that offers proposals and takes a person's answers to them."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from thalia_core.annotate import proposing
from thalia_core.annotate.history import History, StepInfo
from thalia_core.annotate.patch import Edit, FieldPatch, Scalar
from thalia_core.annotate.proposals import Offer, Proposal
from thalia_core.annotate.working import Masks
from thalia_core.cube.labels import PairLabel
from thalia_core.cube.pairs import DatePair


class Answers(ABC):
    """Proposals wait in the journal; accepting makes them labels, like any other edit."""

    _mutex: threading.RLock
    _history: History

    @abstractmethod
    def masks(self, pair: DatePair) -> Masks:
        """The live planes of a pair."""

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
    def _field_patches(
        self, pair: DatePair, fields: Mapping[str, Scalar]
    ) -> tuple[FieldPatch, ...]: ...

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
            return [self._history.proposal(offer) for offer in self._history.offers(pair)]

    def pending(self) -> list[DatePair]:
        """The pairs that have proposals, in the order of their dates."""
        return list(dict.fromkeys(offer.pair for offer in self.offers()))

    def accept(
        self, pairs: DatePair | Sequence[DatePair], identifier: str | None = None
    ) -> StepInfo | None:
        """Make proposals labels as one step: paint, set the fields, and take them away.

        Args:
            pairs: Of which pairs; of many, any thread but that of a window, and those that are
                finished are passed over.
            identifier: One proposal only; all that wait when left out.

        Returns:
            The step; None where nothing waits.
        """
        chosen = self._waiting(pairs, identifier)
        if len(chosen) > 1:
            self.read_labels()
            chosen = {pair: found for pair, found in chosen.items() if not self.locked(pair)}
        edits = [
            proposing.accepting(proposals, self.masks(pair), self.label(pair), self._field_patches)
            for pair, proposals in chosen.items()
        ]
        return self.do(proposing.together(edits), "Accept proposal")

    def reject(
        self, pairs: DatePair | Sequence[DatePair], identifier: str | None = None
    ) -> StepInfo | None:
        """Take proposals away as one step; no label changes. None where nothing waits."""
        chosen = self._waiting(pairs, identifier).values()
        return self.do(proposing.rejecting(chosen), "Reject proposal")

    def _waiting(
        self, pairs: DatePair | Sequence[DatePair], identifier: str | None
    ) -> dict[DatePair, list[Proposal]]:
        wanted = [pairs] if isinstance(pairs, DatePair) else pairs
        found = {
            pair: [p for p in self.proposals(pair) if identifier in (None, p.id)] for pair in wanted
        }
        return {pair: proposals for pair, proposals in found.items() if proposals}
