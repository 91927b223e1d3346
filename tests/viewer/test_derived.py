"""Layers that are computed when they are shown."""

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from support.window import COLS, DAYS, FRAME, PAIRS, ROWS, wait_settled

from thalia_core.cube.geometry import Geometry
from thalia_core.cube.store import CubeWriter
from thalia_viewer.table.layers import DERIVED, LAYER_TITLES, layers_of, tip_of

VAPOUR = "total_column_water_vapour"


@pytest.fixture(scope="module")
def air_cube(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Phase and the water vapour of each date: 10 kg m-2 and a kilogram more each date."""
    both = [f"{date}_date_{VAPOUR}" for date in ("primary", "secondary")]
    writer = CubeWriter.start(
        tmp_path_factory.mktemp("air") / f"{FRAME}.zarr",
        frame=FRAME,
        geometry=Geometry(ROWS, COLS, -91.6, -0.3, 0.001, -0.001),
        dates=DAYS,
        layers=["insar_difference", *both],
    )
    for pair in PAIRS:
        writer.write("insar_difference", np.zeros((ROWS, COLS), np.float32), pair=pair)
    east = np.linspace(0, 1, COLS)[None, :].repeat(ROWS, axis=0)
    for n, day in enumerate(DAYS):
        for layer in both:
            writer.write(layer, 10 + n * east, date=day)
    return writer.finish()


def test_the_air_of_two_dates_is_subtracted(open_app, qtbot: QtBot, air_cube: Path) -> None:
    app = open_app(air_cube)
    p = app.parts
    for pair in (PAIRS[0], PAIRS[2]):
        p.state.set_pair(pair)
        p.actions[f"layer.{VAPOUR}_difference"].trigger()
        wait_settled(qtbot, app)
        apart = DAYS.index(pair.secondary) - DAYS.index(pair.primary)
        image = p.canvas.image
        assert image is not None
        assert image.style.name == f"{VAPOUR}_difference"
        np.testing.assert_allclose(image.values[:, -1], apart, atol=0.01)
        np.testing.assert_allclose(image.values[:, 0], 0, atol=0.01)
        assert image.levels[0] == -image.levels[1]


def test_a_frame_without_air_offers_no_difference(open_app, cube_path: Path) -> None:
    app = open_app(cube_path)
    actions = app.parts.actions
    air = [name for name in DERIVED if VAPOUR in str(DERIVED[name].needs)]
    assert air
    assert not any(actions[f"layer.{name}"].isEnabled() for name in air)
    assert actions["layer.insar_difference"].isEnabled()


@pytest.mark.parametrize("name", DERIVED)
def test_a_computed_layer_is_there_with_all_it_needs(name: str) -> None:
    needs = DERIVED[name].needs
    assert name in layers_of(needs)
    assert name not in layers_of(needs[:-1])
    assert LAYER_TITLES[name]
    assert tip_of(name)
