"""The frames of the archive: how many pairs each has, how many are labelled, what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from thalia_viewer import theme as themes
from thalia_viewer.bars import named

if TYPE_CHECKING:
    from thalia_core.archive.catalogue import FrameEntry
    from thalia_core.archive.matches import Matches

Index = QModelIndex | QPersistentModelIndex
ENTRY = Qt.ItemDataRole.UserRole
MATCHING = Qt.ItemDataRole.UserRole + 1


def counts(entry: FrameEntry, matching: int | None = None) -> str:
    """Labelled of all pairs, or under a filter those that match."""
    return f"{entry.labelled if matching is None else matching}/{entry.pairs}"


class FrameModel(QAbstractListModel):
    """The entries of a scan."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.entries: tuple[FrameEntry, ...] = ()
        self.matches: Matches | None = None

    def reset(self, entries: tuple[FrameEntry, ...]) -> None:
        """Show another scan."""
        self.beginResetModel()
        self.entries = entries
        self.endResetModel()

    def set_matches(self, matches: Matches | None) -> None:
        """Another filter found something else; None where there is no filter."""
        self.matches = matches
        if self.entries:
            self.dataChanged.emit(self.index(0), self.index(len(self.entries) - 1))

    def rowCount(self, parent: Index | None = None) -> int:
        """One row each."""
        return 0 if parent is not None and parent.isValid() else len(self.entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What Qt asks for by role."""
        entry = self.entries[index.row()]
        if role == ENTRY:
            return entry
        if role == MATCHING:
            return None if self.matches is None else self.matches.count(entry.path)
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.frame or entry.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(entry, index.data(MATCHING))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            matching = index.data(MATCHING)
            what = "labelled" if matching is None else "match the filter"
            told = entry.problem or f"{counts(entry, matching)} {what}"
            return f"{entry.frame or entry.name}, {told}"
        return None

    @staticmethod
    def _tip(entry: FrameEntry, matching: int | None) -> str:
        if entry.problem:
            return f"{entry.path}\n{entry.problem}"
        found = "" if matching is None else f"{matching} of "
        return (
            f"{entry.path}\n{found}{entry.pairs} pairs, {entry.labelled} labelled, "
            f"{entry.rows:,} x {entry.cols:,} pixels"
        )


class FrameDelegate(QStyledItemDelegate):
    """A mark, the frame, its counts on the right; its title below; a bar of what is labelled."""

    def __init__(self, theme: themes.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """One line, two where the frame has a title."""
        lines = 2.7 if index.data(ENTRY).title else 1.5
        return QSize(120, int(QFontMetrics(option.font).height() * lines))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one frame."""
        entry, matching = index.data(ENTRY), index.data(MATCHING)
        dim = matching == 0
        theme, area = self.theme, option.rect
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, QColor(theme.select))
            painter.fillRect(area.x(), area.y(), 2, area.height(), QColor(theme.accent))
        whole = area.adjusted(8, 0, -8, 0)
        inner = whole
        if entry.title:
            half = QFontMetrics(option.font).height() // 2 + 1
            painter.setPen(QColor(theme.faint if dim else theme.muted))
            metrics = QFontMetrics(option.font)
            title = metrics.elidedText(entry.title, Qt.TextElideMode.ElideRight, whole.width())
            below = whole.adjusted(0, half, 0, half - 4)
            painter.drawText(
                below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title
            )
            inner = whole.adjusted(0, -half, 0, -half)
        right = "" if entry.problem else counts(entry, matching)
        painter.setFont(themes.digits(option.font))
        width = painter.fontMetrics().horizontalAdvance(right)
        plain = theme.muted if matching is None else theme.accent
        painter.setPen(QColor(theme.faint if dim else plain))
        painter.drawText(inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, right)
        name = ("⚠ " if entry.problem else "") + (entry.frame or entry.name)
        sound = theme.faint if dim else theme.text
        painter.setPen(QColor(theme.error if entry.problem else sound))
        room = inner.adjusted(0, 0, -width - 8, 0)
        shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        if entry.pairs and not entry.problem:
            y = area.bottom() - 1
            painter.fillRect(whole.x(), y, whole.width(), 1, QColor(theme.line))
            done = entry.labelled if matching is None else matching
            done = round(whole.width() * done / entry.pairs)
            painter.fillRect(whole.x(), y, done, 1, QColor(theme.accent))
        painter.restore()


class ArchivePanel(QWidget):
    """A list of frames."""

    chosen = Signal(Path)
    """The cube a person asked for."""

    def __init__(self, theme: themes.Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "panel.archive", "Archive")
        self._model = FrameModel(self)
        self._delegate = FrameDelegate(theme, self)
        self.view = QListView()
        named(self.view, "archive.frames", "Frames of the archive")
        self.view.setModel(self._model)
        self.view.setItemDelegate(self._delegate)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.view.clicked.connect(self._choose)
        self.view.activated.connect(self._choose)
        self._empty = QLabel("No archive is open.\nOpen one with Ctrl+O.")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setProperty("role", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        column.addWidget(self._empty)
        self.show_frames(())

    def dress(self, theme: themes.Theme) -> None:
        """Use another theme."""
        self._delegate.theme = theme
        self.view.viewport().update()

    def show_frames(self, entries: tuple[FrameEntry, ...], empty: str = "") -> None:
        """Show the result of a scan, or a sentence where there is nothing to show."""
        self._model.reset(entries)
        if empty:
            self._empty.setText(empty)
        self._empty.setVisible(not entries)
        self.view.setVisible(bool(entries))

    def show_matches(self, matches: Matches | None) -> None:
        """How many pairs of each frame the filter finds; None where there is no filter."""
        self._model.set_matches(matches)

    def select(self, path: Path | None) -> None:
        """Mark the cube that is open."""
        for row, entry in enumerate(self._model.entries):
            if path is not None and Path(entry.path) == path:
                self.view.setCurrentIndex(self._model.index(row))
                return

    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(Path(index.data(ENTRY).path))
