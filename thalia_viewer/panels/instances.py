"""The instances of the shown pair as a list, and what the checks find, both to click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDoubleSpinBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from thalia_core.annotate.instances import named as class_named
from thalia_viewer import theme as themes
from thalia_viewer.bars import DASH, named
from thalia_viewer.canvas.masks import CLASS_COLOURS, UNKNOWN_COLOUR
from thalia_viewer.strip import swatch

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from thalia_core.annotate.instances import Instance
    from thalia_core.annotate.lint import Finding

_MOST = 6
"""Rows that are seen without scrolling."""
_NOTHING = -0.05
_NUMBER = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list.

    Attributes:
        instance: What the record says.
        km2: Its area, square kilometres; None while it is being counted, 0 without pixels.
    """

    instance: Instance
    km2: float | None = None


class InstanceList(QWidget):
    """Number, class, area and confidence of each instance; the chosen one is painted."""

    chosen = Signal(int)
    """A person chose an instance: its number."""
    confidence_edited = Signal(int, object)
    """(number, 0 to 1 or None)."""
    finding_clicked = Signal(object)
    """A Finding."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "instances", "Instances of the pair")
        self._showing = False
        self.title = QLabel("Instances")
        self.title.setProperty("role", "muted")
        self.tools = QHBoxLayout()
        self.tools.setSpacing(2)
        self.view = self._tree()
        self.confidence = self._score()
        self.findings = self._found()
        self._findings: list[Finding] = []
        self._listed: object = None
        self._lay_out()

    def add_tool(self, action: QAction, text: str) -> None:
        """A button over the list."""
        button = QToolButton()
        named(button, f"instances.{action.objectName()}", action.text())
        button.setText(text)
        button.setToolTip(action.toolTip())
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setEnabled(action.isEnabled())
        button.clicked.connect(action.trigger)
        action.changed.connect(lambda: button.setEnabled(action.isEnabled()))
        self.tools.addWidget(button)

    @property
    def marked(self) -> list[int]:
        """Numbers of the rows that are marked, by number."""
        return sorted(int(item.data(0, _NUMBER)) for item in self.view.selectedItems())

    def show_rows(self, rows: Sequence[Row], current: int, painted: tuple[int, int]) -> None:
        """Show the instances; one that is not drawn yet stands last, in grey.

        Args:
            rows: The instances by number.
            current: The number that is painted.
            painted: Type and level that are painted, for one that is not drawn yet.
        """
        self._showing = True
        listed = (tuple(rows), current, painted, self.palette().cacheKey())
        if listed != self._listed or current not in self.marked:
            self._list(rows, current, painted)
            self._listed = listed
        found = next((row.instance for row in rows if row.instance.number == current), None)
        value = None if found is None else found.confidence
        self.confidence.setValue(_NOTHING if value is None else value)
        self.confidence.setEnabled(found is not None and self.isEnabled())
        self._showing = False

    def _list(self, rows: Sequence[Row], current: int, painted: tuple[int, int]) -> None:
        marked = set(self.marked) if current in self.marked else {current}
        self.view.clear()
        for row in rows:
            self._add(row, marked, current)
        if all(row.instance.number != current for row in rows):
            self._add_new(current, painted)
        shown = min(max(self.view.topLevelItemCount(), 1), _MOST)
        height = self.view.sizeHintForRow(0) if self.view.topLevelItemCount() else 20
        self.view.setFixedHeight(shown * height + 2 * self.view.frameWidth() + 2)

    def show_findings(self, findings: Sequence[Finding], words: Mapping[str, str]) -> None:
        """Show what the checks found; ``words`` says what a kind means."""
        self._findings = list(findings)
        self.findings.clear()
        for finding in findings:
            item = QListWidgetItem(finding.text[:1].upper() + finding.text[1:])
            item.setToolTip(words.get(finding.kind, finding.kind))
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, words.get(finding.kind, ""))
            self.findings.addItem(item)
        self.findings.setVisible(bool(findings))
        self._fit_findings()

    def resizeEvent(self, event: object) -> None:
        """Wrapped findings need another height."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._fit_findings()

    def _fit_findings(self) -> None:
        view, metrics = self.findings, self.fontMetrics()
        width = max(view.viewport().width() - 14, 40)
        total = 0
        for n in range(view.count()):
            area = metrics.boundingRect(
                0, 0, width, 1000, int(Qt.TextFlag.TextWordWrap), view.item(n).text()
            )
            view.item(n).setSizeHint(QSize(width, area.height() + 6))
            total += area.height() + 6
        view.setFixedHeight(min(total, 150) + 2 * view.frameWidth() + 2)

    def _add(self, row: Row, marked: set[int], current: int) -> None:
        one = row.instance
        area = "no mask" if row.km2 == 0 else DASH if row.km2 is None else f"{row.km2:,.1f} km²"
        sure = "" if one.confidence is None else f"{one.confidence:.2f}"
        texts = [str(one.number), class_named(*one.kind), area, sure]
        item = self._item(texts, one.number, one.activity)
        self.view.addTopLevelItem(item)
        item.setSelected(one.number in marked)
        if one.number == current:
            self.view.setCurrentItem(item, 0, self.view.selectionModel().SelectionFlag.NoUpdate)

    def _add_new(self, number: int, painted: tuple[int, int]) -> None:
        item = self._item([str(number), class_named(*painted), "new", ""], number, painted[0])
        for column in range(4):
            item.setForeground(column, self.palette().placeholderText())
        self.view.addTopLevelItem(item)
        item.setSelected(True)
        self.view.setCurrentItem(item, 0, self.view.selectionModel().SelectionFlag.NoUpdate)

    def _item(self, texts: list[str], number: int, activity: int) -> QTreeWidgetItem:
        item = QTreeWidgetItem(texts)
        item.setData(0, _NUMBER, number)
        item.setIcon(0, swatch(CLASS_COLOURS.get(activity, UNKNOWN_COLOUR)))
        for column in (2, 3):
            item.setTextAlignment(
                column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            )
            item.setFont(column, themes.digits(self.font()))
        return item

    def _choose(self) -> None:
        item = self.view.currentItem()
        if item is not None and not self._showing:
            self.chosen.emit(int(item.data(0, _NUMBER)))

    def _rate(self, value: float) -> None:
        item = self.view.currentItem()
        if item is not None and not self._showing:
            told = None if value < 0 else round(value, 4)
            self.confidence_edited.emit(int(item.data(0, _NUMBER)), told)

    def _click(self, item: QListWidgetItem) -> None:
        self.finding_clicked.emit(self._findings[self.findings.row(item)])

    def _tree(self) -> QTreeWidget:
        view = QTreeWidget()
        named(view, "instances.list", "Instances: number, class, area, confidence")
        view.setColumnCount(4)
        view.setHeaderHidden(True)
        view.setRootIsDecorated(False)
        view.setUniformRowHeights(True)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = view.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(20)
        for column in range(4):
            mode = QHeaderView.ResizeMode
            header.setSectionResizeMode(
                column, mode.Stretch if column == 1 else mode.ResizeToContents
            )
        view.currentItemChanged.connect(self._choose)
        return view

    def _score(self) -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        named(box, "instances.confidence", "Confidence of the instance, 0 to 1")
        box.setToolTip("How sure one is of the chosen instance, 0 to 1")
        box.setRange(_NOTHING, 1.0)
        box.setSingleStep(0.05)
        box.setDecimals(2)
        box.setSpecialValueText(DASH)
        box.setKeyboardTracking(False)
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        box.valueChanged.connect(self._rate)
        return box

    def _found(self) -> QListWidget:
        view = QListWidget()
        named(view, "instances.findings", "What the checks find in this pair")
        view.setWordWrap(True)
        view.setProperty("role", "findings")
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.itemClicked.connect(self._click)
        view.itemActivated.connect(self._click)
        view.hide()
        return view

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(0, 0, 0, 0)
        top.addWidget(self.title)
        top.addStretch(1)
        top.addLayout(self.tools)
        low = QHBoxLayout()
        low.setContentsMargins(0, 0, 0, 0)
        label = QLabel("Confidence of the instance")
        label.setProperty("role", "muted")
        label.setBuddy(self.confidence)
        low.addWidget(label)
        low.addStretch(1)
        low.addWidget(self.confidence)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self.view)
        column.addLayout(low)
        column.addWidget(self.findings)
