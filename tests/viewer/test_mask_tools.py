"""Lasso, recode brush, fill, eyedropper and move as state machines, and what all tools share."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalia_core.annotate.gates import OPEN
from thalia_core.annotate.patch import DEFORMATION_OF, ERASE, MASK_NAMES, Paint
from thalia_core.annotate.shapes import disc, polygon
from thalia_core.cube.labels import Activity, Intensity
from thalia_viewer.canvas.tools import (
    TOOLS,
    BrushTool,
    EraserTool,
    FillTool,
    Hand,
    LassoTool,
    MoveTool,
    PickTool,
    Pointer,
    PolygonTool,
    RecodeTool,
)

SHAPE = (60, 80)
DYKE, MOGI = Paint(Activity.DYKE, Intensity.LOW), Paint(Activity.MOGI, Intensity.HIGH)


class Session:
    """Paints planes as the edit session does; keeps the names of the steps and their result."""

    def __init__(self):
        self.masks = {name: np.zeros(SHAPE, np.uint8) for name in MASK_NAMES}
        self.steps = []

    @property
    def activity(self):
        return self.masks["activity_type_mask"]

    def planes(self):
        return self.masks

    def begin(self, paint, name, gate=OPEN):
        self._codes, self._name = paint.codes(), name
        self._before = {name: plane.copy() for name, plane in self.masks.items()}
        return self

    def extend(self, shape):
        for name, code in self._codes.items():
            self.masks[name][shape.window.slices][shape.mask] = code
        return shape.window

    def commit(self):
        self.steps.append(self._name)
        self.kept = self.activity.copy()

    def abort(self):
        for name, plane in self._before.items():
            self.masks[name][...] = plane

    def repaint(self, window, after, name, gate=OPEN):
        for mask, codes in after.items():
            self.masks[mask][window.slices] = codes
        self.masks["deformation_mask"][...] = DEFORMATION_OF[self.activity]
        self.steps.append(name)
        self.kept = self.activity.copy()

    def draw(self, paint, row, col, radius):
        """What lies there already."""
        self.begin(paint, "")
        self.extend(disc(row, col, radius, SHAPE))
        self.kept = self.activity.copy()


@pytest.fixture
def session():
    return Session()


@pytest.fixture
def hand(session):
    return Hand(session, DYKE, radius=3.0, shape=SHAPE)


def drag(tool, *points, **keys):
    places = [Pointer(*point, **keys) for point in points]
    tool.press(places[0])
    for place in places[1:]:
        tool.move(place)
    return tool.release(places[-1])


SQUARE = [(10, 10), (10, 30), (30, 30), (30, 10)]


def inside(vertices):
    plane, shape = np.zeros(SHAPE, bool), polygon(vertices, SHAPE)
    plane[shape.window.slices] = shape.mask
    return plane


# Lasso and polygon


def test_a_lasso_paints_what_it_encloses(hand, session):
    drag(LassoTool(hand), *SQUARE)
    assert np.array_equal(session.activity == Activity.DYKE, inside(SQUARE))
    assert session.steps == ["Lasso"]


def test_a_lasso_that_encloses_nothing_is_no_step(hand, session):
    drag(LassoTool(hand), (10, 10), (10, 20))
    assert session.steps == []


def test_a_lasso_keeps_no_more_corners_than_the_screen_shows(hand):
    tool = LassoTool(hand)
    tool.press(Pointer(10, 10, reach=8.0))
    for n in range(100):
        tool.move(Pointer(10, 10 + n / 10, reach=8.0))
    assert len(tool.outline(Pointer(10, 20)).vertices) <= 6


@pytest.mark.parametrize("kind", [LassoTool, PolygonTool])
@pytest.mark.parametrize(("toggled", "shift"), [(False, True), (True, False)])
def test_what_is_subtracted_is_seen_and_taken_away(kind, toggled, shift, hand, session):
    session.draw(MOGI, 20, 20, 18)
    before, hand.subtract, tool = session.activity.copy(), toggled, kind(hand)
    if kind is LassoTool:
        tool.press(Pointer(*SQUARE[0], shift=shift))
        for corner in SQUARE[1:]:
            tool.move(Pointer(*corner))
        assert tool.outline(Pointer(*SQUARE[-1])).erasing
        tool.release(Pointer(*SQUARE[-1]))
    else:
        for n, corner in enumerate(SQUARE):
            drag(tool, corner, shift=shift and n == 0)
        assert tool.outline(Pointer(*SQUARE[-1])).erasing
        tool.key("enter")
    assert np.array_equal(session.activity, np.where(inside(SQUARE), 0, before))
    assert session.steps == [f"{tool.name.capitalize()}, subtracted"]


def test_shift_turns_the_toggle_round_for_one_line_only(hand, session):
    hand.subtract = True
    tool = LassoTool(hand)
    drag(tool, *SQUARE, shift=True)
    assert session.activity[20, 20] == Activity.DYKE
    drag(tool, *SQUARE)
    assert not session.activity.any()


# Recode


def test_recoding_changes_only_the_class_under_the_first_press(hand, session):
    session.draw(MOGI, 20, 20, 8)
    session.draw(Paint(Activity.SILL, Intensity.LOW), 20, 40, 8)
    before = session.activity.copy()
    hand.radius = 30.0
    drag(RecodeTool(hand), (20, 20), (20, 60))
    expected = np.where(before == Activity.MOGI, Activity.DYKE, before)
    assert np.array_equal(session.activity, expected)
    assert session.steps == ["Recode"]


def test_another_intensity_is_another_class(hand, session):
    session.draw(MOGI, 20, 20, 8)
    session.draw(Paint(Activity.MOGI, Intensity.LOW), 20, 20, 3)
    hand.radius = 30.0
    drag(RecodeTool(hand), (20, 14))
    assert session.activity[20, 20] == Activity.MOGI
    assert session.activity[20, 14] == Activity.DYKE


def test_recoding_the_unlabelled_keeps_what_is_labelled(hand, session):
    session.draw(MOGI, 20, 20, 8)
    hand.radius = 12.0
    drag(RecodeTool(hand), (20, 30), (20, 20))
    assert session.activity[20, 20] == Activity.MOGI
    assert session.activity[20, 31] == Activity.DYKE


def test_ctrl_erases_after_a_recoding_that_was_given_up(hand, session):
    session.draw(MOGI, 20, 20, 8)
    session.draw(DYKE, 40, 20, 8)
    tool = RecodeTool(hand)
    tool.press(Pointer(20, 20))
    tool.leave()
    assert session.activity[20, 20] == Activity.MOGI
    drag(tool, (40, 20), erase=True)
    assert session.activity[40, 20] == 0


# Fill


def test_fill_gives_the_region_of_one_class_another_one(hand, session):
    session.draw(MOGI, 20, 20, 8)
    session.draw(MOGI, 20, 60, 8)
    before = session.activity.copy()
    tool = FillTool(hand)
    tool.move(Pointer(20, 20))
    preview = tool.preview()
    assert preview is tool.preview()
    drag(tool, (20, 20))
    changed = session.activity != before
    assert changed[20, 20]
    assert not changed[20, 60]
    window = preview.shape.window
    assert np.array_equal(changed[window.slices], preview.shape.mask)
    assert np.count_nonzero(changed) == np.count_nonzero(preview.shape.mask)
    assert session.steps == ["Fill"]


def test_fill_fills_a_hole_but_never_the_open_ground(hand, session):
    session.draw(MOGI, 20, 20, 12)
    session.draw(ERASE, 20, 20, 5)
    tool = FillTool(hand)
    drag(tool, (50, 70))
    assert session.steps == []
    drag(tool, (20, 20))
    assert session.activity[20, 20] == Activity.DYKE
    assert np.count_nonzero(session.activity == Activity.DYKE) == disc(9, 9, 5, SHAPE).mask.sum()


def test_a_press_let_go_elsewhere_or_given_up_fills_nothing(hand, session):
    session.draw(MOGI, 20, 20, 8)
    tool = FillTool(hand)
    drag(tool, (20, 20), (50, 60))
    tool.press(Pointer(20, 20))
    assert tool.drawing
    assert tool.leave().used
    tool.release(Pointer(20, 20))
    assert session.steps == []


def test_the_preview_follows_the_masks_and_the_class(hand, session):
    session.draw(MOGI, 20, 20, 8)
    tool = FillTool(hand)
    tool.move(Pointer(20, 20))
    small, colour = tool.preview().shape.mask.sum(), tool.preview().style.colour
    session.draw(MOGI, 20, 20, 14)
    tool.look_again()
    assert tool.preview() is None  # until the cursor moves
    tool.move(Pointer(20, 20))
    assert tool.preview().shape.mask.sum() > small
    hand.paint = Paint(Activity.EARTHQUAKE)
    assert tool.preview().style.colour != colour
    tool.move(Pointer(20, 20, erase=True))
    assert tool.preview() is None
    tool.move(Pointer(20, 20))
    assert tool.preview() is not None
    tool.away()
    assert tool.preview() is None


# Eyedropper


def test_the_eyedropper_tells_class_and_instance_and_changes_nothing(hand, session):
    session.draw(MOGI, 20, 20, 8)
    seen = []
    tool = PickTool(hand, lambda *codes: seen.append(codes))
    drag(tool, (20, 20))
    assert not tool.press(Pointer(50, 70)).used
    assert seen == [(Activity.MOGI, Intensity.HIGH, 1)]
    assert session.steps == []


# Move and copy


def test_a_moved_region_is_where_the_preview_was_with_all_its_codes(hand, session):
    session.draw(MOGI, 20, 20, 8)
    session.draw(Paint(Activity.MOGI, Intensity.LOW), 20, 20, 3)  # one pattern, two intensities
    before = {name: plane.copy() for name, plane in session.masks.items()}
    tool = MoveTool(hand)
    tool.press(Pointer(20, 22))
    tool.move(Pointer(30, 52))
    preview = tool.preview()
    tool.release(Pointer(30, 52))
    for name, plane in session.masks.items():
        assert np.array_equal(plane, np.roll(before[name], (10, 30), (0, 1))), name
    assert np.array_equal(session.activity[preview.shape.window.slices] > 0, preview.shape.mask)
    assert session.steps == ["Move"]


def test_a_copy_leaves_the_original(hand, session):
    session.draw(MOGI, 20, 20, 8)
    count = np.count_nonzero(session.activity)
    drag(MoveTool(hand), (20, 20), (30, 60), shift=True)
    assert np.count_nonzero(session.activity) == 2 * count
    assert session.steps == ["Copy"]


def test_what_is_given_up_or_dragged_out_of_the_frame_stays(hand, session):
    session.draw(MOGI, 20, 20, 8)
    before = session.activity.copy()
    tool = MoveTool(hand)
    drag(tool, (20, 20), (20, -40))
    drag(tool, (20, 20))
    tool.press(Pointer(20, 20))
    tool.move(Pointer(40, 40))
    assert tool.leave().used
    assert not tool.drawing
    tool.release(Pointer(40, 40))
    assert np.array_equal(session.activity, before)
    assert session.steps == []


# Resizing


@pytest.mark.parametrize("name", TOOLS)
def test_alt_drag_resizes_around_the_place_of_the_press_and_paints_nothing(name, hand, session):
    tool = TOOLS[name](hand)
    tool.press(Pointer(20, 30, alt=True))
    assert tool.move(Pointer(20, 37, alt=True)).resized
    outline = tool.outline(Pointer(20, 37, alt=True))
    assert (outline.radius, outline.at) == (10.0, (20.0, 30.0))
    tool.release(Pointer(20, 37, alt=True))
    assert hand.radius == 10.0
    assert not tool.drawing
    assert session.steps == []
    assert not session.activity.any()


def test_upwards_widens_as_well_and_escape_gives_the_old_size_back(hand):
    tool = BrushTool(hand)
    tool.press(Pointer(20, 30, alt=True))
    tool.move(Pointer(15, 30))
    assert hand.radius == 8.0
    assert tool.leave().resized
    assert hand.radius == 3.0
    tool.move(Pointer(0, 60))
    assert hand.radius == 3.0


def test_a_held_key_resizes_without_a_button(hand, session):
    tool = EraserTool(hand)
    tool.size(Pointer(20, 30))
    tool.move(Pointer(20, 34))
    tool.sized()
    tool.move(Pointer(20, 70))
    assert hand.radius == 7.0
    assert session.steps == []


def test_a_stroke_is_not_interrupted_by_the_held_key(hand, session):
    tool = BrushTool(hand)
    tool.press(Pointer(20, 30))
    assert not tool.size(Pointer(20, 30)).used
    tool.move(Pointer(20, 50))
    tool.release(Pointer(20, 50))
    assert session.activity[20, 50] == Activity.DYKE
    assert hand.radius == 3.0


places = st.tuples(st.floats(-5, SHAPE[0] + 5), st.floats(-5, SHAPE[1] + 5))
deeds = st.one_of(
    st.tuples(st.sampled_from(["press", "move", "release", "double"]), places, st.integers(0, 7)),
    st.tuples(st.just("key"), st.sampled_from(["enter", "backspace", "[", "]"]), st.just(0)),
)


@given(st.sampled_from(list(TOOLS)), st.lists(deeds, max_size=12))
def test_whatever_was_done_escape_ends_the_drawing_and_leaves_the_committed(name, done):
    session = Session()
    session.draw(MOGI, 20, 20, 12)
    session.draw(ERASE, 20, 20, 4)
    tool = TOOLS[name](Hand(session, DYKE, radius=3.0, shape=SHAPE))
    for deed, what, keys in done:
        if deed == "key":
            tool.key(what)
        else:
            held = {"erase": keys & 1, "shift": keys & 2, "alt": keys & 4}
            getattr(tool, deed)(Pointer(*what, **{k: bool(v) for k, v in held.items()}))
        tool.preview()
    steps = len(session.steps)
    tool.leave()
    if tool.drawing:
        tool.leave()  # an open polygon under a stroke that erased
    assert not tool.drawing
    tool.move(Pointer(30, 30))
    tool.release(Pointer(30, 30))
    assert len(session.steps) == steps
    assert np.array_equal(session.activity, session.kept)
