"""Text that a person saves under a name."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from thalia_viewer.files import write_file

if TYPE_CHECKING:
    from thalia_viewer.parts import Parts


def save_text(parts: Parts, title: str, name: str, text: str) -> None:
    """Ask where, then write on a thread.

    Args:
        parts: Everything the program is made of.
        title: Of the dialog.
        name: Of the file, as a proposal.
        text: What it will hold.
    """
    dialog = QFileDialog(parts.window, title)
    dialog.setObjectName("dialog.save_csv")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilter("CSV (*.csv)")
    dialog.setDefaultSuffix("csv")
    dialog.selectFile(name)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def write(chosen: str) -> None:
        path = Path(chosen)
        parts.chores.once(
            partial(write_file, path, text.encode()),
            lambda _: parts.errors.tell(f"Saved {path}.", key="csv"),
            lambda error: parts.errors.report(error, "saving a table", key="csv"),
        )

    dialog.fileSelected.connect(write)
    dialog.open()
