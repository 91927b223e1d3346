"""What was done to the pair: every step, the newest on top, those taken back in grey."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from thalia_viewer import theme as themes
from thalia_viewer.bars import named

if TYPE_CHECKING:
    from thalia_core.annotate.session import StepInfo

_SHOWN = 500
"""Steps in the list; the journal keeps all."""


def describe(step: StepInfo) -> str:
    """A step in one line: when, what, how much."""
    what = [f"{step.pixels:,} px"] if step.pixels else []
    what += [", ".join(field.replace("_", " ") for field in step.fields)] if step.fields else []
    pairs = f" · {len(step.pairs)} pairs" if len(step.pairs) > 1 else ""
    amount = f" · {', '.join(what)}" if what else ""
    return f"{_clock(step.time)}  {step.name}{amount}{pairs}"


def _clock(time: object) -> str:
    """Hours and minutes of an ISO time or a datetime."""
    text = time.isoformat() if hasattr(time, "isoformat") else str(time)
    return text[11:16] if len(text) > 15 else text


class HistoryPanel(QWidget):
    """The steps of the shown pair, or of the frame."""

    scope_changed = Signal()

    def __init__(self, theme: themes.Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "panel.history", "History")
        self._theme = theme
        self.everything = QCheckBox("All pairs of the frame")
        named(self.everything, "history.everything", "History of all pairs")
        self.everything.toggled.connect(lambda _: self.scope_changed.emit())
        self.view = QListWidget()
        named(self.view, "history.steps", "Steps, newest first")
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.view.setUniformItemSizes(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.everything.setStyleSheet("padding: 5px 8px;")
        column.addWidget(self.everything)
        column.addWidget(self.view, 1)

    def dress(self, theme: themes.Theme) -> None:
        """Use another theme from the next showing on."""
        self._theme = theme

    def show_steps(self, steps: Sequence[StepInfo], empty: str = "") -> None:
        """Show the steps, given oldest first; a sentence where there are none."""
        self.view.clear()
        for step in reversed(steps[-_SHOWN:]):
            item = QListWidgetItem(describe(step))
            pairs = ", ".join(str(pair) for pair in step.pairs)
            undone = "" if step.active else "\ntaken back"
            item.setToolTip(f"{step.time}\n{step.name} by {step.by}\n{pairs}{undone}")
            if not step.active:
                item.setForeground(QColor(self._theme.faint))
                font = item.font()
                font.setStrikeOut(True)
                item.setFont(font)
            self.view.addItem(item)
        if not steps and empty:
            item = QListWidgetItem(empty)
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            item.setForeground(QColor(self._theme.muted))
            self.view.addItem(item)
