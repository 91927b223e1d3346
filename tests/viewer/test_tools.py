"""Tools are state machines: they are driven here without any Qt."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalia_core.annotate.gates import OPEN
from thalia_core.annotate.patch import ERASE, MASK_NAMES, Paint
from thalia_core.annotate.shapes import disc, polygon
from thalia_core.cube.labels import Activity, Intensity
from thalia_core.errors import EditError
from thalia_viewer.canvas.tools import (
    IGNORED,
    MAX_RADIUS,
    MIN_RADIUS,
    TOOLS,
    BrushTool,
    EraserTool,
    Hand,
    PanTool,
    Pointer,
    PolygonTool,
)

SHAPE = (60, 80)
DYKE = Paint(Activity.DYKE, Intensity.LOW)


class FakeSession:
    """Paints a plane as an edit session does, and remembers what was asked."""

    def __init__(self):
        self.plane = np.zeros(SHAPE, np.uint8)
        self.log = []

    def planes(self):
        marked = (self.plane > 0).astype(np.uint8)
        return dict(zip(MASK_NAMES, (marked, self.plane, marked, marked), strict=True))

    def repaint(self, window, after, name, gate=OPEN):
        self.log.append(("repaint", name))
        self.plane[window.slices] = after["activity_type_mask"]

    def begin(self, paint, name, gate=OPEN):
        self.log.append(("begin", paint, name))
        self._paint, self._before = paint, self.plane.copy()
        return self

    def extend(self, shape):
        self.plane[shape.window.slices][shape.mask] = self._paint.activity
        return shape.window

    def commit(self):
        self.log.append(("commit",))

    def abort(self):
        self.log.append(("abort",))
        changed = np.argwhere(self.plane != self._before)
        self.plane[...] = self._before
        return disc(*changed[0], 1, SHAPE).window if len(changed) else None


@pytest.fixture
def session():
    return FakeSession()


@pytest.fixture
def hand(session):
    return Hand(session, DYKE, radius=3.0, shape=SHAPE)


def drag(tool, *points, erase=False):
    places = [Pointer(*p, erase=erase) for p in points]
    responses = [tool.press(places[0])]
    responses += [tool.move(p) for p in places[1:]]
    return [*responses, tool.release(places[-1])]


def test_brush_paints_without_gaps_however_fast_the_hand_is(hand, session):
    drag(BrushTool(hand), (10, 10), (10, 70))
    assert (session.plane[10, 10:71] == Activity.DYKE).all()
    assert session.plane[10 + 3, 40] == Activity.DYKE
    assert session.plane[10 + 4, 40] == 0
    assert session.log == [("begin", DYKE, "Brush"), ("commit",)]


def test_brush_click_is_the_disc_of_its_footprint(hand, session):
    drag(BrushTool(hand), (20.4, 30.4))
    expected = disc(20, 30, 3.0, SHAPE)
    assert np.array_equal(
        np.argwhere(session.plane), np.argwhere(expected.mask) + [expected.window.row0, 27]
    )


def test_each_move_reports_only_the_pixels_it_may_have_changed(hand):
    _, moved, _ = drag(BrushTool(hand), (10, 10), (10, 14))
    assert moved.dirty.row0 == 7
    assert moved.dirty.row1 == 14
    assert moved.dirty.col1 == 18


def test_a_stroke_may_leave_the_frame_and_come_back(hand, session):
    responses = drag(BrushTool(hand), (10, 2), (10, -30), (30, -30), (30, 2))
    assert all(r.used for r in responses)
    assert session.plane[30, 2] == Activity.DYKE


def test_eraser_erases(hand, session):
    session.plane[...] = Activity.SILL
    drag(EraserTool(hand), (10, 10))
    assert session.plane[10, 10] == 0
    assert session.log[0] == ("begin", ERASE, "Eraser")


@pytest.mark.parametrize("name", TOOLS)
def test_ctrl_drag_erases_with_any_tool(name, hand, session):
    session.plane[...] = Activity.SILL
    tool = TOOLS[name](hand)
    drag(tool, (10, 10), (10, 20), erase=True)
    assert (session.plane[10, 10:21] == 0).all()
    assert not tool.drawing


@pytest.mark.parametrize("name", TOOLS)
def test_escape_always_ends_the_drawing_and_leaves_nothing(name, hand, session):
    tool = TOOLS[name](hand)
    tool.press(Pointer(10, 10))
    tool.move(Pointer(20, 20))
    tool.leave()
    assert not tool.drawing
    assert not session.plane.any()
    assert not tool.leave().used
    assert tool.release(Pointer(20, 20)).dirty is None  # the button goes up later
    assert not session.plane.any()


@pytest.mark.parametrize("name", TOOLS)
def test_without_a_painter_nothing_is_drawn(name, hand, session):
    hand.painter = None
    tool = TOOLS[name](hand)
    drag(tool, (10, 10), (20, 20))
    drag(tool, (10, 10), (20, 20), erase=True)
    assert session.log == []
    assert not tool.drawing


def test_settling_commits_a_stroke_and_the_release_that_follows_does_nothing(hand, session):
    tool = BrushTool(hand)
    tool.press(Pointer(10, 10))
    tool.settle()
    assert session.log[-1] == ("commit",)
    tool.move(Pointer(40, 40))
    tool.release(Pointer(40, 40))
    assert session.plane[40, 40] == 0


def test_a_painter_that_refuses_leaves_the_tool_idle(hand):
    class Locked:
        def begin(self, paint, name, gate):
            raise EditError("somebody else edits")

    hand.painter = Locked()
    tool = BrushTool(hand)
    with pytest.raises(EditError):
        tool.press(Pointer(10, 10))
    assert not tool.drawing
    assert tool.move(Pointer(11, 11)) == IGNORED


CORNERS = [(10, 10), (10, 30), (30, 30), (30, 10)]


def clicks(tool, points):
    for point in points:
        drag(tool, point)


def test_enter_closes_a_polygon(hand, session):
    tool = PolygonTool(hand)
    clicks(tool, CORNERS)
    assert tool.drawing
    assert not session.plane.any()
    response = tool.key("enter")
    expected = polygon(CORNERS, SHAPE)
    assert response.dirty == expected.window
    assert (session.plane[expected.window.slices] > 0).all()
    assert session.log == [("begin", DYKE, "Polygon"), ("commit",)]
    assert not tool.drawing


def test_double_click_closes_at_the_vertex_of_its_first_click(hand, session):
    tool = PolygonTool(hand)
    clicks(tool, CORNERS)
    tool.double(Pointer(*CORNERS[-1]))
    tool.release(Pointer(*CORNERS[-1]))
    assert np.count_nonzero(session.plane) == 400
    assert not tool.drawing


def test_a_click_on_the_first_vertex_closes(hand, session):
    tool = PolygonTool(hand)
    clicks(tool, CORNERS)
    near = Pointer(11, 10.5, reach=2.0)
    assert tool.outline(near).closing
    tool.press(near)
    assert np.count_nonzero(session.plane) == 400


def test_backspace_takes_vertices_back_one_by_one(hand, session):
    tool = PolygonTool(hand)
    clicks(tool, CORNERS)
    for left in (3, 2, 1, 0):
        assert tool.key("backspace").used
        assert len(tool.outline(Pointer(0, 0)).vertices) == left
    assert not tool.drawing
    assert not tool.key("backspace").used
    assert session.log == []


def test_two_vertices_make_no_polygon(hand, session):
    tool = PolygonTool(hand)
    clicks(tool, CORNERS[:2])
    assert tool.key("enter").dirty is None
    assert session.log == []
    assert not tool.drawing


def test_an_open_polygon_survives_a_change_of_pair_and_a_refusal(hand, session):
    tool = PolygonTool(hand)
    clicks(tool, CORNERS)
    tool.settle()
    hand.painter = None  # the next pair is still being read
    assert tool.key("enter").dirty is None
    assert tool.drawing
    hand.painter = session
    tool.key("enter")
    assert np.count_nonzero(session.plane) == 400


def test_pan_keeps_the_grabbed_place_under_the_cursor(hand):
    tool = PanTool(hand)
    _, moved, released = drag(tool, (10, 10), (14, 7))
    assert moved.pan == (-4, 3)
    assert released.pan is None
    assert not tool.move(Pointer(50, 50)).used


def test_brackets_change_the_radius_of_all_tools(hand):
    brush, eraser = BrushTool(hand), EraserTool(hand)
    brush.key("]")
    assert eraser.outline(Pointer(0, 0)).radius == hand.radius > 3.0
    eraser.key("[")
    assert hand.radius == 3.0
    assert not brush.key("enter").used


@given(st.lists(st.sampled_from([1, -1]), max_size=80))
def test_the_radius_stays_in_bounds_and_always_moves(steps):
    hand = Hand()
    for step in steps:
        before = hand.radius
        hand.resize(step)
        assert MIN_RADIUS <= hand.radius <= MAX_RADIUS
        assert hand.radius * 2 == int(hand.radius * 2)
        at_the_end = before == (MAX_RADIUS if step > 0 else MIN_RADIUS)
        assert at_the_end or (hand.radius - before) * step > 0
