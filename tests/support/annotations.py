"""Annotation files of our own making, and cubes that are read back."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from support.cubes import FRAME, PAIRS
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore

MASKS = ("deformation_mask", "activity_type_mask", "intensity_level_mask", "instance_mask")
Box = tuple[float, float, float, float]
SQUARE: Box = (3.0, 3.0, 9.0, 9.0)
"""In preview pixels: of a cube of 60 x 80, rows and columns 10 to 29."""


def ring(box: Box) -> list[float]:
    """Outline of (left, top, right, bottom)."""
    left, top, right, bottom = box
    return [left, top, right, top, right, bottom, left, bottom]


def sample(
    number: int | None = 1, pair: DatePair = PAIRS[0], *boxes: Box, **change: Any
) -> dict[str, Any]:
    """A file of the public archive; a box is a Mogi source of one fringe."""
    count = len(boxes)
    return {
        "uniqueID": number,
        "frameID": FRAME,
        "primary_date": f"{pair.primary:%Y%m%d}",
        "secondary_date": f"{pair.secondary:%Y%m%d}",
        "corrupted": 0,
        "processing_error": 0,
        "glacier_fringes": 0,
        "orbital_fringes": 0,
        "atmospheric_fringes": 1,
        "low_coherence": 0,
        "no_info": 0,
        "image_artifacts": 0,
        "label": ["Deformation"] if count else ["Non_Deformation"],
        "activity_type": ["Mogi"] * count,
        "intensity_level": ["Low"] * count,
        "phase": "Unrest" if count else "Rest",
        "confidence": 0.8,
        "segmentation_mask": [ring(box) for box in boxes],
        "is_crowd": int(count > 1),
        "caption": "Deformation activity can be detected. " if count else "Nothing. ",
    } | change


def here(number: int = 1, pair: DatePair = PAIRS[0], *boxes: Box, **change: Any) -> dict[str, Any]:
    """The same, drawn on the preview of the small cube itself instead of a whole frame."""
    return sample(number, pair, *boxes, **{"preview_size": [24, 18]} | change)


def write(folder: Path, *samples: dict[str, Any]) -> Path:
    """A folder of them."""
    folder.mkdir(parents=True, exist_ok=True)
    for position, one in enumerate(samples):
        (folder / f"{one.get('uniqueID') or f'n{position}'}.json").write_text(json.dumps(one))
    return folder


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """All files of a folder by name."""
    return {path.name: json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))}


def planes(path: Path, pair: DatePair = PAIRS[0]) -> dict[str, np.ndarray]:
    """The masks of a pair, no value as 0."""
    cube = CubeStore.open(path)
    found = {name: cube.read_plane(name, pair) for name in MASKS}
    return {name: np.where(plane == 255, 0, plane) for name, plane in found.items()}


def instances(path: Path, pair: DatePair = PAIRS[0]) -> list[dict[str, Any]]:
    """What the label of a pair lists."""
    listed: list[dict[str, Any]] = json.loads(CubeStore.open(path).read_label(pair).instances or "")
    return listed
