"""The real window on a small cube, and guards: nothing may be left running, nothing may block."""

import gc
import os
import shutil
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QEvent, QSettings, QThread, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot
from support.window import wait_settled, write_cube

from thalia_viewer import theme as themes
from thalia_viewer.app import App, Options
from thalia_viewer.errors import ErrorPath
from thalia_viewer.settings import SettingsFile


def pytest_configure(config: pytest.Config) -> None:
    # The offscreen platform says so of windows with a smallest size, of tips and of menus.
    for what in ("propagateSizeHints", "raise", "grabbing the keyboard"):
        config.addinivalue_line("qt_log_ignore", f"This plugin does not support {what}")


@pytest.fixture(autouse=True)
def _nothing_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a dialog with an event loop of its own blocks the window")

    for dialog in (QMessageBox, QFileDialog):
        monkeypatch.setattr(dialog, "exec", refuse)


@pytest.fixture(autouse=True)
def _collected_here() -> Iterator[None]:
    """As in the program (``garbage.py``): no reading thread ends the life of a window."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(autouse=True)
def _own_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    folder = str(tmp_path_factory.mktemp("settings"))
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)


@pytest.fixture(autouse=True)
def _nothing_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A timer, thread or process that outlives its test fails it."""
    begun: list[weakref.ref[QTimer] | weakref.ref[QThread]] = []

    def watch(kind: type[QTimer] | type[QThread]) -> None:
        start = kind.start

        def watched(self: QTimer | QThread, *args: object) -> None:
            begun.append(weakref.ref(self))  # type: ignore[arg-type]
            start(self, *args)  # type: ignore[arg-type]

        monkeypatch.setattr(kind, "start", watched)

    watch(QTimer)
    watch(QThread)
    threads, children = set(threading.enumerate()), _children()
    yield
    left = [thing for ref in begun if (thing := ref()) is not None and _lives(thing)]
    assert not left, f"still running: {left}"
    extra = [t for t in threading.enumerate() if t not in threads and t.is_alive()]
    assert not extra, f"threads left: {extra}"
    assert _children() <= children, "a child process is left"


def _lives(thing: QTimer | QThread) -> bool:
    try:
        return thing.isActive() if isinstance(thing, QTimer) else thing.isRunning()
    except RuntimeError:  # its C++ half is gone
        return False


def _children() -> set[str]:
    try:
        return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())
    except OSError:
        return set()


@pytest.fixture(scope="session")
def written_cube(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cube(tmp_path_factory.mktemp("cube"))


@pytest.fixture
def cube_path(written_cube: Path, tmp_path: Path) -> Path:
    """A cube of the test's own, in an archive folder of its own."""
    return Path(shutil.copytree(written_cube, tmp_path / "archive" / written_cube.name))


Open = Callable[..., App]


@pytest.fixture
def open_app(qtbot: QtBot, tmp_path: Path) -> Iterator[Open]:
    """Opens the real window and waits until it has settled."""
    apps: list[App] = []

    def make(path: Path | None = None, *, settle: bool = True, **options: object) -> App:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        if not application.styleSheet():
            themes.apply(application, themes.DARK)
        settings = SettingsFile(tmp_path / "settings.json")
        errors = ErrorPath(tmp_path / "log" / "crash.log")
        asked = Options(**{"path": path, "size": (1200, 800)} | options)
        app = App(asked, settings, errors)
        apps.append(app)
        app.show()
        if settle:
            wait_settled(qtbot, app)
        return app

    yield make
    for app in apps:
        app.close()
        app.parts.window.deleteLater()
        app.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def app(open_app: Open, cube_path: Path) -> App:
    """The window on the small cube, ready to be edited."""
    return open_app(cube_path)
