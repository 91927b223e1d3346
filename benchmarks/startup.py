"""From the command to the window and to its picture, beside the bare imports it needs.

    python benchmarks/startup.py ARCHIVE

The floor is a process that imports zarr, PySide6 and pyqtgraph and ends. All are measured in turns
in the same run; compare the ratios, the seconds belong to the machine.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

_BARE = "import zarr, PySide6.QtWidgets, pyqtgraph"
_WINDOW = """
import os, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from thalia_viewer import app as program
shown = program.App.show
def show(self):
    shown(self)
    QTimer.singleShot(0, lambda: os._exit(0))  # the first round of events after it has painted
program.App.show = show
from thalia_viewer.__main__ import main
main([sys.argv[1], "--size", "1600x1000"])
"""
_PICTURE = """
import sys
from thalia_viewer.__main__ import main
sys.exit(main([sys.argv[1], "--size", "1600x1000", "--screenshot", sys.argv[2]]))
"""


def seconds(code: str, *words: str) -> float:
    """How long a process of its own takes, from its start to its end."""
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": home}
        began = perf_counter()
        subprocess.run([sys.executable, "-c", code, *words], check=True, env=env)
        return perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("archive", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    times: dict[str, list[float]] = {"bare imports": [], "window": [], "picture, saved": []}
    with tempfile.TemporaryDirectory() as folder:
        picture = str(Path(folder) / "window.png")
        for _ in range(args.rounds):
            times["bare imports"].append(seconds(_BARE))
            times["window"].append(seconds(_WINDOW, str(args.archive)))
            times["picture, saved"].append(seconds(_PICTURE, str(args.archive), picture))
    floor = median(times["bare imports"])
    for name, values in times.items():
        print(f"{name:16s} {median(values):6.2f} s   {median(values) / floor:5.2f} x")


if __name__ == "__main__":
    main()
