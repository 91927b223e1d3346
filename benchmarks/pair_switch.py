"""A pair from the disk to the screen, and a dab from the hand to the screen, beside their floors.

    python benchmarks/pair_switch.py --size 3000

The floor of reading is the same chunk files read and decoded with numcodecs; the floor of painting
is one ready-made array set in a pyqtgraph ImageItem of the same size and painted. Both are measured
in the same run; compare the ratios, the milliseconds belong to the machine.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numcodecs
import numpy as np
from canvas import canvas_with, dabs, image_item
from PySide6.QtWidgets import QApplication

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.planes import PlaneCache
from thalia_core.cube.store import CubeStore, CubeWriter
from thalia_viewer.planes import Planes

MASKS = ("activity_type_mask", "intensity_level_mask")
READ = ("insar_difference", *MASKS)


def make(folder: Path, size: int) -> Path:
    """Four pairs of phase as noisy as real ones, with a painted mask each."""
    days = [date(2024, 1, 6) + timedelta(12 * n) for n in range(5)]
    pairs = [DatePair(days[n], days[n + 1]) for n in range(4)]
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
        phase = np.hypot(row - size * (0.4 + n / 20), col - size / 2) * np.float32(40 / size)
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


def measure(step: Callable[[int], object], rounds: int) -> list[float]:
    times = []
    for n in range(rounds + 2):
        begun = perf_counter()
        step(n)
        times.append((perf_counter() - begun) * 1e3)
    return times[2:]


def report(name: str, times: list[float], unit: float) -> None:
    worst = quantiles(times, n=20)[-1]
    middle = median(times)
    print(f"{name:<58}{middle:8.1f} ms {worst:8.1f} ms (95 %) {middle / unit:7.2f} x floor")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", type=int, default=3000)
    parser.add_argument("--radius", type=float, default=64)
    parser.add_argument("--rounds", type=int, default=24)
    args = parser.parse_args()
    app = QApplication.instance() or QApplication(sys.argv)
    window = (1400, 900)
    with tempfile.TemporaryDirectory() as folder:
        path = make(Path(folder), args.size)
        cube = CubeStore.open(path)
        pairs = list(cube.pairs)
        canvas, _, drawn = canvas_with(args.size, window)

        def pair_of(n: int) -> DatePair:
            return pairs[n % len(pairs)]

        def read(n: int) -> None:
            for name in READ:
                cube.read_plane(name, pair_of(n))

        def show(n: int, planes: Planes) -> None:
            canvas.set_image(planes.image("insar_difference", pair_of(n)))
            canvas.set_mask(*(planes.values(name, pair_of(n)) for name in MASKS))
            app.processEvents()

        def cold(n: int) -> None:
            show(n, Planes(cube, PlaneCache(2**30)))

        warm = Planes(cube, PlaneCache(2**30))
        print(f"{args.size} x {args.size}, window {window[0]} x {window[1]}, {args.rounds} rounds")
        unit = measure(lambda n: decode(path, cube.position(pair_of(n))), args.rounds)
        report("floor: read and decode phase and masks (numcodecs)", unit, median(unit))
        report("read phase and masks (CubeStore)", measure(read, args.rounds), median(unit))
        painted = image_item(args.size, window, args.rounds, ready_made=True)
        both = median(unit) + median(painted)
        report(
            "switch pair, cold: read, encode, paint; of both floors",
            measure(cold, args.rounds),
            both,
        )
        report("floor: set one ready-made array (pyqtgraph)", painted, median(painted))
        for n in range(len(pairs)):
            show(n, warm)
        ahead = measure(lambda n: show(n, warm), args.rounds)
        report("switch pair, read ahead: paint", ahead, median(painted))
        dab = dabs(canvas, args.size, drawn[0][0], args.radius, 60)
        report(f"brush dab, radius {args.radius:g}", dab, median(painted))
        canvas.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
