"""A pair from the disk to the screen, and a dab from the hand to the screen, beside their floors.

    xvfb-run -s "-screen 0 1600x1000x24" python benchmarks/pair_switch.py --napari PYTHON

The floor of reading is the same chunk files read and decoded with numcodecs, and nothing else;
that of painting is one ready-made array set in a pyqtgraph ImageItem of the same size and painted.
napari does the same in a process of its own: PYTHON is an interpreter that has it. Everything is
measured in turns in one run; compare the ratios, the milliseconds belong to the machine.

"Cold" means that nothing is decoded; the files themselves are in the memory of the system.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

os.environ.setdefault("QT_QPA_PLATFORM", "xcb" if "DISPLAY" in os.environ else "offscreen")

import numcodecs
import numpy as np
from canvas import canvas_with, dabs, image_item
from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication
from watchdog import Watchdog

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.planes import PlaneCache
from thalia_core.cube.store import CubeStore, CubeWriter
from thalia_viewer import theme as themes
from thalia_viewer.app import App, Options
from thalia_viewer.errors import ErrorPath
from thalia_viewer.planes import Masks, Planes, read_masks
from thalia_viewer.settings import SettingsFile
from thalia_viewer.tasks import Tasks

MASKS = ("activity_type_mask", "intensity_level_mask")
READ = ("insar_difference", *MASKS)
WINDOW = (1400, 900)
PAIRS = 12
REST_S = 5.0


def make(folder: Path, size: int) -> Path:
    """Pairs of phase as noisy as real ones, with a painted mask each."""
    days = [date(2024, 1, 6) + timedelta(12 * n) for n in range(PAIRS + 1)]
    pairs = [DatePair(days[n], days[n + 1]) for n in range(PAIRS)]
    writer = CubeWriter.start(
        folder / "bench.zarr",
        frame="000A_00000_000000",
        geometry=Geometry(size, size, -91.0, 0.0, 0.001, -0.001),
        dates=days,
        layers=["insar_difference"],
    )
    rng = np.random.default_rng(0)
    row, col = np.mgrid[:size, :size].astype(np.float32)
    for n, pair in enumerate(pairs):
        phase = np.hypot(row - size * (0.4 + n / 60), col - size / 2) * np.float32(40 / size)
        phase += rng.normal(0, 0.4, (size, size)).astype(np.float32)
        phase = np.angle(np.exp(1j * phase)).astype(np.float32)
        phase[: size // 4] = np.nan
        writer.write("insar_difference", phase, pair=pair)
    path = writer.finish()
    session = EditSession.open(path, "bench", background=False)
    for pair in pairs:
        shape = disc(size * 0.6, size / 2, size / 6, (size, size))
        session.annotate(pair, "disc", shape, Paint(1, 2))
    session.close()
    return path


def decode(path: Path, position: tuple[int, int]) -> int:
    """Read and decode the chunk files of one pair, and nothing else."""
    total = 0
    for name in READ:
        for file in path.joinpath(name).glob(f"{position[0]}.{position[1]}.*"):
            total += len(numcodecs.blosc.decompress(file.read_bytes()))
    return total


class Napari:
    """napari in a process of its own."""

    def __init__(self, python: str, cube: Path) -> None:
        script = Path(__file__).with_name("napari_switch.py")
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        self._process = subprocess.Popen(
            [python, str(script), str(cube), *map(str, WINDOW)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.name = self._answer().removeprefix("ready ")

    def switch(self, position: tuple[int, int]) -> float:
        """Milliseconds until another pair is painted."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{position[0]} {position[1]}\n")
        self._process.stdin.flush()
        return float(self._answer())

    def close(self) -> None:
        """End it."""
        self._process.communicate()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("ready") or line[0].isdigit():
                return line.strip()
        raise RuntimeError("napari ended")


class Ours:
    """Reader threads and a canvas, as in the window."""

    def __init__(self, cube: CubeStore, size: int) -> None:
        self._cube = cube
        self._tasks = Tasks()
        self.canvas, _, self.drawn = canvas_with(size, WINDOW, self._later)
        self._begun = self._settled = 0.0

    def switch(self, pair: DatePair, cache: PlaneCache) -> tuple[float, float]:
        """Milliseconds until a pair is painted, and until the average of it is."""
        painted: list[float] = []
        planes = Planes(self._cube, cache)

        def work() -> tuple:
            if cache.max_bytes:
                image = planes.image("insar_difference", pair)
                return image, Masks(*(planes.values(name, pair) for name in MASKS))
            with ThreadPoolExecutor(1) as beside:
                masks = beside.submit(read_masks, self._cube, None, pair)
                return planes.image("insar_difference", pair), masks.result()

        def show(found: tuple) -> None:
            image, masks = found
            self.canvas.set_image(image)
            self.canvas.set_mask(masks.activity, masks.intensity)
            QApplication.processEvents()
            painted.append(perf_counter())

        self._settled, begun = 0.0, perf_counter()
        self._tasks.latest("picture", work, show)
        wait(lambda: bool(painted and self._settled))
        return (painted[0] - begun) * 1e3, (self._settled - begun) * 1e3

    def warm(self, cache: PlaneCache) -> None:
        """Read ahead: have everything decoded."""
        planes = Planes(self._cube, cache)
        for pair in self._cube.pairs:
            planes.warm("insar_difference", pair)
            for name in MASKS:
                planes.values(name, pair)

    def close(self) -> None:
        """End the threads."""
        self._tasks.close()
        self.canvas.close()

    def _later(self, work: Callable, show: Callable) -> None:
        def settle(average: object) -> None:
            show(average)
            QApplication.processEvents()
            self._settled = perf_counter()

        self._tasks.latest("average", work, settle)


def wait(until: Callable[[], bool]) -> None:
    """Let the events happen until something is so; sleep in between, as a window does."""
    while not until():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def in_the_window(path: Path, folder: Path, rounds: int) -> tuple[list[float], list[Watchdog]]:
    """Steps through the list in the whole window, each when the neighbours are read ahead.

    Returns:
        Milliseconds of each step; the event loop while the window opens (it imports what reads),
        while stepping and reading ahead, and at rest, which is the machine's own share.
    """
    errors = ErrorPath(folder / "crash.log")
    options = Options(path=path, size=WINDOW)
    app = App(options, SettingsFile(folder / "settings.json"), errors)
    app.show()
    p, times = app.parts, []
    opening, stepping, rest = (Watchdog() for _ in range(3))
    ahead, painted = [(0, 1)], [0.0]
    p.reads.ahead_changed.connect(lambda done, total: ahead.append((done, total)))
    p.pictures.shown.connect(lambda _: painted.append(perf_counter()))
    with opening.watching():
        wait(lambda: app.settled() and ahead[-1][0] == ahead[-1][1])
    with stepping.watching():
        for n in range(rounds + 1):
            wait(lambda: app.settled() and ahead[-1][0] == ahead[-1][1])
            way = "next" if n // (PAIRS - 2) % 2 == 0 else "previous"
            painted.clear()
            ahead.append((0, 1))
            begun = perf_counter()
            p.actions[f"pair.{way}"].trigger()
            wait(lambda: bool(painted))
            QApplication.processEvents()
            times.append((perf_counter() - begun) * 1e3)
        wait(app.settled)
    until = perf_counter() + REST_S
    with rest.watching():
        wait(lambda: perf_counter() > until)
    app.close()
    return times[1:], [opening, stepping, rest]


def report(name: str, times: list[float], unit: float) -> None:
    worst, middle, least = quantiles(times, n=20)[-1], median(times), min(times)
    print(
        f"{name:<52}{least:7.1f} ms (least) {middle:7.1f} ms {worst:7.1f} ms (95 %)"
        f" {middle / unit:6.2f} x floor"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", type=int, default=3000)
    parser.add_argument("--radius", type=float, default=64)
    parser.add_argument("--rounds", type=int, default=24)
    parser.add_argument("--napari", metavar="PYTHON", help="an interpreter that has napari")
    args = parser.parse_args()
    app = QApplication.instance() or QApplication(sys.argv[:1])
    themes.apply(app, themes.DARK)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compare(folder, make(folder, args.size), args)
    return 0


def compare(folder: Path, path: Path, args: argparse.Namespace) -> None:
    cube = CubeStore.open(path)
    pairs = list(cube.pairs)
    ours, decoded = Ours(cube, args.size), PlaneCache(2**32)
    napari = Napari(args.napari, path) if args.napari else None
    platform = QApplication.platformName()
    print(f"{args.size} x {args.size}, window {WINDOW}, {args.rounds} rounds, Qt on {platform}")
    print("napari is not compared: name an interpreter" if napari is None else napari.name)
    ours.warm(decoded)
    floor, read, cold, settled, ahead, theirs = ([] for _ in range(6))
    for n in range(args.rounds + 2):
        pair = pairs[n % PAIRS]
        at = cube.position(pair)
        floor.append(milliseconds(partial(decode, path, at)))
        read.append(milliseconds(lambda p=pair: [cube.read_plane(name, p) for name in READ]))
        both = ours.switch(pairs[(n + 3) % PAIRS], PlaneCache(0))
        cold.append(both[0])
        settled.append(both[1])
        ahead.append(ours.switch(pair, decoded)[0])
        if napari is not None:
            theirs.append(napari.switch(at))
    unit = median(floor[2:])
    report("floor: read and decode phase and masks (numcodecs)", floor[2:], unit)
    report("read phase and masks (CubeStore, one thread)", read[2:], unit)
    report("switch pair, cold: first paint", cold[2:], unit)
    report("switch pair, cold: settled to the average", settled[2:], unit)
    if napari is not None:
        report("switch pair, napari: painted", theirs[2:], unit)
        print(f"{'first paint, times faster than napari':<58}{ratio(theirs, cold):8.1f}")
        napari.close()
    report("switch pair, read ahead: painted", ahead[2:], unit)
    painted = image_item(args.size, WINDOW, args.rounds, ready_made=True)
    report("floor: set one ready-made array (pyqtgraph)", painted, median(painted))
    dab = dabs(ours.canvas, args.size, ours.drawn[0][0], args.radius, 60)
    report(f"brush dab, radius {args.radius:g}", dab, median(painted))
    ours.close()
    steps, dogs = in_the_window(path, folder, args.rounds)
    report("the whole window, read ahead: painted", steps, unit)
    for when, dog in zip(("opening", "stepping and reading ahead", "at rest"), dogs, strict=True):
        print(f"event loop, {when}: {dog.report()}")


def milliseconds(step: Callable[[], object]) -> float:
    begun = perf_counter()
    step()
    return (perf_counter() - begun) * 1e3


def ratio(slow: list[float], fast: list[float]) -> float:
    """The median over the rounds: what one round shares with the next is the machine's mood."""
    return median(s / f for s, f in zip(slow[2:], fast[2:], strict=True))


if __name__ == "__main__":
    sys.exit(main())
