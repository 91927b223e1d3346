"""Which pairs go on a contact sheet, and how; then how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QProgressBar,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from thalia_core.cube.pairs import DatePair
from thalia_viewer.bars import named
from thalia_viewer.contact import MOST
from thalia_viewer.table import LAYER_TITLES

_KINDS = ("PNG, one picture (*.png)", "PDF, pages of A4 across (*.pdf)")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for."""

    pairs: tuple[DatePair, ...]
    note: str
    layer: str
    columns: int
    masks: bool
    path: Path


class ContactDialog(QDialog):
    """Asks, then shows progress; it draws nothing itself.

    Args:
        choices: Pairs to choose from, by what they are.
        layers: Layers of the frame.
        layer: The one that is shown.
        name: Proposed name of the file, without its ending.
        folder: Where files were saved last.
        parent: Owner.
    """

    asked = Signal(object)
    """Make it: a Wish."""
    stopped = Signal()
    """A person has had enough of it."""

    def __init__(
        self,
        choices: Mapping[str, tuple[DatePair, ...]],
        layers: tuple[str, ...],
        layer: str,
        name: str,
        folder: Path,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        named(self, "dialog.contact", "Contact sheet")
        self.setWindowTitle("Contact sheet")
        self._choices, self._name, self._folder = choices, name, folder
        self._going = False
        self.which = QComboBox()
        for text, pairs in choices.items():
            self.which.addItem(f"{text}: {len(pairs):,}", text)
        self.layer = QComboBox()
        for known in layers:
            self.layer.addItem(LAYER_TITLES[known], known)
        self.layer.setCurrentIndex(self.layer.findData(layer))
        self.columns = QSpinBox()
        self.columns.setRange(1, 12)
        self.columns.setValue(6)
        self.masks = QCheckBox("Outline the masks")
        self.masks.setChecked(True)
        self.told = QLabel()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.hide()
        self._buttons = QDialogButtonBox()
        self.save = self._buttons.addButton("Save…", QDialogButtonBox.ButtonRole.AcceptRole)
        self.stop = self._buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        self._name_all()
        self._lay_out()
        self._buttons.accepted.connect(self._ask)
        self._buttons.rejected.connect(self.reject)
        self.which.currentIndexChanged.connect(lambda _: self._tell())
        self.columns.valueChanged.connect(lambda _: self._tell())
        self._tell()

    @property
    def pairs(self) -> tuple[DatePair, ...]:
        """The pairs that go on the sheet."""
        return self._choices[self.which.currentData()][:MOST]

    def save_to(self, path: Path) -> None:
        """Have it made."""
        self._going = True
        for part in (self.which, self.layer, self.columns, self.masks, self.save):
            part.setEnabled(False)
        self.progress.setRange(0, len(self.pairs))
        self.progress.show()
        note = f"{self.which.currentData()}: {len(self.pairs):,}"
        layer, columns = self.layer.currentData(), self.columns.value()
        self.asked.emit(Wish(self.pairs, note, layer, columns, self.masks.isChecked(), path))

    def show_progress(self, done: int) -> None:
        """So many pairs are read."""
        self.progress.setValue(done)
        total = self.progress.maximum()
        self.told.setText(f"{done:,} of {total:,} pairs" if done < total else "Writing the file…")

    def reject(self) -> None:
        """Close; what is under way is stopped."""
        if self._going:
            self.stopped.emit()
        super().reject()

    def _ask(self) -> None:
        dialog = QFileDialog(self, "Save the contact sheet")
        dialog.setObjectName("dialog.save_contact")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(_KINDS))
        dialog.setDefaultSuffix("png")
        dialog.filterSelected.connect(
            lambda kind: dialog.setDefaultSuffix("pdf" if kind == _KINDS[1] else "png")
        )
        dialog.setDirectory(str(self._folder))
        dialog.selectFile(self._name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda chosen: self.save_to(Path(chosen)))
        dialog.open()

    def _tell(self) -> None:
        found, columns = len(self._choices[self.which.currentData()]), self.columns.value()
        rows = ceil(min(found, MOST) / columns)
        if found > MOST:
            text = (
                f"A sheet holds {MOST} pairs: the first {MOST} of {found:,} in the order of the "
                "list. Narrow the filter for the others."
            )
        else:
            text = f"{rows:,} rows of {min(columns, found)}" if rows > 1 else "One row"
        self.told.setText(text)
        self.save.setEnabled(found > 0)

    def _name_all(self) -> None:
        for widget, name, title, tip in (
            (self.which, "contact.pairs", "Pairs", "Which pairs go on the sheet"),
            (self.layer, "contact.layer", "Layer", "What the small pictures show"),
            (self.columns, "contact.columns", "Columns", "Small pictures side by side (count)"),
            (self.masks, "contact.masks", "Outline the masks", "Masks as lines in class colours"),
            (self.progress, "contact.progress", "Progress", "Pairs that are read"),
            (self.save, "contact.save", "Save", "Choose a file, PNG or PDF, and make the sheet"),
            (self.stop, "contact.cancel", "Cancel", "Make no sheet; stop the one under way"),
            (self.told, "contact.told", "What will be made", "How large the sheet will be"),
        ):
            named(widget, name, title)
            widget.setToolTip(tip)
        self.told.setProperty("role", "small")
        self.told.setWordWrap(True)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.addRow("Pairs", self.which)
        form.addRow("Layer", self.layer)
        form.addRow("Columns", self.columns)
        form.addRow("", self.masks)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(self.told)
        column.addWidget(self.progress)
        column.addWidget(self._buttons)
        self.setMinimumWidth(self.fontMetrics().height() * 26)
