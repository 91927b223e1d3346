"""One cube as rows of the catalogue: metadata and labels, no plane."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thalia_core.archive.entries import NAN, FrameEntry
from thalia_core.archive.places import places
from thalia_core.archive.signature import Signature, sign
from thalia_core.archive.table import PairTable, table_of
from thalia_core.cube import schema
from thalia_core.errors import ThaliaError

if TYPE_CHECKING:  # a fresh index is opened without zarr
    from thalia_core.cube.geometry import Geometry
    from thalia_core.cube.store import CubeStore


@dataclass(frozen=True, eq=False, slots=True)
class Block:
    """What the catalogue holds of one cube.

    Attributes:
        entry: The line of the list.
        table: Its pairs; empty for a broken cube.
        signature: What the cube looked like before it was read; None for a broken one, which is
            tried again each time.
    """

    entry: FrameEntry
    table: PairTable
    signature: Signature | None


def read_block(path: Path) -> Block:
    """Read one cube; one that cannot be read becomes an entry with its problem."""
    from thalia_core.cube.store import CubeStore

    try:
        signature = sign(path)
        cube = CubeStore.open(path)
        labels = cube.read_labels()
        masked = _masked(cube)
        baselines, coherences = cube.pairs.baselines.tolist(), cube.mean_coherences().tolist()
        drawn = [(int(a), int(i)) for a, i in zip(*cube.classes_in_masks(), strict=True)]
        table = table_of(cube.pairs, baselines, coherences, labels, masked, drawn)
    except (ThaliaError, OSError) as error:
        return _problem(path, str(error))
    except Exception as error:  # one cube of somebody else's must not hide all the others
        return _problem(path, f"cannot read the cube: {type(error).__name__}: {error}")
    return Block(_entry(cube, int(table.labelled.sum())), table, signature)


def _problem(path: Path, problem: str) -> Block:
    frame = path.name.removesuffix(".zarr")
    entry = FrameEntry(path, frame, problem=problem)
    if (place := places().get(frame)) is not None:
        entry = replace(entry, lon=place.lon, lat=place.lat, volcanoes=place.volcanoes)
    return Block(entry, table_of([], [], [], [], [], []), None)


def _entry(cube: "CubeStore", labelled: int) -> FrameEntry:
    geometry, place = cube.geometry, places().get(cube.frame)
    volcanoes = _volcanoes(cube.attrs) or (place.volcanoes if place else ())
    lon, lat = (place.lon, place.lat) if place else (NAN, NAN)
    bounds = (NAN, NAN, NAN, NAN)
    if geometry.geographic:
        bounds = _bounds(geometry)
        lon, lat = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    days = sorted({day for pair in cube.pairs for day in (pair.primary, pair.secondary)})
    return FrameEntry(
        path=cube.path,
        frame=cube.frame,
        title=cube.title or ", ".join(volcanoes),
        pairs=len(cube.pairs),
        labelled=labelled,
        rows=geometry.rows,
        cols=geometry.cols,
        lon=lon,
        lat=lat,
        layers=cube.layers,
        volcanoes=volcanoes,
        bounds=bounds,
        dates=len(days),
        first=days[0] if days else None,
        last=days[-1] if days else None,
    )


def _bounds(geometry: "Geometry") -> tuple[float, float, float, float]:
    width, _, west, _, height, north = geometry.transform
    return west, north + height * geometry.rows, west + width * geometry.cols, north


def _volcanoes(attrs: Mapping[str, Any]) -> tuple[str, ...]:
    told = attrs.get("volcanoes") or attrs.get("volcano") or ()
    listed = told.split(",") if isinstance(told, str) else told if isinstance(told, list) else []
    return tuple(str(name).strip() for name in listed)


def _masked(cube: "CubeStore") -> list[bool]:
    """Whether a mask has a chunk that covers the pair; nothing is decoded."""
    from thalia_core.cube.store.presence import chunk_files

    found: list[tuple[int, int, set[tuple[int, ...]]]] = []
    for name in schema.MASKS:
        field = cube.layout.fields.get(name)
        if field is not None:
            files = chunk_files(cube.path / field.stored_name, cube.zarr_format)
            primaries, secondaries = field.chunks[:2]
            found.append((primaries, secondaries, {position[:2] for position, _ in files}))
    at = [cube.position(pair) for pair in cube.pairs]
    return [any((i // p, j // s) in chunks for p, s, chunks in found) for i, j in at]
