"""How masks are seen: opacity by key, hatching, one type alone, and the bare layer."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QCheckBox
from support.window import PAIRS, press, wait_saved, wait_settled

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.shapes import disc
from thalia_core.cube.labels import Activity, Intensity
from thalia_viewer.canvas.masks import codes_of, of_class

Key = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
SHAPE = (60, 80)


@pytest.fixture
def masked(qtbot, app):
    """A dyke of high intensity in the west and an earthquake in the east."""
    session = app.parts.editor.session
    for paint, col in (
        (Paint(Activity.DYKE, Intensity.HIGH), 20),
        (Paint(Activity.EARTHQUAKE), 60),
    ):
        session.annotate(PAIRS[0], "Test", disc(30, col, 12, SHAPE), paint)
    wait_settled(qtbot, app)
    yield app
    wait_saved(qtbot, app)


def seen(app, col, canvas=None):
    """The pixels of the screen around the middle of one of the masks."""
    canvas = canvas or app.parts.canvas
    middle = canvas.to_widget(30, col).toPoint()
    picture = canvas.grab().toImage()
    reach = range(-12, 13)
    return [picture.pixel(middle.x() + x, middle.y() + y) for y in reach for x in reach]


def test_only_one_class_is_drawn_by_code():
    activity = np.array([[0, 2, 5, 9]], np.uint8)
    codes = codes_of(activity, np.zeros_like(activity))
    assert of_class(codes, None).tolist() == codes.tolist()
    assert of_class(codes, 5).tolist() == [[0, 0, 20, 0]]
    assert of_class(codes, 9).tolist() == [[0, 0, 0, 28]]


def test_a_key_shows_only_the_type_in_the_hand_in_all_panels(qtbot, masked):
    app = masked
    app.parts.actions["split.2"].trigger()
    wait_settled(qtbot, app)
    app.parts.state.set_masks(visible=False)
    canvases = app.parts.deck.shown
    bare = [(seen(app, 20, c), seen(app, 60, c)) for c in canvases]
    app.parts.state.set_masks(visible=True)
    both = [(seen(app, 20, c), seen(app, 60, c)) for c in canvases]
    press(app, Key.Key_2)  # dykes in the hand
    press(app, Key.Key_H, SHIFT)
    assert "Dyke" in app.parts.window.messages.message.text
    for canvas, (_, no_quake), (dyke, _) in zip(canvases, bare, both, strict=True):
        assert seen(app, 60, canvas) == no_quake
        assert seen(app, 20, canvas) == dyke
    press(app, Key.Key_5)  # the hand takes another type, and so does the picture
    for canvas, (no_dyke, _), (_, quake) in zip(canvases, bare, both, strict=True):
        assert seen(app, 20, canvas) == no_dyke
        assert seen(app, 60, canvas) == quake
    press(app, Key.Key_H, SHIFT)
    assert [(seen(app, 20, c), seen(app, 60, c)) for c in canvases] == both


def test_hatching_goes_and_comes_and_is_remembered(open_app, masked):
    app = masked
    hatched = seen(app, 20)
    press(app, Key.Key_H, CTRL | SHIFT)
    plain = seen(app, 20)
    assert len(set(plain)) < len(set(hatched))
    box = app.parts.window.findChild(QCheckBox, "display.masks.hatch")
    assert not box.isChecked()
    app.close()
    again = open_app(app.parts.state.cube.path)
    assert not again.parts.state.hatch
    assert seen(again, 20) == plain
    press(again, Key.Key_H, CTRL | SHIFT)
    assert seen(again, 20) == hatched


def test_opacity_by_key_goes_in_steps_of_ten_to_its_ends(masked):
    app = masked
    app.parts.state.set_masks(opacity=0.44)
    press(app, Key.Key_Period)
    assert app.parts.state.mask_opacity == 0.5
    press(app, Key.Key_Comma)
    press(app, Key.Key_Comma)
    assert app.parts.state.mask_opacity == 0.3
    assert app.parts.window.messages.message is None
    assert app.parts.display.mask_opacity.slider.value() == 30
    for _ in range(5):
        press(app, Key.Key_Comma)
    assert app.parts.state.mask_opacity == 0.0
    assert "invisible" in app.parts.window.messages.message.text  # nobody must miss them
    app.parts.state.set_masks(visible=False)
    bare = seen(app, 20)
    app.parts.state.set_masks(visible=True)
    assert seen(app, 20) == bare


def test_the_masks_come_back_when_the_window_loses_the_keyboard_while_space_is_held(qtbot, masked):
    app, window = masked, masked.parts.window
    view = app.parts.canvas.focusProxy()
    view.setFocus()
    masks = seen(app, 20)
    qtbot.keyPress(view, Key.Key_Space)
    bare = seen(app, 20)
    assert bare != masks
    QApplication.sendEvent(window, QEvent(QEvent.Type.WindowDeactivate))
    assert seen(app, 20) == masks
    qtbot.keyRelease(view, Key.Key_Space)  # it was released elsewhere, or late: nothing changes
    assert seen(app, 20) == masks
