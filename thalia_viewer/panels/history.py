"""What was done to the pair: a timeline, every step with the newest on top, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from thalia_viewer import theme as themes
from thalia_viewer.bars import named
from thalia_viewer.panels.history_line import Timeline
from thalia_viewer.panels.steps import STEP, StepDelegate, StepModel, colours_of

if TYPE_CHECKING:
    from thalia_core.annotate.session import StepInfo

_EVERYBODY = "Everybody"


class HistoryPanel(QWidget):
    """The steps of the shown pair, or of the frame."""

    scope_changed = Signal()
    chosen = Signal(object)
    """The StepInfo whose version a person wants to see; None for before the first step."""

    def __init__(self, theme: themes.Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "panel.history", "History")
        self._theme = theme
        self._steps: tuple[StepInfo, ...] = ()
        self._stale = False
        self.everything = QCheckBox("All pairs")
        named(self.everything, "history.everything", "History of all pairs of the frame")
        self.everything.setToolTip("Steps on all pairs of the frame, not only on the shown one")
        self.everything.toggled.connect(lambda _: self.scope_changed.emit())
        self.people = QComboBox()
        named(self.people, "history.people", "Whose steps are listed")
        self.people.setToolTip("Whose steps are listed")
        self.people.addItem(_EVERYBODY)
        self.people.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.people.activated.connect(lambda _: self._refresh())
        self.timeline = Timeline(theme)
        self.timeline.chosen.connect(self.chosen)
        self.model = StepModel()
        self.view = self._list()
        self.delegate = StepDelegate(theme, self.view)
        self.view.setItemDelegate(self.delegate)
        self.empty = QLabel()
        named(self.empty, "history.empty", "Why no step is listed")
        self.empty.setProperty("role", "muted")
        self.empty.setContentsMargins(8, 6, 8, 6)
        self._buttons = QHBoxLayout()
        self._lay_out()

    @property
    def listed(self) -> tuple[StepInfo, ...]:
        """The steps that are listed, oldest first."""
        if self._stale:
            self._refresh()
        return tuple(reversed(self.model.steps))

    def add_actions(self, *actions: QAction, hides: bool = False) -> None:
        """Buttons below the list; some are there only while they can be used."""
        for action in actions:
            button = QToolButton()
            named(button, f"history.button.{action.objectName()}", action.text())
            button.setDefaultAction(action)
            style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
            button.setToolButtonStyle(style)
            if hides:
                button.setVisible(action.isEnabled())
                action.enabledChanged.connect(button.setVisible)
            self._buttons.insertWidget(self._buttons.count() - 1, button)

    def dress(self, theme: themes.Theme) -> None:
        """Use another theme."""
        self._theme = self.delegate.theme = theme
        self.timeline.dress(theme)
        self.view.viewport().update()

    def show_steps(self, steps: Sequence[StepInfo], empty: str = "") -> None:
        """Show the steps, given oldest first; a sentence where there are none."""
        self._steps = tuple(steps)
        self.empty.setText(empty)
        if self.isVisible():
            self._refresh()
        else:
            self._stale = True  # a stroke must not wait for a list that nobody sees

    def showEvent(self, event: QShowEvent) -> None:
        """What came while it was hidden."""
        super().showEvent(event)
        if self._stale:
            self._refresh()

    def mark(self, step: StepInfo | None, shown: bool) -> None:
        """Mark the version that is shown, None for before the first step; or none at all."""
        identifier = step.id if step is not None else None
        row = self.model.row_of(identifier) if shown else -1
        self.timeline.mark(identifier if shown else None)
        selection = self.view.selectionModel()
        if row < 0:
            selection.clear()
        else:
            self.view.setCurrentIndex(self.model.index(row))
            self.view.scrollTo(self.model.index(row))

    def _refresh(self) -> None:
        self._stale = False
        self._list_people(sorted({step.by for step in self._steps}))
        who = self.people.currentText() if self.people.currentIndex() > 0 else None
        steps = [step for step in self._steps if who is None or step.by == who]
        self.model.show_steps(steps, beginning=not self.everything.isChecked() and who is None)
        self.timeline.show_steps(steps, self.delegate.people)
        self.timeline.setVisible(bool(steps))
        self.empty.setVisible(not steps and bool(self.empty.text()))

    def _list_people(self, people: list[str]) -> None:
        known = [self.people.itemText(n) for n in range(1, self.people.count())]
        if people == known:
            return
        self.delegate.people = colours_of(people)
        chosen = self.people.currentText()
        self.people.clear()
        self.people.addItem(_EVERYBODY)
        for name in people:
            self.people.addItem(_dot(self.delegate.people[name]), name)
        self.people.setCurrentIndex(max(self.people.findText(chosen), 0))
        self.people.setVisible(len(people) > 1)

    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(index.data(STEP))

    def _list(self) -> QTreeView:
        view = QTreeView()  # a list lays out every row, a tree those that are seen
        named(view, "history.steps", "Steps, newest first")
        view.setModel(self.model)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setUniformRowHeights(True)
        view.setRootIsDecorated(False)
        view.setItemsExpandable(False)
        view.setHeaderHidden(True)
        view.setMouseTracking(True)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.clicked.connect(self._choose)
        view.activated.connect(self._choose)
        return view

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 8, 2)
        head.setSpacing(10)
        head.addWidget(self.everything)
        head.addWidget(self.people, 1)
        self._buttons.setContentsMargins(4, 2, 4, 3)
        self._buttons.setSpacing(2)
        self._buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.timeline)
        column.addWidget(self.empty)
        column.addWidget(self.view, 1)
        column.addLayout(self._buttons)
        self.people.hide()


def _dot(colour: QColor) -> QIcon:
    pixmap = QPixmap(QSize(32, 32))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(8, 8, 16, 16)
    painter.end()
    return QIcon(pixmap)
