"""Edits as a file: which go out; what comes in, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHeaderView,
    QLabel,
    QListWidget,
    QProgressBar,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from thalia_core.cube.pairs import DatePair
from thalia_viewer.bars import named
from thalia_viewer.wording import counted

if TYPE_CHECKING:
    from thalia_core.annotate.exchange import Share
    from thalia_core.annotate.merging import Merged, Plan

KINDS = "Edits (*.edits)"
_COLUMNS = ("Who", "Steps", "Pairs", "Pixels", "When (UTC)")
_NUMBER = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_ROWS = 6
"""Rows of the table and the list that are seen without scrolling."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a person wants in the file: whose steps, on which pairs; empty for all."""

    by: str
    pairs: tuple[DatePair, ...]
    path: Path


class SharesTable(QTreeWidget):
    """Who did how much, a row for each person."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "exchange.shares", "Who did how much")
        self.setToolTip("Steps, pairs, painted pixels (count), first and last day of each person")
        self.setHeaderLabels(_COLUMNS)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.header().setStretchLastSection(True)
        for column in (1, 2, 3):
            self.headerItem().setTextAlignment(column, _NUMBER)

    def show_shares(self, shares: Sequence[Share]) -> None:
        """Show these."""
        self.clear()
        for share in shares:
            numbers = (f"{share.steps:,}", f"{share.pairs:,}", f"{share.pixels:,}")
            item = QTreeWidgetItem([share.by, *numbers, _days(share.first, share.last)])
            for column in (1, 2, 3):
                item.setTextAlignment(column, _NUMBER)
            self.addTopLevelItem(item)
        rows = min(max(len(shares), 2), _ROWS)
        line = self.fontMetrics().height() + 10
        self.setFixedHeight(self.header().sizeHint().height() + rows * line)


class ExportDialog(QDialog):
    """Asks whose steps go out, and where to; ``asked`` carries an Outgoing.

    Args:
        shares: What there is.
        pair: The pair that is shown.
        name: Proposed name of the file.
        folder: Where files were saved last.
        parent: Owner.
    """

    asked = Signal(object)

    def __init__(
        self,
        shares: Sequence[Share],
        pair: DatePair,
        name: str,
        folder: Path,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        named(self, "dialog.export_edits", "Export edits")
        self.setWindowTitle("Export edits")
        self._name, self._folder = name, folder
        self.by, self.pairs = QComboBox(), QComboBox()
        self.by.addItem("everybody", "")
        for share in shares:
            self.by.addItem(f"{share.by}: {counted(share.steps, 'step')}", share.by)
        self.pairs.addItem("all pairs of the frame", ())
        self.pairs.addItem(f"this pair, {pair}", (pair,))
        named(self.by, "exchange.by", "Whose steps")
        self.by.setToolTip("Steps in which this person had a hand, with their undo and redo")
        named(self.pairs, "exchange.pairs", "Which pairs")
        self.pairs.setToolTip("Steps that touch them, whole")
        table = SharesTable()
        table.show_shares(shares)
        note = QLabel(
            "The file holds edits only, no pictures. Import edits… brings it into another copy of "
            "this cube, with who made each edit and when."
        )
        note.setProperty("role", "small")
        note.setWordWrap(True)
        buttons = QDialogButtonBox()
        save = buttons.addButton("Save…", QDialogButtonBox.ButtonRole.AcceptRole)
        cancel = buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        named(save, "exchange.save", "Choose a file and save the edits")
        named(cancel, "exchange.cancel", "Cancel: nothing is written")
        save.setEnabled(bool(shares))
        buttons.accepted.connect(self._ask)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.addRow("Whose", self.by)
        form.addRow("Pairs", self.pairs)
        _lay_out(self, table, form, note, buttons)

    def save_to(self, path: Path) -> None:
        """Have it written."""
        self.asked.emit(Outgoing(self.by.currentData(), self.pairs.currentData(), path))
        self.accept()

    def _ask(self) -> None:
        dialog = QFileDialog(self, "Export edits")
        dialog.setObjectName("dialog.save_edits")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(KINDS)
        dialog.setDefaultSuffix("edits")
        dialog.setDirectory(str(self._folder))
        dialog.selectFile(self._name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda chosen: self.save_to(Path(chosen)))
        dialog.open()


class ImportDialog(QDialog):
    """Shows what a file would bring, then how far it is, then what was kept out.

    Args:
        plan: What importing would do.
        made: When the file was made.
        parent: Owner.
    """

    asked = Signal()
    """Bring it in."""

    def __init__(self, plan: Plan, made: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "dialog.import_edits", "Import edits")
        self.setWindowTitle(f"Import edits: {plan.path.name}")
        self.table = SharesTable()
        self.table.show_shares(plan.shares)
        self.told = QLabel(_before(plan, made))
        named(self.told, "exchange.told", "What will be imported")
        self.told.setWordWrap(True)
        self.told.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.progress = QProgressBar()
        named(self.progress, "exchange.progress", "Records that are in the cube")
        self.progress.setRange(0, max(len(plan.new), 1))
        self.progress.setTextVisible(False)
        self.progress.hide()
        self.conflicts = QListWidget()
        named(self.conflicts, "exchange.conflicts", "What was kept out, and why")
        self.conflicts.setToolTip("Pixels and fields of the file that did not go in")
        self.conflicts.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.conflicts.setWordWrap(True)
        self.conflicts.hide()
        buttons = QDialogButtonBox()
        self.start = buttons.addButton("Import", QDialogButtonBox.ButtonRole.AcceptRole)
        self.leave = buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        named(self.start, "exchange.import", "Bring the edits into the cube")
        named(self.leave, "exchange.close", "Close")
        self.start.setEnabled(bool(plan.new))
        buttons.accepted.connect(self._begin)
        buttons.rejected.connect(self.reject)
        _lay_out(self, self.told, self.table, self.progress, self.conflicts, buttons)
        self._fit()

    def show_progress(self, done: int) -> None:
        """So many records are in."""
        self.progress.setValue(done)

    def show_failed(self, why: str) -> None:
        """It stopped; what went in stays."""
        self.progress.hide()
        self.told.setText(f"{why}\n\nWhat went in stays in; importing the file again goes on.")
        self._fit()
        self.start.setEnabled(True)
        self.leave.setText("Close")

    def show_merged(self, merged: Merged) -> None:
        """It is all in."""
        self.progress.hide()
        self.start.hide()
        self.leave.setText("Close")
        self.told.setText(_after(merged))
        for conflict in merged.conflicts:
            who = f"{conflict.record.name} by {conflict.record.by}"
            pixels = sum(patch.pixels for patch in conflict.edit.masks)
            parts = [f"{pixels:,} pixels"] if pixels else []
            parts += [patch.field.replace("_", " ") for patch in conflict.edit.fields]
            where = ", ".join(map(str, conflict.edit.pairs))
            self.conflicts.addItem(f"{where}   {who}: {', '.join(parts)}")
        self.conflicts.setVisible(bool(merged.conflicts))
        self.table.hide()
        self._fit()

    def _fit(self) -> None:
        """As high as the text at this width; a wrapped label alone would be cut off."""
        line = self.fontMetrics().height()
        inside = max(self.width(), self.minimumWidth()) - 36
        self.told.setFixedHeight(self.told.heightForWidth(inside) + 2)
        self.conflicts.setFixedHeight(min(max(self.conflicts.count(), 3), 12) * (line + 6) + 8)
        self.adjustSize()

    def _begin(self) -> None:
        self.start.setEnabled(False)
        self.progress.show()
        self.asked.emit()


def _before(plan: Plan, made: str) -> str:
    when, count = made[:16].replace("T", " "), counted(len(plan.new), "edit")
    lines = [f"Made {when} UTC. New here: {count} of {counted(len(plan.pairs), 'pair')}."]
    if not plan.new:
        lines = ["There is nothing new in this file."]
    if plan.known:
        lines.append(f"{plan.known:,} are here already and are passed over.")
    if plan.elsewhere:
        named_pairs = ", ".join(map(str, plan.elsewhere[:3]))
        more = " and others" if len(plan.elsewhere) > 3 else ""
        lines.append(f"Left out, as this cube has no such pairs: {named_pairs}{more}.")
    if plan.headless:
        lines.append(f"Left out: {plan.headless} undos of steps that are not here.")
    if plan.contested:
        lines.append(
            f"{plan.contested:,} pixels and fields were changed here, too: what is here stays, "
            "and each is listed afterwards."
        )
    return "\n".join(lines)


def _after(merged: Merged) -> str:
    text = (
        f"Imported {counted(merged.records, 'edit')} of {counted(len(merged.pairs), 'pair')}. "
        "They stand in the history and can be undone."
    )
    if not merged.conflicts:
        return f"{text}\nNothing was kept out."
    return (
        f"{text}\nKept out, because the same pixels or fields were changed here, too. What was "
        "here stands; where the other is right, paint it again:"
    )


def _days(first: str, last: str) -> str:
    one, other = first[:10], last[:10]
    return one if one == other else f"{one} – {other}"


def _lay_out(dialog: QDialog, *parts: QWidget | QFormLayout) -> None:
    column = QVBoxLayout(dialog)
    column.setContentsMargins(18, 16, 18, 14)
    column.setSpacing(12)
    for part in parts:
        if isinstance(part, QWidget):
            column.addWidget(part)
        else:
            column.addLayout(part)
    dialog.setMinimumWidth(dialog.fontMetrics().height() * 32)
