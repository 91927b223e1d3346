"""A LiCSAR frame of real size into a cube, beside a bare loop over the same files.

    python benchmarks/build.py --rounds 3
    python benchmarks/build.py --like LICSAR_FRAME  # the pixels of a real frame, tiled

The floor reads each GeoTIFF with rasterio, cuts it into the chunks of our arrays, encodes them with
the same codec and writes them to files that nobody synchronises; once in one process, once in two.
The builder is the real command. All are processes of their own, run in turns; compare the ratios.
Afterwards a build is killed with SIGKILL half-way and resumed, and another runs on a Dask cluster
of two workers; both must equal the undisturbed one byte for byte.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from hashlib import blake2b
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import numcodecs
import numpy as np
import psutil
import rasterio
from rasterio.transform import from_origin
from scipy.ndimage import zoom

FRAME = "000A_00000_000000"
THALIA = [sys.executable, "-c", "import sys; from thalia_core.cli import main; sys.exit(main())"]
CODEC, TILE = numcodecs.Blosc("lz4", 5, numcodecs.Blosc.SHUFFLE), 1024


def make(folder: Path, shape: tuple[int, int], pairs: int, like: Path | None) -> Path:
    """The frame as COMET delivers one: deflate, floating-point predictor, one strip a row."""
    frame = folder / FRAME
    rng = np.random.default_rng(0)
    first = date(2020, 1, 1)
    for n in range(pairs):
        days = (first + timedelta(12 * (n // 2)), first + timedelta(12 * (n // 2 + 1 + n % 2)))
        name = "_".join(f"{day:%Y%m%d}" for day in days)
        phase, coherence = tiled(like, n, shape) if like else drawn(rng, shape)
        stem = frame / "interferograms" / name / f"{name}.geo"
        write(Path(f"{stem}.diff_pha.tif"), phase, predictor=3, blockysize=1)
        write(Path(f"{stem}.cc.tif"), coherence, predictor=2, blockysize=4)
    rough = rng.normal(0, 1, shape).astype(np.float32)
    meta = frame / "metadata" / f"{FRAME}.geo"
    write(Path(f"{meta}.hgt.tif"), np.round(smooth(rng, shape, 600) + 800 + rough), predictor=3)
    write(Path(f"{meta}.landmask.tif"), (smooth(rng, shape, 1) > -0.5).astype(np.float32))
    for way, value in (("E", -0.65), ("N", -0.138), ("U", 0.747)):
        write(Path(f"{meta}.{way}.tif"), value + smooth(rng, shape, 0.01), predictor=3)
    (frame / "metadata" / "metadata.txt").write_text(
        "center_time=0:26:14.884940\nheading=-12.019061\navg_incidence_angle=41.6437\n"
    )
    return frame


def drawn(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Fringes under noise that follows the coherence; a rim without data, as frames have it."""
    level = np.clip(0.45 + smooth(rng, shape, 0.25), 0.04, 0.98)
    noise = rng.normal(0, 1, shape).astype(np.float32) * (0.08 / level)
    phase = smooth(rng, shape, 6) + noise
    phase = np.angle(np.exp(1j * phase)).astype(np.float32)
    coherence = np.clip(np.rint(level * 255 + rng.normal(0, 6, shape)), 1, 255).astype(np.uint8)
    row, col = np.ogrid[: shape[0], : shape[1]]
    outside = np.abs(col / shape[1] - 0.5 + 0.12 * (row / shape[0] - 0.5)) > 0.42
    phase[outside], coherence[outside] = 0, 0
    return phase, coherence


def smooth(rng: np.random.Generator, shape: tuple[int, int], scale: float) -> np.ndarray:
    coarse = rng.normal(0, scale, (12, 14)).astype(np.float32)
    return zoom(coarse, (shape[0] / 12, shape[1] / 14), order=3)[: shape[0], : shape[1]]


def tiled(frame: Path, n: int, shape: tuple[int, int]) -> list[np.ndarray]:
    folders = sorted((frame / "interferograms").iterdir())
    folder = folders[n % len(folders)]
    planes = []
    for kind in ("diff_pha", "cc"):
        with rasterio.open(folder / f"{folder.name}.geo.{kind}.tif") as raster:
            plane = raster.read(1)
        times = [-(-want // have) for want, have in zip(shape, plane.shape, strict=True)]
        planes.append(np.tile(plane, times)[: shape[0], : shape[1]])
    return planes


def write(path: Path, values: np.ndarray, predictor: int = 1, blockysize: int = 4) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows, cols = values.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=cols,
        height=rows,
        count=1,
        dtype=values.dtype,
        crs="EPSG:4326",
        transform=from_origin(-91.25, 0.5, 0.001, 0.001),
        compress="deflate",
        predictor=predictor,
        blockysize=blockysize,
    ) as raster:
        raster.write(values, 1)


def floor(frame: Path, out: Path, workers: int) -> None:
    """The bare loop; run as a process of its own, as the builder is."""
    files = sorted(frame.rglob("*.tif"))
    out.mkdir()
    if workers == 1:
        for path in files:
            encode(path, out)
        return
    with ProcessPoolExecutor(workers, get_context("spawn")) as executor:
        list(executor.map(encode, files, repeat(out)))


def encode(path: Path, out: Path) -> None:
    with rasterio.open(path) as raster:
        plane = raster.read(1)
    rows, cols = plane.shape
    for row in range(0, rows, TILE):
        for col in range(0, cols, TILE):
            part = plane[row : row + TILE, col : col + TILE]
            chunk = np.zeros((TILE, TILE), plane.dtype)
            chunk[: part.shape[0], : part.shape[1]] = part
            (out / f"{path.name}.{row}.{col}").write_bytes(CODEC.encode(chunk))


def run(command: list[str]) -> tuple[float, int, int]:
    """Seconds, peak resident bytes of the process with its children, and peak of their shares.

    The first counts what processes share once for each of them (RSS), the other once (PSS).
    """
    began, peak, shares = time.perf_counter(), 0, 0
    process = psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    looked = 0.0
    while process.poll() is None:
        time.sleep(0.01)
        try:
            family = [process, *process.children(recursive=True)]
            peak = max(peak, sum(one.memory_info().rss for one in family))
            if time.perf_counter() - looked > 0.5:  # costs the kernel a walk through all pages
                looked = time.perf_counter()
                shares = max(shares, sum(one.memory_full_info().pss for one in family))
        except psutil.NoSuchProcess:
            continue
    seconds = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: {process.stderr.read()}")
    return seconds, peak, shares


def digests(cube: Path) -> dict[str, str]:
    return {
        str(path.relative_to(cube)): blake2b(path.read_bytes()).hexdigest()
        for path in cube.rglob("*")
        if path.is_file()
    }


def kill_and_resume(command: list[str], out: Path, chunks: int) -> bool:
    """Whether the kill met a build under way."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    building = out.with_name(out.name + ".building") / "cube" / "insar_difference"
    while process.poll() is None and count(building) < chunks / 2:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    resumed = subprocess.run(command, capture_output=True, text=True, check=True)
    return process.returncode == -signal.SIGKILL and "going on" in resumed.stdout


def count(folder: Path) -> int:
    if not folder.is_dir():
        return 0
    return sum(not name.startswith(".") for name in os.listdir(folder))


def report(results: dict[str, list[tuple[float, int, int]]], floors: dict[str, str]) -> None:
    middle = {name: median(seconds for seconds, _, _ in found) for name, found in results.items()}
    print(f"{'':44}{'median':>9}{'best':>9}{'speed/floor':>13}{'RSS':>10}{'PSS':>10}")
    for name, found in results.items():
        ratios = [b[0] / a[0] for a, b in zip(found, results[floors[name]], strict=True)]
        peak, shares = (max(one[n] for one in found) / 2**20 for n in (1, 2))
        best = min(seconds for seconds, _, _ in found)
        print(
            f"{name:44}{middle[name]:7.1f} s{best:7.1f} s{median(ratios):13.2f}"
            f"{peak:7.0f} MB{shares:7.0f} MB"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", type=int, nargs=2, default=(3000, 3500), metavar="N")
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--like", type=Path, help="take pixels of this LiCSAR frame")
    parser.add_argument("--no-checks", action="store_true", help="time only")
    parser.add_argument("--keep", type=Path, help="keep the frame there, or use what is there")
    parser.add_argument("--floor", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.floor:
        floor(Path(args.floor[0]), Path(args.floor[1]), int(args.floor[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        source = (args.keep or Path(folder)) / FRAME
        if not source.exists():
            make(source.parent, tuple(args.size), args.pairs, args.like)
        measure(source, Path(folder), args.rounds)
        if not args.no_checks:
            check(source, Path(folder), args.pairs)


def measure(source: Path, folder: Path, rounds: int) -> None:
    ours = [*THALIA, "build", "licsar", str(source)]
    bare = [sys.executable, __file__, "--floor", str(source)]
    out = {name: str(folder / name) for name in ("bare", "ours.zarr")}
    commands = {
        "floor, 1 process": [*bare, out["bare"], "1"],
        "thalia build licsar --workers 1": [*ours, out["ours.zarr"], "--workers", "1"],
        "floor, 2 processes": [*bare, out["bare"], "2"],
        "thalia build licsar": [*ours, out["ours.zarr"]],
    }
    names = list(commands)
    floors = {name: names[n - n % 2] for n, name in enumerate(names)}
    results: dict[str, list[tuple[float, int, int]]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            for path in out.values():
                shutil.rmtree(path, ignore_errors=True)
            os.sync()  # nobody pays for what another left to be written
            results[name].append(run(command))
    report(results, floors)


def check(source: Path, folder: Path, pairs: int) -> None:
    from distributed import LocalCluster

    ours = [*THALIA, "build", "licsar", str(source)]
    whole, killed, cluster = (folder / f"{name}.zarr" for name in ("whole", "killed", "cluster"))
    run([*ours, str(whole), "--workers", "1"])
    wanted = digests(whole)
    met = kill_and_resume([*ours, str(killed)], killed, count(whole / "insar_difference"))
    told("killed with SIGKILL half-way and resumed", met and digests(killed) == wanted, wanted)
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as dask:
        run([*ours, str(cluster), "--scheduler", dask.scheduler_address])
    told("built by two workers of a Dask cluster", digests(cluster) == wanted, wanted)


def told(name: str, same: bool, files: Iterable[str]) -> None:
    print(f"{name}: {'the same bytes' if same else 'OTHER BYTES'} in {len(list(files))} files")


if __name__ == "__main__":
    main()
