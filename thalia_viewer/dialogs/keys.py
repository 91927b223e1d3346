"""All keys on one sheet, made from the table of actions, and what the mouse does."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from thalia_viewer.bars import clearable, named

Sheet = list[tuple[str, list[tuple[str, str]]]]
_ROOM = 75
"""Heights of a letter that three columns need side by side."""

GESTURES: Sheet = [
    (
        "Mouse on the picture",
        [
            ("Paint, draw or move with the tool", "left"),
            ("Erase with any tool", "Ctrl + left"),
            ("Take away with polygon or lasso", "Shift + left"),
            ("Copy instead of move", "Shift + left"),
            ("Move the picture with any tool", "middle or right"),
            ("Zoom at the cursor", "wheel"),
            ("Smaller or larger brush", "Shift + wheel"),
            ("Resize the brush by moving", "Alt + left"),
            ("Close a polygon", "double click"),
            ("Threshold of the fringe wand", "left drag"),
        ],
    ),
    (
        "While something is drawn",
        [
            ("Close it", "Enter"),
            ("Take the last corner back", "Backspace"),
            ("Give it up", "Esc"),
            ("Back to now from a version of the history", "Esc"),
        ],
    ),
    (
        "Lists and fields",
        [
            ("Back to the picture from a field", "Esc"),
            ("Several pairs, for a contact sheet", "Shift or Ctrl + click"),
            ("Take the offered word of a filter", "Tab"),
            ("Open a menu by its letter", "Alt + letter"),
        ],
    ),
]
"""What mouse and keys do that no action of the table is."""


class KeySheet(QDialog):
    """The keys, menu by menu, then the mouse; words typed above leave what holds them."""

    def __init__(self, sheet: Sheet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "dialog.keys", "Keys")
        self.setWindowTitle("Keys")
        self.sheet = [*sheet, *GESTURES]
        self._lines: list[tuple[str, QLabel, QLabel, QLabel]] = []
        self.search = QLineEdit()
        named(self.search, "keys.search", "Search the keys")
        self.search.setPlaceholderText("Search")
        self.search.setToolTip("Words of an action, or a key such as Ctrl+T")
        clearable(self.search)
        self.search.textChanged.connect(self._filter)
        body = QWidget()
        across = QHBoxLayout(body)
        across.setContentsMargins(0, 0, 12, 0)
        across.setSpacing(36)
        roomy = self.screen().availableSize().width() > _ROOM * self.fontMetrics().height()
        for pages in _columns(self.sheet, 3 if roomy else 2):
            across.addLayout(self._column(pages))
        area = QScrollArea()
        area.setWidget(body)
        area.setWidgetResizable(True)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(22, 16, 10, 16)
        outer.setSpacing(14)
        outer.addWidget(self.search)
        outer.addWidget(area, 1)
        self._fit(body)

    def _column(self, pages: Sheet) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(4)
        for menu, rows in pages:
            heading = QLabel(menu)
            heading.setProperty("role", "title")
            column.addWidget(heading)
            column.addLayout(self._rows(menu, heading, rows))
            column.addSpacing(12)
        column.addStretch(1)
        return column

    def _rows(self, menu: str, heading: QLabel, rows: list[tuple[str, str]]) -> QGridLayout:
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
            self._lines.append((f"{menu} {text} {key}".casefold(), said, shown, heading))
        grid.setColumnStretch(0, 1)
        return grid

    def _filter(self, text: str) -> None:
        """Show the lines that hold all words, and the headings that still have a line."""
        words = text.casefold().split()
        found = {id(heading): False for _, _, _, heading in self._lines}
        for line, said, shown, heading in self._lines:
            wanted = all(word in line for word in words)
            said.setVisible(wanted)
            shown.setVisible(wanted)
            found[id(heading)] |= wanted
        for _, _, _, heading in self._lines:
            heading.setVisible(found[id(heading)])

    def _fit(self, body: QWidget) -> None:
        """All of it where the screen has the room, else it scrolls."""
        wanted, screen = body.sizeHint(), self.screen().availableSize()
        extra = self.search.sizeHint().height() + 50
        self.resize(
            min(wanted.width() + 46, screen.width() * 9 // 10),
            min(wanted.height() + extra, screen.height() * 9 // 10),
        )


def _columns(sheet: Sheet, most: int) -> list[Sheet]:
    """Menus in columns of about one height, their order kept."""
    room = sum(len(rows) + 2 for _, rows in sheet) / most
    columns: list[Sheet] = [[]]
    filled = 0.0
    for page in sheet:
        size = len(page[1]) + 2
        if columns[-1] and filled + size / 2 > room and len(columns) < most:
            columns.append([])
            filled = 0.0
        columns[-1].append(page)
        filled += size
    return columns
