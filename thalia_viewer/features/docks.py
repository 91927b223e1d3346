"""Where measuring shows: panels below the picture as tabs, and rulers over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from thalia_viewer.canvas.rulers import Rulers

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDockWidget, QWidget

    from thalia_viewer.deck import Deck
    from thalia_viewer.window import MainWindow

_SHARE = 0.36  # of the height of the window


def add_below(
    window: MainWindow, name: str, title: str, panel: QWidget, with_tab: str = ""
) -> QDockWidget:
    """A panel below the picture; it is hidden until somebody asks for it."""
    dock = window.add_dock(
        name, title, panel, with_tab, area=Qt.DockWidgetArea.BottomDockWidgetArea
    )
    dock.hide()
    return dock


def bring(window: MainWindow, name: str, dock: QDockWidget, share: float = _SHARE) -> None:
    """Bring such a panel to the front, at a height that leaves the picture the larger part."""
    fresh = dock.isHidden() and not any(
        not other.isHidden() for other in window.tabifiedDockWidgets(dock)
    )
    window.show_dock(name)
    if fresh:
        window.resizeDocks([dock], [round(window.height() * share)], Qt.Orientation.Vertical)


def rulers_over(deck: Deck) -> Rulers:
    """Rulers over every panel of the picture, those to come among them."""
    rulers = Rulers()
    for canvas in deck.canvases:
        rulers.add(canvas)
    deck.added.connect(rulers.add)
    return rulers
