"""A plot of the pairs, by what it is coloured, and what the colours mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from thalia_viewer.bars import ElidedLabel, named
from thalia_viewer.panels.columns import COLUMNS

if TYPE_CHECKING:
    from thalia_viewer import theme as themes
    from thalia_viewer.panels.pair_plot import PairPlot

_BAND, _SWATCH = 150, 9


class PlotLegend(QWidget):
    """A band between its two values, or the classes that occur."""

    def __init__(self, view: PairPlot, name: str) -> None:
        super().__init__()
        named(self, name, "Colours of the pairs")
        self._view = view
        self.setProperty("role", "small")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """A line."""
        return QSize(120, self.fontMetrics().height() + 2)

    def words(self) -> str:
        """What the colours mean, as text."""
        column, view = self._view.column, self._view
        if not view.pairs or not np.isfinite(view.values).any():
            return "not known here"
        if column.classes:
            return ", ".join(column.classes[code][0] for code in self._codes())
        return " to ".join(column.say(value) for value in column.limits(view.values))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The colours and their words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        view = self._view
        known = bool(view.pairs) and bool(np.isfinite(view.values).any())
        self.setToolTip(f"{view.column.tip}\n{self.words()}")
        if not known:
            painter.setPen(QColor(view.theme.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, self.words())
        elif view.column.classes:
            self._draw_classes(painter)
        else:
            self._draw_band(painter)

    def _codes(self) -> list[int]:
        """Those that occur, as the column has them in order."""
        have = set(self._view.values[np.isfinite(self._view.values)].astype(int).tolist())
        return [code for code in self._view.column.classes if code in have]

    def _draw_band(self, painter: QPainter) -> None:
        view, metrics = self._view, self.fontMetrics()
        least, most = (view.column.say(value) for value in view.column.limits(view.values))
        left, right = metrics.horizontalAdvance(least) + 6, metrics.horizontalAdvance(most) + 6
        width = min(max(self.width() - left - right, 0), _BAND)
        painter.setPen(self.palette().text().color())
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect(), flags, least)
        painter.drawText(self.rect().adjusted(left + width + 6, 0, 0, 0), flags, most)
        band = QRectF(left, self.height() / 2 - 3, width, 6)
        gradient = QLinearGradient(band.topLeft(), band.topRight())
        table = view.column.table(view.theme)
        for n in range(0, 17):
            gradient.setColorAt(n / 16, QColor.fromRgba(int(table[1 + n * 254 // 16])))
        painter.fillRect(band, gradient)

    def _draw_classes(self, painter: QPainter) -> None:
        view, metrics, x = self._view, self.fontMetrics(), 0
        for code in self._codes():
            name = view.column.classes[code][0]
            width = _SWATCH + 4 + metrics.horizontalAdvance(name)
            painter.setPen(QColor(view.theme.line))
            painter.setBrush(QColor(view.column.colour_of(code, view.theme)))
            y = (self.height() - _SWATCH) / 2
            painter.drawRoundedRect(QRectF(x + 0.5, y, _SWATCH, _SWATCH), 2, 2)
            painter.setPen(self.palette().text().color())
            box = self.rect().adjusted(x + _SWATCH + 4, 0, 0, 0)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, name)
            x += width + 10


class PlotPanel(QWidget):
    """The plot and a line below it."""

    colour_chosen = Signal(str)
    """The name of another column."""

    def __init__(self, name: str, title: str, view: PairPlot) -> None:
        super().__init__()
        named(self, f"panel.{name}", title)
        self.view = view
        self.choice = QComboBox()
        named(self.choice, f"{name}.colour", "What the colour tells")
        for key, column in COLUMNS.items():
            self.choice.addItem(column.title, key)
            self.choice.setItemData(
                self.choice.count() - 1, column.tip, Qt.ItemDataRole.ToolTipRole
            )
        self.choice.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.choice.setToolTip("What the colour of a pair tells")
        self.choice.activated.connect(lambda _: self.colour_chosen.emit(self.choice.currentData()))
        self.legend = PlotLegend(view, f"{name}.legend")
        self.note = ElidedLabel()
        named(self.note, f"{name}.note", "What to know of the plot")
        self.note.setProperty("role", "small")
        self.note.setContentsMargins(6, 0, 6, 3)
        self.note.hide()
        row = QHBoxLayout()
        row.setContentsMargins(6, 2, 6, 3)
        row.setSpacing(10)
        row.addWidget(self.choice)
        row.addWidget(self.legend, 1)
        column_of = QVBoxLayout(self)
        column_of.setContentsMargins(0, 0, 0, 0)
        column_of.setSpacing(0)
        column_of.addWidget(view, 1)
        column_of.addWidget(self.note)
        column_of.addLayout(row)
        view.model.modelReset.connect(self.legend.update)
        view.model.label_changed.connect(lambda _: self.legend.update())

    def dress(self, theme: themes.Theme) -> None:
        """Use another theme."""
        self.view.dress(theme)
        self.legend.update()

    def colour_by(self, name: str) -> None:
        """Colour by another column; tells nobody."""
        self.choice.setCurrentIndex(self.choice.findData(name))
        self.view.colour_by(COLUMNS[name])
        self.legend.update()

    def show_note(self, text: str) -> None:
        """A line on what is seen; empty for none."""
        self.note.setText(text)
        self.note.setVisible(bool(text))
