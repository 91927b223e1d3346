"""Values become index planes and colours: laws that hold for every plane."""

from math import nan, pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from thalia_core.cube.geometry import Geometry
from thalia_core.cube.schema import LAYERS
from thalia_viewer.canvas.colours import STEPS, to_oklab
from thalia_viewer.canvas.dressing import dress
from thalia_viewer.canvas.layers import (
    SHADES,
    STYLES,
    PlaneImage,
    encode,
    hillshade,
    levels_of,
    ticks,
)
from thalia_viewer.looks import Look

PHASE, COHERENCE, DEM = (STYLES[n] for n in ("insar_difference", "insar_coherence", "dem"))
GRID = Geometry(6, 8, -91.0, -0.3, 0.001, -0.001)
values = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 70), st.integers(1, 5)),
    elements=st.floats(-50, 50, width=32) | st.just(nan),
)


def lab_of(table):
    return to_oklab(np.stack([(table[1:] >> s & 0xFF) / 255.0 for s in (16, 8, 0)], axis=-1))


def one(value, style=PHASE, levels=None):
    return int(encode(np.array([[value]], np.float32), style, levels or style.limits)[0, 0])


def test_every_raw_layer_of_the_schema_has_a_style():
    assert set(LAYERS) <= set(STYLES)


@given(values)
@pytest.mark.parametrize("style", [PHASE, COHERENCE], ids=["cyclic", "linear"])
def test_zero_means_no_data_and_nothing_else(style, plane):
    index = encode(plane, style, style.limits)
    assert index.dtype == np.uint8
    assert np.array_equal(index == 0, np.isnan(plane))


def test_both_ends_of_a_cycle_are_one_colour():
    assert one(-pi) == one(pi) == one(3 * pi) == 1


@given(st.floats(-pi, pi), st.integers(-3, 3))
def test_phase_goes_round(value, cycles):
    distance = abs(one(value) - one(value + 2 * pi * cycles))
    assert min(distance, STEPS - distance) <= 1


@given(st.floats(-pi, pi))
def test_phase_error_is_below_one_step(value):
    shown = (one(value) - 0.5) / STEPS * 2 * pi - pi
    assert abs(np.angle(np.exp(1j * (shown - value)))) <= 1.1 * pi / STEPS


@given(values)
def test_linear_layers_keep_order_and_clip(plane):
    index = encode(plane, COHERENCE, (0.0, 1.0))
    valid = ~np.isnan(plane)
    order = np.argsort(plane[valid], kind="stable")
    assert (np.diff(index[valid][order].astype(int)) >= 0).all()
    assert (index[valid & (plane <= 0)] == 1).all()
    assert (index[valid & (plane >= 1)] == 255).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float16, np.float64])
def test_any_number_type_is_encoded(dtype):
    plane = np.array([[0, 1]], dtype)
    assert encode(plane, COHERENCE, (0.0, 1.0)).tolist() == [[1, 255]]


def test_encode_leaves_its_input_alone():
    plane = np.full((100, 3), 0.5, np.float32)
    encode(plane, PHASE, PHASE.limits)
    assert (plane == 0.5).all()


def test_levels_are_robust_and_never_empty():
    plane = np.linspace(0, 1000, 10_000, dtype=np.float32).reshape(100, 100)
    plane[0, 0] = 1e9
    low, high = levels_of(plane, DEM)
    assert 0 <= low < 30
    assert 970 < high < 1010
    assert levels_of(np.full((3, 3), nan), DEM) == (0.0, 1.0)
    assert levels_of(np.full((3, 3), 5.0), DEM) == (4.5, 5.5)
    assert levels_of(plane, PHASE) == (-pi, pi)


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_tables_are_256_colours_with_nothing_at_zero(style):
    assert style.table.shape == (256,)
    assert style.table.dtype == np.uint32
    assert style.table[0] == 0
    if style.name != "probability":
        assert (style.table[1:] >> 24 == 255).all()


@pytest.mark.parametrize("name", [n for n in STYLES if n not in ("land_mask", "probability")])
def test_steps_of_a_table_look_even(name):
    lab = lab_of(STYLES[name].table)
    step = np.linalg.norm(np.diff(lab, axis=0), axis=1)
    smooth = np.convolve(step, np.ones(15) / 15, "valid")  # 8-bit colours are rounded
    assert smooth.max() < 1.6 * smooth.min()


def test_the_phase_colours_close_the_circle():
    lab = lab_of(PHASE.table)
    steps = np.linalg.norm(lab - np.roll(lab, 1, axis=0), axis=1)
    assert steps[0] < 1.5 * np.median(steps)


DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
)
PROTANOPIA = np.array(
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.052]]
)


def seen_by(matrix, table):
    rgb = np.stack([(table >> s & 0xFF) / 255.0 for s in (16, 8, 0)], axis=-1)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ matrix.T, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("matrix", [np.eye(3), DEUTERANOPIA, PROTANOPIA])
def test_phases_a_quarter_cycle_apart_differ_for_everybody(matrix):
    lab = to_oklab(seen_by(matrix, PHASE.table[1:]))
    gap = np.abs(np.subtract.outer(np.arange(STEPS), np.arange(STEPS)))
    far = np.minimum(gap, STEPS - gap) >= STEPS // 4
    distance = np.linalg.norm(lab[:, None] - lab[None], axis=2)
    assert distance[far].min() > 0.15  # a clear difference; just visible is about 0.02


def test_hillshade_is_bright_towards_the_north_west():
    row, col = np.mgrid[0:40, 0:40].astype(np.float32)
    cone = -np.hypot(row - 20, col - 20) * 60
    grid = Geometry(40, 40, 0.0, 0.0, 0.001, -0.001)
    shade = hillshade(cone, grid)
    assert shade[10, 10] > shade[0, 0] > shade[30, 30]
    assert shade.max() < SHADES
    flat = hillshade(np.full((5, 5), nan), Geometry(5, 5, 0, 0, 0.001, -0.001))
    assert (flat == SHADES * 2 // 3).all()


def test_a_plane_image_holds_all_that_is_drawn_and_read():
    plane = np.linspace(0, 900, 48, dtype=np.float32).reshape(6, 8)
    plane[0, 0] = nan
    image = PlaneImage.of(plane, DEM, GRID, request=7)
    assert image.request == 7
    assert image.shade is not None
    assert image.index[0, 0] == 0
    assert image.value(5, 7) == 900
    assert np.isnan(image.value(0, 0))
    assert np.isnan(image.value(-1, 0))
    assert np.isnan(image.value(0, 8))
    with pytest.raises(ValueError, match="grid"):
        PlaneImage.of(plane.T, DEM, GRID)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("insar_difference", -2.136, "−2.14 rad"),
        ("insar_coherence", 0.82, "0.82"),
        ("dem", 1203.2, "1,203 m"),
        ("dem", nan, "no data"),
        ("primary_date_surface_pressure", 92_967.0, "929.7 hPa"),
        ("land_mask", 1, "land"),
        ("land_mask", 9, "code 9"),
    ],
)
def test_read_out(name, value, text):
    assert STYLES[name].text(value) == text


@pytest.mark.parametrize(
    ("unit", "texts"),
    [
        ("rad", ["−π", "−π/2", "0", "π/2", "π"]),
        ("fringes", ["−½", "−¼", "0", "¼", "½"]),
        ("cm", ["−1.4", "−0.7", "0", "0.7", "1.4"]),
    ],
)
def test_phase_ticks_are_quarters_of_a_cycle_in_any_unit(unit, texts):
    style = dress(PHASE, Look(unit=unit))
    assert [m.text for m in ticks(style, PHASE.limits)] == texts


@given(st.floats(-5000, 5000), st.floats(0.5, 9000))
def test_ticks_are_few_and_inside(low, span):
    marks = ticks(DEM, (low, low + span))
    assert 2 <= len(marks) <= 6
    assert all(-1e-6 <= m.at <= 1 + 1e-6 for m in marks)
