"""Opening the catalogue of a large archive, beside a bare import of numpy and a scan of all cubes.

    python benchmarks/catalogue.py [ARCHIVE] [--cubes 38] [--pairs 524]

Without an archive one is made of small cubes; one that is named is left alone, but for its index.
Cold means a process of its own, which opens the catalogue and reads every caption. Compare the
ratios: the seconds belong to the machine.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.archives import make_archive

from thalia_core.archive.catalogue import Catalogue
from thalia_core.archive.index import NAME
from thalia_core.archive.signature import sign
from thalia_core.cube.labels import Activity

_BARE = "import numpy"
_COLD = """
import sys
from thalia_core.archive.catalogue import Catalogue
catalogue = Catalogue.open(sys.argv[1])
captions = list(catalogue.pairs.texts["caption"])
heavy = {"zarr", "xarray", "dask", "torch", "PySide6"} & set(sys.modules)
assert not heavy, heavy
"""


def seconds(work: Callable[[], object], rounds: int = 7) -> float:
    times = []
    for _ in range(rounds):
        began = perf_counter()
        work()
        times.append(perf_counter() - began)
    return median(times)


def process(code: str, *words: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, "-c", code, *words], check=True)


def age(folder: Path) -> None:
    """As if nobody had written here for a minute."""
    then = time.time_ns() - 60 * 10**9
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, ns=(then, then))


def measure(archive: Path, ours: bool) -> None:
    if ours:
        (archive / NAME).unlink(missing_ok=True)
        for cube in archive.glob("*.zarr"):
            age(cube)
    built = seconds(lambda: Catalogue.open(archive), 1)
    catalogue = Catalogue.open(archive)
    table = catalogue.pairs
    texts = table.texts["caption"]
    captions = [caption or "" for caption in texts]
    print(
        f"{len(catalogue.frames)} cubes, {len(table):,} pairs, "
        f"captions up to {max(map(len, captions))} characters"
    )
    print(f"index of {(archive / NAME).stat().st_size / 1e6:.2f} MB")
    what = "without an index" if ours else "the first time"
    print(f"{what:17s} {built * 1e3:9.1f} ms")
    print(f"bare numpy        {seconds(process(_BARE)) * 1e3:9.1f} ms (a process)")
    print(f"cold              {seconds(process(_COLD, str(archive))) * 1e3:9.1f} ms (a process)")
    print(f"warm              {seconds(lambda: Catalogue.open(archive)) * 1e3:9.1f} ms")
    print(f"nothing changed   {seconds(catalogue.refreshed) * 1e3:9.1f} ms")
    cube = catalogue.frames[0].path
    print(f"signature of one  {seconds(lambda: sign(cube)) * 1e3:9.1f} ms")
    if ours:
        os.utime(cube / "caption")
        print(f"one cube changed  {seconds(lambda: Catalogue.open(archive), 3) * 1e3:9.1f} ms")
    filters: dict[str, Callable[[], object]] = {
        "positive, sure": lambda: np.flatnonzero(table.positive & (table.confidence > 0.5)),
        "dyke, short": lambda: np.flatnonzero(table.shows(Activity.DYKE) & (table.days < 30)),
        "pairs by frame": lambda: np.bincount(table.frame, weights=table.positive),
        "words, first": lambda: _fresh(texts).contains("south flank"),
        "words, again": lambda: texts.contains("south flank"),
    }
    for name, work in filters.items():
        print(f"filter {name:15s} {seconds(work) * 1e3:6.2f} ms")


def _fresh(texts):
    return type(texts)(texts.data, texts.lengths)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("archive", type=Path, nargs="?")
    parser.add_argument("--cubes", type=int, default=38)
    parser.add_argument("--pairs", type=int, default=524)
    args = parser.parse_args()
    if args.archive is not None:
        measure(args.archive, ours=False)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(make_archive(Path(folder), args.cubes, args.pairs), ours=True)


if __name__ == "__main__":
    main()
