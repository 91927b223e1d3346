"""Swipe and flicker between two layers or pairs."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from support.window import PAIRS, press, wait_settled

from thalia_viewer.sights import Sight

Key, Shift = Qt.Key, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


def colours(app):
    """At a place left and one right of the middle."""
    canvas = app.parts.canvas
    image = canvas.grab().toImage()
    middle = canvas.to_widget(40, 39.5).x()
    return [
        image.pixelColor(round(middle + by), canvas.to_widget(40, 40).toPoint().y()).name()
        for by in (-60, 60)
    ]


def beside(qtbot, app, layer="insar_coherence"):
    """Both layers: the one that is shown, and the compared one alone."""
    here = colours(app)
    app.parts.actions[f"layer.{layer}"].trigger()
    wait_settled(qtbot, app)
    there = colours(app)
    app.parts.actions["layer.insar_difference"].trigger()
    wait_settled(qtbot, app)
    return here, there


def test_swipe_shows_the_other_layer_right_of_a_line_that_is_dragged(qtbot, app):
    canvas = app.parts.canvas
    app.parts.deck.show_sights([Sight("insar_coherence")])
    wait_settled(qtbot, app)
    here, there = beside(qtbot, app)
    press(app, Key.Key_Y)
    wait_settled(qtbot, app)
    assert colours(app) == [here[0], there[1]]
    view = canvas.focusProxy().viewport()
    half = view.width() // 2
    QTest.mousePress(view, LEFT, pos=QPoint(half, 30))
    QTest.mouseMove(view, QPoint(half + 100, 30))
    QTest.mouseRelease(view, LEFT, pos=QPoint(half + 100, 30))
    assert colours(app) == here
    for _ in range(20):
        app.parts.actions["compare.left"].trigger()
    assert colours(app) == there
    press(app, Key.Key_Y)
    assert colours(app) == here
    assert not app.parts.editor.dirty


def test_a_held_key_flickers_to_the_neighbour(qtbot, app):
    here = colours(app)
    window = app.parts.window
    QTest.keyPress(window, Key.Key_F)
    wait_settled(qtbot, app)
    assert app.parts.canvas.comparison.image.request == (PAIRS[1], "insar_difference")
    assert colours(app) != here
    QTest.keyRelease(window, Key.Key_F)
    assert colours(app) == here


def test_the_other_layer_turns_with_the_pair(qtbot, app):
    press(app, Key.Key_Y)
    press(app, Key.Key_D)
    wait_settled(qtbot, app)
    assert app.parts.state.pair == PAIRS[1]
    assert app.parts.canvas.comparison.image.request == (PAIRS[2], "insar_difference")


def test_it_flickers_by_itself_until_told_otherwise(qtbot, app):
    here = colours(app)
    press(app, Key.Key_F, Shift)
    wait_settled(qtbot, app)
    assert colours(app) != here
    qtbot.waitUntil(lambda: colours(app) == here, timeout=5000)
    press(app, Key.Key_F, Shift)
    assert app.parts.canvas.comparison.share is None


def test_nothing_to_compare_is_said(qtbot, app):
    app.parts.state.set_pair(PAIRS[5])  # the only one of its primary date
    wait_settled(qtbot, app)
    press(app, Key.Key_Y)
    assert "nothing to compare" in app.parts.window.messages.message.text


def test_what_was_compared_before_does_not_come_back_with_another_pair(qtbot, app):
    press(app, Key.Key_Y)
    wait_settled(qtbot, app)
    press(app, Key.Key_Y)
    assert app.parts.canvas.comparison.image is None
    press(app, Key.Key_D)
    wait_settled(qtbot, app)
    press(app, Key.Key_Y)
    assert app.parts.canvas.comparison.image is None
    wait_settled(qtbot, app)
    assert app.parts.canvas.comparison.image.request == (PAIRS[2], "insar_difference")


def test_the_comparison_is_there_again_after_a_layer_that_cannot_be_shown(qtbot, app):
    press(app, Key.Key_Y)
    wait_settled(qtbot, app)
    app.parts.actions["layer.phase_minus_mogi"].trigger()  # nothing is masked
    wait_settled(qtbot, app)
    assert app.parts.canvas.image is None
    app.parts.actions["layer.insar_difference"].trigger()
    wait_settled(qtbot, app)
    assert app.parts.canvas.comparison.image is not None
