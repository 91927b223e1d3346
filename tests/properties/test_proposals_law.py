"""Whatever is proposed, answered and undone: all see the same, and undoing all leaves nothing."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from support.cubes import PAIRS, small_cube

from thalia_core.annotate.history import History
from thalia_core.annotate.patch import MASK_NAMES, Paint
from thalia_core.annotate.proposals import Proposal, new_id
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.cube.labels import PAIR_FIELDS
from thalia_core.cube.store import CubeStore

ROWS, COLS = 12, 15
pairs = st.sampled_from(PAIRS)
writers = st.sampled_from(["ana", "bob"])
some_pairs = st.lists(pairs, min_size=1, max_size=3, unique=True)


class Proposing(RuleBasedStateMachine):
    """Two writers who see the cube as it is whenever they do something."""

    @initialize()
    def open(self):
        self.folder = Path(tempfile.mkdtemp())
        self.cube = small_cube(self.folder, ROWS, COLS)
        self.sessions = {}
        self.begun = self.state()

    def state(self):
        store = CubeStore.open(self.cube)
        labels = [store.read_label(pair) for pair in PAIRS]
        planes = [store.read_plane(name, pair).tobytes() for name in MASK_NAMES for pair in PAIRS]
        # nothing recorded, 0 and the empty text are the same
        return planes, [[getattr(one, name) or None for name in PAIR_FIELDS] for one in labels]

    def session(self, who):
        if who not in self.sessions:
            self.sessions[who] = EditSession.open(self.cube, who, background=False)
        return self.sessions[who]

    @rule(who=writers, at=some_pairs, row=st.integers(0, 11), paint=st.sampled_from([1, 3, 5]))
    def propose(self, who, at, row, paint):
        shape = disc(row, row, 2, (ROWS, COLS))
        offered = [Proposal(new_id(), p, ((shape, Paint(paint)),), {"phase": 2}) for p in at]
        session, before = self.session(who), self.state()
        with session.transaction():
            session.propose(offered, "Propose", [PAIRS[0]])
        assert self.state() == before

    @rule(who=writers, at=some_pairs, accept=st.booleans())
    def answer(self, who, at, accept):
        session = self.session(who)
        with session.transaction():
            (session.accept if accept else session.reject)(at)
            assert not set(session.pending()) & set(at)

    @rule(who=writers, pair=pairs)
    def undo(self, who, pair):
        session = self.session(who)
        with session.transaction():
            session.undo(pair)

    @rule(who=writers, pair=pairs)
    def redo(self, who, pair):
        session = self.session(who)
        with session.transaction():
            session.redo(pair)

    @rule(who=writers)
    def restart(self, who):
        if who in self.sessions:
            self.sessions.pop(who).close()

    @invariant()
    def whoever_looks_sees_the_same(self):
        if not hasattr(self, "cube"):
            return
        history = History(CubeStore.open(self.cube).sidecar / "journal")
        history.refresh()
        for session in self.sessions.values():
            with session.transaction():
                assert session.offers() == history.offers()

    def teardown(self):
        if not hasattr(self, "cube"):
            return
        session = self.session("ana")
        with session.transaction():
            while session.undo() is not None:
                pass
        assert session.pending() == []
        assert self.state() == self.begun
        for session in self.sessions.values():
            session.close()
        shutil.rmtree(self.folder)


Proposing.TestCase.settings = settings(
    max_examples=8,
    stateful_step_count=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestProposing = Proposing.TestCase
