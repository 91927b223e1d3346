"""What was restored at opening: each step with a small picture, to keep or to take back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from thalia_viewer.bars import named
from thalia_viewer.wording import amount, when

if TYPE_CHECKING:
    from thalia_core.annotate.session import StepInfo
    from thalia_core.cube.pairs import DatePair

PICTURE = QSize(168, 112)
"""Size of a small picture in logical pixels."""
_ROWS = 4
"""Rows that are seen without scrolling."""


@dataclass(frozen=True, slots=True)
class Restored:
    """One restored step on one of its pairs.

    Attributes:
        step: The step.
        pair: The pair of the picture, the first of the step.
        picture: The pair's mask with the restored pixels marked; None where no pixel changed.
        words: What became of its fields.
    """

    step: StepInfo
    pair: DatePair
    picture: QImage | None
    words: str = ""


class RecoveryDialog(QDialog):
    """A calm list; closing it keeps everything.

    Args:
        rows: The restored steps, oldest first.
        stuck: Pairs with edits that cannot be restored, and why.
        parent: Owner.
    """

    shown = Signal(object)
    """The DatePair a person wants to see."""
    refused = Signal(object)
    """The StepInfo a person takes back (or, where it is taken back already, brings back)."""

    def __init__(
        self, rows: Sequence[Restored], stuck: Sequence[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        named(self, "dialog.recovery", "What was restored")
        self.setWindowTitle("What was restored")
        self._undo: dict[str, QPushButton] = {}
        self._said: dict[str, QLabel] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(self._head(len(rows)))
        if rows:
            column.addWidget(self._list(rows), 1)
        if stuck:
            column.addWidget(self._stuck(stuck))
        buttons = QDialogButtonBox()
        keep = buttons.addButton("Keep", QDialogButtonBox.ButtonRole.AcceptRole)
        named(keep, "recovery.keep", "Keep everything that was restored")
        keep.setDefault(True)
        buttons.accepted.connect(self.accept)
        column.addWidget(buttons)

    def show_step(self, step: StepInfo) -> None:
        """A step was taken back, or brought back again."""
        button, said = self._undo.get(step.id), self._said.get(step.id)
        if button is not None and said is not None:
            button.setText("Undo this one" if step.active else "Bring it back")
            said.setText("" if step.active else "taken back")

    def _head(self, count: int) -> QLabel:
        steps = "One step was" if count == 1 else f"{count} steps were"
        head = QLabel(
            f"<b>{steps} restored.</b><br>A program that edited this frame ended before it had "
            "saved everything. Its journal held the rest, which is in the cube now."
            if count
            else "<b>Some edits could not be restored.</b>"
        )
        head.setWordWrap(True)
        named(head, "recovery.head", "What happened")
        return head

    def _list(self, rows: Sequence[Restored]) -> QScrollArea:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(12)
        for row in rows:
            column.addLayout(self._row(row))
        column.addStretch(1)
        area = QScrollArea()
        named(area, "recovery.steps", "Restored steps")
        area.setWidget(body)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        shown = min(len(rows), _ROWS)
        area.setMinimumSize(QSize(600, shown * (PICTURE.height() + 12)))
        return area

    def _row(self, row: Restored) -> QHBoxLayout:
        step = row.step
        picture = QLabel()
        named(picture, f"recovery.picture.{step.id}", "The restored mask, its pixels dashed")
        picture.setFixedSize(PICTURE)
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        if row.picture is None:
            picture.setText("no mask changed")
            picture.setProperty("role", "small")
        else:
            pixmap = QPixmap.fromImage(row.picture)
            pixmap.setDevicePixelRatio(row.picture.width() / PICTURE.width())
            picture.setPixmap(pixmap)
        name = QLabel(step.name)
        name.setProperty("role", "title")
        pairs = (
            str(row.pair) if len(step.pairs) == 1 else f"{row.pair} and {len(step.pairs) - 1} more"
        )
        where, who = QLabel(pairs), QLabel(f"{step.by} · {when(step.time)} UTC")
        much = QLabel(amount(step))
        for label in (who, much):
            label.setProperty("role", "muted")
        words = QLabel(row.words)
        words.setProperty("role", "small")
        words.setWordWrap(True)
        words.setVisible(bool(row.words))
        text = QVBoxLayout()
        text.setSpacing(2)
        for label in (name, where, who, much, words):
            text.addWidget(label)
        text.addStretch(1)
        line = QHBoxLayout()
        line.setSpacing(14)
        line.addWidget(picture)
        line.addLayout(text, 1)
        line.addLayout(self._choices(row))
        return line

    def _choices(self, row: Restored) -> QVBoxLayout:
        step = row.step
        go = QPushButton("Go to pair")
        named(go, f"recovery.go.{step.id}", f"Show {row.pair}")
        go.setAutoDefault(False)
        go.clicked.connect(lambda: self.shown.emit(row.pair))
        undo = QPushButton()
        named(undo, f"recovery.undo.{step.id}", f"Take back {step.name}")
        undo.setAutoDefault(False)
        undo.clicked.connect(lambda: self.refused.emit(step))
        said = QLabel()
        said.setProperty("role", "small")
        said.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._undo[step.id], self._said[step.id] = undo, said
        self.show_step(step)
        column = QVBoxLayout()
        column.setSpacing(6)
        for widget in (go, undo, said):
            column.addWidget(widget)
        column.addStretch(1)
        return column

    @staticmethod
    def _stuck(stuck: Sequence[str]) -> QLabel:
        lines = "<br>".join(f"&nbsp;&nbsp;• {line}" for line in stuck)
        label = QLabel(
            f"<b>Not restored:</b><br>{lines}<br>These edits stay in the journal and are tried "
            "again whenever the frame is opened. <i>thalia check</i> names the damaged files: put "
            "them back from a backup, or repair the cube, and open it again."
        )
        named(label, "recovery.stuck", "What could not be restored, why, and what to do")
        label.setWordWrap(True)
        label.setMinimumWidth(600)
        return label
