"""Every defect of one cube."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from thalia_core.annotate.history import History
from thalia_core.annotate.journal import abandoned
from thalia_core.check.defects import Defect
from thalia_core.check.labels import check_labels, check_legends
from thalia_core.cube import schema
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore, arrays, coherence, probe
from thalia_core.cube.store.layout import Field, array_names, marker_of
from thalia_core.cube.store.presence import stored_pairs
from thalia_core.cube.store.sorting import dates_sorted
from thalia_core.errors import ThaliaError

_VOID_SHARE = 0.001


def check_cube(path: Path, *, quick: bool = False, fringes: bool = False) -> list[Defect]:
    """Everything wrong with a cube, the gravest first.

    Args:
        path: The cube.
        quick: Do not decode the planes of pairs and dates.
        fringes: Count the fringes of every instance against its intensity.
    """
    found: list[Defect] = []
    try:
        found.extend(_all(CubeStore.open(path, writable=True), quick, fringes))
    except ThaliaError as error:
        found.append(_unreadable(path, error))
    except Exception as error:  # damage that nobody thought of; other cubes wait to be checked
        told = f"{type(error).__name__}: {error}"
        found.append(Defect("cube-unreadable", path, "", told, "report this, it has no name yet"))
    rank = {"error": 0, "warning": 1, "note": 2}
    return sorted(found, key=lambda defect: rank[defect.severity])


def check_folder(folder: Path) -> list[Defect]:
    """What lies about in an archive beside its cubes: builds that were not finished."""
    left = sorted(path for path in folder.glob("*.building") if path.is_dir())
    fix = "run the same command again, or remove the folder"
    return [Defect("build-unfinished", path, fix=fix) for path in left]


def _all(cube: CubeStore, quick: bool, fringes: bool) -> Iterator[Defect]:
    yield from _check_files(cube)
    yield from _check_variables(cube)
    yield from _check_dates(cube)
    yield from _check_pairs(cube)
    yield from check_legends(cube)
    yield from check_labels(cube, fringes=fringes)
    yield from _check_journal(cube)
    yield from _check_heights(cube)
    yield from _check_coherence(cube)
    yield from _check_chunks(cube, quick)


def _unreadable(path: Path, error: ThaliaError) -> Defect:
    where = Path(error.where or path)
    part = str(where.relative_to(path)) if where != path and where.is_relative_to(path) else ""
    return Defect("cube-unreadable", path, part, error.why or error.what, error.fix or "")


def _check_files(cube: CubeStore) -> Iterator[Defect]:
    for file in probe.partial_files(cube.path):
        yield Defect("partial-file", cube.path, str(file.relative_to(cube.path)))
    yield from _check_metadata(cube)
    if marker_of(cube.path).exists():
        yield Defect("append-unfinished", cube.path, fix="run the same 'thalia build' again")


def _check_metadata(cube: CubeStore) -> Iterator[Defect]:
    """Whether the consolidated metadata, which plain xarray believes, say what the arrays say."""
    fix = "plain xarray sees an older state"
    try:
        found = arrays.consolidated(cube.path, cube.zarr_format)
        stale = probe.stale_metadata(cube)
    except ThaliaError as error:
        yield Defect("metadata-stale", cube.path, "", f"damaged: {error.why}", fix)
        return
    for name in stale:
        yield Defect("metadata-stale", cube.path, name, fix=fix)
    root = cube.path / ".zattrs"
    if found and root.exists() and found[1].get(".zattrs") != json.loads(root.read_bytes()):
        yield Defect("metadata-stale", cube.path, ".zattrs", fix=fix)
    listed = {key.rpartition("/")[0] or key for key in found[1]} if found else set()
    for name in sorted(listed - {*array_names(cube.path), ".zattrs", ".zgroup"}):
        if not (cube.path / name).is_dir():
            yield Defect("metadata-stale", cube.path, name, "there is no such array", fix)


def _check_variables(cube: CubeStore) -> Iterator[Defect]:
    for problem in cube.problems:
        yield Defect("variable-unusable", cube.path, "", problem)
    for name, field in cube.layout.fields.items():
        wanted, found = np.dtype(_numpy_type(name)), field.array.dtype
        text = wanted.kind == "U"
        if text != (found.kind in "OUST") and name != "phase":
            yield Defect("type-odd", cube.path, field.stored_name, f"{found}, not {wanted}")


def _numpy_type(name: str) -> str:
    dtype = schema.VARIABLES[name].dtype
    return "U" if dtype == "str" else dtype


def _check_dates(cube: CubeStore) -> Iterator[Defect]:
    if not dates_sorted(cube):
        yield Defect("dates-unsorted", cube.path, fix="'thalia check --fix' sorts them")
    for pair in cube.pairs:
        if pair.days <= 0:
            yield Defect("pair-reversed", cube.path, str(pair))


def _check_pairs(cube: CubeStore) -> Iterator[Defect]:
    found = stored_pairs(cube.layout)
    stored = {(int(i), int(j)) for i, j in np.argwhere(found)}
    flagged = {cube.position(pair): pair for pair in cube.pairs}
    for at, pair in flagged.items():
        if at not in stored:
            fix = "build this pair again, or clear its flag"
            yield Defect("pair-empty", cube.path, str(pair), "no data in insar_difference", fix)
    if marker_of(cube.path).exists():
        return  # a pair that is being added is listed when it is whole
    layout = cube.layout
    for i, j in sorted(stored - flagged.keys()):
        name = f"{layout.primary_dates[i]:%Y%m%d}_{layout.secondary_dates[j]:%Y%m%d}"
        yield Defect("pair-unlisted", cube.path, name, "valid_date_pair is 0")


def _check_journal(cube: CubeStore) -> Iterator[Defect]:
    history = History(cube.sidecar / "journal")
    history.refresh()
    if history.damaged:
        yield Defect("journal-damaged", cube.path, "", _passed_over(history.damaged))
    waiting = [record for record, path in history.unapplied() if abandoned(path)]
    if waiting:
        pairs = sorted({str(pair) for record in waiting for pair in record.edit.pairs})
        count = "1 edit" if len(waiting) == 1 else f"{len(waiting)} edits"
        detail = f"{count} of {', '.join(pairs)}"
        yield Defect(
            "journal-open", cube.path, "", detail, "opening the cube for editing adds them"
        )


def _passed_over(lines: int) -> str:
    return "1 line is passed over" if lines == 1 else f"{lines} lines are passed over"


def _check_heights(cube: CubeStore) -> Iterator[Defect]:
    if "dem" not in cube.layers:
        return
    try:
        heights = cube.read_plane("dem")
    except ThaliaError:  # named among the damaged chunks
        return
    void = ~np.isfinite(heights) | (heights <= -9999)
    if void.mean() > _VOID_SHARE:
        yield Defect("dem-void", cube.path, "dem", f"{void.mean():.1%} of the pixels")


def _check_coherence(cube: CubeStore) -> Iterator[Defect]:
    """Pairs without a mean; no plane is read beyond the first of them that has data."""
    pairs = coherence.unmeasured(cube)
    if next(coherence.measured(cube, pairs), None) is not None:
        fix = "'thalia check --fix' measures them; filters by coherence find none of them before"
        count = "1 pair" if len(pairs) == 1 else f"{len(pairs)} pairs"
        yield Defect("coherence-unmeasured", cube.path, schema.MEAN_COHERENCE, count, fix)


def _check_chunks(cube: CubeStore, quick: bool) -> Iterator[Defect]:
    """Chunks that do not decode; ``quick`` leaves out the planes."""
    for field in cube.layout.fields.values():
        if quick and schema.Y in schema.VARIABLES[field.name].dims:
            continue
        folder = cube.path / field.stored_name
        for position, why in probe.damaged_chunks(field, folder, cube.zarr_format):
            where = f"{field.stored_name}/{position}"
            fix = "restore the file from a copy, or build this pair again"
            whose = _pair_of(cube, field, position)
            yield Defect("chunk-damaged", cube.path, where, f"{whose}{why}", fix)


def _pair_of(cube: CubeStore, field: Field, position: str) -> str:
    """The pair whose plane a chunk holds, as words before others; empty where it holds several."""
    at = [int(index) for index in position.split(".")]
    if schema.VARIABLES[field.name].dims[:2] != schema.PAIR or field.chunks[:2] != (1, 1):
        return ""
    days = cube.layout.primary_dates[at[0]], cube.layout.secondary_dates[at[1]]
    return f"of {DatePair(*days)}: "
