"""The history as a person uses it: timeline, versions in the picture, restoring, the table."""

import csv

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from support.window import PAIRS, drag, mask_on_disk, press, wait_saved, wait_settled

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_viewer.features.history import HistoryFeature
from thalia_viewer.panels.history_line import places
from thalia_viewer.panels.steps import BEGINNING

Key = Qt.Key


def feature(app):
    return next(f for f in app.features if isinstance(f, HistoryFeature))


def painted(qtbot, app):
    """Two strokes and a caption."""
    press(app, Key.Key_B)
    drag(app, (20, 20), (20, 30))
    first = app.parts.editor.session.masks(PAIRS[0]).activity.copy()
    drag(app, (40, 40), (40, 60))
    app.parts.editor.session.edit_label(PAIRS[0], caption="Uplift.")
    app.parts.actions["history.show"].trigger()
    qtbot.waitUntil(lambda: len(app.parts.history.listed) >= 3)
    return first


def look(qtbot, app, step):
    """Click a row of the list."""
    panel = app.parts.history
    row = panel.model.row_of(step.id if step is not None else None)
    place = panel.view.visualRect(panel.model.index(row)).center()
    panel.view.scrollTo(panel.model.index(row))
    place = panel.view.visualRect(panel.model.index(row)).center()
    QTest.mouseClick(
        panel.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place
    )
    qtbot.waitUntil(lambda: feature(app).version is not None)


def drawn(app):
    return app.parts.canvas.still().masks.activity


def test_a_version_is_shown_marked_and_left_with_escape(qtbot, app):
    first = painted(qtbot, app)
    qtbot.waitUntil(lambda: app.parts.history.model.rowCount() == 4)
    now = app.parts.editor.session.masks(PAIRS[0]).activity.copy()
    step = app.parts.history.listed[0]
    look(qtbot, app, step)
    np.testing.assert_array_equal(drawn(app), first)
    banner = feature(app).banner
    assert banner.isVisible()
    assert banner.text.text().startswith("Version of ")
    assert "Brush" in banner.text.text()
    assert "caption differ from now" in banner.detail.text()
    region = app.parts.canvas.region("version")
    np.testing.assert_array_equal(region.shape.mask, now != first)
    drag(app, (50, 10), (50, 20))  # nothing can be painted on the past
    np.testing.assert_array_equal(app.parts.editor.session.masks(PAIRS[0]).activity, now)
    press(app, Key.Key_Escape)
    wait_settled(qtbot, app)
    assert not banner.isVisible()
    assert app.parts.canvas.region("version") is None
    np.testing.assert_array_equal(drawn(app), now)
    drag(app, (50, 10), (50, 20))
    assert app.parts.editor.session.masks(PAIRS[0]).activity[50, 15]


def test_the_banner_lies_below_a_message_and_within_a_narrow_picture(qtbot, app):
    painted(qtbot, app)
    app.parts.errors.tell("Something was done.", key="test")
    look(qtbot, app, app.parts.history.listed[0])
    app.parts.window.resize(760, 600)
    wait_settled(qtbot, app)
    banner, canvas, bar = feature(app).banner, app.parts.canvas, app.parts.window.messages
    assert bar.isVisible()
    low = bar.mapToGlobal(bar.rect().bottomLeft()).y()
    assert banner.mapToGlobal(banner.rect().topLeft()).y() > low
    assert canvas.rect().contains(banner.geometry())
    feature(app).leave()
    wait_saved(qtbot, app)


def test_a_finished_pair_is_looked_at_but_not_restored(qtbot, app):
    painted(qtbot, app)
    p = app.parts
    p.actions["pair.finish"].trigger()
    wait_settled(qtbot, app)
    look(qtbot, app, p.history.listed[0])
    assert not p.actions["history.restore"].isEnabled()
    p.editor.set_locks(False)
    assert p.actions["history.restore"].isEnabled()
    feature(app).leave()
    wait_saved(qtbot, app)


def test_restoring_is_one_step_that_undo_takes_back(qtbot, app, cube_path):
    first = painted(qtbot, app)
    now = app.parts.editor.session.masks(PAIRS[0]).activity.copy()
    assert not app.parts.actions["history.restore"].isEnabled()
    look(qtbot, app, app.parts.history.listed[0])
    app.parts.actions["history.restore"].trigger()
    wait_settled(qtbot, app)
    wait_saved(qtbot, app)
    np.testing.assert_array_equal(mask_on_disk(cube_path, PAIRS[0]), first)
    np.testing.assert_array_equal(drawn(app), first)
    assert app.parts.labels.fields["caption"].value() in ("", None)
    assert app.parts.history.listed[-1].name.startswith("Restore to ")
    press(app, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    wait_saved(qtbot, app)
    np.testing.assert_array_equal(mask_on_disk(cube_path, PAIRS[0]), now)


def test_the_timeline_shows_versions_too_and_the_keyboard_goes_along_it(qtbot, app):
    painted(qtbot, app)
    timeline = app.parts.history.timeline
    steps = app.parts.history.listed
    place = timeline.place(steps[0].id).toPoint()
    left = Qt.MouseButton.LeftButton
    QTest.mouseClick(timeline, left, Qt.KeyboardModifier.NoModifier, place)
    qtbot.waitUntil(lambda: feature(app).version is not None)
    assert feature(app).version.step.id == steps[0].id
    timeline.setFocus()
    press(app, Key.Key_Right)
    qtbot.waitUntil(lambda: feature(app).version.step.id == steps[1].id)
    QTest.mouseClick(
        timeline, left, Qt.KeyboardModifier.NoModifier, QPoint(place.x(), timeline.height() - 2)
    )
    wait_settled(qtbot, app)


def test_before_the_first_step_is_a_version(qtbot, app):
    painted(qtbot, app)
    look(qtbot, app, None)
    assert not drawn(app).any()
    assert feature(app).banner.text.text() == BEGINNING
    app.parts.actions["pair.next"].trigger()
    wait_settled(qtbot, app)
    assert feature(app).version is None
    assert not feature(app).banner.isVisible()


def test_all_pairs_by_person_and_a_step_elsewhere(qtbot, open_app, cube_path):
    session = EditSession.open(cube_path, "bruno", background=False)
    session.annotate(PAIRS[1], "Polygon", disc(20, 20, 5, (60, 80)), Paint(1))
    session.close()
    app = open_app(cube_path)
    painted(qtbot, app)
    panel = app.parts.history
    panel.everything.click()
    qtbot.waitUntil(lambda: len(panel.listed) == 4)
    assert panel.model.rowCount() == 4, "pairs have no common beginning"
    panel.people.setCurrentText("bruno")
    panel.people.activated.emit(panel.people.currentIndex())
    (step,) = panel.listed
    panel.chosen.emit(step)
    qtbot.waitUntil(lambda: feature(app).version is not None)
    assert app.parts.state.pair == PAIRS[1]
    assert drawn(app)[20, 20] == 1


def test_the_history_is_saved_as_a_table(qtbot, app, tmp_path):
    painted(qtbot, app)
    app.parts.actions["history.export"].trigger()
    dialog = app.parts.window.findChild(QFileDialog, "dialog.save_csv")
    path = tmp_path / "history.csv"
    dialog.fileSelected.emit(str(path))
    dialog.close()
    qtbot.waitUntil(path.exists)
    wait_settled(qtbot, app)
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    assert [row["step"] for row in rows] == ["Brush", "Brush", "Label"]
    assert {row["pairs"] for row in rows} == {str(PAIRS[0])}


def test_ticks_tell_time_within_a_sitting_and_pauses_are_gaps():
    minutes = (0, 1, 5, 5 + 60, 6 + 60, 60 * 24 * 300)
    start = np.datetime64("2024-01-01T00:00:00")
    times = [f"{start + np.timedelta64(m * 60, 's')}Z" for m in minutes]
    at, starts = places(times)
    assert list(starts) == [0, 3, 5]
    steps = np.diff(at)
    assert (at[0], at[-1]) == (0, 1)
    assert (steps > 0).all()
    assert steps[1] > steps[0], "four minutes are longer than one"
    assert np.isclose(steps[2], steps[4]), "a pause is a gap, however long"


def test_the_title_tells_whether_it_is_saved(qtbot, app):
    window = app.parts.window
    assert window.windowTitle().endswith("Thalia - saved")
    press(app, Key.Key_B)
    drag(app, (20, 20), (20, 30))
    wait_saved(qtbot, app)
    qtbot.waitUntil(lambda: window.windowTitle().endswith("Thalia - saved"))
