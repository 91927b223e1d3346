"""Reading a cube: planes, pairs and labels of one frame."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from stat import S_ISDIR
from time import sleep
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thalia_core.cube import schema
from thalia_core.cube.geometry import Geometry, Window
from thalia_core.cube.labels import PAIR_FIELDS, PairLabel
from thalia_core.cube.pairs import DatePair, PairIndex
from thalia_core.cube.store import arrays, cells, direct
from thalia_core.cube.store.layout import (
    Field,
    Layout,
    marker_of,
    read_field,
    read_layout,
    read_whole,
)
from thalia_core.cube.store.presence import chunk_files, valid_pairs
from thalia_core.errors import CubeError, CubeGoneError, EditError

_EDITABLE = frozenset((*schema.MASKS, *PAIR_FIELDS, *schema.DERIVED))
_LOOKS, _PAUSE_S = 3, 0.1


class CubeStore:
    """One frame's datacube. Reads from any thread; labels change only through ``annotate``.

    All planes are (row, column) with row 0 in the north and column 0 in the west.
    """

    def __init__(self, layout: Layout, *, writable: bool) -> None:
        self._layout = layout
        self._fresh: dict[str, Field] = {}
        self._lock = threading.Lock()
        self._dated: dict[str, set[int]] = {}
        self._identity = _identity(layout.path)
        self._p = {day: i for i, day in enumerate(layout.primary_dates)}
        self._s = {day: i for i, day in enumerate(layout.secondary_dates)}
        self.read_only_reason = self._why_read_only(writable)
        self.pairs = self._pair_index()

    @classmethod
    def open(cls, path: Path | str, writable: bool = False) -> "CubeStore":
        """Open a cube of Zarr v2 or v3.

        Args:
            path: The store, a folder ``<frame>.zarr``.
            writable: Whether annotations shall be edited; ``read_only_reason`` says if they cannot.

        Raises:
            CubeError: No such path, not a cube, damaged, or an unsafe codec.
        """
        path = Path(path)
        for _ in range(_LOOKS):
            try:
                return cls(read_layout(path), writable=writable)
            except CubeError:
                if not marker_of(path).exists():
                    raise
                sleep(_PAUSE_S)  # dates are being added: axes and arrays differ for a moment
        return cls(read_layout(path), writable=writable)

    @property
    def path(self) -> Path:
        """Where the cube lies."""
        return self._layout.path

    @property
    def frame(self) -> str:
        """Identifier of the frame, such as ``106A_09048_000909``."""
        named = self.attrs.get("frame") or self.attrs.get("frameID")
        return str(named or self.path.absolute().stem)

    @property
    def title(self) -> str:
        """What the frame is called by people; empty where the cube does not say."""
        return str(self.attrs.get("title") or "")

    @property
    def zarr_format(self) -> int:
        """2 or 3."""
        return self._layout.zarr_format

    @property
    def geometry(self) -> Geometry:
        """The grid."""
        return self._layout.geometry

    @property
    def attrs(self) -> dict[str, Any]:
        """Attributes of the root."""
        return dict(self._layout.attrs)

    @property
    def layers(self) -> tuple[str, ...]:
        """Raw layers the cube has, in the order of the schema."""
        return tuple(name for name in schema.LAYERS if name in self._layout.fields)

    @property
    def missing_layers(self) -> tuple[str, ...]:
        """Raw layers of the published cubes that this one lacks."""
        return tuple(name for name in schema.EXPECTED if name not in self._layout.fields)

    @property
    def problems(self) -> tuple[str, ...]:
        """Variables that were found but cannot be used, and why."""
        return self._layout.problems

    @property
    def sidecar(self) -> Path:
        """The folder beside the cube that holds journals, locks and predictions."""
        return sidecar_of(self.path)

    @property
    def layout(self) -> Layout:
        """The structure of the store; for the modules of this package."""
        return self._layout

    def has(self, name: str) -> bool:
        """Whether the cube holds the variable, under whatever alias."""
        return self._field(name) is not None

    def has_date(self, name: str, day: date) -> bool:
        """Whether a layer of one date (ERA5, GACOS) has data of that day on disk."""
        field = self._layout.fields.get(name)
        if field is None or field.dims[0] not in schema.PAIR:
            return False
        index = (self._p if field.dims[0] == schema.PRIMARY else self._s).get(day)
        if index is None:
            return False
        chunk = index // field.chunks[0]
        if name not in self._dated:
            files = chunk_files(self.path / field.stored_name, self.zarr_format)
            self._dated[name] = {position[0] for position, _ in files}
        return chunk in self._dated[name]

    def read_plane(
        self,
        name: str,
        pair: DatePair | None = None,
        window: Window | None = None,
        *,
        threads: int = 1,
    ) -> NDArray[Any]:
        """One plane of a layer or mask.

        Args:
            name: Schema name. A layer of one date (ERA5) picks it from the pair.
            pair: The pair; not needed for layers of the frame.
            window: The part to read; the whole plane by default.
            threads: How many decode its tiles.

        Returns:
            (rows, columns). Phase in rad, coherence 0..1, heights in m, ERA5 in its units: float32
            with NaN for no data (an exact 0.0 of phase or coherence is no data). Masks: uint8
            codes, 255 for no value, 0 everywhere while the cube has no such mask.

        Raises:
            CubeError: The cube has no such layer or pair, or a chunk is damaged.
        """
        self.require_same()
        window = Window.full(*self.geometry.shape) if window is None else window
        field = self._field(name)
        if field is None:
            self.require_same()
            if name in schema.MASKS:
                return np.zeros(window.shape, np.uint8)
            have = ", ".join(self.layers)
            raise CubeError(
                f"the cube has no layer '{name}'", where=self.path, why=f"it has {have}"
            )
        return self._read(field, pair, window, self._decoder(field), threads)

    def read_label(self, pair: DatePair) -> PairLabel:
        """What is recorded about one pair, as it is on disk now."""
        self.require_same()
        i, j = self.position(pair)
        values: dict[str, Any] = {}
        for name in PAIR_FIELDS:
            field = self._annotation_field(name)
            if field is not None:
                values[name] = cells.decode(field, self._guarded(field, (i, j)).item())
        self.require_same()
        return PairLabel(**values)

    def stores_mask(self, name: str, pair: DatePair) -> bool:
        """Whether a file may hold something of a pair's mask; where none does it has no code."""
        field = self._annotation_field(name)
        if field is None:
            return False
        files = direct.files_of(
            self.path / field.stored_name, field.array, field.chunks, self.position(pair)
        )
        return any(file.exists() for file in files)

    def annotations_stamp(self, pair: DatePair) -> tuple[object, ...]:
        """What tells the files that hold the masks and the label of a pair from later ones.

        Files are written whole and put in place of old ones: the same stamp means that nobody
        wrote since.
        """
        i, j = self.position(pair)
        found: list[object] = []
        for name in (*schema.MASKS, *PAIR_FIELDS):
            known = self._layout.fields.get(name) or self._fresh.get(name)
            field = known or self._annotation_field(name)
            folder = self.path / (name if field is None else field.stored_name)
            paths = [folder, folder / ".zarray", folder / "zarr.json"]
            if field is not None:
                paths += direct.files_of(folder, field.array, field.chunks, (i, j))
            found += map(_state, paths)
        return tuple(found)

    def read_labels(self) -> list[PairLabel]:
        """What is recorded about every pair, in the order of ``pairs``."""
        self.require_same()
        positions = [self.position(pair) for pair in self.pairs]
        columns: dict[str, list[Any]] = {}
        for name in PAIR_FIELDS:
            field = self._annotation_field(name)
            if field is not None:
                table = self._guarded(field, (slice(None), slice(None)))
                columns[name] = [cells.decode(field, table[i, j]) for i, j in positions]
        self.require_same()
        return [
            PairLabel(**{name: column[n] for name, column in columns.items()})
            for n in range(len(positions))
        ]

    def mean_coherences(self) -> NDArray[np.float32]:
        """(n,) Mean coherence of every pair, 0 to 1, in the order of ``pairs``; NaN where unknown.

        Only what is recorded, so that it costs no plane.
        """
        found = self._derived(schema.MEAN_COHERENCE)
        return np.full(len(self.pairs), np.nan, np.float32) if found is None else found

    def classes_in_masks(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """(n,) Activity types, and intensity levels, in the masks of every pair; bit n for code n.

        As noted when a mask was saved, so that it costs no plane; 0 where nothing is noted.
        """
        found = [self._derived(name) for name in (schema.MASK_ACTIVITIES, schema.MASK_INTENSITIES)]
        none = np.zeros(len(self.pairs), np.uint8)
        activities, intensities = (
            none if bits is None else np.nan_to_num(bits).astype(np.uint8) for bits in found
        )
        return activities, intensities

    def _derived(self, name: str) -> NDArray[np.float32] | None:
        """(n,) A number of every pair, in the order of ``pairs``; None in a cube without it."""
        field = self._field(name)
        if field is None:
            return None
        table = field.coding.to_float(self._guarded(field, (slice(None), slice(None))))
        return np.array([table[self.position(pair)] for pair in self.pairs], np.float32)

    def settled(self, name: str, value: cells.Scalar) -> cells.Scalar:
        """A pair variable's value as the cube gives it back once it is written.

        Raises:
            EditError: The cube cannot keep it.
        """
        return cells.settled(self._field(name), name, value)

    def require_room(self, name: str, codes: NDArray[np.uint8]) -> None:
        """Make sure that a mask or pair variable can take an edit.

        Args:
            name: Schema name.
            codes: Class codes that will be written; empty for a pair variable.

        Raises:
            EditError: Something else stands in its place.
            CubeError: The mask's type has no room for the codes, or metadata are damaged.
        """
        field = self._field(name)
        if field is None:
            arrays.consolidated(self.path, self.zarr_format)
            if not (self.path / name).exists():
                return
            field = self._field(name)  # a thread that saves may have added it since
        if field is None:
            raise EditError(
                f"cannot add '{name}'",
                where=self.path / name,
                why="something else stands there under that name",
                fix="see 'thalia info' for what does not fit, and rename it",
            )
        field.coding.from_codes(codes, field.array.dtype)

    def position(self, pair: DatePair) -> tuple[int, int]:
        """Index of the pair on the two date axes.

        Raises:
            ThaliaError: The cube has no such valid pair.
        """
        self.pairs.position(pair)
        return self._p[pair.primary], self._s[pair.secondary]

    def to_store(self, window: Window) -> tuple[slice, slice]:
        """Where a north-up window lies in the rows and columns of the store."""
        rows, cols = self.geometry.shape
        row0, row1, col0, col1 = window.row0, window.row1, window.col0, window.col1
        if self._layout.flip_y:
            row0, row1 = rows - row1, rows - row0
        if self._layout.flip_x:
            col0, col1 = cols - col1, cols - col0
        return slice(row0, row1), slice(col0, col1)

    def turn(self, plane: NDArray[Any]) -> NDArray[Any]:
        """Turn a plane from the order of the store to north-up, or back; a view."""
        down = slice(None, None, -1) if self._layout.flip_y else slice(None)
        across = slice(None, None, -1) if self._layout.flip_x else slice(None)
        return plane[down, across]

    @cached_property
    def coherence_scale(self) -> float:
        """What a coherence of 1 is kept as, 255 or 1: by ``valid_max``, ``units`` or data."""
        field = self._layout.fields.get("insar_coherence")
        if field is None:
            return 1.0
        attrs = dict(field.array.attrs)
        if (top := attrs.get("valid_max")) is not None:
            return 255.0 if float(np.asarray(top).max()) > 1.5 else 1.0
        if attrs.get("units") == "1":
            return 1.0
        whole = Window.full(*self.geometry.shape)
        for pair in self.pairs:
            values = self._read(field, pair, whole, field.coding.to_float)
            values[np.isnan(values)] = 0
            if (values > 1.5).any():
                return 255.0
            if (values > 0).any():
                return 1.0
        return 1.0

    def _decoder(self, field: Field) -> Callable[[NDArray[Any]], NDArray[Any]]:
        """From raw values to those the program uses, pixel by pixel."""
        if field.name in schema.MASKS:
            return field.coding.to_codes
        if field.name == "land_mask":
            return lambda raw: np.nan_to_num(field.coding.to_float(raw)).astype(np.uint8)
        scale = self.coherence_scale if field.name == "insar_coherence" else 1.0
        return partial(_physical, field, scale)

    def _read(
        self,
        field: Field,
        pair: DatePair | None,
        window: Window,
        finish: direct.Finish,
        threads: int = 1,
    ) -> NDArray[Any]:
        """What ``finish`` makes of the raw values of a window, north-up."""
        index: tuple[int, ...] = ()
        if schema.PRIMARY in field.dims or schema.SECONDARY in field.dims:
            if pair is None:
                raise CubeError(f"layer '{field.name}' needs a date pair", where=self.path)
            i, j = self.position(pair)
            index += (i,) if schema.PRIMARY in field.dims else ()
            index += (j,) if schema.SECONDARY in field.dims else ()
        area = self.to_store(window)
        folder = self.path / field.stored_name
        plane = direct.read_plane(folder, field.array, index, area, finish, threads)
        if plane is None:
            plane = finish(self._guarded(field, (*index, *area), pair))
        self.require_same()
        return self.turn(plane)

    def _guarded(
        self, field: Field, index: tuple[int | slice, ...], pair: DatePair | None = None
    ) -> NDArray[Any]:
        try:
            values = np.asarray(field.array[index])
        except Exception as error:  # whatever a damaged chunk makes a codec raise
            self.require_same()
            where = f"{self.path}/{field.stored_name}" + (f" {pair}" if pair else "")
            raise CubeError(
                "cannot read the data",
                where=where,
                why=f"a chunk is damaged or unreadable ({type(error).__name__}: {error})",
                fix="restore the cube from a copy, or build this pair again",
            ) from error
        self.require_same()
        return values

    def require_same(self) -> None:
        """Make sure that the cube is there, and that no other took its place.

        An absent chunk reads as "no data", which a cube that went away would be all over, and dates
        may lie elsewhere in another one. Ask after reading too: it may go away meanwhile.

        Raises:
            CubeGoneError: It is gone.
            CubeError: Another is there, such as this one with its dates sorted.
        """
        found = _identity(self.path)  # before the folder is looked for: it may go in between
        if found.keys() < self._identity.keys() or not self.path.is_dir():
            raise CubeGoneError(
                "the cube is not there any more",
                where=self.path,
                fix="put it back, or open another one",
            )
        if found != self._identity:
            raise CubeError(
                "the cube was replaced while it was open", where=self.path, fix="open it again"
            )

    def _field(self, name: str) -> Field | None:
        if name not in schema.VARIABLES:
            raise CubeError(f"no layer is called '{name}'", fix="see 'thalia info' for the names")
        if name in self._layout.fields:
            return self._layout.fields[name]
        return self._annotation_field(name) if name in _EDITABLE else None

    def _annotation_field(self, name: str) -> Field | None:
        """Annotation arrays may be added or widened by another process while we are open."""
        known = self._layout.fields.get(name) or self._fresh.get(name)
        if known is not None and (name in schema.MASKS or known.array.dtype.kind not in "US"):
            return known
        try:
            fresh = read_field(self._layout, name)
        except OSError:  # a permission that is lost now must not lose an edit that is made now
            return known
        if fresh is not None:
            with self._lock:
                self._fresh[name] = fresh
        return fresh

    def _pair_index(self) -> PairIndex:
        valid = valid_pairs(self._layout)
        field = self._layout.fields.get("perpendicular_baseline")
        metres = None
        if field is not None:
            table = read_whole(field.array, f"{self.path}/{field.stored_name}")
            metres = field.coding.to_float(table)
        dated = valid[: len(self._p), : len(self._s)]  # others are being added
        positions = [(int(i), int(j)) for i, j in np.argwhere(dated)]
        pairs = [
            DatePair(self._layout.primary_dates[i], self._layout.secondary_dates[j])
            for i, j in positions
        ]
        return PairIndex(pairs, None if metres is None else [metres[at] for at in positions])

    def _why_read_only(self, writable: bool) -> str | None:
        if not writable:
            return "opened for reading only"
        own = (self.sidecar, self.sidecar / "journal", *(self.path / name for name in _EDITABLE))
        for folder in (self.path, self.sidecar.parent, *filter(Path.is_dir, own)):
            if hasattr(os, "statvfs") and os.statvfs(folder).f_flag & os.ST_RDONLY:
                return f"the file system of {folder} is mounted for reading only"
            if not os.access(folder, os.W_OK) or not folder.stat().st_mode & 0o222:
                return f"no permission to write in {folder}"
        return None

    def dates(self) -> list[date]:
        """All days of both axes, sorted."""
        return sorted({*self._layout.primary_dates, *self._layout.secondary_dates})


def _physical(field: Field, coherence_scale: float, raw: NDArray[Any]) -> NDArray[np.float32]:
    values = field.coding.to_float(raw)
    if field.name in ("insar_difference", "insar_coherence"):
        zero = values == 0
        if zero.any():  # cubes of ours hold NaN already, and looking is ten times cheaper
            values = np.where(zero, np.float32(np.nan), values)
    if coherence_scale != 1.0:
        values = values / np.float32(coherence_scale)
    return values


def _state(path: Path) -> tuple[int, int, int] | None:
    """What tells a file from a later one of its name; of a folder only whether it is there."""
    try:
        state = path.stat()
    except OSError:
        return None
    if S_ISDIR(state.st_mode):
        return (0, 0, 0)
    return state.st_ino, state.st_mtime_ns, state.st_size


def _identity(path: Path) -> dict[str, tuple[int, int]]:
    """What tells a cube from another under its name: the files that hold its first dates."""
    found = {}
    for axis in schema.PAIR:
        for name in ("0", "c/0"):
            with suppress(OSError):  # absent, or gone since
                state = (path / axis / name).stat()
                found[axis] = (state.st_mtime_ns, state.st_size)
    return found


def sidecar_of(cube_path: Path) -> Path:
    """``<frame>.thalia`` beside ``<frame>.zarr``: one for a cube, by whatever path it is named."""
    cube_path = cube_path.resolve()
    return cube_path.with_name(cube_path.name.removesuffix(".zarr") + ".thalia")
