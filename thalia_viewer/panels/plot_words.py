"""Fonts, words and tags of the plots of pairs."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from thalia_viewer import theme as themes


def small(font: QFont) -> QFont:
    """The font of the axes."""
    font = themes.digits(font)
    font.setPointSizeF(max(font.pointSizeF() * 0.82, 7.0))
    return font


def draw_tag(painter: QPainter, theme: themes.Theme, text: str, box: QRectF) -> None:
    """A date at an axis, as that of the shown pair."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.accent))
    painter.drawRoundedRect(box, 2, 2)
    painter.setPen(QPen(QColor(theme.on_accent)))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def draw_upwards(painter: QPainter, area: QRectF, text: str, where: Qt.AlignmentFlag) -> None:
    """The name of the vertical axis of an area, from below (left) to above (right)."""
    height = painter.fontMetrics().height()
    painter.save()
    painter.translate(2 + height / 2, area.center().y())
    painter.rotate(-90)
    box = QRectF(-area.height() / 2, -height / 2, area.height(), height)
    painter.drawText(box, where, text)
    painter.restore()
