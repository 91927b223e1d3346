"""What the canvas shows: real pixels of layers and frames, at every view."""

from dataclasses import replace
from math import pi

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage
from support.canvas import COLS, GRID, PHASE, ROWS, colour, phase_colour, phase_image, picture

from thalia_core.cube.geometry import Geometry
from thalia_core.cube.labels import Activity
from thalia_viewer.canvas.camera import View
from thalia_viewer.canvas.layers import STYLES, PlaneImage
from thalia_viewer.canvas.view import Canvas
from thalia_viewer.theme import LIGHT

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # Qt's offscreen platform, on show


def test_known_pixels_have_their_colours(canvas):
    image = picture(canvas)
    assert colour(image, canvas, 40, 10) == phase_colour(-pi / 2)
    assert colour(image, canvas, 40, 60) == phase_colour(pi / 2)
    assert len(set(colour(image, canvas, 10, 10))) == 1  # no data: a neutral grey


def test_pixels_stay_sharp_at_every_zoom(canvas):
    values = np.linspace(-3, 3, ROWS * COLS, dtype=np.float32).reshape(ROWS, COLS)
    canvas.set_image(PlaneImage.of(values, PHASE, GRID))
    allowed = {QColor.fromRgba(int(c)).getRgb()[:3] for c in PHASE.table[1:]}
    for scale in (1.0, 2.7, 13.3, 40.0):
        canvas.set_view(View(30.2, 40.7, scale))
        image = picture(canvas)
        middle = [
            image.pixelColor(image.width() // 2 + i, image.height() // 2).getRgb()[:3]
            for i in range(-20, 20)
        ]
        assert set(middle) <= allowed
        assert colour(image, canvas, 30, 41) == phase_colour(values[30, 41])


def test_a_circle_is_a_circle_far_north(qtbot):
    canvas = Canvas()
    qtbot.addWidget(canvas)
    canvas.resize(500, 500)
    canvas.set_frame(Geometry(200, 400, -20.0, 64.5, 0.001, -0.001))
    east, north = canvas.grid.pixel_metres()
    origin, right = canvas.to_widget(0, 0), canvas.to_widget(0, 1000 / east)
    below = canvas.to_widget(1000 / north, 0)
    assert right.x() - origin.x() == pytest.approx(below.y() - origin.y())


def test_another_layer_of_the_frame_keeps_view_and_mask(canvas, session):
    session.activity[40:50, 50:70] = Activity.SILL
    canvas.mask_changed()
    canvas.set_view(View(40, 50, 12.0))
    coherence = PlaneImage.of(np.full((ROWS, COLS), 0.5), STYLES["insar_coherence"], GRID)
    canvas.set_image(coherence)
    assert canvas.view() == View(40, 50, 12.0)
    assert canvas.image is coherence
    red, green, blue = colour(picture(canvas), canvas, 45, 60)
    assert green > blue  # lime over grey


def test_another_frame_drops_masks_and_fits(canvas, session):
    session.activity[...] = Activity.SILL
    other = Geometry(30, 30, 10.0, 40.0, 0.001, -0.001)
    canvas.set_image(PlaneImage.of(np.zeros((30, 30)), STYLES["insar_coherence"], other))
    assert canvas.grid is other
    assert canvas.view().row == 14.5
    with pytest.raises(ValueError, match="another size"):
        canvas.set_mask(session.activity, session.intensity)


def test_the_fitted_view_follows_the_size_of_the_widget(canvas):
    canvas.reset_view()
    canvas.resize(400, 300)
    assert canvas.view().scale == pytest.approx(5.0, rel=1e-3)
    canvas.zoom_by(2)
    canvas.resize(500, 400)
    assert canvas.view().scale == pytest.approx(10.0, rel=1e-3)


def test_two_canvases_stay_together(canvas, qtbot):
    other = Canvas()
    qtbot.addWidget(other)
    other.resize(300, 300)
    other.set_image(phase_image())
    canvas.view_changed.connect(lambda: other.set_view(canvas.view()))
    canvas.pan_by(4, -3)
    assert other.view() == canvas.view()


def test_a_plane_that_nobody_encoded_looks_as_one_that_was(qtbot):
    jobs = []
    canvas = Canvas(later=lambda work, show: jobs.append((work, show)))
    qtbot.addWidget(canvas)
    canvas.resize(200, 150)
    canvas.show()
    rng = np.random.default_rng(5)
    values = rng.uniform(-np.pi, np.pi, (600, 800)).astype(np.float32)
    values[:100, :300] = np.nan
    image = PlaneImage.of(values, PHASE, Geometry(600, 800, -91.0, 0.3, 0.001, -0.001))
    seen = []
    for shown in (image, replace(image, index=None)):
        canvas.set_image(shown)
        canvas.reset_view()
        picked = picture(canvas)
        qtbot.waitUntil(lambda: bool(jobs), timeout=1000)
        work, show = jobs.pop()
        show(work())
        settled = picture(canvas)
        canvas.zoom_by(40, at=(100, 300))
        seen.append((picked, settled, picture(canvas)))
        jobs.clear()
    assert seen[0] == seen[1]
    assert len({image.cacheKey() for image in seen[0]}) == 3
    assert seen[0][0] != seen[0][1]


def test_a_view_from_afar_settles_to_the_average(qtbot):
    jobs = []
    canvas = Canvas(later=lambda work, show: jobs.append((work, show)))
    qtbot.addWidget(canvas)
    canvas.resize(200, 150)
    canvas.show()
    canvas.furniture.want(legend=False)
    values = np.where(np.indices((600, 800)).sum(axis=0) % 2, 0.6, -0.2).astype(np.float32)
    grid = Geometry(600, 800, -91.0, 0.3, 0.001, -0.001)
    canvas.set_image(PlaneImage.of(values, PHASE, grid))
    picked = picture(canvas)
    qtbot.waitUntil(lambda: bool(jobs), timeout=1000)
    work, show = jobs.pop()
    show(work())
    settled = picture(canvas)
    assert settled != picked
    assert settled.pixelColor(settled.width() // 2, 4).getRgb()[:3] == phase_colour(0.2)
    canvas.zoom_by(4)
    close = picture(canvas)
    show(work())  # an answer for a view that is no more
    assert picture(canvas) == close


def test_legends_and_ticks_are_drawn_over_the_edges_only(canvas):
    plain = picture(canvas)
    canvas.furniture.want(legend=True, edges=True)
    canvas.set_crosshair(30, 40)
    dressed = picture(canvas)
    assert dressed != plain
    assert colour(dressed, canvas, 20, 60) == colour(plain, canvas, 20, 60)
    canvas.set_crosshair(None)
    canvas.set_theme(LIGHT)
    assert picture(canvas) != dressed


@pytest.mark.parametrize("scale", [1.25, 2.0])
def test_high_resolution_screens_get_every_device_pixel(canvas, scale):
    values = np.linspace(-3, 3, ROWS * COLS, dtype=np.float32).reshape(ROWS, COLS)
    canvas.set_image(PlaneImage.of(values, PHASE, GRID))
    canvas.set_view(View(30, 40, 1.0))
    size = canvas.size()
    image = QImage(size * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    canvas.render(image)
    for row, col in ((31, 41), (29.6, 38.8), (45, 20)):
        place = canvas.to_widget(row, col) * scale
        x, y = int(place.x()), int(place.y())
        r, c = canvas.to_image(QPointF((x + 0.5) / scale, (y + 0.5) / scale))
        expected = phase_colour(values[round(r), round(c)])
        assert image.pixelColor(x, y).getRgb()[:3] == expected


@pytest.mark.parametrize("width", [900, 260])
def test_scale_and_legend_never_lie_over_each_other(qtbot, canvas, width):
    canvas.furniture.want(legend=True)
    canvas.set_image(PlaneImage.of(np.zeros((ROWS, COLS)), PHASE, GRID))
    canvas.resize(width, 400)
    qtbot.waitUntil(lambda: canvas.width() == width)
    scale, legend = (
        plate.mapRectToScene(plate.boundingRect())
        for plate in (canvas.furniture.scale, canvas.furniture.layer)
    )
    assert not scale.intersects(legend)
    assert (scale.bottom() == pytest.approx(legend.bottom())) == (width == 900)
