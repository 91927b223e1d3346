"""The average that a view from afar settles to is computed on a thread, of what was shown then."""

from dataclasses import replace

import numpy as np
import pytest

from thalia_core.cube.geometry import Geometry
from thalia_viewer.canvas.layers import STYLES, PlaneImage
from thalia_viewer.canvas.view import Canvas

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # Qt's offscreen platform, on show


def test_an_average_is_of_the_plane_that_was_shown_when_it_was_asked_for(qtbot):
    jobs = []
    canvas = Canvas(later=lambda work, show: jobs.append((work, show)))
    qtbot.addWidget(canvas)
    canvas.resize(200, 150)
    canvas.show()
    values = np.random.default_rng(5).uniform(-3, 3, (600, 800)).astype(np.float32)
    grid = Geometry(600, 800, -91.0, 0.3, 0.001, -0.001)
    encoded = PlaneImage.of(values, STYLES["insar_difference"], grid)
    canvas.set_image(replace(encoded, index=None))
    canvas.grab()
    qtbot.waitUntil(lambda: bool(jobs), timeout=1000)
    (work, _), *_ = jobs
    expected = work()
    canvas.set_image(encoded)  # another plane, encoded already, before the thread comes to it
    assert np.array_equal(work(), expected)
    canvas.grab()
    qtbot.waitUntil(lambda: not canvas.settling, timeout=1000)
