"""How a pair was after any step, and putting that back; a history larger than its memory."""

import csv
import io

import numpy as np
import pytest
from support.cubes import PAIRS, small_cube

from thalia_core.annotate.patch import ERASE, MASK_NAMES, Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc, polygon
from thalia_core.cli import main
from thalia_core.cube.labels import Activity, Intensity
from thalia_core.cube.store import CubeStore
from thalia_core.errors import EditError

A, B, C = PAIRS
SILL, QUAKE = Paint(Activity.SILL, Intensity.HIGH), Paint(Activity.EARTHQUAKE)
SQUARE = polygon([(10, 10), (10, 30), (30, 30), (30, 10)], (60, 80))
OTHER = polygon([(40, 40), (40, 50), (50, 50), (50, 40)], (60, 80))


@pytest.fixture
def cube(tmp_path):
    return small_cube(tmp_path)


def edit(cube, who="alice", **options):
    return EditSession.open(cube, who, **{"background": False, **options})


def planes(cube, pair=A):
    store = CubeStore.open(cube)
    return {name: store.read_plane(name, pair) for name in MASK_NAMES}


def same(one, other):
    return all(np.array_equal(one[name], other[name]) for name in MASK_NAMES)


def test_any_version_is_seen_and_restored_as_one_step(cube):
    session = edit(cube)
    first = session.annotate(A, "one", SQUARE, SILL, {"caption": "first"})
    then = planes(cube)
    second = session.annotate(A, "two", disc(20, 20, 8, (60, 80)), QUAKE, {"caption": "second"})
    session.annotate(B, "elsewhere", SQUARE, QUAKE)
    session.annotate(A, "three", polygon([(0, 0), (0, 79), (59, 79), (59, 0)], (60, 80)), ERASE)
    now = planes(cube)
    version = session.versions.at(A, first.id)
    assert same(version.masks.planes(), then)
    assert version.label.caption == "first"
    assert same(planes(cube), now), "looking changes nothing"
    assert not session.versions.at(A, None).masks.activity.any()

    step = session.versions.restore(A, first.id)
    assert step.name == f"Restore to {first.time[:16].replace('T', ' ')}, one"
    assert same(planes(cube), then)
    assert CubeStore.open(cube).read_label(A).caption == "first"
    assert session.versions.restore(A, first.id) is None, "it is so already"
    assert planes(cube, B)["activity_type_mask"].any()
    assert session.versions.at(A, second.id).label.caption == "second"
    session.undo(A)
    assert same(planes(cube), now)
    session.close()


def test_a_step_that_was_taken_back_is_a_version_too(cube):
    session = edit(cube)
    session.annotate(A, "one", SQUARE, SILL)
    gone = session.annotate(A, "two", OTHER, QUAKE)
    there = planes(cube)
    session.undo(A)
    session.annotate(A, "three", SQUARE, ERASE)
    session.close()
    session = edit(cube, "bob")
    session.versions.restore(A, gone.id)
    assert same(planes(cube), there)
    assert session.history(A)[-1].by == "bob"
    session.close()


def test_what_a_conflict_kept_out_was_never_there(cube):
    alice, bob = edit(cube, background=True), edit(cube, "bob")
    alice.masks(A)
    alice.label(A)
    bob.annotate(A, "bob", SQUARE, SILL, {"caption": "bob"})
    step = alice.annotate(A, "alice", disc(20, 20, 18, (60, 80)), QUAKE, {"caption": "alice"})
    alice.flush(20)
    then = planes(cube)
    bob.annotate(A, "gone", polygon([(0, 0), (0, 79), (59, 79), (59, 0)], (60, 80)), ERASE)
    alice.reload(A)
    assert same(alice.versions.at(A, step.id).masks.planes(), then)
    assert alice.versions.at(A, step.id).label.caption == "bob"
    alice.close()
    bob.close()


def test_undo_has_no_end_though_memory_has(cube):
    """With room for a few strokes all of them are taken back and brought back."""
    session = edit(cube, memory=5_000)
    for n in range(15):
        session.annotate(A, f"stroke {n}", disc(n % 50, n * 4, 4, (60, 80)), Paint(1 + n % 4, 1))
    full = planes(cube)
    assert session._history.shelf.bytes <= 5_000
    session.close()
    session = edit(cube, memory=5_000)
    names = []
    while (step := session.undo(A)) is not None:
        names.append(step.name)
        assert session._history.shelf.bytes <= 5_000
    assert names == [f"stroke {n}" for n in reversed(range(15))]
    assert not any(plane.any() for plane in planes(cube).values())
    while session.redo(A) is not None:
        pass
    assert same(planes(cube), full)
    session.close()


def test_a_history_that_is_gone_is_told_and_nothing_changes(cube):
    session = edit(cube, memory=0)
    session.annotate(A, "one", SQUARE, SILL)
    journal = cube.with_suffix(".thalia") / "journal"
    journal.rename(journal.with_name("away"))
    before = planes(cube)
    with pytest.raises(EditError, match="cannot read the history.*bring the folder"):
        session.undo(A)
    assert same(planes(cube), before)
    journal.with_name("away").rename(journal)
    assert session.undo(A).name == "one"
    session.close()


def test_the_audit_is_a_table(cube, capsys):
    session = edit(cube, "=alice")
    session.annotate(A, "one, with a comma", SQUARE, SILL, {"caption": "x"})
    session.annotate(B, "two", OTHER, SILL)
    session.undo(B)
    session.close()
    assert main(["history", str(cube), "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["step"] for row in rows] == ["one, with a comma", "two"]
    assert [row["state"] for row in rows] == ["done", "taken back"]
    assert rows[0]["by"] == "'=alice"
    assert (rows[0]["pairs"], rows[0]["pixels"]) == (str(A), "400")
    assert set(rows[0]["fields"].split()) >= {"caption"}
