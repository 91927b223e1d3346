"""What this program is, which version, and whose data and ideas it stands on."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from thalia_core import __version__
from thalia_viewer import theme as themes
from thalia_viewer.bars import named
from thalia_viewer.versions import report, versions

_TEXT = """<p><b>Thalia {version}</b><br>
Reads, annotates and reviews satellite-radar interferograms of volcanoes, and trains models on
them.</p>
<p>Annotations follow the Thalia benchmark (Papadopoulos et al.). LiCSAR products: COMET, Lazecký et
al. 2020, doi 10.3390/rs12152430; they contain modified Copernicus Sentinel data. Coastline:
made with Natural Earth, public domain.</p>
<p>MIT licence.</p>"""


class AboutDialog(QDialog):
    """A short page, and the versions that a report should name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "dialog.about", "About Thalia")
        self.setWindowTitle("About Thalia")
        icon = QLabel()
        icon.setPixmap(themes.app_icon().pixmap(64, 64))
        icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        text = QLabel(_TEXT.format(version=__version__))
        text.setWordWrap(True)
        text.setMinimumWidth(self.fontMetrics().height() * 26)
        page = QVBoxLayout()
        page.setSpacing(10)
        page.addWidget(text)
        page.addLayout(self._versions())
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(icon)
        row.addLayout(page, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(16)
        column.addLayout(row)
        column.addWidget(self._buttons())

    @staticmethod
    def _versions() -> QGridLayout:
        """Two columns of names and versions, from top to bottom."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(2)
        listed = versions()
        half = (len(listed) + 1) // 2
        for n, (name, value) in enumerate(listed):
            said, shown = QLabel(name), QLabel(value)
            said.setProperty("role", "muted")
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(said, n % half, 2 * (n // half))
            grid.addWidget(shown, n % half, 2 * (n // half) + 1)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        return grid

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        named(close, "about.close", "Close")
        copy = buttons.addButton("Copy versions", QDialogButtonBox.ButtonRole.ActionRole)
        named(copy, "about.copy", "Copy versions")
        copy.setToolTip("The versions as text onto the clipboard, for a report")
        copy.setAutoDefault(False)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(report()))
        return buttons
