"""The world map by mouse: what a click opens, what is told, what is dimmed, how it moves."""

import json
import shutil
import tomllib
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from support.window import press, wait_settled

from thalia_core.archive.entries import FrameEntry
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeWriter
from thalia_viewer import resources, theme
from thalia_viewer.panels.coast import read_coast
from thalia_viewer.panels.worldmap import MapPanel

LEFT = Qt.MouseButton.LeftButton
ETNA, FERNANDINA, AGAIN = "124D_05291_081406", "106A_09048_000909", "128D_09016_110500"
PLACES = {ETNA: (15.0, 37.7), FERNANDINA: (-91.5, -0.4), AGAIN: (-91.5, -0.4)}


@pytest.fixture(scope="session")
def written_world(tmp_path_factory) -> Path:
    """Three frames of one pair, two of them of the same place."""
    folder = tmp_path_factory.mktemp("world")
    pair = DatePair.parse("20240106_20240118")
    for frame, (lon, lat) in PLACES.items():
        writer = CubeWriter.start(
            folder / f"{frame}.zarr",
            frame=frame,
            geometry=Geometry(8, 8, lon, lat, 0.001, -0.001),
            dates=[pair.primary, pair.secondary],
            layers=["insar_difference"],
            attrs={"title": "Etna" if frame == ETNA else "Galápagos"},
        )
        writer.mark("insar_difference", pair)
        writer.finish()
    return folder


@pytest.fixture
def app(qtbot, open_app, written_world, tmp_path):
    app = open_app(Path(shutil.copytree(written_world, tmp_path / "world")))
    qtbot.waitUntil(lambda: len(app.parts.state.frames) == 3)
    return app


def dot(app, frame: str) -> QPoint:
    """Where the dot of a frame is drawn."""
    places = app.parts.map.view.places()
    return next(at for entry, at in places if entry.frame == frame).toPoint()


def colour_at(view, at: QPoint) -> str:
    return QColor(view.grab().toImage().pixelColor(at)).name()


def wheel(view, at: QPoint, notches: int) -> None:
    there = QPointF(at)
    none = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    turn = QPoint(0, 120 * notches)
    phase = Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(there, view.mapToGlobal(there), QPoint(), turn, *none, phase, False)
    QApplication.sendEvent(view, event)


def test_a_click_opens_the_frame_and_marks_it(qtbot, app):
    view = app.parts.map.view
    assert app.parts.state.cube.frame == FERNANDINA
    before = colour_at(view, dot(app, ETNA) + QPoint(0, 7))
    QTest.mouseClick(view, LEFT, pos=dot(app, ETNA))
    wait_settled(qtbot, app)
    assert app.parts.state.cube.frame == ETNA
    assert app.parts.archive.view.currentIndex().data() == ETNA
    assert colour_at(view, dot(app, ETNA) + QPoint(0, 7)) != before  # the corner of a diamond


def test_frames_of_one_place_stand_side_by_side(qtbot, app):
    apart = dot(app, FERNANDINA) - dot(app, AGAIN)
    assert 6 <= apart.manhattanLength() <= 16
    QTest.mouseClick(app.parts.map.view, LEFT, pos=dot(app, AGAIN))
    wait_settled(qtbot, app)
    assert app.parts.state.cube.frame == AGAIN


def test_a_drag_moves_the_map_and_opens_nothing(qtbot, app):
    view, start = app.parts.map.view, dot(app, ETNA)
    whole = start
    wheel(view, start, 5)
    assert (dot(app, ETNA) - start).manhattanLength() <= 4  # the place under the pointer stays
    start = dot(app, ETNA)
    QTest.mousePress(view, LEFT, pos=start)
    QTest.mouseMove(view, start + QPoint(-20, -5))
    QTest.mouseRelease(view, LEFT, pos=start + QPoint(-20, -5))
    assert (dot(app, ETNA) - start - QPoint(-20, -5)).manhattanLength() <= 3
    wait_settled(qtbot, app)
    assert app.parts.state.cube.frame == FERNANDINA
    QTest.mouseDClick(view, LEFT, pos=QPoint(view.width() // 2, view.height() - 3))
    assert dot(app, ETNA) == whole


def test_the_open_frame_is_brought_into_view(qtbot, app):
    view = app.parts.map.view
    wheel(view, dot(app, ETNA), 12)
    assert not view.rect().contains(dot(app, AGAIN))
    press(app, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)  # Etna
    wait_settled(qtbot, app)
    press(app, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    wait_settled(qtbot, app)
    assert app.parts.state.cube.frame == AGAIN
    assert view.rect().contains(dot(app, AGAIN))


def test_the_pointer_is_told_what_lies_under_it(qtbot, app):
    view = app.parts.map.view
    QTest.mouseMove(view, dot(app, ETNA))
    qtbot.waitUntil(lambda: "Etna" in QToolTip.text())
    assert QToolTip.text() == f"{ETNA}: Etna\n    1 pairs, 0 labelled, 1 unreviewed"
    assert view.cursor().shape() == Qt.CursorShape.PointingHandCursor
    QTest.mouseMove(view, QPoint(2, 2))
    assert view.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_what_the_filter_leaves_out_is_dimmed(qtbot, app):
    view = app.parts.map.view
    full = colour_at(view, dot(app, ETNA))
    app.parts.pairs.filter.field.setText("galápagos")
    qtbot.waitUntil(lambda: app.parts.state.matches is not None)
    assert colour_at(view, dot(app, ETNA)) != full
    app.parts.pairs.filter.field.clear()
    qtbot.waitUntil(lambda: app.parts.state.matches is None)
    assert colour_at(view, dot(app, ETNA)) == full


def test_the_colour_tells_what_is_chosen(qtbot, tmp_path):
    panel = MapPanel(theme.DARK)
    qtbot.addWidget(panel)
    panel.resize(360, 170)
    panel.show()
    few = FrameEntry(tmp_path / "a", "a", pairs=1000, labelled=0, lon=0.0, lat=0.0)
    many = FrameEntry(tmp_path / "b", "b", pairs=10, labelled=10, lon=90.0, lat=0.0)
    nowhere = FrameEntry(tmp_path / "c", "c", pairs=3)
    panel.show_frames((few, many, nowhere))
    panel.show_unreviewed({few.path: 0, many.path: 0, nowhere.path: 0})

    def colours() -> list[str]:
        return [colour_at(panel.view, at.toPoint()) for _, at in panel.view.places()]

    by_pairs = colours()
    assert len(by_pairs) == 2
    assert panel.view.most == 1000
    panel.choice.setCurrentIndex(1)
    assert colours()[1] == by_pairs[0] != by_pairs[1]
    panel.choice.setCurrentIndex(2)
    assert panel.view.most == 0
    assert colours()[0] == colours()[1]
    panel.dress(theme.LIGHT)
    assert colours()[0] != by_pairs[0]


def test_the_coastline_has_land_where_land_is_and_says_whose_it_is():
    coast = read_coast()
    for lon, lat in ((2.3, 48.9), (-70.6, -33.5), (138.5, 36.3), (15.0, 37.6)):
        assert coast.contains(QPointF(lon, lat))
    for lon, lat in ((-30.0, 30.0), (50.5, 42.0), (-140.0, 0.0)):  # oceans, the Caspian
        assert not coast.contains(QPointF(lon, lat))
    told = json.loads(resources.text("coastline.json"))
    assert "Natural Earth" in told["attribution"]
    assert told["licence"] == "public domain"
    build = tomllib.loads(Path(__file__).parents[2].joinpath("pyproject.toml").read_text())
    packed = build["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert packed["resources/coastline.json"] == "thalia_viewer/resources/coastline.json"
