"""Proposals wait in the journal: no label before somebody says so, and gone with one undo."""

import json
from pathlib import Path

import numpy as np
import pytest
from support.cubes import PAIRS, small_cube

from thalia_core.annotate.copying import Shared, copies, painted_of, sharing
from thalia_core.annotate.offering import interpolated, scored
from thalia_core.annotate.patch import ERASE, Paint
from thalia_core.annotate.proposals import Proposal, new_id
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc, polygon
from thalia_core.cli import main
from thalia_core.cube.labels import Activity, ActivityPhase, Intensity, LabelState
from thalia_core.cube.store import CubeStore
from thalia_core.errors import EditError

A, B, C = PAIRS
FRAME = (60, 80)
SQUARE = polygon([(10, 10), (10, 30), (30, 30), (30, 10)], FRAME)
DYKE = Paint(Activity.DYKE, Intensity.HIGH, instance=2)


@pytest.fixture
def cube(tmp_path: Path) -> Path:
    return small_cube(tmp_path)


def edit(cube: Path, who: str = "alice") -> EditSession:
    return EditSession.open(cube, who, background=False)


def offer(pair, shape=SQUARE, paint=DYKE, **fields) -> Proposal:
    return Proposal(new_id(), pair, ((shape, paint),), fields, f"copied from {A}", 0.72)


def propose(session: EditSession):
    return session.propose([offer(B, phase=2), offer(C)], "Propose mask to 2 pairs", [A])


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_proposal_is_no_label_and_nothing_of_it_is_in_the_cube(cube):
    session = edit(cube)
    before = files(cube)
    step = propose(session)
    session.close()
    assert files(cube) == before
    assert (step.proposed, step.pixels, step.fields) == (2, 0, ())
    assert step.pairs == tuple(sorted(PAIRS))
    label = CubeStore.open(cube).read_label(B)
    assert not label.labelled
    assert not label.label_version


def test_proposals_are_there_after_a_restart_with_all_that_they_say(cube):
    session = edit(cube)
    propose(session)
    session.close()
    again = edit(cube, "bob")
    assert again.pending() == [B, C]
    (found,) = again.proposals(B)
    (shape, paint), *rest = found.shapes
    assert (paint, rest, dict(found.fields), found.score) == (DYKE, [], {"phase": 2}, 0.72)
    assert found.why == f"copied from {A}"
    assert shape.window == SQUARE.window
    assert np.array_equal(shape.mask, SQUARE.mask)
    (listed,) = again.offers(C)
    assert (listed.activities, listed.score) == ((Activity.DYKE,), 0.72)
    again.close()


def test_accepting_is_an_edit_like_any_other(cube):
    session = edit(cube)
    propose(session)
    step = session.accept(B)
    assert (step.pairs, step.pixels) == ((B,), 400)
    assert session.pending() == [C]
    session.close()
    store = CubeStore.open(cube)
    assert (store.read_plane("activity_type_mask", B) == Activity.DYKE).sum() == 400
    assert (store.read_plane("instance_mask", B) == 2).sum() == 400
    label = store.read_label(B)
    assert (label.phase, label.annotator) == (ActivityPhase.UNREST, "alice")
    assert label.label_state == LabelState.IN_PROGRESS


def test_undo_of_an_answer_brings_the_proposal_back_and_redo_takes_it_again(cube):
    for answer in (EditSession.accept, EditSession.reject):
        session = edit(cube)
        propose(session)
        answer(session, B)
        assert session.pending() == [C]
        session.undo(B)
        assert session.pending() == [B, C]
        assert not session.masks(B).activity.any()
        session.close()
        session = edit(cube)
        session.redo(B)
        assert session.pending() == [C]
        assert session.masks(B).activity.any() == (answer is EditSession.accept)
        session.undo(B)
        session.undo(A)  # what was made belongs to the history of the pair it was made from
        assert session.pending() == []
        session.close()


def test_undoing_what_made_many_takes_back_all_but_what_was_accepted(cube):
    session = edit(cube)
    propose(session)
    session.accept(B)
    undone = session.undo(C)
    assert undone.proposed == 2
    assert session.pending() == []
    assert (session.masks(B).activity == Activity.DYKE).sum() == 400
    session.redo(C)
    assert session.pending() == [C]
    session.close()
    assert edit(cube).pending() == [C]


def test_rejecting_changes_no_label(cube):
    session = edit(cube)
    before = files(cube)
    propose(session)
    session.reject([B, C])
    session.close()
    assert session.pending() == []
    assert files(cube) == before


def test_one_of_several_is_answered_by_its_name(cube):
    session = edit(cube)
    first, second = offer(B), offer(B, disc(45, 60, 5, FRAME), Paint(Activity.MOGI))
    session.propose([first], "one")
    session.propose([second], "two")
    session.accept(B, second.id)
    assert [p.id for p in session.proposals(B)] == [first.id]
    assert set(np.unique(session.masks(B).activity)) == {0, Activity.MOGI}
    session.close()


def test_accepting_many_is_one_step(cube):
    session = edit(cube)
    propose(session)
    step = session.accept(session.pending())
    assert (step.pairs, step.pixels, session.pending()) == ((B, C), 800, [])
    assert session.accept([B, C]) is None
    session.undo(C)
    assert session.pending() == [B, C]
    session.close()


def test_two_writers_answer_the_same_proposals(cube):
    one, other = edit(cube, "ana"), edit(cube, "bob")
    heard: list[bool] = []
    one.proposed.connect(lambda: heard.append(True))
    propose(other)
    one.edit_label(A, confidence=0.5)  # whatever one saves, what others did is seen
    assert heard
    assert one.pending() == [B, C]
    other.accept(B)
    one.accept(B)  # not heard of it yet: the same pixels are the same
    one.reject(C)
    assert (one.pending(), one.conflicts, other.conflicts) == ([], [], [])
    other.edit_label(A, confidence=0.6)
    assert other.pending() == []
    for session in (one, other):
        session.close()
    assert (CubeStore.open(cube).read_plane("activity_type_mask", B) == Activity.DYKE).sum() == 400


def test_a_mask_that_many_share_is_kept_once(cube):
    session = edit(cube)
    noise = np.random.default_rng(0).random(SQUARE.mask.shape) > 0.5
    shape = type(SQUARE)(SQUARE.window, noise)
    sizes = []
    for count in (1, 40):
        before = sum(p.stat().st_size for p in (cube.parent).rglob("*.journal"))
        session.propose([offer(B, shape, caption="x" * 10) for _ in range(count)], "many")
        sizes.append(sum(p.stat().st_size for p in cube.parent.rglob("*.journal")) - before)
    session.close()
    assert sizes[1] < 40 * sizes[0] / 2
    assert len(edit(cube).proposals(B)) == 41


def test_a_copy_shows_what_the_pair_shows(cube):
    session = edit(cube)
    session.annotate(A, "Polygon", SQUARE, DYKE)
    session.annotate(A, "Brush", disc(20, 20, 4, FRAME), Paint(Activity.EARTHQUAKE))
    for proposal in copies(painted_of(session.masks(A), A), A, [B]):
        session.propose([proposal], "copy")
    session.accept(B)
    for name, plane in session.masks(A).planes().items():
        assert np.array_equal(plane, session.masks(B).planes()[name]), name
    session.close()


def test_an_empty_mask_is_not_copied(cube):
    session = edit(cube)
    with pytest.raises(EditError, match="no mask to copy"):
        painted_of(session.masks(A), A)
    session.close()


def test_pairs_that_share_a_date():
    assert sharing(PAIRS, A, Shared.PRIMARY) == [B]
    assert sharing(PAIRS, A, Shared.SECONDARY) == []
    assert sharing(PAIRS, A, Shared.EITHER) == [B, C]  # the primary of one, the secondary of one


def test_the_evidence_comes_with_the_proposals_and_can_be_stopped(cube):
    store = CubeStore.open(cube)
    asked = copies(((SQUARE, DYKE),), A, [B, C])
    found = list(scored(store, asked))
    assert [(p.pair, p.id) for p in found] == [(p.pair, p.id) for p in asked]
    assert all(p.score == 0 for p in found)  # random phase
    assert list(scored(store, asked, stopped=lambda: True)) == []


def test_between_two_pairs_lies_what_lies_between_their_dates(cube):
    small, large = disc(30, 40, 6, FRAME), disc(30, 40, 14, FRAME)
    pairs = sorted(PAIRS)
    first, second = type(A)(A.primary, A.secondary), type(A)(A.primary, C.secondary)
    (found,) = interpolated((first, ((small, DYKE),)), (second, ((large, DYKE),)), pairs)
    assert found.pair == B
    assert small.mask.sum() < found.pixels < large.mask.sum()
    assert found.shapes[0][1] == DYKE
    assert found.why.startswith("50%")


def test_erasing_can_be_proposed_and_labels_only_too(cube):
    session = edit(cube)
    session.annotate(B, "Polygon", SQUARE, DYKE)
    session.propose([offer(B, paint=ERASE), Proposal(new_id(), C, (), {"phase": 1})], "rest")
    session.accept([B, C])
    assert not session.masks(B).activity.any()
    assert session.label(C).phase == ActivityPhase.REST
    session.close()


def test_the_command_line_proposes_lists_and_answers(cube, capsys):
    def thalia(*words: object) -> tuple[int, str]:
        code = main([str(word) for word in words])
        out, err = capsys.readouterr()
        return code, out + err

    corners = "-91.59 -0.31, -91.59 -0.33, -91.57 -0.33, -91.57 -0.31"
    assert thalia("proposals", cube) == (1, "no proposals\n")
    thalia("annotate", cube, A, "--polygon", corners, "--activity", "Sill", "--intensity", "Low")
    code, told = thalia("propose", cube, "--from", A, "--same", "either")
    assert (code, told) == (1, "proposed to 0 pairs, 2 left out for want of evidence\n")
    code, told = thalia("propose", cube, "--from", A, "--same", "either", "--evidence", 0)
    assert code == 0
    assert told.splitlines()[0] == f"{B}  0.00  Sill, copied from {A}"
    assert told.endswith("proposed to 2 pairs\n")
    assert thalia("propose", cube, "--from", A, "--to", C, "--evidence", 0)[0] == 1  # waits already
    (listed,) = json.loads(thalia("proposals", cube, "--pair", C, "--json")[1])
    assert (listed["pair"], listed["types"], listed["evidence"]) == (str(C), ["Sill"], 0)
    assert thalia("proposals", cube, "--accept", B)[1].startswith(f"accepted {B}")
    assert (CubeStore.open(cube).read_plane("activity_type_mask", B) == Activity.SILL).any()
    assert thalia("proposals", cube, "--reject")[1].startswith(f"rejected {C}")
    assert thalia("proposals", cube)[0] == 1
    assert "Propose mask to 2 pairs" in thalia("history", cube)[1]
    code, told = thalia("propose", cube, "--from", C, "--same", "primary")
    assert (code, "no mask to copy" in told) == (2, True)
    code, told = thalia("propose", cube, "--from", A, "--to", A)
    assert (code, "not proposed to itself" in told) == (2, True)


def test_the_command_line_proposes_what_lies_between(cube, capsys):
    session = edit(cube)
    session.annotate(A, "Brush", disc(30, 40, 6, FRAME), DYKE)
    session.annotate(C, "Brush", disc(30, 40, 14, FRAME), DYKE)
    session.close()
    asked = ["propose", str(cube), "--from", str(A), "--between", str(C), "--evidence", "0"]
    assert main(asked) == 0
    told = capsys.readouterr().out
    assert f"40% of the way from {A} to {C}" in told  # both dates count
    again = edit(cube)
    assert again.pending() == [B]
    assert [step.pairs for step in again.history()][-1] == tuple(sorted(PAIRS))
    again.close()


def test_what_is_finished_stands_in_nobodys_way(cube):
    session = edit(cube)
    propose(session)
    session.accept(B)
    session.edit_label(B, label_state=int(LabelState.DONE))
    session.propose([offer(B, disc(45, 60, 5, FRAME))], "more")
    assert session.accept([B, C]).pairs == (C,)  # the finished one is passed over
    session.undo(C)
    session.undo(A)  # the proposals that wait go, what is finished stays
    assert session.pending() == [B]
    assert (session.masks(B).activity == Activity.DYKE).sum() == 400
    session.close()
