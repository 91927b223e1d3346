"""Events: kept for good beside the cube, and what they say of every pair."""

import json
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cubes import DAYS, PAIRS, small_cube

from thalia_core.annotate.event_store import EventStore
from thalia_core.annotate.events import Event, expected
from thalia_core.annotate.footprint import Footprint
from thalia_core.annotate.outlook import Look, labelled_pairs, outlook, proposals_for
from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import Drawing, EditSession
from thalia_core.annotate.shapes import Shape, polygon
from thalia_core.cube.geometry import Geometry, Window
from thalia_core.cube.labels import Activity, ActivityPhase, Intensity
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import CM_PER_CYCLE
from thalia_core.cube.store import CubeStore
from thalia_core.errors import EditError

A, B, C = PAIRS
GRID = Geometry(60, 80, -91.6, -0.3, 0.001, -0.001)
SQUARE = Footprint.of_shape(polygon([(10, 10), (10, 30), (30, 30), (30, 10)], GRID.shape), GRID)
BESIDE = Footprint.of_shape(polygon([(20, 20), (20, 50), (40, 50), (40, 20)], GRID.shape), GRID)
BOX = "-91.59 -0.31, -91.57 -0.31, -91.57 -0.33, -91.59 -0.33"
FIRST = date(2018, 1, 1)
days = st.integers(0, 60).map(lambda n: FIRST + timedelta(days=n))
masks = st.integers(0, 2**30 - 1).map(
    lambda bits: np.array([bits >> n & 1 for n in range(30)], bool).reshape(5, 6)
)


def event(**change) -> Event:
    values = {
        "id": "e",
        "name": "Uplift",
        "footprint": SQUARE,
        "activity": Activity.SILL,
        "onset": DAYS[0],
        "end": DAYS[2],
        "towards_cm": 4 * CM_PER_CYCLE,
    }
    return Event(**values | change)


@st.composite
def events(draw) -> Event:
    onset, end = sorted((draw(days), draw(days)))
    towards = draw(st.floats(-50, 50).filter(lambda cm: abs(cm) > 0.01))
    return event(onset=onset, end=end, towards_cm=towards)


def towards(one: Event, pair: DatePair) -> float:
    part = expected(one, pair)
    return 0.0 if part is None else part.towards_cm


@given(events(), days, days, days)
def test_what_two_pairs_in_a_row_show_is_what_the_pair_across_them_shows(one, a, b, c):
    whole = towards(one, DatePair(a, c))
    assert whole == pytest.approx(towards(one, DatePair(a, b)) + towards(one, DatePair(b, c)))


@given(events(), days, days)
def test_pairs_outside_show_nothing_and_pairs_around_show_all(one, a, b):
    first, second = sorted((a, b))
    part = expected(one, DatePair(first, second))
    if second <= one.onset or (first >= one.end and first > one.onset):
        assert part is None
    if first <= one.onset and second >= one.end and second > one.onset:
        assert part.towards_cm == one.towards_cm


@given(events(), days, days)
def test_the_sense_of_motion_never_matters_for_masks(one, a, b):
    other = event(onset=one.onset, end=one.end, towards_cm=-one.towards_cm)
    here, there = (expected(e, DatePair(a, b)) for e in (one, other))
    assert (here is None) == (there is None)
    assert here is None or (here.visible, here.intensity) == (there.visible, there.intensity)


@pytest.mark.parametrize(
    ("fringes", "look"),
    [
        (0.4, Look.FAINT),
        (0.6, Look.LOW),
        (1.4, Look.LOW),
        (1.6, Look.MEDIUM),
        (3.4, Look.MEDIUM),
        (3.6, Look.HIGH),
    ],
)
def test_intensity_follows_the_number_of_fringes(fringes, look):
    one = event(towards_cm=-fringes * CM_PER_CYCLE)
    assert outlook([one], DatePair(DAYS[0], DAYS[2])).look == look
    assert outlook([one], DatePair(DAYS[2], DAYS[3])).look == Look.NOTHING


def test_an_earthquake_is_seen_without_intensity_by_every_pair_across_its_day():
    quake = event(activity=Activity.EARTHQUAKE, onset=DAYS[1], end=DAYS[1])
    across = outlook([quake], DatePair(DAYS[1], DAYS[2]))
    assert across.look == Look.EARTHQUAKE
    assert across.seen[0][1].intensity == Intensity.NONE
    assert across.seen[0][1].phase == ActivityPhase.NONE
    assert outlook([quake], DatePair(DAYS[0], DAYS[1])).look == Look.NOTHING


@given(masks.filter(np.any), st.integers(0, 8), st.integers(0, 9))
def test_a_footprint_of_a_mask_gives_its_pixels_back(mask, row, col):
    grid = Geometry(14, 16, -91.6, -0.3, 0.001, -0.0013)
    found = Footprint.of_shape(Shape(Window(row, row + 5, col, col + 6), mask), grid)
    again = found.shape_on(grid)
    plane = np.zeros(grid.shape, bool)
    plane[again.window.slices] = again.mask
    wanted = np.zeros(grid.shape, bool)
    wanted[row : row + 5, col : col + 6] = mask
    assert np.array_equal(plane, wanted)


def test_a_footprint_lies_at_the_same_place_on_another_grid():
    finer = Geometry(120, 160, -91.60025, -0.29975, 0.0005, -0.0005)
    assert SQUARE.shape_on(finer).window == Window(20, 60, 20, 60)
    with pytest.raises(EditError, match="outside the frame"):
        SQUARE.shape_on(Geometry(60, 80, 10.0, 45.0, 0.001, -0.001))


@pytest.mark.parametrize(
    "change",
    [
        {"onset": DAYS[2], "end": DAYS[0]},
        {"towards_cm": 0.0},
        {"towards_cm": float("nan")},
        {"activity": Activity.NONE},
        {"instance": 255},
    ],
)
def test_what_is_no_event_is_refused(change):
    with pytest.raises(EditError, match="not an event"):
        event(**change)


# Kept beside the cube


def test_every_version_by_anybody_is_kept_and_the_newest_counts(tmp_path):
    cube = CubeStore.open(small_cube(tmp_path))
    first = EventStore(cube.sidecar).put(event(id=""), "anna")
    EventStore(cube.sidecar).put(event(id=first.id, name="Uplift of the caldera"), "ben")
    other = EventStore(cube.sidecar).put(event(id="", name="Dyke", activity=Activity.DYKE), "anna")
    EventStore(cube.sidecar).remove(other.id, "ben")
    store = EventStore(CubeStore.open(cube.path).sidecar)
    (now,) = store.events()
    assert (now.id, now.name, now.by) == (first.id, "Uplift of the caldera", "ben")
    assert now.footprint == SQUARE
    assert [(v.by, v.value and v.value.name) for v in store.versions()] == [
        ("anna", "Uplift"),
        ("ben", "Uplift of the caldera"),
        ("anna", "Dyke"),
        ("ben", None),
    ]
    assert store.find("Uplift of the caldera") == store.find(first.id[:4]) == now


def test_a_torn_line_and_one_of_a_newer_program_hide_no_event(tmp_path):
    cube = CubeStore.open(small_cube(tmp_path))
    store = EventStore(cube.sidecar)
    kept = store.put(event(id=""), "anna")
    (path,) = store.folder.glob("*.journal")
    whole = path.read_bytes()
    newer = whole.replace(b'"SILL"', b'"GEYSER"')
    path.write_bytes(whole + newer + whole[: len(whole) // 2])
    assert store.events() == (kept,)
    assert store.put(event(id="", name="After"), "anna").name == "After"
    assert {one.name for one in store.events()} == {"Uplift", "After"}


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    cube = CubeStore.open(small_cube(tmp_path))
    cube.sidecar.mkdir(exist_ok=True)
    (cube.sidecar / "events").write_text("somebody's notes")
    with pytest.raises(EditError, match="cannot write"):
        EventStore(cube.sidecar).put(event(id=""), "anna")


# What follows for the pairs


def open_session(path: Path) -> EditSession:
    return EditSession.open(path, "anna", background=False)


def test_all_pairs_are_labelled_in_one_step_and_taken_back_in_one(tmp_path):
    path = small_cube(tmp_path)
    session = open_session(path)
    uplift = event(onset=DAYS[0], end=DAYS[2], towards_cm=6 * CM_PER_CYCLE)
    plan = proposals_for([uplift], session.cube, labelled_pairs(session.cube, session.labels()))
    step = session.annotate_all(plan.drawings(), "Event")
    assert set(step.pairs) == set(PAIRS)
    cube = CubeStore.open(path)
    levels = {pair: cube.read_plane("intensity_level_mask", pair)[20, 20] for pair in PAIRS}
    assert levels == {A: Intensity.MEDIUM, B: Intensity.HIGH, C: Intensity.MEDIUM}
    assert np.count_nonzero(cube.read_plane("activity_type_mask", B) == Activity.SILL) == 400
    label = cube.read_label(B)
    assert label.phase == ActivityPhase.UNREST
    assert label.caption == "A sill-type deformation pattern of high intensity can be detected."
    session.undo()
    session.close()
    cube = CubeStore.open(path)
    assert not any(cube.read_plane("activity_type_mask", pair).any() for pair in PAIRS)
    assert not any(label.labelled for label in cube.read_labels())


def test_no_deformation_is_said_where_nothing_happened(tmp_path):
    cube = CubeStore.open(small_cube(tmp_path))
    plan = proposals_for([event(onset=DAYS[2], end=DAYS[3])], cube)
    by_pair = {one.pair: one for one in plan.proposals}
    assert plan.looks[Look.NOTHING] == 2
    assert not by_pair[A].shapes
    assert by_pair[A].fields["phase"] == ActivityPhase.REST
    assert by_pair[A].why == "spans no event"
    assert len(by_pair[C].shapes) == 1
    only = proposals_for([event(onset=DAYS[2], end=DAYS[3])], cube, nothing=False)
    assert [one.pair for one in only.proposals] == [C]


def test_several_events_in_a_pair_are_several_instances_and_no_pixel_is_two(tmp_path):
    path = small_cube(tmp_path)
    strong = event(id="s", towards_cm=10 * CM_PER_CYCLE)
    weak = event(id="w", footprint=BESIDE, activity=Activity.DYKE, towards_cm=2 * CM_PER_CYCLE)
    session = open_session(path)
    session.annotate_all(proposals_for([weak, strong], session.cube).drawings(), "Event")
    session.close()
    cube = CubeStore.open(path)
    activity, number = (
        cube.read_plane(name, B) for name in ("activity_type_mask", "instance_mask")
    )
    assert np.count_nonzero(activity == Activity.SILL) == 400
    assert np.count_nonzero(activity == Activity.DYKE) == 600 - 100
    assert set(number[activity == Activity.SILL]) | {0} != set(number[activity == Activity.DYKE])
    assert cube.read_label(B).is_crowd == 1


def test_what_a_person_said_is_left_alone(tmp_path):
    path = small_cube(tmp_path)
    session = open_session(path)
    session.edit_label(A, caption="Nothing to see")
    session.annotate(B, "Polygon", polygon([(40, 40), (40, 50), (50, 45)], (60, 80)), Paint(3, 1))
    plan = proposals_for([event()], session.cube, labelled_pairs(session.cube, session.labels()))
    assert {one.pair for one in plan.again} == {A, B}
    session.annotate_all(plan.drawings(), "Event")
    session.close()
    cube = CubeStore.open(path)
    assert cube.read_label(A).caption == "Nothing to see"
    assert not (cube.read_plane("activity_type_mask", B) == Activity.SILL).any()
    assert (cube.read_plane("activity_type_mask", C) == Activity.SILL).any()


def test_a_mask_of_another_program_is_somebodys_word_too(tmp_path):
    path = small_cube(tmp_path)
    session = open_session(path)
    session.annotate(A, "Polygon", SQUARE.shape_on(GRID), Paint(1, 1))
    session.close()
    for name in ("activities_in_mask", "intensities_in_mask", "label_state", "label_version"):
        for file in (path / name).glob("[0-9]*"):
            file.unlink()  # as in a cube whose masks we did not write
    cube = CubeStore.open(path)
    assert not cube.read_label(A).labelled
    assert labelled_pairs(cube, cube.read_labels()) == {A}


def test_many_pairs_read_while_others_are_saved_show_what_was_done(tmp_path):
    """Planes are not kept for it: who reads a pair sees what waits, and then what is on disk."""
    path = small_cube(tmp_path)
    session = EditSession.open(path, "anna")
    shape = SQUARE.shape_on(GRID)
    for level in (1, 2, 3):
        drawings = [Drawing(pair, ((shape, Paint(Activity.SILL, level)),)) for pair in PAIRS]
        session.annotate_all(drawings, "Event")
        for pair in PAIRS:
            assert (session.masks(pair).intensity[shape.window.slices] == level).all()
    session.undo()
    assert (session.masks(A).intensity[shape.window.slices] == 2).all()
    session.flush()
    assert (CubeStore.open(path).read_plane("intensity_level_mask", B)[20, 20]) == 2
    session.close()


# From the command line


def test_the_command_adds_tells_labels_and_takes_back(verb, tmp_path):
    path = small_cube(tmp_path)
    onset, end = (f"{day:%Y%m%d}" for day in (DAYS[0], DAYS[2]))
    assert verb("event", "list", path).stdout == "no events\n"
    added = verb(
        *("event", "add", path, "Caldera", "--polygon", BOX, "--activity", "sill"),
        *("--onset", onset, "--end", end, "--fringes", "6", "--by", "anna"),
    )
    assert added.returncode == 0, added.stderr
    told = json.loads(verb("event", "list", path, "--json").stdout)
    assert (told["name"], told["by"], told["instance"]) == ("Caldera", "anna", 1)
    lines = verb("event", "propose", path).stdout.splitlines()
    assert len(lines) == 4
    assert "Sill High" in lines[1]
    assert "6.0 of 6.0 fringes" in lines[1]
    done = verb("event", "apply", path, "--by", "anna")
    assert "3 pairs in one step" in done.stdout
    assert verb("event", "apply", path).returncode == 1
    assert "on 3 pairs" in verb("undo", path).stdout
    assert not CubeStore.open(path).read_plane("activity_type_mask", B).any()
    verb("event", "remove", path, "Caldera", "--by", "ben")
    versions = verb("event", "list", path, "--versions").stdout
    assert "removed" in versions
    assert "Caldera" in versions


def test_the_footprint_may_be_what_is_drawn_on_a_pair(verb, tmp_path):
    path = small_cube(tmp_path)
    verb("annotate", path, A, "--polygon", BOX, "--activity", "Dyke", "--intensity", "Low")
    words = ("--activity", "Dyke", "--onset", "20240106", "--cm", "-3", "--mask")
    assert "nothing is drawn" in verb("event", "add", path, "Dyke", *words, B).stderr
    verb("event", "add", path, "Dyke", *words, A)
    (one,) = EventStore(CubeStore.open(path).sidecar).events()
    drawn = CubeStore.open(path).read_plane("activity_type_mask", A) > 0
    assert np.count_nonzero(one.footprint.shape_on(GRID).mask) == np.count_nonzero(drawn)
    assert one.onset == one.end


def test_a_wrong_event_is_told_in_words(verb, tmp_path):
    path = small_cube(tmp_path)
    words = ("--activity", "Sill", "--cm", "3", "--onset", "20240118")
    away = verb("event", "add", path, "x", "--polygon", "0 0, 1 0, 1 1", *words)
    assert "outside the frame" in away.stderr
    late = verb("event", "add", path, "x", "--polygon", BOX, *words, "--end", "20240101")
    assert "before its onset" in late.stderr
    assert "add one first" in verb("event", "apply", path).stderr
    assert EventStore(CubeStore.open(path).sidecar).events() == ()


def test_pairs_of_every_combination_of_dates_look_as_their_share_says():
    one = event(onset=DAYS[0], end=DAYS[3], towards_cm=9 * CM_PER_CYCLE)
    looks = {
        (b - a).days // 12: outlook([one], DatePair(a, b)).look for a, b in combinations(DAYS, 2)
    }
    assert looks == {1: Look.MEDIUM, 2: Look.HIGH, 3: Look.HIGH}
