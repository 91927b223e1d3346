"""Dab, commit and undo of the brush in the whole window, beside napari on the same grid.

    xvfb-run -s "-screen 0 1600x1000x24" python benchmarks/brush.py --napari PYTHON

A real cube, a real edit session that saves in its thread, real mouse events. "Dab" is a move of the
mouse with the button down until it is painted; "commit" is what letting go takes from the main
thread; "undo" is the action until it is painted. napari paints a labels layer of the same size with
the same brush in a process of its own (PYTHON is an interpreter that has it). Compare the ratios,
the milliseconds belong to the machine.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

os.environ.setdefault("QT_QPA_PLATFORM", "xcb" if "DISPLAY" in os.environ else "offscreen")

import numpy as np
import pyqtgraph as pg
from pair_switch import WINDOW, make, wait
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from thalia_viewer import theme as themes
from thalia_viewer.app import App, Options
from thalia_viewer.errors import ErrorPath
from thalia_viewer.settings import SettingsFile

RADII = (8, 64, 256)
MOVES = 30
LENGTH = 600
NAPARI_PATIENCE_S = 600
Times = dict[str, list[float]]


class Napari:
    """napari in a process of its own."""

    def __init__(self, python: str) -> None:
        script = Path(__file__).with_name("napari_brush.py")
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        self._process = subprocess.Popen(
            [python, str(script), *map(str, WINDOW)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.name = self._answer()["name"]

    def paint(self, size: int, radius: int, contour: bool) -> Times:
        """Milliseconds of each dab, and of the undo of the stroke."""
        assert self._process.stdin is not None
        question = {"size": size, "radius": radius, "contour": contour}
        question["way"] = [way(size, move / MOVES) for move in range(MOVES + 1)]
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """End it."""
        self._process.communicate()

    def _answer(self) -> dict:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise RuntimeError("napari ended")


class Ours:
    """The whole window on a cube of its own."""

    def __init__(self, folder: Path, size: int) -> None:
        self._size = size
        path = make(folder, size)
        errors = ErrorPath(folder / "crash.log")
        self._app = App(Options(path=path, size=WINDOW), SettingsFile(folder / "s.json"), errors)
        self._app.show()
        self._parts = self._app.parts
        self._target: QWidget = self._parts.canvas.findChild(
            pg.GraphicsView, "canvas.view"
        ).viewport()
        self._rest()

    def paint(self, radius: int, contour: bool, strokes: int) -> Times:
        """Milliseconds of dabs, commits and undos."""
        p, process = self._parts, QApplication.processEvents
        p.canvas.set_mask_contour(contour)
        p.state.set_tool("brush")
        p.state.set_radius(radius)
        p.canvas.reset_view()
        self._rest()
        found: Times = {"dab": [], "commit": [], "undo": []}
        for stroke in range(strokes):
            start = self._along(0.0, stroke)
            self._send(QEvent.Type.MouseButtonPress, start)
            process()
            for move in range(1, MOVES + 1):
                at = self._along(move / MOVES, stroke)
                found["dab"].append(timed(lambda at=at: self._send(QEvent.Type.MouseMove, at)))
            begun = perf_counter()
            self._send(QEvent.Type.MouseButtonRelease, at)
            found["commit"].append((perf_counter() - begun) * 1e3)
            self._rest()
            found["undo"].append(timed(p.actions["edit.undo"].trigger))
            self._rest()
        return found

    def close(self) -> None:
        """Save and end."""
        self._app.close()

    def _rest(self) -> None:
        """Everything that was asked for is shown and saved."""
        editor = self._parts.editor
        wait(lambda: self._app.settled() and editor.session is not None and not editor.dirty)
        until = perf_counter() + 0.3
        while perf_counter() < until:
            QApplication.processEvents()

    def _along(self, share: float, stroke: int) -> QPointF:
        """A place on the way of a stroke, which is equally long on every frame."""
        row, col = way(self._size, share)
        return self._parts.canvas.to_widget(row, col + 10 * stroke)

    def _send(self, kind: QEvent.Type, at: QPointF) -> None:
        left, corner = Qt.MouseButton.LeftButton, QPointF(self._target.mapToGlobal(QPoint(0, 0)))
        none = Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(self._target, QMouseEvent(kind, at, corner + at, left, left, none))


def way(size: int, share: float) -> tuple[float, float]:
    """From 0 to 1 along a curve of some LENGTH pixels through the middle of the frame."""
    return size / 2 + LENGTH * (share - 0.5), size / 2 + LENGTH / 2 * np.sin(3 * share)


def timed(step: Callable[[], object]) -> float:
    """Milliseconds until a step is painted."""
    begun = perf_counter()
    step()
    QApplication.processEvents()
    return (perf_counter() - begun) * 1e3


def line(name: str, times: list[float], theirs: list[float] | None = None) -> None:
    middle, rare = median(times), quantiles(times, n=20)[-1]
    text = f"{name:<46}{middle:8.2f} ms {rare:8.2f} ms (95 %)"
    if theirs is not None:
        there, worst = median(theirs), quantiles([*theirs, *theirs], n=20)[-1]
        text += f"   napari {there:8.1f} ms {worst:8.1f} ms (95 %)"
        text += f"   {there / middle:6.0f}, {worst / rare:6.0f} times"
    print(text, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", type=int, default=3072, help="rows and columns beside napari")
    parser.add_argument("--sizes", type=int, nargs="*", default=(1024, 2048, 4096, 8192))
    parser.add_argument("--strokes", type=int, default=4)
    parser.add_argument("--napari", metavar="PYTHON", help="an interpreter that has napari")
    args = parser.parse_args()
    app = QApplication.instance() or QApplication(sys.argv[:1])
    themes.apply(app, themes.DARK)
    napari = Napari(args.napari) if args.napari else None
    print("napari is not compared: name an interpreter" if napari is None else napari.name)
    print(f"window {WINDOW}, {args.strokes} strokes of {MOVES} moves, Qt on {app.platformName()}")
    for size in (args.size, *args.sizes):
        both = napari if size == args.size else None
        with tempfile.TemporaryDirectory() as folder:
            measure(Ours(Path(folder), size), both, size, args)
    if napari is not None:
        napari.close()
    return 0


def measure(ours: Ours, napari: Napari | None, size: int, args: argparse.Namespace) -> None:
    for contour in (False, True):
        for radius in RADII:
            times = ours.paint(radius, contour, args.strokes)
            theirs = napari.paint(size, radius, contour) if napari is not None else {}
            what = f"{size}, radius {radius}{', contour' if contour else ''}"
            line(f"{what}: dab", times["dab"], theirs.get("dab"))
            line(f"{what}: commit", times["commit"])
            line(f"{what}: undo", times["undo"], theirs.get("undo"))
    ours.close()


if __name__ == "__main__":
    sys.exit(main())
