"""Which proposals wait for an answer.

A proposal waits while a step that made it stands and no step that took it away does: undoing an
answer brings it back, and undoing what made many takes away those that nobody has answered.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from thalia_core.annotate.proposals import Offer
from thalia_core.cube.pairs import DatePair


@dataclass(slots=True)
class Pending:
    """Proposals by the steps that made and answered them.

    Args:
        stands: Whether a step is done and not undone.
    """

    stands: Callable[[str], bool]
    _made: defaultdict[str, dict[str, Offer]] = field(default_factory=lambda: defaultdict(dict))
    _taken: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _of_pair: defaultdict[DatePair, dict[str, None]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def note(self, step: str, offers: Iterable[tuple[str, Offer | None]]) -> None:
        """A step makes or takes away proposals."""
        for identifier, offer in offers:
            if offer is None:
                self._taken[identifier].add(step)
            else:
                self._made[identifier][step] = offer
                self._of_pair[offer.pair][identifier] = None

    def offers(self, pair: DatePair | None = None) -> list[Offer]:
        """What waits, of the pair or of all in the order of their dates; the oldest first."""
        pairs = sorted(self._of_pair) if pair is None else [pair]
        found = (self.offer(name) for one in pairs for name in self._of_pair.get(one, ()))
        return [offer for offer in found if offer is not None]

    def offer(self, identifier: str) -> Offer | None:
        """A proposal as it was made last; None where it does not wait."""
        if any(self.stands(step) for step in self._taken.get(identifier, ())):
            return None
        made = self._made.get(identifier, {})
        return next((made[step] for step in reversed(made) if self.stands(step)), None)
