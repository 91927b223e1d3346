"""Events in the window: made from what is drawn, applied to all pairs, and the list to look at."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QListWidget, QTreeWidget
from pytestqt.qtbot import QtBot
from support.window import DAYS, PAIRS, drag, mask_on_disk, point, press, wait_saved, wait_settled

from thalia_core.annotate.event_store import EventStore
from thalia_core.annotate.patch import Paint
from thalia_core.annotate.shapes import disc
from thalia_core.cube.labels import Activity
from thalia_core.cube.schema import CM_PER_CYCLE
from thalia_core.cube.store import CubeStore
from thalia_viewer.app import App
from thalia_viewer.dialogs.event import EventDialog
from thalia_viewer.panels.events import EventsPanel
from thalia_viewer.panels.timeline import Timeline

Key = Qt.Key


def find(app: App, kind, name):
    return app.parts.window.findChild(kind, name)


def text(app: App, name: str) -> str:
    return find(app, QLabel, f"events.{name}").text()


def kept_events(app: App):
    return EventStore(app.parts.state.cube.sidecar).events()


def dialog(qtbot: QtBot, app: App) -> EventDialog:
    qtbot.waitUntil(lambda: find(app, EventDialog, "dialog.event") is not None, timeout=5000)
    return find(app, EventDialog, "dialog.event")


def paint(app: App) -> None:
    app.parts.actions["tool.brush"].trigger()
    app.parts.actions[f"activity.{int(Activity.SILL)}"].trigger()
    drag(app, (20, 20), (20, 40))


def make_event(qtbot: QtBot, app: App, fringes: float = 6.0) -> None:
    """Over the whole frame, from what is painted on the shown pair."""
    app.parts.actions["events.new"].trigger()
    form = dialog(qtbot, app)
    form.name.setText("Caldera")
    form.onset.setCurrentText(DAYS[0].isoformat())
    form.end.setCurrentText(DAYS[-1].isoformat())
    form.motion.setValue(fringes * CM_PER_CYCLE)
    form.accept()
    qtbot.waitUntil(lambda: len(kept_events(app)) == 1, timeout=5000)
    wait_settled(qtbot, app)


def test_an_event_is_made_from_what_is_drawn_on_the_pair(app: App, qtbot: QtBot):
    paint(app)
    make_event(qtbot, app)
    (event,) = kept_events(app)
    wait_saved(qtbot, app)
    drawn = mask_on_disk(app.parts.state.cube.path, PAIRS[0]) > 0
    shape = event.footprint.shape_on(app.parts.state.cube.geometry)
    assert np.count_nonzero(shape.mask) == np.count_nonzero(drawn)
    assert (event.name, event.activity) == ("Caldera", Activity.SILL)
    view = find(app, QTreeWidget, "events.list")
    assert view.topLevelItem(0).text(0) == "Caldera"
    assert "fringes" in view.topLevelItem(0).text(5)


def test_the_form_begins_with_the_dates_of_the_shown_pair_and_refuses_what_is_no_event(
    app: App, qtbot: QtBot
):
    paint(app)
    app.parts.state.set_pair(PAIRS[0])
    app.parts.actions["events.new"].trigger()
    form = dialog(qtbot, app)
    assert form.onset.currentText() == PAIRS[0].primary.isoformat()
    assert form.end.currentText() == PAIRS[0].secondary.isoformat()
    form.onset.setCurrentText(DAYS[-1].isoformat())
    assert not form.keep.isEnabled()
    assert "before its onset" in find(app, QLabel, "event.told").text()
    form.reject()
    assert kept_events(app) == ()


def test_the_motion_begins_with_what_is_counted_in_the_shown_pair(app: App, qtbot: QtBot):
    pair, session = PAIRS[0], app.parts.editor.session
    centre = disc(30, 40, 12, app.parts.state.cube.geometry.shape)
    session.annotate(pair, "Disc", centre, Paint(Activity.MOGI, 3))
    app.parts.actions["events.new"].trigger()
    form = dialog(qtbot, app)
    begun = form.motion.value()
    qtbot.waitUntil(lambda: "Counted" in find(app, QLabel, "event.rate").text(), timeout=5000)
    assert form.motion.value() != begun
    # 1/3 rad a pixel from the centre to the ring around the mask, which lies at 18 to 30 pixels
    assert 0.5 < abs(form.motion.value()) / CM_PER_CYCLE < 1.6
    form.reject()
    wait_saved(qtbot, app)
    wait_settled(qtbot, app)


def test_all_pairs_are_labelled_in_one_action_and_taken_back_in_one(app: App, qtbot: QtBot):
    paint(app)
    make_event(qtbot, app)
    path = app.parts.state.cube.path
    qtbot.waitUntil(lambda: "Of 5 pairs" in text(app, "summary"), timeout=5000)
    app.parts.actions["events.apply"].trigger()
    qtbot.waitUntil(lambda: "Labelled 5 pairs" in text(app, "told"), timeout=5000)
    wait_saved(qtbot, app)
    assert all((mask_on_disk(path, pair) == Activity.SILL).any() for pair in PAIRS)
    label = CubeStore.open(path).read_label(PAIRS[3])
    assert label.caption.startswith("A sill-type deformation pattern")
    wait_settled(qtbot, app)
    qtbot.waitUntil(lambda: "No pair is left" in text(app, "summary"), timeout=5000)
    assert not app.parts.actions["events.apply"].isEnabled()
    app.parts.actions["events.take_back"].trigger()
    qtbot.waitUntil(lambda: "Taken back on 5 pairs" in text(app, "told"), timeout=5000)
    wait_saved(qtbot, app)
    assert [bool(mask_on_disk(path, pair).any()) for pair in PAIRS] == [True, *[False] * 5]
    assert app.parts.editor.session.undoable(PAIRS[1]) is None


def test_the_undo_key_takes_all_of_it_back_from_any_of_its_pairs(app: App, qtbot: QtBot):
    paint(app)
    make_event(qtbot, app)
    app.parts.actions["events.apply"].trigger()
    qtbot.waitUntil(lambda: "Labelled 5 pairs" in text(app, "told"), timeout=5000)
    app.parts.state.set_pair(PAIRS[4])
    wait_settled(qtbot, app)
    app.parts.window.activateWindow()  # nobody clicks it after the form here
    qtbot.waitUntil(app.parts.window.isActiveWindow)
    app.parts.canvas.setFocus()
    press(app, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    wait_saved(qtbot, app)
    path = app.parts.state.cube.path
    assert [bool(mask_on_disk(path, pair).any()) for pair in PAIRS] == [True, *[False] * 5]
    wait_settled(qtbot, app)


def test_what_is_done_afterwards_is_not_taken_back_with_it(app: App, qtbot: QtBot):
    paint(app)
    make_event(qtbot, app)
    app.parts.actions["events.apply"].trigger()
    qtbot.waitUntil(lambda: "Labelled 5 pairs" in text(app, "told"), timeout=5000)
    session = app.parts.editor.session
    first = min(set(PAIRS) - {PAIRS[0]})
    session.edit_label(first, caption="Mine")
    app.parts.actions["events.take_back"].trigger()
    qtbot.waitUntil(lambda: "cannot be taken back" in text(app, "told"), timeout=5000)
    wait_saved(qtbot, app)
    assert CubeStore.open(app.parts.state.cube.path).read_label(first).caption == "Mine"
    wait_settled(qtbot, app)


def test_a_footprint_can_be_drawn_without_a_mask(app: App, qtbot: QtBot):
    app.parts.actions["tool.footprint"].trigger()
    view = app.parts.canvas.focusProxy().viewport()
    for row, col in ((10, 10), (10, 50), (50, 50), (50, 10)):
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=point(app, row, col))
    app.parts.window.activateWindow()
    qtbot.waitUntil(app.parts.window.isActiveWindow)
    app.parts.canvas.setFocus()
    press(app, Key.Key_Return)
    form = dialog(qtbot, app)
    assert form.footprint.currentText().startswith("Drawn footprint")
    form.accept()
    qtbot.waitUntil(lambda: len(kept_events(app)) == 1, timeout=5000)
    shape = kept_events(app)[0].footprint.shape_on(app.parts.state.cube.geometry)
    assert abs(np.count_nonzero(shape.mask) - 1600) < 120
    assert not app.parts.editor.session.masks(PAIRS[0]).activity.any()
    wait_settled(qtbot, app)


def test_an_event_is_chosen_on_the_timeline_changed_and_removed(app: App, qtbot: QtBot):
    paint(app)
    make_event(qtbot, app)
    timeline = find(app, Timeline, "events.timeline")
    assert timeline.event_at(QPointF(timeline.width() / 2, 12)).name == "Caldera"
    middle = QPointF(timeline.width() / 2, 12).toPoint()
    QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=middle)
    app.parts.actions["events.change"].trigger()
    form = dialog(qtbot, app)
    find(app, QLineEdit, "event.name").setText("Flank")
    form.accept()
    qtbot.waitUntil(lambda: kept_events(app)[0].name == "Flank", timeout=5000)
    wait_settled(qtbot, app)
    app.parts.actions["events.remove"].trigger()
    qtbot.waitUntil(lambda: kept_events(app) == (), timeout=5000)
    wait_settled(qtbot, app)
    assert not app.parts.actions["events.change"].isEnabled()


def test_the_list_of_labels_that_hardly_fit_leads_to_its_pairs(app: App, qtbot: QtBot):
    session = app.parts.editor.session
    app.parts.actions["events.show"].trigger()
    app.parts.state.set_pair(PAIRS[1])  # two halves that show nothing
    wait_settled(qtbot, app)
    paint(app)
    for pair in (PAIRS[0], PAIRS[3]):
        session.edit_label(pair, phase="Rest")
    wait_saved(qtbot, app)
    view = find(app, QListWidget, "events.findings")
    qtbot.waitUntil(lambda: view.count() == 1, timeout=5000)
    app.parts.state.set_pair(PAIRS[5])
    wait_settled(qtbot, app)
    app.parts.window.activateWindow()
    qtbot.waitUntil(app.parts.window.isActiveWindow)
    app.parts.canvas.setFocus()
    press(app, Key.Key_N, Qt.KeyboardModifier.AltModifier)
    assert app.parts.state.pair == PAIRS[1]
    assert "neither" in text(app, "words")
    assert "1 of 1 to look at" in text(app, "heading")
    view.item(0).setCheckState(Qt.CheckState.Checked)
    assert "0 of 1 to look at" in text(app, "heading")
    wait_settled(qtbot, app)


def test_what_somebody_looked_at_stays_so_for_that_person_only(
    open_app, cube_path: Path, qtbot: QtBot
):
    app = open_app(cube_path)
    session = app.parts.editor.session
    session.annotate(PAIRS[1], "Brush", disc(30, 40, 5, (60, 80)), Paint(1, 1))
    for pair in (PAIRS[0], PAIRS[3]):
        session.edit_label(pair, phase="Rest")
    wait_saved(qtbot, app)

    def listed(app: App) -> QListWidget:
        app.parts.actions["events.show"].trigger()
        view = find(app, QListWidget, "events.findings")
        qtbot.waitUntil(lambda: view.count() == 1, timeout=5000)
        return view

    listed(app).item(0).setCheckState(Qt.CheckState.Checked)
    wait_settled(qtbot, app)
    app.close()
    again = open_app(cube_path)
    listed(again)
    assert "0 of 1 to look at" in text(again, "heading")
    again.parts.editor.annotator = "somebody else"
    again.parts.actions["events.show"].trigger()
    qtbot.waitUntil(lambda: "1 of 1 to look at" in text(again, "heading"), timeout=5000)
    again.close()
    again = open_app(cube_path)
    listed(again).item(0).setCheckState(Qt.CheckState.Unchecked)
    wait_settled(qtbot, again)
    again.close()
    last = open_app(cube_path)
    listed(last)
    assert "1 of 1 to look at" in text(last, "heading")
    wait_settled(qtbot, last)


def test_what_follows_may_be_proposed_instead_and_waits_for_an_answer(app: App, qtbot: QtBot):
    paint(app)
    make_event(qtbot, app)
    app.parts.actions["events.propose"].trigger()
    qtbot.waitUntil(lambda: "Proposed to 5 pairs" in text(app, "told"), timeout=5000)
    session = app.parts.editor.session
    assert session.pending() == PAIRS[1:]
    assert not any(session.label(pair).labelled for pair in PAIRS[1:])
    app.parts.state.set_pair(PAIRS[2])
    wait_settled(qtbot, app)
    qtbot.waitUntil(app.parts.actions["propose.accept"].isEnabled, timeout=5000)
    app.parts.actions["propose.accept"].trigger()
    assert (session.masks(PAIRS[2]).activity == Activity.SILL).any()
    assert session.label(PAIRS[2]).caption.startswith("A sill-type")
    wait_saved(qtbot, app)
    wait_settled(qtbot, app)


def test_labelling_all_settles_the_proposals_that_said_the_same_and_tells_of_others(
    app: App, qtbot: QtBot
):
    paint(app)
    make_event(qtbot, app)
    app.parts.actions["events.propose"].trigger()
    qtbot.waitUntil(lambda: "Proposed to 5 pairs" in text(app, "told"), timeout=5000)
    session = app.parts.editor.session
    (offered,) = session.proposals(PAIRS[4])
    session.propose([replace(offered, id="of another", why="copied")], "Propose")
    app.parts.actions["events.apply"].trigger()
    qtbot.waitUntil(lambda: "Labelled 5 pairs" in text(app, "told"), timeout=5000)
    assert "said the same are settled: 5." in text(app, "told")
    assert "other proposals still wait: 1." in text(app, "told")
    assert [offer.id for offer in session.offers()] == ["of another"]
    wait_settled(qtbot, app)
    app.parts.actions["events.take_back"].trigger()
    qtbot.waitUntil(lambda: "Taken back on 5 pairs" in text(app, "told"), timeout=5000)
    assert len(session.offers()) == 6
    wait_saved(qtbot, app)
    wait_settled(qtbot, app)


def test_labelled_pairs_get_proposals_only_when_asked_and_all_of_it_is_taken_back(
    app: App, qtbot: QtBot
):
    paint(app)
    session = app.parts.editor.session
    session.edit_label(PAIRS[3], caption="Nothing here")
    make_event(qtbot, app)
    qtbot.waitUntil(lambda: "Of 4 pairs" in text(app, "summary"), timeout=5000)
    app.parts.actions["events.propose_labelled"].trigger()
    qtbot.waitUntil(lambda: "Proposed to 2 pairs" in text(app, "told"), timeout=5000)
    assert session.pending() == [PAIRS[0], PAIRS[3]]
    assert session.label(PAIRS[3]).caption == "Nothing here"
    app.parts.actions["events.take_back"].trigger()
    qtbot.waitUntil(lambda: "Taken back on 2 pairs" in text(app, "told"), timeout=5000)
    assert session.pending() == []
    wait_saved(qtbot, app)
    wait_settled(qtbot, app)


def test_the_panel_does_not_make_the_window_wide(app: App, qtbot: QtBot):
    app.parts.actions["events.show"].trigger()
    wait_settled(qtbot, app)
    assert find(app, EventsPanel, "panel.events").minimumSizeHint().width() < 420
