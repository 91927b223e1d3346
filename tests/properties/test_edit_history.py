"""Whatever people do to a pair, the disk agrees with a model, and undoing all returns all."""

import shutil
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support.cubes import PAIRS, small_cube

from thalia_core.annotate.patch import DEFORMATION_OF, ERASE, MASK_NAMES, Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.cube.labels import PAIR_FIELDS
from thalia_core.cube.store import CubeStore

ROWS, COLS = 12, 15
PAINTS = [Paint(1, 3), Paint(3, 1), Paint(5, 0), Paint(6, 2, instance=2), ERASE]
pairs = st.sampled_from(PAIRS[:2])
writers = st.sampled_from(["ana", "bob"])


class Editing(RuleBasedStateMachine):
    """Two writers take turns on two pairs; each sees the cube as it is when it edits."""

    @initialize()
    def open(self):
        self.folder = Path(tempfile.mkdtemp())
        self.cube = small_cube(self.folder, ROWS, COLS)
        self.sessions = {}
        self.done = {pair: [self.state(pair)] for pair in PAIRS}
        self.undone = {pair: [] for pair in PAIRS}

    def state(self, pair):
        store = CubeStore.open(self.cube)
        planes = tuple(store.read_plane(name, pair).tobytes() for name in MASK_NAMES)
        label = store.read_label(pair)
        # nothing recorded, 0 and the empty text are the same
        return planes, tuple(getattr(label, field) or None for field in PAIR_FIELDS)

    def session(self, who):
        if who not in self.sessions:
            self.sessions[who] = EditSession.open(self.cube, who, background=False)
        return self.sessions[who]

    def note(self, pair, step):
        if step is not None:
            self.done[pair].append(self.state(pair))
            self.undone[pair].clear()

    @rule(
        who=writers,
        pair=pairs,
        row=st.integers(0, ROWS),
        col=st.integers(0, COLS),
        radius=st.integers(1, 6),
        paint=st.sampled_from(PAINTS),
    )
    def paint(self, who, pair, row, col, radius, paint):
        session = self.session(who)
        with session.transaction():
            before = session.masks(pair).activity.copy()
            shape = disc(row, col, radius, (ROWS, COLS))
            step = session.annotate(pair, "Brush", shape, paint)
        self.note(pair, step)
        after = CubeStore.open(self.cube).read_plane("activity_type_mask", pair)
        painted = np.zeros((ROWS, COLS), bool)
        if shape is not None:
            painted[shape.window.slices] = shape.mask
        assert (after[painted] == paint.activity).all()
        assert np.array_equal(after[~painted], before[~painted])

    @rule(who=writers, pair=pairs, caption=st.sampled_from(["", "Uplift.", "Ä" * 40]))
    def caption(self, who, pair, caption):
        session = self.session(who)
        with session.transaction():
            step = session.edit_label(pair, caption=caption)
        self.note(pair, step)
        assert (CubeStore.open(self.cube).read_label(pair).caption or "") == caption

    @rule(who=writers, pair=pairs)
    def undo(self, who, pair):
        session = self.session(who)
        with session.transaction():
            step = session.undo(pair)
        assert (step is None) == (len(self.done[pair]) == 1)
        if step is not None:
            self.undone[pair].append(self.done[pair].pop())

    @rule(who=writers, pair=pairs)
    def redo(self, who, pair):
        session = self.session(who)
        with session.transaction():
            step = session.redo(pair)
        assert (step is None) == (not self.undone[pair])
        if step is not None:
            self.done[pair].append(self.undone[pair].pop())

    @precondition(lambda self: self.sessions)
    @rule(who=writers)
    def restart(self, who):
        if who in self.sessions:
            self.sessions.pop(who).close()

    @invariant()
    def the_disk_agrees_with_the_model(self):
        for pair in PAIRS[:2]:
            assert self.state(pair) == self.done[pair][-1]
            store = CubeStore.open(self.cube)
            deformation, activity = (store.read_plane(name, pair) for name in MASK_NAMES[:2])
            assert np.array_equal(deformation, DEFORMATION_OF[activity])

    def teardown(self):
        if not hasattr(self, "folder"):
            return
        session = self.session("ana")
        for pair in PAIRS[:2]:
            with session.transaction():
                while session.undo(pair) is not None:
                    pass
            assert self.state(pair) == self.done[pair][0], "undo of all returns all"
        for session in self.sessions.values():
            session.close()
        shutil.rmtree(self.folder)


Editing.TestCase.settings = settings(
    max_examples=8,
    stateful_step_count=10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestEditing = Editing.TestCase
