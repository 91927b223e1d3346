"""From panel to panel by keyboard, and all panels back in their first places."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QDockWidget, QWidget

from thalia_viewer.features.feature import Feature

if TYPE_CHECKING:
    from thalia_viewer.parts import Parts


class KeyboardFeature(Feature):
    """The picture, then every open panel, those behind a tab too."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        parts.actions.bind("view.next_panel", partial(self.step, 1))
        parts.actions.bind("view.previous_panel", partial(self.step, -1))
        parts.actions.bind("view.reset_layout", parts.window.reset_layout)

    def step(self, way: int) -> None:
        """The keyboard goes to the next place (1) or the one before (-1)."""
        docks = [dock for dock in self.parts.window.docks if not dock.isHidden()]
        here = QApplication.focusWidget()
        at = next((n for n, dock in enumerate(docks, 1) if _holds(dock, here)), 0)
        to = (at + way) % (len(docks) + 1)
        if to == 0:
            self.parts.canvas.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return
        dock = docks[to - 1]
        dock.raise_()
        panel = dock.widget()
        if panel is not None:
            _first_field(panel).setFocus(Qt.FocusReason.ShortcutFocusReason)


def _holds(dock: QDockWidget, widget: QWidget | None) -> bool:
    return widget is not None and dock.isAncestorOf(widget)


def _first_field(panel: QWidget) -> QWidget:
    """The first part of a panel that takes the keyboard; the panel itself when none does."""
    widget = panel.nextInFocusChain()
    while widget is not None and widget is not panel and panel.isAncestorOf(widget):
        takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if takes and widget.isEnabled() and widget.isVisibleTo(panel):
            return widget
        widget = widget.nextInFocusChain()
    panel.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return panel
