"""How to keep the planes of ERA5: size on disk, time to read one whole, error of the values.

    python benchmarks/era5_storage.py --rows 3000 --cols 3500

Fields as rough as air over mountains (nodes 0.25 degrees apart) are interpolated to a frame and
written in each way in tiles of a cube. The unit of time is reading the wrapped phase of the same
frame in the same run. The last lines read the cube's own layer through ``CubeStore`` and xarray.
"""

import argparse
import math
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from pathlib import Path
from statistics import mean
from time import perf_counter
from typing import Any

import numcodecs
import numpy as np
import rasterio
import rasterio.errors
import xarray
import zarr

from thalia_core.build.era5.grid import Nodes
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import ERA5, PAIR
from thalia_core.cube.store import CubeStore, CubeWriter
from thalia_core.cube.store.packing import FILL, PACKED

DAYS = (date(2024, 1, 6), date(2024, 1, 18))
BLOSC = {"byte": numcodecs.Blosc.SHUFFLE, "bit": numcodecs.Blosc.BITSHUFFLE}
TILE = 1024


@dataclass
class Way:
    """One way to keep a plane."""

    name: str
    dtype: str
    encode: Callable[[np.ndarray], np.ndarray]
    decode: Callable[[np.ndarray], np.ndarray]
    filters: list[Any] | None
    compressor: Any
    attrs: dict[str, float] = field(default_factory=dict)


def rough(rows: int, cols: int, slope: float, rng: np.random.Generator) -> np.ndarray:
    """Noise of a power-law spectrum, of mean 0 and deviation 1."""
    wave = np.hypot(np.fft.fftfreq(64)[:, None], np.fft.fftfreq(64))
    wave[0, 0] = np.inf
    part = np.fft.ifft2(np.fft.fft2(rng.normal(size=(64, 64))) * wave**-slope).real[:rows, :cols]
    return (part - part.mean()) / part.std()


def planes(geometry: Geometry) -> dict[str, np.ndarray]:
    """The three variables over mountains of 1500 m with a deviation of 1200 m."""
    rng = np.random.default_rng(3)
    lats = np.arange(math.ceil(geometry.y[0]) + 0.25, geometry.y[-1] - 0.5, -0.25)
    lons = np.arange(math.floor(geometry.x[0]) - 0.25, geometry.x[-1] + 0.5, 0.25)
    shape = len(lats), len(lons)
    height = 1500 + 1200 * np.clip(rough(*shape, 1.5, rng), -1.2, 3)
    pressure = 101_300 * np.exp(-height / 8400) + 150 * rough(*shape, 1.8, rng)
    water = np.clip(45 * np.exp(-height / 2200) + 3 * rough(*shape, 1.3, rng), 2, 70)
    heat = pressure / 9.81 * 255 * (1 + 0.005 * rough(*shape, 1.6, rng))
    nodes = dict(zip(ERA5, (water, pressure, heat), strict=True))
    return {name: Nodes(lats, lons, values).plane(geometry) for name, values in nodes.items()}


def ways(name: str) -> Iterator[Way]:
    """What was thought of, for one variable."""
    scale = PACKED[f"{PAIR[0]}_{name}"].scale
    offset = PACKED[f"{PAIR[0]}_{name}"].offset
    step, start = np.float32(scale), np.float32(offset)
    packed = {"scale_factor": scale, "add_offset": offset}
    fixed = numcodecs.FixedScaleOffset(offset, 1 / scale, "<f4", "<u2")
    neighbours = numcodecs.Delta("<u2")

    def same(a: np.ndarray) -> np.ndarray:
        return a

    def whole(a: np.ndarray) -> np.ndarray:
        return np.rint(a / step) * step

    def pack(a: np.ndarray) -> np.ndarray:
        return np.rint((a - start) / step).astype("u2")

    def unpack(raw: np.ndarray) -> np.ndarray:
        return raw * step + start

    for codec, (shuffle, mode) in product(("lz4", "zstd"), BLOSC.items()):
        press = numcodecs.Blosc(codec, 5 if codec == "lz4" else 3, mode)
        how = f"{codec}, {shuffle} shuffle"
        yield Way(f"float32, {how}", "<f4", same, same, None, press)
        yield Way(f"float32 rounded to the step, {how}", "<f4", whole, same, None, press)
        yield Way(f"FixedScaleOffset, {how}", "<f4", same, same, [fixed], press)
        yield Way(f"FixedScaleOffset + Delta, {how}", "<f4", same, same, [fixed, neighbours], press)
        yield Way(f"CF uint16, {how}", "<u2", pack, unpack, None, press, packed)
        yield Way(f"CF uint16 + Delta, {how}", "<u2", pack, unpack, [neighbours], press, packed)


def write(store: Path, name: str, plane: np.ndarray, way: Way) -> Any:
    group = zarr.open_group(store, mode="a", zarr_format=2)
    array = group.create_array(
        name=name,
        shape=(1, *plane.shape),
        chunks=(1, TILE, TILE),
        dtype=way.dtype,
        fill_value=np.nan if way.dtype == "<f4" else FILL,
        filters=way.filters,
        compressors=way.compressor,
        attributes={"_ARRAY_DIMENSIONS": ["date", "y", "x"], **way.attrs},
        chunk_key_encoding={"name": "v2", "separator": "."},
    )
    array[0] = way.encode(plane)
    return array


def megabytes(folder: Path) -> float:
    return sum(f.stat().st_size for f in folder.iterdir() if not f.name.startswith(".")) / 1e6


def milliseconds(steps: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """The best of some rounds of each, in turns: what else runs on the machine falls out."""
    best = [math.inf] * len(steps)
    for _ in range(rounds):
        for place, step in enumerate(steps):
            begun = perf_counter()
            step()
            best[place] = min(best[place], (perf_counter() - begun) * 1e3)
    return best


def opens_in_gdal(store: Path, name: str) -> bool:
    try:
        with rasterio.open(f'ZARR:"{store}":/{name}:0') as raster:
            raster.read(1)
    except rasterio.errors.RasterioIOError:
        return False
    return True


def compare(folder: Path, geometry: Geometry, fields: dict[str, np.ndarray], rounds: int) -> None:
    store, rng = folder / "ways.zarr", np.random.default_rng(0)
    phase = np.angle(np.exp(1j * rng.normal(0, 1.5, geometry.shape))).astype("f4")
    plain = next(ways(ERA5[0]))
    wrapped = write(store, "phase", phase, plain)
    print(f"wrapped phase: {megabytes(store / 'phase'):.1f} MB\n")
    print("| a plane, mean of the three variables | MB | read, of the phase | GDAL |")
    print("|---|---|---|---|")
    rows: dict[str, list[tuple[float, float, bool]]] = {}
    for number, (name, plane) in enumerate(fields.items()):
        for place, way in enumerate(ways(name)):
            key = f"v{number}_{place}"
            array = write(store, key, plane, way)
            steps = (lambda: wrapped[0], lambda a=array, w=way: w.decode(a[0]))
            unit, spent = milliseconds(steps, rounds)
            gdal = opens_in_gdal(store, key)
            rows.setdefault(way.name, []).append((megabytes(store / key), spent / unit, gdal))
    for name, found in sorted(rows.items(), key=lambda row: mean(f[0] for f in row[1])):
        size, ratio = (mean(f[at] for f in found) for at in (0, 1))
        opens = "yes" if all(f[2] for f in found) else "no"
        print(f"| {name} | {size:.2f} | {ratio:.2f} | {opens} |")


def ours(folder: Path, geometry: Geometry, fields: dict[str, np.ndarray], rounds: int) -> None:
    """A cube as it is built, read by its users."""
    pair, layers = DatePair(*DAYS), [f"{PAIR[0]}_{name}" for name in ERA5]
    writer = CubeWriter.start(
        folder / "c.zarr",
        frame="000A_00000_000000",
        geometry=geometry,
        dates=DAYS,
        layers=["insar_difference", *layers],
    )
    rng = np.random.default_rng(0)
    phase = np.angle(np.exp(1j * rng.normal(0, 1.5, geometry.shape))).astype("f4")
    writer.write("insar_difference", phase, pair=pair)
    for name, plane in fields.items():
        writer.write(f"{PAIR[0]}_{name}", plane, date=DAYS[0])
    cube = CubeStore.open(writer.finish())
    opened = xarray.open_zarr(cube.path, chunks=None)
    at = dict(zip(PAIR, ([0], [1]), strict=True))
    wrapped = opened["insar_difference"].isel(at)
    steps: list[Callable[[], object]] = [
        lambda: cube.read_plane("insar_difference", pair),
        lambda: wrapped.copy().values,
    ]
    print(
        "\n| the cube's layer | MB | CubeStore, of the phase | xarray, of the phase | max error |"
    )
    print("|---|---|---|---|---|")
    for name, plane in fields.items():
        layer = f"{PAIR[0]}_{name}"
        reads = (
            lambda n=layer: cube.read_plane(n, pair),
            lambda n=layer: opened[n].isel({PAIR[0]: 0}).copy().values,
        )
        unit, by_xarray, spent, other = milliseconds([*steps, *reads], rounds)
        error = np.abs(cube.read_plane(layer, pair).astype("f8") - plane).max()
        size = megabytes(cube.path / layer)
        units = opened[layer].attrs["units"]
        print(
            f"| {name} | {size:.2f} | {spent / unit:.2f} | {other / by_xarray:.2f} "
            f"| {error:.2g} {units} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--cols", type=int, default=3500)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    warnings.filterwarnings("ignore", category=rasterio.errors.NotGeoreferencedWarning)
    warnings.filterwarnings("ignore", message="invalid value encountered in cast")
    warnings.filterwarnings("ignore", message="Numcodecs codecs are not in the Zarr version 3")
    geometry = Geometry(args.rows, args.cols, -78.4, 1.2, 0.001, -0.001)
    fields = planes(geometry)
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), geometry, fields, args.rounds)
        ours(Path(folder), geometry, fields, args.rounds)


if __name__ == "__main__":
    main()
