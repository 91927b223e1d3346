"""A large archive at once: small cubes, each of many labelled pairs, without planes."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from thalia_core.cube.geometry import Geometry
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeWriter

_SENTENCES = (
    "No deformation activity can be detected in this interferogram.",
    "Turbulent mixing effect or wet tropospheric delay of the atmosphere can be detected around "
    "the image.",
    "Vertical tropospheric delay, which is often correlated with the topography, can be seen.",
    "Two fringes of uplift on the south flank, most likely a shallow magma chamber.",
    "The coherence is low towards the coast.",
)


def pairs_of(count: int) -> list[DatePair]:
    """That many pairs of dates 12 days apart: each with its next four."""
    days = [date(2015, 1, 3) + timedelta(days=12 * n) for n in range(count // 4 + 5)]
    pairs = [DatePair(days[i], days[i + k]) for i in range(len(days) - 4) for k in (1, 2, 3, 4)]
    return pairs[:count]


def labels_of(pairs: list[DatePair], first: int, rng: np.random.Generator) -> dict[str, Any]:
    """The pair variables of these pairs, some of each kind; ids count from ``first``."""
    table: dict[str, dict[DatePair, Any]] = {}
    for number, pair in enumerate(pairs):
        deforms = rng.random() < 0.2
        listed = [
            {"instance": n + 1, "activity_type": kind, "intensity_level": "Medium"}
            for n, kind in enumerate(rng.choice(["Mogi", "Dyke", "Earthquake"], rng.integers(1, 3)))
        ]
        values = {
            "phase": int(rng.integers(2, 4)) if deforms else 1,
            "atmospheric_fringes": int(rng.integers(0, 4)),
            "low_coherence": int(rng.random() < 0.1),
            "confidence": float(rng.integers(1, 11)) / 10,
            "caption": " ".join(rng.choice(_SENTENCES, rng.integers(1, 7)))[:572],
            "unique_id": first + number,
            "label_state": 2,
            "annotator": "Thalia dataset",
            "labelled_at": "2026-01-01T00:00:00Z",
            "instances": json.dumps(listed if deforms else []),
        }
        for name, value in values.items():
            table.setdefault(name, {})[pair] = value
    return table


def make_archive(folder: Path, cubes: int, pairs: int, rows: int = 64, cols: int = 64) -> Path:
    """An archive of so many cubes, each with so many labelled pairs."""
    rng = np.random.default_rng(11)
    named = pairs_of(pairs)
    days = [day for pair in named for day in (pair.primary, pair.secondary)]
    for number in range(cubes):
        frame = f"{number % 175 + 1:03d}A_{number:05d}_131313"
        with CubeWriter.start(
            folder / f"{frame}.zarr",
            frame=frame,
            geometry=Geometry(rows, cols, -91.6 + number % 180, -0.3, 0.001, -0.001),
            dates=days,
            layers=["insar_difference", "insar_coherence", "dem"],
            attrs={"title": f"Volcano {number}"},
        ) as writer:
            for name, values in labels_of(named, number * pairs + 1, rng).items():
                writer.write_pair_values(name, values)
            writer.write_pair_values("perpendicular_baseline", dict.fromkeys(named, 31.5))
            for pair in named:  # a flag is set for each pair whose phase is noted as written
                writer.mark("insar_difference", pair)
            writer.finish()
    return folder
