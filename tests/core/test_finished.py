"""Finished pairs are locked, until somebody says that the work goes on."""

import numpy as np
import pytest
from support.cubes import PAIRS, small_cube

from thalia_core.annotate.finished import FinishedError
from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import Drawing, EditSession
from thalia_core.annotate.shapes import disc, polygon
from thalia_core.cli import main
from thalia_core.cube.labels import Activity, LabelState
from thalia_core.cube.store import CubeStore

A, B, C = PAIRS
SILL = Paint(Activity.SILL)
SQUARE = polygon([(10, 10), (10, 30), (30, 30), (30, 10)], (60, 80))
OTHER = polygon([(40, 40), (40, 50), (50, 50), (50, 40)], (60, 80))


@pytest.fixture
def cube(tmp_path):
    return small_cube(tmp_path)


@pytest.fixture(params=[LabelState.DONE, LabelState.ACCEPTED])
def session(cube, request):
    session = EditSession.open(cube, "alice", background=False)
    session.annotate(A, "Polygon", SQUARE, SILL)
    session.edit_label(A, "Finish", label_state=request.param)
    yield session
    session.close()


def on_disk(session, pair=A):
    return CubeStore.open(session.cube.path).read_plane("activity_type_mask", pair)


def test_nothing_changes_on_a_finished_pair_and_it_says_what_to_do(session):
    before = on_disk(session)
    after = {"activity_type_mask": np.zeros(SQUARE.window.shape, np.uint8)}
    attempts = (
        lambda: session.begin(A, SILL),
        lambda: session.annotate(A, "Polygon", OTHER, SILL),
        lambda: session.edit_label(A, caption="no"),
        lambda: session.annotate(A, "both", OTHER, SILL, {"label_state": LabelState.IN_PROGRESS}),
        lambda: session.repaint(A, SQUARE.window, after, "Recode"),
        lambda: session.versions.restore(A, None),
    )
    for attempt in attempts:
        with pytest.raises(FinishedError, match=r"locked: .*its state is .*set its state back"):
            attempt()
    assert np.array_equal(on_disk(session), before)
    assert np.array_equal(session.masks(A).activity, before), "nor in memory"
    assert len(session.history(A)) == 2
    assert session.locked(A)
    assert not session.locked(B)
    session.annotate(B, "Polygon", SQUARE, SILL)


def test_its_state_opens_it_again_and_so_does_undo(session):
    session.edit_label(A, label_state=LabelState.IN_PROGRESS)
    assert session.annotate(A, "Polygon", OTHER, SILL) is not None
    session.undo(A)
    session.undo(A)
    assert session.locked(A), "the step that opened it is taken back"
    assert session.undo(A).name == "Finish"
    assert not session.locked(A)
    assert session.redo(A).name == "Finish"
    assert session.locked(A)


def test_an_edit_of_many_pairs_passes_over_the_finished_ones_and_says_so(session):
    told = []
    session.spared.connect(told.append)
    drawings = [Drawing(pair, ((OTHER, SILL),), {"caption": "all"}) for pair in PAIRS]
    step = session.annotate_all(drawings, "Event")
    assert step.pairs == (B, C)
    assert told == [(A,)]
    assert not on_disk(session)[45, 45]
    assert session.annotate_all(drawings[:1], "Event") is None


def test_a_step_over_pairs_of_which_one_is_finished_stays(session):
    session.annotate_all([Drawing(pair, ((OTHER, SILL),)) for pair in (B, C)], "Both")
    session.edit_label(B, label_state=LabelState.DONE)
    with pytest.raises(FinishedError, match=str(B)):
        session.undo(C)
    assert on_disk(session, C).any()
    session.edit_label(B, label_state=LabelState.IN_PROGRESS)
    assert session.undo(C).name == "Both"


def test_the_lock_can_be_left_off(session):
    session.locks_finished = False
    assert session.annotate(A, "Polygon", OTHER, SILL) is not None


def test_a_stroke_under_way_when_the_pair_is_finished_is_not_kept(cube):
    session = EditSession.open(cube, "alice", background=False)
    stroke = session.begin(A, SILL)
    stroke.extend(disc(20, 20, 5, (60, 80)))
    session.edit_label(A, label_state=LabelState.DONE)
    with pytest.raises(FinishedError):
        stroke.commit()
    assert not session.masks(A).activity.any()
    session.close()


def test_the_command_line_keeps_the_lock(cube, capsys):
    assert main(["annotate", str(cube), str(A), "--set", "label_state=done"]) == 0
    assert main(["annotate", str(cube), str(A), "--caption", "no"]) != 0
    assert "the pair is locked" in capsys.readouterr().err
    assert main(["annotate", str(cube), str(A), "--set", "label_state=in_progress"]) == 0
    assert main(["annotate", str(cube), str(A), "--caption", "yes"]) == 0


def test_an_archive_that_comes_all_done_can_be_edited_until_somebody_finishes_a_pair(tmp_path):
    config = ["synth", "cube", str(tmp_path / "a.zarr"), "--size", "64", "--dates", "3"]
    assert main(config) == 0
    session = EditSession.open(tmp_path / "a.zarr", "alice", background=False)
    pair = session.cube.pairs[0]
    assert session.label(pair).label_state == LabelState.DONE
    assert session.annotate(pair, "Polygon", SQUARE, SILL) is not None
    assert session.annotate(pair, "Polygon", OTHER, SILL) is not None
    session.edit_label(pair, label_state=LabelState.IN_PROGRESS)
    session.edit_label(pair, "Finish", label_state=LabelState.DONE)
    with pytest.raises(FinishedError):
        session.edit_label(pair, caption="no")
    session.close()
