"""What a person can set, on two pages; every change counts at once."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTabWidget, QVBoxLayout, QWidget

from thalia_viewer.actions import ActionSet
from thalia_viewer.bars import named
from thalia_viewer.dialogs.general_page import GeneralPage
from thalia_viewer.dialogs.key_page import KeyPage
from thalia_viewer.settings import Settings


class SettingsDialog(QDialog):
    """The pages side by side; it changes nothing itself, its pages tell what a person set."""

    def __init__(
        self, settings: Settings, login: str, actions: ActionSet, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        named(self, "dialog.settings", "Settings")
        self.setWindowTitle("Settings")
        self.general = GeneralPage(settings, login)
        self.keys = KeyPage(actions)
        self.pages = QTabWidget()
        named(self.pages, "settings.pages", "Pages of the settings")
        self.pages.addTab(self.general, "General")
        self.pages.addTab(self.keys, "Keys")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        named(close, "settings.close", "Close the settings")
        close.setToolTip("Close; everything set here is kept already")
        close.setAutoDefault(False)  # Enter belongs to the pages
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.addWidget(self.pages, 1)
        column.addWidget(buttons)
        size = self.fontMetrics().height()
        self.resize(size * 36, size * 36)
