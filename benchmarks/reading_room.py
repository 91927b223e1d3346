"""Finding a pair in a large archive: the start, the filter, scrolling, and a long walk.

    python benchmarks/reading_room.py ARCHIVE

Painting is that of the offscreen platform: everything is drawn in memory by the CPU, nothing waits
for a screen. Each frame is set off and painted at once, and timed whole. Compare the ratios to the
floors of the same run; the milliseconds belong to the machine. "Busy" is the time of the processor
on the main thread: what is left of a figure where others use the machine as well.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, thread_time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QEvent, QEventLoop, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QTableView, QWidget

from thalia_core.archive.filters import Filter
from thalia_viewer import theme as themes
from thalia_viewer.app import App, Options
from thalia_viewer.errors import ErrorPath
from thalia_viewer.settings import SettingsFile

FILTERS = (
    "days:<=24",
    "type:dyke",
    "type:dyke,sill intensity:>=medium",
    "state:unreviewed",
    "labelled:yes deformation:yes",
    "primary:2019-06..2020",
    "frame:106A",
    "volcano:etna",
    'caption:"wave-like"',
    "-caption:stratification days:12..36",
    "etna",
    "frame:106A type:dyke intensity:>=medium days:<=24",
    "confidence:>0.7",
    "",
)
QUEUE = "days:<=24"
NONE = Qt.KeyboardModifier.NoModifier
_START = """
import sys, time
from PySide6.QtWidgets import QApplication
from thalia_viewer import app as program
shown = program.App.show
def show(self):
    shown(self)
    print("window", time.time(), flush=True)
    def painted(_picture):
        self.parts.canvas.focusProxy().viewport().repaint()
        print("picture", time.time(), flush=True)
        self.leave()
    self.parts.pictures.shown.connect(painted)
program.App.show = show
from thalia_viewer.__main__ import main
sys.exit(main([sys.argv[1], "--size", "1600x1000"]))
"""


def start(archive: Path) -> tuple[float, float]:
    """Seconds of a process of its own: from its start and from the window to the first picture."""
    import time

    with tempfile.TemporaryDirectory() as home:
        began = time.time()
        done = subprocess.run(
            [sys.executable, "-c", _START, str(archive)],
            check=True,
            env={**os.environ, "XDG_CONFIG_HOME": home},
            stdout=subprocess.PIPE,
            text=True,
        )
    at = dict(line.split() for line in done.stdout.splitlines())
    return float(at["picture"]) - began, float(at["picture"]) - float(at["window"])


def turn() -> None:
    """One round of events; sleeps until there is one, as the program does."""
    QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def settle(app: App) -> None:
    """Until nothing is being read or shown any more."""
    calm = 0
    while calm < 3:
        QApplication.processEvents()
        calm = calm + 1 if app.settled() else 0


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds on the wall, and those busy."""
    began, busy = perf_counter(), thread_time()
    work()
    return (perf_counter() - began) * 1e3, (thread_time() - busy) * 1e3


def filters(app: App) -> None:
    """From the filter to the painted table, beside the search alone and one bare comparison."""
    state, table = app.parts.state, app.parts.pairs.view.viewport()
    catalogue = state.catalogue
    assert catalogue is not None
    days = catalogue.pairs.numbers["secondary"] - catalogue.pairs.numbers["primary"]
    bare = median(timed(lambda: np.flatnonzero(days <= 24))[0] for _ in range(50))
    print(f"bare comparison of {len(days):,} numbers {bare:.3f} ms")
    answered: list[bool] = []
    app.parts.finder.found.connect(lambda _: answered.append(True))

    def look(text: str) -> None:
        answered.clear()
        state.set_filter(text)
        while not answered:
            turn()
        table.repaint()

    for text in FILTERS:
        found = []
        for _ in range(9):
            state.set_filter("days:>100000")
            settle(app)
            found.append(timed(lambda text=text: look(text)))  # type: ignore[misc]
        times, busy = zip(*found, strict=True)
        alone = median(
            timed(lambda text=text: Filter.parse(text).rows(catalogue))[0]  # type: ignore[misc]
            for _ in range(9)
        )
        count = len(state.matches) if state.matches is not None else len(days)
        print(
            f"filter {text or '(none)':<52}{count:7,} pairs {median(times):6.1f} ms"
            f"  best {min(times):5.1f}  worst {max(times):6.1f}  busy {median(busy):5.1f} ms"
            f"  search alone {alone:6.2f} ms"
        )


def report(name: str, frames: list[tuple[float, float]], floor: float | None = None) -> float:
    """A line; gives back the median."""
    wall, busy = np.array(frames).T
    p50, p95, p99 = np.percentile(wall, (50, 95, 99))
    b50, b95, b99 = np.percentile(busy, (50, 95, 99))
    ratio = f"{p50 / floor:6.1f} x floor" if floor else ""
    print(
        f"{name:<28}{len(frames):5} frames, median {p50:.2f}, 95 % {p95:.2f}, 99 % {p99:.2f}, "
        f"worst {wall.max():.1f} ms; busy {b50:.2f}, {b95:.2f}, {b99:.2f}, {busy.max():.1f} {ratio}"
    )
    return float(p50)


class _Plain(QAbstractTableModel):
    """As many rows and columns, nothing in them."""

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__()
        self._size = rows, columns

    def rowCount(self, parent: object = None) -> int:
        return self._size[0]

    def columnCount(self, parent: object = None) -> int:
        return self._size[1]

    def data(self, index: object, role: int = 0) -> object:
        return None


class _Image(QWidget):
    """One image, drawn."""

    def __init__(self, size: QSize) -> None:
        super().__init__()
        self.resize(size)
        self._image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        self._image.fill(Qt.GlobalColor.gray)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).drawImage(0, 0, self._image)


def scrolled(view: QTableView) -> Iterator[tuple[float, float]]:
    """Down and up again, three rows a frame."""
    bar = view.verticalScrollBar()
    values = list(range(0, bar.maximum(), 3))

    def frame(value: int) -> None:
        bar.setValue(value)
        view.viewport().repaint()

    for value in (*values, *reversed(values)):
        yield timed(lambda value=value: frame(value))  # type: ignore[misc]


def dragged(view: QWidget, count: int) -> Iterator[tuple[float, float]]:
    """The plane drawn to and fro under the hand, after some turns of the wheel."""
    middle = QPointF(view.rect().center())
    phase = Qt.ScrollPhase.NoScrollPhase

    def wheel(turn: int) -> None:
        place = view.mapToGlobal(middle)
        button = Qt.MouseButton.NoButton
        event = QWheelEvent(middle, place, QPoint(), QPoint(0, turn), button, NONE, phase, False)
        QApplication.sendEvent(view, event)
        view.repaint()

    def mouse(kind: QEvent.Type, at: QPointF) -> None:
        left = Qt.MouseButton.LeftButton
        QApplication.sendEvent(view, QMouseEvent(kind, at, view.mapToGlobal(at), left, left, NONE))
        view.repaint()

    for turn in [120] * 6 + [-120] * 3:
        yield timed(lambda turn=turn: wheel(turn))  # type: ignore[misc]
    mouse(QEvent.Type.MouseButtonPress, middle)
    for n in range(count):
        at = middle + QPointF(90 * np.sin(n / 20), 70 * np.cos(n / 13))
        yield timed(lambda at=at: mouse(QEvent.Type.MouseMove, at))  # type: ignore[misc]
    mouse(QEvent.Type.MouseButtonRelease, middle + QPointF(50, 50))


def scrolling(app: App) -> None:
    """Frames of table, matrix and network, each beside its floor."""
    view = app.parts.pairs.view
    model = view.model()
    plain = QTableView()
    plain.setModel(_Plain(model.rowCount(), model.columnCount()))
    plain.verticalHeader().hide()
    plain.verticalHeader().setDefaultSectionSize(view.verticalHeader().defaultSectionSize())
    plain.resize(view.size())
    plain.show()
    settle(app)
    floor = report("floor: an empty QTableView", list(scrolled(plain)))
    report(f"table of {model.rowCount():,} rows", list(scrolled(view)), floor)
    plain.close()
    for name in ("matrix", "network"):
        plot = app.parts.window.findChild(QWidget, f"{name}.view")
        assert plot is not None
        image = _Image(plot.size())
        image.show()
        QApplication.processEvents()
        floor = report("floor: one image", [timed(image.repaint) for _ in range(300)])
        report(f"{name}, {plot.width()} x {plot.height()}", list(dragged(plot, 300)), floor)
        image.close()
    dates = app.parts.state.cube
    assert dates is not None
    print(f"of {dates.frame}: {len(dates.pairs):,} pairs")


def resident() -> float:
    """MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def walk(app: App, steps: int) -> None:
    """The key of the next pair, again and again, each time until its picture is painted."""
    state, pictures = app.parts.state, app.parts.pictures
    state.set_filter(QUEUE)
    settle(app)
    first = next(entry.path for entry in state.frames if entry.problem is None)
    app.parts.opener.open_cube(first)
    settle(app)
    step, canvas = app.parts.actions["pair.next"], app.parts.canvas.focusProxy()
    before, times, frames = resident(), [], set()

    def one() -> None:
        shown = pictures.picture
        step.trigger()
        while app.parts.opener.waiting or pictures.picture is shown or pictures.waiting:
            turn()
        canvas.viewport().repaint()

    for _ in range(steps):
        times.append(timed(one))
        QApplication.processEvents()
        frames.add(state.cube.path if state.cube is not None else None)
    report(f"next pair, {len(frames)} cubes", times)
    wall, busy = np.mean(times, axis=0)
    print(f"mean of a step {wall:.1f} ms, busy {busy:.1f} ms")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"resident: {before:.0f} MiB before, {resident():.0f} MiB after, {most:.0f} MiB at most")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("archive", type=Path)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    starts = [start(args.archive) for _ in range(args.rounds)]
    for name, times in zip(("process", "window"), zip(*starts, strict=True), strict=True):
        print(f"first picture, from the {name}: {median(times):.2f} s, worst {max(times):.2f} s")
    qt = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(qt, QApplication)
    themes.apply(qt, themes.DARK)
    with tempfile.TemporaryDirectory() as home:
        options = Options(path=args.archive, size=(1600, 1000), show=("matrix", "network"))
        app = App(options, SettingsFile(None), ErrorPath(Path(home) / "crash.log"))
        app.show()
        settle(app)
        largest = max(app.parts.state.frames, key=lambda entry: entry.pairs)
        app.parts.opener.open_cube(largest.path)
        settle(app)
        filters(app)
        scrolling(app)
        walk(app, args.steps)
        app.close()


if __name__ == "__main__":
    main()
