"""Classes on the screen: codes, outlines, hatching, colours."""

import numpy as np
import pytest

from thalia_core.cube.labels import Activity, Intensity
from thalia_viewer.canvas.colours import rgb_of, to_oklab
from thalia_viewer.canvas.layers import STYLES
from thalia_viewer.canvas.masks import (
    CLASS_COLOURS,
    DARK_CASING,
    EDGE,
    HATCH,
    LIGHT_CASING,
    codes_of,
    colour_table,
    decorate,
    margin,
    present,
)

MOGI_HIGH = Activity.MOGI * 4 + Intensity.HIGH


def u8(*rows):
    return np.array(rows, np.uint8)


def block(activity, intensity, side=40, inset=10):
    codes = np.zeros((side, side), np.uint8)
    codes[inset:-inset, inset:-inset] = activity * 4 + intensity
    return codes


def test_codes_join_both_masks():
    codes = codes_of(u8([0, 3, 3]), u8([0, 3, 0]))
    assert codes.tolist() == [[0, MOGI_HIGH, 12]]


def test_no_value_is_nothing_and_unknown_codes_are_shown():
    codes = codes_of(u8([255, 9, 0, 6]), u8([255, 7, 2, 255]))
    assert codes.tolist() == [[0, 28, 0, 24]]


def test_codes_leave_the_shared_planes_alone():
    activity, intensity = u8([3, 255]), u8([2, 255])
    codes_of(activity, intensity)
    assert activity.tolist() == [[3, 255]]
    assert intensity.tolist() == [[2, 255]]


def test_a_class_has_an_outline_inside_and_a_casing_outside():
    m = margin(1.0)
    shown = decorate(block(Activity.MOGI, Intensity.NONE), (0, 0), 1.0)
    shown = np.pad(shown, m)
    assert shown[20, 10] == shown[20, 11] == Activity.MOGI * 4 + EDGE
    assert shown[20, 12] == Activity.MOGI * 4
    assert shown[20, 9] == DARK_CASING
    assert shown[20, 8] == 0


def test_dark_classes_have_a_light_casing():
    shown = decorate(block(Activity.DYKE, Intensity.NONE), (0, 0), 1.0)
    assert set(np.unique(shown)) == {0, 8, 8 + EDGE, LIGHT_CASING}


def test_hatching_tells_intensity():
    def share(level):
        shown = decorate(block(Activity.SILL, level, side=200), (0, 0), 1.0)
        inner = shown[20:-20, 20:-20]
        return np.mean(inner & HATCH > 0)

    none, low, medium, high = (share(level) for level in Intensity)
    assert none == 0 < low < medium < high < 0.4


def test_the_pattern_moves_with_the_picture():
    codes = np.full((60, 60), MOGI_HIGH, np.uint8)
    m = margin(1.0)
    whole = decorate(codes, (0, 0), 1.0)
    part = decorate(codes[7:, 11:], (7, 11), 1.0)
    assert np.array_equal(part, whole[7:, 11:])
    assert whole.shape == (60 - 2 * m, 60 - 2 * m)


def test_present_lists_classes_once():
    assert present(u8([0, 3, 3, 1])) == (1, 3)
    assert present(u8([0, 255, 9, 9, 6])) == (6, 9)
    assert present(u8([0, 255])) == ()
    assert present(np.zeros((0, 4), np.uint8)) == ()


def test_opacity_and_contour_rule_the_table():
    assert (
        not colour_table(0.0, contour=False).any()
        or (colour_table(0.0, contour=False) >> 24 == 0).all()
    )
    alpha = colour_table(0.5, contour=False) >> 24
    assert 0 < alpha[Activity.MOGI * 4 + Intensity.LOW] < alpha[MOGI_HIGH] < alpha[MOGI_HIGH + EDGE]
    outline = colour_table(0.5, contour=True) >> 24
    assert outline[MOGI_HIGH] == outline[MOGI_HIGH + HATCH] == 0
    assert outline[MOGI_HIGH + EDGE] == 255


DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
)
PROTANOPIA = np.array(
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.052]]
)


@pytest.mark.parametrize("matrix", [np.eye(3), DEUTERANOPIA, PROTANOPIA])
def test_the_six_classes_differ_for_everybody(matrix):
    rgb = np.array([rgb_of(colour) for colour in CLASS_COLOURS.values()])
    assert len(rgb) == 6
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ matrix.T, 0, 1)
    lab = to_oklab(
        np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    )
    distance = np.linalg.norm(lab[:, None] - lab[None], axis=2) + np.eye(6)
    assert distance.min() > 0.17


@pytest.mark.parametrize("activity", [a for a in Activity if a])
@pytest.mark.parametrize("level", [Intensity.LOW, Intensity.MEDIUM, Intensity.HIGH])
def test_the_hatching_of_every_class_is_told_from_its_fill_over_the_colours_of_phases(
    activity, level
):
    table, code = colour_table(0.4, contour=False), activity * 4 + level
    ground = channels(STYLES["insar_difference"].table[1:])[0]

    def over_phase(entry):
        rgb, opacity = channels(table[entry])
        return to_oklab(rgb * opacity + ground * (1 - opacity))

    apart = np.linalg.norm(over_phase(code) - over_phase(code + HATCH), axis=-1)
    assert np.median(apart) > 0.09


def channels(packed):
    """RGB and opacity, 0 to 1."""
    packed = np.asarray(packed, np.uint32)
    rgb = np.stack([packed >> 16 & 255, packed >> 8 & 255, packed & 255], axis=-1) / 255
    return rgb, (packed >> 24)[..., None] / 255
