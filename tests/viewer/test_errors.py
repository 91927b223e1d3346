"""Every error reaches the person: where, why, what to do, and nothing is swallowed."""

import shutil
import stat
import subprocess
import sys
import threading

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from support.window import PAIRS, drag, mask_on_disk, point, press, wait_saved, wait_settled

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.cube.store import CubeStore
from thalia_core.errors import CubeError, EditError
from thalia_viewer.errors import ErrorPath


def shown(app):
    message = app.parts.window.messages.message
    return message.text if message is not None else ""


def test_a_core_error_is_told_in_its_own_words(qtbot, tmp_path):
    path, told = ErrorPath(tmp_path / "crash.log"), []
    path.told.connect(told.append)
    error = CubeError("cannot read", where="x.zarr", why="it is damaged", fix="copy it")
    path.report(error)
    assert told[0].text == f"Cannot read{str(error)[11:]}."
    assert told[0].level == "error"
    assert not (tmp_path / "crash.log").exists()


def test_an_unknown_error_is_told_and_logged(qtbot, tmp_path):
    path, told = ErrorPath(tmp_path / "crash.log"), []
    path.told.connect(told.append)
    path.report(ZeroDivisionError("boom"), "drawing")
    assert "Unexpected error while drawing: ZeroDivisionError: boom" in told[0].text
    assert "ZeroDivisionError: boom" in (tmp_path / "crash.log").read_text()


def test_hooks_catch_what_nobody_caught(qtbot, tmp_path):
    path, told = ErrorPath(tmp_path / "crash.log"), []
    path.told.connect(told.append)
    path.install()
    try:
        sys.excepthook(KeyError, KeyError("slot"), None)
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
        qtbot.waitUntil(lambda: len(told) == 2)
    finally:
        path.uninstall()
    assert sys.excepthook is not path._uncaught
    assert "KeyError" in told[0].text
    assert "ZeroDivisionError" in told[1].text


def test_a_crash_is_told_at_the_next_start_once(tmp_path):
    (tmp_path / "fault.log").write_text("Fatal Python error: Segmentation fault\n")
    path = ErrorPath(tmp_path / "crash.log")
    assert "ended in a crash last time" in path.last_crash().text
    assert path.last_crash() is None


def test_no_such_path(qtbot, open_app, tmp_path):
    app = open_app(tmp_path / "nowhere", settle=False)
    qtbot.waitUntil(lambda: "No such path" in shown(app))
    assert str(tmp_path / "nowhere") in shown(app)


def test_a_folder_without_cubes(qtbot, open_app, tmp_path):
    (tmp_path / "empty").mkdir()
    app = open_app(tmp_path / "empty", settle=False)
    qtbot.waitUntil(lambda: "No cubes here" in shown(app))


def test_a_broken_cube_is_told_and_the_next_one_opens(qtbot, open_app, cube_path):
    broken = cube_path.with_name("001A_00000_000000.zarr")
    broken.mkdir()
    (broken / ".zgroup").write_text("{")
    app = open_app(cube_path.parent)
    assert app.parts.state.cube.path == cube_path
    problems = [entry.problem for entry in app.parts.state.frames]
    assert problems[0]
    assert problems[1] is None
    app.parts.archive.chosen.emit(broken)
    qtbot.waitUntil(lambda: broken.name in shown(app))
    assert app.parts.state.cube.path == cube_path  # what was shown stays


def test_a_damaged_chunk_is_told_and_the_other_pairs_go_on(qtbot, open_app, cube_path):
    chunk = next((cube_path / "insar_difference").glob("0.1.*"))
    chunk.write_bytes(chunk.read_bytes()[:20])
    app = open_app(cube_path, settle=False)
    qtbot.waitUntil(lambda: "Cannot read the data" in shown(app))
    assert str(PAIRS[0]) in shown(app)
    assert app.parts.canvas.image is None
    app.parts.actions["pair.next"].trigger()
    wait_settled(qtbot, app)
    assert app.parts.canvas.image.request[0] == PAIRS[1]
    assert shown(app) == ""


def test_a_read_only_cube_says_why(qtbot, open_app, cube_path):
    mode = cube_path.stat().st_mode
    cube_path.chmod(mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    try:
        app = open_app(cube_path)
        assert app.parts.editor.session is None
        assert "no permission to write" in app.parts.labels.reason.text()
        assert not app.parts.labels.reason.isHidden()
        assert "read-only" in app.parts.window.header.save.text()
        assert not app.parts.actions["tool.brush"].isEnabled()
        assert app.parts.labels.fields["caption"].widget.isReadOnly()
        assert app.parts.canvas.image is not None
        drag(app, (20, 20), (30, 30))  # nothing to paint with, nothing happens
    finally:
        cube_path.chmod(mode)


def test_a_failed_save_is_told_and_closing_asks(qtbot, app, cube_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")
        yield

    with monkeypatch.context() as patched:
        patched.setattr(app.parts.editor.session._saver, "_save", full)
        press(app, Qt.Key.Key_B)
        drag(app, (20, 20), (20, 30))
        qtbot.waitUntil(lambda: "disk is full" in shown(app))
        assert "failed" in app.parts.window.header.save.text()
        assert "NOT SAVED" in app.parts.window.windowTitle()
        app.parts.window.close()
        qtbot.waitUntil(
            lambda: app.parts.window.findChild(QMessageBox, "dialog.unsaved") is not None
        )
        box = app.parts.window.findChild(QMessageBox, "dialog.unsaved")
        stay = next(b for b in box.findChildren(QPushButton) if "Keep" in b.text())
        stay.click()
        assert app.parts.window.isVisible()
    app.parts.actions["file.save"].trigger()  # the disk has room again
    wait_saved(qtbot, app)
    qtbot.waitUntil(lambda: app.parts.window.header.save.text() == "saved")
    assert shown(app) == ""


def test_edits_of_a_cube_that_is_left_are_kept_until_they_are_saved(qtbot, open_app, cube_path):
    other = cube_path.with_name("999D_00000_000000.zarr")
    shutil.copytree(cube_path, other)
    app = open_app(cube_path.parent)
    app.parts.editor._retry.setInterval(20)
    session = app.parts.editor.session
    save, full = session._saver._save, [True]

    def fails(record, journalled):
        if full[0]:
            raise OSError(28, "No space left on device")
        yield from save(record, journalled)

    session._saver._save = fails
    press(app, Qt.Key.Key_B)
    drag(app, (20, 20), (20, 30))
    app.parts.archive.chosen.emit(other)
    qtbot.waitUntil(lambda: app.parts.state.cube.path == other)
    qtbot.waitUntil(lambda: "disk is full" in shown(app))
    assert app.parts.editor.dirty
    full[0] = False
    wait_saved(qtbot, app)
    assert mask_on_disk(cube_path, PAIRS[0])[20, 25] == 3


def test_a_conflict_is_told_and_the_other_mask_is_shown(qtbot, app, cube_path):
    other = EditSession.open(cube_path, "other", background=False)
    stroke = other.begin(PAIRS[0], Paint(1, 1))
    stroke.extend(disc(20, 20, 3, (60, 80)))
    stroke.commit()
    other.close()
    press(app, Qt.Key.Key_2)
    drag(app, (20, 20), (20, 22))
    qtbot.waitUntil(lambda: "were changed by someone else" in shown(app))
    wait_settled(qtbot, app)
    assert app.parts.editor.session.masks(PAIRS[0]).activity[20, 20] == 1


def test_an_illegal_value_is_told_and_taken_back(qtbot, app):
    app.edits.edit_label(PAIRS[0], {"confidence": 7})
    assert "confidence goes from 0 to 1" in shown(app).lower()


def test_messages_of_one_key_replace_each_other(app):
    messages = app.parts.window.messages
    app.parts.errors.tell("first", "error", key="save")
    app.parts.errors.tell("second", "error", key="save")
    app.parts.errors.tell("third")
    assert messages.message.text == "third"
    messages.close_message()
    assert messages.message.text == "second"
    app.parts.errors.settle("save")
    assert messages.isHidden()


def test_an_error_of_a_tool_reaches_the_bar(qtbot, app, monkeypatch):
    def refuse(*_):
        raise EditError("cannot paint here", why="testing")

    monkeypatch.setattr(app.parts.editor.session, "begin", refuse)
    press(app, Qt.Key.Key_B)
    surface = app.parts.canvas.focusProxy().viewport()
    at, left = QPointF(point(app, 20, 20)), Qt.MouseButton.LeftButton
    held = Qt.KeyboardModifier.NoModifier
    # posted, not sent: only then is the exception the event loop's and not this test's
    click = QMouseEvent(QEvent.Type.MouseButtonPress, at, at, left, left, held)
    with qtbot.captureExceptions():
        monkeypatch.setattr(sys, "excepthook", app.parts.errors._uncaught)
        QApplication.postEvent(surface, click)
        qtbot.waitUntil(lambda: bool(shown(app)))
    assert shown(app) == "Cannot paint here; testing."
    assert not app.parts.canvas.tool.drawing


_DIES = """
import os, sys
from thalia_core.annotate import writer
from thalia_core.annotate.session import EditSession
from thalia_core.cube.pairs import DatePair
session = EditSession.open(sys.argv[1], "somebody", background=False)
writer.apply = lambda *_: os._exit(9)  # the edit is in the journal, not in the cube
session.edit_label(DatePair.parse(sys.argv[2]), name="Caption", caption="kept by the journal")
"""


def test_what_a_crash_left_open_is_restored_and_told(qtbot, open_app, cube_path):
    command = [sys.executable, "-c", _DIES, str(cube_path), str(PAIRS[0])]
    assert subprocess.run(command, check=False).returncode == 9
    assert not CubeStore.open(cube_path).read_label(PAIRS[0]).caption
    app = open_app(cube_path)
    assert "Restored: Caption on 20240106_20240118" in shown(app)
    assert app.parts.labels.fields["caption"].value() == "kept by the journal"
    assert CubeStore.open(cube_path).read_label(PAIRS[0]).caption == "kept by the journal"


def test_two_windows_share_the_fault_log(tmp_path):
    first, second = (ErrorPath(tmp_path / "crash.log") for _ in range(2))
    first.install()
    second.install()
    second.uninstall()
    first.uninstall()
    assert not (tmp_path / "fault.log").exists()
