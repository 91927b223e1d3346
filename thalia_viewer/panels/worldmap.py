"""The map of the frames, by what its dots are coloured, and what the colours mean."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from thalia_viewer import theme as themes
from thalia_viewer.bars import named
from thalia_viewer.panels.map_view import LABELLED, PAIRS, UNREVIEWED, MapView

if TYPE_CHECKING:
    from thalia_core.archive.catalogue import FrameEntry


class Ramp(QWidget):
    """The legend: none to the most, in the colours of the dots."""

    def __init__(self, view: MapView) -> None:
        super().__init__()
        named(self, "map.legend", "Colours of the map")
        self._view = view
        self.setProperty("role", "small")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """A line."""
        return QSize(120, self.fontMetrics().height() + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A band between its two numbers."""
        painter, metrics = QPainter(self), self.fontMetrics()
        least, most = "0", f"{self._view.most:,}"
        left, right = metrics.horizontalAdvance(least) + 6, metrics.horizontalAdvance(most) + 6
        painter.setPen(self.palette().text().color())
        whole = self.rect()
        painter.drawText(whole, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, least)
        painter.drawText(whole, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, most)
        band = QRectF(left, self.height() / 2 - 3, max(whole.width() - left - right, 0), 6)
        painter.translate(band.topLeft())
        painter.scale(band.width(), band.height())
        painter.fillRect(QRectF(0, 0, 1, 1), self._view.ramp())


class MapPanel(QWidget):
    """The map, and by what it is coloured."""

    def __init__(self, theme: themes.Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "panel.map", "Map")
        self.view = MapView(theme)
        self.choice = QComboBox()
        named(self.choice, "map.colour", "What the colour tells")
        for name, text in (
            (PAIRS, "Pairs"),
            (LABELLED, "Labelled pairs"),
            (UNREVIEWED, "Unreviewed pairs"),
        ):
            self.choice.addItem(text, name)
        self.choice.setToolTip(
            "What the colour of the dots tells\nCoastline: Natural Earth, public domain"
        )
        self.choice.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._ramp = Ramp(self.view)
        self.choice.currentIndexChanged.connect(self._measure)
        row = QHBoxLayout()
        row.setContentsMargins(6, 2, 6, 3)
        row.setSpacing(8)
        row.addWidget(self.choice)
        row.addWidget(self._ramp, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)
        column.addLayout(row)

    def dress(self, theme: themes.Theme) -> None:
        """Use another theme."""
        self.view.dress(theme)
        self._ramp.update()

    def show_frames(self, frames: tuple[FrameEntry, ...]) -> None:
        """Another archive, or another count of labels."""
        self.view.show_frames(frames)
        self._ramp.update()

    def show_unreviewed(self, counts: Mapping[Path, int]) -> None:
        """Of each frame the pairs that nobody has finished."""
        self.view.show_unreviewed(counts)
        self._ramp.update()

    def _measure(self) -> None:
        self.view.measure(self.choice.currentData())
        self._ramp.update()
