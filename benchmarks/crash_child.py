"""What the crash campaign kills: programs that edit one cube until they are stopped.

    python crash_child.py headless|window|writer CUBE PAIR FIRST COUNT [STRIP]

One JSON line on stdout for every edit that was acknowledged: in a window, when its header says
"saved"; headless, when the call returns.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import polygon
from thalia_core.cube.labels import Activity, Intensity
from thalia_core.cube.pairs import DatePair

CELL = 8
"""Side of the square that is one edit's own, in pixels."""
SPOT = 24
"""The same in a window, where a brush paints it."""


def code_of(cell: int) -> int:
    """The activity type of a cell."""
    return 1 + cell % 6


def place(cell: int, cols: int, side: int) -> tuple[int, int]:
    """North-western pixel of a cell."""
    per_row = cols // side
    return cell // per_row * side, cell % per_row * side


def headless(cube: str, pair: str, first: str, count: str, strip: str = "") -> None:
    """Paint cells and write captions, one edit after the other."""
    who = f"headless {strip}".strip()
    session = EditSession.open(cube, who, lock_timeout=600, background=False)
    shape, at = session.cube.geometry.shape, DatePair.parse(pair)
    print("ready", flush=True)
    for cell in range(int(first), int(first) + int(count)):
        row, col = place(cell, shape[1], CELL)
        corners = [(row, col), (row, col + CELL), (row + CELL, col + CELL), (row + CELL, col)]
        paint = Paint(code_of(cell), 0 if code_of(cell) == 5 else 2)
        fields = {} if strip else {"caption": f"edit {cell}"}
        step = session.annotate(at, f"cell {cell}", polygon(corners, shape), paint, fields)
        assert step is not None
        told = {"id": step.id, "row": row + CELL // 2, "col": col + CELL // 2}
        told |= {"code": code_of(cell)} | ({} if strip else {"caption": cell})
        print(json.dumps(told), flush=True)
    session.close()


def window(cube: str, pair: str, first: str, count: str) -> None:
    """Paint spots with the brush in the real window, by the mouse."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QApplication

    from thalia_viewer import theme
    from thalia_viewer.app import App, Options
    from thalia_viewer.errors import ErrorPath
    from thalia_viewer.settings import SettingsFile

    folder = Path(cube).parent / "window"
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder))
    application = QApplication([])
    theme.apply(application, theme.DARK)
    options = Options(path=Path(cube), pair=DatePair.parse(pair), size=(1200, 800))
    app = App(
        options, SettingsFile(folder / "settings.json"), ErrorPath(folder / "log" / "crash.log")
    )
    app.show()
    while not app.settled() or app.parts.editor.session is None:
        application.processEvents()
    print("ready", flush=True)
    for told in _painted(app, application, DatePair.parse(pair), int(first), int(count)):
        print(json.dumps(told), flush=True)
    app.close()


def _painted(app, application, pair: DatePair, first: int, count: int) -> Iterator[dict]:
    """Strokes as they are acknowledged; painting goes on while others are being saved."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    parts, session = app.parts, app.parts.editor.session
    view = parts.canvas.focusProxy().viewport()
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    parts.state.set_tool("brush")
    parts.state.set_radius(SPOT / 4)
    waiting: list[dict] = []
    for spot in range(first, first + count):
        row, col = (n + SPOT // 2 for n in place(spot, session.cube.geometry.cols, SPOT))
        known = len(session.history(pair))
        code = 1 + spot % 4
        parts.state.set_paint(Activity(code), Intensity.MEDIUM)
        QTest.mousePress(view, left, none, parts.canvas.to_widget(row, col).toPoint())
        QTest.mouseMove(view, parts.canvas.to_widget(row, col + 2).toPoint())
        QTest.mouseRelease(view, left, none, parts.canvas.to_widget(row, col + 2).toPoint())
        application.processEvents()
        steps = session.history(pair)
        assert len(steps) == known + 1, "the stroke is a step"
        painted = int(session.masks(pair).activity[row, col])
        waiting.append({"id": steps[-1].id, "row": row, "col": col, "code": painted})
        if spot % 3 == 0:  # a hand that pauses
            until = time.monotonic() + 30
            while session.dirty and time.monotonic() < until:
                application.processEvents()
                time.sleep(0.002)
        if not session.dirty:  # what the header calls "saved"
            yield from waiting
            waiting = []
    session.flush()
    yield from waiting


def writer(cube: str, pair: str, first: str, count: str, strip: str) -> None:
    """One of several that edit at once."""
    headless(cube, pair, first, count, strip)


def main() -> None:
    """Run one of the programs."""
    np.seterr(all="ignore")
    {"headless": headless, "window": window, "writer": writer}[sys.argv[1]](*sys.argv[2:])


if __name__ == "__main__":
    main()
