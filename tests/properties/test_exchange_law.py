"""Two that edit copies of one cube apart, and exchange files both ways, end with the same cube."""

import shutil
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.cubes import PAIRS, small_cube

from thalia_core.annotate.exchange import export_edits, read_edits
from thalia_core.annotate.merging import merge
from thalia_core.annotate.patch import DEFORMATION_OF, ERASE, MASK_NAMES, Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.cube.labels import BOOKKEEPING, PAIR_FIELDS
from thalia_core.cube.store import CubeStore
from thalia_core.errors import EditError

SHAPE = (12, 15)
pairs = st.sampled_from(PAIRS[:2])
paints = st.sampled_from([Paint(1, 3), Paint(3, 1), Paint(5, 0), ERASE])
strokes = st.tuples(
    st.just("paint"), pairs, st.integers(0, 12), st.integers(0, 15), st.integers(1, 5), paints
)
captions = st.tuples(st.just("caption"), pairs, st.sampled_from(["", "Uplift.", "A dyke."]))
turns = st.tuples(st.sampled_from(["undo", "redo"]), pairs)
work = st.lists(st.one_of(strokes, captions, turns), max_size=5)


def do(session: EditSession, steps: list) -> None:
    for kind, pair, *rest in steps:
        if kind == "paint":
            row, col, radius, paint = rest
            session.annotate(pair, "Brush", disc(row, col, radius, SHAPE), paint)
        elif kind == "caption":
            session.edit_label(pair, caption=rest[0])
        else:
            getattr(session, kind)(pair)


def edited(cube: Path, who: str, steps: list) -> None:
    session = EditSession.open(cube, who, background=False)
    do(session, steps)
    session.close()


def exported(cube: Path) -> Path | None:
    path = cube.with_suffix(".edits")
    try:
        export_edits(CubeStore.open(cube), path)
    except EditError:
        return None  # nothing was done
    return path


def imported(cube: Path, file: Path | None) -> list:
    if file is None:
        return []
    session = EditSession.open(cube, "import", background=False)
    conflicts = list(merge(session, read_edits(file)).conflicts)
    assert merge(session, read_edits(file)).records == 0, "what is here already stays out"
    session.close()
    return conflicts


def contested(conflicts: list) -> tuple[dict, set]:
    planes = {pair: np.zeros(SHAPE, bool) for pair in PAIRS}
    fields = set()
    for conflict in conflicts:
        for mask in conflict.edit.masks:
            planes[mask.pair][mask.window.slices] |= mask.bits
        fields |= {(patch.pair, patch.field) for patch in conflict.edit.fields}
    return planes, fields


def same_but_for(one: Path, other: Path, conflicts: list) -> None:
    planes, fields = contested(conflicts)
    first, second = CubeStore.open(one), CubeStore.open(other)
    for pair in PAIRS:
        for name in MASK_NAMES:
            differs = first.read_plane(name, pair) != second.read_plane(name, pair)
            assert not (differs & ~planes[pair]).any(), (name, pair)
        activity = first.read_plane("activity_type_mask", pair)
        assert np.array_equal(first.read_plane(MASK_NAMES[0], pair), DEFORMATION_OF[activity])
        mine, theirs = first.read_label(pair), second.read_label(pair)
        for field in PAIR_FIELDS:
            if field not in BOOKKEEPING and (pair, field) not in fields:
                assert (getattr(mine, field) or None) == (getattr(theirs, field) or None), field


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=work, ana=work, bob=work, later=work, crossing=st.booleans())
def test_both_cubes_end_alike_wherever_there_was_no_conflict(before, ana, bob, later, crossing):
    with tempfile.TemporaryDirectory() as folder:
        mine = small_cube(Path(folder), *SHAPE)
        edited(mine, "both", before)
        theirs = Path(folder) / "copy" / mine.name
        shutil.copytree(mine, theirs)
        sidecar = mine.with_suffix(".thalia")
        if sidecar.is_dir():
            shutil.copytree(sidecar, theirs.with_suffix(".thalia"))
        edited(mine, "ana", ana)
        edited(theirs, "bob", bob)
        sent = exported(mine)
        answer = exported(theirs) if crossing else None  # before hers is in
        conflicts = imported(theirs, sent)
        answer = answer if crossing else exported(theirs)
        conflicts += imported(mine, answer)
        same_but_for(mine, theirs, conflicts)
        edited(mine, "ana", later)  # one goes on, and sends what is new
        conflicts += imported(theirs, exported(mine))
        same_but_for(mine, theirs, conflicts)
