"""Pictures out: the same pixels as the window, at any size, with words that stay words."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
import rasterio
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog
from support.window import FRAME, PAIRS, drag, press, wait_settled

WORDS = ("Wrapped phase", "rad", "2024-01-06 → 2024-01-18", "12 d")


def saved(app, qtbot, path, kind):
    """Save through the dialog, with the kind of that number."""
    app.parts.actions["file.save_picture"].trigger()
    dialog = app.parts.window.findChild(QFileDialog, "dialog.save_picture")
    dialog.selectNameFilter(dialog.nameFilters()[kind])
    dialog.fileSelected.emit(str(path))
    dialog.close()
    wait_settled(qtbot, app)
    return path


def pixels(image):
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    data = np.frombuffer(image.constBits(), np.uint8)
    return data.reshape(image.height(), image.width(), 4)[..., :3].astype(int)


def test_the_copied_picture_is_the_one_of_the_window(app, qtbot):
    app.parts.state.set_tool("brush")
    drag(app, (20, 20), (40, 60))
    app.parts.canvas.leave()
    app.parts.state.set_tool("pan")
    press(
        app, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    wait_settled(qtbot, app)
    image = QGuiApplication.clipboard().image()
    canvas = app.parts.canvas
    assert image.width() == 2 * canvas.width()
    assert image.height() > 2 * canvas.height()  # the caption
    app.parts.window.messages.close_message()
    canvas.unpointed()
    seen = pixels(canvas.grab().toImage())
    taken = pixels(image)[: 2 * canvas.height() : 2, ::2]
    left, right = round(canvas.width() * 0.3), round(canvas.width() * 0.7)
    same = (abs(seen - taken) <= 2).all(axis=2)[:, left:right]
    assert same.mean() > 0.93  # outlines are drawn finer in the larger picture


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_a_png_has_the_size_that_was_chosen(app, qtbot, tmp_path, kind):
    image = QImage(str(saved(app, qtbot, tmp_path / "out.png", kind)))
    canvas = app.parts.canvas
    assert image.width() == (kind + 1) * canvas.width()
    assert FRAME in image.text("Description")
    assert str(PAIRS[0].secondary) in image.text("Description")
    assert [path.name for path in tmp_path.glob("*out*")] == ["out.png"]


def test_words_and_bars_of_an_svg_are_no_pixels(app, qtbot, tmp_path):
    path = saved(app, qtbot, tmp_path / "out.svg", 3)
    root = ElementTree.parse(path).getroot()
    spaced = "{http://www.w3.org/2000/svg}"
    words = " ".join("".join(node.itertext()) for node in root.iter(f"{spaced}text"))
    for word in (*WORDS, FRAME):
        assert word in words
    assert any(True for _ in root.iter(f"{spaced}image"))


def test_what_is_saved_is_what_was_seen_when_it_was_asked_for(app, qtbot, tmp_path):
    app.parts.actions["file.save_picture"].trigger()
    dialog = app.parts.window.findChild(QFileDialog, "dialog.save_picture")
    app.parts.state.set_pair(PAIRS[2])
    wait_settled(qtbot, app)
    dialog.fileSelected.emit(str(tmp_path / "out.png"))
    dialog.close()
    wait_settled(qtbot, app)
    said = QImage(str(tmp_path / "out.png")).text("Description")
    assert str(PAIRS[0].secondary) in said


def test_a_folder_that_cannot_be_written_is_told_and_nothing_is_left(app, qtbot, tmp_path):
    (tmp_path / "file").write_text("")
    saved(app, qtbot, tmp_path / "file" / "out.png", 0)
    told = app.parts.window.messages.message
    assert told.level == "error"
    assert "Cannot write the file" in told.text
    assert str(tmp_path / "file" / "out.png") in told.text
    assert "save it in a folder" in told.text


def test_the_layer_is_saved_for_a_gis_in_its_units(app, qtbot, tmp_path):
    path = tmp_path / "phase.tif"
    app.parts.actions["file.geotiff"].trigger()
    dialog = app.parts.window.findChild(QFileDialog, "dialog.geotiff")
    dialog.fileSelected.emit(str(path))
    dialog.close()
    wait_settled(qtbot, app)
    cube = app.parts.state.cube
    with rasterio.open(path) as file:
        np.testing.assert_array_equal(file.read(1), cube.read_plane("insar_difference", PAIRS[0]))
        assert file.units == ("radian",)
        assert file.transform[:6] == pytest.approx(cube.geometry.transform)


def test_a_geotiff_of_another_ending_is_refused_in_words(app, qtbot, tmp_path):
    app.parts.actions["file.geotiff"].trigger()
    dialog = app.parts.window.findChild(QFileDialog, "dialog.geotiff")
    dialog.fileSelected.emit(str(tmp_path / "phase.png"))
    dialog.close()
    wait_settled(qtbot, app)
    assert app.parts.window.messages.message.level == "error"
    assert not (tmp_path / "phase.png").exists()
