"""What is painted is found, also where nobody has written about it yet."""

from pathlib import Path

import numpy as np
import pytest
from support.cubes import PAIRS, small_cube

from thalia_core.annotate.patch import ERASE, Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.archive.catalogue import Catalogue
from thalia_core.archive.filters import Filter
from thalia_core.cube.labels import Activity, Intensity, activities_in
from thalia_core.cube.store import CubeStore

A, B, C = PAIRS
MOGI = Paint(Activity.MOGI, Intensity.HIGH)
HERE, THERE = disc(30, 40, 6, (60, 80)), disc(10, 12, 4, (60, 80))


@pytest.fixture
def cube(tmp_path: Path) -> Path:
    return small_cube(tmp_path)


def session_of(cube: Path) -> EditSession:
    return EditSession.open(cube, "ana", background=False)


def found(cube: Path, text: str) -> set[str]:
    catalogue = Catalogue.open(cube.parent)
    rows = np.flatnonzero(Filter.parse(text).rows(catalogue))
    return {str(catalogue.pairs.pair(int(row))) for row in rows}


def test_a_painted_pair_is_found_by_type_and_intensity_and_nothing_is_judged_for_the_person(
    cube: Path,
):
    assert found(cube, "type:mogi") == set()
    session = session_of(cube)
    session.annotate(A, "Brush", HERE, MOGI)
    session.close()
    assert found(cube, "type:mogi") == found(cube, "intensity:>=medium") == {str(A)}
    assert found(cube, "deformation:yes") == {str(A)}
    assert found(cube, "type:dyke") == found(cube, "intensity:low") == set()
    label = CubeStore.open(cube).read_label(A)
    assert not label.phase
    assert not label.caption


def test_undo_redo_and_the_eraser_are_followed(cube: Path):
    session = session_of(cube)
    session.annotate(A, "Brush", HERE, MOGI)
    session.annotate(A, "Brush", THERE, Paint(Activity.DYKE, Intensity.LOW))
    assert found(cube, "type:mogi type:dyke") == {str(A)}
    session.undo(A)
    assert (found(cube, "type:mogi"), found(cube, "type:dyke")) == ({str(A)}, set())
    session.redo(A)
    assert found(cube, "type:dyke intensity:low") == {str(A)}
    session.annotate(A, "Eraser", HERE, ERASE)
    assert (found(cube, "type:mogi"), found(cube, "type:dyke")) == (set(), {str(A)})
    session.close()
    again = session_of(cube)
    while again.undo():
        pass
    again.close()
    assert found(cube, "type:mogi,dyke") == set()
    assert [activities_in(int(bits)) for bits in CubeStore.open(cube).classes_in_masks()[0]] == [
        (),
        (),
        (),
    ]


def test_what_is_listed_stays_found_without_a_mask(cube: Path):
    listed = '[{"instance": 1, "activity_type": "Sill", "intensity_level": "Medium"}]'
    session = session_of(cube)
    session.edit_label(B, instances=listed)
    session.annotate(B, "Brush", HERE, Paint(Activity.MOGI, Intensity.HIGH, instance=2))
    session.close()
    assert found(cube, "type:sill type:mogi") == {str(B)}
    session = session_of(cube)
    session.undo(B)
    session.close()
    assert (found(cube, "type:sill"), found(cube, "type:mogi")) == ({str(B)}, set())


def test_a_chunk_damaged_in_another_tile_does_not_hold_up_the_edit(tmp_path: Path):
    shape = (60, 2_100)  # tiles of 1,024 columns
    cube = small_cube(tmp_path, *shape)
    session = session_of(cube)
    session.annotate(A, "Brush", disc(30, 1_500, 6, shape), MOGI)
    (cube / "activity_type_mask" / "0.1.0.1").write_bytes(b"no chunk")
    here = disc(30, 40, 6, shape)
    session.annotate(A, "Brush", here, Paint(Activity.DYKE, Intensity.LOW))
    session.close()
    codes = CubeStore.open(cube).read_plane("activity_type_mask", A, here.window)
    assert (codes[here.mask] == Activity.DYKE).all()
    assert found(cube, "type:mogi") == {str(A)}  # as noted before, for nobody can look now


def test_the_verb_names_what_is_drawn(cube: Path, verb):
    session = session_of(cube)
    session.annotate(A, "Brush", HERE, MOGI)
    session.close()
    done = verb("pairs", cube, "--where", "type:mogi")
    assert done.stdout.rstrip().endswith("Mogi High")
    assert len(done.stdout.splitlines()) == 1
