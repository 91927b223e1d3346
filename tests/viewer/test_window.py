"""The real window, driven by keys and mouse."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QDockWidget,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QWidget,
)
from support.window import (
    PAIRS,
    drag,
    mask_on_disk,
    press,
    wait_saved,
    wait_settled,
)

from thalia_core.cube.labels import (
    BOOKKEEPING,
    PAIR_FIELDS,
    Activity,
    Intensity,
    LabelState,
)
from thalia_core.cube.store import CubeStore

Key, Shift = Qt.Key, Qt.KeyboardModifier.ShiftModifier
HANDLES = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
)
INSIDES = (QComboBox, QAbstractSpinBox, QAbstractScrollArea)
Ctrl, Alt = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


def test_keys_step_along_the_list_and_both_dates(app):
    state = app.parts.state
    assert state.pair == PAIRS[0]
    press(app, Key.Key_D)
    assert state.pair == PAIRS[1]
    press(app, Key.Key_A)
    assert state.pair == PAIRS[0]
    press(app, Key.Key_D, Shift)  # 0106-0118 -> 0106-0130
    press(app, Key.Key_D, Shift)
    assert state.pair == PAIRS[2]
    press(app, Key.Key_S)  # 0106-0211 -> 0118-0211
    assert state.pair == PAIRS[4]
    press(app, Key.Key_W)
    assert state.pair == PAIRS[2]
    press(app, Key.Key_A, Shift)
    assert state.pair == PAIRS[1]


def test_a_held_key_waits_for_each_picture(qtbot, app):
    wait_settled(qtbot, app)
    app.gate.repeating = True
    forward = app.parts.actions["pair.next"]
    forward.trigger()
    forward.trigger()  # the first picture is still being read
    assert app.parts.state.pair == PAIRS[1]
    wait_settled(qtbot, app)
    forward.trigger()
    assert app.parts.state.pair == PAIRS[2]


def test_undo_takes_back_the_last_corner_of_an_open_polygon(app):
    press(app, Key.Key_P)
    for corner in ((10, 10), (10, 30), (25, 30)):
        drag(app, corner, corner)
    press(app, Key.Key_Z, Ctrl)
    assert len(app.parts.canvas.tool._vertices) == 2


def test_a_layer_the_frame_lacks_is_told(qtbot, open_app, cube_path):
    app = open_app(cube_path, layer="land_mask")
    assert app.parts.state.layer == "insar_difference"
    assert "no layer 'Land mask'" in app.parts.window.messages.message.text


def test_the_picture_follows_the_pair(qtbot, app):
    press(app, Key.Key_D)
    press(app, Key.Key_D)
    wait_settled(qtbot, app)
    shown = app.parts.canvas.image
    assert shown.request == (PAIRS[2], "insar_difference")
    expected = CubeStore.open(app.parts.state.cube.path).read_plane("insar_difference", PAIRS[2])
    np.testing.assert_array_equal(shown.values, expected)
    assert app.parts.pairs.view.currentIndex().row() == 2
    assert "2024-02-11" in app.parts.window.header.pair.text()


def test_a_caption_is_typed_and_read_back_from_disk(qtbot, app, cube_path):
    caption = app.parts.window.findChild(QPlainTextEdit, "label.caption")
    caption.setFocus()
    qtbot.keyClicks(caption, "fringes at Fernandina")
    app.parts.window.findChild(type(app.parts.canvas), "canvas").setFocus()
    wait_saved(qtbot, app)
    assert CubeStore.open(cube_path).read_label(PAIRS[0]).caption == "fringes at Fernandina"
    assert app.parts.pairs.model.labels[PAIRS[0]].labelled


def test_a_caption_in_progress_goes_with_its_own_pair(qtbot, app, cube_path):
    caption = app.parts.window.findChild(QPlainTextEdit, "label.caption")
    caption.setFocus()
    qtbot.keyClicks(caption, "here")
    app.parts.state.set_pair(PAIRS[3])
    assert caption.toPlainText() == ""
    wait_saved(qtbot, app)
    labels = CubeStore.open(cube_path).read_labels()
    assert [bool(label.caption) for label in labels] == [True] + [False] * 5


def test_letters_in_a_text_field_are_text(qtbot, app):
    caption = app.parts.window.findChild(QPlainTextEdit, "label.caption")
    caption.setFocus()
    tool, pair = app.parts.state.tool, app.parts.state.pair
    for key in "bdaeps12?[ ":
        qtbot.keyClick(QApplication.focusWidget(), key)
    assert caption.toPlainText() == "bdaeps12?[ "
    assert (app.parts.state.tool, app.parts.state.pair) == (tool, pair)
    assert not app.parts.state.bare


def test_escape_leaves_a_text_field_for_the_picture(qtbot, app):
    caption = app.parts.window.findChild(QPlainTextEdit, "label.caption")
    caption.setFocus()
    press(app, Key.Key_Escape)
    press(app, Key.Key_D)
    assert app.parts.state.pair == PAIRS[1]


def test_a_flag_that_nobody_recorded_becomes_yes_then_no(qtbot, app, cube_path):
    box = app.parts.labels.fields["low_coherence"].widget
    assert box.checkState() == Qt.CheckState.PartiallyChecked
    for expected in (1, 0):
        box.click()
        wait_saved(qtbot, app)
        assert CubeStore.open(cube_path).read_label(PAIRS[0]).low_coherence == expected


def test_every_pair_variable_has_a_field_and_is_saved(qtbot, app, cube_path):
    fields = app.parts.labels.fields
    assert set(fields) == set(PAIR_FIELDS) - set(BOOKKEEPING)
    chosen = {"label_state": LabelState.FLAGGED, "phase": 2, "atmospheric_fringes": 3}
    for name, code in chosen.items():
        box = fields[name].widget
        box.setCurrentIndex(box.findData(int(code)))
        box.activated.emit(box.currentIndex())
    fields["confidence"].widget.setValue(0.8)
    fields["unique_id"].widget.setText("12")
    fields["unique_id"].widget.textEdited.emit("12")
    app.parts.labels.flush()
    wait_saved(qtbot, app)
    label = CubeStore.open(cube_path).read_label(PAIRS[0])
    assert (label.label_state, label.phase, label.atmospheric_fringes) == (3, 2, 3)
    assert (label.confidence, label.unique_id) == (0.8, 12)
    assert label.labelled


def test_both_themes_dress_every_part(qtbot, app):
    app.parts.actions["view.light"].trigger()
    assert app.parts.settings.value.theme == "light"
    app.parts.actions["view.light"].trigger()
    assert app.parts.settings.value.theme == "dark"


def test_a_mask_is_painted_and_read_back_from_disk(qtbot, app, cube_path):
    press(app, Key.Key_2)  # dyke; the brush comes with it
    press(app, Key.Key_3, Alt)
    app.parts.state.set_radius(3)
    drag(app, (20, 20), (20, 30))
    wait_saved(qtbot, app)
    activity = mask_on_disk(cube_path, PAIRS[0])
    assert activity[20, 25] == Activity.DYKE
    assert activity[20, 16] == 0
    assert mask_on_disk(cube_path, PAIRS[0], "intensity_level_mask")[20, 25] == Intensity.HIGH
    assert set(np.unique(mask_on_disk(cube_path, PAIRS[0], "deformation_mask"))) == {0, 1}
    qtbot.waitUntil(lambda: app.parts.window.header.save.text() == "saved")


def test_undo_redo_and_what_a_restart_remembers(qtbot, app, open_app, cube_path):
    press(app, Key.Key_B)
    drag(app, (30, 30), (30, 40))
    painted = app.parts.editor.session.masks(PAIRS[0]).activity.copy()
    assert painted.any()
    press(app, Key.Key_Z, Ctrl)
    assert not app.parts.editor.session.masks(PAIRS[0]).activity.any()
    press(app, Key.Key_Z, Ctrl | Shift)
    wait_saved(qtbot, app)
    app.close()

    again = open_app(cube_path)
    np.testing.assert_array_equal(again.parts.editor.session.masks(PAIRS[0]).activity, painted)
    assert len(again.parts.history.listed) == 1
    assert again.parts.actions["edit.undo"].isEnabled()
    press(again, Key.Key_Z, Ctrl)
    wait_saved(qtbot, again)
    assert not mask_on_disk(cube_path, PAIRS[0]).any()


def test_ctrl_drag_erases_with_any_tool(qtbot, app, cube_path):
    press(app, Key.Key_B)
    drag(app, (30, 30), (30, 50))
    drag(app, (30, 30), (30, 50), ctrl=True)
    wait_saved(qtbot, app)
    assert not mask_on_disk(cube_path, PAIRS[0]).any()


def test_a_polygon_by_mouse(qtbot, app, cube_path):
    press(app, Key.Key_P)
    press(app, Key.Key_1)
    assert app.parts.state.tool == "polygon"
    for corner in ((9.5, 9.5), (9.5, 30.5), (25.5, 30.5), (25.5, 9.5)):
        drag(app, corner, corner)
    press(app, Key.Key_Return)
    wait_saved(qtbot, app)
    activity = mask_on_disk(cube_path, PAIRS[0])
    assert activity[18, 20] == Activity.SILL
    assert np.count_nonzero(activity) == 16 * 21


def test_an_earthquake_has_no_intensity(app):
    press(app, Key.Key_5)
    assert app.parts.hand.paint.intensity == Intensity.NONE
    qapp_settle()
    assert not app.parts.actions["intensity.3"].isEnabled()


def test_brush_keys_and_swapping_tools(app):
    state = app.parts.state
    press(app, Key.Key_B)
    press(app, Key.Key_E)
    press(app, Key.Key_X)
    assert state.tool == "brush"
    before = state.radius
    press(app, Key.Key_BracketRight)
    assert state.radius > before
    press(app, Key.Key_BracketLeft)
    press(app, Key.Key_BracketLeft)
    assert state.radius < before
    assert app.parts.hand.radius == state.radius
    assert app.parts.strip.radius.value() == state.radius


def test_space_shows_the_bare_layer_while_it_is_held(qtbot, app):
    canvas = app.parts.canvas.focusProxy()
    canvas.setFocus()
    qtbot.keyPress(canvas, Key.Key_Space)
    assert app.parts.state.bare
    qtbot.keyRelease(canvas, Key.Key_Space)
    assert not app.parts.state.bare
    press(app, Key.Key_H)
    assert not app.parts.canvas.mask_visible
    press(app, Key.Key_C)
    assert app.parts.canvas.mask_contour


def test_next_unlabelled_passes_over_what_is_labelled(qtbot, app):
    session = app.parts.editor.session
    session.edit_label(PAIRS[1], caption="seen")
    session.edit_label(PAIRS[2], caption="seen")
    press(app, Key.Key_N)
    assert app.parts.state.pair == PAIRS[3]
    wait_saved(qtbot, app)


def test_layers_by_key_and_missing_ones_are_off(qtbot, app):
    press(app, Key.Key_2, Ctrl)
    wait_settled(qtbot, app)
    assert app.parts.canvas.image.style.name == "insar_coherence"
    assert not app.parts.actions["layer.land_mask"].isEnabled()
    press(app, Key.Key_3, Ctrl)
    wait_settled(qtbot, app)
    assert app.parts.canvas.image.style.name == "dem"


def test_the_read_out_names_place_and_values(qtbot, app):
    wait_settled(qtbot, app)
    app.parts.canvas.cursor_moved.emit(1, 4)  # in the margin without phase
    readout = app.parts.window.readout
    assert readout.text("row") == "row 1"
    assert readout.text("lon") == "91.5960° W"
    assert readout.text("lat") == "0.3010° S"
    assert readout.text("phase") == "– rad"
    app.parts.canvas.cursor_moved.emit(30, 40)
    assert readout.text("phase") == "0.50 rad"
    assert readout.text("height") == "1,500 m"
    assert readout.text("coherence").startswith("coh 0.")
    app.parts.canvas.cursor_left.emit()
    assert readout.text("row") == "row –"


def test_two_cubes_in_an_archive(qtbot, open_app, cube_path):
    import shutil

    other = cube_path.with_name("014A_07688_131313.zarr")
    shutil.copytree(cube_path, other)
    app = open_app(cube_path.parent)
    assert app.parts.state.cube.path == other  # sorted by name
    assert len(app.parts.state.frames) == 2
    press(app, Key.Key_PageDown, Ctrl)
    wait_settled(qtbot, app)
    assert app.parts.state.cube.path == cube_path
    assert app.parts.editor.session.cube.path == cube_path


def test_what_was_set_is_remembered(qtbot, app, open_app, cube_path):
    app.parts.state.set_masks(opacity=0.25)
    app.parts.state.set_radius(33)
    app.close()
    again = open_app(None)  # the last path opens by itself
    assert again.parts.state.cube.path == cube_path
    assert again.parts.state.mask_opacity == 0.25
    assert again.parts.hand.radius == 33


def test_every_part_has_an_id_and_a_spoken_name(app):
    for row in app.parts.actions.table:
        assert app.parts.actions[row.id].objectName() == row.id
    for name in (
        "dock.map",
        "dock.archive",
        "dock.pairs",
        "dock.labels",
        "dock.display",
        "dock.history",
    ):
        found = app.parts.window.findChild(object, name)
        assert found is not None
        assert found.accessibleName()
    for field in app.parts.labels.fields.values():
        assert field.widget.objectName().startswith("label.")
        assert field.widget.accessibleName()


def test_everything_a_hand_can_use_has_an_id_and_a_name(app):
    asking = ("edit.settings", "file.contact_sheet", "help.about")
    for name in ("model.train", "model.apply", "help.keys", *asking):
        app.parts.actions[name].trigger()
    docks = app.parts.window.findChildren(QDockWidget)
    dialogs = app.parts.window.findChildren(QDialog)
    assert len(docks) >= 9  # more where features bring their own
    assert len(dialogs) == 6
    assert all(part.objectName() and part.accessibleName() for part in [*docks, *dialogs])
    nameless = [
        (type(widget).__name__, widget.objectName())
        for widget in app.parts.window.findChildren(QWidget)
        if isinstance(widget, HANDLES)
        and not isinstance(widget, QScrollBar | QHeaderView)
        and not isinstance(widget.parentWidget(), INSIDES)
        and not widget.objectName().startswith("qt_")  # Qt's own, named by Qt
        and not widget.parentWidget().inherits("QComboBoxPrivateContainer")
        and not isinstance(widget.parentWidget(), QTabBar)  # its arrows
        and not (widget.objectName() and widget.accessibleName())
    ]
    assert not nameless
    for dialog in dialogs:
        dialog.reject()


def test_three_quarters_of_the_window_are_data(open_app, cube_path: Path):
    app = open_app(cube_path)
    app.parts.window.lay_out(1600, 1000, app.parts.pairs.fitting_width)
    qapp_settle()
    window, canvas = app.parts.window.size(), app.parts.canvas.size()
    share = canvas.width() * canvas.height() / (window.width() * window.height())
    assert share > 0.745


def qapp_settle() -> None:
    for _ in range(3):
        QApplication.processEvents()
