"""Kill ``thalia annotate`` with -9 at random moments and count what is lost. It must be nothing.

Every edit paints a cell of its own and writes a caption of its own. After each kill one edit is let
live, which also completes what the killed one had journalled. At the end every acknowledged cell
must be whole in all masks, every killed cell whole or absent, every chunk readable, and the masks
agree.

    python benchmarks/crash_campaign.py CUBE --kills 50 --seed 1

works on a copy of CUBE and never on the original. Exit code 1 when anything is lost.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from thalia_core.annotate.history import History
from thalia_core.annotate.patch import DEFORMATION_OF
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.store import CubeStore

CELL = 8
THALIA = [sys.executable, "-m", "thalia_core"]


@dataclass
class Campaign:
    cube: Path
    geometry: Geometry
    pair: str
    acknowledged: dict[int, int] = field(default_factory=dict)
    killed: dict[int, int] = field(default_factory=dict)
    number: int = 0

    def command(self) -> tuple[int, int, list[str]]:
        """The next edit: its cell, its activity code, and the command."""
        cell, activity = self.number, 1 + self.number % 6
        self.number += 1
        per_row = self.geometry.cols // CELL
        row, col = cell // per_row * CELL, cell % per_row * CELL
        corners = [(row, col), (row, col + CELL), (row + CELL, col + CELL), (row + CELL, col)]
        lonlat = [self.geometry.lonlat(r - 0.5, c - 0.5) for r, c in corners]
        words = ["annotate", str(self.cube), self.pair, "--activity", str(activity)]
        words += ["--intensity", "0" if activity == 5 else "2", "--caption", f"edit {cell}"]
        words += ["--polygon", ", ".join(f"{x:.9f} {y:.9f}" for x, y in lonlat)]
        return cell, activity, [*THALIA, *words, "--by", "campaign"]

    def kill_one(self, after: float) -> None:
        cell, activity, command = self.command()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(after)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        (self.acknowledged if process.wait() == 0 else self.killed)[cell] = activity

    def live_one(self) -> float:
        cell, activity, command = self.command()
        begun = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"an edit failed after a kill: {done.stderr}")
        self.acknowledged[cell] = activity
        return time.perf_counter() - begun

    def verdict(self) -> dict[str, int]:
        store = CubeStore.open(self.cube)
        pair = next(p for p in store.pairs if str(p) == self.pair)
        names = ("deformation_mask", "activity_type_mask", "intensity_level_mask", "instance_mask")
        deformation, activity, intensity, instance = (store.read_plane(n, pair) for n in names)
        lost = torn = present = 0
        for cell, code in (self.acknowledged | self.killed).items():
            block = activity[self._at(cell)]
            whole = (block == code).all()
            lost += cell in self.acknowledged and not whole
            torn += not whole and block.any()
            present += cell in self.killed and whole
        disagree = int((deformation != DEFORMATION_OF[activity]).sum())
        disagree += int(((intensity > 0) != ((activity > 0) & (activity != 5))).sum())
        disagree += int(((instance > 0) != (activity > 0)).sum())
        history = History(store.sidecar / "journal")
        history.refresh()
        done = {step.id for step in history.steps() if step.active}
        last = max(self.acknowledged)
        return {
            "edits": self.number,
            "killed": len(self.killed),
            "killed_but_completed": present,
            "acknowledged": len(self.acknowledged),
            "lost": int(lost),
            "torn": int(torn),
            "masks_disagree": disagree,
            "steps_missing": len(self.acknowledged) + present - len(done),
            "caption_lost": int(store.read_label(pair).caption != f"edit {last}"),
            "left_behind": len(list(self.cube.rglob("*.partial"))),
        }

    def _at(self, cell: int) -> tuple[slice, slice]:
        per_row = self.geometry.cols // CELL
        row, col = cell // per_row * CELL, cell % per_row * CELL
        return np.s_[row : row + CELL, col : col + CELL]


def run(cube: Path, kills: int, seed: int) -> dict[str, int]:
    """The campaign on a copy of the cube."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / cube.name
        shutil.copytree(cube, copy)
        store = CubeStore.open(copy)
        campaign = Campaign(copy, store.geometry, str(store.pairs[len(store.pairs) - 1]))
        usual = max(campaign.live_one(), campaign.live_one())
        for _ in range(kills):
            # most of the time goes to imports; aim half of the kills at the part that writes
            early = 0.0 if chance.random() < 0.3 else 0.6
            campaign.kill_one(usual * chance.uniform(early, 1.05))
            campaign.live_one()
        return campaign.verdict()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("cube", type=Path)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    result = run(args.cube, args.kills, args.seed)
    for name, count in result.items():
        print(f"{name:<22}{count}")
    bad = ("lost", "torn", "masks_disagree", "steps_missing", "caption_lost", "left_behind")
    return 1 if any(result[name] for name in bad) else 0


if __name__ == "__main__":
    sys.exit(main())
