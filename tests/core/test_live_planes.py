"""The planes of a pair are the same for all who show them or paint on them, whatever is read."""

import threading
from pathlib import Path

import numpy as np
import pytest
from psygnal import EmitLoopError
from support.cubes import PAIRS, small_cube

from thalia_core.annotate import working
from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.cube.store import CubeStore

A, B, C = PAIRS
FRAME = (60, 80)
DISC, OTHER = disc(20, 20, 5, FRAME), disc(40, 60, 5, FRAME)
MOGI, DYKE = Paint(1, 1), Paint(3, 1)


@pytest.fixture
def cube(tmp_path: Path) -> Path:
    return small_cube(tmp_path)


@pytest.fixture
def session(cube: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(working, "_KEEP", 1)
    session = EditSession.open(cube, "alice")
    yield session
    session.close()


def on_disk(cube: Path, pair) -> np.ndarray:
    return CubeStore.open(cube).read_plane("activity_type_mask", pair)


def read_others(session: EditSession) -> None:
    for pair in (B, C):
        session.masks(pair)


def test_a_stroke_is_seen_on_planes_that_are_shown_however_many_pairs_were_read(session):
    shown = session.masks(A)
    read_others(session)
    stroke = session.begin(A, MOGI)
    stroke.extend(DISC)
    stroke.commit()
    session.flush()
    read_others(session)
    session.undo(A)
    assert not shown.activity.any(), "undo, too"
    assert session.masks(A) is shown


def test_a_stroke_goes_on_while_other_pairs_are_read(session, cube):
    stroke = session.begin(A, MOGI)
    stroke.extend(DISC)
    read_others(session)
    assert session.masks(A).activity[20, 20] == 1
    stroke.extend(OTHER)
    stroke.commit()
    session.flush()
    assert np.array_equal(session.masks(A).activity, on_disk(cube, A))


def test_a_stroke_whose_pair_is_read_anew_under_it_is_shown_when_it_ends(session, cube):
    stroke = session.begin(A, MOGI)
    stroke.extend(DISC)
    with session.transaction():
        pass  # everything is read anew
    assert not session.masks(A).activity.any()
    told = []
    session.changed.connect(lambda change: told.append((change.window, change.source)))
    stroke.commit()
    session.flush()
    assert (DISC.window, "repaint") in told, "it must be drawn"
    assert np.array_equal(session.masks(A).activity, on_disk(cube, A))
    stroke = session.begin(A, DYKE)
    stroke.extend(DISC)
    stroke.commit()
    session.flush()
    assert not session.conflicts
    assert on_disk(cube, A)[20, 20] == 3


def test_what_others_did_is_seen_after_the_stroke(session, cube):
    stroke = session.begin(A, MOGI)
    stroke.extend(DISC)
    other = EditSession.open(cube, "bob", background=False)
    other.annotate(A, "Brush", OTHER, DYKE)
    other.close()
    session.reload(A)
    assert session.masks(A).activity[20, 20] == 1, "the stroke stays under the hand"
    stroke.commit()
    session.flush()
    session.reload(A)
    assert session.masks(A).activity[40, 60] == 3
    assert np.array_equal(session.masks(A).activity, on_disk(cube, A))


@pytest.mark.parametrize("turn", ["undo", "redo"])
def test_who_hears_of_an_edit_and_reads_the_pair_sees_the_edit(session, cube, turn):
    session.annotate(A, "Brush", DISC, MOGI)
    if turn == "redo":
        session.undo(A)
    session.flush()
    read_others(session)
    seen = []
    session.changed.connect(lambda change: seen.append(session.masks(change.pair)))
    getattr(session, turn)(A)
    session.flush()
    assert seen[0].activity.any() == (turn == "redo")
    assert np.array_equal(session.masks(A).activity, on_disk(cube, A))


def test_an_edit_is_saved_although_who_hears_of_it_breaks(session, cube):
    def break_down(_: object) -> None:
        raise RuntimeError("a listener")

    session.changed.connect(break_down)
    with pytest.raises(EmitLoopError):
        session.annotate(A, "Brush", DISC, MOGI)
    session.changed.disconnect(break_down)
    session.flush()
    assert on_disk(cube, A)[20, 20] == 1


def test_two_that_read_a_pair_at_once_get_the_same_planes(session, monkeypatch):
    both = threading.Barrier(2, timeout=10)
    read = working.WorkingCopy.read

    def read_together(copy, pair):
        found = read(copy, pair)
        both.wait()
        return found

    monkeypatch.setattr(working.WorkingCopy, "read", read_together)
    got = []
    threads = [threading.Thread(target=lambda: got.append(session.masks(A))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got[0] is got[1] is session.masks(A)
