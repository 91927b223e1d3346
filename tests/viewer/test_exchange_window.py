"""Edits out of one window and into another, as a person does it with the menus."""

import shutil
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog, QFileDialog
from support.window import PAIRS, mask_on_disk, wait_saved, wait_settled

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_viewer.dialogs.exchange import ExportDialog, ImportDialog

SHAPE = (60, 80)


@pytest.fixture
def theirs(written_cube: Path, tmp_path: Path) -> Path:
    """A copy of the cube in which bob has painted, and his edits as a file."""
    cube = Path(shutil.copytree(written_cube, tmp_path / "bob" / written_cube.name))
    session = EditSession.open(cube, "bob", background=False)
    session.annotate(PAIRS[0], "Brush", disc(20, 20, 6, SHAPE), Paint(1, 2))
    session.annotate(PAIRS[1], "Brush", disc(30, 30, 6, SHAPE), Paint(2, 1), {"caption": "A dyke."})
    session.close()
    return cube


@pytest.fixture
def file(theirs: Path, tmp_path: Path, verb) -> Path:
    path = tmp_path / "bob.edits"
    assert verb("session", "export", theirs, path).returncode == 0
    return path


def message(app) -> str:
    told = app.parts.window.messages.message
    return told.text if told is not None else ""


def chosen(app, qtbot, path: Path) -> ImportDialog:
    """Import edits… and a file: the dialog that shows what is in it."""
    app.parts.actions["file.import_edits"].trigger()
    files = app.parts.window.findChild(QFileDialog, "dialog.open_edits")
    files.fileSelected.emit(str(path))
    files.close()
    qtbot.waitUntil(lambda: app.parts.window.findChild(QDialog, "dialog.import_edits") is not None)
    return app.parts.window.findChild(QDialog, "dialog.import_edits")


def test_a_file_is_shown_brought_in_and_undone(app, qtbot, file, theirs, cube_path):
    dialog = chosen(app, qtbot, file)
    row = dialog.table.topLevelItem(0)
    assert [row.text(n) for n in range(3)] == ["bob", "2", "2"]
    assert "New here: 2 edits of 2 pairs" in dialog.told.text()
    assert not mask_on_disk(cube_path, PAIRS[0]).any(), "looking changes nothing"
    dialog.start.click()
    qtbot.waitUntil(lambda: "Imported 2 edits" in dialog.told.text(), timeout=20000)
    assert "Nothing was kept out" in dialog.told.text()
    dialog.leave.click()
    wait_settled(qtbot, app)
    for pair in PAIRS[:2]:
        assert (mask_on_disk(cube_path, pair) == mask_on_disk(theirs, pair)).all()
    assert app.edits.labels[PAIRS[1]].caption == "A dyke."
    session = app.parts.editor.session
    assert (session.masks(PAIRS[0]).activity == mask_on_disk(theirs, PAIRS[0])).all()
    app.parts.actions["edit.undo"].trigger()
    wait_saved(qtbot, app)
    assert not mask_on_disk(cube_path, app.parts.state.pair).any()


def test_what_both_changed_is_listed_and_stays(app, qtbot, file, cube_path):
    session = app.parts.editor.session
    session.annotate(PAIRS[0], "Brush", disc(20, 24, 6, SHAPE), Paint(3, 3))
    dialog = chosen(app, qtbot, file)
    assert "were changed here, too" in dialog.told.text()
    dialog.start.click()
    qtbot.waitUntil(lambda: dialog.conflicts.count() > 0, timeout=20000)
    assert f"{PAIRS[0]}   Brush by bob: " in dialog.conflicts.item(0).text()
    assert (mask_on_disk(cube_path, PAIRS[0])[disc(20, 24, 6, SHAPE).window.slices] == 3).any()
    dialog.close()
    wait_saved(qtbot, app)


def test_a_damaged_file_is_told_and_opens_nothing(app, qtbot, file):
    file.write_bytes(file.read_bytes()[:-30])
    app.parts.actions["file.import_edits"].trigger()
    files = app.parts.window.findChild(QFileDialog, "dialog.open_edits")
    files.fileSelected.emit(str(file))
    files.close()
    qtbot.waitUntil(lambda: "it is cut short" in message(app))
    assert app.parts.window.findChild(QDialog, "dialog.import_edits") is None


def test_a_trouble_is_over_once_another_file_can_be_read(app, qtbot, file, tmp_path):
    broken = tmp_path / "broken.edits"
    broken.write_bytes(file.read_bytes()[:-30])
    app.parts.actions["file.import_edits"].trigger()
    files = app.parts.window.findChild(QFileDialog, "dialog.open_edits")
    files.fileSelected.emit(str(broken))
    files.close()
    qtbot.waitUntil(lambda: "it is cut short" in message(app))
    wait_settled(qtbot, app)
    chosen(app, qtbot, file).close()
    assert "it is cut short" not in message(app)


def test_ones_own_edits_go_out_and_into_another_copy(app, qtbot, theirs, tmp_path, verb):
    session = app.parts.editor.session
    session.annotate(PAIRS[2], "Brush", disc(40, 40, 6, SHAPE), Paint(4, 1))
    app.parts.actions["file.export_edits"].trigger()
    window = app.parts.window
    qtbot.waitUntil(lambda: window.findChild(QDialog, "dialog.export_edits") is not None)
    dialog = window.findChild(ExportDialog, "dialog.export_edits")
    assert dialog.by.itemText(1) == f"{session.annotator}: 1 step"
    dialog.by.setCurrentIndex(1)
    path = tmp_path / "mine.edits"
    dialog.save_to(path)
    qtbot.waitUntil(lambda: "Saved 1 edit " in message(app))
    assert verb("session", "import", theirs, path).returncode == 0
    assert mask_on_disk(theirs, PAIRS[2]).any()


def test_a_cube_that_nobody_edited_has_nothing_to_export(app, qtbot):
    app.parts.actions["file.export_edits"].trigger()
    qtbot.waitUntil(lambda: "nothing to export" in message(app))
