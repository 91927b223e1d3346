"""From the options of the command line to the running program, and out again."""

import sys
from pathlib import Path

from PySide6.QtCore import (
    QMessageLogContext,
    QStandardPaths,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from thalia_viewer import theme as themes
from thalia_viewer.app import App
from thalia_viewer.errors import ErrorPath
from thalia_viewer.options import Options
from thalia_viewer.settings import SettingsFile

_HEARTBEAT_MS = 500


def run(options: Options) -> int:
    """Open the window and stay until it is closed; returns the exit code."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    _hush_offscreen()
    app.setApplicationName("Thalia")
    app.setDesktopFileName("thalia")
    home = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppConfigLocation))
    # A picture shall not depend on what somebody set, nor change it.
    settings = SettingsFile(None if options.screenshot else home / "settings.json")
    errors = ErrorPath(home / "crash.log")
    themes.apply(app, themes.named(settings.value.theme))
    program = App(options, settings, errors)
    crash = errors.last_crash() if options.screenshot is None else None
    errors.install()
    try:
        program.show()
        if crash is not None:
            errors.told.emit(crash)
        # Python handles Ctrl+C in the terminal only between two of its own instructions.
        beat = QTimer()
        beat.timeout.connect(lambda: None)
        beat.start(_HEARTBEAT_MS)
        return app.exec()
    finally:
        program.close()
        errors.uninstall()


def _hush_offscreen() -> None:
    """Keep one remark of the offscreen platform, made of every window, off standard error."""
    if QGuiApplication.platformName() != "offscreen":
        return

    def tell(_kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        if "propagateSizeHints" not in text:
            sys.stderr.write(f"{text}\n")

    qInstallMessageHandler(tell)
