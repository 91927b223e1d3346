"""The footprint of the brush is the edge of the pixels it paints, at any DPI, on any pixels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.shapes import disc
from thalia_core.cube.geometry import Geometry
from thalia_viewer.canvas.camera import View
from thalia_viewer.canvas.cursor import footprint
from thalia_viewer.canvas.layers import STYLES, PlaneImage
from thalia_viewer.canvas.tools import BrushTool, Hand
from thalia_viewer.canvas.view import Canvas

ICELAND = Geometry(60, 80, -20.0, 64.5, 0.001, -0.001)  # pixels more than twice as high as wide


def edges(radius):
    """Sides of painted pixels with an unpainted neighbour: ((row, col), (row, col)) of corners."""
    side = int(np.ceil(radius)) + 1
    painted = disc(side, side, radius, (2 * side + 1, 2 * side + 1))
    plane = np.zeros((2 * side + 1, 2 * side + 1), bool)
    plane[painted.window.slices] = painted.mask
    found = set()
    for row, col in np.argwhere(plane) - side:
        for down, across in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            if not plane[row + down + side, col + across + side]:
                middle = (row + down / 2, col + across / 2)
                half = (abs(across) / 2, abs(down) / 2)
                corners = [(middle[0] + s * half[0], middle[1] + s * half[1]) for s in (-1, 1)]
                found.add(tuple(corners))
    return found


@given(
    st.integers(1, 40).map(lambda half: half / 2),
    st.floats(3, 40),
    st.floats(3, 40),
    st.sampled_from([1.0, 1.25, 1.5, 2.0, 3.0]),
)
def test_the_footprint_is_the_edge_of_the_painted_pixels(radius, width, height, scale):
    path = footprint(radius, width, height, scale)
    points = [path.elementAt(i) for i in range(path.elementCount())]
    places = [(point.y / height, point.x / width) for point in points]
    drawn = {
        tuple(sorted(tuple(np.round(place, 3)) for place in pair))
        for pair in zip(places[::2], places[1::2], strict=True)
    }
    assert drawn == {tuple(sorted(pair)) for pair in edges(radius)}


def test_while_it_is_resized_it_stays_at_the_place_of_the_press(qtbot):
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(640, 640)
    canvas.furniture.want(legend=False, classes=False)
    canvas.show()
    plane = np.full(ICELAND.shape, -1.5, np.float32)
    canvas.set_image(PlaneImage.of(plane, STYLES["insar_difference"], ICELAND))
    canvas.set_view(View(29.5, 39.5, 8.0))
    hand = Hand(Painter(), Paint(3), radius=3.0)
    canvas.set_tool(BrushTool(hand))
    view = canvas.focusProxy().viewport()
    with qtbot.waitSignal(canvas.hand_changed, timeout=1000):
        at = canvas.to_widget(30, 40).toPoint()
        QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier, at)
        QTest.mouseMove(view, canvas.to_widget(30, 44).toPoint())
    assert hand.radius == pytest.approx(7.0, abs=0.5)
    shown = canvas.grab().toImage()
    for row, col in ((30, 40 + hand.radius + 0.5), (30 - hand.radius - 0.5, 40)):
        edge = canvas.to_widget(row, col) * shown.devicePixelRatio()
        near = [
            shown.pixelColor(round(edge.x()) + x, round(edge.y()) + y).lightness()
            for x in (-1, 0, 1)
            for y in (-1, 0, 1)
        ]
        assert max(near) > 200, (row, col)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=at)


class Painter:
    """Something to paint on, which nobody does here."""

    def begin(self, paint, name, gate):
        raise AssertionError("resizing paints nothing")
