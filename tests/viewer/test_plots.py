"""Matrix and network by mouse and keys: what is drawn, what a click shows, what is told."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from support.window import DAYS, PAIRS, press, wait_settled

from thalia_core.cube.geometry import Geometry
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeWriter
from thalia_viewer import theme
from thalia_viewer.app import App
from thalia_viewer.canvas.masks import CLASS_COLOURS
from thalia_viewer.panels.matrix import MatrixView
from thalia_viewer.panels.network import NetworkView
from thalia_viewer.panels.plot_panel import PlotPanel
from thalia_viewer.panels.ticks import marks

LEFT, Key = Qt.MouseButton.LeftButton, Qt.Key


@pytest.fixture
def app(qtbot, open_app, cube_path) -> App:
    app = open_app(cube_path, show=("matrix", "network"))
    wait_settled(qtbot, app)
    return app


def matrix(app: App) -> MatrixView:
    return app.parts.window.findChild(MatrixView)


def network(app: App) -> NetworkView:
    return app.parts.window.findChild(NetworkView)


def spot(view: MatrixView | NetworkView, pair: DatePair) -> QPoint:
    """The middle of a cell or of a line."""
    place = view.middle_of(PAIRS.index(pair))
    return view.transform().map(place).toPoint()


def colour_at(view, at: QPoint) -> str:
    return QColor(view.grab().toImage().pixelColor(at)).name()


def inner(view: MatrixView, pair: DatePair) -> str:
    """The colour of a cell beside its middle."""
    return colour_at(view, spot(view, pair) + QPoint(3, 3))


def choose(panel: PlotPanel, title: str) -> None:
    """By the keyboard."""
    panel.choice.setFocus()
    while panel.choice.currentText() != title:
        QTest.keyClick(panel.choice, Key.Key_Down)


def test_a_click_on_a_cell_shows_its_pair_everywhere(qtbot, app):
    view = matrix(app)
    assert app.parts.state.pair == PAIRS[0]
    QTest.mouseClick(view, LEFT, pos=spot(view, PAIRS[4]))
    wait_settled(qtbot, app)
    assert app.parts.state.pair == PAIRS[4]
    table = app.parts.pairs.view
    assert table.currentIndex().row() == 4
    QTest.mouseClick(view, LEFT, pos=view.area().bottomLeft().toPoint() + QPoint(9, -9))
    assert app.parts.state.pair == PAIRS[4]  # no pair can be there


def test_a_click_on_a_line_shows_its_pair(qtbot, app):
    view = network(app)
    QTest.mouseClick(view, LEFT, pos=spot(view, PAIRS[2]))
    wait_settled(qtbot, app)
    assert app.parts.state.pair == PAIRS[2]


def test_the_shown_pair_is_marked_in_both(qtbot, app):
    row = spot(matrix(app), PAIRS[5]) + QPoint(-60, 0)
    ground = colour_at(matrix(app), row)
    line = colour_at(network(app), spot(network(app), PAIRS[5]))
    app.parts.state.set_pair(PAIRS[5])
    wait_settled(qtbot, app)
    assert colour_at(matrix(app), row) != ground
    marked = QColor(colour_at(network(app), spot(network(app), PAIRS[5])))
    assert marked.name() != line
    assert abs(marked.hue() - QColor(theme.DARK.accent).hue()) < 4


def test_arrows_step_along_the_dates_and_leave_out_what_is_not_wanted(qtbot, app):
    state, told = app.parts.state, []
    app.parts.errors.told.connect(lambda message: told.append(message.text))
    matrix(app).setFocus()
    press(app, Key.Key_Right)
    assert state.pair == DatePair(DAYS[0], DAYS[2])
    press(app, Key.Key_Down)
    assert state.pair == DatePair(DAYS[1], DAYS[2])
    press(app, Key.Key_Up)
    press(app, Key.Key_Left)
    assert state.pair == PAIRS[0]
    state.set_filter("days:36")
    wait_settled(qtbot, app)
    press(app, Key.Key_Right)
    assert state.pair == DatePair(DAYS[0], DAYS[3])  # over the one of 24 days
    assert not told
    press(app, Key.Key_Down)
    assert state.pair == DatePair(DAYS[0], DAYS[3])
    assert told == [
        "No further pair that the filter wants has this secondary date in that direction."
    ]


def test_w_and_s_honour_the_filter_too(qtbot, app):
    state = app.parts.state
    state.set_pair(DatePair(DAYS[0], DAYS[3]))
    state.set_filter("days:12,36")
    wait_settled(qtbot, app)
    app.parts.canvas.setFocus()
    press(app, Key.Key_S)
    assert state.pair == DatePair(DAYS[2], DAYS[3])
    press(app, Key.Key_W)
    assert state.pair == DatePair(DAYS[0], DAYS[3])
    press(app, Key.Key_A, Qt.KeyboardModifier.ShiftModifier)
    assert state.pair == DatePair(DAYS[0], DAYS[1])


def test_what_the_filter_leaves_out_is_dimmed_in_both(qtbot, app):
    long, short = DatePair(DAYS[0], DAYS[3]), DatePair(DAYS[2], DAYS[3])
    full = inner(matrix(app), long), inner(matrix(app), short)
    app.parts.state.set_filter("days:<=12")
    wait_settled(qtbot, app)
    assert inner(matrix(app), short) == full[1]
    assert inner(matrix(app), long) not in (full[0], theme.DARK.canvas)
    view = network(app)
    assert view.under(QPointF(spot(view, short))) == PAIRS.index(short)


def test_the_colour_is_one_for_both_and_is_remembered(qtbot, app, open_app, cube_path):
    panel = app.parts.window.findChild(PlotPanel, "panel.matrix")
    other = app.parts.window.findChild(PlotPanel, "panel.network")
    listed = [{"instance": 1, "activity_type": "Dyke", "intensity_level": "High"}]
    app.parts.editor.session.edit_label(PAIRS[3], instances=json.dumps(listed))
    choose(panel, "Activity type")
    assert other.choice.currentText() == "Activity type"
    assert inner(matrix(app), PAIRS[3]) == CLASS_COLOURS[2]
    assert panel.legend.words() == "None, Dyke"
    choose(other, "Intensity")
    assert panel.legend.words() == "None, High"
    app.close()
    again = open_app(cube_path)
    assert again.parts.window.findChild(PlotPanel, "panel.matrix").choice.currentText() == (
        "Intensity"
    )


def test_the_pointer_is_told_the_pair_and_its_value(qtbot, app):
    view = matrix(app)
    QTest.mouseMove(view, spot(view, PAIRS[4]))
    qtbot.waitUntil(lambda: "Baseline" in QToolTip.text())
    assert QToolTip.text() == f"{PAIRS[4]}, unseen\nBaseline: 4 m"
    assert app.parts.window.findChild(PlotPanel, "panel.matrix").legend.words() == "−5 m to 5 m"


def test_a_wheel_enlarges_around_the_pointer_and_a_double_click_shows_all(qtbot, app):
    view = network(app)
    there, whole = spot(view, PAIRS[4]), view.seen()
    none = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    at = QPointF(there)
    for _ in range(2):
        event = QWheelEvent(
            at, view.mapToGlobal(at), QPoint(), QPoint(0, 120), *none, Qt.ScrollPhase(0), False
        )
        QApplication.sendEvent(view, event)
    assert view.seen().width() <= whole.width()
    assert (spot(view, PAIRS[4]) - there).manhattanLength() <= 2
    before = app.parts.state.pair
    QTest.mousePress(view, LEFT, pos=there)
    QTest.mouseMove(view, there + QPoint(-20, 0))
    QTest.mouseRelease(view, LEFT, pos=there + QPoint(-20, 0))
    assert app.parts.state.pair == before  # a drag shows nothing else
    empty = view.area().topLeft().toPoint() + QPoint(2, 2)
    QTest.mouseDClick(view, LEFT, pos=empty)
    assert view.seen() == whole


def test_the_keys_show_the_plots_and_put_them_away(qtbot, open_app, cube_path):
    app = open_app(cube_path)
    view = matrix(app)
    assert not view.isVisible()
    press(app, Key.Key_F3)
    assert view.isVisible()
    assert view.hasFocus()
    press(app, Key.Key_F3)
    assert not view.isVisible()
    assert app.parts.canvas.focusProxy().hasFocus() or app.parts.canvas.hasFocus()


def test_another_theme_dresses_them(qtbot, app):
    dark = inner(matrix(app), PAIRS[5])
    app.parts.actions["view.light"].trigger()
    wait_settled(qtbot, app)
    assert inner(matrix(app), PAIRS[5]) != dark
    corner = QPoint(3, matrix(app).height() - 3)
    assert colour_at(matrix(app), corner) == theme.LIGHT.canvas


def bare_cube(folder: Path, baselines: dict[DatePair, float]) -> Path:
    """Two groups of dates that no pair joins."""
    days = [date(2020, 1, n) for n in (1, 7, 13, 19, 25)]
    pairs = [DatePair(days[i], days[j]) for i, j in ((0, 1), (1, 2), (0, 2), (3, 4))]
    writer = CubeWriter.start(
        folder / "bare.zarr",
        frame="001A_00001_000000",
        geometry=Geometry(8, 8, 10.0, 10.0, 0.001, -0.001),
        dates=days,
        layers=["insar_difference"],
    )
    for pair in pairs:
        writer.write("insar_difference", np.zeros((8, 8), np.float32), pair=pair)
    known = {pair: baselines[pair] for pair in pairs if pair in baselines}
    if known:
        writer.write_pair_values("perpendicular_baseline", known)
    return writer.finish()


def test_dates_stand_where_the_baselines_of_their_pairs_put_them(qtbot, open_app, tmp_path):
    days = [date(2020, 1, n) for n in (1, 7, 13, 19, 25)]
    metres = {
        DatePair(days[0], days[1]): 50.0,
        DatePair(days[1], days[2]): -20.0,
        DatePair(days[0], days[2]): 30.0,
        DatePair(days[3], days[4]): -70.0,
    }
    app = open_app(bare_cube(tmp_path, metres), show=("network",))
    wait_settled(qtbot, app)
    view = network(app)
    middles = [view.middle_of(n).y() for n in range(4)]
    assert middles == pytest.approx([25, 15, 40, -35])  # of 0, 50, 30 and of 0, -70
    note = app.parts.window.findChild(PlotPanel, "panel.network").note
    assert note.text() == "2 parts that no pair joins, each from 0 m"


def test_a_network_without_baselines_says_so(qtbot, open_app, tmp_path):
    app = open_app(bare_cube(tmp_path, {}), show=("network",))
    wait_settled(qtbot, app)
    panel = app.parts.window.findChild(PlotPanel, "panel.network")
    assert panel.note.text() == "No baselines are known: dates stand in their order"
    assert panel.legend.words() == "not known here"
    heights = [network(app).middle_of(n).y() for n in range(4)]
    assert heights == [0.5, 1.0, 1.5, 3.5]
    QTest.mouseClick(network(app), LEFT, pos=_middle(network(app), 3))
    assert app.parts.state.pair == DatePair(date(2020, 1, 19), date(2020, 1, 25))


def _middle(view: NetworkView, position: int) -> QPoint:
    return view.transform().map(view.middle_of(position)).toPoint()


@pytest.mark.parametrize(
    ("pixels", "texts"),
    [
        (30, ["2020"]),
        (110, ["2020", "2021"]),
        (280, ["Jul", "2020", "Jul", "2021", "Jul"]),
        (900, ["Jul", "Oct", "2020", "Apr", "Jul", "Oct", "2021", "Apr", "Jul", "Oct"]),
    ],
)
def test_an_axis_says_as_much_as_there_is_room_for(pixels, texts):
    first, last = date(2019, 5, 3), date(2021, 11, 20)
    length = (last - first).days

    def place(day: date) -> float:
        return (day - first).days / length * pixels

    found = marks(first, last, place, 40)
    written = [mark for mark in found if mark.text]
    assert [mark.text for mark in written] == texts
    assert all(b.at - a.at >= 40 for a, b in zip(written, written[1:], strict=False))
