"""The window: it arranges what it is given and knows nothing about interferograms."""

from PySide6.QtCore import QByteArray, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QLabel,
    QMainWindow,
    QMenu,
    QMenuBar,
    QSizePolicy,
    QStatusBar,
    QTabBar,
    QTabWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from thalia_core.errors import ThaliaError
from thalia_viewer import theme as themes
from thalia_viewer.actions import ActionSet
from thalia_viewer.bars import Header, MessageBar, Readout, named
from thalia_viewer.table import ACTIONS, MENUS, MNEMONICS

_LAYOUT_VERSION = 2


class MainWindow(QMainWindow):
    """Menus, header, tools, picture, docks and read-out."""

    close_asked = Signal()
    """A person wants to leave; ``close_now`` does it."""
    moved = Signal()
    """Place, size or docks may have changed."""

    def __init__(self, theme: themes.Theme) -> None:
        super().__init__()
        named(self, "window", "Thalia")
        self.setWindowTitle("Thalia")
        self.setWindowIcon(themes.app_icon())
        self.setDockNestingEnabled(True)
        self.setDockOptions(self.dockOptions() | QMainWindow.DockOption.GroupedDragging)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self._leaving = False
        self._first, self._column = QByteArray(), 0
        self._docks: dict[str, QDockWidget] = {}
        self._menus: dict[str, QMenu] = {}
        bar = QMenuBar()
        named(bar, "menus", "Menus")
        bar.setNativeMenuBar(False)  # the header shares its line
        self._bar = bar
        self.header = Header(bar)
        self.setMenuWidget(self.header)
        self.messages = MessageBar(theme)
        self.readout = Readout()
        self.activity = QLabel()
        named(self.activity, "status.activity", "What is being read")
        self.activity.setProperty("role", "small")
        self.matches = QLabel()
        named(self.matches, "status.matches", "Pairs that the filter finds")
        self.matches.setProperty("role", "small")
        status = QStatusBar()
        named(status, "status", "Status")
        status.setSizeGripEnabled(False)
        status.setContentsMargins(0, 0, 8, 0)
        status.addWidget(self.readout, 1)
        status.addPermanentWidget(self.matches)
        status.addPermanentWidget(self.activity)
        self.setStatusBar(status)

    def add_menus(self, actions: ActionSet, theme: themes.Theme) -> None:
        """Make the menus of the table."""
        for row in ACTIONS:
            menu = self._menu(row.menu)
            if row.line:
                menu.addSeparator()
            menu.addAction(actions[row.id])
            self.addAction(actions[row.id])
        self.dress_actions(actions, theme)

    def dress_actions(self, actions: ActionSet, theme: themes.Theme) -> None:
        """Give the actions their icons."""
        for row in ACTIONS:
            if row.icon:
                actions[row.id].setIcon(themes.icon(row.icon, theme))

    def set_centre(self, canvas: QWidget) -> None:
        """The picture, and messages over its upper edge."""
        self.setCentralWidget(_Centre(canvas, self.messages))

    def add_strip(self, strip: QToolBar) -> None:
        """The tools, over the whole width."""
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, strip)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)

    def add_dock(
        self,
        name: str,
        title: str,
        panel: QWidget,
        with_tab: str = "",
        area: Qt.DockWidgetArea = Qt.DockWidgetArea.LeftDockWidgetArea,
    ) -> QDockWidget:
        """A panel on the left or in another area, below the others or as a tab of another one."""
        dock = QDockWidget(title)
        named(dock, f"dock.{name}", title)
        dock.setWidget(panel)
        dock.setTitleBarWidget(_DockTitle(title))
        self.addDockWidget(area, dock)
        if with_tab:
            self.tabifyDockWidget(self._docks[with_tab], dock)
        self._docks[name] = dock
        dock.toggleViewAction().setObjectName(f"view.panel.{name}")
        if len(self._docks) == 1:
            self._menu("View/Panels").addSeparator()
        self._menu("View/Panels").addAction(dock.toggleViewAction())
        for signal in (dock.topLevelChanged, dock.dockLocationChanged, dock.visibilityChanged):
            signal.connect(self._dock_moved)
        return dock

    @property
    def docks(self) -> tuple[QDockWidget, ...]:
        """All panels in the order of their making, hidden ones too."""
        return tuple(self._docks.values())

    def show_dock(self, name: str) -> None:
        """Bring a panel to the front.

        Raises:
            ThaliaError: There is no such panel.
        """
        if name not in self._docks:
            known = ", ".join(self._docks)
            raise ThaliaError("no such panel", where=repr(name), fix=f"known are {known}")
        self._docks[name].show()
        self._docks[name].raise_()

    def lay_out(self, width: int, height: int, column: int) -> None:
        """First start: one column of panels, the rest of the window for the picture."""
        self.resize(width, height)
        self._column = column
        self._first = self.saveState(_LAYOUT_VERSION)
        self._share_out()

    def reset_layout(self) -> None:
        """The panels where they were at the first start; the window keeps its size."""
        self.restoreState(self._first, _LAYOUT_VERSION)
        self._share_out()

    def _share_out(self) -> None:
        height = self.height()
        self.resizeDocks([self._docks["archive"]], [self._column], Qt.Orientation.Horizontal)
        weights = {"map": 15, "archive": 17, "pairs": 26, "labels": 42}
        docks = [self._docks[name] for name in weights]
        self.resizeDocks(
            docks, [height * w // 100 for w in weights.values()], Qt.Orientation.Vertical
        )
        self.show_dock("labels")
        self._dock_moved()

    def memory(self) -> tuple[str, str]:
        """Place and docks, for the settings."""
        place = bytes(self.saveGeometry().toBase64().data()).decode()
        docks = bytes(self.saveState(_LAYOUT_VERSION).toBase64().data()).decode()
        return place, docks

    def restore(self, place: str, docks: str) -> None:
        """As it was left."""
        if place:
            self.restoreGeometry(QByteArray.fromBase64(place.encode()))
        if docks:
            self.restoreState(QByteArray.fromBase64(docks.encode()), _LAYOUT_VERSION)
        self._dock_moved()

    def show_title(self, what: str, fate: str) -> None:
        """The title of the window tells what is shown, and whether it is saved."""
        self.setWindowTitle(" - ".join(part for part in (what, "Thalia", fate) if part))

    def close_now(self) -> None:
        """Leave without asking."""
        self._leaving = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask first: what is not saved yet takes its time."""
        if self._leaving:
            event.accept()
            return
        event.ignore()
        self.close_asked.emit()

    def _menu(self, path: str) -> QMenu:
        if not self._menus:
            for title in MENUS:
                shown = title.replace(MNEMONICS[title], f"&{MNEMONICS[title]}", 1)
                self._menus[title] = self._bar.addMenu(shown)
                named(self._menus[title], f"menu.{title}", title)
        if path not in self._menus:
            parent, _, title = path.rpartition("/")
            self._menus[path] = self._menu(parent).addMenu(title)
            named(self._menus[path], f"menu.{path}", title)
        return self._menus[path]

    def _dock_moved(self, *_: object) -> None:
        for tabs in self.findChildren(QTabBar):
            tabs.setElideMode(Qt.TextElideMode.ElideNone)
            tabs.setExpanding(False)
            tabs.setDrawBase(False)
        for dock in self._docks.values():
            title = dock.titleBarWidget()
            if isinstance(title, _DockTitle):
                # The tab says the title already: no second line for it.
                title.set_folded(bool(self.tabifiedDockWidgets(dock)) and not dock.isFloating())
        self.moved.emit()


class _Centre(QWidget):
    """Messages lie over the picture: it must not move under the hand when one comes."""

    def __init__(self, canvas: QWidget, messages: MessageBar) -> None:
        super().__init__()
        self._messages = messages
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(canvas)
        messages.setParent(self)
        messages.resized.connect(self._place)
        messages.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The messages keep the whole width."""
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        height = self._messages.heightForWidth(self.width())
        fitting = height if height > 0 else self._messages.sizeHint().height()
        self._messages.setGeometry(0, 0, self.width(), fitting)
        self._messages.raise_()


class _DockTitle(QLabel):
    """A small title that a dock is dragged by; folded away where a tab shows it."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._folded = False
        self.setProperty("role", "dock_title")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_folded(self, folded: bool) -> None:
        """Take no room, or the room of a line."""
        if folded != self._folded:
            self._folded = folded
            self.updateGeometry()
            dock = self.parentWidget()
            layout = dock.layout() if dock is not None else None
            if layout is not None:
                layout.invalidate()

    def sizeHint(self) -> QSize:
        """A line, or nothing."""
        size = super().sizeHint()
        return QSize(size.width(), 0) if self._folded else size

    def minimumSizeHint(self) -> QSize:
        """The same: Qt lays a title out by it."""
        return self.sizeHint()
