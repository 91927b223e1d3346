"""Finished pairs are locked: nothing but their state changes until they are opened again."""

from collections.abc import Callable, Iterable

from thalia_core.annotate.patch import Edit
from thalia_core.cube.labels import BOOKKEEPING, LabelState, PairLabel
from thalia_core.cube.pairs import DatePair
from thalia_core.errors import EditError

FINISHED: dict[int, str] = {LabelState.DONE: "done", LabelState.ACCEPTED: "accepted"}
"""States in which a pair is locked, in words."""
_STATE = "label_state"


class FinishedError(EditError):
    """The pair is finished: its masks and labels stay as they are."""


def is_finished(label: PairLabel) -> bool:
    """Whether somebody said that the work on the pair is done. A missing state is no such word."""
    return label.label_state in FINISHED


def refusal(pair: DatePair, label: PairLabel) -> FinishedError:
    """Why a finished pair is not changed, and what to do."""
    word = FINISHED.get(label.label_state or 0, "finished")
    return FinishedError(
        "the pair is locked",
        where=str(pair),
        why=f"its state is {word}",
        fix="set its state back to in progress to change it",
    )


def held(edit: Edit, label_of: Callable[[DatePair], PairLabel]) -> tuple[DatePair, ...]:
    """Finished pairs of which an edit changes more than the state."""
    allowed = (_STATE, *BOOKKEEPING)
    touched = {patch.pair for patch in edit.masks}
    touched |= {patch.pair for patch in edit.fields if patch.field not in allowed}
    return finished(sorted(touched), label_of)


def held_back(edit: Edit, label_of: Callable[[DatePair], PairLabel]) -> tuple[DatePair, ...]:
    """Finished pairs of a step to be taken back or brought back, but for one that finished them."""
    opened = {p.pair for p in edit.fields if p.field == _STATE and p.before in FINISHED}
    changed = {patch.pair for patch in edit.masks} | {patch.pair for patch in edit.fields}
    return finished(sorted(changed - opened), label_of)


def finished(
    pairs: Iterable[DatePair], label_of: Callable[[DatePair], PairLabel]
) -> tuple[DatePair, ...]:
    """Those that are finished."""
    return tuple(pair for pair in pairs if is_finished(label_of(pair)))
