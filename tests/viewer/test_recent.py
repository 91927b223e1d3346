"""Recent archives: the newest first, opened again, gone ones told and dropped."""

import shutil

from support.window import wait_settled, write_cube


def texts(app):
    actions = (app.parts.actions[f"file.recent.{n}"] for n in range(1, 11))
    return [action.text() for action in actions if action.isVisible()]


def test_what_was_opened_is_kept_newest_first(app, open_app, qtbot, cube_path, tmp_path):
    other = write_cube(tmp_path / "other", "001A_00001_000001")
    app.parts.opener.open(other)
    wait_settled(qtbot, app)
    recent = app.parts.settings.value.recent
    assert recent == [str(other), str(cube_path)]
    assert texts(app) == [f"&1  {other}", f"&2  {cube_path}"]
    app.parts.actions["file.recent.2"].trigger()
    wait_settled(qtbot, app)
    assert app.parts.state.cube.path == cube_path
    assert texts(app) == [f"&1  {cube_path}", f"&2  {other}"]
    again = open_app(None)
    assert texts(again) == texts(app)


def test_an_archive_that_is_gone_is_told_and_leaves_the_list(app, qtbot, tmp_path):
    other = write_cube(tmp_path / "other", "001A_00001_000001")
    app.parts.opener.open(other)
    wait_settled(qtbot, app)
    gone = tmp_path / "archive"
    shutil.rmtree(gone)
    app.parts.actions["file.recent.2"].trigger()
    wait_settled(qtbot, app)
    assert "is not there any more" in app.parts.window.messages.message.text
    assert app.parts.settings.value.recent == [str(other)]
    assert app.parts.state.cube.path == other


def test_the_list_can_be_cleared(app):
    app.parts.actions["file.recent.clear"].trigger()
    assert app.parts.settings.value.recent == []
    assert texts(app) == ["Nothing was opened yet"]
    assert not app.parts.actions["file.recent.clear"].isVisible()
