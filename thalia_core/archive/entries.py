"""The cubes of a folder, and what a list shows of each."""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from thalia_core.errors import CubeError

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class FrameEntry:
    """One cube of an archive.

    Attributes:
        path: The store.
        frame: Identifier of the frame.
        title: What people call it: the cube's own title, else its volcanoes; may be empty.
        pairs: Number of valid pairs.
        labelled: How many of them somebody labelled.
        rows: Rows of the grid.
        cols: Columns of the grid.
        lon: Degrees east of the centre; NaN where neither the grid nor anybody says.
        lat: Degrees north of the centre.
        layers: Raw layers it has.
        problem: Why it cannot be read; None for a sound cube.
        volcanoes: Names of the volcanoes in it.
        bounds: West, south, east, north of the grid in degrees; NaN unless it is geographic.
        dates: Number of acquisition days that belong to a pair.
        first: The earliest of them.
        last: The latest of them.
    """

    path: Path
    frame: str
    title: str = ""
    pairs: int = 0
    labelled: int = 0
    rows: int = 0
    cols: int = 0
    lon: float = NAN
    lat: float = NAN
    layers: tuple[str, ...] = ()
    problem: str | None = None
    volcanoes: tuple[str, ...] = ()
    bounds: tuple[float, float, float, float] = (NAN, NAN, NAN, NAN)
    dates: int = 0
    first: date | None = None
    last: date | None = None

    @property
    def name(self) -> str:
        """What a list shows: the title, else the frame."""
        return self.title or self.frame


def cube_paths(path: Path) -> list[Path]:
    """The cubes at ``path``: itself, or every ``*.zarr`` in the folder.

    Raises:
        CubeError: No such path, or no cube in it.
    """
    if not path.exists():
        raise CubeError("no such path", where=path, fix="check the spelling")
    if path.is_dir() and ((path / ".zgroup").exists() or (path / "zarr.json").exists()):
        return [path]
    if not path.is_dir() or path.name.endswith(".zarr"):
        return [path]
    with os.scandir(path) as entries:
        found = sorted(Path(e.path) for e in entries if e.name.endswith(".zarr") and e.is_dir())
    if not found:
        raise CubeError(
            "no cubes here",
            where=path,
            why="the folder holds no *.zarr",
            fix="make one with 'thalia build licsar' or 'thalia demo'",
        )
    return found
