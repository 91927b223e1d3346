"""Contact sheets: the pairs that were asked for, each a faithful small picture, or nothing."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QDialog
from support.window import FRAME, PAIRS, drag, wait_saved, wait_settled

from thalia_core.cube.store import CubeStore
from thalia_viewer.canvas.masks import CLASS_COLOURS
from thalia_viewer.contact import MOST, Sheet, tiles_of
from thalia_viewer.dialogs.contact import ContactDialog


def opened(app):
    app.parts.actions["file.contact_sheet"].trigger()
    return app.parts.window.findChild(QDialog, "dialog.contact")


def sheet_of(path, pairs, layer="insar_difference"):
    cube = CubeStore.open(path)
    return Sheet(cube, tuple(pairs), layer, 3, True, FRAME, "", {})


def never():
    return False


def test_all_listed_pairs_are_offered_and_the_filter_counts(app, qtbot):
    app.parts.state.set_filter("days:<=12")
    wait_settled(qtbot, app)
    dialog = opened(app)
    assert dialog.pairs == tuple(pair for pair in PAIRS if pair.days <= 12)
    assert "days:<=12" in dialog.which.currentText()
    dialog.close()


def test_pairs_marked_in_the_list_come_first(app):
    model, flags = app.parts.pairs.model, QItemSelectionModel.SelectionFlag
    selection = app.parts.pairs.view.selectionModel()
    for row in (0, 2, 4):
        selection.select(model.index(row, 0), flags.Select | flags.Rows)
    dialog = opened(app)
    assert dialog.pairs == (PAIRS[0], PAIRS[2], PAIRS[4])
    assert app.parts.state.pair == PAIRS[0]
    dialog.close()


@pytest.mark.parametrize(("ending", "head"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_the_sheet_is_written_and_told(app, qtbot, tmp_path, ending, head):
    path = tmp_path / f"sheet.{ending}"
    opened(app).save_to(path)
    wait_settled(qtbot, app)
    assert path.read_bytes().startswith(head)
    assert str(path) in app.parts.window.messages.message.text
    assert [p.name for p in tmp_path.glob("*sheet*")] == [path.name]


def test_masks_are_outlined_in_the_colours_of_their_classes(app, qtbot):
    app.parts.state.set_tool("brush")
    drag(app, (20, 20), (40, 60))
    wait_saved(qtbot, app)
    path = app.parts.state.cube.path
    tile, other = tiles_of(sheet_of(path, PAIRS[:2]), lambda _: None, never)
    assert tile.classes == (int(app.parts.state.activity),)
    assert other.classes == ()
    outline = QColor(CLASS_COLOURS[app.parts.state.activity]).rgb()
    assert count(tile.picture, outline) > 50
    assert count(other.picture, outline) == 0


def test_a_stopped_sheet_writes_nothing(app, qtbot, tmp_path):
    told = []
    assert (
        tiles_of(sheet_of(app.parts.state.cube.path, PAIRS), told.append, lambda: len(told) > 2)
        is None
    )
    assert told == [0, 1, 2]
    dialog = opened(app)
    dialog.save_to(tmp_path / "sheet.png")
    dialog.reject()
    wait_settled(qtbot, app)
    left = [path.name for path in tmp_path.glob("*sheet*")]
    assert left in ([], ["sheet.png"])  # it may have been ready before


def test_a_pair_that_cannot_be_read_costs_only_itself(qapp, cube_path):
    chunk = next((cube_path / "insar_difference").glob("0.1.*"))
    chunk.write_bytes(chunk.read_bytes()[:20])
    tiles = tiles_of(sheet_of(cube_path, PAIRS), lambda _: None, never)
    assert [tile.picture is None for tile in tiles] == [True] + [False] * (len(PAIRS) - 1)
    assert tiles[0].label == "cannot be read"


def test_a_pair_without_a_computed_layer_costs_only_itself(qapp, cube_path):
    sheet = sheet_of(cube_path, PAIRS, "phase_minus_mogi")  # nothing is masked
    tiles = tiles_of(sheet, lambda _: None, never)
    assert [tile.label for tile in tiles] == ["has no such layer"] * len(PAIRS)


def test_more_pairs_than_a_sheet_holds_are_told(qtbot):
    many = PAIRS * 100
    dialog = ContactDialog({"All": tuple(many)}, ("dem",), "dem", "sheet", Path())
    qtbot.addWidget(dialog)
    assert len(dialog.pairs) == MOST
    assert f"the first {MOST} of {len(many):,}" in dialog.told.text()


def count(image: QImage, rgb: int) -> int:
    data = np.frombuffer(image.convertToFormat(QImage.Format.Format_RGB32).constBits(), np.uint32)
    return int(np.count_nonzero(data == np.uint32(rgb)))
