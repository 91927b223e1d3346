"""All keys on one sheet, made from the table of actions."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from thalia_viewer.bars import named

Sheet = list[tuple[str, list[tuple[str, str]]]]
_COLUMNS = 3


class KeySheet(QDialog):
    """The keys, menu by menu."""

    def __init__(self, sheet: Sheet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "dialog.keys", "Keys")
        self.setWindowTitle("Keys")
        self.sheet = sheet
        outer = QHBoxLayout(self)
        outer.setContentsMargins(22, 18, 22, 20)
        outer.setSpacing(36)
        for pages in self._columns(sheet):
            column = QVBoxLayout()
            column.setSpacing(4)
            for menu, rows in pages:
                column.addWidget(self._heading(menu))
                column.addLayout(self._rows(rows))
                column.addSpacing(12)
            column.addStretch(1)
            outer.addLayout(column)

    @staticmethod
    def _columns(sheet: Sheet) -> list[Sheet]:
        """Menus in columns of about one height, their order kept."""
        room = sum(len(rows) + 2 for _, rows in sheet) / _COLUMNS
        columns: list[Sheet] = [[]]
        filled = 0.0
        for page in sheet:
            size = len(page[1]) + 2
            if columns[-1] and filled + size / 2 > room and len(columns) < _COLUMNS:
                columns.append([])
                filled = 0.0
            columns[-1].append(page)
            filled += size
        return columns

    @staticmethod
    def _heading(menu: str) -> QLabel:
        label = QLabel(menu)
        label.setProperty("role", "title")
        return label

    @staticmethod
    def _rows(rows: list[tuple[str, str]]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(3)
        for n, (text, key) in enumerate(rows):
            said = QLabel(text.rstrip("…"))
            said.setProperty("role", "muted")
            shown = QLabel(key)
            shown.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(said, n, 0)
            grid.addWidget(shown, n, 1)
        grid.setColumnStretch(0, 1)
        return grid
