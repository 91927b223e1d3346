"""Measuring in the window: clicks on the picture, and the panels beside the core's own answers."""

from math import tau
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLabel
from pytestqt.qtbot import QtBot
from support.window import (
    COLS,
    DAYS,
    FRAME,
    PAIRS,
    ROWS,
    drag,
    point,
    press,
    wait_saved,
    wait_settled,
)

from thalia_core.cube.geometry import Geometry
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore, CubeWriter
from thalia_core.insar.fringes import fringes_along
from thalia_core.insar.measure import (
    height_fit_of,
    minus_height_of,
    patterns_of,
    profile_of,
)
from thalia_core.insar.network import of_primary
from thalia_core.insar.reference import kept_reference
from thalia_core.insar.series import series_of
from thalia_core.insar.triangle import closure_of
from thalia_core.insar.unwrapping import unwrap_parts
from thalia_core.synth.chance import random_plan
from thalia_core.synth.source_fit import minus_source_of, source_fit_of
from thalia_core.synth.writer import write_scene
from thalia_viewer.app import App
from thalia_viewer.panels.measure_height import HeightPanel
from thalia_viewer.panels.measure_profile import ProfilePanel
from thalia_viewer.panels.measure_series import SeriesPanel
from thalia_viewer.sights import Sight

Key = Qt.Key
EDGE, CENTRE = (30, 6), (30, 40)


def profile_panel(app: App) -> ProfilePanel:
    return app.parts.window.findChild(ProfilePanel, "panel.profile")


def height_panel(app: App) -> HeightPanel:
    return app.parts.window.findChild(HeightPanel, "panel.height")


def series_panel(app: App) -> SeriesPanel:
    return app.parts.window.findChild(SeriesPanel, "panel.series")


def said(app: App, name: str) -> str:
    return app.parts.window.findChild(QLabel, name).text()


def click(app: App, *spots: tuple[float, float]) -> None:
    for spot in spots:
        drag(app, spot, spot)


def place(app: App, row: float, col: float) -> tuple[float, float]:
    """Longitude and latitude of the screen pixel that a click there hits."""
    canvas = app.parts.canvas
    return canvas.grid.lonlat(*canvas.to_image(QPointF(point(app, row, col))))


@pytest.fixture
def lined(qtbot: QtBot, app: App) -> App:
    """The window with a line from the edge of the pattern to its centre."""
    app.parts.actions["tool.line"].trigger()
    QApplication.processEvents()  # the panel takes its room first
    click(app, EDGE, CENTRE)
    press(app, Key.Key_Return)
    wait_settled(qtbot, app)
    return app


def same_profile(app: App, line: list[tuple[float, float]]) -> None:
    """The panel shows what the core measures along the line, of the shown pair."""
    cube, pair = app.parts.state.cube, app.parts.state.pair
    expected, shown = profile_of(cube, pair, line), profile_panel(app).shown
    assert shown.pair == pair
    for name in ("distance_m", "wrapped_phase", "unwrapped_phase", "towards_cm", "height_m"):
        np.testing.assert_allclose(getattr(shown.line, name), getattr(expected, name), atol=1e-6)
    count = fringes_along(expected)
    assert said(app, "profile.intensity") == count.intensity.name.capitalize()
    assert said(app, "profile.rule").startswith(count.rule)


def test_a_line_of_clicks_is_measured_and_follows_the_pair(qtbot: QtBot, lined: App) -> None:
    line = [place(lined, *EDGE), place(lined, *CENTRE)]
    same_profile(lined, line)
    first = said(lined, "profile.fringes")
    for _ in range(2):
        press(lined, Key.Key_D)
        wait_settled(qtbot, lined)
        same_profile(lined, line)
    assert said(lined, "profile.fringes") != first


def test_one_drag_is_a_line_and_its_corner_can_be_moved(qtbot: QtBot, app: App) -> None:
    app.parts.actions["tool.line"].trigger()
    QApplication.processEvents()
    drag(app, EDGE, (20, 20), CENTRE)
    wait_settled(qtbot, app)
    same_profile(app, [place(app, *EDGE), place(app, *CENTRE)])
    drag(app, CENTRE, (40, 50), (50, 60))
    wait_settled(qtbot, app)
    same_profile(app, [place(app, *EDGE), place(app, 50, 60)])


def test_a_line_is_taken_back_corner_by_corner_or_given_up(qtbot: QtBot, lined: App) -> None:
    click(lined, (50, 10), (50, 30), (10, 60))
    press(lined, Key.Key_Backspace)
    press(lined, Key.Key_Return)
    wait_settled(qtbot, lined)
    same_profile(lined, [place(lined, 50, 10), place(lined, 50, 30)])
    click(lined, (10, 10))
    press(lined, Key.Key_Escape)
    wait_settled(qtbot, lined)
    assert profile_panel(lined).shown.line is None
    assert said(lined, "profile.intensity") == ""


def test_a_line_without_data_says_so_and_another_is_measured(qtbot: QtBot, lined: App) -> None:
    drag(lined, (1, 10), (1, 40))  # the margin in the north has no data
    wait_settled(qtbot, lined)
    assert "no data along the line" in said(lined, "profile.rule")
    drag(lined, EDGE, CENTRE)
    wait_settled(qtbot, lined)
    same_profile(lined, [place(lined, *EDGE), place(lined, *CENTRE)])


def test_the_picture_and_the_plot_show_the_same_place(qtbot: QtBot, lined: App) -> None:
    panel = profile_panel(lined)
    surface = lined.parts.canvas.focusProxy().viewport()
    QTest.mouseMove(surface, point(lined, 30, 25))
    line = panel.shown.line
    nearest = int(np.hypot(line.rows - 30, line.cols - 25).argmin())
    (mark, _) = panel.marks
    assert mark.isVisible()
    assert mark.value() == pytest.approx(line.distance_m[nearest] / 1000, abs=0.15)
    QTest.mouseMove(surface, point(lined, 55, 70))  # far from the line
    assert not mark.isVisible()
    heard: list[object] = []
    panel.pointed.connect(heard.append)
    plot = panel.plot.viewport()
    QTest.mouseMove(plot, plot.rect().center())
    assert heard
    assert heard[-1] is not None
    assert abs(heard[-1] - len(line) / 2) < len(line) / 5


def test_a_line_can_be_drawn_in_any_panel_and_is_seen_in_all(qtbot: QtBot, app: App) -> None:
    deck = app.parts.deck
    deck.show_sights([Sight("insar_coherence")])
    wait_settled(qtbot, app)
    app.parts.actions["tool.line"].trigger()
    wait_settled(qtbot, app)
    main, other = deck.shown
    bare = [canvas.grab().toImage() for canvas in deck.shown]
    surface = other.focusProxy().viewport()
    for spot in (EDGE, CENTRE):
        QTest.mouseClick(surface, Qt.MouseButton.LeftButton, pos=other.to_widget(*spot).toPoint())
    QTest.keyClick(other.focusProxy(), Key.Key_Return)
    wait_settled(qtbot, app)
    ends = [other.to_image(QPointF(other.to_widget(*spot).toPoint())) for spot in (EDGE, CENTRE)]
    same_profile(app, [main.grid.lonlat(*end) for end in ends])
    for canvas, before in zip(deck.shown, bare, strict=True):
        at = canvas.to_widget(30, 15).toPoint()  # on the line
        assert canvas.grab().toImage().pixel(at) != before.pixel(at)
    QTest.mouseMove(surface, other.to_widget(30, 25).toPoint())
    assert profile_panel(app).marks[0].isVisible()


def test_a_panel_without_a_triangle_says_so(qtbot: QtBot, open_app, two_pairs: Path) -> None:
    app = open_app(two_pairs)
    app.parts.deck.show_sights([Sight("closure")])
    wait_settled(qtbot, app)
    assert "no triangle goes through this pair" in app.parts.deck.shown[1].message
    assert app.parts.canvas.image is not None
    assert app.parts.window.messages.message is None


def test_the_samples_are_copied_and_saved(qtbot: QtBot, lined: App, tmp_path: Path) -> None:
    shown = profile_panel(lined).shown
    window = lined.parts.window
    window.findChild(QAbstractButton, "profile.copy").click()
    text = QApplication.clipboard().text()
    assert text == shown.line.to_csv(shown.grid)
    assert len(text.splitlines()) == len(shown.line) + 1
    window.findChild(QAbstractButton, "profile.save").click()
    dialog = window.findChild(QFileDialog, "dialog.save_csv")
    file = tmp_path / "line.csv"
    dialog.fileSelected.emit(str(file))
    dialog.close()
    wait_settled(qtbot, lined)
    assert file.read_text() == text
    window.findChild(QAbstractButton, "profile.save").click()
    dialog = window.findChild(QFileDialog, "dialog.save_csv")
    dialog.fileSelected.emit(str(file / "line.csv"))  # a file is no folder
    dialog.close()
    wait_settled(qtbot, lined)
    assert "Cannot write" in window.messages.message.text


def test_fringes_of_a_painted_mask_are_those_of_the_core(qtbot: QtBot, app: App) -> None:
    app.parts.actions["measure.profile"].trigger()
    wait_settled(qtbot, app)
    assert "Nothing is masked" in said(app, "profile.patterns")
    press(app, Key.Key_P)
    click(app, (12, 22), (12, 58), (48, 58), (48, 22))
    press(app, Key.Key_Return)
    wait_saved(qtbot, app)
    wait_settled(qtbot, app)
    (found,) = patterns_of(app.parts.state.cube, app.parts.state.pair)
    told = said(app, "profile.patterns")
    assert f"{found.count.fringes:.1f} fringes" in told
    assert found.count.intensity.name.capitalize() in told


def test_the_line_of_the_command_line_is_measured(qtbot, open_app, cube_path: Path) -> None:
    line = ((-91.59, -0.33), (-91.56, -0.33))
    app = open_app(cube_path, profile=line)
    wait_settled(qtbot, app)
    same_profile(app, list(line))
    app.parts.actions["measure.clear_line"].trigger()
    wait_settled(qtbot, app)
    assert profile_panel(app).shown.line is None


def test_phase_against_height_over_the_frame_and_what_is_seen(qtbot: QtBot, app: App) -> None:
    app.parts.actions["measure.height"].trigger()
    wait_settled(qtbot, app)
    cube, panel = app.parts.state.cube, height_panel(app)
    fit = height_fit_of(cube, PAIRS[0])
    assert panel.shown.fit == fit
    slope = f"{abs(fit.slope):.2f} rad/km"
    assert slope in said(app, "height.slope")
    assert f"{abs(fit.slope) / tau:.2f} fringes/km" in said(app, "height.slope")
    press(app, Key.Key_D)
    wait_settled(qtbot, app)
    assert panel.shown.fit == height_fit_of(cube, PAIRS[1])
    app.parts.canvas.zoom_by(2.0, (20, 20))
    panel.seen.click()
    wait_settled(qtbot, app)
    small = panel.shown.fit
    assert small.pixels < fit.pixels
    app.parts.canvas.zoom_by(2.0, (20, 20))
    wait_settled(qtbot, app)
    assert panel.shown.fit.pixels < small.pixels


def test_a_frame_without_heights_says_so(qtbot: QtBot, open_app, two_pairs: Path) -> None:
    app = open_app(two_pairs)
    app.parts.actions["measure.height"].trigger()
    wait_settled(qtbot, app)
    assert "no heights" in said(app, "height.rest")


def test_layers_computed_from_the_phase_are_those_of_the_core(qtbot: QtBot, app: App) -> None:
    cube, pair, p = app.parts.state.cube, PAIRS[1], app.parts
    p.state.set_pair(pair)
    planes = [cube.read_plane(f"insar_{name}", pair) for name in ("difference", "coherence")]
    expected = {
        "phase_minus_height": minus_height_of(cube, pair, height_fit_of(cube, pair)),
        "closure": closure_of(cube, pair).plane,
        "unwrapped_here": unwrap_parts(*planes),
    }
    for name, plane in expected.items():
        p.actions[f"layer.{name}"].trigger()
        if name == "unwrapped_here":
            assert p.window.activity.text() == f"computing 'Unwrapped (computed)' of {pair}…"
        wait_settled(qtbot, app)
        assert p.canvas.image.style.name == name
        np.testing.assert_allclose(p.canvas.image.values, plane, atol=1e-4)
        assert "computing" not in p.window.activity.text()
        if name == "closure":
            (third,) = set(closure_of(cube, pair).dates) - {pair.primary, pair.secondary}
            assert str(third) in p.canvas.image.style.title
    assert not p.actions["layer.phase_minus_vapour"].isEnabled()


def test_what_is_masked_is_left_out_of_the_phase_minus_height(
    qtbot: QtBot, open_app, tmp_path: Path
) -> None:
    rows, cols = np.mgrid[:ROWS, :COLS]
    height = 20.0 * cols
    moved = np.where((cols > 5) & (cols < 40) & (rows > 5) & (rows < 55), cols / 10, 0)
    app = open_app(chain_cube(tmp_path, np.angle(np.exp(1j * (height / 500 + moved))), height))
    p, pair = app.parts, app.parts.state.pair
    p.actions["layer.phase_minus_height"].trigger()
    wait_settled(qtbot, app)
    before = p.canvas.image.values
    press(app, Key.Key_P)
    click(app, (5, 5), (5, 40), (55, 40), (55, 5))
    press(app, Key.Key_Return)
    wait_saved(qtbot, app)
    wait_settled(qtbot, app)
    fit = height_fit_of(p.state.cube, pair)
    expected = minus_height_of(p.state.cube, pair, fit)
    np.testing.assert_allclose(p.canvas.image.values, expected, atol=1e-4)
    assert not np.allclose(before, expected, atol=1e-3, equal_nan=True)


def test_a_class_key_takes_a_tool_that_paints(app: App) -> None:
    app.parts.actions["tool.line"].trigger()
    press(app, Key.Key_2)
    assert app.parts.state.tool == "brush"
    app.parts.actions["tool.swap"].trigger()
    assert app.parts.canvas.tool.name == "line"


def test_a_source_is_fitted_to_the_masks_and_what_it_leaves_is_shown(
    qtbot: QtBot, open_app, tmp_path: Path
) -> None:
    plan = random_plan(seed=3, size=128, dates=2, sources=["mogi:fringes=3,onset=0,end=1"])
    path = tmp_path / "synthetic" / f"{plan.frame}.zarr"
    assert write_scene(plan, path)
    app = open_app(path)
    app.parts.actions["measure.mogi"].trigger()
    wait_settled(qtbot, app)
    cube, pair = app.parts.state.cube, app.parts.state.pair
    fit = source_fit_of(cube, pair, "mogi")
    told = app.parts.window.messages.message.text
    assert f"{fit.source.depth / 1000:.1f} km deep" in told
    assert f"explains {fit.explained:.0%}" in told
    assert app.parts.canvas.image.style.name == "phase_minus_mogi"
    expected = minus_source_of(cube, pair, fit)
    np.testing.assert_allclose(app.parts.canvas.image.values, expected, atol=1e-4)


def test_without_a_mask_or_a_line_of_sight_no_source_is_fitted(qtbot: QtBot, app: App) -> None:
    app.parts.actions["measure.okada"].trigger()
    wait_settled(qtbot, app)
    assert "No source can be fitted" in app.parts.window.messages.message.text
    assert app.parts.canvas.image.style.name == "insar_difference"


def test_where_no_triangle_goes_the_picture_says_so_and_the_next_is_shown(
    qtbot: QtBot, open_app, two_pairs: Path
) -> None:
    app = open_app(two_pairs)
    p = app.parts
    p.canvas.zoom_by(2.0)
    view = p.canvas.view()
    p.actions["layer.closure"].trigger()
    wait_settled(qtbot, app)
    assert p.canvas.image is None
    assert "no triangle goes through this pair" in p.canvas.message
    assert p.window.messages.message is None
    p.actions["layer.insar_difference"].trigger()
    wait_settled(qtbot, app)
    assert p.canvas.image.style.name == "insar_difference"
    assert p.canvas.message == ""
    assert p.canvas.view() == view


def same_series(app: App, points: list[tuple[float, float]], **how: object) -> None:
    cube, shown = app.parts.state.cube, series_panel(app).shown
    expected = series_of(cube, points, kept_reference(cube), **how)
    np.testing.assert_allclose(shown.towards_cm, expected.towards_cm, atol=1e-6)
    np.testing.assert_allclose(shown.sigma_cm, expected.sigma_cm, atol=1e-6)


def test_points_are_measured_over_the_network_or_one_primary(qtbot: QtBot, app: App) -> None:
    app.parts.actions["tool.point"].trigger()
    QApplication.processEvents()
    spots = [(30, 40), (15, 20), (45, 60)]
    click(app, *spots)
    wait_settled(qtbot, app)
    places = [place(app, *spot) for spot in spots]
    same_series(app, places)
    press(app, Key.Key_Backspace)
    wait_settled(qtbot, app)
    same_series(app, places[:2])
    assert f"{len(PAIRS)} pairs of {len(DAYS)} dates" in said(app, "series.rest")
    panel = series_panel(app)
    panel.network.setCurrentIndex(1)
    wait_settled(qtbot, app)
    same_series(app, places[:2], pairs=[PAIRS[i] for i in of_primary(PAIRS, DAYS[0])])
    app.parts.state.set_pair(DatePair(DAYS[1], DAYS[2]))
    wait_settled(qtbot, app)
    same_series(app, places[:2], pairs=[PAIRS[i] for i in of_primary(PAIRS, DAYS[1])])
    app.parts.window.findChild(QAbstractButton, "series.copy").click()
    assert QApplication.clipboard().text() == panel.shown.to_csv()
    app.parts.actions["measure.clear_points"].trigger()
    wait_settled(qtbot, app)
    assert panel.shown is None


def test_the_newest_points_win(qtbot: QtBot, app: App) -> None:
    app.parts.actions["tool.point"].trigger()
    QApplication.processEvents()
    spots = [(30, 40), (15, 20), (45, 60), (20, 30), (40, 30)]
    click(app, *spots)  # each click asks anew, before the one before is answered
    wait_settled(qtbot, app)
    same_series(app, [place(app, *spot) for spot in spots])
    assert app.parts.window.messages.message is None


def test_a_reference_area_counts_and_is_there_again(qtbot, open_app, cube_path: Path) -> None:
    app = open_app(cube_path)
    app.parts.actions["tool.area"].trigger()
    QApplication.processEvents()
    drag(app, (50, 10), (50, 15))
    app.parts.actions["tool.point"].trigger()
    click(app, (30, 40))
    wait_settled(qtbot, app)
    area = kept_reference(app.parts.state.cube)
    east, _ = app.parts.canvas.grid.pixel_metres(50)
    assert area.radius_m == pytest.approx(5 * east, rel=0.1)
    np.testing.assert_allclose((area.lon, area.lat), place(app, 50, 10), atol=1e-6)
    same_series(app, [place(app, 30, 40)])
    app.close()
    again = open_app(cube_path, points=(place(app, 30, 40),))
    wait_settled(qtbot, again)
    assert f"{area.radius_m:,.0f} m around" in said(again, "series.reference")
    assert series_panel(again).shown.reference == area
    again.parts.actions["measure.clear_area"].trigger()
    wait_settled(qtbot, again)
    assert kept_reference(again.parts.state.cube) is None
    assert series_panel(again).shown.reference is None


def test_points_without_data_say_so(qtbot: QtBot, app: App) -> None:
    app.parts.actions["tool.point"].trigger()
    QApplication.processEvents()
    click(app, (0, 40))  # the margin in the north has no data
    wait_settled(qtbot, app)
    assert "No pair has data at the points" in said(app, "series.points")
    assert app.parts.window.messages.message is None


@pytest.fixture
def two_pairs(tmp_path: Path) -> Path:
    return chain_cube(tmp_path, np.full((ROWS, COLS), 0.5))


def chain_cube(folder: Path, phase: np.ndarray, height: np.ndarray | None = None) -> Path:
    """Three dates in a chain, without coherence: no triangle."""
    chain = [DatePair(DAYS[0], DAYS[1]), DatePair(DAYS[1], DAYS[2])]
    writer = CubeWriter.start(
        folder / "chain" / f"{FRAME}.zarr",
        frame=FRAME,
        geometry=Geometry(ROWS, COLS, -91.6, -0.3, 0.001, -0.001),
        dates=DAYS[:3],
        layers=["insar_difference", *(["dem"] if height is not None else [])],
    )
    if height is not None:
        writer.write("dem", height)
    for pair in chain:
        writer.write("insar_difference", phase.astype(np.float32), pair=pair)
    path = writer.finish()
    assert len(CubeStore.open(path).pairs) == 2
    return path
