"""Which keys an action may have: what lists, fields and menus keep, and who has a key already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from thalia_viewer.table import ACTIONS, MENUS, MNEMONICS, Action

if TYPE_CHECKING:
    from thalia_viewer.actions import ActionSet

_DRAWING = "the picture needs it while something is drawn, and fields and dialogs to close"
_MOVING = "lists, fields and sliders move with it"
_WRITING = "text fields write with it"
_RESERVED: dict[Qt.Key, str] = {
    Qt.Key.Key_Return: _DRAWING,
    Qt.Key.Key_Enter: _DRAWING,
    Qt.Key.Key_Escape: _DRAWING,
    Qt.Key.Key_Backspace: _DRAWING,
    Qt.Key.Key_Delete: _WRITING,
    Qt.Key.Key_Tab: "it goes from field to field",
    Qt.Key.Key_Backtab: "it goes from field to field",
    **dict.fromkeys(
        (
            Qt.Key.Key_Left,
            Qt.Key.Key_Right,
            Qt.Key.Key_Up,
            Qt.Key.Key_Down,
            Qt.Key.Key_Home,
            Qt.Key.Key_End,
            Qt.Key.Key_PageUp,
            Qt.Key.Key_PageDown,
        ),
        _MOVING,
    ),
}
"""Keys that are taken without Ctrl or Alt, and by what."""
_CLIPBOARD = {"Ctrl+A", "Ctrl+C", "Ctrl+V", "Ctrl+X"}
_STRONG = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)


def refusal(key: str) -> str:
    """Why no action may have that key (portable spelling); empty when it may."""
    sequence = QKeySequence(key)
    if not key or sequence.isEmpty():
        return ""
    combination = sequence[0]  # type: ignore[index]  # the stubs miss it
    strong = combination.keyboardModifiers() & _STRONG
    if not strong:
        return _RESERVED.get(combination.key(), "")
    if sequence.toString() in _CLIPBOARD:
        return "text fields copy, cut, paste and select with it"
    for menu in MENUS:
        if sequence == QKeySequence(f"Alt+{MNEMONICS[menu]}"):
            return f"it opens the menu {menu}"
    return ""


def holder(actions: ActionSet, name: str, key: str) -> Action | None:
    """The other action that has that key now."""
    sequence = QKeySequence(key)
    if sequence.isEmpty():
        return None
    for row in ACTIONS:
        if row.id != name and QKeySequence(actions.key(row.id)) == sequence:
            return row
    return None


def changed(actions: ActionSet, changes: dict[str, str]) -> dict[str, str]:
    """All keys that differ from the table once these changes are made."""
    keys = {row.id: changes.get(row.id, actions.key(row.id)) for row in ACTIONS}
    return {row.id: keys[row.id] for row in ACTIONS if not _same(keys[row.id], row.key)}


def _same(one: str, other: str) -> bool:
    return QKeySequence(one) == QKeySequence(other)
