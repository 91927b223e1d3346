"""How the pixels of a plane fall on those of the screen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from thalia_core.cube.geometry import Window
from thalia_viewer.canvas.colours import STEPS
from thalia_viewer.canvas.layers import IndexPlane

Positions = NDArray[np.intp]
_BLOCK_ROWS = 64  # device rows worked on together: they stay in the CPU's cache
_PHASORS = np.exp(1j * (np.arange(-1, STEPS) + 0.5) * (2 * np.pi / STEPS)).astype(np.complex64)
_PHASORS[0] = 0.0  # no data has no direction


@dataclass(frozen=True, slots=True)
class Grid:
    """How plane pixels fall on device pixels along both axes, and what of them is visible.

    Device pixel ``x`` shows column ``floor((x + 0.5 - left) / width)``; rows alike. ``area`` is in
    device pixels (a Window: rows are device rows).
    """

    left: float
    top: float
    width: float
    height: float
    scale: float
    shape: tuple[int, int]
    area: Window

    @classmethod
    def of(cls, painter: QPainter, widget: QWidget | None, shape: tuple[int, int]) -> "Grid | None":
        """The grid that a painter in image coordinates sees; None when nothing is visible."""
        matrix = painter.combinedTransform()  # to device pixels: Qt's own scale is in it
        scale = matrix.m11() / painter.worldTransform().m11()
        left, top = matrix.dx() - 0.5 * matrix.m11(), matrix.dy() - 0.5 * matrix.m22()
        seen = widget or painter.device()
        area = Window(
            int(np.floor(top)),
            int(np.ceil(top + matrix.m22() * shape[0])),
            int(np.floor(left)),
            int(np.ceil(left + matrix.m11() * shape[1])),
        ).clip(int(np.ceil(seen.height() * scale)), int(np.ceil(seen.width() * scale)))
        return (
            None if area is None else cls(left, top, matrix.m11(), matrix.m22(), scale, shape, area)
        )

    def positions(self, area: Window) -> tuple[Positions, Positions]:
        """Plane rows and columns shown at the device pixels of ``area``; they may lie outside."""
        rows = (np.arange(area.row0, area.row1) + (0.5 - self.top)) / self.height
        cols = (np.arange(area.col0, area.col1) + (0.5 - self.left)) / self.width
        return np.floor(rows).astype(np.intp), np.floor(cols).astype(np.intp)

    def covering(self, window: Window, border: int = 0) -> Window | None:
        """The device pixels that may show a window of the plane, and a border around them."""
        return Window(
            int(np.floor(self.top + self.height * window.row0)) - border,
            int(np.ceil(self.top + self.height * window.row1)) + border,
            int(np.floor(self.left + self.width * window.col0)) - border,
            int(np.ceil(self.left + self.width * window.col1)) + border,
        ).intersect(self.area)

    def pick(self, plane: NDArray[Any], area: Window) -> NDArray[Any]:
        """The plane at device resolution; beyond its edges 0, or NaN where it holds floats."""
        return self.pick_part(plane, Window.full(*plane.shape), area)

    def pick_part(self, plane: NDArray[Any], window: Window, area: Window) -> NDArray[Any]:
        """The same of a plane that lies on a window of the frame."""
        rows, cols = self.positions(area)
        rows, cols = rows - window.row0, cols - window.col0
        beyond = np.nan if plane.dtype.kind == "f" else 0
        result = np.full(area.shape, beyond, plane.dtype)
        r = slice(*np.searchsorted(rows, (0, plane.shape[0])))
        c = slice(*np.searchsorted(cols, (0, plane.shape[1])))
        rows, cols = rows[r], cols[c]
        if rows.size and cols.size:
            part = plane[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
            rows, cols, inside = rows - rows[0], cols - cols[0], result[r, c]
            for n in range(0, rows.size, _BLOCK_ROWS):  # take would copy all of the part first
                lines, out = part[rows[n : n + _BLOCK_ROWS]], inside[n : n + _BLOCK_ROWS]
                # all positions are inside: to clip is quicker than to look for one that is not
                lines.take(cols, axis=1, out=out, mode="clip")
        return result

    def average(
        self,
        plane: NDArray[Any],
        cyclic: bool,
        codes: Callable[[NDArray[Any]], IndexPlane] = lambda part: part,
    ) -> IndexPlane:
        """The mean of the plane pixels under each device pixel of ``area``, for views from afar.

        ``codes`` makes an index plane of a part. Cyclic planes are averaged as phasors. A device
        pixel has data where half of its plane pixels have. For a worker thread: on a plane of
        3000 x 3000 it takes more than one frame of the screen.
        """
        rows, cols = self._edges(0), self._edges(1)
        result = np.zeros(self.area.shape, np.uint8)
        inside = [
            np.flatnonzero((e[:-1] >= 0) & (e[1:] <= n))
            for e, n in zip((rows, cols), plane.shape, strict=True)
        ]
        if not (inside[0].size and inside[1].size):
            return result
        first_col, last_col = inside[1][0], inside[1][-1] + 1
        starts = cols[first_col:last_col]
        for first in range(inside[0][0], inside[0][-1] + 1, _BLOCK_ROWS):
            last = min(first + _BLOCK_ROWS, inside[0][-1] + 1)
            part = codes(plane[rows[first] : rows[last], starts[0] : cols[last_col]])
            at = (rows[first:last] - rows[first], starts - starts[0])
            mean = _phasor_mean(part, at) if cyclic else _mean(part, at)
            result[first:last, first_col:last_col] = mean
        return result

    def _edges(self, axis: int) -> Positions:
        """First plane pixel of every device pixel along an axis, and the one after the last."""
        if axis == 0:
            start, stop, origin, size = self.area.row0, self.area.row1, self.top, self.height
        else:
            start, stop, origin, size = self.area.col0, self.area.col1, self.left, self.width
        edges: Positions = np.rint((np.arange(start, stop + 1) - origin) / size).astype(np.intp)
        return edges


def _sums(values: NDArray[Any], at: tuple[Positions, Positions]) -> NDArray[Any]:
    """Sums of blocks of pixels that begin ``at`` these rows and columns, up to the next."""
    return _sum_runs(np.ascontiguousarray(_sum_runs(values, at[0]).T), at[1]).T


def _sum_runs(values: NDArray[Any], starts: Positions) -> NDArray[Any]:
    """Sums of runs of rows. A run has few rows: all first ones are added to all second ones."""
    sizes = np.diff(np.append(starts, values.shape[0]))
    sums = values.take(starts, axis=0)
    for n in range(1, int(sizes.max(initial=0))):
        long = sizes > n
        if long.all():
            sums += values.take(starts + n, axis=0)
        else:
            sums[long] += values.take(starts[long] + n, axis=0)
    return sums


def _enough(part: IndexPlane, at: tuple[Positions, Positions]) -> NDArray[np.bool_]:
    counts = _sums((part > 0).astype(np.float32), at)
    sizes = [np.diff(np.append(a, n)) for a, n in zip(at, part.shape, strict=True)]
    enough: NDArray[np.bool_] = counts * 2 >= np.multiply.outer(*sizes)
    return enough


def _phasor_mean(part: IndexPlane, at: tuple[Positions, Positions]) -> IndexPlane:
    angle = np.angle(_sums(_PHASORS.take(part), at)) / (2 * np.pi)
    codes: IndexPlane = (np.floor((angle % 1.0) * STEPS).astype(np.int16) % STEPS + 1).astype(
        np.uint8
    )
    codes *= _enough(part, at)
    return codes


def _mean(part: IndexPlane, at: tuple[Positions, Positions]) -> IndexPlane:
    counts = np.maximum(_sums((part > 0).astype(np.float32), at), 1)
    total = _sums(part.astype(np.float32), at)
    codes: IndexPlane = np.maximum(np.rint(total / counts), 1).astype(np.uint8)
    codes *= _enough(part, at)
    return codes
