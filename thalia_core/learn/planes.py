"""Decoded planes on the grid a model sees: made smaller, cut to what crops reach, kept in files.

A file per plane, memory-mapped by whoever reads crops, so that an epoch costs no decoding. Phase
takes two bytes a pixel, coherence one. Heights are kept once per frame, weather once per date.
"""

import os
import threading
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thalia_core.cube.geometry import Window
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import MISSING, PRIMARY, VARIABLES
from thalia_core.cube.store import CubeStore
from thalia_core.errors import CubeError, RunError
from thalia_core.insar.wrap import multilook
from thalia_core.learn.names import COHERENCE, EACH_STEP, LAST_STEP, PEAK, PHASE, UNION
from thalia_core.learn.samples import Sample

Plane = NDArray[np.float32]

COHERENCE_SCALE = 255.0
"""Models see coherence as the published statistics keep it: 0 to 255."""


@dataclass(frozen=True, slots=True)
class Source:
    """One plane in a file, and the part of it that belongs to a patch (None: all of it)."""

    path: str
    part: Window | None = None


@dataclass(frozen=True, slots=True)
class Patch:
    """What crops of one sample can reach, on the decimated grid.

    Attributes:
        sample: The pair or the series it shows.
        grid: Rows and columns of the whole frame.
        reach: The part of the frame that the files hold.
        centre: Where crops are centred: the middle of the deformation, else of the frame.
        channels: One source per channel; all of the first step, then of the second, and so on.
        mask: The target, 0 and 1, (rows, columns); for each step, (steps, rows, columns).
    """

    sample: Sample
    grid: tuple[int, int]
    reach: Window
    centre: tuple[int, int]
    channels: tuple[Source, ...]
    mask: Source


def shrink(name: str, plane: NDArray[Any], by: int) -> Plane:
    """A layer averaged over blocks of ``by`` x ``by`` pixels, NaN having no part in the mean.

    Wrapped phase is averaged as an angle. Blocks cut by the last row or column are smaller.
    """
    if by == 1:
        return plane.astype(np.float32, copy=False)
    if name == PHASE:
        return multilook(plane, (by, by)).astype(np.float32)
    valid = np.isfinite(plane)
    count = block_sum(valid, by)
    total = block_sum(np.where(valid, plane, 0), by)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, total / count, np.nan).astype(np.float32)


def shrink_mask(mask: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    """Blocks that are marked at least by half; a smaller mask keeps its fullest blocks."""
    if by == 1:
        return mask
    share = block_sum(mask, by) / block_sum(np.ones_like(mask), by)
    fullest = max(float(share.max(initial=0.0)), 1e-9)
    return np.asarray(share >= min(0.5, fullest), dtype=np.bool_)


def block_sum(values: NDArray[Any], by: int) -> NDArray[np.float64]:
    """Sums over blocks of ``by`` x ``by`` pixels."""
    rows, cols = (np.arange(0, size, by) for size in values.shape)
    total = np.add.reduceat(values.astype(np.float64), rows, axis=0)
    return np.asarray(np.add.reduceat(total, cols, axis=1))


def read_channel(cube: CubeStore, name: str, pair: DatePair, decimate: int) -> Plane:
    """One channel of a pair in the units of the statistics, NaN for no data.

    Raises:
        CubeError: The cube lacks the layer; the message names it.
    """
    require_channels(cube, (name,))
    plane = shrink(name, cube.read_plane(name, pair), decimate)
    return plane * np.float32(COHERENCE_SCALE) if name == COHERENCE else plane


def read_target(cube: CubeStore, pair: DatePair) -> NDArray[np.bool_]:
    """Where the pair deforms, at full resolution; earthquakes count."""
    mask = cube.read_plane("deformation_mask", pair)
    return np.asarray((mask > 0) & (mask != MISSING))


def target_of(steps: NDArray[np.bool_], kind: str) -> NDArray[np.bool_]:
    """What is asked of a series.

    Args:
        steps: (steps, rows, columns) Where each step deforms.
        kind: ``union``, ``last``, ``peak`` (the first of the steps with most pixels), or ``all``.

    Returns:
        (rows, columns); for ``all`` (steps, rows, columns).
    """
    if kind == EACH_STEP and len(steps) > 1:
        return steps
    if kind == LAST_STEP:
        return np.asarray(steps[-1])
    if kind == PEAK:
        return np.asarray(steps[int(steps.sum(axis=(1, 2)).argmax())])
    return np.asarray(steps.any(axis=0))


def require_channels(cube: CubeStore, channels: tuple[str, ...]) -> None:
    """Check that the cube has what a model wants to see.

    Raises:
        CubeError: Names every layer it lacks.
    """
    missing = [name for name in channels if name not in cube.layers]
    if missing:
        raise CubeError(
            f"the cube lacks {', '.join(repr(name) for name in missing)}",
            where=cube.path,
            why=f"the model sees {', '.join(channels)}",
            fix="use a run trained on channels that the cube has, or build the cube with them",
        )


def reachable(centre: tuple[int, int], grid: tuple[int, int], crop: int) -> Window:
    """All that a crop can cover whose centre lies at most a quarter of it off ``centre``."""
    edges = []
    for middle, size in zip(centre, grid, strict=True):
        first = clamp(middle - crop // 4 - crop // 2, size, crop)
        last = clamp(middle + crop // 4 - crop // 2, size, crop) + crop
        edges += [first, min(last, size)]
    return Window(*edges)


def clamp(start: int, size: int, crop: int) -> int:
    """The start of a crop, moved inside the frame; 0 where the frame is smaller."""
    return max(0, min(start, size - crop))


class PlaneFiles:
    """Writes the planes of samples into a folder, once each. Safe to use from several threads."""

    def __init__(
        self,
        folder: Path,
        channels: tuple[str, ...],
        crop: int,
        decimate: int,
        target: str = UNION,
    ) -> None:
        self.folder = folder
        self._channels = channels
        self._crop = crop
        self._decimate = decimate
        self._target = target
        self._shared: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def patch(self, cube: CubeStore, sample: Sample) -> Patch:
        """The patch of a sample, its files written where they are not there yet."""
        require_channels(cube, self._channels)
        by = self._decimate
        steps = np.stack([shrink_mask(read_target(cube, pair), by) for pair in sample.pairs])
        target = target_of(steps, self._target)
        mask = target if target.ndim == 2 else np.asarray(target.any(axis=0))
        rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        centre = mask.shape[0] // 2, mask.shape[1] // 2
        if len(rows):
            centre = int(rows[0] + rows[-1] + 1) // 2, int(cols[0] + cols[-1] + 1) // 2
        grid = mask.shape[0], mask.shape[1]
        reach = reachable(centre, grid, self._crop)
        days = sample.key.rpartition("/")[2]
        path = self._file(cube, f"mask_{days}_{self._target}_{_name(reach)}")
        # Masks change between two starts of a run; the raw layers never do.
        _save(path, target[(..., *reach.slices)].astype(np.uint8))
        channels = tuple(
            self._channel(cube, pair, name, reach)
            for pair in sample.pairs
            for name in self._channels
        )
        return Patch(sample, grid, reach, centre, channels, Source(str(path)))

    def _channel(self, cube: CubeStore, pair: DatePair, name: str, reach: Window) -> Source:
        variable = VARIABLES[name]
        if variable.per_pair:
            path = self._file(cube, f"{name}_{pair}_{_name(reach)}")
            if not path.exists():
                plane = read_channel(cube, name, pair, self._decimate)
                _save(path, pack(name, plane[reach.slices]))
            return Source(str(path))
        day = ""
        if variable.dims[0] != "y":
            date = pair.primary if variable.dims[0] == PRIMARY else pair.secondary
            day = f"_{date:%Y%m%d}"
        path = self._file(cube, f"{name}{day}")
        with self._lock(path):
            if not path.exists():
                _save(path, pack(name, read_channel(cube, name, pair, self._decimate)))
        return Source(str(path), reach)

    def place_of(self, cube: CubeStore) -> Path:
        """The folder of a cube's files: of this very cube, not of another that took its place."""
        state = cube.path.stat()
        identity = sha256(f"{cube.path.resolve()} {state.st_ino}".encode()).hexdigest()[:10]
        return self.folder / f"{cube.frame}_{identity}_d{self._decimate}"

    def _file(self, cube: CubeStore, name: str) -> Path:
        return self.place_of(cube) / f"{name}.npy"

    def _lock(self, path: Path) -> threading.Lock:
        with self._guard:
            return self._shared.setdefault(str(path), threading.Lock())


def pack(name: str, plane: Plane) -> NDArray[Any]:
    """The plane in the fewest bytes that keep what matters."""
    if name == PHASE:
        return plane.astype(np.float16)
    if name == COHERENCE:
        codes = np.nan_to_num(np.clip(np.rint(plane), 1, 255))
        return np.asarray(codes, dtype=np.uint8)
    return plane


def unpack(values: NDArray[Any]) -> Plane:
    """Back to float32 with NaN for no data."""
    plane = values.astype(np.float32)
    if values.dtype == np.uint8:
        plane[values == 0] = np.nan
    return plane


def _save(path: Path, values: NDArray[Any]) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            np.save(file, values)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise RunError(
            "cannot keep planes in the crop cache",
            where=path.parent,
            why=error.strerror or str(error),
            fix="make room, name another folder in [feed] cache, or set [feed] source to 'cubes'; "
            "then resume the run",
        ) from error


def _name(window: Window) -> str:
    return f"{window.row0}-{window.row1}_{window.col0}-{window.col1}"
