"""A small cube of our own making, for tests that need one to edit."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np

from thalia_core.cube.geometry import Geometry
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeWriter

FRAME = "106A_09048_000909"
DAYS = [date(2024, 1, 6) + timedelta(days=12 * n) for n in range(4)]
PAIRS = [DatePair(DAYS[0], DAYS[1]), DatePair(DAYS[0], DAYS[2]), DatePair(DAYS[1], DAYS[3])]


def small_cube(folder: Path, rows: int = 60, cols: int = 80) -> Path:
    """Three pairs of random phase with a no-data margin; no annotation arrays yet."""
    rng = np.random.default_rng(7)
    writer = CubeWriter.start(
        folder / f"{FRAME}.zarr",
        frame=FRAME,
        geometry=Geometry(rows, cols, -91.6, -0.3, 0.001, -0.001),
        dates=DAYS,
        layers=["insar_difference", "insar_coherence", "dem"],
    )
    writer.write("dem", rng.uniform(0, 1500, (rows, cols)))
    for pair in PAIRS:
        phase = rng.uniform(-np.pi, np.pi, (rows, cols)).astype(np.float32)
        phase[:3] = np.nan
        writer.write("insar_difference", phase, pair=pair)
        writer.write("insar_coherence", rng.uniform(0.05, 1, (rows, cols)), pair=pair)
    return writer.finish()
