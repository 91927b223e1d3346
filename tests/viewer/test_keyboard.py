"""Without a mouse: every action has a menu path, every panel a way for the keyboard."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenuBar
from support.window import press

from thalia_viewer.table import ACTIONS

CTRL = Qt.KeyboardModifier.ControlModifier


def reachable(menu, path=()):
    """(path, action) of everything below a menu or bar."""
    for action in menu.actions():
        below = action.menu()
        if below is not None:
            yield from reachable(below, (*path, action.text().replace("&", "")))
        elif not action.isSeparator():
            yield path, action


def test_every_action_is_reached_through_the_menus(app):
    bar = app.parts.window.findChild(QMenuBar, "menus")
    paths = {action.objectName(): "/".join(path) for path, action in reachable(bar)}
    assert {row.id: paths.get(row.id) for row in ACTIONS} == {row.id: row.menu for row in ACTIONS}


def test_a_key_goes_round_all_open_panels_and_the_picture(app):
    window = app.parts.window
    docks = [dock for dock in window.docks if not dock.isHidden()]
    app.parts.canvas.setFocus()
    for dock in docks:
        press(app, Qt.Key.Key_F6, CTRL)
        assert dock.isAncestorOf(QApplication.focusWidget()), dock.objectName()
        assert not dock.visibleRegion().isEmpty(), dock.objectName()
    press(app, Qt.Key.Key_F6, CTRL)
    assert QApplication.focusWidget() is app.parts.canvas.focusProxy()
    press(app, Qt.Key.Key_F6, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert docks[-1].isAncestorOf(QApplication.focusWidget())


def test_a_closed_panel_is_left_out(app):
    window = app.parts.window
    window.docks[0].hide()
    app.parts.canvas.setFocus()
    press(app, Qt.Key.Key_F6, CTRL)
    assert window.docks[1].isAncestorOf(QApplication.focusWidget())
