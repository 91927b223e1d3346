"""A finished pair is locked: it is seen, it is told once, and it is opened again."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox
from support.window import PAIRS, drag, hover, press, wait_saved, wait_settled

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import Drawing
from thalia_core.annotate.shapes import disc
from thalia_core.cube.labels import LabelState
from thalia_core.cube.store import CubeStore
from thalia_core.synth.chance import random_plan
from thalia_core.synth.writer import write_scene
from thalia_viewer.panels.gate_words import GateWords

Key = Qt.Key
Ctrl = Qt.KeyboardModifier.ControlModifier


def activity(app):
    return app.parts.editor.session.masks(PAIRS[0]).activity


def cursor(app):
    return app.parts.canvas.focusProxy().viewport().cursor().shape()


def test_finishing_locks_and_once_more_opens(qtbot, app, cube_path):
    p = app.parts
    press(app, Key.Key_B)
    drag(app, (20, 20), (20, 30))
    finish = p.actions["pair.finish"]
    assert not finish.isChecked()
    press(app, Key.Key_Return, Ctrl)
    assert finish.isChecked()
    wait_saved(qtbot, app)
    assert CubeStore.open(cube_path).read_label(PAIRS[0]).label_state == LabelState.DONE
    before = activity(app).copy()
    for _ in range(3):
        drag(app, (40, 40), (40, 60))
    assert (activity(app) == before).all()
    told = [m for m in p.window.messages._messages if "finished and locked" in m.text]
    assert len(told) == 1, "told once, not once a stroke"
    assert cursor(app) == Qt.CursorShape.ForbiddenCursor
    assert not p.actions["tool.brush"].isEnabled()
    assert "the pair is finished" in p.actions["tool.brush"].toolTip()
    assert p.labels.fields["caption"].widget.isReadOnly()
    assert p.labels.fields["label_state"].widget.isEnabled()
    assert "Finished" in p.labels.reason.text()

    finish.trigger()
    wait_settled(qtbot, app)
    assert not finish.isChecked()
    assert cursor(app) == Qt.CursorShape.CrossCursor
    assert p.window.messages.message is None
    assert "Not now" not in p.actions["tool.brush"].toolTip()
    drag(app, (40, 40), (40, 60))
    assert (activity(app) != before).any()
    wait_saved(qtbot, app)


def test_another_pair_is_open_and_undo_opens_the_locked_one(qtbot, app):
    p = app.parts
    press(app, Key.Key_B)
    p.actions["pair.finish"].trigger()
    p.actions["pair.next"].trigger()
    wait_settled(qtbot, app)
    assert not p.actions["pair.finish"].isChecked()
    drag(app, (40, 40), (40, 60))
    assert p.editor.session.masks(PAIRS[1]).activity.any()
    p.actions["pair.previous"].trigger()
    wait_settled(qtbot, app)
    assert p.actions["pair.finish"].isChecked()
    p.actions["edit.undo"].trigger()
    wait_settled(qtbot, app)
    assert not p.actions["pair.finish"].isChecked()
    wait_saved(qtbot, app)


def test_the_lock_is_a_setting(qtbot, app):
    p = app.parts
    p.actions["pair.finish"].trigger()
    p.actions["edit.settings"].trigger()
    dialog = next(c for c in p.window.children() if c.objectName() == "dialog.settings")
    box = dialog.general.findChild(object, "settings.lock_finished")
    box.click()
    dialog.close()
    wait_settled(qtbot, app)
    assert not p.settings.value.lock_finished
    p.actions["tool.brush"].trigger()
    drag(app, (40, 40), (40, 60))
    assert activity(app).any()
    assert p.actions["pair.finish"].isChecked(), "it is finished all the same"
    wait_saved(qtbot, app)


def test_pairs_that_an_edit_of_many_passes_over_are_told(qtbot, app):
    session = app.parts.editor.session
    app.parts.actions["pair.finish"].trigger()
    shapes = ((disc(20, 20, 5, (60, 80)), Paint(1)),)
    step = session.annotate_all([Drawing(pair, shapes) for pair in PAIRS[:3]], "Event")
    assert step.pairs == (PAIRS[1], PAIRS[2])
    assert f"1 pair is finished and locked, and stayed: {PAIRS[0]}" in (
        app.parts.window.messages.text.text()
    )
    wait_saved(qtbot, app)


def test_a_pair_that_came_finished_is_open_until_somebody_finishes_it_here(
    qtbot, open_app, tmp_path
):
    plan = random_plan(seed=3, size=64, dates=2)
    path = tmp_path / "archive" / f"{plan.frame}.zarr"
    assert write_scene(plan, path)
    app = open_app(path)
    p = app.parts
    finish, pair = p.actions["pair.finish"], p.state.pair
    assert p.editor.finished(pair)
    assert not finish.isChecked()
    finish.trigger()
    wait_settled(qtbot, app)
    assert finish.isChecked()
    assert p.editor.locked(pair)
    assert p.editor.session.label(pair).label_state == LabelState.DONE
    wait_saved(qtbot, app)


def test_over_a_finished_pair_the_gate_says_nothing(qtbot, app):
    p = app.parts
    press(app, Key.Key_B)
    p.actions["gate.panel"].trigger()
    box = p.window.findChild(QCheckBox, "panel.gate.coherence")
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    p.window.findChild(QDoubleSpinBox, "gate.coherence_value").setValue(1.0)
    wait_settled(qtbot, app)
    words = p.window.findChild(GateWords, "status.gate")
    hover(app, 30, 40)
    assert "below" in words.text
    p.actions["pair.finish"].trigger()
    wait_settled(qtbot, app)
    hover(app, 40, 50)
    assert "below" not in words.text
    wait_saved(qtbot, app)
