"""Where no window can be opened, a person is told; a picture needs no display."""

import pytest

from thalia_core.errors import ThaliaError
from thalia_viewer.platform import prepare


def test_no_display_is_told():
    with pytest.raises(ThaliaError, match="no display"):
        prepare({}, screenshot=False, system="linux")


@pytest.mark.parametrize(
    ("environment", "system"),
    [
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux"),
        ({"QT_QPA_PLATFORM": "minimal"}, "linux"),
        ({}, "darwin"),
        ({}, "win32"),
    ],
)
def test_other_ways_are_left_alone(environment, system):
    before = dict(environment)
    prepare(environment, screenshot=False, system=system)
    assert environment == before


def test_a_picture_is_drawn_offscreen_unless_told_otherwise():
    environment: dict[str, str] = {}
    prepare(environment, screenshot=True, system="linux")
    assert environment == {"QT_QPA_PLATFORM": "offscreen"}
    chosen = {"QT_QPA_PLATFORM": "xcb"}
    prepare(chosen, screenshot=True, system="linux")
    assert chosen == {"QT_QPA_PLATFORM": "xcb"}
