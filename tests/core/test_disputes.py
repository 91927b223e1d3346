"""Conflicts wait until somebody decides them: what was there, what was wanted, what stands."""

import numpy as np
import pytest
from support.cubes import PAIRS, small_cube

from thalia_core.annotate.patch import ERASE, Edit, Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import polygon
from thalia_core.cube.labels import Activity, Intensity
from thalia_core.cube.store import CubeStore

A, B, C = PAIRS
SILL, QUAKE = Paint(Activity.SILL, Intensity.HIGH), Paint(Activity.EARTHQUAKE)
SQUARE = polygon([(10, 10), (10, 30), (30, 30), (30, 10)], (60, 80))
LARGER = polygon([(5, 5), (5, 35), (35, 35), (35, 5)], (60, 80))


@pytest.fixture
def cube(tmp_path):
    return small_cube(tmp_path)


def edit(cube, who="alice", **options):
    return EditSession.open(cube, who, **{"background": False, **options})


def on_disk(cube):
    return CubeStore.open(cube).read_plane("activity_type_mask", A)


@pytest.fixture
def met(cube):
    """Bob painted and wrote first; Alice had not seen it."""
    alice, bob = edit(cube, background=True), edit(cube, "bob")
    alice.masks(A)
    alice.label(A)
    bob.annotate(A, "Polygon", SQUARE, SILL, {"caption": "bob"})
    alice.annotate(A, "Brush", LARGER, QUAKE, {"caption": "alice"})
    alice.flush(20)
    alice.close()
    bob.close()
    return cube


def only(edit, keep):
    """Part of the mask patch of an edit."""
    (patch,) = edit.masks
    return Edit(masks=(patch.only(keep),))


def test_a_conflict_waits_over_restarts_and_tells_all_three_sides(met):
    for who in ("alice", "carol"):
        session = edit(met, who)
        (dispute,) = session.disputes.open()
        session.close()
        assert (dispute.by, dispute.name, dispute.rival.by) == ("alice", "Brush", "bob")
        (patch,) = dispute.edit.masks
        (caption,) = dispute.edit.fields
        assert patch.pixels == 400
        assert set(patch.before["activity_type_mask"]) == {0}, "base"
        assert set(patch.after["activity_type_mask"]) == {Activity.EARTHQUAKE}, "mine"
        assert (caption.before or "", caption.after) == ("", "alice")


def test_mine_is_an_ordinary_step_and_its_undo_opens_the_conflict_again(met):
    session = edit(met)
    (dispute,) = session.disputes.open()
    step = session.disputes.decide(dispute, dispute.edit, Edit())
    assert (on_disk(met)[SQUARE.window.slices] == Activity.EARTHQUAKE).all()
    assert CubeStore.open(met).read_label(A).caption == "alice"
    assert not session.disputes.open()
    assert session.history(A)[-1].id == step.id
    session.undo(A)
    assert (on_disk(met)[SQUARE.window.slices] == Activity.SILL).all()
    assert CubeStore.open(met).read_label(A).caption == "bob"
    assert [d.id for d in session.disputes.open()] == [dispute.id]
    session.close()


def test_theirs_is_remembered_and_changes_nothing(met):
    session = edit(met)
    before, steps = on_disk(met), session.history(A)
    (dispute,) = session.disputes.open()
    assert session.disputes.decide(dispute, Edit(), dispute.edit) is None
    assert not session.disputes.open()
    session.close()
    session = edit(met, "bob")
    assert not session.recovered
    assert not session.disputes.open()
    assert np.array_equal(on_disk(met), before)
    assert session.history(A) == steps
    session.close()


def test_parts_are_decided_one_by_one(met):
    session = edit(met)
    (dispute,) = session.disputes.open()
    half = np.arange(400) < 200
    session.disputes.decide(dispute, only(dispute.edit, half), Edit(fields=dispute.edit.fields))
    (rest,) = session.disputes.open()
    assert sum(patch.pixels for patch in rest.edit.masks) == 200
    assert not rest.edit.fields
    session.disputes.decide(rest, Edit(), rest.edit)
    assert not session.disputes.open()
    assert np.count_nonzero(on_disk(met) == Activity.SILL) == 200
    session.close()


def test_a_conflict_is_over_when_its_step_is_taken_back_or_painted_by_hand(met):
    session = edit(met)
    session.annotate(A, "by hand", SQUARE, QUAKE, {"caption": "alice"})
    assert not session.disputes.open()
    session.undo(A)
    assert session.disputes.open()
    session.undo(A)
    assert not session.disputes.open(), "she does not want it any more"
    session.close()


def test_an_undo_can_meet_a_conflict_too(cube):
    alice, bob = edit(cube, background=True), edit(cube, "bob")
    alice.annotate(A, "Brush", LARGER, QUAKE)
    alice.flush(20)
    bob.annotate(A, "Polygon", SQUARE, SILL)
    alice.undo(A)
    alice.flush(20)
    (dispute,) = alice.disputes.open()
    assert dispute.name == "Undo Brush"
    alice.disputes.decide(dispute, dispute.edit, Edit())
    alice.flush(20)
    assert not on_disk(cube).any()
    assert not alice.disputes.open()
    bob.annotate(A, "Erase", LARGER, ERASE)
    alice.close()
    bob.close()
