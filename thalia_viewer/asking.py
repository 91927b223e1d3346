"""Every question in a window of its own: what opens it, and where the answer goes."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox

if TYPE_CHECKING:
    from thalia_viewer.parts import Parts


class Asking(QObject):
    """Opens dialogs. None has an event loop of its own: the window goes on living behind it.

    Args:
        parts: Everything the program is made of.
        parent: Owner.
    """

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._p = parts

    def archive(self) -> None:
        """Which archive or cube to open."""
        dialog = QFileDialog(self._p.window, "Open an archive or a cube")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setDirectory(str(self._p.state.root or Path.home()))
        dialog.fileSelected.connect(lambda name: self._p.opener.open(Path(name)))
        self._open(dialog, "dialog.open")

    def picture(self) -> None:
        """Where to save a picture of the window."""
        dialog = QFileDialog(self._p.window, "Save a picture of the window")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("PNG (*.png)")
        dialog.setDefaultSuffix("png")
        dialog.fileSelected.connect(self._save_picture)
        self._open(dialog, "dialog.picture")

    def train(self) -> None:
        """What to train; the run is started with the answer."""
        from thalia_core.learn.config import TrainConfig
        from thalia_viewer.dialogs.train import TrainDialog

        p = self._p
        if p.state.root is None or not self._can_learn("Training"):
            return
        frames = frozenset(entry.frame for entry in p.state.frames)
        dialog = TrainDialog(TrainConfig(cubes=(str(p.state.root),)), frames, p.window)
        dialog.accepted_config.connect(lambda config: p.runs.start(config, config.model))
        self._open(dialog, "dialog.train")

    def apply(self, run: Path | None = None) -> None:
        """Which run to apply to the shown pair."""
        from thalia_viewer.dialogs.apply import ApplyDialog

        p = self._p
        if p.state.cube is None or p.state.pair is None or not self._can_learn("Applying a model"):
            return
        trained = tuple(view for view in p.runs.views if view.job == "train")
        dialog = ApplyDialog(p.state.cube.path, p.state.pair, trained, run, p.window)
        dialog.accepted_config.connect(lambda config: p.runs.start(config, "predict"))
        self._open(dialog, "dialog.apply")

    def keys(self) -> None:
        """The key sheet."""
        from thalia_viewer.dialogs.keys import KeySheet

        self._open(KeySheet(self._p.actions.sheet(), self._p.window), "dialog.keys")

    def about(self) -> None:
        """What this program is."""
        from thalia_viewer.dialogs.about import AboutDialog

        self._open(AboutDialog(self._p.window), "dialog.about")

    def log(self) -> None:
        """The crash log, in whatever shows text files here."""
        log = self._p.errors.log
        if log.exists():
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(log)))
        else:
            self._p.errors.tell(f"There is no crash log: {log} does not exist.", key="log")

    def close_unsaved(self, why: BaseException, leave: Callable[[], None]) -> None:
        """Whether to close although some edits could not be saved."""
        box = QMessageBox(self._p.window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setText("Some edits are not saved.")
        box.setInformativeText(str(why))
        stay = box.addButton("Keep the window open", QMessageBox.ButtonRole.RejectRole)
        go = box.addButton("Close anyway", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(stay)
        box.setEscapeButton(stay)
        box.buttonClicked.connect(lambda button: leave() if button is go else None)
        self._open(box, "dialog.unsaved")

    def _save_picture(self, name: str) -> None:
        if not self._p.window.grab().save(name, "PNG"):
            self._p.errors.tell(f"Cannot write {name}.", "error")

    def _can_learn(self, what: str) -> bool:
        if importlib.util.find_spec("torch") is not None:
            return True
        self._p.errors.tell(
            f"{what} needs PyTorch, which is not installed here. Install it with "
            "'pip install torch torchvision'; everything else works without it.",
            "warning",
            key="torch",
        )
        return False

    @staticmethod
    def _open(dialog: QDialog, name: str) -> None:
        dialog.setObjectName(name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
