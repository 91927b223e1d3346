"""Latency of every mask tool in the whole window: hover, press, drag, commit, undo; and of tidying.

    xvfb-run -s "-screen 0 1600x1000x24" python benchmarks/tools.py

A real cube, a real edit session that saves in its thread, real mouse events. Every figure is the
time of the main thread until the picture is painted, median and 95th percentile in milliseconds;
the milliseconds belong to the machine. On a machine that others use, ``--cpu`` counts the processor
time of the main thread instead of the clock. What tidies the mask up runs on a thread: its
figures are the longest time that the window was kept from its events, and the time until it is
shown. A new tool is one more ``Gesture``.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, sleep, thread_time

import numpy as np
from brush import Ours, Times
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from watchdog import Watchdog

from thalia_core.annotate.patch import ERASE, Paint
from thalia_core.annotate.shapes import disc
from thalia_viewer import theme as themes

Spot = tuple[float, float]
MOVES = 30
RING, HOLE = 300, 80
"""Radius of the mask in the middle of the frame, and of the hole in it, in pixels."""
PHASES = ("hover", "press", "drag", "commit", "undo")
NO_KEY, SHIFT, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


def round_about(radius: float, turns: float = 0.9) -> Callable[[float], Spot]:
    """A circle around the middle: (row, column) from the middle of the frame by the share of it."""
    return lambda share: (
        radius * np.sin(2 * np.pi * turns * share),
        radius * np.cos(2 * np.pi * turns * share),
    )


def straight(start: Spot, end: Spot) -> Callable[[float], Spot]:
    """From one place to another."""
    return lambda share: (
        start[0] + (end[0] - start[0]) * share,
        start[1] + (end[1] - start[1]) * share,
    )


@dataclass(frozen=True)
class Gesture:
    """One tool and what the hand does with it.

    Attributes:
        name: What the table says.
        tool: Name of the tool.
        way: Share of the drag, 0 to 1 -> (row, column) from the middle of the frame.
        held: Keys that are held.
        radius: Of the brush, in pixels.
        corners: The way is clicked in that many corners and closed with Enter; 0 for a drag.
        moves: Moves of a drag; 0 for a click.
    """

    name: str
    tool: str
    way: Callable[[float], Spot] = field(default=straight((0, -150), (0, 150)))
    held: Qt.KeyboardModifier = NO_KEY
    radius: float = 64.0
    corners: int = 0
    moves: int = MOVES


GESTURES: tuple[Gesture, ...] = (
    Gesture("brush, radius 64", "brush"),
    Gesture("eraser, radius 64", "eraser"),
    Gesture("brush, Ctrl erases", "brush", held=Qt.KeyboardModifier.ControlModifier),
    Gesture("recode, radius 64", "recode", straight((0, -200), (200, 0))),
    Gesture("polygon of 12 corners", "polygon", round_about(400), corners=12),
    Gesture("polygon, subtracted", "polygon", round_about(200), SHIFT, corners=12),
    Gesture("lasso", "lasso", round_about(400), moves=120),
    Gesture("lasso, subtracted", "lasso", round_about(200), SHIFT, moves=120),
    Gesture("fill a region", "fill", straight((0, -200), (0, -200)), moves=0),
    Gesture("fill a hole", "fill", straight((0, 0), (0, 0)), moves=0),
    Gesture("move a region", "move", straight((0, -200), (300, 200))),
    Gesture("copy a region", "move", straight((0, -200), (300, 200)), SHIFT),
    Gesture("pick the class", "pick", straight((0, -200), (0, -200)), moves=0),
    Gesture("resize by Alt-drag", "brush", straight((0, 0), (0, 100)), ALT, radius=10.0),
)
TIDYING = ("holes", "largest", "islands", "grow", "shrink", "smooth")


class Bench(Ours):
    """The window of the brush's benchmark with a mask to work on."""

    def __init__(self, folder: Path, size: int, clock: Callable[[], float]) -> None:
        super().__init__(folder, size)
        self._clock = clock
        p = self._parts
        assert p.editor.session is not None
        assert p.state.pair is not None
        p.state.set_pair(list(p.state.cube.pairs)[0])
        for radius, paint in ((RING, Paint(3, 2)), (HOLE, ERASE)):
            shape = disc(size // 2, size // 2, radius, (size, size))
            p.editor.session.annotate(p.state.pair, "Ring", shape, paint)
        far = disc(size // 8, size // 8, 20, (size, size))
        p.editor.session.annotate(p.state.pair, "Island", far, Paint(3, 2))
        self._rest()

    def gesture(self, what: Gesture, rounds: int) -> Times:
        """Milliseconds of each phase."""
        p = self._parts
        found: Times = {phase: [] for phase in PHASES}
        for _ in range(rounds):
            p.state.set_paint(activity=p.state.activity.__class__(2))
            p.state.set_tool(what.tool)
            p.state.set_radius(what.radius)
            self._rest()
            before = p.editor.session.undoable(p.state.pair)
            self._hover(what, found)
            (self._click if what.corners else self._drag)(what, found)
            self._rest()
            if p.editor.session.undoable(p.state.pair) != before:
                found["undo"].append(self._painted(p.actions["edit.undo"].trigger))
                self._rest()
        return found

    def tidy(self, name: str, rounds: int) -> tuple[list[float], list[float]]:
        """Longest times without events, and times until it is shown."""
        p, gaps, until = self._parts, [], []
        p.actions["tidy.all"].trigger()
        for _ in range(rounds):
            before, dog, begun = p.editor.session.undoable(p.state.pair), Watchdog(), perf_counter()
            with dog.watching():
                p.actions[f"tidy.{name}"].trigger()
                while p.editor.session.undoable(p.state.pair) == before:
                    QApplication.processEvents()
                    sleep(0.0005)  # as the event loop does: threads get the interpreter
                QApplication.processEvents()
                until.append((perf_counter() - begun) * 1e3)
            gaps.append(max(dog.gaps, default=0.0))
            self._rest()
            p.actions["edit.undo"].trigger()
            self._rest()
        return gaps, until

    def _hover(self, what: Gesture, found: Times) -> None:
        row, col = what.way(0.0)
        for n in range(4):
            found["hover"].append(self._timed(QEvent.Type.MouseMove, (row + n - 3, col), False))

    def _drag(self, what: Gesture, found: Times) -> None:
        start, end = what.way(0.0), what.way(1.0)
        found["press"].append(self._timed(QEvent.Type.MouseButtonPress, start, True, what.held))
        for move in range(1, what.moves + 1):
            at = what.way(move / what.moves)
            found["drag"].append(self._timed(QEvent.Type.MouseMove, at, True, what.held))
        kind = QEvent.Type.MouseButtonRelease
        found["commit"].append(self._timed(kind, end, False, what.held))

    def _click(self, what: Gesture, found: Times) -> None:
        for corner in range(what.corners):
            at = what.way(corner / what.corners)
            found["drag"].append(self._timed(QEvent.Type.MouseMove, at, False))
            held = what.held if corner == 0 else NO_KEY
            found["press"].append(self._timed(QEvent.Type.MouseButtonPress, at, True, held))
            self._timed(QEvent.Type.MouseButtonRelease, at, False, held)
        view = self._parts.canvas.focusProxy()
        found["commit"].append(self._painted(lambda: QTest.keyClick(view, Qt.Key.Key_Return)))

    def _timed(
        self, kind: QEvent.Type, at: Spot, down: bool, held: Qt.KeyboardModifier = NO_KEY
    ) -> float:
        """Milliseconds until an event is painted."""
        left = Qt.MouseButton.LeftButton
        button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else left
        middle = self._size / 2
        place: QPointF = self._parts.canvas.to_widget(middle + at[0], middle + at[1])
        corner = QPointF(self._target.mapToGlobal(QPoint(0, 0)))
        buttons = left if down else Qt.MouseButton.NoButton
        event = QMouseEvent(kind, place, corner + place, button, buttons, held)
        return self._painted(lambda: QApplication.sendEvent(self._target, event))

    def _painted(self, step: Callable[[], object]) -> float:
        """Milliseconds until a step is painted."""
        begun = self._clock()
        step()
        QApplication.processEvents()
        return (self._clock() - begun) * 1e3


def cell(times: list[float]) -> str:
    if not times:
        return f"{'':>15}"
    rare = quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    return f"{median(times):7.1f} {rare:7.1f}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", type=int, default=3072, help="rows and columns of the frame")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="gestures whose name holds this")
    parser.add_argument("--cpu", action="store_true", help="processor time, for a busy machine")
    args = parser.parse_args()
    app = QApplication.instance() or QApplication(sys.argv[:1])
    themes.apply(app, themes.DARK)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), args.size, thread_time if args.cpu else perf_counter)
        what_of = "processor time of the main thread" if args.cpu else "time"
        print(f"{args.size} x {args.size}, Qt on {app.platformName()}, {what_of}, ms: median, 95 %")
        print(f"{'':<26}" + "".join(f"{phase:>15}" for phase in PHASES))
        for what in GESTURES:
            if args.only in what.name:
                times = bench.gesture(what, args.rounds)
                cells = "".join(cell(times[phase]) for phase in PHASES)
                print(f"{what.name:<26}{cells}", flush=True)
        print(f"{'':<26}{'window kept':>15}{'until shown':>15}")
        for name in TIDYING:
            if args.only in name:
                gaps, until = bench.tidy(name, args.rounds)
                print(f"{'tidy up: ' + name:<26}{cell(gaps)}{cell(until)}", flush=True)
        bench.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
