"""Pixels, windows of pixels, and where on Earth they lie.

Everywhere in the program row 0 is the northern edge and column 0 the western edge, and integer
coordinates are pixel *centres*; the store turns cubes that are kept otherwise.
"""

from dataclasses import dataclass
from math import cos, radians

import numpy as np
from numpy.typing import NDArray

_METRES_PER_DEGREE = 111_319.49079327358  # equator of WGS 84


@dataclass(frozen=True, slots=True)
class Window:
    """Rows ``row0 <= row < row1`` and columns ``col0 <= col < col1``."""

    row0: int
    row1: int
    col0: int
    col1: int

    @classmethod
    def full(cls, rows: int, cols: int) -> "Window":
        """The whole plane."""
        return cls(0, rows, 0, cols)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.row1 - self.row0, self.col1 - self.col0

    @property
    def area(self) -> int:
        """Number of pixels; 0 when empty."""
        rows, cols = self.shape
        return max(rows, 0) * max(cols, 0)

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of the window in a (row, column) array."""
        return slice(self.row0, self.row1), slice(self.col0, self.col1)

    def union(self, other: "Window") -> "Window":
        """The smallest window that holds both."""
        return Window(
            min(self.row0, other.row0),
            max(self.row1, other.row1),
            min(self.col0, other.col0),
            max(self.col1, other.col1),
        )

    def intersect(self, other: "Window") -> "Window | None":
        """What both share, or None."""
        shared = Window(
            max(self.row0, other.row0),
            min(self.row1, other.row1),
            max(self.col0, other.col0),
            min(self.col1, other.col1),
        )
        return shared if shared.row0 < shared.row1 and shared.col0 < shared.col1 else None

    def around(self, mask: NDArray[np.bool_]) -> "tuple[Window, tuple[slice, slice]] | None":
        """The smallest window that holds the set pixels of a mask lying on this window.

        Args:
            mask: (rows, columns) of this window.

        Returns:
            The window in the frame and its index in ``mask``; None when no pixel is set.
        """
        rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if not rows.size:
            return None
        row0, row1 = int(rows[0]), int(rows[-1]) + 1
        col0, col1 = int(cols[0]), int(cols[-1]) + 1
        inner = Window(self.row0 + row0, self.row0 + row1, self.col0 + col0, self.col0 + col1)
        return inner, (slice(row0, row1), slice(col0, col1))

    def clip(self, rows: int, cols: int) -> "Window | None":
        """The part inside a plane of that size, or None."""
        return self.intersect(Window.full(rows, cols))


@dataclass(frozen=True, slots=True)
class Geometry:
    """A regular north-up grid.

    Attributes:
        rows: Number of rows.
        cols: Number of columns.
        x0: Easting of the centre of the north-west pixel (degrees when geographic).
        y0: Northing of the same centre.
        dx: Column spacing, positive.
        dy: Row spacing, negative.
        crs: Authority code such as ``EPSG:4326``, or WKT.
    """

    rows: int
    cols: int
    x0: float
    y0: float
    dx: float
    dy: float
    crs: str = "EPSG:4326"

    def __post_init__(self) -> None:
        if self.rows < 1 or self.cols < 1 or self.dx <= 0 or self.dy >= 0:
            raise ValueError(f"not a north-up grid: {self}")

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.rows, self.cols

    @property
    def geographic(self) -> bool:
        """True when coordinates are longitudes and latitudes."""
        return self.crs.upper() in ("EPSG:4326", "OGC:CRS84") or self.crs.startswith("GEOG")

    @property
    def x(self) -> NDArray[np.float64]:
        """Pixel-centre eastings, (cols,)."""
        return self.x0 + self.dx * np.arange(self.cols, dtype=np.float64)

    @property
    def y(self) -> NDArray[np.float64]:
        """Pixel-centre northings, (rows,), from north to south."""
        return self.y0 + self.dy * np.arange(self.rows, dtype=np.float64)

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        """Affine coefficients (a, b, c, d, e, f) of pixel corners, as rasterio orders them."""
        return (self.dx, 0.0, self.x0 - self.dx / 2, 0.0, self.dy, self.y0 - self.dy / 2)

    def lonlat(self, row: float, col: float) -> tuple[float, float]:
        """Coordinates of a position in pixels."""
        return self.x0 + self.dx * col, self.y0 + self.dy * row

    def rowcol(self, lon: float, lat: float) -> tuple[float, float]:
        """Fractional (row, column) of coordinates; integers are pixel centres.

        Longitudes count modulo 360, so that frames on the antimeridian are met from both sides.
        """
        if self.geographic:
            centre = self.x0 + self.dx * (self.cols - 1) / 2
            lon -= 360 * round((lon - centre) / 360)
        return (lat - self.y0) / self.dy, (lon - self.x0) / self.dx

    def pixel_metres(self, row: float | None = None) -> tuple[float, float]:
        """(east, north) size of a pixel in metres at a row (the middle row by default)."""
        if not self.geographic:
            return self.dx, -self.dy
        lat = self.y0 + self.dy * (self.rows / 2 if row is None else row)
        return (
            self.dx * _METRES_PER_DEGREE * max(cos(radians(lat)), 1e-6),
            -self.dy * _METRES_PER_DEGREE,
        )

    def same_grid(self, other: "Geometry", tolerance: float = 0.05) -> bool:
        """Whether both place every pixel alike, to a fraction of a pixel."""
        if self.shape != other.shape:
            return False
        ours, theirs = self, other
        corners = [(0, 0), (self.rows - 1, self.cols - 1)]
        return all(
            abs(ours.lonlat(r, c)[0] - theirs.lonlat(r, c)[0]) <= tolerance * self.dx
            and abs(ours.lonlat(r, c)[1] - theirs.lonlat(r, c)[1]) <= -tolerance * self.dy
            for r, c in corners
        )
