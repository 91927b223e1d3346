"""Whatever people did, every version is what was there then, and undo brings back what was now."""

import shutil
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from support.cubes import PAIRS, small_cube

from thalia_core.annotate.patch import ERASE, MASK_NAMES, Paint
from thalia_core.annotate.session import Drawing, EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.annotate.versions import RESTORED

ROWS, COLS = 12, 15
A, B, C = PAIRS
PAINTS = [Paint(1, 3), Paint(3, 1), Paint(5, 0), Paint(6, 2, instance=2), ERASE]
shapes = st.builds(
    disc,
    st.integers(0, ROWS - 1),
    st.integers(0, COLS - 1),
    st.integers(1, 6),
    st.just((ROWS, COLS)),
)
captions = st.sampled_from(["", "Uplift.", "Ä" * 9])


class Remembering(RuleBasedStateMachine):
    """One pair is edited, others with it; after each step its state is noted."""

    @initialize()
    def open(self):
        self.folder = Path(tempfile.mkdtemp())
        self.cube = small_cube(self.folder, ROWS, COLS)
        self.session = EditSession.open(self.cube, "ana", background=False, memory=3000)
        self.then = [(None, self.state())]

    def state(self, masks=None, label=None):
        masks = masks or self.session.masks(A)
        label = label or self.session.label(A)
        planes = tuple(masks.planes()[name].tobytes() for name in MASK_NAMES)
        return planes, tuple(getattr(label, field) or None for field in RESTORED)

    def note(self, step):
        if step is not None and A in step.pairs:
            self.then.append((step.id, self.state()))

    @rule(shape=shapes, paint=st.sampled_from(PAINTS), caption=captions)
    def annotate(self, shape, paint, caption):
        self.note(self.session.annotate(A, "Brush", shape, paint, {"caption": caption}))

    @rule(shape=shapes, paint=st.sampled_from(PAINTS))
    def annotate_several(self, shape, paint):
        drawings = [Drawing(pair, ((shape, paint),)) for pair in (A, B)]
        self.note(self.session.annotate_all(drawings, "Event"))

    @rule(rows=st.integers(1, ROWS), code=st.integers(0, 6))
    def repaint(self, rows, code):
        shape = disc(rows - 1, 7, 4, (ROWS, COLS))
        after = {"activity_type_mask": np.full(shape.window.shape, code, np.uint8)}
        self.note(self.session.repaint(A, shape.window, after, "Recode"))

    @rule()
    def undo(self):
        self.session.undo(A)

    @rule()
    def redo(self):
        self.session.redo(A)

    @rule()
    def restart(self):
        self.session.close()
        self.session = EditSession.open(self.cube, "bob", background=False, memory=3000)

    @precondition(lambda self: len(self.then) > 1)
    @rule(data=st.data())
    def restore(self, data):
        step, then = data.draw(st.sampled_from(self.then))
        now = self.state()
        version = self.session.versions.at(A, step)
        assert self.state(version.masks, version.label) == then
        done = self.session.versions.put_back(version)
        assert self.state() == then
        self.session.masks(B)
        if done is not None:
            self.session.undo(A)
            assert self.state() == now
            self.session.redo(A)
            assert self.state() == then
            self.note(done)

    def teardown(self):
        if hasattr(self, "folder"):
            for step, then in self.then:
                version = self.session.versions.at(A, step)
                assert self.state(version.masks, version.label) == then
            self.session.close()
            shutil.rmtree(self.folder)


Remembering.TestCase.settings = settings(
    max_examples=10,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestRemembering = Remembering.TestCase
