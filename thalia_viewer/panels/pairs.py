"""The pairs of the frame as a table, with a mark for how far the work on each has come."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QVBoxLayout, QWidget

from thalia_core.cube.labels import LabelState, PairLabel
from thalia_viewer import theme as themes
from thalia_viewer.bars import DASH, named

if TYPE_CHECKING:
    from thalia_core.cube.pairs import DatePair, PairIndex

Index = QModelIndex | QPersistentModelIndex
_COLUMNS = ("", "Primary", "Secondary", "Days", "B⊥ m")
_TIPS = (
    "State of the labelling",
    "Primary date (UTC)",
    "Secondary date (UTC)",
    "Days between the dates",
    "Perpendicular baseline in metres",
)
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


class PairModel(QAbstractTableModel):
    """Pairs and their labels."""

    def __init__(self, theme: themes.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.pairs: PairIndex | None = None
        self.labels: dict[DatePair, PairLabel] = {}

    def reset(self, pairs: PairIndex | None, labels: dict[DatePair, PairLabel]) -> None:
        """Another frame."""
        self.beginResetModel()
        self.pairs, self.labels = pairs, dict(labels)
        self.endResetModel()

    def set_label(self, pair: DatePair, label: PairLabel) -> None:
        """A label changed."""
        if self.pairs is None or pair not in self.pairs:
            return
        self.labels[pair] = label
        row = self.pairs.position(pair)
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(_COLUMNS) - 1))

    def rowCount(self, parent: Index | None = None) -> int:
        """One row each."""
        if self.pairs is None or (parent is not None and parent.isValid()):
            return 0
        return len(self.pairs)

    def columnCount(self, parent: Index | None = None) -> int:
        """One column each."""
        return len(_COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles and what they mean."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _COLUMNS[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return _TIPS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and section > 2:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What Qt asks for by role."""
        assert self.pairs is not None
        pair, column = self.pairs[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(pair, index.row(), column)
        if role == Qt.ItemDataRole.DecorationRole and column == 0:
            return themes.icon(f"state.{int(self._state(pair))}", self.theme)
        if role == Qt.ItemDataRole.TextAlignmentRole and column > 2:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            label = self.labels.get(pair)
            said = f"\n{label.caption}" if label is not None and label.caption else ""
            return f"{pair}, {STATE_NAMES[self._state(pair)]}{said}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            state = STATE_NAMES[self._state(pair)]
            return state if column == 0 else self._text(pair, index.row(), column)
        return None

    def _state(self, pair: DatePair) -> LabelState:
        return state_of(self.labels.get(pair))

    def _text(self, pair: DatePair, row: int, column: int) -> str:
        if column == 1:
            return pair.primary.isoformat()
        if column == 2:
            return pair.secondary.isoformat()
        if column == 3:
            return str(pair.days)
        if column == 4 and self.pairs is not None:
            metres = float(self.pairs.baselines[row])
            return DASH if isnan(metres) else f"{metres:.0f}".replace("-", "−")
        return ""


class PairsPanel(QWidget):
    """The table of pairs."""

    chosen = Signal(object)
    """The DatePair a person asked for."""

    def __init__(self, theme: themes.Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "panel.pairs", "Pairs")
        self._telling = True
        self.model = PairModel(theme, self)
        self.view = QTableView()
        named(self.view, "pairs.table", "Pairs of the frame")
        view = self.view
        view.setModel(self.model)
        font = themes.digits(view.font())
        font.setPointSizeF(max(font.pointSizeF() * 0.92, 7.0))
        view.setFont(font)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setCornerButtonEnabled(False)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setTabKeyNavigation(False)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(int(view.fontMetrics().height() * 1.45))
        self._fit_columns()
        view.selectionModel().currentRowChanged.connect(self._choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(view)

    def dress(self, theme: themes.Theme) -> None:
        """Use another theme."""
        self.model.theme = theme
        self.view.viewport().update()

    def show_frame(self, pairs: PairIndex | None, labels: dict[DatePair, PairLabel]) -> None:
        """The pairs of another frame."""
        self.model.reset(pairs, labels)

    def show_label(self, pair: DatePair, label: PairLabel) -> None:
        """The label of a pair changed."""
        self.model.set_label(pair, label)

    @property
    def fitting_width(self) -> int:
        """Width at which the whole table is seen."""
        return sum(self._widths()) + self.view.verticalScrollBar().sizeHint().width()

    def select(self, pair: DatePair | None) -> None:
        """Mark the shown pair; tells nobody."""
        pairs = self.model.pairs
        if pairs is None or pair is None or pair not in pairs:
            return
        index = self.model.index(pairs.position(pair), 1)
        if index.row() == self.view.currentIndex().row():
            return
        flags = QItemSelectionModel.SelectionFlag
        self._telling = False
        self.view.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self._telling = True
        self.view.scrollTo(index)

    def next_unlabelled(self, pair: DatePair) -> DatePair | None:
        """The next pair nobody judged, from here on and round; None when all are."""
        pairs = self.model.pairs
        if pairs is None:
            return None
        at = pairs.position(pair)
        for candidate in (*pairs[at + 1 :], *pairs[:at]):
            label = self.model.labels.get(candidate)
            if label is None or not label.labelled:
                return candidate
        return None

    def _choose(self, current: QModelIndex) -> None:
        if self._telling and current.isValid() and self.model.pairs is not None:
            self.chosen.emit(self.model.pairs[current.row()])

    def _widths(self) -> list[int]:
        metrics = self.view.fontMetrics()
        widest = ("0000-00-00", "0000-00-00", "0000", "−000")
        return [22, *(metrics.horizontalAdvance(text) + 12 for text in widest)]

    def _fit_columns(self) -> None:
        header = self.view.horizontalHeader()
        header.setMinimumSectionSize(20)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in enumerate(self._widths()):
            self.view.setColumnWidth(column, width)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setStretchLastSection(True)
