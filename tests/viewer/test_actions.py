"""One table of actions: keys, menus and the sheet say the same."""

from collections import Counter

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLabel, QMenuBar, QWidget

from thalia_viewer import resources
from thalia_viewer.actions import ActionSet, shown_key
from thalia_viewer.dialogs.keys import GESTURES, KeySheet
from thalia_viewer.table import ACTIONS, MENUS, MNEMONICS, by_id

PRODUCT_KEYS = {
    "pair.previous": "A",
    "pair.next": "D",
    "pair.previous_secondary": "Shift+A",
    "pair.next_secondary": "Shift+D",
    "pair.previous_primary": "W",
    "pair.next_primary": "S",
    "pair.next_unlabelled": "N",
    "tool.brush": "B",
    "tool.eraser": "E",
    "tool.polygon": "P",
    "tool.swap": "X",
    "brush.smaller": "[",
    "brush.larger": "]",
    "activity.1": "1",
    "activity.6": "6",
    "intensity.1": "Alt+1",
    "intensity.3": "Alt+3",
    "view.masks": "H",
    "view.contour": "C",
    "view.bare": "Space",
    "view.reset": "Z",
    "edit.undo": "Ctrl+Z",
    "edit.redo": "Ctrl+Shift+Z",
    "file.save": "Ctrl+S",
    "model.train": "Ctrl+T",
    "help.keys": "?",
}


def test_the_keys_are_those_of_the_product():
    assert {name: by_id(name).key for name in PRODUCT_KEYS} == PRODUCT_KEYS


def test_no_id_and_no_key_is_used_twice():
    assert max(Counter(row.id for row in ACTIONS).values()) == 1
    keys = Counter(QKeySequence(row.key).toString() for row in ACTIONS if row.key)
    assert max(keys.values()) == 1


def test_every_row_is_in_a_menu_and_has_its_icon():
    for row in ACTIONS:
        assert row.menu.split("/")[0] in MENUS
        if row.icon:
            assert resources.path("icons", f"{row.icon}.svg").is_file(), row.icon


def test_the_key_sheet_is_the_table(qtbot):
    owner = QWidget()
    qtbot.addWidget(owner)
    actions = ActionSet({"pair.next": "F"}, owner)
    sheet = KeySheet(actions.sheet(), owner)
    labels = [label.text() for label in sheet.findChildren(QLabel)]
    expected = []
    for menu in MENUS:
        rows = [row for row in ACTIONS if row.menu.split("/")[0] == menu and row.key]
        expected += [menu] if rows else []
        for row in rows:
            key = "F" if row.id == "pair.next" else row.key
            expected += [row.text.rstrip("…"), shown_key(key)]
    for heading, rows in GESTURES:
        expected += [heading, *(word for row in rows for word in row)]
    assert sorted(labels) == sorted(expected)


def test_the_menus_are_the_table(app):
    bar = app.parts.window.findChild(QMenuBar, "menus")
    assert [action.text().replace("&", "") for action in bar.actions()] == list(MENUS)
    letters = [action.text().partition("&")[2][:1] for action in bar.actions()]
    assert letters == [MNEMONICS[menu] for menu in MENUS]
    assert len({letter.upper() for letter in letters}) == len(MENUS)
    listed = {a.objectName() for menu in bar.actions() for a in _all(menu.menu())}
    assert {row.id for row in ACTIONS} <= listed


def test_actions_that_make_no_sense_now_are_off(open_app):
    app = open_app(None)
    for row in ACTIONS:
        action = app.parts.actions[row.id]  # free places of the recent archives are not seen
        possible = row.when == "always" and action.isVisible()
        assert action.isEnabled() == possible, row.id


def _all(menu):
    for action in menu.actions():
        if action.menu() is not None:
            yield from _all(action.menu())
        elif action.objectName():
            yield action
