"""The events of a frame over its dates, what they say of its pairs, and labels that hardly fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
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

from thalia_viewer import theme as themes
from thalia_viewer.bars import named
from thalia_viewer.canvas.masks import CLASS_COLOURS, UNKNOWN_COLOUR
from thalia_viewer.flow import FlowLayout
from thalia_viewer.panels.timeline import Timeline

if TYPE_CHECKING:
    from thalia_core.annotate.events import Event, Expected
    from thalia_core.annotate.temporal import Finding
    from thalia_core.cube.pairs import DatePair
    from thalia_viewer.happenings import Survey

_LEAST_HEIGHT = 190
_COLUMNS = ("Event", "Type", "Onset", "End", "Motion", "This pair")
_LOOKS = {
    "HIGH": "High",
    "MEDIUM": "Medium",
    "LOW": "Low",
    "EARTHQUAKE": "earthquake",
    "FAINT": "too faint",
    "NOTHING": "no deformation",
}
_SHORT = {
    "longer": "nothing drawn, but on a shorter pair",
    "parts": "drawn, but not on its halves",
    "date": "drawn on the pairs of this date only",
}


class EventsPanel(QWidget):
    """A timeline; below it the events with what one does with them, and the list to go through.

    Args:
        actions: New, change, remove, then label all and take back.
        steps: Previous and next of the list to go through.
        theme: Colours.
    """

    chosen = Signal(str)
    """Identifier of an event."""
    change_asked = Signal()
    """A double click on the chosen event."""
    finding_chosen = Signal(int)
    """The number of a finding in the list."""
    looked = Signal(str, bool)
    """(key of a finding, whether it has been looked at)."""

    def __init__(
        self, actions: Sequence[QAction], steps: Sequence[QAction], theme: themes.Theme
    ) -> None:
        super().__init__()
        named(self, "panel.events", "Events")
        self.setMinimumHeight(_LEAST_HEIGHT)
        self._theme = theme
        self._findings: tuple[Finding, ...] = ()
        self.timeline = Timeline(theme)
        self.timeline.chosen.connect(self.chosen)
        self.list = self._make_list()
        self.summary = _sentence("events.summary", "What the events say of the pairs")
        self.told = _sentence("events.told", "What was done")
        self.findings = QListWidget()
        named(self.findings, "events.findings", "Labels that hardly go together")
        self.findings.setUniformItemSizes(True)
        self.findings.currentRowChanged.connect(self._finding_moved)
        self.findings.itemChanged.connect(self._finding_looked)
        self.heading = QLabel()
        self.heading.setWordWrap(True)
        named(self.heading, "events.heading", "Labels that hardly go together in time")
        self.words = _sentence("events.words", "What was found")
        self._lay_out(actions, steps)
        self.show_survey(None, "", frozenset())

    def dress(self, theme: themes.Theme) -> None:
        """Use another theme."""
        self._theme = theme
        self.timeline.dress(theme)

    def show_survey(self, found: Survey | None, chosen: str, looked: frozenset[str]) -> None:
        """Other events, or other labels."""
        events = () if found is None else found.events
        self.timeline.show_events(events, chosen)
        self.list.blockSignals(True)
        self.list.clear()
        for event in events:
            item = QTreeWidgetItem(_row(event))
            item.setData(0, Qt.ItemDataRole.UserRole, event.id)
            item.setIcon(0, _dot(event))
            item.setToolTip(0, f"{event.notes}\nby {event.by}, {event.time}".strip())
            self.list.addTopLevelItem(item)
            if event.id == chosen:
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        self.summary.setText(_summary(found))
        self._show_findings(() if found is None else found.findings, looked)

    def show_parts(self, parts: Mapping[str, Expected]) -> None:
        """What the shown pair is expected to show of each event."""
        for n in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(n)
            assert item is not None
            part = parts.get(item.data(0, Qt.ItemDataRole.UserRole))
            item.setText(5, "\N{EN DASH}" if part is None else _part(part))

    def show_pair(self, pair: DatePair | None) -> None:
        """Another pair."""
        self.timeline.show_pair(pair)

    def show_told(self, text: str) -> None:
        """What is going on, or was done."""
        self.told.setText(text)
        self.told.setVisible(bool(text))

    def choose_finding(self, number: int) -> None:
        """Mark a finding and say what it is."""
        self.findings.setCurrentRow(number)

    @property
    def finding(self) -> int:
        """The number of the marked finding; -1 for none."""
        return self.findings.currentRow()

    # Inside

    def _make_list(self) -> QTreeWidget:
        view = QTreeWidget()
        named(view, "events.list", "Events of the frame")
        view.setHeaderLabels(_COLUMNS)
        view.setRootIsDecorated(False)
        view.setUniformRowHeights(True)
        view.setIconSize(QSize(11, 11))
        header = view.header()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        view.currentItemChanged.connect(self._event_moved)
        view.itemDoubleClicked.connect(lambda *_: self.change_asked.emit())
        return view

    def _lay_out(self, actions: Sequence[QAction], steps: Sequence[QAction]) -> None:
        left = QVBoxLayout()
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(3)
        left.addWidget(self.list, 1)
        left.addWidget(self.summary)
        left.addWidget(self.told)
        left.addLayout(_buttons("events", actions))
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(3)
        right.addWidget(self.heading)
        right.addWidget(self.findings, 1)
        right.addWidget(self.words)
        right.addLayout(_buttons("events", steps))
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 6)
        row.setSpacing(14)
        row.addLayout(left, 5)
        row.addLayout(right, 4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.timeline)
        column.addLayout(row, 1)

    def _show_findings(self, findings: tuple[Finding, ...], looked: frozenset[str]) -> None:
        if findings != self._findings:
            row = self.findings.currentRow()
            key = self._findings[row].key if 0 <= row < len(self._findings) else ""
            self._findings = findings
            self.findings.blockSignals(True)
            self.findings.clear()
            for n, finding in enumerate(findings):
                item = QListWidgetItem(_line(finding))
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setToolTip(finding.words)
                self.findings.addItem(item)
                if finding.key == key:
                    self.findings.setCurrentRow(n)
            self.findings.blockSignals(False)
        self._mark(looked)
        self._say()

    def _mark(self, looked: frozenset[str]) -> None:
        self.findings.blockSignals(True)
        for n, finding in enumerate(self._findings):
            item = self.findings.item(n)
            done = finding.key in looked
            item.setCheckState(Qt.CheckState.Checked if done else Qt.CheckState.Unchecked)
            item.setForeground(QColor(self._theme.muted if done else self._theme.text))
        self.findings.blockSignals(False)
        left = sum(finding.key not in looked for finding in self._findings)
        self.heading.setText(
            f"Labels that hardly go together in time: {left} of {len(self._findings)} to look at"
            if self._findings
            else "No labels that hardly go together in time"
        )

    def _say(self) -> None:
        row = self.findings.currentRow()
        known = 0 <= row < len(self._findings)
        self.words.setText(self._findings[row].words if known else "")
        self.words.setVisible(known)

    def _event_moved(self, item: QTreeWidgetItem | None, _before: object) -> None:
        if item is not None:
            self.chosen.emit(item.data(0, Qt.ItemDataRole.UserRole))

    def _finding_moved(self, row: int) -> None:
        self._say()
        if row >= 0:
            self.finding_chosen.emit(row)

    def _finding_looked(self, item: QListWidgetItem) -> None:
        row = self.findings.row(item)
        done = item.checkState() == Qt.CheckState.Checked
        self.looked.emit(self._findings[row].key, done)


def _row(event: Event) -> list[str]:
    sign = f"{event.towards_cm:+.1f}".replace("-", "\N{MINUS SIGN}")
    end = "at once" if event.end == event.onset else str(event.end)
    return [
        event.name,
        event.activity.name.capitalize(),
        str(event.onset),
        end,
        f"{sign} cm · {event.fringes:.1f} fringes",
        "",
    ]


def _part(part: Expected) -> str:
    amount = f"{part.fringes:.1f} fringes"
    if not part.visible:
        return f"{amount}, too faint"
    return f"{amount}, {part.intensity.name.capitalize()}" if part.intensity else amount


def _summary(found: Survey | None) -> str:
    if found is None or not found.events:
        return (
            "No event yet: draw what you see on one pair, then make an event of it. Every pair "
            "that spans it gets its mask and label."
        )
    counts = {look.name: count for look, count in found.looks.items()}
    parts = [f"{counts[name]:,} {word}" for name, word in _LOOKS.items() if counts.get(name)]
    left = len(found.labelled)
    alone = f" Labelled already and left alone: {left:,}." if left else ""
    if not parts:
        return f"No pair is left that nobody labelled.{alone}"
    return f"Of {found.free:,} pairs that nobody labelled: {', '.join(parts)}.{alone}"


def _line(finding: Finding) -> str:
    pair = finding.pairs[0]
    about = finding.day or f"{pair.primary} \N{RIGHTWARDS ARROW} {pair.secondary}"
    return f"{about}   {_SHORT[finding.kind]}"


def _dot(event: Event) -> QIcon:
    picture = QPixmap(22, 22)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor("#777777"))
    painter.setBrush(QColor(CLASS_COLOURS.get(int(event.activity), UNKNOWN_COLOUR)))
    painter.drawRoundedRect(2, 2, 18, 18, 4, 4)
    painter.end()
    return QIcon(picture)


def _sentence(name: str, title: str) -> QLabel:
    text = QLabel()
    named(text, name, title)
    text.setWordWrap(True)
    text.setProperty("role", "muted")
    return text


def _buttons(name: str, actions: Sequence[QAction]) -> FlowLayout:
    """Buttons in as many rows as they need: the window may be narrow."""
    flow = FlowLayout(spacing=4)
    for action in actions:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        named(button, f"{name}.button.{action.objectName()}", action.text())
        flow.addWidget(button)
    return flow
