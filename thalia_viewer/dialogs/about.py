"""What this program is, which version, and whose data and ideas it stands on."""

import sys

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from thalia_core import __version__
from thalia_viewer import theme as themes
from thalia_viewer.bars import named

_TEXT = """<p><b>Thalia {version}</b><br>
Reads, annotates and reviews satellite-radar interferograms of volcanoes, and trains models on
them.</p>
<p>Annotations follow the Thalia benchmark (Papadopoulos et al.). LiCSAR products: COMET, Lazecký et
al. 2020, doi 10.3390/rs12152430; they contain modified Copernicus Sentinel data. Coastline:
made with Natural Earth, public domain.</p>
<p>MIT licence. Python {python}, Qt {qt}.</p>"""


class AboutDialog(QDialog):
    """A short page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "dialog.about", "About Thalia")
        self.setWindowTitle("About Thalia")
        icon = QLabel()
        icon.setPixmap(themes.app_icon().pixmap(64, 64))
        icon.setAlignment(Qt.AlignmentFlag.AlignTop)
        python = ".".join(str(part) for part in sys.version_info[:3])
        text = QLabel(_TEXT.format(version=__version__, python=python, qt=qVersion()))
        text.setWordWrap(True)
        text.setMinimumWidth(self.fontMetrics().height() * 24)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(icon)
        row.addWidget(text, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.addLayout(row)
        column.addWidget(buttons)
