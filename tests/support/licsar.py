"""A small LiCSAR frame on disk, as COMET lays them out."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import Affine, from_origin

FRAME = "999A_01234_131313"
PAIRS = ("20200101_20200113", "20200101_20200125", "20200113_20200125")
ROWS, COLS = 24, 18
ORIGIN = from_origin(-91.25, 0.5, 0.001, 0.001)


def write_tiff(
    path: Path,
    values: np.ndarray,
    transform: Affine = ORIGIN,
    crs: str | None = "EPSG:4326",
    **tags: str,
) -> Path:
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
        crs=crs,
        transform=transform,
        compress="deflate",
    ) as raster:
        if tags:
            raster.update_tags(**tags)
        raster.write(values, 1)
    return path


def phase_of(pair: str, rows: int = ROWS, cols: int = COLS) -> np.ndarray:
    rng = np.random.default_rng(int(pair[:8]) + int(pair[9:]))
    phase = rng.uniform(-np.pi, np.pi, (rows, cols)).astype(np.float32)
    phase[:3, :5] = 0
    return phase


def coherence_of(pair: str) -> np.ndarray:
    rng = np.random.default_rng(int(pair[9:]))
    coherence = rng.integers(1, 256, (ROWS, COLS), dtype=np.uint8)
    coherence[:3, :5] = 0
    return coherence


def make_frame(folder: Path, pairs: Iterable[str] = PAIRS) -> Path:
    for pair in pairs:
        stem = folder / "interferograms" / pair / f"{pair}.geo"
        write_tiff(Path(f"{stem}.diff_pha.tif"), phase_of(pair))
        write_tiff(Path(f"{stem}.cc.tif"), coherence_of(pair))
    height = np.arange(ROWS * COLS, dtype=np.float32).reshape(ROWS, COLS)
    write_tiff(folder / "metadata" / f"{FRAME}.geo.hgt.tif", height, AREA_OR_POINT="Point")
    land = np.ones((ROWS, COLS), np.float32)
    land[:, :6] = 0
    write_tiff(folder / "metadata" / f"{FRAME}.geo.landmask.tif", land, AREA_OR_POINT="Point")
    (folder / "metadata" / "metadata.txt").write_text(
        "master=20191201\ncenter_time=0:26:14.884940\nheading=-12.019061\n"
        "avg_incidence_angle=41.6437\n"
    )
    (folder / "metadata" / "baselines").write_text(
        "20191201 20200101 -98 31\n20191201 20200113 -46.4295 43\n20191201 20200125 13 55\n"
    )
    return folder


def phase_path(frame: Path, pair: str) -> Path:
    return frame / "interferograms" / pair / f"{pair}.geo.diff_pha.tif"
