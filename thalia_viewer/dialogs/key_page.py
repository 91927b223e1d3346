"""All actions with their keys: find one, press another key for it, settle who keeps it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from thalia_viewer.actions import ActionSet, shown_key
from thalia_viewer.bars import clearable, named
from thalia_viewer.bindings import changed, holder, refusal
from thalia_viewer.table import ACTIONS, MENUS, Action, by_id

_ID = Qt.ItemDataRole.UserRole
_MODIFIERS = (
    Qt.Key.Key_Control,
    Qt.Key.Key_Shift,
    Qt.Key.Key_Alt,
    Qt.Key.Key_Meta,
    Qt.Key.Key_AltGr,
)
_PROMPT = "press the new key"


class KeyField(QLineEdit):
    """Takes the next key that is pressed, whatever it is; Tab goes on to the next field."""

    pressed = Signal(str)
    """The key with its modifiers, in the portable spelling."""

    def __init__(self) -> None:
        super().__init__()
        named(self, "keys.press", "New key of the chosen action")
        self.setToolTip("Press the new key here, with Ctrl, Alt or Shift if you like")
        self.setPlaceholderText("new key")
        self.setReadOnly(True)

    def event(self, event: QEvent) -> bool:
        """No shortcut acts while a key is asked for."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The key, unless it is but a modifier so far."""
        if event.key() in _MODIFIERS:
            return
        held, key = event.modifiers(), event.key()
        if held == Qt.KeyboardModifier.ShiftModifier and event.text().strip() and key < 0x41:
            held = Qt.KeyboardModifier.NoModifier  # Shift is how this keyboard writes the sign
        held &= ~Qt.KeyboardModifier.KeypadModifier
        self.pressed.emit(QKeySequence(held.value | key).toString())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Say what is waited for."""
        super().focusInEvent(event)
        self.setPlaceholderText(_PROMPT)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Wait no more."""
        super().focusOutEvent(event)
        self.setPlaceholderText("new key")


class KeyPage(QWidget):
    """The table of actions as a list to search, and below it the key of the chosen one."""

    keys_edited = Signal(object)
    """All keys that differ from the table, by action id."""

    def __init__(self, actions: ActionSet) -> None:
        super().__init__()
        named(self, "settings.keys", "Keys")
        self._actions = actions
        self._wanted = ""
        self.search = QLineEdit()
        named(self.search, "keys.search", "Search the actions")
        self.search.setPlaceholderText("Search by name, menu or key")
        self.search.setToolTip("Words of the name or the menu, or a key such as Ctrl+T")
        clearable(self.search)
        self.tree = QTreeWidget()
        named(self.tree, "keys.actions", "Actions and their keys")
        self.tree.setToolTip("Enter or a double click: press another key for the action")
        self.tree.setHeaderLabels(["Action", "Key", "As it came"])
        self.tree.setUniformRowHeights(True)
        self.field = KeyField()
        self.told = QLabel()
        named(self.told, "keys.told", "What became of the key")
        self.told.setWordWrap(True)
        self.told.setMinimumHeight(self.fontMetrics().lineSpacing() * 2)
        self.take = _button("keys.take", "Take it over", "The other action loses the key")
        self.leave = _button("keys.leave", "Leave it there", "Nothing changes")
        self.none = _button("keys.none", "No key", "The chosen action is in its menu only")
        self.default = _button("keys.default", "As it came", "The key this action came with")
        self.reset = _button("keys.reset", "All as they came", "Every action gets its first key")
        self._fill()
        self._lay_out()
        self._connect()
        self._choose_first()

    @property
    def chosen(self) -> Action | None:
        """The action a person stands on."""
        item = self.tree.currentItem()
        name = item.data(0, _ID) if item is not None else None
        return by_id(name) if name else None

    @property
    def listed(self) -> tuple[str, ...]:
        """Ids of the actions that the search leaves."""
        return tuple(item.data(0, _ID) for item in self._items() if not item.isHidden())

    def choose(self, name: str) -> None:
        """Stand on an action."""
        for item in self._items():
            if item.data(0, _ID) == name:
                self.tree.setCurrentItem(item)

    # What a person does

    def _press(self, key: str) -> None:
        row = self.chosen
        if row is None:
            return
        self._ask("")
        reason, other = refusal(key), holder(self._actions, row.id, key)
        if reason:
            self._tell(f"{shown_key(key)} cannot be had: {reason}.", problem=True)
        elif other is not None:
            self._ask(key)
            self._tell(
                f"{shown_key(key)} is the key of “{_plain(other)}” ({other.menu}). "
                f"Take it over for “{_plain(row)}”?",
                problem=True,
            )
            self.take.setFocus()
        else:
            self._set({row.id: key}, f"{shown_key(key)} is the key of “{_plain(row)}” now.")

    def _take(self) -> None:
        row, key = self.chosen, self._wanted
        other = holder(self._actions, row.id, key) if row is not None else None
        if row is not None and other is not None:
            text = (
                f"{shown_key(key)} is the key of “{_plain(row)}” now; “{_plain(other)}” has none."
            )
            self._set({row.id: key, other.id: ""}, text)
        self._ask("")
        self.tree.setFocus()

    def _leave(self) -> None:
        self._ask("")
        self._tell("Nothing was changed.")
        self.tree.setFocus()

    def _unset(self) -> None:
        row = self.chosen
        if row is not None:
            self._set({row.id: ""}, f"“{_plain(row)}” has no key now.")

    def _back(self) -> None:
        row = self.chosen
        if row is not None and row.key:
            self._press(row.key)
        elif row is not None:
            self._unset()

    def _reset(self) -> None:
        self._ask("")
        self.keys_edited.emit({})
        self._tell("Every action has the key it came with.")

    def _set(self, changes: dict[str, str], text: str) -> None:
        self.keys_edited.emit(changed(self._actions, changes))
        self._tell(text)

    # What is shown

    def _fill(self) -> None:
        for menu in MENUS:
            rows = [row for row in ACTIONS if row.menu.split("/")[0] == menu]
            if not rows:
                continue
            parent = QTreeWidgetItem(self.tree, [menu])
            parent.setFlags(Qt.ItemFlag.ItemIsEnabled)
            font = parent.font(0)
            font.setBold(True)
            parent.setFont(0, font)
            for row in rows:
                below = " › ".join(row.menu.split("/")[1:])
                text = f"{below} › {_plain(row)}" if below else _plain(row)
                item = QTreeWidgetItem(parent, [text])
                item.setData(0, _ID, row.id)
                item.setToolTip(0, row.tip or _plain(row))
            parent.setExpanded(True)
        self._refresh()

    def _refresh(self) -> None:
        """The keys in force; those that differ from the table stand out."""
        for item in self._items():
            row = by_id(item.data(0, _ID))
            key = self._actions.key(row.id)
            item.setText(1, shown_key(key))
            item.setText(2, shown_key(row.key))
            font = item.font(1)
            font.setBold(QKeySequence(key) != QKeySequence(row.key))
            item.setFont(1, font)
        self._show_chosen()

    def _filter(self, text: str) -> None:
        words = text.casefold().split()
        for item in self._items():
            row = by_id(item.data(0, _ID))
            said = f"{row.menu} {item.text(0)} {row.tip} {item.text(1)}".casefold()
            item.setHidden(not all(word in said for word in words))
        for n in range(self.tree.topLevelItemCount()):
            menu = self.tree.topLevelItem(n)
            assert menu is not None
            menu.setHidden(all(item.isHidden() for item in _children(menu)))
        self._choose_first()

    def _choose_first(self) -> None:
        shown = [item for item in self._items() if not item.isHidden()]
        if shown:
            self.tree.setCurrentItem(shown[0])
        else:
            self.tree.clearSelection()
            self.tree.selectionModel().clearCurrentIndex()

    def _show_chosen(self) -> None:
        row = self.chosen
        for part in (self.field, self.none, self.default):
            part.setEnabled(row is not None)
        self.field.setText(shown_key(self._actions.key(row.id)) if row is not None else "")

    def _moved(self) -> None:
        self._ask("")
        self._tell("")
        self._show_chosen()

    def _ask(self, key: str) -> None:
        self._wanted = key
        self.take.setVisible(bool(key))
        self.leave.setVisible(bool(key))

    def _tell(self, text: str, problem: bool = False) -> None:
        self.told.setText(text)
        self.told.setProperty("role", "problem" if problem else "small")
        self.told.style().unpolish(self.told)
        self.told.style().polish(self.told)

    def _items(self) -> list[QTreeWidgetItem]:
        menus = [self.tree.topLevelItem(n) for n in range(self.tree.topLevelItemCount())]
        return [item for menu in menus if menu is not None for item in _children(menu)]

    def _connect(self) -> None:
        self._actions.keys_changed.connect(self._refresh)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self.tree.setFocus)
        self.tree.currentItemChanged.connect(lambda *_: self._moved())
        self.tree.itemActivated.connect(lambda *_: self.field.setFocus())
        self.field.pressed.connect(self._press)
        self.take.clicked.connect(self._take)
        self.leave.clicked.connect(self._leave)
        self.none.clicked.connect(self._unset)
        self.default.clicked.connect(self._back)
        self.reset.clicked.connect(self._reset)
        self._ask("")

    def _lay_out(self) -> None:
        header = self.tree.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setStretchLastSection(False)
        for column in (1, 2):
            header.resizeSection(column, self.fontMetrics().horizontalAdvance("Ctrl+Shift+W") + 24)
        self.field.setMaximumWidth(self.fontMetrics().averageCharWidth() * 26)
        choice = QHBoxLayout()
        for part in (self.field, self.none, self.default):
            choice.addWidget(part)
        choice.addStretch(1)
        choice.addWidget(self.reset)
        answer = QHBoxLayout()
        answer.addWidget(self.told, 1)
        answer.addWidget(self.take)
        answer.addWidget(self.leave)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 10, 0, 4)
        page.addWidget(self.search)
        page.addWidget(self.tree, 1)
        page.addLayout(choice)
        page.addLayout(answer)


def _children(menu: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    items = [menu.child(n) for n in range(menu.childCount())]
    return [item for item in items if item is not None]


def _plain(row: Action) -> str:
    return row.text.rstrip("…")


def _button(name: str, text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    named(button, name, text)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    return button
