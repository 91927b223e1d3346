"""Gates against their definition, and what a stroke may never do."""

from datetime import date
from math import pi, tau

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thalia_core.annotate.gate_rules import GateRule, PhaseRange, gate_of, read_gate
from thalia_core.annotate.gates import CLOSED, OPEN, Gate
from thalia_core.annotate.patch import ERASE, MASK_NAMES, Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import Shape, disc
from thalia_core.cube.geometry import Geometry, Window
from thalia_core.cube.labels import Activity, Intensity
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore, CubeWriter
from thalia_core.errors import EditError

SHAPE = (12, 16)
PAIR = DatePair(date(2024, 1, 6), date(2024, 1, 18))
angle = st.floats(-pi, pi)
phases = st.lists(angle, min_size=1, max_size=40).map(np.array)


@pytest.fixture(scope="module")
def cube(tmp_path_factory):
    rng = np.random.default_rng(3)
    writer = CubeWriter.start(
        tmp_path_factory.mktemp("gates") / "106A_09048_000909.zarr",
        frame="106A_09048_000909",
        geometry=Geometry(*SHAPE, -91.6, -0.3, 0.001, -0.001),
        dates=[PAIR.primary, PAIR.secondary],
        layers=["insar_difference", "insar_coherence"],
    )
    phase = rng.uniform(-pi, pi, SHAPE).astype(np.float32)
    phase[0] = np.nan
    coherence = rng.uniform(0.1, 1, SHAPE)
    coherence[:, 0] = 0
    writer.write("insar_difference", phase, pair=PAIR)
    writer.write("insar_coherence", coherence, pair=PAIR)
    return writer.finish()


@pytest.fixture(scope="module")
def session(cube):
    with_cube = EditSession.open(cube, "tester", background=False)
    yield with_cube
    with_cube.close()


def within(low, high, phase):
    """The definition: walking from ``low`` the way angles rise, the phase comes before ``high``."""
    return (phase - low) % tau <= (high - low) % tau


@given(angle, angle, phases)
def test_a_range_holds_what_comes_between_its_ends_the_rising_way(low, high, phase):
    certain = [
        min(abs((phase - end + pi) % tau - pi) for end in (low, high)) > 1e-5 for phase in phase
    ]
    holds = PhaseRange(low, high).holds(phase)
    assert np.array_equal(holds[certain], within(low, high, phase)[certain])


@given(angle, angle, st.floats(-20, 20), phases)
def test_phase_and_range_shifted_together_hold_the_same(low, high, shift, phase):
    plain, moved = PhaseRange(low, high), PhaseRange(low, high).shifted(shift)
    certain = [min(abs((p - end + pi) % tau - pi) for end in (low, high)) > 1e-5 for p in phase]
    assert np.array_equal(plain.holds(phase)[certain], moved.holds(phase + shift)[certain])
    assert plain.width == pytest.approx(moved.width, abs=1e-6) or abs(low - high) < 1e-6


@given(angle, st.floats(tau, 30))
def test_a_range_of_a_whole_turn_is_open_everywhere_also_without_phase(low, width):
    rule = GateRule(phase=PhaseRange(low, low + width))
    assert rule.layers == ()
    assert gate_of(rule, SHAPE, {}).open
    assert PhaseRange(low, low + width).holds(np.array([low + 3.0, -1.0])).all()


def test_both_ends_belong_to_a_range_as_float32_too():
    ends = np.array([0.3, 0.7], np.float32)
    assert PhaseRange(0.3, 0.7).holds(ends).all()
    assert PhaseRange(0.7, 0.3).holds(ends).all()
    assert PhaseRange(0.3, 0.3).holds(ends).tolist() == [True, False]


def test_every_rule_closes_what_it_must_and_what_cannot_be_known():
    nan = np.nan
    planes = {
        "insar_coherence": np.array([[0.2, 0.5, 0.9, 0.0, nan]], np.float32),
        "insar_difference": np.array([[3.0, -3.0, 0.0, 3.0, nan]], np.float32),
        "land_mask": np.array([[1, 1, 0, 1, 0]], np.uint8),
    }

    def opened(**rule):
        return gate_of(GateRule(**rule), (1, 5), planes).pixels[0].tolist()

    assert opened(coherence=0.5) == [False, True, True, False, False]
    assert opened(coherence=0.0) == [True, True, True, False, False]
    assert opened(phase=PhaseRange(2.5, -2.5)) == [True, True, False, True, False]
    assert opened(land=True) == [True, True, False, True, False]
    region = Shape(Window(0, 1, 1, 4), np.array([[True, False, True]]))
    assert opened(region=region) == [False, True, False, True, False]
    assert opened(region=region, coherence=0.1, land=True) == [False, True, False, False, False]


def test_what_may_be_painted_over_is_told_by_class():
    assert GateRule().codes is None
    assert GateRule(unlabelled=True).codes == {0, 255}
    assert GateRule(over=frozenset({3})).codes == {0, 3, 255}
    assert GateRule(over=frozenset({3}), unlabelled=True).codes == {0, 255}
    assert gate_of(GateRule(over=frozenset({3})), SHAPE, {}).pixels is None


def test_a_rule_that_cannot_be_told_shuts_the_gate_and_says_so(cube):
    store = CubeStore.open(cube)
    with pytest.raises(EditError, match="no land mask here") as told:
        read_gate(store, PAIR, GateRule(land=True, coherence=0.3))
    assert told.value.fix
    with pytest.raises(EditError, match="coherence of 1.2"):
        GateRule(coherence=1.2)
    with pytest.raises(EditError, match="two ends"):
        GateRule(phase=PhaseRange(0.0, np.nan))


def test_the_gate_of_a_pair_is_that_of_its_planes(cube):
    store, rule = CubeStore.open(cube), GateRule(coherence=0.5, phase=PhaseRange(2.0, -2.0))
    gate = read_gate(store, PAIR, rule)
    coherence = store.read_plane("insar_coherence", PAIR)
    phase = store.read_plane("insar_difference", PAIR)
    expected = (coherence >= 0.5) & (np.abs(phase) >= 2.0)
    assert np.array_equal(gate.pixels, expected)
    assert expected.any()
    asked = []
    read_gate(store, PAIR, rule, lambda name: asked.append(name) or store.read_plane(name, PAIR))
    assert set(asked) == {"insar_difference", "insar_coherence"}


spots = st.tuples(st.integers(0, 11), st.integers(0, 15), st.floats(0.5, 6))
paints = st.sampled_from([Paint(Activity.DYKE, Intensity.LOW), Paint(Activity.EARTHQUAKE), ERASE])
rules = st.builds(
    GateRule,
    coherence=st.none() | st.floats(0, 1),
    phase=st.none() | st.builds(PhaseRange, angle, angle),
    region=st.none() | st.builds(lambda spot: disc(*spot, SHAPE), spots),
    unlabelled=st.booleans(),
    over=st.none() | st.frozensets(st.sampled_from([2, 5]), max_size=2),
)


@settings(deadline=None)
@given(rules, st.lists(st.tuples(paints, st.lists(spots, min_size=1, max_size=4)), max_size=4))
def test_no_stroke_ever_changes_a_closed_pixel(session, rule, strokes):
    gate, masks = read_gate(session.cube, PAIR, rule), session.masks(PAIR)
    for paint, shapes in strokes:
        before = {name: plane.copy() for name, plane in masks.planes().items()}
        stroke = session.begin(PAIR, paint, "Brush", gate)
        whole = np.zeros(SHAPE, bool)
        for spot in shapes:
            shape = disc(*spot, SHAPE)
            whole[shape.window.slices] |= shape.mask
            stroke.extend(shape)
        stroke.commit()
        free = gate.restrict(whole, Window.full(*SHAPE), before["activity_type_mask"])
        for name in MASK_NAMES:
            expected = np.where(free, paint.codes()[name], before[name])
            assert np.array_equal(session.masks(PAIR).planes()[name], expected)


def test_a_closed_gate_lets_nothing_through_and_an_open_one_all():
    everything, window = np.ones(SHAPE, bool), Window.full(*SHAPE)
    activity = np.zeros(SHAPE, np.uint8)
    assert not CLOSED.restrict(everything, window, activity).any()
    assert OPEN.restrict(everything, window, activity).all()
    assert not Gate(np.zeros(SHAPE, bool)).restrict(everything, window, activity).any()
