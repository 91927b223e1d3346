"""What tidying a mask up may and may not do, whatever the mask looks like."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from thalia_core.annotate.moving import moved, shifted
from thalia_core.annotate.patch import MASK_NAMES
from thalia_core.annotate.regions import (
    CLASS_NAMES,
    box_of,
    class_at,
    hole_at,
    holes_of,
    labelled,
    pattern_at,
)
from thalia_core.annotate.shapes import polygon
from thalia_core.annotate.tidying import (
    choose,
    drop_below,
    fill_holes,
    grow,
    keep_largest,
    near,
    reach_of_smooth,
    shrink,
    smooth,
    tidied,
)
from thalia_core.cube.geometry import Window

ROWS, COLS = 14, 17
ACROSS = np.ones((3, 3), bool)
pixels = st.tuples(st.integers(0, ROWS - 1), st.integers(0, COLS - 1))
boxes = st.builds(
    lambda r, c, h, w: Window(r, min(r + h, ROWS), c, min(c + w, COLS)),
    st.integers(0, ROWS - 1),
    st.integers(0, COLS - 1),
    st.integers(1, 8),
    st.integers(1, 8),
)


@st.composite
def masks(draw, codes=(0, 0, 1, 3, 255)):
    """Planes that hang together as the session keeps them; 255 where nothing is recorded."""
    shape = (ROWS, COLS)
    activity = draw(arrays(np.uint8, shape, elements=st.sampled_from(codes)))
    marked = (activity != 0) & (activity != 255)
    intensity = np.where(marked, draw(arrays(np.uint8, shape, elements=st.integers(0, 2))), 0)
    instance = np.where(marked, draw(arrays(np.uint8, shape, elements=st.integers(1, 2))), 0)
    planes = (np.minimum(activity, 1), activity, intensity, instance)
    return dict(zip(MASK_NAMES, (np.asarray(p, np.uint8) for p in planes), strict=True))


def done(planes, tidy, margin=1, local=False, **choice):
    """The planes afterwards."""
    after = {name: planes[name].copy() for name in CLASS_NAMES}
    piece = choose(planes, margin, **choice)
    piece = near(piece, margin) if piece is not None and local else piece
    return applied(after, None if piece is None else tidied(piece, tidy))


def marked(planes):
    return labelled(planes["activity_type_mask"])


def same(a, b):
    return all(np.array_equal(a[name], b[name]) for name in CLASS_NAMES)


ALL = [
    (fill_holes, 1),
    (grow(1.5), 3),
    (shrink(1.0), 2),
    (smooth(1.0), reach_of_smooth(1.0)),
    (keep_largest, 1),
    (drop_below(4), 1),
]


@given(masks(), st.sampled_from(ALL), st.one_of(st.none(), boxes), st.one_of(st.none(), pixels))
def test_no_label_is_painted_over_and_nothing_changes_outside_the_box(planes, what, box, at):
    tidy, margin = what
    after = done(planes, tidy, margin, box=box, at=at)
    both = marked(planes) & marked(after)
    for name in CLASS_NAMES:
        assert np.array_equal(after[name][both], planes[name][both])
        changed = after[name] != planes[name]
        if box is not None:
            changed[box.slices] = False
            assert not changed.any()


@given(masks(), st.sampled_from(ALL[1:4]), boxes)
def test_local_work_in_a_box_is_the_work_on_the_frame_seen_through_it(planes, what, box):
    tidy, margin = what
    whole, local = done(planes, tidy, margin, box=box), done(planes, tidy, margin, True, box=box)
    assert np.array_equal(marked(whole), marked(local))


@given(masks(), st.floats(0.5, 3))
def test_growing_and_shrinking_gives_back_at_least_what_there_was(planes, by):
    margin = int(np.ceil(by)) + 1
    after = done(done(planes, grow(by), margin), shrink(by), margin)
    assert not (marked(planes) & ~marked(after)).any()


@given(masks(), st.floats(0.5, 3))
def test_growing_adds_exactly_what_is_near_and_shrinking_takes_exactly_what_is_at_the_rim(
    planes, by
):
    margin = int(np.ceil(by)) + 1
    before, rows, cols = marked(planes), *np.mgrid[:ROWS, :COLS]
    grown, shrunk = (marked(done(planes, do(by), margin)) for do in (grow, shrink))
    for row, col in np.argwhere(np.ones((ROWS, COLS), bool)):
        close = np.hypot(rows - row, cols - col) <= by
        assert grown[row, col] == before[close].any()
        assert shrunk[row, col] == before[close].all()


@given(masks())
def test_filled_holes_are_gone_and_filling_again_changes_nothing(planes):
    after = done(planes, fill_holes)
    assert holes_of(after["activity_type_mask"]) is None
    assert np.array_equal(marked(after), ndimage.binary_fill_holes(marked(planes)))
    assert same(done(after, fill_holes), after)


@given(masks())
def test_of_each_pattern_the_largest_island_stays(planes):
    after = done(planes, keep_largest)
    kinds = planes["activity_type_mask"].astype(int) * 1000 + planes["instance_mask"]
    left = after["activity_type_mask"].astype(int) * 1000 + after["instance_mask"]
    for kind in np.unique(kinds[marked(planes)]):
        islands, count = ndimage.label(kinds == kind, ACROSS)
        largest = max((islands == n + 1).sum() for n in range(count))
        kept, number = ndimage.label(left == kind, ACROSS)
        assert number == 1
        assert (kept == 1).sum() == largest
        assert not ((left == kind) & (kinds != kind)).any()


@given(masks(), st.integers(1, 9))
def test_exactly_the_small_islands_are_dropped(planes, smallest):
    after = done(planes, drop_below(smallest))
    kinds = planes["activity_type_mask"].astype(int) * 1000 + planes["instance_mask"]
    for kind in np.unique(kinds[marked(planes)]):
        islands, count = ndimage.label(kinds == kind, ACROSS)
        for n in range(1, count + 1):
            left = marked(after)[islands == n]
            assert left.all() if (islands == n).sum() >= smallest else not left.any()


@given(masks(), pixels)
def test_the_region_under_a_pixel_is_what_a_flood_from_it_reaches(planes, at):
    found = class_at(planes, *at)
    assert (found is None) == (not marked(planes)[at])
    if found is None:
        return
    seed = [planes[name][at] for name in CLASS_NAMES]
    alike = np.logical_and.reduce([planes[n] == c for n, c in zip(CLASS_NAMES, seed, strict=True)])
    islands, _ = ndimage.label(alike, ACROSS)
    plane = np.zeros((ROWS, COLS), bool)
    plane[found.window.slices] = found.mask
    assert np.array_equal(plane, islands == islands[at])
    assert box_of(plane) == found.window


@given(masks(), pixels)
def test_a_hole_is_unlabelled_whole_and_fenced_in(planes, at):
    holes = holes_of(planes["activity_type_mask"])
    found = None if holes is None else hole_at(holes, *at)
    filled = ndimage.binary_fill_holes(marked(planes)) & ~marked(planes)
    assert (found is not None) == filled[at]
    if found is not None:
        plane = np.zeros((ROWS, COLS), bool)
        plane[found.window.slices] = found.mask
        around = ndimage.binary_dilation(plane) & ~plane
        assert plane[at]
        assert marked(planes)[around].all()


@given(masks((0, 0, 0, 3)), pixels, st.integers(-6, 6), st.integers(-6, 6))
def test_there_and_back_is_where_it_was(planes, at, rows, cols):
    shape = pattern_at(planes, *at)
    target = None if shape is None else shifted(shape, rows, cols, (ROWS, COLS))
    if target is None or target.mask.sum() < shape.mask.sum():
        return  # some of it would leave the frame
    alone = {name: np.zeros_like(plane) for name, plane in planes.items()}
    for name, plane in alone.items():
        plane[shape.window.slices][shape.mask] = planes[name][shape.window.slices][shape.mask]
    there = applied(alone, moved(alone, shape, rows, cols))
    assert np.count_nonzero(there["activity_type_mask"]) == shape.mask.sum()
    assert same(applied(there, moved(there, target, -rows, -cols)), alone)


@given(masks((0, 0, 0, 3)), pixels, st.integers(-20, 20), st.integers(-20, 20))
def test_a_copy_leaves_what_it_does_not_cover_and_is_cut_at_the_frame(planes, at, rows, cols):
    shape = pattern_at(planes, *at)
    if shape is None:
        return
    change = moved(planes, shape, rows, cols, keep=True)
    inside = [
        (r + rows, c + cols)
        for r, c in np.argwhere(shape.mask) + [shape.window.row0, shape.window.col0]
        if 0 <= r + rows < ROWS and 0 <= c + cols < COLS
    ]
    assert (change is None) == (not inside)
    after = applied(planes, change)
    for row in range(ROWS):
        for col in range(COLS):
            source = (row - rows, col - cols) if (row, col) in inside else (row, col)
            for name in CLASS_NAMES:
                assert after[name][row, col] == planes[name][source]


def applied(planes, change):
    after = {name: plane.copy() for name, plane in planes.items()}
    if change is not None:
        window, codes = change
        for name, plane in codes.items():
            after[name][window.slices] = plane
    return after


corners = st.lists(
    st.tuples(st.floats(-3, ROWS + 3), st.floats(-3, COLS + 3)), min_size=3, max_size=7
)


@given(corners, corners)
def test_a_polygon_added_and_taken_away_leaves_what_was_outside_of_it(first, second):
    plane = painted(first, np.zeros((ROWS, COLS), bool), True)
    inside = painted(second, np.zeros((ROWS, COLS), bool), True)
    after = painted(second, painted(second, plane, True), False)
    assert np.array_equal(after, plane & ~inside)


def painted(vertices, plane, value):
    result, shape = plane.copy(), polygon(vertices, (ROWS, COLS))
    if shape is not None:
        result[shape.window.slices][shape.mask] = value
    return result
