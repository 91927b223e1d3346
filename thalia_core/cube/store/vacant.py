"""Chunks without a value in them: they stay where the cube had them, and go where edits made them.

Zarr removes a chunk when nothing but the fill value is left, so that "nothing here, says an expert"
becomes "never looked at", and an undo would not return what had been. Here a chunk file that was
there before any edit stays, and one that edits made goes when they are undone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path

import numpy as np

from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store.layout import Field

Made = Mapping[str, set[tuple[DatePair, str]]]
"""Variable -> the chunks that edits made: a pair in it, and its place in the plane (or empty)."""
Position = tuple[int, ...]


def positions(
    field: Field, at: Iterable[tuple[int, int]], area: tuple[slice, slice] | None
) -> list[Position]:
    """The chunks that hold some pairs' values, or part of their planes.

    Args:
        field: The array.
        at: Index of each pair on the date axes.
        area: Rows and columns in the order of the store; None for a pair variable.
    """
    sides = [
        range(side.start // size, -(-side.stop // size))
        for side, size in zip(area or (), field.chunks[2:], strict=True)
    ]
    found = [
        (i // field.chunks[0], j // field.chunks[1], *place)
        for i, j in at
        for place in product(*sides)
    ]
    return list(dict.fromkeys(found))


def key_of(field: Field, position: Position) -> str:
    """The key of a chunk in the store."""
    return f"{field.stored_name}/{field.array.metadata.encode_chunk_key(position)}"


def absent(field: Field, cube: Path, where: Iterable[Position]) -> list[Position]:
    """Chunks that have no file."""
    return [position for position in where if not (cube / key_of(field, position)).exists()]


def is_vacant(field: Field, position: Position) -> bool:
    """Whether a chunk holds nothing but the fill value."""
    sizes = zip(position, field.chunks, strict=True)
    values = np.asarray(field.array[tuple(slice(p * c, (p + 1) * c) for p, c in sizes)])
    fill = field.array.fill_value
    if fill is None:
        fill = np.zeros((), values.dtype)[()] if values.dtype.kind != "O" else ""
    if values.dtype.kind == "f" and np.isnan(fill):
        return bool(np.isnan(values).all())
    return bool((values == fill).all())


def tile_of(position: Sequence[int]) -> str:
    """Where in the plane a chunk lies; empty for a pair variable."""
    return ".".join(map(str, position[2:]))


def named(made: set[tuple[DatePair, str]], pairs: Iterable[DatePair], position: Position) -> bool:
    """Whether an edit is known to have made a chunk under the name of one of these pairs."""
    tile = tile_of(position)
    return any((pair, tile) in made or (pair, "") in made for pair in pairs)


def was_made(
    field: Field,
    position: Position,
    made: set[tuple[DatePair, str]],
    index_of: Callable[[DatePair], tuple[int, int] | None],
) -> bool:
    """Whether an edit made the chunk under the name of another pair that lies in it."""
    if tuple(field.chunks[:2]) == (1, 1):
        return False
    per_primary, per_secondary = field.chunks[:2]
    for pair, tile in made:
        at = index_of(pair) if tile in ("", tile_of(position)) else None
        if at is not None and (at[0] // per_primary, at[1] // per_secondary) == position[:2]:
            return True
    return False
