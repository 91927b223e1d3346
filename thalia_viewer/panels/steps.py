"""Steps of the history as rows: an icon for the kind, what it was, who did it, when, how much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from thalia_viewer import theme as themes
from thalia_viewer.wording import amount, when

if TYPE_CHECKING:
    from thalia_core.annotate.session import StepInfo

Index = QModelIndex | QPersistentModelIndex
STEP = Qt.ItemDataRole.UserRole
_NO_PARENT = QModelIndex()
BEGINNING = "Before the first step"
_HUES = ("#5aa9dc", "#e0a458", "#8fc06a", "#c98bd1", "#e07a7a", "#6cc3b5", "#b8a06a", "#9a9ae0")
_ICONS = {
    "brush": "tool.brush",
    "eraser": "tool.eraser",
    "erase": "tool.eraser",
    "polygon": "tool.polygon",
    "restore": "history.restore",
}
_SIDE = 16
_PAD = 7


def colours_of(people: Sequence[str]) -> dict[str, QColor]:
    """A colour for each person, the same as long as nobody comes before them."""
    return {name: QColor(_HUES[n % len(_HUES)]) for n, name in enumerate(people)}


def icon_of(step: StepInfo) -> str:
    """The icon of the kind of a step."""
    first = step.name.split(maxsplit=1)[0].casefold() if step.name else ""
    if first in _ICONS:
        return _ICONS[first]
    if len(step.pairs) > 1:
        return "history.many"
    return "history.step" if step.pixels else "history.label"


def describe(step: StepInfo) -> str:
    """All about a step in a few lines, for tips."""
    pairs = ", ".join(str(pair) for pair in step.pairs[:4])
    more = f" and {len(step.pairs) - 4} more" if len(step.pairs) > 4 else ""
    lines = [step.name, f"{step.by}, {when(step.time)} UTC", amount(step), f"{pairs}{more}"]
    lines += [] if step.active else ["taken back"]
    return "\n".join(line for line in lines if line)


class StepModel(QAbstractListModel):
    """Steps, the newest first; in the last row what was before all of them."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: tuple[StepInfo, ...] = ()
        self.beginning = False

    def show_steps(self, steps: Sequence[StepInfo], *, beginning: bool) -> None:
        """Show steps given oldest first.

        Args:
            steps: The steps.
            beginning: Whether they have a common "before".
        """
        newest = tuple(reversed(steps))
        if newest == self.steps and beginning == self.beginning:
            return
        self.beginResetModel()
        self.steps, self.beginning = newest, beginning and bool(newest)
        self.endResetModel()

    def row_of(self, step: str | None) -> int:
        """The row of a step (None: of the beginning), -1 for none."""
        if step is None:
            return len(self.steps) if self.beginning else -1
        return next((row for row, info in enumerate(self.steps) if info.id == step), -1)

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        """As many as there are steps, and the beginning."""
        return 0 if parent.isValid() else len(self.steps) + self.beginning

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What is told of a row; ``STEP`` is its StepInfo, None for the beginning."""
        row = index.row()
        step = self.steps[row] if row < len(self.steps) else None
        if role == STEP:
            return step
        if role == Qt.ItemDataRole.DisplayRole:
            return BEGINNING if step is None else f"{step.name}, {step.by}, {when(step.time)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return BEGINNING if step is None else describe(step)
        return None


class StepDelegate(QStyledItemDelegate):
    """Draws a step in two lines.

    Args:
        theme: Colours.
        parent: Owner.
    """

    def __init__(self, theme: themes.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.people: dict[str, QColor] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Two lines."""
        line = QFontMetrics(option.font).height()
        return QSize(120, 2 * line + 9)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The row."""
        state, area = option.state, QRect(option.rect)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, QColor(self.theme.select))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, QColor(self.theme.alternate))
        step = index.data(STEP)
        font = QFont(option.font)
        painter.save()
        if step is None:
            painter.setFont(font)
            painter.setPen(QColor(self.theme.muted))
            left = area.adjusted(_PAD * 2 + _SIDE, 0, -_PAD, 0)
            painter.drawText(left, Qt.AlignmentFlag.AlignVCenter, BEGINNING)
        else:
            self._paint_step(painter, area, font, step)
        painter.restore()

    def _paint_step(self, painter: QPainter, area: QRect, font: QFont, step: StepInfo) -> None:
        theme, flags = self.theme, Qt.AlignmentFlag.AlignVCenter
        ink = theme.text if step.active else theme.faint
        top = area.top() + (area.height() - _SIDE) // 2
        icon = themes.icon(icon_of(step), theme, theme.muted if step.active else theme.faint)
        icon.paint(painter, QRect(area.left() + _PAD, top, _SIDE, _SIDE))
        upper = area.adjusted(_PAD * 2 + _SIDE, 3, -_PAD, 0)
        upper.setHeight((area.height() - 6) // 2)
        lower = upper.translated(0, upper.height())
        small = QFont(font)
        small.setPointSizeF(max(font.pointSizeF() * 0.86, 7.0))
        small.setFeature(QFont.Tag("tnum"), 1)
        told = QFontMetrics(small).elidedText(
            amount(step), Qt.TextElideMode.ElideRight, upper.width() // 2
        )
        room = upper.width() - QFontMetrics(small).horizontalAdvance(told) - 8
        named = QFont(font)
        named.setStrikeOut(not step.active)
        painter.setFont(named)
        painter.setPen(QColor(ink))
        name = QFontMetrics(named).elidedText(step.name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(upper, flags, name)
        painter.setFont(small)
        painter.setPen(QColor(theme.muted if step.active else theme.faint))
        painter.drawText(upper, flags | Qt.AlignmentFlag.AlignRight, told)
        self._paint_who(painter, lower, small, step)

    def _paint_who(self, painter: QPainter, line: QRect, font: QFont, step: StepInfo) -> None:
        flags = Qt.AlignmentFlag.AlignVCenter
        time = when(step.time)
        painter.drawText(line, flags | Qt.AlignmentFlag.AlignRight, time)
        room = line.width() - QFontMetrics(font).horizontalAdvance(time) - 18
        who = QFontMetrics(font).elidedText(step.by, Qt.TextElideMode.ElideRight, room)
        painter.drawText(line.adjusted(11, 0, 0, 0), flags, who)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.people.get(step.by, QColor(self.theme.faint)))
        painter.drawEllipse(QPointF(line.left() + 3.5, line.center().y() + 0.5), 3, 3)
