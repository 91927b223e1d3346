"""Instances in the window: painted, chosen, changed, merged, deleted; the caption; the findings."""

import json

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox, QTreeWidget
from support.window import PAIRS, drag, mask_on_disk, wait_saved, wait_settled

PAIR = PAIRS[0]
COMPLETIONS = "caption.completions"


def trigger(app, name):
    action = app.parts.actions[name]
    assert action.isEnabled(), name
    action.trigger()


def rows(app):
    view = app.parts.window.findChild(QTreeWidget, "instances.list")
    items = [view.topLevelItem(n) for n in range(view.topLevelItemCount())]
    return [tuple(item.text(column) for column in range(4)) for item in items]


def two(app, qtbot):
    """A sill and a dyke, each an instance of its own."""
    trigger(app, "activity.1")
    trigger(app, "intensity.1")
    drag(app, (20, 20), (20, 30))
    trigger(app, "activity.2")
    drag(app, (45, 50), (45, 60))
    wait_settled(qtbot, app)


def listed(app):
    return json.loads(app.parts.editor.session.label(PAIR).instances or "[]")


def test_another_class_is_another_instance_and_new_starts_one(app, qtbot):
    two(app, qtbot)
    assert [r[:2] for r in rows(app)] == [("1", "Sill, low"), ("2", "Dyke, low")]
    assert all(r[2].endswith("km²") for r in rows(app))
    trigger(app, "instance.new")
    assert rows(app)[-1] == ("3", "Dyke, low", "new", "")
    drag(app, (10, 60), (10, 70))
    wait_settled(qtbot, app)
    assert [entry["instance"] for entry in listed(app)] == [1, 2, 3]
    assert app.parts.editor.session.label(PAIR).is_crowd == 1
    wait_saved(qtbot, app)
    on_disk = mask_on_disk(app.parts.state.cube.path, PAIR, "instance_mask")
    assert set(np.unique(on_disk)) == {0, 1, 2, 3}


def test_choosing_one_paints_into_it_in_its_class(app, qtbot):
    two(app, qtbot)
    trigger(app, "instance.previous")
    assert (app.parts.hand.paint.activity, app.parts.hand.paint.instance) == (1, 1)
    before = app.parts.editor.session.tally(PAIR)[1, 1, 1]
    drag(app, (22, 20), (24, 30))
    assert app.parts.editor.session.tally(PAIR)[1, 1, 1] > before
    trigger(app, "instance.next")
    assert app.parts.hand.paint.instance == 2


def test_a_whole_instance_is_changed_merged_and_deleted_each_in_one_step(app, qtbot):
    two(app, qtbot)
    session = app.parts.editor.session
    trigger(app, "instance.recode")
    menu = app.parts.window.findChild(QMenu, "instance.recode.menu")
    next(a for a in menu.actions() if a.objectName() == "instance.recode.3.1").trigger()
    menu.close()
    assert [entry["activity_type"] for entry in listed(app)] == ["Sill", "Mogi"]
    assert set(np.unique(session.masks(PAIR).activity)) == {0, 1, 3}
    trigger(app, "edit.undo")
    assert [entry["activity_type"] for entry in listed(app)] == ["Sill", "Dyke"]
    app.parts.window.findChild(QTreeWidget, "instances.list").selectAll()
    trigger(app, "instance.merge")
    assert [entry["instance"] for entry in listed(app)] == [1]
    assert session.label(PAIR).is_crowd == 0
    trigger(app, "instance.delete")
    assert listed(app) == []
    assert not session.masks(PAIR).activity.any()
    for _ in range(2):
        trigger(app, "edit.undo")
    assert [entry["instance"] for entry in listed(app)] == [1, 2]


def test_confidence_is_of_the_instance(app, qtbot):
    two(app, qtbot)
    app.parts.window.findChild(type(panel(app).confidence), "instances.confidence").setValue(0.7)
    assert [entry.get("confidence") for entry in listed(app)] == [None, 0.7]
    wait_settled(qtbot, app)
    assert rows(app)[1][3] == "0.70"


def panel(app):
    return app.parts.labels.findChild(QTreeWidget, "instances.list").parent()


def test_the_suggestion_fills_an_empty_caption_and_is_added_to_another_only_when_asked(app, qtbot):
    two(app, qtbot)
    box = app.parts.labels.caption.box
    hint = box.placeholderText()
    assert "A sill-type deformation pattern of low intensity" in hint
    trigger(app, "caption.suggest")
    assert app.parts.editor.session.label(PAIR).caption == hint
    app.parts.editor.session.edit_label(PAIR, caption="Seen by Ana.")
    for button, expected in (("Cancel", "Seen by Ana."), ("Add", f"Seen by Ana. {hint}")):
        trigger(app, "caption.suggest")
        dialog = app.parts.window.findChild(QMessageBox, "dialog.caption")
        next(b for b in dialog.buttons() if b.text().replace("&", "") == button).click()
        qtbot.waitUntil(lambda: app.parts.window.findChild(QMessageBox, "dialog.caption") is None)
        assert app.parts.editor.session.label(PAIR).caption == expected


def test_findings_come_while_editing_and_lead_to_what_they_are_about(app, qtbot):
    two(app, qtbot)
    app.parts.editor.session.edit_label(PAIR, phase=1, caption="A sill and a mogi.")
    wait_settled(qtbot, app)
    found = panel(app).findings
    texts = [found.item(n).text() for n in range(found.count())]
    assert "The caption names a mogi, no instance is one" in texts
    app.parts.window.show_dock("labels")
    found.itemClicked.emit(found.item(texts.index("The caption names a mogi, no instance is one")))
    assert app.parts.labels.caption.box.hasFocus()
    app.parts.editor.session.edit_label(PAIR, phase=2, caption="A sill and a dyke.")
    wait_settled(qtbot, app)
    assert found.count() == 0
    assert app.parts.labels.caption.older.isHidden()
    drag(app, (45, 62), (45, 66))
    wait_settled(qtbot, app)
    assert not app.parts.labels.caption.older.isHidden()


def test_keys_stay_text_in_the_caption_and_sentences_are_completed(app, qtbot):
    two(app, qtbot)
    app.parts.window.show_dock("labels")
    box = app.parts.labels.caption.box
    box.setFocus()
    tool = app.parts.state.tool
    QTest.keyClicks(box, "No deform")
    assert app.parts.state.tool == tool
    popup = next(w for w in QApplication.topLevelWidgets() if w.objectName() == COMPLETIONS)
    assert popup.isVisible()
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    assert box.toPlainText() == "No deformation activity can be detected."
