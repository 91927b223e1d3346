"""After any edit the record of instances, ``is_crowd`` and the masks agree; undo returns all."""

import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from support.cubes import PAIRS, small_cube

from thalia_core.annotate import patterns
from thalia_core.annotate.patch import ERASE, MASK_NAMES, Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.cube.labels import PAIR_FIELDS, Activity, Intensity
from thalia_core.cube.store import CubeStore
from thalia_core.errors import EditError

ROWS, COLS = 12, 15
SHAPE = (ROWS, COLS)
PAIR = PAIRS[0]
PAINTS = [Paint(1, 3), Paint(3, 1), Paint(5, 0, 2), Paint(6, 2, 2), Paint(2, 1, 9), ERASE]
numbers = st.sampled_from([1, 2, 9])
rows, cols, radii = st.integers(0, ROWS), st.integers(0, COLS), st.integers(1, 6)
paints = st.sampled_from(PAINTS)


class Agreeing(RuleBasedStateMachine):
    """One person draws and labels in every way there is."""

    @initialize(prepared=st.sampled_from(["none", "elsewhere"]))
    def open(self, prepared):
        self.folder = Path(tempfile.mkdtemp())
        self.session = EditSession.open(
            small_cube(self.folder, ROWS, COLS), "ana", background=False
        )
        if prepared == "elsewhere":
            entry = {"instance": 7, "activity_type": "Spheroid", "mask": False, "note": "north"}
            self.session.edit_label(PAIR, instances=json.dumps([entry]))
        self.first = self.stored()

    def stored(self):
        store = CubeStore.open(self.session.cube.path)
        label = store.read_label(PAIR)
        planes = tuple(store.read_plane(name, PAIR).tobytes() for name in MASK_NAMES)
        return planes, tuple(getattr(label, name) or None for name in PAIR_FIELDS)

    @rule(row=rows, col=cols, radius=radii, paint=paints)
    def stroke(self, row, col, radius, paint):
        stroke = self.session.begin(PAIR, paint)
        stroke.extend(disc(row, col, radius, SHAPE))
        stroke.extend(disc(row, col + 2, radius, SHAPE))
        stroke.commit()

    @rule(row=rows, col=cols, radius=radii, paint=paints)
    def shape(self, row, col, radius, paint):
        self.session.annotate(PAIR, "Polygon", disc(row, col, radius, SHAPE), paint)

    @rule(row=rows, col=cols, paint=paints)
    def given_up(self, row, col, paint):
        stroke = self.session.begin(PAIR, paint)
        stroke.extend(disc(row, col, 3, SHAPE))
        stroke.abort()

    @rule(number=numbers, kind=st.sampled_from([(1, 2), (5, 0), (4, 3)]))
    def recode(self, number, kind):
        patterns.recode(self.session, PAIR, number, *kind)

    @rule(number=numbers, into=numbers)
    def merge(self, number, into):
        patterns.merge(self.session, PAIR, number, into)

    @rule(number=numbers)
    def delete(self, number):
        patterns.delete(self.session, PAIR, number)

    @rule(number=numbers, value=st.sampled_from([None, 0.5, 1.0]))
    def confidence(self, number, value):
        patterns.set_confidence(self.session, PAIR, number, value)

    @rule(crowd=st.integers(0, 1), phase=st.integers(0, 3))
    def label(self, crowd, phase):
        self.session.edit_label(PAIR, phase=phase, caption=f"phase {phase}")
        try:
            self.session.edit_label(PAIR, is_crowd=crowd)
        except EditError:
            assert crowd != (len(self.listed()) > 1), "only what contradicts is refused"

    @rule()
    def undo(self):
        if self.stored() != self.first:
            self.session.undo(PAIR)

    @rule()
    def redo(self):
        self.session.redo(PAIR)

    @rule()
    def reopen(self):
        path = self.session.cube.path
        self.session.close()
        self.session = EditSession.open(path, "ana", background=False)

    def listed(self):
        text = CubeStore.open(self.session.cube.path).read_label(PAIR).instances
        return json.loads(text or "[]")

    @invariant()
    def all_agree(self):
        store = CubeStore.open(self.session.cube.path)
        planes = [store.read_plane(name, PAIR) for name in MASK_NAMES]
        _, activity, intensity, number = planes
        listed = {entry["instance"]: entry for entry in self.listed()}
        drawn = {n for n, entry in listed.items() if entry.get("mask") is not False}
        assert set(np.unique(number).tolist()) - {0} == drawn
        for n in drawn:
            at = number == n
            kinds = activity[at].astype(int) * 10 + intensity[at]
            found, counts = np.unique(kinds, return_counts=True)
            entry = listed[n]
            said = Activity[entry["activity_type"].upper()] * 10
            said += Intensity[entry["intensity_level"].upper()]
            assert said in found[counts == counts.max()]
        if listed:
            assert (store.read_label(PAIR).is_crowd or 0) == int(len(listed) > 1)
        told = self.session.label(PAIR).instances or ""  # nothing recorded is the empty text
        assert told == (store.read_label(PAIR).instances or "")
        counted = {n: (number == n).sum() for n in drawn}
        running = dict.fromkeys(drawn, 0)
        for (n, *_), pixels in self.session.tally(PAIR).items():
            running[n] += pixels
        assert running == counted, "the running count is that of the planes"

    def teardown(self):
        if not hasattr(self, "folder"):
            return
        while self.stored() != self.first and self.session.undo(PAIR) is not None:
            pass
        assert self.stored() == self.first, "undo of all returns all"
        self.session.close()
        shutil.rmtree(self.folder)


Agreeing.TestCase.settings = settings(
    max_examples=6,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestAgreeing = Agreeing.TestCase


def test_two_who_draw_apart_are_both_listed(tmp_path):
    """Neither saw the other's pattern when drawing; nothing conflicts."""
    cube = small_cube(tmp_path, ROWS, COLS)
    ana, bob = (EditSession.open(cube, who, background=False) for who in ("ana", "bob"))
    for session in (ana, bob):
        session.masks(PAIR)
    ana.annotate(PAIR, "Brush", disc(3, 3, 2, SHAPE), Paint(1, 3, 1))
    bob.annotate(PAIR, "Brush", disc(9, 11, 2, SHAPE), Paint(2, 1, 2))
    assert not bob.conflicts
    label = CubeStore.open(cube).read_label(PAIR)
    assert [entry["instance"] for entry in json.loads(label.instances)] == [1, 2]
    assert label.is_crowd == 1
    with ana.transaction():
        ana.undo(PAIR)
        ana.undo(PAIR)
    label = CubeStore.open(cube).read_label(PAIR)
    assert not json.loads(label.instances or "[]")
    assert not label.is_crowd
    ana.close()
    bob.close()


def test_what_others_wrote_into_the_record_stays(tmp_path):
    cube = small_cube(tmp_path, ROWS, COLS)
    session = EditSession.open(cube, "ana", background=False)
    other = {"instance": 4, "activity_type": "Sheet", "mask": False, "depth_km": 3, "by": ["x"]}
    session.edit_label(PAIR, instances=json.dumps([other]))
    session.annotate(PAIR, "Brush", disc(3, 3, 2, SHAPE), Paint(1, 3, 1))
    first, second = json.loads(session.label(PAIR).instances)
    assert first == {"instance": 1, "activity_type": "Sill", "intensity_level": "High"}
    assert second == {**other, "intensity_level": "None"}
    session.edit_label(PAIR, instances="ask Maria about this pair")
    session.annotate(PAIR, "Brush", disc(9, 11, 2, SHAPE), Paint(2, 1, 2))
    assert session.label(PAIR).instances == "ask Maria about this pair"
    session.close()
