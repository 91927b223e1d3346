"""Answers to proposals: what they read, what a gate leaves of them, and one patch of several."""

from pathlib import Path

import numpy as np
import pytest
from support.cubes import PAIRS, small_cube

from thalia_core.annotate.gates import CLOSED, Gate
from thalia_core.annotate.patch import Paint
from thalia_core.annotate.proposals import Proposal, new_id
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import Shape, disc
from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import Activity, Intensity
from thalia_core.cube.store import CubeStore

A, B, C = PAIRS
FRAME = (60, 80)
DYKE = Paint(Activity.DYKE, Intensity.HIGH, instance=2)


@pytest.fixture
def cube(tmp_path: Path) -> Path:
    return small_cube(tmp_path)


@pytest.fixture
def session(cube: Path):
    session = EditSession.open(cube, "alice", background=False)
    yield session
    session.close()


def two_patches() -> Shape:
    left, right = disc(20, 20, 5, FRAME), disc(40, 60, 7, FRAME)
    plane = np.zeros(FRAME, bool)
    for shape in (left, right):
        plane[shape.window.slices] |= shape.mask
    window, at = Window.full(*FRAME).around(plane)
    return Shape(window, plane[at])


def offer(pair, shape, **fields) -> Proposal:
    return Proposal(new_id(), pair, ((shape, DYKE),), fields, f"copied from {A}", 0.7)


def painted(session: EditSession, pair) -> np.ndarray:
    return session.masks(pair).activity == Activity.DYKE


def test_accepting_reads_no_more_of_the_masks_than_it_paints(session, monkeypatch):
    shape = disc(20, 20, 5, FRAME)
    session.propose([offer(pair, shape) for pair in PAIRS], "Propose")
    read, windows = CubeStore.read_plane, []

    def watched(store, name, pair=None, window=None, **more):
        windows.append(window)
        return read(store, name, pair, window, **more)

    monkeypatch.setattr(CubeStore, "read_plane", watched)
    step = session.accept(list(PAIRS))
    assert step.pixels == 3 * shape.mask.sum()
    assert set(windows) == {shape.window}
    monkeypatch.undo()
    record = session._history.record(step.id)
    assert len({id(patch.bits) for patch in record.edit.masks}) == 1, "one shape for all pairs"


def test_accepting_over_what_is_drawn_changes_only_what_differs(session):
    session.annotate(B, "Brush", disc(20, 18, 5, FRAME), DYKE)
    session.annotate(B, "Brush", disc(24, 22, 2, FRAME), Paint(1, 1))
    before = {name: plane.copy() for name, plane in session.masks(B).planes().items()}
    shape = disc(20, 20, 5, FRAME)
    session.propose([offer(B, shape)], "Propose")
    step = session.accept(B)
    wanted = np.zeros(FRAME, bool)
    wanted[shape.window.slices] = shape.mask
    assert step.pixels == (wanted & (before["activity_type_mask"] != Activity.DYKE)).sum()
    assert painted(session, B)[wanted].all()
    session.undo(B)
    for name, plane in session.masks(B).planes().items():
        assert np.array_equal(plane, before[name])


def test_a_gate_holds_back_a_part_of_what_is_accepted(session):
    shape, left = disc(20, 20, 5, FRAME), np.zeros(FRAME, bool)
    left[:, :20] = True
    session.propose([offer(B, shape)], "Propose")
    session.accept(B, gate_of=lambda _: Gate(pixels=left))
    assert painted(session, B)[20, 16:24].tolist() == [True] * 4 + [False] * 4
    assert session.pending() == []


@pytest.mark.parametrize("count", [1, 2])
def test_a_proposal_of_which_a_gate_lets_nothing_through_goes_on_waiting(session, count):
    session.propose([offer(B, disc(20, 20, 5 + n, FRAME), phase=2) for n in range(count)], "P")
    session.propose([offer(C, disc(20, 20, 5, FRAME))], "P")
    assert session.accept(B, gate_of=lambda _: CLOSED) is None
    step = session.accept([B, C], gate_of=lambda pair: CLOSED if pair == B else Gate())
    assert step.pairs == (C,)
    assert session.pending() == [B]
    assert not session.label(B).phase
    assert not painted(session, B).any()


def test_a_gate_does_not_hold_back_what_paints_nothing(session):
    session.propose([Proposal(new_id(), B, (), {"phase": 2}, "spans no event")], "Propose")
    assert session.accept(B, gate_of=lambda _: CLOSED).fields[-1] == "phase"


def test_one_patch_is_accepted_and_the_rest_goes_on_waiting(session, cube):
    proposal = offer(B, two_patches(), phase=2)
    session.propose([proposal], "Propose")
    assert session.accept_part(B, proposal.id, (0, 0)) is None
    step = session.accept_part(B, proposal.id, (41, 61))
    right = disc(40, 60, 7, FRAME)
    assert (step.pixels, step.proposed) == (right.mask.sum(), 0)
    assert session.label(B).phase == 2
    (rest,) = session.proposals(B)
    assert (rest.id, rest.score, dict(rest.fields)) == (proposal.id, 0.7, {})
    assert rest.pixels == disc(20, 20, 5, FRAME).mask.sum()
    other = EditSession.open(cube, "bob", background=False)
    assert other.proposals(B)[0].pixels == rest.pixels, "for everybody, and after a restart"
    other.close()
    session.accept_part(B, proposal.id, (20, 20))
    assert session.pending() == []
    assert painted(session, B).sum() == proposal.pixels
    session.undo(B)
    session.undo(B)
    (whole,) = session.proposals(B)
    assert (whole.pixels, dict(whole.fields)) == (proposal.pixels, {"phase": 2})
    assert not painted(session, B).any()


def test_a_patch_that_a_gate_closes_goes_on_waiting(session):
    proposal = offer(B, two_patches())
    session.propose([proposal], "Propose")
    assert session.accept_part(B, proposal.id, (40, 60), CLOSED) is None
    assert session.proposals(B)[0].pixels == proposal.pixels
