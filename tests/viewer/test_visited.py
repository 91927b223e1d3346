"""Back and forward through what was shown, and what is remembered until the next start."""

import shutil

import pytest
from PySide6.QtCore import Qt
from support.window import PAIRS, press, wait_settled, write_cube

from thalia_viewer.app import App

Key, Alt, Ctrl = Qt.Key, Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
FRAMES = ("001A_00001_131313", "002D_00002_131313")


@pytest.fixture
def archive(tmp_path):
    for seed, frame in enumerate(FRAMES):
        write_cube(tmp_path / "archive", frame, seed)
    return tmp_path / "archive"


@pytest.fixture
def app(open_app, archive) -> App:
    return open_app(archive)


def shown(app: App):
    return app.parts.state.cube.frame, app.parts.state.pair


def go(qtbot, app: App, key, modifier=None) -> None:
    press(app, key, modifier)
    wait_settled(qtbot, app)


def test_back_and_forward_lead_through_pairs_and_frames(qtbot, app):
    actions = app.parts.actions
    assert not actions["pair.back"].isEnabled()
    go(qtbot, app, Key.Key_D)
    go(qtbot, app, Key.Key_PageDown, Ctrl)
    app.parts.pairs.chosen.emit(PAIRS[4])
    wait_settled(qtbot, app)
    way = [(FRAMES[0], PAIRS[0]), (FRAMES[0], PAIRS[1]), (FRAMES[1], PAIRS[0])]
    assert shown(app) == (FRAMES[1], PAIRS[4])
    for place in reversed(way):
        go(qtbot, app, Key.Key_Left, Alt)
        assert shown(app) == place
    assert not actions["pair.back"].isEnabled()
    for place in (*way[1:], (FRAMES[1], PAIRS[4])):
        go(qtbot, app, Key.Key_Right, Alt)
        assert shown(app) == place
    assert not actions["pair.forward"].isEnabled()


def test_a_new_pair_ends_the_way_forward(qtbot, app):
    for _ in range(3):
        go(qtbot, app, Key.Key_D)
    for _ in range(2):
        go(qtbot, app, Key.Key_Left, Alt)
    assert app.parts.actions["pair.forward"].isEnabled()
    app.parts.pairs.chosen.emit(PAIRS[5])
    wait_settled(qtbot, app)
    assert not app.parts.actions["pair.forward"].isEnabled()
    go(qtbot, app, Key.Key_Left, Alt)
    assert shown(app) == (FRAMES[0], PAIRS[1])


def test_a_frame_that_is_gone_is_told_and_the_way_stays(qtbot, app, archive):
    go(qtbot, app, Key.Key_PageDown, Ctrl)
    shutil.rmtree(archive / f"{FRAMES[0]}.zarr")
    go(qtbot, app, Key.Key_Left, Alt)
    assert app.parts.window.messages.message.level == "error"
    assert shown(app) == (FRAMES[1], PAIRS[0])
    go(qtbot, app, Key.Key_D)
    go(qtbot, app, Key.Key_Left, Alt)
    assert shown(app) == (FRAMES[1], PAIRS[0])


def test_filter_and_colour_of_the_map_are_there_again(qtbot, app, open_app, archive):
    app.parts.state.set_filter("days:12")
    app.parts.map.choice.setCurrentIndex(2)
    wait_settled(qtbot, app)
    app.close()
    again = open_app(archive)
    assert again.parts.pairs.filter.field.text() == "days:12"
    assert len(again.parts.pairs.model.shown()) == 3
    assert again.parts.map.choice.currentText() == "Unreviewed pairs"
