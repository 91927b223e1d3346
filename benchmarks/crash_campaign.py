"""Kill writers with -9, fill their disk, let four write at once, and count what is lost: nothing.

    python benchmarks/crash_campaign.py CUBE --headless 150 --window 150 --disk 20 --together 4x1000

works on copies of CUBE and never on the original. ``--headless`` and ``--window`` kill so many
programs at random moments while they edit and save; the one in a window is painted in by the mouse.
``--disk`` fills a small file system of its own to the last byte while there are edits to save
(mounting one needs root). ``--together`` lets processes make so many edits each on one small cube.

After each kill, before anything is repaired, every chunk of the pair must decode. At the end every
acknowledged edit must be in the history and its pixels in the cube, and all masks must be what the
journals, read from the beginning, make of an empty plane. Exit code 1 when anything is lost.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from full_disk import fill_up

from thalia_core.annotate.history import History
from thalia_core.annotate.patch import DEFORMATION_OF, MASK_NAMES
from thalia_core.annotate.session import EditSession
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.store import CubeStore, CubeWriter
from thalia_core.errors import CubeError

CHILD = [sys.executable, str(Path(__file__).with_name("crash_child.py"))]
LONGEST_S = 2.0
"""Seconds that a child may go on editing."""
LOSSES = ("lost", "torn_chunks", "masks_disagree", "pixels_not_as_journalled", "captions_lost")


@dataclass
class Campaign:
    """One cube, what was acknowledged on it, and what was seen after each kill."""

    cube: Path
    acknowledged: dict[str, list[dict]] = field(default_factory=dict)
    count: Counter = field(default_factory=Counter)

    def kill_one(self, kind: str, pair: str, first: int, most: int, after_s: float) -> None:
        """Start a child, kill it so long after its first edits began, and look at the chunks."""
        words = [*CHILD, kind, str(self.cube), pair, str(first), str(most)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
            assert child.stdout is not None
            assert child.stderr is not None
            begun = child.stdout.readline()
            if begun != b"ready\n":
                raise SystemExit(f"a child did not start: {child.stderr.read().decode()}")
            time.sleep(after_s)
            killed = child.poll() is None
            if killed:
                os.kill(child.pid, signal.SIGKILL)
            lines = child.stdout.read().splitlines(keepends=True)
            if not killed and child.wait() != 0:
                raise SystemExit(f"a child failed: {child.stderr.read().decode()}")
        self.count["killed"] += killed
        self.count["ended_before_the_kill"] += not killed
        self.take(pair, lines)
        self.look(pair)

    def take(self, pair: str, lines: list[bytes]) -> None:
        """What a child said; a line cut off by the kill was not heard by anybody."""
        whole = [json.loads(line) for line in lines if line.endswith(b"\n") and line != b"ready\n"]
        self.acknowledged.setdefault(pair, []).extend(whole)
        self.count["acknowledged"] += len(whole)

    def look(self, pair: str) -> None:
        """Every chunk must decode, as a crash left it."""
        store = CubeStore.open(self.cube)
        found = next(p for p in store.pairs if str(p) == pair)
        for name in MASK_NAMES:
            try:
                store.read_plane(name, found)
            except CubeError:
                self.count["torn_chunks"] += 1
        self.count["left_under_way"] += len(list(self.cube.rglob("*.partial")))

    def steps(self, pair: str) -> int:
        """How many edits of a pair stand in the journals."""
        store = CubeStore.open(self.cube)
        history = History(store.sidecar / "journal")
        history.refresh()
        return len(history.steps(_pair(store, pair)))

    def verdict(self) -> dict[str, int]:
        """Complete what the last one left, then compare with the journals."""
        EditSession.open(self.cube, "verdict", background=False).close()
        store = CubeStore.open(self.cube)
        history = History(store.sidecar / "journal")
        history.refresh()
        found = Counter(dict.fromkeys(LOSSES, 0))
        found.update(self.count)
        found["damaged_lines"] = history.damaged
        found["open_records"] = len(history.unapplied())
        steps = {step.id for step in history.steps()}
        found["steps"] = len(steps)
        planes = self._as_journalled(history, store)
        for pair, told in self.acknowledged.items():
            stored = {n: store.read_plane(n, _pair(store, pair)) for n in MASK_NAMES}
            activity = stored["activity_type_mask"]
            found["lost"] += sum(
                edit["id"] not in steps or activity[edit["row"], edit["col"]] != edit["code"]
                for edit in told
            )
            if captions := [edit["caption"] for edit in told if "caption" in edit]:
                caption = store.read_label(_pair(store, pair)).caption or "edit -1"
                found["captions_lost"] += int(caption.split()[1]) < max(captions)
            found["masks_disagree"] += int(
                (stored["deformation_mask"] != DEFORMATION_OF[activity]).sum()
            )
            found["pixels_not_as_journalled"] += sum(
                int((plane != planes[pair][name]).sum()) for name, plane in stored.items()
            )
        found["left_behind"] = len(list(self.cube.rglob("*.partial")))
        return dict(found)

    def _as_journalled(self, history: History, store: CubeStore) -> dict[str, dict]:
        """What all steps, one after the other, make of empty planes."""
        shape = store.geometry.shape
        planes = {p: {n: np.zeros(shape, np.uint8) for n in MASK_NAMES} for p in self.acknowledged}
        for step in history.steps():
            for patch in history.effective(step.id).masks:
                for name in MASK_NAMES:
                    planes[str(patch.pair)][name][patch.window.slices][patch.bits] = patch.after[
                        name
                    ]
        return planes


def kills(
    cube: Path, headless: int, window: int, seed: int, minutes: float = float("inf")
) -> dict[str, int]:
    """Kill so many children of each kind on a copy of the cube, or fewer when time is up."""
    chance, end = random.Random(seed), time.monotonic() + 60 * minutes
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(cube, Path(folder) / cube.name))
        pairs = [str(pair) for pair in CubeStore.open(copy).pairs]
        campaign = Campaign(copy)
        kinds = ["headless"] * headless + ["window"] * window
        for n, kind in enumerate(kinds):
            if time.monotonic() > end:
                campaign.count["not_begun_as_time_was_up"] = len(kinds) - n
                break
            # each kind has pairs of its own: their cells are not of one size
            half = pairs[::2] if kind == "headless" else pairs[1::2]
            pair, most = half[n % len(half)], 40 if kind == "headless" else 30
            first = campaign.steps(pair)  # a cell for each
            campaign.kill_one(kind, pair, first, most, chance.uniform(0.0, LONGEST_S))
        return campaign.verdict()


def together(processes: int, edits: int, minutes: float = float("inf")) -> dict[str, int]:
    """So many processes, so many edits each, on one pair of one small cube."""
    end = time.monotonic() + 60 * minutes
    with tempfile.TemporaryDirectory() as folder:
        cube = _small_cube(Path(folder), processes * edits)
        pair = str(CubeStore.open(cube).pairs[0])
        campaign, begun = Campaign(cube), time.monotonic()
        children = [
            subprocess.Popen(
                [*CHILD, "writer", str(cube), pair, str(n * edits), str(edits), str(n)],
                stdout=(Path(folder) / f"{n}.out").open("wb"),
            )
            for n in range(processes)
        ]
        while any(child.poll() is None for child in children) and time.monotonic() < end:
            time.sleep(0.5)
        stopped = [child for child in children if child.poll() is None]
        for child in stopped:
            child.kill()
        failed = sum(child.wait() != 0 for child in children) - len(stopped)
        for n in range(processes):
            lines = (Path(folder) / f"{n}.out").read_bytes().splitlines(keepends=True)
            campaign.take(pair, lines)
        found = campaign.verdict()
        store = CubeStore.open(cube)
        version = store.read_label(_pair(store, pair)).label_version or 0
        seconds = round(time.monotonic() - begun)
        return found | {
            "failed": failed,
            "stopped_as_time_was_up": len(stopped),
            "seconds": seconds,
            "label_version": version,
        }


def _small_cube(folder: Path, cells: int) -> Path:
    side = 8 * (int(np.ceil(np.sqrt(cells))) + 1)
    days = [np.datetime64("2024-01-06").item(), np.datetime64("2024-01-18").item()]
    writer = CubeWriter.start(
        folder / "together.zarr",
        frame="together",
        geometry=Geometry(side, side, -91.6, -0.3, 0.001, -0.001),
        dates=days,
        layers=["insar_difference"],
    )
    from thalia_core.cube.pairs import DatePair

    phase = np.random.default_rng(1).uniform(-3, 3, (side, side)).astype(np.float32)
    writer.write("insar_difference", phase, pair=DatePair(*days))
    return writer.finish()


def _pair(store: CubeStore, name: str):
    return next(pair for pair in store.pairs if str(pair) == name)


def report(title: str, found: dict[str, int]) -> bool:
    """Print the figures; whether anything was lost."""
    print(title)
    for name, count in found.items():
        print(f"  {name:<28}{count}")
    bad = ("damaged_lines", "open_records", "left_behind", "failed", *LOSSES)
    return any(found.get(name) for name in bad)


def main() -> int:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("cube", type=Path)
    parser.add_argument("--headless", type=int, default=0, metavar="KILLS")
    parser.add_argument("--window", type=int, default=0, metavar="KILLS")
    parser.add_argument("--disk", type=int, default=0, metavar="TIMES")
    parser.add_argument("--together", default="", metavar="PROCESSESxEDITS")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--minutes", type=float, default=float("inf"), help="for each part, at most"
    )
    args = parser.parse_args()
    lost = False
    if args.headless or args.window:
        found = kills(args.cube, args.headless, args.window, args.seed, args.minutes)
        lost |= report(f"killed: {args.headless} headless, {args.window} in a window", found)
    if args.disk:
        lost |= report("disk filled to the last byte", fill_up(args.cube, args.disk, args.seed))
    if args.together:
        processes, edits = map(int, args.together.split("x"))
        lost |= report(
            f"{processes} processes, {edits} edits each", together(processes, edits, args.minutes)
        )
    return int(lost)


if __name__ == "__main__":
    sys.exit(main())
