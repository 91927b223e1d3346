"""Masks and labels in memory are read again when somebody wrote their files, and only then."""

from pathlib import Path

import pytest
from support.cubes import PAIRS, small_cube

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc

SHAPE = (60, 80)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return small_cube(tmp_path)


def test_what_nobody_wrote_stays_in_memory(path: Path):
    session = EditSession.open(path, "ana", background=False)
    session.annotate(PAIRS[0], "Brush", disc(20, 30, 5, SHAPE), Paint(1, 1))
    session.reload(PAIRS[0])
    planes = session.masks(PAIRS[0])
    session.reload(PAIRS[0])
    assert session.masks(PAIRS[0]) is planes
    session.close()


@pytest.mark.parametrize("first", [True, False], ids=["first edit", "later edit"])
def test_what_others_wrote_is_read_again(path: Path, first: bool):
    other = EditSession.open(path, "ben", background=False)
    if not first:  # the arrays are there already
        other.annotate(PAIRS[0], "Brush", disc(40, 60, 5, SHAPE), Paint(2, 2))
    session = EditSession.open(path, "ana", background=False)
    assert not session.masks(PAIRS[0]).activity[20, 30]
    assert session.label(PAIRS[0]).caption in (None, "")
    before = session.cube.annotations_stamp(PAIRS[0])
    other.annotate(PAIRS[0], "Brush", disc(20, 30, 5, SHAPE), Paint(1, 1), {"caption": "a sill"})
    assert session.cube.annotations_stamp(PAIRS[0]) != before
    session.reload(PAIRS[0])
    assert session.masks(PAIRS[0]).activity[20, 30] == 1
    assert session.label(PAIRS[0]).caption == "a sill"
    for each in (session, other):
        each.close()


def test_a_label_is_no_older_than_the_planes(path: Path):
    other = EditSession.open(path, "ben", background=False)
    other.annotate(PAIRS[0], "Brush", disc(40, 60, 5, SHAPE), Paint(2, 2), {"caption": "old"})
    session = EditSession.open(path, "ana", background=False)
    assert session.label(PAIRS[0]).caption == "old"  # of this pair only the label is read
    other.annotate(PAIRS[0], "Brush", disc(20, 30, 5, SHAPE), Paint(1, 1), {"caption": "new"})
    session.masks(PAIRS[0])
    session.reload(PAIRS[0])
    assert session.label(PAIRS[0]).caption == "new"
    for each in (session, other):
        each.close()
