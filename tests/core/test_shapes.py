"""Shapes against their definition, pixel by pixel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalia_core.annotate.shapes import capsule, disc, polygon

SHAPE = (24, 31)
coordinate = st.floats(-6, 36, allow_nan=False).map(lambda v: round(v, 3))
point = st.tuples(coordinate, coordinate)


def painted(shape):
    plane = np.zeros(SHAPE, bool)
    if shape is not None:
        plane[shape.window.slices] |= shape.mask
    return plane


def inside(row, col, vertices):
    """Even-odd rule by counting the edges a ray to the west crosses."""
    odd = False
    for (r0, c0), (r1, c1) in zip(vertices, vertices[1:] + vertices[:1], strict=True):
        if (r0 <= row) != (r1 <= row):
            odd ^= c0 + (row - r0) * (c1 - c0) / (r1 - r0) <= col
    return odd


@given(st.lists(point, min_size=3, max_size=9))
def test_polygon_holds_exactly_the_centres_inside(vertices):
    plane = painted(polygon(vertices, SHAPE))
    for row in range(SHAPE[0]):
        for col in range(SHAPE[1]):
            near = min(
                (
                    abs(c0 + (row - r0) * (c1 - c0) / (r1 - r0) - col)
                    for (r0, c0), (r1, c1) in zip(
                        vertices, vertices[1:] + vertices[:1], strict=True
                    )
                    if r0 != r1
                ),
                default=1.0,
            )
            if near > 1e-9:  # on an edge the last digit decides
                assert plane[row, col] == inside(row, col, vertices), (row, col)


@given(point, point, st.floats(0.5, 9))
def test_capsule_holds_exactly_the_centres_within_the_radius(start, end, radius):
    plane = painted(capsule(start, end, radius, SHAPE))
    (r0, c0), (r1, c1) = start, end
    rows, cols = np.mgrid[: SHAPE[0], : SHAPE[1]]
    length = (r1 - r0) ** 2 + (c1 - c0) ** 2
    along = ((rows - r0) * (r1 - r0) + (cols - c0) * (c1 - c0)) / length if length else 0 * rows
    along = np.clip(along, 0, 1)
    distance = np.hypot(rows - r0 - along * (r1 - r0), cols - c0 - along * (c1 - c0))
    certain = np.abs(distance - radius) > 1e-6
    assert np.array_equal(plane[certain], (distance <= radius)[certain])


def test_shapes_that_share_an_edge_neither_overlap_nor_leave_a_gap():
    left = painted(polygon([(2, 2), (2, 10), (20, 10), (20, 2)], SHAPE))
    right = painted(polygon([(2, 10), (2, 25), (20, 25), (20, 10)], SHAPE))
    both = painted(polygon([(2, 2), (2, 25), (20, 25), (20, 2)], SHAPE))
    assert not (left & right).any()
    assert np.array_equal(left | right, both)


def test_a_shape_outside_the_frame_is_none_and_one_across_its_edge_is_cut():
    assert disc(-20, 5, 3, SHAPE) is None
    assert polygon([(100, 100), (100, 110), (110, 105)], SHAPE) is None
    shape = disc(0, 0, 3, SHAPE)
    assert (shape.window.row0, shape.window.col0) == (0, 0)
    assert shape.mask.shape == shape.window.shape == (4, 4)


def test_a_tiny_disc_paints_the_pixel_under_the_hand():
    shape = disc(7.2, 9.3, 0.1, SHAPE)
    assert shape.mask.sum() == 1
    assert (shape.window.row0, shape.window.col0) == (7, 9)


def test_two_vertices_are_no_polygon():
    with pytest.raises(ValueError, match="three"):
        polygon([(0, 0), (1, 1)], SHAPE)
