"""What is public about the frames of the Thalia data set: their volcanoes, and where they are.

The facts are Papadopoulos et al., *Thalia*, CC-BY 4.0. Cubes of other frames have none.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """Where a frame is.

    Attributes:
        lon: Degrees east, near the centre of its volcanoes; not for georeferencing.
        lat: Degrees north.
        volcanoes: Their names.
    """

    lon: float
    lat: float
    volcanoes: tuple[str, ...]


@cache
def places() -> Mapping[str, Place]:
    """Frame -> its place; empty where the file is missing, for a name is worth no failure."""
    package = Path(__file__).parents[1]
    inside = package / "resources" / "frames.json"
    path = inside if inside.is_file() else package.with_name("resources") / "frames.json"
    try:
        frames = json.loads(path.read_bytes())["frames"]
    except (OSError, ValueError, KeyError):
        return {}
    return {
        frame: Place(told["lon"], told["lat"], tuple(told["volcanoes"]))
        for frame, told in frames.items()
    }
