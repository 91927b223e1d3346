"""Putting the dates of a cube in order by renaming chunks: no plane is decoded or written again.

The sorted cube is put together beside the old one from hard links under the new names, checked, and
takes its place with two renames; a crash between them is mended by the next call. Whoever has the
old cube open is told so when reading or saving next (:meth:`CubeStore.require_same`), for an index
into the old axes means another date now.
"""

import json
import os
import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from thalia_core.cube import schema
from thalia_core.cube.durable import make_folder, sync_folder, sync_tree, write_bytes
from thalia_core.cube.locking import cube_locked
from thalia_core.cube.store.cube import CubeStore, sidecar_of
from thalia_core.cube.store.layout import UNSORTED, array_names, marker_of
from thalia_core.cube.store.local import DurableStore
from thalia_core.cube.store.presence import chunk_files
from thalia_core.errors import CubeError

_NEW, _OLD = "sorted.zarr", UNSORTED
_PATIENCE_S = 60


def dates_sorted(cube: CubeStore) -> bool:
    """Whether both date axes run forward."""
    layout = cube.layout
    return all(
        list(days) == sorted(days) for days in (layout.primary_dates, layout.secondary_dates)
    )


def sort_dates(path: Path) -> bool:
    """Sort both date axes of a cube.

    Args:
        path: The cube, of Zarr v2, whose chunks of planes hold one date or pair each.

    Returns:
        False when they were in order.

    Raises:
        CubeError: The cube's chunks span dates, or it cannot be written, or is being added to.
        LockedError: Another process writes to it.
    """
    path = path.resolve()  # a link stays one
    workshop = sidecar_of(path) / "tmp"
    make_folder(workshop)
    with cube_locked(sidecar_of(path), path, _PATIENCE_S):
        _finish(path, workshop)
        cube = CubeStore.open(path, writable=True)
        if dates_sorted(cube):
            return False
        _require_possible(cube)
        shutil.rmtree(workshop / _NEW, ignore_errors=True)
        _build_sorted(cube, workshop / _NEW)
        os.rename(path, workshop / _OLD)
        os.rename(workshop / _NEW, path)
        sync_folder(path.parent)
        shutil.rmtree(workshop / _OLD)
        return True


def finish_sorting(path: Path) -> bool:
    """Put a cube back that a crash left between its two names; True if that was needed.

    Raises:
        LockedError: Another process writes to it: it may be sorting just now.
    """
    path = path.resolve()
    workshop = sidecar_of(path) / "tmp"
    if not (workshop / _OLD).exists():
        return False
    with cube_locked(sidecar_of(path), path, _PATIENCE_S):
        return _finish(path, workshop)


def _finish(path: Path, workshop: Path) -> bool:
    if path.exists() or not (workshop / _OLD).exists():
        shutil.rmtree(workshop / _OLD, ignore_errors=True)
        return False
    whole = workshop / _NEW if (workshop / _NEW).exists() else workshop / _OLD
    os.rename(whole, path)
    sync_folder(path.parent)
    shutil.rmtree(workshop / _OLD, ignore_errors=True)
    return True


def _require_possible(cube: CubeStore) -> None:
    why = cube.read_only_reason
    if why is None and cube.zarr_format != 2:
        why = "only cubes of Zarr v2 are sorted"
    if why is None and marker_of(cube.path).exists():
        why = "new pairs are being added to it"
    if why is not None:
        raise CubeError("cannot sort the dates", where=cube.path, why=why)


def _build_sorted(cube: CubeStore, new: Path) -> None:
    """The same cube with sorted axes; planes are hard links."""
    layout, old = cube.layout, cube.path
    orders = {
        axis: sorted(range(len(days)), key=days.__getitem__)
        for axis, days in zip(
            schema.PAIR, (layout.primary_dates, layout.secondary_dates), strict=True
        )
    }
    make_folder(new)
    for entry in old.iterdir():
        if entry.is_file():
            _link(entry, new / entry.name)
    for name in array_names(old):
        _sort_array(old / name, new / name, orders)
    sync_tree(new)
    days = CubeStore.open(new).layout
    expected: list[Sequence[date]] = [sorted(layout.primary_dates), sorted(layout.secondary_dates)]
    if [list(days.primary_dates), list(days.secondary_dates)] != expected:
        raise CubeError("the sorted axes are not what they should be", where=new)


def _sort_array(old: Path, new: Path, orders: dict[str, list[int]]) -> None:
    """One array: its chunks renamed where each holds one index, else its values reordered."""
    meta = json.loads((old / ".zarray").read_bytes())
    attrs = json.loads((old / ".zattrs").read_bytes()) if (old / ".zattrs").exists() else {}
    dims = attrs.get("_ARRAY_DIMENSIONS") or []
    moved = [(at, orders[dim]) for at, dim in enumerate(dims) if dim in orders]
    if not moved:
        shutil.copytree(old, new, copy_function=_link)
        return
    make_folder(new)
    for name in (".zarray", ".zattrs"):
        if (old / name).exists():
            write_bytes(new / name, (old / name).read_bytes())
    if any(meta["chunks"][at] != 1 for at, _ in moved):
        _reorder_values(old, new, moved)
        return
    separator = meta.get("dimension_separator", ".")
    ranks = [(at, {index: rank for rank, index in enumerate(order)}) for at, order in moved]
    for position, _ in chunk_files(old, 2):
        target = list(position)
        for at, rank in ranks:
            target[at] = rank[position[at]]
        file = new / separator.join(map(str, target))
        file.parent.mkdir(parents=True, exist_ok=True)
        _link(old / separator.join(map(str, position)), file)


def _reorder_values(old: Path, new: Path, moved: list[tuple[int, list[int]]]) -> None:
    """Small arrays, such as the axes and the pair variables, whose chunk holds many pairs."""
    before = zarr.open_array(DurableStore(old, read_only=True), mode="r", zarr_format=2)
    if before.ndim > 2:
        raise CubeError("cannot sort the dates", where=old, why="its chunks span several pairs")
    values: Any = np.asarray(before[...])
    for at, order in moved:
        values = np.take(values, order, axis=at)
    after = zarr.open_array(DurableStore(new), mode="r+", zarr_format=2)
    after[...] = values


def _link(source: Path | str, target: Path | str) -> None:
    """A hard link, or a copy where the disk knows none."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
