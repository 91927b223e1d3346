"""The real window in tests: a small cube to show, and hands that press keys and drag the mouse."""

from datetime import date
from itertools import combinations
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QWidget
from pytestqt.qtbot import QtBot

from thalia_core.cube.geometry import Geometry
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore, CubeWriter
from thalia_viewer.app import App

ROWS, COLS = 60, 80
DAYS = [date(2024, 1, 6), date(2024, 1, 18), date(2024, 1, 30), date(2024, 2, 11)]
PAIRS = [DatePair(a, b) for a, b in combinations(DAYS, 2)]
FRAME = "106A_09048_000909"


def write_cube(folder: Path, frame: str = FRAME, seed: int = 7) -> Path:
    """Six pairs of four dates: fringes, a no-data margin in the north, coherence, heights."""
    rng = np.random.default_rng(seed)
    writer = CubeWriter.start(
        folder / f"{frame}.zarr",
        frame=frame,
        geometry=Geometry(ROWS, COLS, -91.6, -0.3, 0.001, -0.001),
        dates=DAYS,
        layers=["insar_difference", "insar_coherence", "dem"],
        attrs={"title": "Fernandina"},
    )
    rows, cols = np.mgrid[:ROWS, :COLS]
    writer.write("dem", 1500.0 - np.hypot(rows - 30, cols - 40) * 20)
    for n, pair in enumerate(PAIRS):
        phase = np.angle(np.exp(1j * (0.5 + np.hypot(rows - 30, cols - 40) / (3 + n))))
        phase[:3] = np.nan
        writer.write("insar_difference", phase.astype(np.float32), pair=pair)
        writer.write("insar_coherence", rng.uniform(0.05, 1, (ROWS, COLS)), pair=pair)
    writer.write_pair_values("perpendicular_baseline", dict(zip(PAIRS, range(6), strict=True)))
    return writer.finish()


def wait_settled(qtbot: QtBot, app: App) -> None:
    """Until nothing is being read, shown or opened any more."""
    qtbot.waitUntil(app.settled, timeout=5000)
    QApplication.processEvents()
    qtbot.waitUntil(app.settled, timeout=5000)


def wait_saved(qtbot: QtBot, app: App) -> None:
    """Until all edits are on disk."""
    qtbot.waitUntil(lambda: not app.parts.editor.dirty, timeout=5000)


def press(app: App, key: Qt.Key, modifiers: Qt.KeyboardModifier | None = None) -> None:
    """A key as the window gets it, wherever the focus is."""
    window = app.parts.window
    target = QApplication.focusWidget() or window
    QTest.keyClick(target, key, modifiers or Qt.KeyboardModifier.NoModifier)


def point(app: App, row: float, col: float, panel: int = 0) -> QPoint:
    """Where an image position is in the view of a canvas."""
    return app.parts.deck.canvases[panel].to_widget(row, col).toPoint()


def surface_of(app: App, panel: int = 0) -> QWidget:
    """What the mouse hits in a panel of the picture."""
    view = app.parts.deck.canvases[panel].focusProxy()
    assert isinstance(view, QAbstractScrollArea)
    return view.viewport()


def hover(app: App, row: float, col: float, panel: int = 0) -> None:
    """The mouse moved to an image position, no button held."""
    QTest.mouseMove(surface_of(app, panel), point(app, row, col, panel))


def drag(
    app: App,
    *positions: tuple[float, float],
    ctrl: bool = False,
    held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    panel: int = 0,
    let_go: bool = True,
) -> None:
    """The left button held down from one image position to the next."""
    surface, left = surface_of(app, panel), Qt.MouseButton.LeftButton
    held = Qt.KeyboardModifier.ControlModifier if ctrl else held
    QTest.mousePress(surface, left, held, point(app, *positions[0], panel))
    for position in positions[1:]:
        QTest.mouseMove(surface, point(app, *position, panel))
    if let_go:
        QTest.mouseRelease(surface, left, held, point(app, *positions[-1], panel))


def mask_on_disk(path: Path, pair: DatePair, name: str = "activity_type_mask") -> np.ndarray:
    """A mask as anybody else reads it."""
    return CubeStore.open(path).read_plane(name, pair)
