"""The filter, typed with real keys: what the lists show, and how one walks along what is found."""

import json
import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget
from support.window import DAYS, PAIRS, drag, press, wait_saved, wait_settled, write_cube

from thalia_core.annotate.session import EditSession
from thalia_viewer.app import App
from thalia_viewer.panels.pair_model import COHERENCE

Key, Ctrl = Qt.Key, Qt.KeyboardModifier.ControlModifier
FRAMES = ("001A_00001_131313", "002D_00002_131313", "003A_00003_131313")


@pytest.fixture(scope="session")
def written_archive(tmp_path_factory) -> Path:
    """Three frames of six pairs; captions at two pairs of the first and one of the last."""
    folder = tmp_path_factory.mktemp("finding")
    for seed, frame in enumerate(FRAMES):
        write_cube(folder, frame, seed)
    for frame, pairs in ((FRAMES[0], PAIRS[2:4]), (FRAMES[2], PAIRS[1:2])):
        session = EditSession.open(folder / f"{frame}.zarr", annotator="somebody")
        for pair in pairs:
            session.edit_label(pair, caption="vertical stratification", label_state=2)
        session.close()
    return folder


@pytest.fixture
def archive(written_archive: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written_archive, tmp_path / "archive"))


@pytest.fixture
def app(open_app, archive) -> App:
    return open_app(archive)


def ask(qtbot, app: App, text: str) -> None:
    """Ctrl+F, and type."""
    press(app, Key.Key_F, Ctrl)
    qtbot.keyClicks(QApplication.focusWidget(), text)
    qtbot.waitUntil(lambda: app.parts.state.filter == text.strip())
    wait_settled(qtbot, app)


def listed(app: App) -> list[str]:
    """Primary and secondary of each row, as read."""
    model = app.parts.pairs.view.model()
    rows = range(model.rowCount())
    return ["_".join(model.index(row, c).data().replace("-", "") for c in (1, 2)) for row in rows]


def frames_told(app: App) -> list[str]:
    model = app.parts.archive.view.model()
    spoken = Qt.ItemDataRole.AccessibleTextRole
    return [model.index(row, 0).data(spoken) for row in range(model.rowCount())]


def test_what_is_typed_is_found_in_both_lists(qtbot, app):
    assert len(listed(app)) == 6
    ask(qtbot, app, "caption:stratif")
    assert listed(app) == [str(pair) for pair in PAIRS[2:4]]
    assert frames_told(app) == [
        f"{FRAMES[0]}, 2/6 match the filter",
        f"{FRAMES[1]}, 0/6 match the filter",
        f"{FRAMES[2]}, 1/6 match the filter",
    ]
    assert app.parts.pairs.filter.count.text() == "2 here · 3 of 18 pairs"
    assert app.parts.window.matches.text() == "3 of 18 pairs"
    assert app.parts.state.pair == PAIRS[0]  # what is looked at stays while one types


def test_a_wrong_filter_is_told_and_the_list_stays(qtbot, app):
    bar = app.parts.pairs.filter
    ask(qtbot, app, "caption:stratif")
    qtbot.keyClicks(bar.field, " tipe:dyke")
    qtbot.waitUntil(bar.problem.isVisible)
    assert "did you mean 'type'?" in bar.problem.text()
    assert listed(app) == [str(pair) for pair in PAIRS[2:4]]
    for _ in "tipe:dyke":
        press(app, Key.Key_Backspace)
    qtbot.waitUntil(bar.problem.isHidden)
    assert bar.count.isVisible()


def test_escape_clears_then_leaves(qtbot, app):
    ask(qtbot, app, "caption:stratif")
    press(app, Key.Key_Escape)
    qtbot.waitUntil(lambda: len(listed(app)) == 6)
    assert app.parts.window.matches.text() == ""
    assert QApplication.focusWidget() is app.parts.pairs.filter.field
    press(app, Key.Key_Escape)
    press(app, Key.Key_D)
    assert app.parts.state.pair == PAIRS[1]


def test_the_queue_goes_on_in_the_next_frame_with_matches(qtbot, app):
    state, told = app.parts.state, []
    app.parts.errors.told.connect(lambda message: told.append(message.text))
    ask(qtbot, app, "caption:stratif")
    press(app, Key.Key_Return)  # to the picture, at the next pair that is wanted
    assert state.pair == PAIRS[2]
    seen = [(state.cube.frame, state.pair)]
    for _ in range(2):
        press(app, Key.Key_D)
        wait_settled(qtbot, app)
        seen.append((state.cube.frame, state.pair))
    assert seen == [(FRAMES[0], PAIRS[2]), (FRAMES[0], PAIRS[3]), (FRAMES[2], PAIRS[1])]
    assert listed(app) == [str(PAIRS[1])]
    press(app, Key.Key_D)
    assert told == ["The filter finds no further pair."]
    press(app, Key.Key_A)
    wait_settled(qtbot, app)
    assert (state.cube.frame, state.pair) == (FRAMES[0], PAIRS[3])  # as it came


def test_enter_goes_to_a_frame_before_when_none_follows(qtbot, app):
    press(app, Key.Key_PageDown, Ctrl)
    wait_settled(qtbot, app)
    ask(qtbot, app, f"frame:{FRAMES[0]}")
    press(app, Key.Key_Return)
    wait_settled(qtbot, app)
    assert (app.parts.state.cube.frame, app.parts.state.pair) == (FRAMES[0], PAIRS[0])


def test_enter_waits_for_what_was_just_typed(qtbot, app):
    press(app, Key.Key_F, Ctrl)
    qtbot.keyClicks(app.parts.pairs.filter.field, "caption:stratif")
    press(app, Key.Key_Return)
    qtbot.waitUntil(lambda: app.parts.state.pair == PAIRS[2])
    assert not app.parts.pairs.filter.field.hasFocus()


def test_a_frame_that_is_chosen_begins_at_its_first_match(qtbot, app):
    ask(qtbot, app, "caption:stratif")
    view = app.parts.archive.view
    place = view.visualRect(view.model().index(2, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    wait_settled(qtbot, app)
    assert (app.parts.state.cube.frame, app.parts.state.pair) == (FRAMES[2], PAIRS[1])


def test_a_label_edited_meanwhile_counts_at_the_next_look(qtbot, app):
    ask(qtbot, app, "caption:uplift")
    assert listed(app) == []
    app.parts.editor.session.edit_label(PAIRS[4], caption="an uplift")
    wait_saved(qtbot, app)
    qtbot.waitUntil(lambda: listed(app) == [str(PAIRS[4])], timeout=8000)
    assert app.parts.window.matches.text() == "1 of 18 pairs"


def test_a_word_is_written_out_by_the_keyboard(qtbot, app):
    press(app, Key.Key_F, Ctrl)
    field = app.parts.pairs.filter.field
    qtbot.keyClicks(field, "capt")
    assert field.offers.isVisible()
    press(app, Key.Key_Tab)
    assert field.text() == "caption:"
    assert field.hasFocus()
    qtbot.keyClicks(field, "stratif state:")
    press(app, Key.Key_Down)
    press(app, Key.Key_Down)
    press(app, Key.Key_Return)
    assert field.text() == "caption:stratif state:reviewed "
    qtbot.keyClicks(field, "ty")
    press(app, Key.Key_Escape)  # what is offered is closed first
    assert not field.offers.isVisible()
    assert field.text() == "caption:stratif state:reviewed ty"


def test_the_table_is_sorted_by_a_click_and_walked_as_it_stands(qtbot, app):
    header = app.parts.pairs.view.horizontalHeader()
    at = header.sectionViewportPosition(3) + header.sectionSize(3) // 2
    for _ in range(2):  # days, then downwards
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at, 5))
    days = [pair.days for pair in sorted(PAIRS, key=lambda pair: -pair.days)]
    model = app.parts.pairs.view.model()
    assert [int(model.index(row, 3).data()) for row in range(6)] == days
    assert app.parts.state.pair == PAIRS[0]
    press(app, Key.Key_D)
    assert listed(app)[app.parts.pairs.view.currentIndex().row()] == str(app.parts.state.pair)
    assert app.parts.state.pair.primary == DAYS[1]  # the second of the 12-day pairs


def test_types_of_instances_stand_in_the_table(app):
    listed = [{"instance": 1, "activity_type": "Dyke"}, {"instance": 2, "activity_type": "Sill"}]
    app.parts.editor.session.edit_label(PAIRS[0], instances=json.dumps(listed))
    model = app.parts.pairs.view.model()
    assert [model.index(row, 6).data() for row in range(6)] == ["Dyke Sill", "", "", "", "", ""]


def test_what_is_painted_stands_in_the_table(qtbot, app, open_app, archive):
    model = app.parts.pairs.view.model()
    row = model.row_of(app.parts.state.pair)
    press(app, Key.Key_3)
    drag(app, (30, 40), (32, 44))
    qtbot.waitUntil(lambda: model.index(row, 6).data() == "Mogi")
    press(app, Key.Key_Z, Ctrl)
    qtbot.waitUntil(lambda: model.index(row, 6).data() == "")
    press(app, Key.Key_2)
    drag(app, (30, 40), (32, 44))
    qtbot.waitUntil(lambda: model.index(row, 6).data() == "Dyke")
    wait_saved(qtbot, app)
    app.close()
    again = open_app(archive).parts
    assert again.pairs.view.model().index(row, 6).data() == "Dyke"


def test_coherence_stands_in_the_table_where_there_is_room(qtbot, app):
    p = app.parts
    dock, table = p.window.findChild(QDockWidget, "dock.pairs"), p.pairs.view
    means = p.state.cube.mean_coherences()
    at = p.pairs.model.row_of(PAIRS[0])
    for width, hidden in ((600, False), (p.pairs.fitting_width, True)):
        p.window.resizeDocks([dock], [width], Qt.Orientation.Horizontal)
        qtbot.waitUntil(lambda hidden=hidden: table.isColumnHidden(COHERENCE) == hidden)
    assert (
        p.pairs.model.index(at, COHERENCE).data()
        == f"{means[p.state.cube.pairs.position(PAIRS[0])]:.2f}"
    )
