"""A tiny archive that can be learned from: a bull's eye of fringes in half of the pairs."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from thalia_core.cube.geometry import Geometry
from thalia_core.cube.labels import LabelState
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeWriter
from thalia_core.learn.config import TrainConfig

FRAMES = ("001A_00001_010101", "002A_00002_020202", "003A_00003_030303")
CHANNELS = ("insar_difference", "insar_coherence")
PAIRS = 8


def pairs_of(frame: str) -> list[DatePair]:
    """Dates of each frame lie in a year of its own."""
    start = date(2017 + FRAMES.index(frame), 1, 1)
    days = [start + timedelta(days=12 * n) for n in range(PAIRS + 1)]
    return [DatePair(a, b) for a, b in zip(days, days[1:], strict=False)]


def stacked_pairs_of(frame: str) -> list[DatePair]:
    """Two primary dates with four secondary dates each."""
    days = [pair.primary for pair in pairs_of(frame)]
    return [DatePair(days[p], days[p + n]) for p in (0, 2) for n in range(1, 5)]


def learning_cube(
    folder: Path,
    frame: str,
    size: int = 72,
    layers: tuple[str, ...] = CHANNELS,
    pairs: list[DatePair] | None = None,
) -> Path:
    """Eight labelled pairs, every second of them with deformation; noise elsewhere."""
    rng = np.random.default_rng(int(frame[:3]))
    pairs = pairs_of(frame) if pairs is None else pairs
    writer = CubeWriter.start(
        folder / f"{frame}.zarr",
        frame=frame,
        geometry=Geometry(size, size, 10.0, 40.0, 0.001, -0.001),
        dates=sorted({day for pair in pairs for day in (pair.primary, pair.secondary)}),
        layers=[*layers, "deformation_mask"],
    )
    y, x = np.mgrid[:size, :size]
    for n, pair in enumerate(pairs):
        row, col = rng.uniform(0.35, 0.65, 2) * size
        distance = np.hypot(y - row, x - col)
        bump = 9 * np.exp(-((distance / (size / 6)) ** 2)) if n % 2 else 0.0
        phase = np.angle(np.exp(1j * (bump + rng.normal(0, 0.3, (size, size)))))
        phase[:, :2] = np.nan
        planes = {
            "insar_difference": phase,
            "insar_coherence": rng.uniform(0.4, 1, (size, size)),
            "deformation_mask": (distance < size / 6) & bool(n % 2),
        }
        for name in (*layers, "deformation_mask"):
            writer.write(name, planes[name], pair=pair)
    writer.write_pair_values("label_state", dict.fromkeys(pairs, int(LabelState.DONE)))
    return writer.finish()


def learning_archive(folder: Path) -> Path:
    """Three frames."""
    for frame in FRAMES:
        learning_cube(folder, frame)
    return folder


def quick_config(archive: Path, **changes: object) -> TrainConfig:
    """Settings that train on the tiny archive in seconds."""
    config = TrainConfig(
        cubes=(str(archive),),
        train_frames=FRAMES[:1],
        val_frames=FRAMES[1:2],
        test_frames=FRAMES[2:],
        train_dates=None,
        val_dates=None,
        test_dates=None,
        channels=CHANNELS,
        phase_encoding="phasor",
        crop=32,
        decimate=2,
        model="tiny_unet",
        pretrained="none",
        epochs=3,
        batch=4,
        lr=3e-3,
        focal_alpha=0.5,
        device="cpu",
        threads=1,
        workers=0,
    )
    return replace(config, **changes)
