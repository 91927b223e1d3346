"""Two people changed the same: what was there, mine, theirs, and what comes of the choice."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from thalia_viewer.bars import named
from thalia_viewer.dialogs.sides import SidePicture
from thalia_viewer.previews import Part, part_around
from thalia_viewer.threeway import Case
from thalia_viewer.wording import when

_WIDE, _TALL, _FLAT = 1100, 450, 220
_SIDES = ("base", "mine", "theirs", "result")


class ConflictDialog(QDialog):
    """One conflict after the other. Theirs stays until a person takes mine.

    Args:
        me: Who decides.
        title_of: What the form calls a pair variable.
        ground: Colour of no data.
        parent: Owner.
    """

    decided = Signal(object, object, object)
    """The Case, the parts (set of numbers) and the fields (set of names) taken from mine."""
    shown = Signal(object)
    """The DatePair a person wants to see in the window."""

    def __init__(
        self,
        me: str,
        title_of: Callable[[str], str],
        ground: QColor,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        named(self, "dialog.conflict", "Decide conflicts")
        self.setWindowTitle("Decide conflicts")
        self._me = me
        self._title_of = title_of
        self._cases: tuple[Case, ...] = ()
        self._at = 0
        self._moved = False
        self._mine: set[int] = set()
        self._own: set[str] = set()
        self._groups: list[QButtonGroup] = []
        self.head, self.choice = QLabel(), QLabel()
        named(self.head, "conflict.head", "What stands against what")
        self.head.setWordWrap(True)
        named(self.choice, "conflict.choice", "What is chosen")
        self.choice.setProperty("role", "muted")
        self.pictures = {
            side: SidePicture(f"conflict.{side}", side.capitalize(), ground) for side in _SIDES
        }
        self._titles = {side: QLabel() for side in _SIDES}
        self._views = QWidget()
        self._fields = QWidget()
        self._rows = QGridLayout(self._fields)
        self._lay_out()

    @property
    def case(self) -> Case | None:
        """The conflict that is shown."""
        return self._cases[self._at] if self._at < len(self._cases) else None

    def show_cases(self, cases: tuple[Case, ...]) -> None:
        """Conflicts that wait; the dialog is done when there are none."""
        self._cases = cases
        self._at = min(self._at, max(len(cases) - 1, 0))
        if not cases:
            self.accept()
            return
        self._show()

    def _show(self) -> None:
        case = self.case
        assert case is not None
        self._mine, self._own = set(), set()
        dispute, rival = case.dispute, case.dispute.rival
        count = f"Conflict {self._at + 1} of {len(self._cases)}. " if len(self._cases) > 1 else ""
        mine = "You" if dispute.by == self._me else dispute.by
        other = "somebody else" if rival is None else rival.by
        self.head.setText(
            f"<b>{count}{dispute.name} on {case.pair}</b><br>{mine} and {other} changed the same. "
            "What was saved first stands in the cube; the rest is kept here until it is decided."
        )
        owner = "Mine" if dispute.by == self._me else f"Of {dispute.by}"
        who = f"{dispute.by}, {when(dispute.time)}"
        them = "" if rival is None else f"{rival.by}, {when(rival.time)}"
        words = {"base": ("Base", "before both"), "mine": (owner, who), "theirs": ("Theirs", them)}
        words["result"] = ("Result", "what the cube will hold")
        for side, (title, note) in words.items():
            self._titles[side].setText(f"<b>{title}</b>&nbsp; {note}")
        self._views.setVisible(case.window is not None)
        self._moved = False
        self.resize(self.width(), _TALL if case.window is not None else _FLAT)
        self._fit()
        self._show_fields(case)
        self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The conflict stays as large as fits, until a person looks closer."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        case = self.case
        if case is None or case.window is None or self._moved:
            return
        layout = self.layout()
        if layout is not None:
            layout.activate()
        size = self.pictures["base"].size()
        self.show_part(part_around(case.window, (size.width(), size.height()), case.tall))

    def _look(self, part: Part) -> None:
        self._moved = True
        self.show_part(part)

    def show_part(self, part: Part) -> None:
        """All pictures show that part."""
        for picture in self.pictures.values():
            picture.show_part(part)

    def take(self, *, mine: bool) -> None:
        """All of mine, or all of theirs."""
        case = self.case
        if case is None:
            return
        self._mine = set(range(1, len(case.counts) + 1)) if mine else set()
        for group in self._groups:
            group.button(1 if mine else 0).setChecked(True)
        self._own = {p.field for p in case.fields} if mine else set()
        self._draw()

    def toggle(self, row: int, col: int) -> None:
        """The part under that pixel from the other side."""
        case = self.case
        if case is None or not (0 <= row < case.parts.shape[0] and 0 <= col < case.parts.shape[1]):
            return
        number = int(case.parts[row, col])
        if number:
            self._mine ^= {number}
            self._draw()

    def _choose_field(self, name: str, mine: bool) -> None:
        self._own = self._own | {name} if mine else self._own - {name}
        self._draw()

    def _draw(self) -> None:
        case = self.case
        if case is None:
            return
        if case.window is not None:
            for side, picture in self.pictures.items():
                picture.show_scene(case.scene(side, self._mine))
        pixels = sum(case.counts[n - 1] for n in self._mine)
        parts = []
        if case.counts:
            area = f"{sum(case.counts):,} pixels, {sum(case.counts) * case.km2:,.2f} km²"
            count = len(case.counts)
            split = f" in {count} parts (click one to change sides)" if count > 1 else ""
            parts.append(f"{area}{split}: {pixels:,} pixels from mine")
        if case.fields:
            parts.append(f"{len(self._own)} of {len(case.fields)} fields from mine")
        self.choice.setText("; ".join(parts))

    def _decide(self) -> None:
        case = self.case
        if case is not None:
            self.decided.emit(case, set(self._mine), set(self._own))

    def _show_fields(self, case: Case) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._groups = []
        self._fields.setVisible(bool(case.fields))
        for row, patch in enumerate(case.fields):
            name = QLabel(self._title_of(patch.field))
            name.setProperty("role", "muted")
            self._rows.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            self._rows.addWidget(_text("Base", patch.before), row, 1, Qt.AlignmentFlag.AlignTop)
            group = QButtonGroup(self._fields)
            now = getattr(case.label, patch.field)
            for column, (who, value) in enumerate((("Theirs", now), ("Mine", patch.after))):
                button = QRadioButton(f"{who}: {_shown(value)}")
                named(button, f"conflict.{patch.field}.{who.lower()}", button.text())
                button.setChecked(column == 0)
                group.addButton(button, column)
                self._rows.addWidget(button, row, 2 + column, Qt.AlignmentFlag.AlignTop)
            group.idToggled.connect(partial(self._field_toggled, patch.field))
            self._groups.append(group)

    def _field_toggled(self, name: str, which: int, on: bool) -> None:
        if on:
            self._choose_field(name, which == 1)

    def _lay_out(self) -> None:
        views = QGridLayout(self._views)
        views.setContentsMargins(0, 0, 0, 0)
        views.setHorizontalSpacing(10)
        views.setVerticalSpacing(4)
        for n, side in enumerate(_SIDES):
            views.addWidget(self._titles[side], 0, n)
            views.addWidget(self.pictures[side], 1, n)
            views.setColumnStretch(n, 1)
            self._titles[side].setTextFormat(Qt.TextFormat.RichText)
            self.pictures[side].part_asked.connect(self._look)
            self.pictures[side].pressed.connect(self.toggle)
        views.setRowStretch(1, 1)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setHorizontalSpacing(16)
        self._rows.setVerticalSpacing(8)
        for column, stretch in enumerate((0, 2, 3, 3)):
            self._rows.setColumnStretch(column, stretch)
        page = QVBoxLayout(self)
        page.setContentsMargins(20, 16, 20, 16)
        page.setSpacing(12)
        page.addWidget(self.head)
        page.addWidget(self._views, 1)
        page.addWidget(self._fields)
        page.addStretch(0)
        page.addLayout(self._foot())
        self.resize(_WIDE, _TALL)

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for name, text, mine in (("theirs", "All theirs", False), ("mine", "All mine", True)):
            button = QPushButton(text)
            named(button, f"conflict.all_{name}", text)
            button.setAutoDefault(False)
            button.clicked.connect(partial(self._take_all, mine))
            row.addWidget(button)
        row.addSpacing(8)
        row.addWidget(self.choice, 1)
        buttons = QDialogButtonBox()
        go = QPushButton("Go to pair")
        go.setAutoDefault(False)
        row.insertWidget(0, go)
        row.insertSpacing(1, 8)
        later = buttons.addButton("Later", QDialogButtonBox.ButtonRole.RejectRole)
        decide = buttons.addButton("Decide", QDialogButtonBox.ButtonRole.AcceptRole)
        later.setAutoDefault(False)
        named(go, "conflict.go", "Show the pair in the window")
        named(later, "conflict.later", "Leave the conflict waiting")
        named(decide, "conflict.decide", "Carry out what is chosen")
        decide.setDefault(True)
        go.clicked.connect(self._go)
        buttons.accepted.connect(self._decide)
        buttons.rejected.connect(self.reject)
        row.addWidget(buttons)
        return row

    def _take_all(self, mine: bool, _checked: bool = False) -> None:
        self.take(mine=mine)

    def _go(self) -> None:
        if self.case is not None:
            self.shown.emit(self.case.pair)


def _shown(value: object) -> str:
    return "–" if value in (None, "") else str(value)


def _text(who: str, value: object) -> QLabel:
    label = QLabel(f"{who}: {_shown(value)}")
    label.setWordWrap(True)
    label.setProperty("role", "muted")
    return label
