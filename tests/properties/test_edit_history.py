"""Whatever people do to a pair, the disk agrees with a model, and undoing all returns all.

All: the values, and the set of chunk files. What counts are the chunks of every annotation array
(masks, pair variables, and those that the program keeps itself), also where they hold nothing but
the fill value. An array that an edit added stays, without a chunk in it: another process may have
it open.
"""

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
import zarr
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support.cubes import PAIRS, small_cube

from thalia_core.annotate.patch import DEFORMATION_OF, ERASE, MASK_NAMES, Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import Shape, disc, polygon
from thalia_core.cube import schema
from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import PAIR_FIELDS
from thalia_core.cube.store import CubeStore

ROWS, COLS = 12, 15
PAINTS = [Paint(1, 3), Paint(3, 1), Paint(5, 0), Paint(6, 2, instance=2), ERASE]
EVERYWHERE = Shape(Window.full(ROWS, COLS), np.ones((ROWS, COLS), bool))
pairs = st.sampled_from(PAIRS[:2])
writers = st.sampled_from(["ana", "bob"])


EDITED = (*schema.MASKS, *PAIR_FIELDS, *schema.DERIVED)


def chunk_files(cube: Path) -> set[str]:
    """Every chunk file of the annotation arrays."""
    return {
        f"{name}/{path.relative_to(cube / name)}"
        for name in EDITED
        for path in (cube / name).rglob("*")
        if path.is_file() and not path.name.startswith(".z") and path.name != "zarr.json"
    }


def prepare(cube: Path, start: str) -> None:
    """A cube that was edited or looked at before: chunks that hold nothing, or something."""
    if start == "bare":
        return
    session = EditSession.open(cube, "before", background=False)
    session.annotate(PAIRS[0], "Brush", disc(5, 5, 3, (ROWS, COLS)), Paint(2, 1), {"no_info": 1})
    session.close()
    shutil.rmtree(session.cube.sidecar)  # no journal knows of it: the cube came like that
    if start == "vacant":
        with zarr.config.set({"array.write_empty_chunks": True}):
            group = zarr.open_group(cube, mode="r+", zarr_format=2, use_consolidated=False)
            for name in EDITED:
                if name in group:
                    array = group[name]
                    array[...] = "" if array.dtype.kind in "OUS" else 0
        assert chunk_files(cube)


class Editing(RuleBasedStateMachine):
    """Two writers take turns on two pairs; each sees the cube as it is when it edits."""

    @initialize(start=st.sampled_from(["bare", "vacant", "painted"]))
    def open(self, start):
        self.folder = Path(tempfile.mkdtemp())
        self.cube = small_cube(self.folder, ROWS, COLS)
        prepare(self.cube, start)
        self.files = chunk_files(self.cube)
        self.sessions = {}
        self.shown = PAIRS[0]
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

    @rule(who=writers, pair=pairs)
    def erase_all(self, who, pair):
        session = self.session(who)
        with session.transaction():
            step = session.annotate(pair, "Erase", EVERYWHERE, ERASE)
        self.note(pair, step)
        assert not CubeStore.open(self.cube).read_plane("activity_type_mask", pair).any()

    @rule(who=writers, pair=pairs, row=st.integers(0, 5), activity=st.sampled_from([1, 5]))
    def fill(self, who, pair, row, activity):
        """Everything inside a polygon, whatever was there."""
        corners = [(row, 2), (row, COLS - 2), (ROWS - 2, COLS - 2), (ROWS - 2, 2)]
        shape = polygon(corners, (ROWS, COLS))
        session = self.session(who)
        with session.transaction():
            step = session.annotate(pair, "Fill", shape, Paint(activity, 0))
        self.note(pair, step)
        plane = CubeStore.open(self.cube).read_plane("activity_type_mask", pair)
        assert (plane[shape.window.slices][shape.mask] == activity).all()

    @rule(
        who=writers, pair=pairs, glacier=st.integers(0, 1), confidence=st.sampled_from([0.2, 1.0])
    )
    def label(self, who, pair, glacier, confidence):
        session = self.session(who)
        with session.transaction():
            step = session.edit_label(pair, glacier_fringes=glacier, confidence=confidence)
        self.note(pair, step)
        assert (CubeStore.open(self.cube).read_label(pair).glacier_fringes or 0) == glacier

    @rule(who=writers, pair=pairs)
    def switch_pair(self, who, pair):
        """Another pair comes into view, as it is on disk."""
        session = self.session(who)
        session.reload(pair)
        self.shown = pair
        assert np.array_equal(
            session.masks(pair).activity,
            CubeStore.open(self.cube).read_plane("activity_type_mask", pair),
        )

    @precondition(lambda self: self.sessions)
    @rule(who=writers)
    def flush(self, who):
        self.session(who).flush(20)
        assert not self.session(who).dirty

    @rule(pair=pairs, after=st.sampled_from(["journal", "one mask"]))
    def crash(self, pair, after):
        """A writer dies when the journal, or one of the masks too, has its edit."""
        session = EditSession.open(self.cube, "carl", background=False)
        write = session._writer.write_codes

        def die(*words):
            if after == "one mask":
                write(*words)
            raise KeyboardInterrupt

        session._writer.write_codes = die
        code = 1 + (int(session.masks(pair).activity[6, 7]) + 1) % 4
        with pytest.raises(KeyboardInterrupt):
            session.annotate(pair, "Last", disc(6, 7, 3, (ROWS, COLS)), Paint(code, 2))
        session._journal.close()
        for who in list(self.sessions):
            self.sessions.pop(who).close()
        self.session("ana")  # completes it
        assert [step.name for step in self.sessions["ana"].recovered] == ["Last"]
        self.note(pair, "Last")

    @rule(pair=pairs, row=st.integers(0, ROWS - 3), paint=st.sampled_from(PAINTS))
    def both_at_once(self, pair, row, paint):
        """Two write without looking: different pixels merge, the same ones are kept out once."""
        one, other = self.session("ana"), self.session("bob")
        for session in (one, other):
            with session.transaction():
                session.masks(pair)
        left = Shape(Window(row, row + 3, 0, 7), np.ones((3, 7), bool))
        right = Shape(Window(row, row + 3, 7, COLS), np.ones((3, COLS - 7), bool))
        for session, shape in ((one, left), (other, right)):
            step = session.annotate(pair, "Half", shape, paint)
            self.note(pair, step)
        plane = CubeStore.open(self.cube).read_plane("activity_type_mask", pair)
        assert (plane[row : row + 3] == paint.activity).all()
        assert not one.conflicts
        assert not other.conflicts

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

    @invariant()
    def no_chunk_that_was_there_is_gone(self):
        assert self.files <= chunk_files(self.cube)

    def teardown(self):
        if not hasattr(self, "folder"):
            return
        session = self.session("ana")
        for pair in PAIRS[:2]:
            with session.transaction():
                while session.undo(pair) is not None:
                    pass
            assert self.state(pair) == self.done[pair][0], "undo of all returns all"
        assert chunk_files(self.cube) == self.files, "the chunk files too"
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
