"""Somebody else edits the cube while the window shows it."""

import numpy as np
from PySide6.QtCore import Qt
from support.window import PAIRS, drag, mask_on_disk, press, wait_saved, wait_settled

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.cube.labels import Activity, Intensity

Key = Qt.Key
SHAPE = (60, 80)


def _paint_elsewhere(path, pair, row, col, caption=None):
    """What ``thalia annotate`` does in another process."""
    other = EditSession.open(path, "other", background=False)
    with other.transaction():
        fields = {"caption": caption} if caption else {}
        paint = Paint(int(Activity.SILL), int(Intensity.HIGH))
        other.annotate(pair, "Polygon", disc(row, col, 3, SHAPE), paint, fields)
    other.close()


def _shown(app):
    return app.parts.editor.session.masks(app.parts.state.pair).activity


def _come_back(qtbot, app):
    press(app, Key.Key_D)
    wait_settled(qtbot, app)
    press(app, Key.Key_A)
    wait_settled(qtbot, app)


def test_what_others_painted_is_there_when_the_pair_is_shown_again(qtbot, app, cube_path):
    _paint_elsewhere(cube_path, PAIRS[0], 20, 30, "from elsewhere")
    _come_back(qtbot, app)
    assert _shown(app)[20, 30] == Activity.SILL
    assert app.edits.labels[PAIRS[0]].caption == "from elsewhere"
    press(app, Key.Key_B)
    drag(app, (20, 30), (20, 34))  # over theirs: no conflict, both saw the same
    wait_saved(qtbot, app)
    assert app.parts.editor.session.conflicts == []
    disk = mask_on_disk(cube_path, PAIRS[0])
    np.testing.assert_array_equal(disk, _shown(app))
    assert disk[20, 30] == app.parts.state.activity


def test_undo_takes_back_what_others_did_where_it_is_shown(qtbot, app, cube_path):
    _paint_elsewhere(cube_path, PAIRS[0], 20, 30)
    _come_back(qtbot, app)
    assert app.parts.actions["edit.undo"].isEnabled()
    press(app, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    wait_saved(qtbot, app)
    assert not mask_on_disk(cube_path, PAIRS[0]).any()
    assert not _shown(app).any()


def test_a_cube_that_went_away_is_told_and_never_shown_as_empty(qtbot, app, cube_path):
    away = cube_path.rename(cube_path.with_name("away"))
    press(app, Key.Key_S)
    press(app, Key.Key_N)
    wait_settled(qtbot, app)
    assert "is not there any more" in app.parts.window.messages.message.text
    away.rename(cube_path)
    _come_back(qtbot, app)
    assert app.parts.pictures.picture is not None


def test_edits_wait_for_a_cube_that_went_away(qtbot, app, cube_path):
    away = cube_path.rename(cube_path.with_name("away"))
    session, said = app.parts.editor.session, []
    session.saving.connect(lambda state: said.append(state))
    press(app, Key.Key_B)
    drag(app, (20, 30), (20, 34))
    qtbot.waitUntil(lambda: any(state.state == "failed" for state in said), timeout=5000)
    assert "is not there any more" in next(s.why for s in said if s.state == "failed")
    away.rename(cube_path)
    session.flush()
    assert mask_on_disk(cube_path, PAIRS[0])[20, 30] == app.parts.state.activity
