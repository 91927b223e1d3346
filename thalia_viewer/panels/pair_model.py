"""The pairs of a frame as rows: those that are wanted, in the order that a person chose."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from thalia_core.cube.labels import LabelState, PairLabel, activities_in
from thalia_viewer import theme as themes
from thalia_viewer.bars import DASH
from thalia_viewer.canvas.masks import CLASS_COLOURS, CLASS_NAMES, UNKNOWN_COLOUR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from thalia_core.cube.pairs import DatePair, PairIndex

Index = QModelIndex | QPersistentModelIndex
STATE, PRIMARY, SECONDARY, DAYS, BASELINE, COHERENCE, LABEL = range(7)
TITLES = ("", "Primary", "Secondary", "Days", "B⊥ m", "Coh.", "Label")
_TIPS = (
    "State of the labelling",
    "Primary date (UTC)",
    "Secondary date (UTC)",
    "Days between the dates",
    "Perpendicular baseline in metres",
    "Mean coherence",
    "Activity types of the instances",
)
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
STATE_NAMES = {
    LabelState.UNSEEN: "unseen",
    LabelState.IN_PROGRESS: "in progress",
    LabelState.DONE: "done",
    LabelState.FLAGGED: "flagged",
    LabelState.ACCEPTED: "accepted",
    LabelState.REJECTED: "rejected",
}


def state_of(label: PairLabel | None) -> LabelState:
    """The mark of a pair; a label without a recorded state is done when somebody judged."""
    if label is None:
        return LabelState.UNSEEN
    if label.label_state in set(LabelState):
        return LabelState(label.label_state)
    return LabelState.DONE if label.labelled else LabelState.UNSEEN


def kinds_of(label: PairLabel | None) -> tuple[str, ...]:
    """Names of the activity types of a label, each once."""
    return _kinds(label.instances) if label is not None and label.instances else ()


@lru_cache(maxsize=4096)
def _kinds(text: str) -> tuple[str, ...]:
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    entries = listed if isinstance(listed, list) else []
    told = [one.get("activity_type") for one in entries if isinstance(one, dict)]
    names = (CLASS_NAMES.get(kind, kind) if isinstance(kind, int) else kind for kind in told)
    return tuple(dict.fromkeys(str(name).capitalize() for name in names if name))


@dataclass(frozen=True, slots=True)
class Offered:
    """What is proposed for a pair: no label.

    Attributes:
        activities: Activity codes, each once.
        score: Evidence of the pair's own phase, 0 to 1; None where none was measured.
        why: Where it comes from.
    """

    activities: tuple[int, ...]
    score: float | None
    why: str


class PairModel(QAbstractTableModel):
    """Pairs and their labels."""

    label_changed = Signal(object)
    """The label of that DatePair, shown or not."""

    def __init__(self, theme: themes.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.pairs: PairIndex | None = None
        self.labels: dict[DatePair, PairLabel] = {}
        self._drawn: dict[DatePair, int] = {}
        self._offered: Mapping[DatePair, Offered] = {}
        self.sorted = (PRIMARY, Qt.SortOrder.AscendingOrder)
        self._coherence: NDArray[Any] | None = None
        self._wanted: Container[DatePair] | None = None
        self._order: list[int] = []
        self._rows: list[int] = []
        self._row_of: dict[int, int] = {}

    def reset(
        self,
        pairs: PairIndex | None,
        labels: dict[DatePair, PairLabel],
        drawn: dict[DatePair, int],
    ) -> None:
        """Another frame; ``drawn`` are the activity types in its masks, bit n for code n."""
        self.beginResetModel()
        self.pairs, self.labels, self._drawn = pairs, dict(labels), dict(drawn)
        self._wanted = self._coherence = None
        self._order = self._sort()
        self._choose()
        self.endResetModel()

    def want(
        self, wanted: Container[DatePair] | None, coherence: NDArray[Any] | None = None
    ) -> None:
        """Show these pairs only; None for all.

        Args:
            wanted: The pairs.
            coherence: Mean coherence of all pairs, NaN where unknown.
        """
        self.beginResetModel()
        self._wanted, self._coherence = wanted, coherence
        self._order = self._sort()
        self._choose()
        self.endResetModel()

    def wants(self, wanted: Container[DatePair] | None, coherence: NDArray[Any] | None) -> bool:
        """Whether that is what is shown."""
        known = self._coherence
        same = (
            known is None
            if coherence is None
            else known is not None and np.array_equal(known, coherence, equal_nan=True)
        )
        return same and self._wanted == wanted

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By another column; equal ones stay in the order of their dates."""
        self.beginResetModel()
        self.sorted = (column, order)
        self._order = self._sort()
        self._choose()
        self.endResetModel()

    @property
    def has_coherence(self) -> bool:
        """Whether anybody measured it."""
        return self._coherence is not None and bool(np.isfinite(self._coherence).any())

    @property
    def coherence(self) -> NDArray[Any] | None:
        """Mean coherence of all pairs, NaN where unknown; None where nobody looked."""
        return self._coherence

    @property
    def positions(self) -> list[int]:
        """Where the shown pairs stand among all of the frame, from top to bottom."""
        return self._rows

    def shown(self) -> tuple[DatePair, ...]:
        """The pairs from top to bottom."""
        return () if self.pairs is None else tuple(self.pairs[n] for n in self._rows)

    def pair_at(self, row: int) -> DatePair:
        """The pair of a row."""
        assert self.pairs is not None
        return self.pairs[self._rows[row]]

    def row_of(self, pair: DatePair | None) -> int | None:
        """Where a pair is; None where it is not shown."""
        if self.pairs is None or pair is None or pair not in self.pairs:
            return None
        return self._row_of.get(self.pairs.position(pair))

    def step(self, pair: DatePair, n: int) -> DatePair | None:
        """The shown pair ``n`` places on from a pair, shown or not; None beyond the ends."""
        if self.pairs is None or pair not in self.pairs:
            return None
        at = self._order.index(self.pairs.position(pair))
        beyond = self._order[at + 1 :] if n > 0 else self._order[:at][::-1]
        found = [position for position in beyond if position in self._row_of]
        return self.pairs[found[abs(n) - 1]] if 0 < abs(n) <= len(found) else None

    def set_label(self, pair: DatePair, label: PairLabel) -> None:
        """A label changed; it keeps its place until the list is made anew."""
        if self.pairs is None or pair not in self.pairs:
            return
        self.labels[pair] = label
        self._tell(pair)

    def set_drawn(self, pair: DatePair, drawn: int) -> None:
        """The masks of a pair hold other types, bit n for code n."""
        if self._drawn.get(pair) != drawn:
            self._drawn[pair] = drawn
            self._tell(pair)

    def set_offered(self, offered: Mapping[DatePair, Offered]) -> None:
        """Other proposals wait for an answer."""
        if offered != self._offered:
            self._offered = dict(offered)
            last = self.index(self.rowCount() - 1, len(TITLES) - 1)
            self.dataChanged.emit(self.index(0, LABEL), last)

    def offered(self, row: int) -> Offered | None:
        """What is proposed for the pair of a row."""
        return self._offered.get(self.pair_at(row))

    def _tell(self, pair: DatePair) -> None:
        self.label_changed.emit(pair)
        row = self.row_of(pair)
        if row is not None:
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(TITLES) - 1))

    def kinds(self, pair: DatePair) -> tuple[str, ...]:
        """Names of the activity types that the label of a pair lists or its masks hold."""
        drawn = (CLASS_NAMES[code] for code in activities_in(self._drawn.get(pair, 0)))
        return tuple(dict.fromkeys((*kinds_of(self.labels.get(pair)), *drawn)))

    def finished(self, pair: DatePair) -> bool:
        """Whether somebody is done with the pair."""
        return self._state(pair) in (LabelState.DONE, LabelState.ACCEPTED, LabelState.REJECTED)

    def rowCount(self, parent: Index | None = None) -> int:
        """One row each."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        """One column each."""
        return len(TITLES)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles and what they mean."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return TITLES[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{_TIPS[section]}; click to sort"
        if role == Qt.ItemDataRole.TextAlignmentRole and DAYS <= section <= COHERENCE:
            return _RIGHT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What Qt asks for by role."""
        assert self.pairs is not None
        position, column = self._rows[index.row()], index.column()
        pair = self.pairs[position]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(pair, position, column)
        if role == Qt.ItemDataRole.DecorationRole and column == STATE:
            return themes.icon(f"state.{int(self._state(pair))}", self.theme)
        if role == Qt.ItemDataRole.TextAlignmentRole and DAYS <= column <= COHERENCE:
            return _RIGHT
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.tip(pair)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            state = STATE_NAMES[self._state(pair)]
            told = self._text(pair, position, column)
            offered = proposed_words(self._offered.get(pair)) if column == LABEL else ""
            return state if column == STATE else f"{told} {offered}".strip()
        return None

    def tip(self, pair: DatePair) -> str:
        """The pair in a few words: its dates, its state, its types, its caption."""
        label = self.labels.get(pair)
        kinds = ", ".join(self.kinds(pair))
        said = label.caption if label is not None else ""
        head = f"{pair}, {STATE_NAMES[self._state(pair)]}" + (f", {kinds}" if kinds else "")
        lines = (head, proposed_words(self._offered.get(pair)), said)
        return "\n".join(line for line in lines if line)

    def _state(self, pair: DatePair) -> LabelState:
        return state_of(self.labels.get(pair))

    def _text(self, pair: DatePair, position: int, column: int) -> str:
        assert self.pairs is not None
        if column == PRIMARY:
            return pair.primary.isoformat()
        if column == SECONDARY:
            return pair.secondary.isoformat()
        if column == DAYS:
            return str(pair.days)
        if column == BASELINE:
            metres = float(self.pairs.baselines[position])
            return DASH if isnan(metres) else f"{metres:.0f}".replace("-", "−")
        if column == COHERENCE and self._coherence is not None:
            share = float(self._coherence[position])
            return DASH if isnan(share) else f"{share:.2f}"
        if column == LABEL:
            return " ".join(self.kinds(pair))
        return ""

    def colours(self, row: int) -> list[QColor]:
        """Of the activity types of a row."""
        codes = {name: code for code, name in CLASS_NAMES.items()}
        kinds = self.kinds(self.pair_at(row))
        return [QColor(CLASS_COLOURS.get(codes.get(kind, 0), UNKNOWN_COLOUR)) for kind in kinds]

    def _choose(self) -> None:
        pairs, wanted = self.pairs, self._wanted
        if pairs is None or wanted is None:
            self._rows = self._order
        else:
            self._rows = [n for n in self._order if pairs[n] in wanted]
        self._row_of = {position: row for row, position in enumerate(self._rows)}

    def _sort(self) -> list[int]:
        """Positions of all pairs; what is not known comes last either way."""
        if self.pairs is None:
            return []
        column, order = self.sorted
        keys = list(self._keys(self.pairs, column))
        known = [n for n, key in enumerate(keys) if key is not None]
        known.sort(key=keys.__getitem__, reverse=order == Qt.SortOrder.DescendingOrder)
        return known + [n for n, key in enumerate(keys) if key is None]

    def _label_key(self, pair: DatePair) -> tuple[int, tuple[str, ...], float] | None:
        """Labelled pairs by their types, then proposals, those with the most evidence first."""
        kinds, offered = self.kinds(pair), self._offered.get(pair)
        if kinds or offered is None:
            return (0, kinds, 0.0) if kinds else None
        return 1, (), -(offered.score or 0.0)

    def _keys(self, pairs: PairIndex, column: int) -> Iterable[Any]:
        if column == STATE:
            return (int(self._state(pair)) for pair in pairs)
        if column == SECONDARY:
            return ((pair.secondary, pair.primary) for pair in pairs)
        if column == DAYS:
            return (pair.days for pair in pairs)
        if column == BASELINE:
            return map(_known, pairs.baselines.tolist())
        if column == COHERENCE and self._coherence is not None:
            return map(_known, self._coherence.tolist())
        if column == LABEL:
            return map(self._label_key, pairs)
        return range(len(pairs))


def proposed_words(offered: Offered | None) -> str:
    """What is proposed in a few words; nothing where nothing is."""
    if offered is None:
        return ""
    kinds = ", ".join(CLASS_NAMES.get(code, f"code {code}") for code in offered.activities)
    score = "" if offered.score is None else f", evidence {offered.score:.2f}"
    why = f", {offered.why}" if offered.why else ""
    return f"proposed: {kinds or 'a label'}{score}{why}"


def _known(value: float) -> float | None:
    return None if isnan(value) else value
