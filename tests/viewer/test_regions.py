"""Marks over the picture that are no mask: seen, dashed where unconfirmed, gone with the frame."""

from dataclasses import replace

import numpy as np
import pytest

from thalia_core.annotate.shapes import disc
from thalia_core.cube.geometry import Geometry
from thalia_viewer.canvas.camera import View
from thalia_viewer.canvas.layers import STYLES, PlaneImage
from thalia_viewer.canvas.linked import Linked
from thalia_viewer.canvas.regions import Region, RegionStyle
from thalia_viewer.canvas.view import Canvas

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # Qt's offscreen platform, on show

ROWS, COLS = 60, 80
GRID = Geometry(ROWS, COLS, -91.0, 0.03, 0.001, -0.001)
SOLID = RegionStyle("#ff0000", fill=1.0)


def image(grid=GRID):
    return PlaneImage.of(np.zeros(grid.shape, np.float32), STYLES["insar_difference"], grid)


@pytest.fixture
def make(qtbot):
    def made():
        widget = Canvas()
        qtbot.addWidget(widget)
        widget.resize(COLS * 8, ROWS * 8)
        widget.furniture.want(legend=False, classes=False)
        widget.show()
        widget.set_image(image())
        widget.set_view(View(29.5, 39.5, 8.0))
        return widget

    return made


def colour(canvas, row, col):
    point = canvas.to_widget(row, col).toPoint()
    return canvas.grab().toImage().pixelColor(point).getRgb()[:3]


def test_a_region_is_seen_where_it_lies_and_nowhere_else(make):
    canvas = make()
    before = colour(canvas, 20, 30), colour(canvas, 50, 70)
    canvas.set_region("a", Region(disc(20, 30, 6, (ROWS, COLS)), SOLID))
    assert colour(canvas, 20, 30) == (255, 0, 0)
    assert colour(canvas, 50, 70) == before[1]
    canvas.peek(True)
    assert colour(canvas, 20, 30) == before[0]
    canvas.peek(False)
    canvas.set_region("a", None)
    assert colour(canvas, 20, 30) == before[0]


def test_a_dashed_outline_has_gaps(make):
    canvas = make()
    shape = disc(30, 40, 15, (ROWS, COLS))
    lit = []
    for dashed in (False, True):
        canvas.set_region("a", Region(shape, replace(SOLID, fill=0.0, dashed=dashed)))
        picture = canvas.grab().toImage()
        red = sum(
            picture.pixelColor(x, y).getRgb()[:3] == (255, 0, 0)
            for x in range(0, picture.width(), 2)
            for y in range(0, picture.height(), 2)
        )
        lit.append(red)
    assert 0.3 * lit[0] < lit[1] < 0.7 * lit[0]


def test_what_is_made_under_the_hand_looks_other_than_what_is_proposed(make):
    """Dots and dashes: along the outline the one changes much more often."""
    canvas = make()
    shape = disc(30, 40, 15, (ROWS, COLS))
    changes = []
    for style in (replace(SOLID, fill=0.0, dashed=True), replace(SOLID, fill=0.0, dotted=True)):
        canvas.set_region("a", Region(shape, style))
        picture = canvas.grab().toImage()
        reds = [
            [picture.pixelColor(x, y).getRgb()[:3] == (255, 0, 0) for x in range(picture.width())]
            for y in range(picture.height())
        ]
        row = max(reds, key=sum)  # along the upper or lower edge
        changes.append(int(np.count_nonzero(np.diff(np.array(row, int)))))
    assert changes[1] > 1.5 * changes[0] > 0


def test_regions_go_with_the_frame_and_must_lie_in_it(make):
    canvas = make()
    canvas.set_region("a", Region(disc(20, 30, 6, (ROWS, COLS)), SOLID))
    other = Geometry(30, 30, -91.0, 0.03, 0.001, -0.001)
    canvas.set_image(image(other))
    assert canvas.region("a") is None
    with pytest.raises(ValueError, match="not in a frame"):
        canvas.set_region("a", Region(disc(50, 70, 6, (ROWS, COLS)), SOLID))


def test_linked_canvases_show_the_same_regions_also_those_made_later(make):
    main, guest, late = make(), make(), make()
    linked = Linked(main)
    for canvas in (main, guest):
        linked.add(canvas)
    region = Region(disc(20, 30, 6, (ROWS, COLS)), SOLID)
    linked.set_region("a", region)
    assert guest.region("a") is main.region("a") is region
    linked.add(late)
    linked.show(late, image())
    assert late.region("a") is region
    linked.set_region("a", None)
    assert main.region("a") is guest.region("a") is late.region("a") is None
