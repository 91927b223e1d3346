"""Where image positions are on the screen: laws of the view, and the picking of pixels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from thalia_core.cube.geometry import Geometry, Window
from thalia_viewer.canvas.camera import Camera, View
from thalia_viewer.canvas.grid import Grid
from thalia_viewer.canvas.plates import edge_marks

ICELAND = Geometry(1500, 3000, -20.0, 64.5, 0.001, -0.001)
views = st.builds(View, st.floats(0, 1499), st.floats(0, 2999), st.floats(0.2, 30))
inside = st.tuples(st.floats(0, 1499), st.floats(0, 2999))


def camera(view=None):
    return Camera(ICELAND, 900, 700, view or View(700, 1400, 1.0))


@given(views, inside)
def test_there_and_back(view, place):
    seen = camera(view)
    assert seen.to_image(*seen.to_screen(*place)) == pytest.approx(place, abs=1e-6)
    assert seen.to_screen_all([place]) == [pytest.approx(seen.to_screen(*place), abs=1e-6)]


def test_a_circle_on_the_ground_is_a_circle_on_the_screen():
    seen = camera()
    east, north = ICELAND.pixel_metres()
    x, _ = seen.to_screen(700, 1400 + 5000 / east)
    _, y = seen.to_screen(700 + 5000 / north, 1400)
    assert x - 450 == pytest.approx(y - 350)


def test_the_fitted_view_shows_every_pixel_and_nothing_is_wasted():
    seen = camera()
    seen = camera(seen.fitted())
    x0, y0 = seen.to_screen(-0.5, -0.5)
    x1, y1 = seen.to_screen(1499.5, 2999.5)
    assert x0 >= -1e-6
    assert y0 >= -1e-6
    assert min(x0, y0) == pytest.approx(0, abs=1e-6)
    assert x1 <= 900 + 1e-6
    assert y1 <= 700 + 1e-6


@given(views, inside, st.floats(0.3, 4))
def test_zooming_keeps_the_place_under_the_cursor(view, place, factor):
    before = camera(view)
    after = camera(before.zoomed(factor, *place))
    assert after.to_screen(*place) == pytest.approx(before.to_screen(*place), abs=1e-6)


@given(st.floats(allow_nan=True), st.floats(), st.floats(1e-9, 1e9))
def test_no_view_loses_the_frame(row, col, scale):
    view = camera().allowed(View(row, col, scale))
    assert 0 <= view.row <= 1499
    assert 0 <= view.col <= 2999
    assert 0.05 < view.scale <= 64


@given(
    st.floats(-40, 40),
    st.floats(-40, 40),
    st.floats(0.1, 20),
    st.floats(0.1, 20),
    st.integers(0, 30),
    st.integers(0, 30),
)
def test_each_device_pixel_shows_the_plane_pixel_it_lies_in(left, top, width, height, row, col):
    plane = np.arange(1, 43, dtype=np.uint8).reshape(6, 7)
    area = Window(row, row + 9, col, col + 11)
    grid = Grid(left, top, width, height, 1.0, (6, 7), area)
    picked = grid.pick(plane, area)
    for y in range(9):
        for x in range(11):
            r = int(np.floor((y + row + 0.5 - top) / height))
            c = int(np.floor((x + col + 0.5 - left) / width))
            expected = plane[r, c] if 0 <= r < 6 and 0 <= c < 7 else 0
            assert picked[y, x] == expected


@given(
    hnp.arrays(np.uint8, (12, 15), elements=st.sampled_from([0, 1, 40, 128, 250, 255])),
    st.sampled_from([1, 2, 3, 5]),
    st.booleans(),
)
def test_views_from_afar_average_what_lies_under_a_device_pixel(plane, by, cyclic):
    area = Window(0, 12 // by, 0, 15 // by)
    grid = Grid(0.0, 0.0, 1 / by, 1 / by, 1.0, plane.shape, area)
    mean = grid.average(plane, cyclic)
    for y in range(area.row1):
        for x in range(area.col1):
            part = plane[y * by : (y + 1) * by, x * by : (x + 1) * by].astype(float)
            part, size = part[part > 0], part.size
            if part.size * 2 < size:
                assert mean[y, x] == 0
            elif not cyclic:
                assert abs(mean[y, x] - part.mean()) <= 0.51
            elif abs(total := np.exp(2j * np.pi * (part - 0.5) / 255).sum()) > 1e-3:
                turn = np.angle(total) / (2 * np.pi) - (mean[y, x] - 0.5) / 255
                assert abs(turn - round(turn)) <= 0.51 / 255 + 1e-4


def test_the_average_leaves_out_what_lies_beyond_the_plane():
    plane = np.full((8, 8), 9, np.uint8)
    area = Window(0, 6, 0, 6)
    mean = Grid(1.0, -1.0, 0.5, 0.5, 1.0, (8, 8), area).average(plane, cyclic=True)
    assert mean[0].tolist() == [0, 9, 9, 9, 9, 0]
    assert mean[:, 2].tolist() == [9, 9, 9, 0, 0, 0]


def test_edge_marks_are_round_degrees_with_their_hemisphere():
    marks = edge_marks(0.25, -0.35, 600, "NS")
    assert [m.text for m in marks] == ["0.2° S", "0.0° N", "0.2° N"]
    assert marks[1].at == pytest.approx(250)
