"""One to six panels with one view, one cursor and one mask."""

import threading

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from support.window import PAIRS, mask_on_disk, press, wait_saved, wait_settled

from thalia_core.cube.labels import Activity
from thalia_core.cube.store import CubeStore, PredictionStore
from thalia_core.errors import ThaliaError
from thalia_viewer.canvas.camera import View
from thalia_viewer.derived import COMPUTE
from thalia_viewer.sights import Sight

LEFT = Qt.MouseButton.LeftButton
PLAIN, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


def surface(canvas):
    return canvas.focusProxy().viewport()


def click(canvas, row, col):
    QTest.mouseClick(surface(canvas), LEFT, PLAIN, canvas.to_widget(row, col).toPoint())


def split(qtbot, app, count):
    app.parts.actions[f"split.{count}"].trigger()
    wait_settled(qtbot, app)
    return app.parts.deck.shown


def requests(app):
    """(pair, layer) that every panel shows."""
    return [canvas.image and canvas.image.request for canvas in app.parts.deck.shown]


@pytest.mark.parametrize("count", range(1, 7))
def test_so_many_panels_as_asked_for_each_with_its_picture(qtbot, app, count):
    canvases = split(qtbot, app, count)
    assert len(canvases) == count
    assert all(canvas.isVisible() and canvas.image is not None for canvas in canvases)
    assert len(set(requests(app))) == count
    assert app.parts.deck.captions[0].isVisible() == (count > 1)
    assert app.parts.actions[f"split.{count}"].isChecked()


def test_the_duty_view_has_what_decides(qtbot, app):
    app.parts.actions["layer.dem"].trigger()
    app.parts.actions["split.duty"].trigger()
    wait_settled(qtbot, app)
    pair, neighbour = PAIRS[0], PAIRS[1]
    assert requests(app) == [
        (pair, "insar_difference"),
        (pair, "insar_coherence"),
        (pair, "dem"),
        (neighbour, "insar_difference"),
    ]
    assert app.parts.deck.captions[3].texts[:2] == ("Phase", "2024-01-06 → 2024-01-30")


def test_all_panels_see_the_same(qtbot, app):
    canvases = split(qtbot, app, 4)
    canvases[2].set_view(View(20.0, 30.0, 9.0))
    assert {canvas.view() for canvas in canvases} == {View(20.0, 30.0, 9.0)}
    press(app, Qt.Key.Key_D)  # another pair, the same place
    wait_settled(qtbot, app)
    assert {canvas.view() for canvas in canvases} == {View(20.0, 30.0, 9.0)}
    app.parts.actions["view.reset"].trigger()
    assert len({canvas.view() for canvas in canvases}) == 1
    for canvas in canvases:  # the whole frame is seen in the smallest of them
        assert canvas.view().scale <= canvas.whole().scale + 1e-9
    app.parts.window.resize(900, 700)
    qtbot.waitUntil(lambda: canvases[0].view().scale <= canvases[3].whole().scale + 1e-9)
    assert len({canvas.view() for canvas in canvases}) == 1


def test_panels_that_come_later_see_what_is_seen(qtbot, app):
    canvas = app.parts.canvas
    canvas.set_view(View(20.0, 30.0, 9.0))
    canvases = split(qtbot, app, 3)
    assert {c.view() for c in canvases} == {View(20.0, 30.0, 9.0)}


def test_the_keys_of_layers_mean_the_active_panel(qtbot, app):
    split(qtbot, app, 2)
    deck, actions = app.parts.deck, app.parts.actions
    press(app, Qt.Key.Key_F6)
    assert deck.active == 1
    assert actions["layer.insar_coherence"].isChecked()
    press(app, Qt.Key.Key_3, CTRL)
    wait_settled(qtbot, app)
    assert requests(app) == [(PAIRS[0], "insar_difference"), (PAIRS[0], "dem")]
    assert app.parts.state.layer == "insar_difference"
    click(deck.shown[0], 30, 40)
    assert actions["layer.insar_difference"].isChecked()
    press(app, Qt.Key.Key_2, CTRL)
    wait_settled(qtbot, app)
    assert requests(app) == [(PAIRS[0], "insar_coherence"), (PAIRS[0], "dem")]


def choose(app, number, name):
    menu = app.parts.deck.captions[number].menu
    menu.aboutToShow.emit()  # what opening it does
    next(action for action in menu.actions() if action.objectName() == name).trigger()


def test_a_caption_chooses_layer_and_pair(qtbot, app):
    split(qtbot, app, 2)
    choose(app, 1, "caption.2.dem")
    wait_settled(qtbot, app)
    assert requests(app)[1] == (PAIRS[0], "dem")
    choose(app, 1, "caption.2.same_primary")
    wait_settled(qtbot, app)
    assert requests(app)[1] == (PAIRS[1], "dem")
    choose(app, 0, "caption.1.insar_coherence")
    wait_settled(qtbot, app)
    assert requests(app)[0] == (PAIRS[0], "insar_coherence")
    choose(app, 1, "caption.2.close")
    assert len(app.parts.deck.shown) == 1


def test_a_pinned_pair_stays_and_a_neighbour_follows(qtbot, app):
    deck, actions = app.parts.deck, app.parts.actions
    deck.show_sights([Sight("insar_difference"), Sight("insar_difference", "same_primary")])
    deck.activate(1)
    actions["split.pin"].trigger()
    press(app, Qt.Key.Key_D)
    wait_settled(qtbot, app)
    assert [pair for pair, _ in requests(app)] == [PAIRS[1], PAIRS[0], PAIRS[2]]
    actions["split.this"].trigger()
    wait_settled(qtbot, app)
    assert [pair for pair, _ in requests(app)] == [PAIRS[1], PAIRS[1], PAIRS[2]]


def test_what_there_is_not_is_said(qtbot, app):
    app.parts.deck.show_sights([Sight("land_mask"), Sight("insar_difference", "same_primary")])
    app.parts.state.set_pair(PAIRS[5])  # the only one of its primary date
    wait_settled(qtbot, app)
    assert requests(app)[1:] == [None, None]
    assert "no layer" in app.parts.deck.shown[1].furniture.message.text
    assert "primary" in app.parts.deck.shown[2].furniture.message.text


def test_a_brush_paints_in_any_panel(qtbot, app, cube_path):
    canvases = split(qtbot, app, 3)
    press(app, Qt.Key.Key_B)
    before = canvases[0].grab().toImage()
    click(canvases[2], 30, 40)
    wait_saved(qtbot, app)
    mask = mask_on_disk(cube_path, PAIRS[0])
    assert mask[30, 40] == Activity.MOGI
    assert canvases[0].grab().toImage() != before
    app.parts.actions["edit.undo"].trigger()
    wait_saved(qtbot, app)
    assert not np.any(mask_on_disk(cube_path, PAIRS[0]) == Activity.MOGI)


def test_a_polygon_begun_in_one_panel_is_closed_in_another(qtbot, app, cube_path):
    canvases = split(qtbot, app, 2)
    press(app, Qt.Key.Key_P)
    click(canvases[0], 20, 20)
    click(canvases[1], 20, 50)
    click(canvases[1], 40, 35)
    press(app, Qt.Key.Key_Return)
    wait_saved(qtbot, app)
    assert mask_on_disk(cube_path, PAIRS[0])[25, 35] == Activity.MOGI


def test_one_cursor_gives_the_values_of_all_panels(qtbot, app):
    canvases = split(qtbot, app, 3)
    QTest.mouseMove(surface(canvases[1]), canvases[1].to_widget(30, 40).toPoint())
    texts = [caption.texts[2] for caption in app.parts.deck.captions]
    wanted = [canvas.image.style.text(canvas.image.value(30, 40)) for canvas in canvases]
    assert texts == wanted
    assert app.parts.window.readout.text("row") == "row 30"


def test_panels_are_remembered(qtbot, open_app, cube_path):
    app = open_app(cube_path)
    app.parts.deck.show_sights([Sight("dem"), Sight("insar_difference", PAIRS[2])])
    wait_settled(qtbot, app)
    app.close()
    again = open_app(cube_path)
    assert again.parts.deck.sights == (Sight("dem"), Sight("insar_difference", PAIRS[2]))
    assert requests(again)[1:] == [(PAIRS[0], "dem"), (PAIRS[2], "insar_difference")]


def test_a_layer_that_cannot_be_read_says_so_in_its_panel_only(qtbot, open_app, cube_path):
    for chunk in (cube_path / "insar_coherence").glob("0.1.*"):
        chunk.write_bytes(b"no chunk")
    app = open_app(cube_path)
    split(qtbot, app, 2)
    assert requests(app) == [(PAIRS[0], "insar_difference"), None]
    assert app.parts.deck.shown[1].furniture.message.text == "This layer cannot be read"
    assert app.parts.window.messages.message.level == "error"


@pytest.mark.parametrize(
    "text",
    [
        "dem",
        "surface_pressure_difference",
        "same_primary:insar_difference",
        "20240106_20240118:insar_coherence",
    ],
)
def test_a_sight_reads_what_it_writes(text):
    assert str(Sight.parse(text)) == text


@pytest.mark.parametrize("text", ["colour", "yesterday:dem", ":"])
def test_a_sight_of_nothing_is_refused(text):
    with pytest.raises(ThaliaError):
        Sight.parse(text)


def test_a_prediction_has_a_panel_of_its_own(qtbot, app, cube_path):
    deck = app.parts.deck
    deck.show_sights([Sight("prediction")])
    wait_settled(qtbot, app)
    assert "predicted" in deck.shown[1].furniture.message.text
    cube = CubeStore.open(cube_path)
    store = PredictionStore.create(cube, "run", {"checkpoint_digest": "run"})
    store.write(PAIRS[0], np.full(cube.geometry.shape, 0.75, np.float32))
    app.parts.predictions.look()
    qtbot.waitUntil(lambda: deck.shown[1].image is not None)
    assert deck.shown[1].image.value(30, 40) == pytest.approx(0.75, abs=0.01)
    press(app, Qt.Key.Key_F6)
    press(app, Qt.Key.Key_D)  # that pair was left out
    wait_settled(qtbot, app)
    assert np.isnan(deck.shown[1].image.value(30, 40))


def test_a_panel_that_takes_long_does_not_stay_on_the_pair_before(qtbot, app, monkeypatch):
    go_on = threading.Event()
    compute = COMPUTE["unwrapped_here"]
    app.parts.deck.show_sights([Sight("unwrapped_here")])
    wait_settled(qtbot, app)
    panel = app.parts.deck.shown[1]
    assert panel.image.request == (PAIRS[0], "unwrapped_here")

    def slow(*given):
        go_on.wait(10)
        return compute(*given)

    monkeypatch.setitem(COMPUTE, "unwrapped_here", slow)
    press(app, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: app.parts.canvas.image.request == (PAIRS[1], "insar_difference"))
    assert panel.image is None
    assert "Computing" in panel.message
    go_on.set()
    wait_settled(qtbot, app)
    assert panel.image.request == (PAIRS[1], "unwrapped_here")
