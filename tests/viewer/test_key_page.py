"""Rebinding keys: at once, everywhere, never two actions on one key, never a key that is taken."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from support.window import PAIRS, press, wait_settled

from thalia_viewer.actions import ActionSet
from thalia_viewer.bindings import changed, refusal
from thalia_viewer.table import ACTIONS, MENUS, MNEMONICS, by_id

KEYS = Qt.Key


def open_dialog(app, name="dialog.settings", action="edit.settings"):
    app.parts.actions[action].trigger()
    return app.parts.window.findChild(QDialog, name)


@pytest.fixture
def page(app):
    dialog = open_dialog(app)
    dialog.pages.setCurrentWidget(dialog.keys)
    yield dialog.keys
    left = app.parts.window.findChild(QDialog, "dialog.settings")
    if left is not None:
        left.close()


def shut(app, page, qtbot):
    """Close the dialog; the keyboard is the window's again."""
    page.window().close()
    app.parts.window.activateWindow()
    app.parts.canvas.setFocus()
    view = app.parts.canvas.focusProxy()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is view)


def test_a_new_key_acts_at_once_and_the_old_one_no_more(app, page, qtbot, tmp_path):
    page.choose("pair.next")
    QTest.keyClick(page.field, KEYS.Key_F11)
    assert "is the key of “Next pair” now" in page.told.text()
    shut(app, page, qtbot)
    press(app, KEYS.Key_D)
    assert app.parts.state.pair == PAIRS[0]
    press(app, KEYS.Key_F11)
    assert app.parts.state.pair == PAIRS[1]
    wait_settled(qtbot, app)
    assert app.parts.actions["pair.next"].toolTip().endswith("(F11)")
    assert ("Next pair", "F11") in dict(app.parts.actions.sheet())["Pairs"]
    assert json.loads((tmp_path / "settings.json").read_text())["keys"] == {"pair.next": "F11"}


def test_a_key_that_is_taken_names_its_action_and_can_be_taken_over(app, page):
    page.choose("pair.next")
    QTest.keyClick(page.field, KEYS.Key_A)
    assert "“Previous pair”" in page.told.text()
    assert app.parts.actions.key("pair.next") == "D"
    page.take.click()
    assert app.parts.actions.key("pair.next") == "A"
    assert app.parts.actions.key("pair.previous") == ""
    assert app.parts.actions["pair.previous"].shortcut().isEmpty()


def test_a_key_that_is_taken_can_be_left_where_it_is(app, page):
    page.choose("pair.next")
    QTest.keyClick(page.field, KEYS.Key_A)
    page.leave.click()
    assert app.parts.settings.value.keys == {}
    assert app.parts.actions.key("pair.previous") == "A"
    assert page.take.isHidden()


@pytest.mark.parametrize(
    ("key", "modifier", "reason"),
    [
        (KEYS.Key_Return, Qt.KeyboardModifier.NoModifier, "while something is drawn"),
        (KEYS.Key_Escape, Qt.KeyboardModifier.NoModifier, "while something is drawn"),
        (KEYS.Key_Backspace, Qt.KeyboardModifier.NoModifier, "while something is drawn"),
        (KEYS.Key_Up, Qt.KeyboardModifier.NoModifier, "move with it"),
        (KEYS.Key_C, Qt.KeyboardModifier.ControlModifier, "copy, cut"),
        (KEYS.Key_F, Qt.KeyboardModifier.AltModifier, "opens the menu File"),
    ],
)
def test_keys_that_fields_and_the_picture_need_are_refused(app, page, key, modifier, reason):
    page.choose("pair.next")
    QTest.keyClick(page.field, key, modifier)
    assert reason in page.told.text()
    assert app.parts.actions.key("pair.next") == "D"


def test_one_or_all_actions_go_back_to_how_they_came(app, page):
    for name, key in (("pair.next", KEYS.Key_F11), ("tool.brush", KEYS.Key_F12)):
        page.choose(name)
        QTest.keyClick(page.field, key)
    page.choose("pair.next")
    page.default.click()
    assert app.parts.settings.value.keys == {"tool.brush": "F12"}
    page.reset.click()
    assert app.parts.settings.value.keys == {}
    assert app.parts.actions["tool.brush"].shortcut() == QKeySequence("B")


def test_the_key_that_is_held_can_be_another_one(app, page, qtbot):
    page.choose("view.bare")
    QTest.keyClick(page.field, KEYS.Key_K, Qt.KeyboardModifier.ShiftModifier)
    shut(app, page, qtbot)
    target = QApplication.focusWidget()
    QTest.keyPress(target, KEYS.Key_K, Qt.KeyboardModifier.ShiftModifier)
    assert app.parts.state.bare
    QTest.keyRelease(target, KEYS.Key_K, Qt.KeyboardModifier.ShiftModifier)
    assert not app.parts.state.bare
    QTest.keyClick(target, KEYS.Key_Space)
    assert not app.parts.state.bare


def test_the_search_leaves_what_holds_all_words(page):
    page.search.setText("next frame")
    assert page.listed == ("frame.next",)
    assert page.chosen == by_id("frame.next")
    page.search.setText("no such action")
    assert page.chosen is None
    assert not page.field.isEnabled()


def test_no_action_comes_with_a_key_that_is_refused():
    assert {row.id: refusal(row.key) for row in ACTIONS if refusal(row.key)} == {}
    assert set(MNEMONICS) == set(MENUS)


@pytest.fixture(scope="module")
def actions(qapp):
    owner = QWidget()
    yield ActionSet({}, owner)
    owner.deleteLater()  # not left to the garbage collector, which may run on any thread
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


_KEYS = st.sampled_from(["", "F11", "F12", "Ctrl+F12", "Shift+F12", "A", "D", "W", "Space"])


@settings(deadline=None, max_examples=25)
@given(st.dictionaries(st.sampled_from([row.id for row in ACTIONS]), _KEYS, max_size=6))
def test_whatever_is_set_the_settings_hold_what_differs_and_no_more(actions, changes):
    actions.rebind({})
    kept = changed(actions, changes)
    actions.rebind(kept)
    assert {name for name in kept if by_id(name).key == kept[name]} == set()
    assert {row.id: actions.key(row.id) for row in ACTIONS} == {
        row.id: changes.get(row.id, row.key) for row in ACTIONS
    }
    assert changed(actions, {row.id: row.key for row in ACTIONS}) == {}
