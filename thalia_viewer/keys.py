"""Keys before they are shortcuts: text fields keep their letters, some keys act while held."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from thalia_viewer.actions import ActionSet

_COMMAND = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
_COMMAND |= Qt.KeyboardModifier.MetaModifier

OWN_ESCAPE = "own_escape"
"""Property of a text field that has a use for Esc itself; without it Esc leaves the field."""


def writes_text(widget: QWidget | None) -> bool:
    """Whether letters typed into that widget are text."""
    if isinstance(widget, QComboBox):
        return widget.isEditable()
    if isinstance(widget, QLineEdit | QPlainTextEdit | QTextEdit):
        return not widget.isReadOnly()
    return isinstance(widget, QAbstractSpinBox)


def uses_space(widget: QWidget | None) -> bool:
    """Whether Space means something to that widget."""
    return writes_text(widget) or isinstance(widget, QAbstractButton | QComboBox)


class KeyGate(QObject):
    """Sees every key of the program first.

    Args:
        actions: Whose hold actions it serves.
        window: Keys of other windows (dialogs) are left alone.
        home: Where the keyboard goes when a person leaves a text field with Esc.
    """

    def __init__(self, actions: ActionSet, window: QWidget, home: QWidget) -> None:
        super().__init__(window)
        self._actions = actions
        self._window = window
        self._home = home
        self._held: int | None = None
        self._slot: Callable[[bool], None] | None = None
        self.repeating = False
        """The newest key comes from a key that is held down."""
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Decide about key events; let all others go."""
        kind = event.type()
        if kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            self.repeating = event.isAutoRepeat()
            if self._is_text(event):
                event.accept()
                return True
        elif kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._press(event)
        elif kind == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            return self._release(event)
        elif kind == QEvent.Type.WindowDeactivate and watched is self._window:
            self._let_go()  # the release went to another window
        return False

    def _is_text(self, event: QKeyEvent) -> bool:
        if event.modifiers() & _COMMAND or not event.text().isprintable() or not event.text():
            return False
        return writes_text(QApplication.focusWidget())

    def _press(self, event: QKeyEvent) -> bool:
        if self._held == event.key():
            return True  # held: it repeats
        focus = QApplication.focusWidget()
        if event.key() == Qt.Key.Key_Escape and writes_text(focus) and not self._elsewhere(focus):
            if focus is not None and focus.property(OWN_ESCAPE):
                return False
            self._home.setFocus()
            return True
        busy = uses_space(focus) if event.key() == Qt.Key.Key_Space else writes_text(focus)
        if event.isAutoRepeat() or busy or self._elsewhere(focus):
            return False
        slot = self._actions.held(QKeySequence(event.keyCombination()))
        if slot is None:
            return False
        self._held, self._slot = event.key(), slot
        slot(True)
        return True

    def _release(self, event: QKeyEvent) -> bool:
        if self._held != event.key():
            return False
        if not event.isAutoRepeat():
            self._let_go()
        return True

    def _let_go(self) -> None:
        slot, self._held, self._slot = self._slot, None, None
        if slot is not None:
            slot(False)

    def _elsewhere(self, focus: QWidget | None) -> bool:
        return focus is not None and focus.window() is not self._window
