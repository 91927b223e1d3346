"""The fringe wand: the tool without Qt, then a hand with a mouse in the real window."""

from dataclasses import replace
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
import zarr
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from support.window import drag, mask_on_disk, point, press, wait_saved, wait_settled

from thalia_core.annotate.gates import Gate
from thalia_core.annotate.patch import ERASE, Paint
from thalia_core.annotate.shapes import Shape, disc
from thalia_core.annotate.wand import prepare
from thalia_core.cube.labels import Activity, Intensity
from thalia_core.errors import EditError
from thalia_core.synth.chance import random_plan
from thalia_core.synth.writer import write_scene
from thalia_viewer.app import App
from thalia_viewer.canvas.tools import Hand, Pointer, WandTool
from thalia_viewer.sights import Sight

SHAPE = (60, 80)
MOGI = Paint(Activity.MOGI, Intensity.LOW)
Key = Qt.Key
LOBE = (64, 64)
"""A place inside the lobe of the window's cube."""


class RoundLobe:
    """Around the middle; a threshold of n centimetres gives a disc of 12 / n pixels."""

    automatic_cm, towards, pixel_km2 = 1.0, True, 0.01

    def within(self, threshold_cm: float) -> float:
        return min(max(threshold_cm, 0.5), 6.0)

    def shape(self, threshold_cm: float | None = None) -> Shape:
        found = disc(30, 40, 12 / (threshold_cm or 1.0), SHAPE)
        assert found is not None
        return found


class FakePainter:
    def __init__(self) -> None:
        self.log: list[tuple[object, ...]] = []

    def begin(self, paint: Paint, name: str, gate: Gate) -> "FakePainter":
        self.log.append((name, paint))
        return self

    def extend(self, shape: Shape) -> object:
        self.log.append(("shape", int(shape.mask.sum())))
        return shape.window

    def commit(self) -> None:
        self.log.append(("commit",))


def pixels(threshold_cm: float) -> int:
    return int(RoundLobe().shape(threshold_cm).mask.sum())


@pytest.fixture
def painter() -> FakePainter:
    return FakePainter()


@pytest.fixture
def asked() -> list[tuple[float, float]]:
    return []


@pytest.fixture
def tool(painter: FakePainter, asked: list[tuple[float, float]]) -> WandTool:
    hand = Hand(painter, MOGI, shape=SHAPE)
    return WandTool(hand, lambda row, col: asked.append((row, col)), lambda shape: shape)


def at(row: float, col: float, *, ctrl: bool = False) -> Pointer:
    return Pointer(row, col, erase=ctrl, reach=1.0)


def click(tool: WandTool, row: float, col: float, *, ctrl: bool = False) -> None:
    tool.press(at(row, col, ctrl=ctrl))
    tool.release(at(row, col, ctrl=ctrl))


def test_a_click_asks_and_what_is_found_waits_to_be_confirmed(tool, painter, asked) -> None:
    click(tool, 30, 40)
    assert asked == [(30, 40)]
    assert "Looking" in tool.outline(at(30, 40)).note
    assert tool.preview() is None
    tool.show(RoundLobe())
    assert tool.preview().style.dotted
    assert painter.log == []
    assert tool.outline(at(30, 40)).note.startswith("≥ 1.00 cm towards · 0.36 fringes")
    assert tool.key("enter").dirty == RoundLobe().shape().window
    assert painter.log == [("Fringe wand", MOGI), ("shape", pixels(1.0)), ("commit",)]
    assert not tool.drawing
    assert tool.preview() is None


@pytest.mark.parametrize(("across", "down", "cut"), [(25, 0, 0.5), (0, -25, 0.5), (-25, 0, 2.0)])
def test_a_drag_halves_or_doubles_the_threshold(tool, painter, across, down, cut) -> None:
    click(tool, 30, 40)
    tool.show(RoundLobe())
    tool.press(at(30, 40))
    tool.move(at(30 + down, 40 + across))
    assert tool.preview().shape.mask.sum() == pixels(cut)
    tool.release(at(30 + down, 40 + across))
    assert painter.log == []
    tool.key("enter")
    assert painter.log[1] == ("shape", pixels(cut))


def test_a_drag_that_began_before_the_lobe_was_found_counts(tool) -> None:
    tool.press(at(30, 40))
    tool.move(at(30, 15))
    tool.release(at(30, 15))
    tool.show(RoundLobe())
    assert tool.threshold_cm == pytest.approx(2.0)
    assert tool.preview().shape.mask.sum() == pixels(2.0)


def test_a_click_inside_confirms_and_one_outside_begins_anew(tool, painter, asked) -> None:
    click(tool, 30, 40)
    tool.show(RoundLobe())
    before = tool.preview()
    click(tool, 55, 75)
    assert asked == [(30, 40), (55, 75)]
    assert tool.preview() is before  # until the next one is found
    assert painter.log == []
    tool.show(RoundLobe())
    click(tool, 31, 42)
    assert painter.log[-1] == ("commit",)
    assert len(asked) == 2


def test_a_double_click_confirms_and_never_looks_for_another(tool, painter, asked) -> None:
    click(tool, 30, 40)
    tool.show(RoundLobe())
    tool.double(at(55, 75))
    tool.release(at(55, 75))
    assert painter.log[-1] == ("commit",)
    tool.double(at(30, 40))
    assert len(asked) == 1


def test_ctrl_takes_the_lobe_away(tool, painter) -> None:
    click(tool, 30, 40, ctrl=True)
    tool.show(RoundLobe())
    assert "Take away" in tool.outline(at(30, 40)).note
    tool.key("enter")
    assert painter.log[0] == ("Fringe wand", ERASE)


@pytest.mark.parametrize("end", ["leave", "settle", "lose"])
def test_what_is_not_confirmed_is_dropped(tool, painter, end) -> None:
    for found in (False, True):
        click(tool, 30, 40)
        if found:
            tool.show(RoundLobe())
        getattr(tool, end)()
        assert not tool.drawing
        assert tool.preview() is None
        tool.show(RoundLobe())  # an answer that comes too late
        assert not tool.drawing
        assert not tool.leave().used
    assert painter.log == []


def test_the_preview_follows_class_and_gate(painter: FakePainter) -> None:
    south = np.zeros(SHAPE, bool)
    south[30:] = True
    hand = Hand(painter, MOGI, shape=SHAPE)

    def allowed(shape: Shape) -> Shape:
        codes = np.zeros(shape.mask.shape, np.uint8)
        return Shape(shape.window, hand.gate.restrict(shape.mask, shape.window, codes))

    tool = WandTool(hand, lambda row, col: None, allowed)
    click(tool, 30, 40)
    tool.show(RoundLobe())
    pink = tool.preview().style.colour
    hand.paint = Paint(Activity.DYKE, Intensity.LOW)
    assert tool.preview().style.colour != pink
    assert tool.preview() is tool.preview()
    hand.gate = Gate(pixels=south)
    assert tool.preview().shape.mask.sum() < pixels(1.0)
    tool.key("enter")
    assert painter.log[1][1] < pixels(1.0)


def test_a_painter_that_refuses_leaves_the_preview(tool) -> None:
    class Locked:
        def begin(self, paint, name, gate):
            raise EditError("somebody else edits")

    click(tool, 30, 40)
    tool.show(RoundLobe())
    tool.hand.painter = Locked()
    with pytest.raises(EditError):
        tool.key("enter")
    assert tool.preview() is not None


def test_without_a_painter_nothing_is_asked(tool, asked) -> None:
    tool.hand.painter = None
    click(tool, 30, 40)
    assert asked == []
    assert tool.outline(at(30, 40)).note == ""


# In the window


@pytest.fixture(scope="module")
def lobe_cube(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two dates and a Mogi source of three fringes in calm air, in the middle of the frame."""
    source = "mogi:fringes=3,depth=1500,row=0.5,col=0.5,onset=0,end=1"
    plan = random_plan(seed=3, size=128, dates=2, sources=[source])
    calm = replace(
        plan,
        sea_fraction=0.0,
        outline=False,
        turbulence_m=(0.0002, 0.0004),
        stratification=0.2,
        mask_fringes=50.0,  # no masks
    )
    path = tmp_path_factory.mktemp("lobe") / f"{plan.frame}.zarr"
    assert write_scene(calm, path)
    state = zarr.open_group(str(path), mode="r+")["label_state"]
    state[...] = 0  # finished pairs are locked
    return path


@pytest.fixture
def wand(qtbot: QtBot, open_app, lobe_cube: Path, tmp_path: Path) -> App:
    """The window on a cube of its own without masks, with the wand in the hand."""
    app = open_app(Path(copytree(lobe_cube, tmp_path / "archive" / lobe_cube.name)))
    press(app, Key.Key_M)
    assert app.parts.canvas.tool.name == "wand"
    return app


def expected(app: App, threshold_cm: float | None = None) -> np.ndarray:
    """What the core takes at a click in the middle."""
    cube, pair = app.parts.state.cube, app.parts.state.pair
    read = {name: cube.read_plane(name, pair) for name in ("insar_difference", "insar_coherence")}
    lobe = prepare(
        read["insar_difference"],
        read["insar_coherence"],
        LOBE,
        cube.geometry.pixel_metres(),
        height=cube.read_plane("dem"),
    )
    plane = np.zeros(cube.geometry.shape, bool)
    shape = lobe.shape(threshold_cm)
    plane[shape.window.slices] = shape.mask
    return plane


def previewed(app: App) -> np.ndarray:
    region = app.parts.canvas.region("tool")
    plane = np.zeros(app.parts.state.cube.geometry.shape, bool)
    plane[region.shape.window.slices] = region.shape.mask
    return plane


def found(qtbot: QtBot, app: App, *, ctrl: bool = False) -> None:
    drag(app, LOBE, LOBE, ctrl=ctrl)
    wait_settled(qtbot, app)


def test_a_click_previews_what_the_core_takes_and_enter_paints_it_as_one_step(
    qtbot: QtBot, wand: App
) -> None:
    found(qtbot, wand)
    taken = expected(wand)
    assert np.array_equal(previewed(wand), taken)
    session, pair = wand.parts.editor.session, wand.parts.state.pair
    assert session.history() == []
    press(wand, Key.Key_Return)
    assert [step.name for step in session.history()] == ["Fringe wand"]
    assert np.array_equal(session.masks(pair).activity == Activity.MOGI, taken)
    assert wand.parts.canvas.region("tool") is None
    wait_saved(qtbot, wand)
    path = wand.parts.state.cube.path
    assert np.array_equal(mask_on_disk(path, pair) == Activity.MOGI, taken)
    press(wand, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not session.masks(pair).activity.any()


def test_a_drag_with_the_mouse_changes_the_threshold_and_escape_drops_it(
    qtbot: QtBot, wand: App
) -> None:
    found(qtbot, wand)
    tool, before = wand.parts.canvas.tool, previewed(wand)
    surface = wand.parts.canvas.focusProxy().viewport()
    start = point(wand, *LOBE)
    QTest.mousePress(surface, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(surface, start - QPoint(150, 0))
    QTest.mouseRelease(surface, Qt.MouseButton.LeftButton, pos=start - QPoint(150, 0))
    after = previewed(wand)
    assert after.sum() < before.sum()
    assert not (after & ~before).any()
    assert np.array_equal(after, expected(wand, tool.threshold_cm))
    press(wand, Key.Key_Escape)
    assert wand.parts.canvas.region("tool") is None
    assert wand.parts.editor.session.history() == []


def test_a_click_inside_confirms_and_ctrl_takes_away_what_was_painted(
    qtbot: QtBot, wand: App
) -> None:
    session, pair = wand.parts.editor.session, wand.parts.state.pair
    for ctrl, left in ((False, True), (True, False)):
        found(qtbot, wand, ctrl=ctrl)
        drag(wand, LOBE, LOBE)
        assert session.masks(pair).activity.any() == left
    assert [step.name for step in session.history()] == ["Fringe wand"] * 2


def test_a_gate_holds_the_wand_back_and_the_preview_says_so(qtbot: QtBot, wand: App) -> None:
    north = np.zeros(wand.parts.state.cube.geometry.shape, bool)
    north[:64] = True
    wand.parts.hand.gate = Gate(pixels=north)
    found(qtbot, wand)
    taken = expected(wand) & north
    assert np.array_equal(previewed(wand), taken)
    press(wand, Key.Key_Return)
    activity = wand.parts.editor.session.masks(wand.parts.state.pair).activity
    assert np.array_equal(activity > 0, taken)


def test_every_panel_shows_the_preview_and_takes_the_click(qtbot: QtBot, wand: App) -> None:
    wand.parts.deck.show_sights((Sight("insar_coherence"),))
    wait_settled(qtbot, wand)
    other = wand.parts.deck.shown[1]
    surface = other.focusProxy().viewport()
    QTest.mouseClick(surface, Qt.MouseButton.LeftButton, pos=other.to_widget(*LOBE).toPoint())
    wait_settled(qtbot, wand)
    assert other.region("tool") is wand.parts.canvas.region("tool") is not None


def test_another_tool_drops_the_preview(qtbot: QtBot, wand: App) -> None:
    found(qtbot, wand)
    press(wand, Key.Key_V)
    assert wand.parts.canvas.region("tool") is None
    press(wand, Key.Key_M)
    assert wand.parts.canvas.region("tool") is None
    assert wand.parts.editor.session.history() == []


def test_where_there_is_no_lobe_the_window_says_why(qtbot: QtBot, wand: App) -> None:
    drag(wand, (4, 4), (4, 4))
    wait_settled(qtbot, wand)
    assert "No lobe was found" in wand.parts.window.messages.message.text
    assert not wand.parts.canvas.tool.drawing
    found(qtbot, wand)
    assert previewed(wand).any()


def test_a_preview_does_not_stay_when_another_panel_comes(qtbot: QtBot, wand: App) -> None:
    found(qtbot, wand)
    wand.parts.actions["split.2"].trigger()
    wait_settled(qtbot, wand)
    assert all(canvas.region("tool") is None for canvas in wand.parts.deck.shown)
