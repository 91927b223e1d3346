"""The pairs of the frame as a table under a filter, each with a mark for the state of its label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from thalia_viewer import theme as themes
from thalia_viewer.bars import named
from thalia_viewer.canvas.masks import CLASS_COLOURS, UNKNOWN_COLOUR
from thalia_viewer.panels.finding import FindBar
from thalia_viewer.panels.pair_model import COHERENCE, LABEL, PRIMARY, Offered, PairModel

if TYPE_CHECKING:
    from collections.abc import Container

    from numpy.typing import NDArray

    from thalia_core.cube.labels import PairLabel
    from thalia_core.cube.pairs import DatePair, PairIndex

_DOT = 7


class LabelDelegate(QStyledItemDelegate):
    """The activity types of a pair, each a dot in its colour; then their names.

    At the right stands what is proposed: dashed rings, as it is drawn over the picture, and the
    evidence for it.
    """

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """The dots, and the names in the room that is left."""
        model = index.model()
        assert isinstance(model, PairModel)
        colours, offered = model.colours(index.row()), model.offered(index.row())
        room, taken = QRect(option.rect), (_DOT + 3) * len(colours)
        ends = 0 if offered is None else self._offer(painter, option, model.theme, offered)
        option.rect = room.adjusted(taken, 0, -ends, 0)
        super().paint(painter, option, index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(model.theme.line))
        for n, colour in enumerate(colours):
            painter.setBrush(colour)
            y = room.center().y() - _DOT // 2
            painter.drawEllipse(room.x() + 4 + n * (_DOT + 3), y, _DOT, _DOT)
        painter.restore()

    def _offer(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        theme: themes.Theme,
        offered: Offered,
    ) -> int:
        """Draw what is proposed; returns the width that it takes."""
        text = "?" if offered.score is None else f"{offered.score:.2f}"
        wide = option.fontMetrics.horizontalAdvance(text)
        taken = wide + (_DOT + 4) * max(len(offered.activities), 1) + 10
        room = QRect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(option.font)
        painter.setPen(QColor(theme.muted))
        words = room.adjusted(room.width() - wide - 6, 0, -6, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, text)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for n, code in enumerate(offered.activities):
            pen = QPen(QColor(CLASS_COLOURS.get(code, UNKNOWN_COLOUR)), 1.6)
            pen.setDashPattern((1.3, 1.1))
            painter.setPen(pen)
            x = room.right() - taken + 2 + n * (_DOT + 4)
            painter.drawEllipse(x, room.center().y() - _DOT // 2, _DOT, _DOT)
        painter.restore()
        return taken


class PairsPanel(QWidget):
    """The filter and the table of pairs."""

    chosen = Signal(object)
    """The DatePair a person asked for."""

    def __init__(self, theme: themes.Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "panel.pairs", "Pairs")
        self._telling = True
        self._selected: DatePair | None = None
        self._wanted: Container[DatePair] | None = None
        self._only: Container[DatePair] | None = None
        self.filter = FindBar(theme)
        self.model = PairModel(theme, self)
        self.view = QTableView()
        named(self.view, "pairs.table", "Pairs of the frame")
        view = self.view
        view.setModel(self.model)
        view.setItemDelegateForColumn(LABEL, LabelDelegate(view))
        font = themes.digits(view.font())
        font.setPointSizeF(max(font.pointSizeF() * 0.92, 7.0))
        view.setFont(font)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setCornerButtonEnabled(False)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setTabKeyNavigation(False)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(int(view.fontMetrics().height() * 1.45))
        self._fit_columns()
        view.selectionModel().currentRowChanged.connect(self._choose)
        self.model.modelReset.connect(self._mark)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.filter)
        column.addWidget(view)

    def dress(self, theme: themes.Theme) -> None:
        """Use another theme."""
        self.model.theme = theme
        self.filter.dress(theme)
        self.view.viewport().update()

    def show_frame(
        self,
        pairs: PairIndex | None,
        labels: dict[DatePair, PairLabel],
        drawn: dict[DatePair, int],
    ) -> None:
        """The pairs of another frame; ``drawn`` are the types in their masks, bit n for code n."""
        self._selected = self._wanted = self._only = None
        self.model.reset(pairs, labels, drawn)

    def want(
        self, wanted: Container[DatePair] | None, coherence: NDArray[Any] | None = None
    ) -> None:
        """Show these pairs of the frame only, None for all; the mean coherence of all."""
        self._wanted = wanted
        self._want(coherence)

    def narrow(self, only: Container[DatePair] | None) -> None:
        """Of the wanted pairs show these only; None for all of them."""
        self._only = only
        self._want(self.model.coherence)

    def _want(self, coherence: NDArray[Any] | None) -> None:
        wanted, only = self._wanted, self._only
        if wanted is None or only is None:
            both = wanted if only is None else only
        else:
            both = {p for p in self.model.pairs or () if p in wanted and p in only}
        if self.model.wants(both, coherence):
            return  # the list stays as it is, and where a person scrolled it
        self.model.want(both, coherence)
        self._show_coherence()

    def show_label(self, pair: DatePair, label: PairLabel) -> None:
        """The label of a pair changed."""
        self.model.set_label(pair, label)

    def show_drawn(self, pair: DatePair, drawn: int) -> None:
        """The masks of a pair hold other types."""
        self.model.set_drawn(pair, drawn)

    @property
    def fitting_width(self) -> int:
        """Width at which the table is seen; the coherence wants a little more."""
        return self._full_width - self._widths()[COHERENCE]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The coherence is shown where there is room for its figures."""
        super().resizeEvent(event)
        self._show_coherence()

    def _show_coherence(self) -> None:
        roomy = self.width() >= self._full_width
        self.view.setColumnHidden(COHERENCE, not (roomy and self.model.has_coherence))

    @property
    def _full_width(self) -> int:
        return sum(self._widths()) + self.view.verticalScrollBar().sizeHint().width()

    def select(self, pair: DatePair | None) -> None:
        """Mark the shown pair; tells nobody."""
        self._selected = pair
        self._mark()

    def shows(self, pair: DatePair) -> bool:
        """Whether the pair is in the list."""
        return self.model.row_of(pair) is not None

    @property
    def listed(self) -> tuple[DatePair, ...]:
        """The pairs in the list, in its order."""
        return tuple(self.model.shown())

    @property
    def marked(self) -> tuple[DatePair, ...]:
        """The pairs marked with Shift or Ctrl besides the shown one, in the order of the list."""
        rows = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        return tuple(self.model.pair_at(row) for row in rows)

    def step(self, pair: DatePair, n: int) -> DatePair | None:
        """The pair so many places on in the list; None beyond its ends."""
        return self.model.step(pair, n)

    def end(self, way: int) -> DatePair | None:
        """The first pair of the list (1) or the last one (-1)."""
        shown = self.model.rowCount()
        return self.model.pair_at(0 if way > 0 else shown - 1) if shown else None

    def next_unlabelled(self, pair: DatePair) -> DatePair | None:
        """The next pair of the list nobody judged, from here on and round; None when all are."""
        shown = self.model.shown()
        row = self.model.row_of(pair)
        at = 0 if row is None else row
        for candidate in (*shown[at + 1 :], *shown[:at]):
            label = self.model.labels.get(candidate)
            if label is None or not label.labelled:
                return candidate
        return None

    def _mark(self) -> None:
        """The current row is that of the shown pair."""
        row = self.model.row_of(self._selected)
        if row == self.view.currentIndex().row():
            return
        self._telling = False
        selection = self.view.selectionModel()
        if row is None:
            selection.clear()
        else:
            flags = QItemSelectionModel.SelectionFlag
            index = self.model.index(row, PRIMARY)
            selection.setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
            self.view.scrollTo(index)
        self._telling = True

    def _choose(self, current: QModelIndex) -> None:
        if self._telling and current.isValid():
            self.chosen.emit(self.model.pair_at(current.row()))

    def _widths(self) -> list[int]:
        metrics = self.view.fontMetrics()
        widest = ("0000-00-00", "0000-00-00", "0000", "−000", "0.00", "• Dyke")
        room = (10, 10, 6, 12, 14, 14)
        pairs = zip(widest, room, strict=True)
        return [20, *(metrics.horizontalAdvance(text) + more for text, more in pairs)]

    def _fit_columns(self) -> None:
        header = self.view.horizontalHeader()
        header.setMinimumSectionSize(20)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in enumerate(self._widths()):
            self.view.setColumnWidth(column, width)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setStretchLastSection(True)
        header.setSortIndicator(*self.model.sorted)
        self.view.setColumnHidden(COHERENCE, True)
        self.view.setSortingEnabled(True)
