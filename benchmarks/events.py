"""All pairs of a frame labelled through an event in one action, and taken back in one.

    python benchmarks/events.py CUBE          # a copy of it, without its labels
    python benchmarks/events.py --made 3000   # 500 pairs of that many rows and columns, no data

Times are wall clock, each part in a process of its own so that its memory is its own: until the
labels are there (what a person waits for), until they are on disk, and the same for taking them
back, which must leave every mask and label as it was. ``--window`` does it in the real window and
tells the longest time for which the window answered nothing.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from hashlib import blake2b
from pathlib import Path

import numpy as np

from thalia_core.annotate.event_store import EventStore
from thalia_core.annotate.events import Event
from thalia_core.annotate.footprint import Footprint
from thalia_core.annotate.outlook import labelled_pairs, proposals_for
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.cube import schema
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.labels import PAIR_FIELDS, Activity
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import CM_PER_CYCLE
from thalia_core.cube.store import CubeStore, CubeWriter

PAIRS = 500
FRAME = "000A_00000_000000"


def copied(cube: Path, folder: Path) -> Path:
    """A copy of a cube in which nobody labelled anything."""
    path = Path(shutil.copytree(cube, folder / cube.name))
    names = {*schema.MASKS, *PAIR_FIELDS, schema.MASK_ACTIVITIES, schema.MASK_INTENSITIES}
    for name in names:
        shutil.rmtree(path / name, ignore_errors=True)
    told = path / ".zmetadata"
    if told.exists():
        held = json.loads(told.read_text())
        metadata = held["metadata"].items()
        held["metadata"] = {key: v for key, v in metadata if key.split("/")[0] not in names}
        told.write_text(json.dumps(held))
    return path


def made(size: int, folder: Path) -> Path:
    """A frame of many pairs without data: what labels cost does not depend on the phase."""
    days = [date(2018, 1, 1) + timedelta(6 * n) for n in range(PAIRS // 5 + 5)]
    pairs = [DatePair(days[n], days[n + k]) for n in range(PAIRS // 5) for k in range(1, 6)]
    writer = CubeWriter.start(
        folder / f"{FRAME}.zarr",
        frame=FRAME,
        geometry=Geometry(size, size, -91.6, -0.3, 0.001, -0.001),
        dates=days,
        layers=["insar_difference", "insar_coherence"],
    )
    empty = np.full((size, size), np.nan, np.float32)
    for pair in pairs:
        writer.write("insar_difference", empty, pair=pair)
    return writer.finish()


def with_event(path: Path) -> CubeStore:
    """The cube with an event of its whole time: every pair shows a fringe or more of it."""
    cube = CubeStore.open(path)
    rows, cols = cube.geometry.shape
    shape = disc(rows / 2, cols / 2, min(rows, cols) / 5, (rows, cols))
    assert shape is not None
    days = sorted({day for pair in cube.pairs for day in (pair.primary, pair.secondary)})
    shortest = min(pair.days for pair in cube.pairs)
    towards = 1.5 * CM_PER_CYCLE * (days[-1] - days[0]).days / shortest
    footprint = Footprint.of_shape(shape, cube.geometry)
    event = Event("", "Uplift", footprint, Activity.SILL, days[0], days[-1], towards)
    EventStore(cube.sidecar).put(event, "benchmark")
    return cube


def state_of(path: Path) -> str:
    """A digest of every mask and of what people wrote."""
    cube, found = CubeStore.open(path), blake2b()
    for pair in cube.pairs:
        for name in schema.MASKS:
            found.update(cube.read_plane(name, pair).tobytes())
        label = cube.read_label(pair)
        told = (label.phase or 0, label.caption or "", label.is_crowd or 0, label.labelled)
        found.update(repr(told).encode())
    return found.hexdigest()


def measure(path: Path, check: bool) -> dict[str, float]:
    """One labelling and one undo through the session."""
    times: dict[str, float] = {}
    before = state_of(path) if check else ""
    session = EditSession.open(path, "benchmark")
    events = EventStore(session.cube.sidecar).events()

    def timed(name: str, begun: float) -> None:
        times[name] = time.perf_counter() - begun

    begun = time.perf_counter()
    plan = proposals_for(events, session.cube, labelled_pairs(session.cube, session.labels()))
    timed("proposed", begun)
    step = session.annotate_all(plan.drawings(), "Label by events")
    timed("labelled", begun)
    session.flush()
    timed("on disk", begun)
    assert step is not None
    begun = time.perf_counter()
    session.undo(step.pairs[0])
    timed("taken back", begun)
    session.flush()
    timed("taken back on disk", begun)
    begun = time.perf_counter()
    offered = session.propose(plan.proposals, "Propose by events")
    timed("offered as proposals", begun)
    session.flush()
    timed("proposals in the journal", begun)
    assert offered is not None
    begun = time.perf_counter()
    session.undo(offered.pairs[0])
    session.flush()
    timed("proposals taken back", begun)
    session.close()
    times["pairs"], times["pixels"] = len(step.pairs), step.pixels
    times["peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert not check or state_of(path) == before, "taking it back left something"
    return times


def measure_window(path: Path) -> dict[str, float]:
    """The same through the window's own actions, and how long it answered nothing."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from thalia_viewer.app import App, Options
    from thalia_viewer.errors import ErrorPath
    from thalia_viewer.settings import SettingsFile

    QApplication([])
    folder = path.parent / "settings"
    settings, errors = SettingsFile(folder / "s.json"), ErrorPath(folder / "crash.log")
    app = App(Options(path=path, show=("events",)), settings, errors)
    app.show()

    def wait() -> float:
        """Until all is done; returns the longest pause in seconds."""
        beats = [time.perf_counter()]
        timer = QTimer()
        timer.timeout.connect(lambda: beats.append(time.perf_counter()))
        timer.start(1)
        end = time.perf_counter() + 1
        while time.perf_counter() < end or not app.settled() or app.parts.editor.dirty:
            QApplication.processEvents()
            time.sleep(0.0005)
        timer.stop()
        return float(np.diff(beats).max())

    wait()
    times: dict[str, float] = {}
    for name in ("apply", "take_back"):
        app.parts.actions[f"events.{name}"].trigger()
        times[f"longest pause, {name}"] = wait()
    app.close()
    return times


def in_process(words: list[str]) -> dict[str, float]:
    """Measure in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, *words], check=True, capture_output=True, text=True
    )
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def main() -> None:
    """Print the times as lines of a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cube", type=Path, nargs="?")
    parser.add_argument("--made", type=int, metavar="SIZE")
    parser.add_argument("--window", action="store_true")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.inside:
        check = args.made is None
        times = measure_window(args.cube) if args.window else measure(args.cube, check)
        print(json.dumps(times))
        return
    for _ in range(args.rounds):
        with tempfile.TemporaryDirectory() as folder:
            where = Path(folder)
            path = copied(args.cube, where) if args.cube else made(args.made or 3000, where)
            with_event(path)
            words = [str(path), "--inside"]
            words += ["--window"] if args.window else []
            words += ["--made", "0"] if args.made else []
            for name, value in in_process(words).items():
                whole = name in ("pairs", "pixels", "peak MB")
                print(f"| {name} | {value:,.0f} |" if whole else f"| {name} | {value:.2f} s |")


if __name__ == "__main__":
    main()
