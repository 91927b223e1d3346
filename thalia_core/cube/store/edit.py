"""Writing annotations into a cube: durable, verified, and confined to the annotation arrays.

What is derived from the planes may be written, too. The caller holds the cube's lock. Labels are
changed with it by ``annotate`` alone.
"""

import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from thalia_core.cube import crs, schema
from thalia_core.cube.durable import make_folder, sweep, sync_folder
from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import PAIR_FIELDS
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import VARIABLES
from thalia_core.cube.store import arrays, cells, vacant
from thalia_core.cube.store.cells import Scalar
from thalia_core.cube.store.coding import plain
from thalia_core.cube.store.cube import CubeStore
from thalia_core.cube.store.layout import Field, read_field
from thalia_core.cube.store.local import DurableStore
from thalia_core.errors import CubeError, EditError

_EDITABLE = (*schema.MASKS, *PAIR_FIELDS, *schema.DERIVED)
_NARROW = ".narrow"
_FEW_CHUNKS = 16


class AnnotationWriter:
    """Reads and writes the annotation arrays of a cube as they are on disk now.

    Args:
        cube: The cube.
        fence: Called before each write; raises when the cube's lock is not ours any more.
    """

    def __init__(self, cube: CubeStore, fence: Callable[[], None] | None = None) -> None:
        if cube.read_only_reason:
            raise EditError("cannot edit", where=cube.path, why=cube.read_only_reason)
        self._cube = cube
        names = {alias for name in _EDITABLE for alias in (name, *VARIABLES[name].aliases)}
        self._store = DurableStore(cube.path, writable=names, fence=fence)
        self._fields: dict[str, Field] = {}

    def refresh(self) -> None:
        """Forget what is known of the arrays; another process may have added or widened some."""
        self._cube.require_same()
        self._fields.clear()
        self._restore()

    def ensure(self, names: Iterable[str]) -> None:
        """Create the annotation arrays that the cube lacks; each appears whole or not at all."""
        for name in names:
            if self._field(name) is None:
                self._create(name)

    @property
    def whole(self) -> Window:
        """All pixels of a plane."""
        return Window.full(*self._cube.geometry.shape)

    def read_codes(self, name: str, pair: DatePair, window: Window) -> NDArray[np.uint8]:
        """Codes of a mask in a north-up window; zeros while the cube has no such mask."""
        field = self._field(name)
        if field is None:
            self._cube.require_same()
            return np.zeros(window.shape, np.uint8)
        try:
            raw = np.asarray(field.array[self._index(pair, window)])
        except Exception as error:  # whatever a damaged chunk makes a codec raise
            self._cube.require_same()
            raise CubeError(
                "cannot read the mask",
                where=f"{self._cube.path}/{field.stored_name} {pair}",
                why=f"a chunk is damaged or unreadable ({error})",
                fix="restore the cube from a copy; your edit is kept in the journal",
            ) from error
        self._cube.require_same()  # nothing read from a folder that went away is believed
        return field.coding.to_codes(self._cube.turn(raw))

    def write_codes(
        self, name: str, pair: DatePair, window: Window, codes: NDArray[np.uint8]
    ) -> None:
        """Replace the codes of a window that differ, and read them back.

        Pixels of the same code keep what the store holds there: NaN and fill value both say that
        there is no value.

        Raises:
            EditError: The disk returned something else.
            OSError: The disk refused.
        """
        field = self._existing(name)
        index = self._index(pair, window)
        raw, codes = np.array(field.array[index]), self._cube.turn(codes)
        changed = field.coding.to_codes(raw.copy()) != codes
        raw[changed] = field.coding.from_codes(codes[changed], raw.dtype)
        with self._no_vacant(field, self._chunks(field, [pair], window)):
            field.array[index] = raw
        if not np.array_equal(np.asarray(field.array[index]), raw, equal_nan=raw.dtype.kind == "f"):
            raise EditError(
                "the disk returned other values than were written",
                where=f"{self._cube.path}/{field.stored_name} {pair}",
                fix="check the disk; the edit stays in the journal and is tried again",
            )

    def read_values(self, name: str, pairs: Sequence[DatePair]) -> list[Scalar]:
        """A pair variable as stored; None while the cube has none or holds no value."""
        field = self._field(name)
        if field is None:
            self._cube.require_same()
            return [None] * len(pairs)
        at = [self._cube.position(pair) for pair in pairs]
        if _at_once(field, len(pairs)):
            table = np.asarray(field.array[...])
            values = [cells.decode(field, table[i, j]) for i, j in at]
        else:
            values = [cells.decode(field, np.asarray(field.array[i, j]).item()) for i, j in at]
        self._cube.require_same()
        return values

    def settled(self, name: str, value: Scalar) -> Scalar:
        """A value as :meth:`read_values` gives it once it is written."""
        return cells.settled(self._field(name), name, value)

    def write_values(self, name: str, values: Mapping[DatePair, Scalar]) -> None:
        """Write a pair variable and read it back; a text that does not fit widens its array.

        Raises:
            EditError: The disk returned something else.
            OSError: The disk refused.
        """
        field = self._existing(name)
        raw = {pair: cells.encode(field, value) for pair, value in values.items()}
        length = max((len(r) for r in raw.values() if isinstance(r, str | bytes)), default=0)
        if field.array.dtype.kind in "US" and length > self._width(field):
            field = self._widen(field, length)
        if _at_once(field, len(raw)):
            table = np.array(field.array[...])
            for pair, value in raw.items():
                table[self._cube.position(pair)] = value
            with self._no_vacant(field, self._chunks(field, self._cube.pairs, None)):
                field.array[...] = table
        else:
            for pair, value in raw.items():
                field.array[self._cube.position(pair)] = value
        stored = np.asarray(field.array[...]) if _at_once(field, len(raw)) else field.array
        for pair, value in raw.items():
            found = np.asarray(stored[self._cube.position(pair)]).item()
            if plain(found) != plain(np.asarray(value, field.array.dtype).item()):
                raise EditError(
                    "the disk returned another value than was written",
                    where=f"{self._cube.path}/{field.stored_name} {pair}",
                    why=f"wrote {value!r}, read {found!r}",
                )

    def missing(
        self, name: str, pairs: Sequence[DatePair], window: Window | None
    ) -> list[tuple[DatePair, str]]:
        """The chunks that an edit would make: a pair in each, and the place in the plane.

        Args:
            name: A mask or pair variable.
            pairs: The pairs to be edited.
            window: Where in their masks; None for a pair variable.
        """
        field = self._field(name)
        if field is None:
            return [(pair, "") for pair in pairs]
        found: dict[vacant.Position, tuple[DatePair, str]] = {}
        for pair in pairs:
            for position in self._chunks(field, [pair], window):
                found.setdefault(position, (pair, vacant.tile_of(position)))
        return [found[at] for at in vacant.absent(field, self._cube.path, found)]

    def drop_vacant(
        self, name: str, pairs: Sequence[DatePair], window: Window | None, made: vacant.Made
    ) -> None:
        """Remove the chunks in which nothing is left, if edits made them; others stay."""
        field = self._field(name)
        if field is None or name not in made:
            return
        members: dict[vacant.Position, list[DatePair]] = {}
        for pair in pairs:
            for position in self._chunks(field, [pair], window):
                members.setdefault(position, []).append(pair)
        absent = set(vacant.absent(field, self._cube.path, members))
        for position, inside in members.items():
            if position in absent or not vacant.is_vacant(field, position):
                continue
            known = vacant.named(made[name], inside, position)
            if known or vacant.was_made(field, position, made[name], self._index_of):
                self._store.delete_sync(vacant.key_of(field, position))

    def _index_of(self, pair: DatePair) -> tuple[int, int] | None:
        """Where a pair lies on the date axes; None for one that the cube does not have."""
        return self._cube.position(pair) if pair in self._cube.pairs else None

    def _chunks(
        self, field: Field, pairs: Iterable[DatePair], window: Window | None
    ) -> list[vacant.Position]:
        area = None if window is None else self._cube.to_store(window)
        return vacant.positions(field, map(self._cube.position, pairs), area)

    @contextmanager
    def _no_vacant(self, field: Field, where: Sequence[vacant.Position]) -> Iterator[None]:
        """Chunks that were absent stay so if nothing is written into them."""
        absent = vacant.absent(field, self._cube.path, where)
        yield
        there = set(absent) - set(vacant.absent(field, self._cube.path, absent))
        for position in there:
            if vacant.is_vacant(field, position):
                self._store.delete_sync(vacant.key_of(field, position))

    def repair(self) -> None:
        """Clean up after a crash: files under way, arrays not yet in the consolidated metadata."""
        self._restore()
        shutil.rmtree(self._workshop, ignore_errors=True)
        for name in _EDITABLE:
            if (field := self._field(name)) is not None:
                sweep(self._cube.path / field.stored_name)
                self._register(field.stored_name)

    @property
    def _workshop(self) -> Path:
        return self._cube.sidecar / "tmp"

    def _field(self, name: str) -> Field | None:
        if name not in self._fields:
            found = read_field(self._cube.layout, name)
            if found is None:
                return None
            group = zarr.open_group(
                self._store,
                mode="r+",
                zarr_format=2 if self._cube.zarr_format == 2 else 3,
                use_consolidated=False,
            )
            with zarr.config.set({"array.write_empty_chunks": True}):  # see vacant
                array = group[found.stored_name]
            assert isinstance(array, zarr.Array)
            self._fields[name] = Field(name, found.stored_name, array, found.coding, found.dims)
        return self._fields[name]

    def _existing(self, name: str) -> Field:
        field = self._field(name)
        if field is None:
            raise EditError(f"the cube has no '{name}'", where=self._cube.path)
        return field

    def _index(self, pair: DatePair, window: Window) -> tuple[Any, ...]:
        return (*self._cube.position(pair), *self._cube.to_store(window))

    def _create(self, name: str) -> None:
        """Make the array in a folder of ours and move it in with one rename."""
        layout, variable = self._cube.layout, VARIABLES[name]
        self._cube.require_room(name, np.zeros(0, np.uint8))
        # dates may have been added since the cube was opened
        phase = read_field(layout, "insar_difference") or layout.fields["insar_difference"]
        planes = len(variable.dims) == 4
        shape = phase.array.shape if planes else phase.array.shape[:2]
        dims = phase.dims if planes else phase.dims[:2]
        attrs: dict[str, Any] = {}
        if planes and isinstance(mapping := phase.array.attrs.get("grid_mapping"), str):
            attrs = {"grid_mapping": mapping, "_CRS": crs.gdal_crs(layout.geometry)}
        with self._new_group() as (folder, group):
            arrays.create(group, variable, shape, dims, attrs)
            os.rename(folder / name, self._cube.path / name)
        sync_folder(self._cube.path)
        self._register(name)

    def _width(self, field: Field) -> int:
        itemsize = field.array.dtype.itemsize
        return itemsize // 4 if field.array.dtype.kind == "U" else itemsize

    def _widen(self, field: Field, width: int) -> Field:
        """Rewrite a fixed-width text array with room for ``width`` characters.

        The wide copy is complete on disk before it takes the place of the narrow one.
        """
        old, stored = field.array, field.stored_name
        wide = np.dtype((old.dtype.kind, max(width, 2 * self._width(field))))
        options: dict[str, Any] = {"compressors": old.compressors, "filters": old.filters}
        if self._cube.zarr_format == 3:
            options["dimension_names"] = getattr(old.metadata, "dimension_names", None)
            options["shards"] = old.shards
        with self._new_group() as (folder, group):
            with arrays.quiet():
                new = group.create_array(
                    name=stored,
                    shape=old.shape,
                    chunks=old.chunks,
                    dtype=wide,
                    fill_value=old.fill_value,
                    attributes=dict(old.attrs),
                    **options,
                )
            new[...] = np.asarray(old[...]).astype(wide)
            # a crash between the two leaves no array: _restore puts the wide one in
            os.rename(self._cube.path / stored, folder / (stored + _NARROW))
            os.rename(folder / stored, self._cube.path / stored)
        sync_folder(self._cube.path)
        self._register(stored)
        self._fields.pop(field.name, None)
        return self._existing(field.name)

    def _restore(self) -> None:
        """Move a widened array in that a crash, or the disk, kept from its place."""
        for narrow in self._workshop.glob(f"*/*{_NARROW}"):
            place = self._cube.path / narrow.name.removesuffix(_NARROW)
            if not place.exists():
                os.rename(narrow.parent / place.name, place)
                sync_folder(self._cube.path)
                self._register(place.name)

    def _register(self, name: str) -> None:
        arrays.register(self._cube.path, name, self._cube.zarr_format)

    def _new_group(self) -> "_Workshop":
        return _Workshop(self._workshop, self._cube.zarr_format)


def _at_once(field: Field, pairs: int) -> bool:
    """Whether the whole table is handled faster than so many cells."""
    sizes = zip(field.array.shape, field.chunks, strict=True)
    return pairs > 2 and int(np.prod([-(-size // chunk) for size, chunk in sizes])) <= _FEW_CHUNKS


class _Workshop:
    """A folder of our own beside the cube where an array is made before it is moved in."""

    def __init__(self, parent: Path, zarr_format: int) -> None:
        self._folder = parent / uuid.uuid4().hex
        self._format = zarr_format

    def __enter__(self) -> tuple[Path, zarr.Group]:
        make_folder(self._folder)
        store = DurableStore(self._folder)
        group = zarr.open_group(store, mode="w", zarr_format=2 if self._format == 2 else 3)
        return self._folder, group

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None or not list(self._folder.glob(f"*{_NARROW}")):
            shutil.rmtree(self._folder, ignore_errors=True)
