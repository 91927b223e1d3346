"""A mask between two masks: at the ends the masks themselves, between nested ones it grows."""

from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from thalia_core.annotate.copying import painted_as, share_between
from thalia_core.annotate.interpolate import Between
from thalia_core.annotate.patch import Paint
from thalia_core.cube.geometry import Window
from thalia_core.cube.pairs import DatePair

SIZE = (9, 12)
WINDOW = Window(4, 4 + SIZE[0], 7, 7 + SIZE[1])
PAINTS = [Paint(1, 1), Paint(3, 2, instance=2)]
masks = arrays(np.bool_, SIZE).filter(lambda mask: bool(mask.any()))
classes = arrays(np.int64, SIZE, elements=st.integers(0, 2)).filter(lambda n: bool(n.any()))
shares = st.floats(0, 1)


def plane(painted) -> np.ndarray:
    """Numbers of the paints, (rows, columns) of the window."""
    numbers = np.zeros(SIZE, int)
    for shape, paint in painted:
        rows = slice(shape.window.row0 - WINDOW.row0, shape.window.row1 - WINDOW.row0)
        cols = slice(shape.window.col0 - WINDOW.col0, shape.window.col1 - WINDOW.col0)
        assert not numbers[rows, cols][shape.mask].any()  # no two overlap
        numbers[rows, cols][shape.mask] = PAINTS.index(paint) + 1
    return numbers


def of(numbers):
    return painted_as(numbers, PAINTS, WINDOW)


@settings(max_examples=60, deadline=None)
@given(first=classes, second=classes)
def test_at_the_ends_are_the_masks_themselves(first, second):
    masks = Between(of(first), of(second))
    assert np.array_equal(plane(masks.at(0)), first)
    assert np.array_equal(plane(masks.at(1)), second)


@settings(max_examples=60, deadline=None)
@given(one=masks, more=masks, share=shares, later=shares)
def test_between_nested_masks_it_grows_steadily(one, more, share, later):
    large = Between(of(one.astype(int)), of((one | more).astype(int)))
    share, later = sorted((share, later))
    early, late = (plane(large.at(at)) > 0 for at in (share, later))
    assert not (early & ~late).any()
    assert not (one & ~early).any()
    assert not (late & ~(one | more)).any()


@settings(max_examples=40, deadline=None)
@given(first=classes, second=classes, eighths=st.integers(0, 8))
def test_the_way_back_is_the_same_way(first, second, eighths):
    there = Between(of(first), of(second)).at(eighths / 8)
    back = Between(of(second), of(first)).at(1 - eighths / 8)
    assert np.array_equal(plane(there) > 0, plane(back) > 0)


def shape_of(row, col, height, width, notch):
    """A block without a corner, so that it has a shape of its own."""
    numbers = np.ones((height, width), int)
    numbers[: notch % height, : notch % width] = 0
    return painted_as(numbers, PAINTS[:1], Window(row, row + height, col, col + width))


def whole(painted) -> np.ndarray:
    plane = np.zeros((220, 220), bool)
    for shape, _ in painted:
        plane[shape.window.slices] |= shape.mask
    return plane


places = st.tuples(st.integers(1, 150), st.integers(1, 150))
sizes = st.tuples(st.integers(4, 30), st.integers(4, 30))


@settings(max_examples=60, deadline=None)
@given(place=places, other=places, size=sizes, notch=st.integers(0, 3), share=shares)
def test_a_mask_that_moves_keeps_its_shape_and_goes_straight(place, other, size, notch, share):
    """However far apart the two are: nothing vanishes half way."""
    first, second = shape_of(*place, *size, notch), shape_of(*other, *size, notch)
    start = whole(first)
    if (start & whole(second)).sum() >= start.sum() / 2:
        return  # they lie on one another: what lies between needs no moving
    between = whole(Between(first, second).at(share))
    rows, cols = np.nonzero(between)
    assert rows.size, "never nothing"
    wide, high = size
    assert abs(rows.size - start.sum()) <= 2 * (wide + high), "within a pixel of its outline"
    for axis, found in enumerate((rows, cols)):
        begun = np.nonzero(start)[axis].mean()
        wanted = begun + share * (other[axis] - place[axis])
        assert abs(found.mean() - wanted) <= 1.0


@settings(max_examples=60, deadline=None)
@given(place=places, other=places, size=sizes, larger=sizes, notch=st.integers(0, 3), share=shares)
def test_between_any_two_masks_there_is_one(place, other, size, larger, notch, share):
    first, second = shape_of(*place, *size, notch), shape_of(*other, *larger, 0)
    assert whole(Between(first, second).at(share)).any()


days = st.integers(0, 40).map(lambda n: date(2020, 1, 1) + timedelta(days=n))
pairs = st.builds(DatePair, days, days)


@given(first=pairs, second=pairs, pair=pairs)
def test_a_pair_lies_between_two_by_both_its_dates(first, second, pair):
    share, back = share_between(pair, first, second), share_between(pair, second, first)
    if share is None:
        assert back is None
        return
    assert 0 < share < 1
    assert abs(share + back - 1) < 1e-9
    for name in ("primary", "secondary"):
        ends = sorted((getattr(first, name), getattr(second, name)))
        assert ends[0] <= getattr(pair, name) <= ends[1]
    if first.primary == second.primary:
        gone = (pair.secondary - first.secondary).days
        assert abs(share - gone / (second.secondary - first.secondary).days) < 1e-9
