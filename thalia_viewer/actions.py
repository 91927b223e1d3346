"""The table of actions as Qt actions."""

from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from thalia_viewer.table import ACTIONS, LAYER_TITLES, MENUS, Action, by_id


class ActionSet(QObject):
    """The table as Qt actions.

    Args:
        keys: Key sequences that differ from the table, by action id; empty for no key.
        parent: Owner; the window, so that the keys work all over it.
    """

    keys_changed = Signal()
    """Other keys are in force; every action has its new key and tip."""

    def __init__(self, keys: Mapping[str, str], parent: QObject) -> None:
        super().__init__(parent)
        self._owner = parent
        self._keys = dict(keys)
        self._actions: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}
        self._holds: dict[str, Callable[[bool], None]] = {}
        self._conditions: dict[str, Callable[[], bool]] = {}
        self._reasons: dict[str, str] = {}
        self._holding: set[str] | None = None
        for row in ACTIONS:
            self._actions[row.id] = self._make(row)
            self._set_key(row)

    @property
    def table(self) -> tuple[Action, ...]:
        """All rows."""
        return ACTIONS

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def key(self, name: str) -> str:
        """The key sequence in force, in the portable spelling of the table."""
        return self._keys.get(name, by_id(name).key)

    def rebind(self, keys: Mapping[str, str]) -> None:
        """Other keys, at once; actions that are not named have the key of the table."""
        self._keys = dict(keys)
        for row in ACTIONS:  # all old keys go first: two actions may change places
            self._actions[row.id].setShortcut(QKeySequence())
        for row in ACTIONS:
            self._set_key(row)
        self.keys_changed.emit()

    def bind(self, name: str, slot: Callable[[], None]) -> None:
        """What the action does."""
        self._actions[name].triggered.connect(lambda _checked=False: slot())

    def bind_toggle(self, name: str, slot: Callable[[bool], None]) -> None:
        """What the action does with its new state, when a person changes it."""
        self._actions[name].triggered.connect(slot)

    def bind_hold(self, name: str, slot: Callable[[bool], None]) -> None:
        """What happens when the key goes down (True) and up again (False)."""
        self._holds[name] = slot

    def held(self, sequence: QKeySequence) -> Callable[[bool], None] | None:
        """The function of the usable hold action on that key, if there is one."""
        for name, slot in self._holds.items():
            if QKeySequence(self.key(name)) == sequence and self._actions[name].isEnabled():
                return slot
        return None

    def add_condition(self, name: str, holds: Callable[[], bool]) -> None:
        """A condition that a feature knows of; its ``when`` is that name."""
        self._holding = None
        self._conditions[name] = holds

    def explain(self, reasons: Mapping[str, str]) -> None:
        """Why conditions do not hold, told by the tips of their actions; empty where they do."""
        changed = {name for name, why in reasons.items() if why != self._reasons.get(name, "")}
        self._reasons.update(reasons)
        for row in ACTIONS:
            if row.when in changed:
                self._tell(row)

    def allow(self, conditions: Iterable[str]) -> None:
        """Enable exactly the actions whose condition holds."""
        holding = {"always", *conditions}
        if holding != self._holding:  # after every stroke it is asked, and mostly it is the same
            self._holding = holding
            for row in ACTIONS:
                if row.when not in self._conditions:
                    self._actions[row.id].setEnabled(row.when in holding)
        self.allow_again()

    def allow_again(self) -> None:
        """Ask the features again whether their conditions hold."""
        for row in ACTIONS:
            if row.when in self._conditions:
                self._actions[row.id].setEnabled(self._conditions[row.when]())

    def allow_layers(self, layers: Iterable[str]) -> None:
        """Disable the layers the frame does not have."""
        for name in set(LAYER_TITLES) - set(layers):
            self._actions[f"layer.{name}"].setEnabled(False)

    def check(self, name: str, on: bool = True) -> None:
        """Show a state that something else than the action itself changed."""
        self._actions[name].setChecked(on)

    def sheet(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The key sheet: for each menu its (text, key) rows, actions without a key left out."""
        pages: list[tuple[str, list[tuple[str, str]]]] = []
        for menu in MENUS:
            rows = [
                (row.text, shown_key(self.key(row.id)))
                for row in ACTIONS
                if row.menu.split("/")[0] == menu and self.key(row.id)
            ]
            if rows:
                pages.append((menu, rows))
        return pages

    def _make(self, row: Action) -> QAction:
        action = QAction(row.text, self._owner)
        action.setObjectName(row.id)
        action.setCheckable(row.toggle)
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setStatusTip("")
        if row.group:
            if row.group not in self._groups:
                self._groups[row.group] = QActionGroup(self._owner)
            self._groups[row.group].addAction(action)
        return action

    def _set_key(self, row: Action) -> None:
        """The key in force on the action and in its tip."""
        key, action = self.key(row.id), self._actions[row.id]
        if key and not row.hold:
            action.setShortcut(QKeySequence(key))
        self._tell(row)

    def _tell(self, row: Action) -> None:
        """What the action does, its key, and why it cannot be used now."""
        key, tip = self.key(row.id), row.tip or row.text.rstrip("…")
        tip = f"{tip} ({shown_key(key)})" if key else tip
        why = self._reasons.get(row.when, "")
        self._actions[row.id].setToolTip(f"{tip}\nNot now: {why}" if why else tip)


def shown_key(key: str) -> str:
    """A key sequence as this platform writes it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
