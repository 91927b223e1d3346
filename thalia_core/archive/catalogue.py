"""What lies in a folder of cubes, told fast and without failing on a broken one."""

import os
from dataclasses import dataclass
from pathlib import Path

from thalia_core.cube.store import CubeStore
from thalia_core.errors import CubeError, ThaliaError


@dataclass(frozen=True, slots=True)
class FrameEntry:
    """One cube of an archive.

    Attributes:
        path: The store.
        frame: Identifier of the frame.
        title: What people call it; may be empty.
        pairs: Number of valid pairs.
        labelled: How many of them somebody labelled.
        rows: Rows of the grid.
        cols: Columns of the grid.
        lon: Longitude of the centre.
        lat: Latitude of the centre.
        layers: Raw layers it has.
        problem: Why it cannot be read; None for a sound cube.
    """

    path: Path
    frame: str
    title: str = ""
    pairs: int = 0
    labelled: int = 0
    rows: int = 0
    cols: int = 0
    lon: float = float("nan")
    lat: float = float("nan")
    layers: tuple[str, ...] = ()
    problem: str | None = None

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


def read_entry(path: Path) -> FrameEntry:
    """The entry of one cube; a cube that cannot be read becomes an entry with a problem."""
    try:
        cube = CubeStore.open(path)
        labelled = sum(label.labelled for label in cube.read_labels())
    except ThaliaError as error:
        return FrameEntry(path, path.name.removesuffix(".zarr"), problem=str(error))
    geometry = cube.geometry
    lon, lat = geometry.lonlat(geometry.rows / 2, geometry.cols / 2)
    return FrameEntry(
        path=path,
        frame=cube.frame,
        title=cube.title,
        pairs=len(cube.pairs),
        labelled=labelled,
        rows=geometry.rows,
        cols=geometry.cols,
        lon=lon,
        lat=lat,
        layers=cube.layers,
    )


def scan(path: Path) -> list[FrameEntry]:
    """All cubes at ``path``, sorted by name.

    Raises:
        CubeError: No such path, or no cube in it.
    """
    return [read_entry(cube) for cube in cube_paths(Path(path))]
