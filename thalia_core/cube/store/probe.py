"""Looking for damage in a store, below the planes: chunks, metadata, what a crash left behind."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import zarr

from thalia_core.cube import schema
from thalia_core.cube.durable import PARTIAL, make_folder, write_bytes
from thalia_core.cube.labels import PAIR_FIELDS
from thalia_core.cube.locking import ProcessLock
from thalia_core.cube.store import arrays
from thalia_core.cube.store.append import LOCK as APPEND_LOCK
from thalia_core.cube.store.cube import CubeStore
from thalia_core.cube.store.layout import Field, array_names
from thalia_core.cube.store.local import DurableStore
from thalia_core.cube.store.presence import chunk_files

_EDITABLE = (*schema.MASKS, *PAIR_FIELDS)


def damaged_chunks(field: Field, folder: Path, zarr_format: int) -> Iterator[tuple[str, str]]:
    """Chunks that do not decode: where in the array, and why."""
    array, chunks = field.array, field.chunks
    for position, _ in chunk_files(folder, zarr_format):
        if len(position) != array.ndim:
            continue
        index = tuple(slice(p * c, (p + 1) * c) for p, c in zip(position, chunks, strict=True))
        try:
            array[index]
        except Exception as error:  # whatever a damaged chunk makes a codec raise
            yield ".".join(map(str, position)), f"{type(error).__name__}: {error}"


def chunk_positions(cube: CubeStore, name: str) -> set[tuple[int, int]] | None:
    """(primary, secondary) of pairs with a chunk; None where one chunk may hold several."""
    field = cube.layout.fields.get(name)
    if field is None or field.chunks[:2] != (1, 1):
        return None
    files = chunk_files(cube.path / field.stored_name, cube.zarr_format)
    return {(position[0], position[1]) for position, _ in files}


def stale_metadata(cube: CubeStore) -> list[str]:
    """Arrays whose consolidated metadata differ from their own, or are missing there."""
    found = arrays.consolidated(cube.path, cube.zarr_format)
    if found is None:
        return []
    _, entries = found
    stale = []
    for name in array_names(cube.path):
        if cube.zarr_format == 2:
            own = {f"{name}/{part}": cube.path / name / part for part in (".zarray", ".zattrs")}
        else:
            own = {name: cube.path / name / "zarr.json"}
        if any(
            file.exists() and entries.get(key) != json.loads(file.read_bytes())
            for key, file in own.items()
        ):
            stale.append(name)
    return stale


def consolidate(cube: CubeStore) -> None:
    """Write the consolidated metadata anew; the caller holds the cube's lock."""
    with arrays.quiet():
        zarr.consolidate_metadata(
            DurableStore(cube.path), zarr_format=2 if cube.zarr_format == 2 else 3
        )


def partial_files(path: Path) -> list[Path]:
    """Files that a crash left under way (or that are being written at this moment)."""
    return sorted(file for file in path.rglob(f"*{PARTIAL}") if file.is_file())


def remove_partials(cube: CubeStore) -> int:
    """Remove what a crash left; nothing of an append that is under way. Call under the lock."""
    make_folder(cube.sidecar)
    append = ProcessLock(cube.sidecar / APPEND_LOCK)
    if not append.attempt():
        return 0
    try:
        files = partial_files(cube.path)
        for file in files:
            file.unlink(missing_ok=True)
        return len(files)
    finally:
        append.release()


def legend_of(field: Field) -> dict[int, str] | None:
    """Codes and meanings that the array itself states; None where it states none."""
    attrs = dict(field.array.attrs)
    values, meanings = attrs.get("flag_values"), attrs.get("flag_meanings")
    if values is None or not isinstance(meanings, str):
        return None
    words = meanings.split()
    codes = [int(code) for code in values] if isinstance(values, list) else []
    return dict(zip(codes, words, strict=False)) if len(words) == len(codes) else None


def write_legend(cube: CubeStore, name: str) -> None:
    """State the schema's legend on an annotation array that states none; under the lock."""
    field = cube.layout.fields[name]
    if name not in _EDITABLE:
        raise ValueError(f"{name} is no annotation")
    flags: dict[str, Any] = {
        key: value
        for key, value in schema.VARIABLES[name].attributes().items()
        if key.startswith("flag_")
    }
    folder = cube.path / field.stored_name
    meta = folder / (".zattrs" if cube.zarr_format == 2 else "zarr.json")
    whole = json.loads(meta.read_bytes()) if meta.exists() else {}
    if cube.zarr_format == 2:
        whole.update(flags)
    else:
        whole.setdefault("attributes", {}).update(flags)
    write_bytes(meta, json.dumps(whole, indent=4).encode())
    arrays.register(cube.path, field.stored_name, cube.zarr_format)
