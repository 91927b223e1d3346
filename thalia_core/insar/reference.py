"""The area that counts as standing still, kept beside the cube from one day to the next."""

import json
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from thalia_core.cube.durable import write_bytes
from thalia_core.cube.geometry import Geometry, Window
from thalia_core.cube.store import CubeStore
from thalia_core.errors import ThaliaError

_FILE = "reference.json"


@dataclass(frozen=True, slots=True)
class ReferenceArea:
    """A circle on the ground.

    Attributes:
        lon: Of its centre, degrees east (easting where the grid is projected).
        lat: Degrees north.
        radius_m: Metres, positive.

    Raises:
        ThaliaError: Values that make no circle.
    """

    lon: float
    lat: float
    radius_m: float

    def __post_init__(self) -> None:
        """Refuse what is no circle."""
        if not (self.radius_m > 0 and np.isfinite([self.lon, self.lat, self.radius_m]).all()):
            raise ThaliaError(
                "not a reference area",
                where=f"{self.lon:g} {self.lat:g}, radius {self.radius_m:g} m",
                fix="give longitude, latitude and a radius in metres above 0",
            )

    def pixels(self, grid: Geometry, window: Window) -> NDArray[np.bool_]:
        """(rows, columns) of the window: pixels whose centre is inside, the nearest at least."""
        row, col = grid.rowcol(self.lon, self.lat)
        east, north = grid.pixel_metres(row)
        rows = np.arange(window.row0, window.row1)[:, None] - row
        cols = np.arange(window.col0, window.col1)[None, :] - col
        away = np.hypot(rows * north, cols * east)
        return np.asarray(away <= max(self.radius_m, float(away.min())), np.bool_)

    def corners(self, grid: Geometry) -> list[tuple[float, float]]:
        """Two opposite corners of the square around it, (row, column)."""
        row, col = grid.rowcol(self.lon, self.lat)
        east, north = grid.pixel_metres(row)
        down, right = self.radius_m / north, self.radius_m / east
        return [(row - down, col - right), (row + down, col + right)]


def kept_reference(cube: CubeStore) -> ReferenceArea | None:
    """The reference area that was kept for the cube, or None.

    Raises:
        ThaliaError: The file is damaged.
    """
    path = cube.sidecar / _FILE
    try:
        return ReferenceArea(**json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise ThaliaError(
            "the reference area is illegible", where=path, why=str(error), fix="remove the file"
        ) from error


def keep_reference(cube: CubeStore, area: ReferenceArea) -> None:
    """Keep a reference area beside the cube, in place of the last one.

    Raises:
        OSError: The folder beside the cube cannot be written.
    """
    write_bytes(cube.sidecar / _FILE, json.dumps(asdict(area), indent=2).encode())


def forget_reference(cube: CubeStore) -> None:
    """Keep no reference area any more.

    Raises:
        OSError: The folder beside the cube cannot be written.
    """
    (cube.sidecar / _FILE).unlink(missing_ok=True)
