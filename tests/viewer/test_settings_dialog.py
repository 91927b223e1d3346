"""What is set in the dialog holds at once, is kept, and is told with its unit."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollBar,
    QSpinBox,
    QWidget,
)
from support.window import wait_settled

from thalia_viewer import screens
from thalia_viewer import theme as themes
from thalia_viewer.settings import Settings

DIALOGS = {
    "edit.settings": "dialog.settings",
    "help.keys": "dialog.keys",
    "help.about": "dialog.about",
    "file.contact_sheet": "dialog.contact",
    "model.train": "dialog.train",
}


def opened(app, action):
    app.parts.actions[action].trigger()
    return app.parts.window.findChild(QDialog, DIALOGS[action])


@pytest.fixture
def dialog(app):
    dialog = opened(app, "edit.settings")
    yield dialog
    dialog.close()
    app.parts.actions["view.light"].isChecked() and app.parts.actions["view.light"].trigger()


def field(dialog, kind, name):
    return dialog.findChild(kind, f"settings.{name}")


def test_numbers_hold_at_once_and_are_kept(app, dialog):
    field(dialog, QDoubleSpinBox, "brush_radius").setValue(31.5)
    field(dialog, QSpinBox, "mask_opacity").setValue(85)
    field(dialog, QCheckBox, "contour").click()
    field(dialog, QDoubleSpinBox, "cache_mb").setValue(512)
    state, value = app.parts.state, app.parts.settings.value
    assert (state.radius, state.mask_opacity, state.contour) == (31.5, 0.85, True)
    assert (value.brush_radius, value.mask_opacity, value.contour) == (31.5, 0.85, True)
    assert value.cache_mb == 512
    assert isinstance(value.cache_mb, int)


def test_what_the_window_changes_is_shown(app, dialog):
    app.parts.state.set_masks(opacity=0.25)
    assert field(dialog, QSpinBox, "mask_opacity").value() == 25
    app.parts.state.set_radius(7.0)
    assert field(dialog, QDoubleSpinBox, "brush_radius").value() == 7.0


def test_the_theme_changes_at_once(app, dialog):
    box = field(dialog, QComboBox, "theme")
    box.setCurrentIndex(box.findData("light"))
    box.activated.emit(box.currentIndex())
    assert app.parts.actions["view.light"].isChecked()
    assert app.parts.settings.value.theme == "light"
    window = app.parts.window.palette().color(app.parts.window.backgroundRole())
    assert window.name() == themes.LIGHT.window


def test_the_theme_of_the_desktop_is_kept_as_such(app, dialog):
    box = field(dialog, QComboBox, "theme")
    box.setCurrentIndex(box.findData("system"))
    box.activated.emit(box.currentIndex())
    light = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
    assert app.parts.actions["view.light"].isChecked() == light
    assert app.parts.settings.value.theme == "system"


def test_another_name_is_written_into_what_is_opened_next(app, dialog, qtbot):
    line = field(dialog, QLineEdit, "annotator")
    line.setText("  maria  ")
    line.editingFinished.emit()
    assert app.parts.settings.value.annotator == "maria"
    app.parts.opener.open(app.parts.state.cube.path)
    wait_settled(qtbot, app)
    assert app.parts.editor.session.annotator == "maria"


def test_a_name_without_end_is_refused(app, dialog):
    line = field(dialog, QLineEdit, "annotator")
    line.setText("x" * 200)
    line.editingFinished.emit()
    assert app.parts.settings.value.annotator == ""
    assert "at most 80" in dialog.general.problem.text()


def test_the_layout_belongs_to_the_screens_it_was_used_on():
    here, desk = screens.arrangement(), screens.described([(2560, 1440, 1.0), (1920, 1080, 2.0)])
    assert desk == screens.described([(1920, 1080, 2.0), (2560, 1440, 1.0)])
    kept = Settings(**screens.remembered(Settings(), "here", "docks"))
    assert screens.layout_here(kept) == ("here", "docks")
    elsewhere = Settings(layout="docks", layouts={desk: ["there", "others"]})
    assert screens.layout_here(elsewhere) == ("", "docks")
    both = Settings(**screens.remembered(elsewhere, "here", "docks"))
    assert both.layouts == {here: ["here", "docks"], desk: ["there", "others"]}


def test_a_second_start_has_the_layout_of_the_first(open_app, cube_path):
    options = {"size": None}
    first = open_app(cube_path, **options)
    first.parts.window.docks[0].hide()
    first.close()
    second = open_app(cube_path, **options)
    assert second.parts.window.docks[0].isHidden()
    second.parts.actions["view.reset_layout"].trigger()
    assert not second.parts.window.docks[0].isHidden()


@pytest.mark.parametrize("action", DIALOGS)
def test_every_dialog_names_its_fields_and_tells_units(app, action):
    dialog = opened(app, action)
    kinds = (QAbstractSpinBox, QAbstractSlider, QComboBox, QCheckBox, QLineEdit, QPushButton)
    for part in asked_of(dialog, kinds):
        assert part.accessibleName() or part.text(), part.objectName()
    for part in asked_of(dialog, (QAbstractSpinBox, QAbstractSlider)):
        assert part.toolTip(), part.objectName()
    dialog.close()


def test_all_numbers_of_the_window_have_a_tip(app):
    kinds = (QAbstractSpinBox, QAbstractSlider)
    numbers = asked_of(app.parts.window, kinds)
    assert numbers
    assert {part.objectName() for part in numbers if not part.toolTip()} == set()
    readouts = app.parts.window.readout.findChildren(QLabel)
    assert all(part.toolTip() for part in readouts)


def asked_of(parent: QWidget, kinds):
    """The parts of those kinds that are a person's, not Qt's own pieces of other parts."""
    found = [part for kind in kinds for part in parent.findChildren(kind)]
    return [
        p for p in found if not isinstance(p, QScrollBar) and not p.objectName().startswith("qt_")
    ]
