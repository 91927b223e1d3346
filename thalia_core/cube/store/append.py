"""New dates, pairs and layers for a finished cube, which stays readable all the while.

Nothing that is there is written again. Both date axes grow at their end, whatever the day: that is
a change of metadata only, and readers sort. A new pair counts once its planes are on disk and its
flag in ``valid_date_pair`` is set, so an append that dies leaves a sound cube; the next one goes
on. Annotations are not touched; their arrays grow like all others.
"""

import json
import os
import shutil
import uuid
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any, Self

import numpy as np
import zarr
from numpy.typing import ArrayLike

from thalia_core.cube import schema
from thalia_core.cube.durable import make_folder, sweep, sync_folder, write_bytes
from thalia_core.cube.locking import ProcessLock, cube_locked
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import VARIABLES
from thalia_core.cube.store import arrays
from thalia_core.cube.store.coherence import record_means
from thalia_core.cube.store.create import drop_arrays, entry, extras, note_missing, read_log
from thalia_core.cube.store.cube import CubeStore
from thalia_core.cube.store.layout import Field, array_names, marker_of
from thalia_core.cube.store.local import DurableStore
from thalia_core.cube.store.packing import PACKED
from thalia_core.cube.store.presence import chunk_files
from thalia_core.cube.store.target import Key, PlaneTarget
from thalia_core.errors import CubeError

_EPOCH = date(1970, 1, 1)
LOCK, _LOG = "append.lock", "appending.log"
_PATIENCE_S = 60
_EXACT = frozenset(schema.LAYERS) - PACKED.keys()


class CubeAppender:
    """Adds planes to a cube that ``CubeWriter`` made; the counterpart of that class.

    ``coherences`` takes mean coherences that whoever wrote the planes has measured; ``finish``
    measures the others, also those of pairs that were there before.
    """

    def __init__(
        self, cube: CubeStore, held: ProcessLock, target: PlaneTarget, present: dict[str, set[str]]
    ) -> None:
        self.out = cube.path
        self.geometry = cube.geometry
        self.target = target
        self.coherences: dict[DatePair, float] = {}
        self._cube = cube
        self._held = held
        self._present = present
        self._log = cube.sidecar / _LOG
        self._done = read_log(self._log)

    @classmethod
    def start(cls, path: Path, *, dates: Sequence[date], layers: Sequence[str]) -> Self:
        """Make room for dates and layers.

        Args:
            path: The cube.
            dates: Acquisition days that it shall have; those it has may be among them.
            layers: Layers that will be written; those it lacks are added.

        Raises:
            CubeError: It was made by another program, cannot be written, or is being extended by
                another process.
        """
        cube = CubeStore.open(path, writable=True)
        _require_ours(cube)
        held = _claim(cube)
        try:
            with _locked(cube):
                cube = CubeStore.open(path, writable=True)  # its dates may have been sorted since
                _require_ours(cube)
                present = _present_before(cube)
                days = max(cube.layout.primary_dates, cube.layout.secondary_dates, key=len)
                days += tuple(sorted(set(dates) - set(days)))
                _grow(cube, days)
                for name in layers:
                    _ensure(cube, name, len(days))
                _consolidate(cube.path)
            target = PlaneTarget(cube.path, cube.geometry, days, frozenset(layers))
            return cls(cube, held, target, present)
        except BaseException:
            held.release()
            raise

    def done(self, name: str, key: Key = None) -> bool:
        """Whether the cube has this plane."""
        if entry(name, key) in self._done:
            return True
        if schema.Y not in VARIABLES[name].dims and isinstance(key, date):
            at = self.target.dates.index(key)
            return bool(np.isfinite(np.asarray(self.target.array(name)[at])))
        return _chunk_prefix(self.target, key) in self._present.get(name, ())

    def write(
        self, name: str, values: ArrayLike, pair: DatePair | None = None, date: date | None = None
    ) -> None:
        """Write one whole plane that the cube lacks; see :meth:`PlaneTarget.write`.

        Raises:
            CubeError: The cube has it: raw layers are written once.
        """
        key: Key = pair if pair is not None else date
        if self.done(name, key):
            raise CubeError(f"'{name}' is there already", where=f"{self.out} {key or ''}".rstrip())
        self.target.write(name, values, pair, date)
        self.mark(name, key)

    def mark(self, name: str, key: Key = None) -> None:
        """Note that a plane is written; with its wrapped phase a pair counts from now on."""
        if name == "insar_difference" and isinstance(key, DatePair):
            self.write_pair_values("valid_date_pair", {key: 1})
        self._done.add(entry(name, key))
        with self._log.open("a") as log:
            log.write(entry(name, key) + "\n")

    def write_pair_values(self, name: str, values: Mapping[DatePair, Any]) -> None:
        """Set a pair variable of some pairs; the others keep what they have."""
        days = self.target.dates
        with _locked(self._cube):
            _ensure(self._cube, name, len(days))
            array = self.target.array(name)
            table = np.asarray(array[...])
            before = table.copy()
            for pair, value in values.items():
                table[days.index(pair.primary), days.index(pair.secondary)] = value
            if not np.array_equal(table, before, equal_nan=table.dtype.kind == "f"):
                array[...] = table

    def drop(self, names: Sequence[str]) -> None:
        """Take out layers that were announced and could not be written."""
        with _locked(self._cube):
            drop_arrays(self.out, [name for name in names if name not in self._present])

    def finish(self) -> Path:
        """Bring the cube's description of itself up to date."""
        if self.coherences:
            self.write_pair_values(schema.MEAN_COHERENCE, self.coherences)
        with _locked(self._cube):
            record_means(CubeStore.open(self.out, writable=True))
            note_missing(self.target.group)
            sweep(self.out)  # files that earlier ones left which died; edits wait for the lock
            _consolidate(self.out)
            marker_of(self.out).unlink(missing_ok=True)
            self._log.unlink(missing_ok=True)
        self.close()
        return self.out

    def close(self) -> None:
        """Let others extend the cube; what is not finished is continued by the next one."""
        self._held.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def is_growing(path: Path) -> bool:
    """Whether an append is under way, or died."""
    return marker_of(path).exists()


def _present_before(cube: CubeStore) -> dict[str, set[str]]:
    """The planes that were there before this append began, also when it is being resumed."""
    marker = marker_of(cube.path)
    if marker.exists():
        saved = json.loads(marker.read_bytes())
        return {name: set(prefixes) for name, prefixes in saved["present"].items()}
    (cube.sidecar / _LOG).unlink(missing_ok=True)
    pairs = {".".join(map(str, cube.position(pair))) for pair in cube.pairs}
    present: dict[str, set[str]] = {}
    for name, field in cube.layout.fields.items():
        if schema.Y in field.dims and name in schema.LAYERS:
            files = chunk_files(cube.path / name, 2)
            found = {".".join(map(str, position[:-2])) for position, _ in files}
            present[name] = found & pairs if field.dims[:2] == schema.PAIR else found
    saved = {"present": {name: sorted(prefixes) for name, prefixes in present.items()}}
    write_bytes(marker, json.dumps(saved).encode())
    return present


def _chunk_prefix(target: PlaneTarget, key: Key) -> str:
    if isinstance(key, DatePair):
        return f"{target.dates.index(key.primary)}.{target.dates.index(key.secondary)}"
    return "" if key is None else str(target.dates.index(key))


def _require_ours(cube: CubeStore) -> None:
    """Only arrays whose chunks hold one pair or date grow without being rewritten."""
    why = cube.read_only_reason
    layout = cube.layout
    if why is None and (layout.flip_x or layout.flip_y or layout.zarr_format != 2):
        why = "it was made by another program"
    if why is None and layout.primary_dates != layout.secondary_dates:
        longer = max(layout.primary_dates, layout.secondary_dates, key=len)
        if not marker_of(cube.path).exists() or set(longer) != set(cube.dates()):
            why = "its two date axes differ"
    for field in layout.fields.values():
        ours = field.stored_name == field.name and _kept_as_ours(field)
        if schema.Y in field.dims and schema.PRIMARY in field.dims and field.chunks[0] != 1:
            ours = False
        if why is None and not ours:
            why = f"'{field.stored_name}' was made by another program"
    if why is None and "valid_date_pair" not in layout.fields:
        why = "it has no valid_date_pair"
    if why is not None:
        raise CubeError(
            "cannot add to the cube", where=cube.path, why=why, fix="build it anew elsewhere"
        )


def _kept_as_ours(field: Field) -> bool:
    """Whether values of the schema's type mean the same in it, such as coherence of 0-255."""
    return field.name not in _EXACT or field.array.dtype == VARIABLES[field.name].dtype


def _claim(cube: CubeStore) -> ProcessLock:
    make_folder(cube.sidecar)
    lock = ProcessLock(cube.sidecar / LOCK)
    if not lock.attempt():
        raise CubeError(
            "another process is adding to this cube",
            where=cube.path,
            fix="wait until it has finished",
        )
    return lock


def _locked(cube: CubeStore) -> AbstractContextManager[None]:
    """Hold the lock that edits take, too: for moments only, never while planes are written."""
    return cube_locked(cube.sidecar, cube.path, _PATIENCE_S)


def _grow(cube: CubeStore, days: Sequence[date]) -> None:
    """Lengthen every array that has a date axis, the axes themselves last."""
    group = PlaneTarget(cube.path, cube.geometry, (), frozenset()).group
    for name in array_names(cube.path):
        array = group[name]
        assert isinstance(array, zarr.Array)
        dims = array.attrs.get("_ARRAY_DIMENSIONS")
        if name in schema.PAIR or not isinstance(dims, list):
            continue
        sizes = zip(dims, array.shape, strict=True)
        shape = tuple(len(days) if dim in schema.PAIR else size for dim, size in sizes)
        if shape != array.shape:
            array.resize(shape)
    for axis in schema.PAIR:
        _grow_axis(cube.path / axis, days)


def _grow_axis(folder: Path, days: Sequence[date]) -> None:
    """Chunks first, then the length: at no time does a reader find a day that is not written."""
    meta = json.loads((folder / ".zarray").read_bytes())
    (length,), (size,) = meta["shape"], meta["chunks"]
    if length == len(days):
        return
    numbers = np.array([(day - _EPOCH).days for day in days], np.dtype(meta["dtype"]))
    for chunk in range(length // size, -(-len(days) // size)):
        part = np.zeros(size, numbers.dtype)
        inside = numbers[chunk * size : (chunk + 1) * size]
        part[: len(inside)] = inside
        write_bytes(folder / str(chunk), part.tobytes())
    write_bytes(folder / ".zarray", json.dumps({**meta, "shape": [len(days)]}, indent=4).encode())


def _ensure(cube: CubeStore, name: str, dates: int) -> None:
    """Add an array that the cube lacks: made beside it and moved in whole."""
    if (cube.path / name).exists():
        return
    variable = VARIABLES[name]
    sizes = {schema.PRIMARY: dates, schema.SECONDARY: dates}
    sizes |= dict(zip(schema.PLANE, cube.geometry.shape, strict=True))
    folder = cube.sidecar / "tmp" / uuid.uuid4().hex
    make_folder(folder)
    try:
        group = zarr.open_group(DurableStore(folder), mode="w", zarr_format=2)
        shape = [sizes[dim] for dim in variable.dims]
        arrays.create(group, variable, shape, variable.dims, extras(name, cube.geometry))
        os.rename(folder / name, cube.path / name)
        sync_folder(cube.path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _consolidate(path: Path) -> None:
    zarr.consolidate_metadata(DurableStore(path), zarr_format=2)
