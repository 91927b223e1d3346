"""Labels that hardly go together in time: found from what is recorded, told as a list."""

import json
from datetime import date, timedelta
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cubes import DAYS, PAIRS, small_cube

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import polygon
from thalia_core.annotate.temporal import SeenPairs, findings_of
from thalia_core.cube.pairs import DatePair

DATES = [date(2020, 1, 1) + timedelta(days=12 * n) for n in range(5)]
ALL = [DatePair(*both) for both in combinations(DATES, 2)]
SHAPE = polygon([(10, 10), (10, 30), (30, 30), (30, 10)], (60, 80))
MOVED = polygon([(10, 25), (10, 45), (30, 45), (30, 25)], (60, 80))


def pair(first: int, second: int) -> DatePair:
    return DatePair(DATES[first], DATES[second])


def seen(masked, labelled=ALL, air=(), coherence=None, pairs=ALL) -> SeenPairs:
    values = dict.fromkeys(pairs, 0.5) | (coherence or {})
    return SeenPairs(
        tuple(pairs),
        np.array([one in masked for one in pairs]),
        np.array([one in labelled or one in masked for one in pairs]),
        np.array([one in air for one in pairs]),
        np.array([values[one] for one in pairs], np.float32),
    )


def kinds(found) -> list[tuple[str, object]]:
    return [(one.kind, one.day or one.pairs[0]) for one in found]


def test_labels_that_follow_from_one_event_contradict_nothing():
    across = [one for one in ALL if one.primary <= DATES[1] < one.secondary]
    assert findings_of(seen(across)) == []


def test_a_longer_coherent_pair_without_a_mask_is_found_once_with_all_shorter_ones():
    masked = {one for one in ALL if one.primary <= DATES[1] < one.secondary} - {pair(0, 4)}
    (found,) = [one for one in findings_of(seen(masked)) if one.kind == "longer"]
    assert found.pairs[0] == pair(0, 4)
    assert set(found.pairs[1:]) == masked
    assert "hardly more coherent" in found.words


@pytest.mark.parametrize("coherence", [0.2, np.nan])
def test_a_pair_that_lost_its_coherence_or_has_none_recorded_is_no_finding(coherence):
    masked = {one for one in ALL if one.primary <= DATES[1] < one.secondary} - {pair(0, 4)}
    found = findings_of(seen(masked, coherence={pair(0, 4): coherence}))
    assert not [one for one in found if one.kind == "longer"]


def test_a_pair_that_nobody_labelled_says_nothing():
    masked = {pair(1, 2)}
    assert findings_of(seen(masked, labelled=[])) == []


def test_a_mask_that_neither_half_has_is_found():
    (found,) = [one for one in findings_of(seen({pair(0, 2)})) if one.kind == "parts"]
    assert found.pairs == (pair(0, 2), pair(0, 1), pair(1, 2))


def test_masks_are_compared_pixel_by_pixel_where_they_may_be_read():
    def read(one: DatePair) -> np.ndarray:
        plane = np.zeros((60, 80), bool)
        shape = MOVED if one == pair(0, 2) else SHAPE
        plane[shape.window.slices] = shape.mask
        return plane

    table = seen({pair(0, 2), pair(0, 1)}, pairs=[pair(0, 1), pair(1, 2), pair(0, 2)])
    assert findings_of(table) == []
    (found,) = findings_of(table, read)
    assert (found.kind, found.pairs[0]) == ("parts", pair(0, 2))
    assert "75%" in found.words


def of_date(day: int) -> set[DatePair]:
    return {one for one in ALL if DATES[day] in (one.primary, one.secondary)}


def test_a_signal_on_all_pairs_of_one_date_and_nowhere_else_is_found():
    found = [one for one in findings_of(seen(of_date(2))) if one.kind == "date"]
    assert [one.day for one in found] == [DATES[2]]
    assert set(found[0].pairs) == of_date(2)
    assert "4 labelled pairs" in found[0].words


def test_atmospheric_labels_complete_the_signal_but_make_none_alone():
    masked = {pair(1, 2)}
    found = findings_of(seen(masked, air=of_date(2)))
    assert ("date", DATES[2]) in kinds(found)
    assert findings_of(seen((), air=of_date(2))) == []


def test_a_signal_elsewhere_at_that_time_speaks_against_the_date():
    found = findings_of(seen(of_date(2) | {pair(1, 3)}))
    assert ("date", DATES[2]) not in kinds(found)


pairs_of = st.sets(st.sampled_from(ALL))


@given(pairs_of, pairs_of, pairs_of)
def test_every_finding_is_as_its_rule_says(masked, labelled, air):
    table = seen(masked, labelled=labelled, air=air)
    judged = {one for one, known in zip(table.pairs, table.labelled, strict=True) if known}
    for found in findings_of(table):
        first = found.pairs[0]
        if found.kind == "longer":
            assert first in judged - masked
            for short in found.pairs[1:]:
                assert short in masked
                assert first.primary <= short.primary < short.secondary <= first.secondary
        elif found.kind == "parts":
            assert first in masked
            assert not masked & set(found.pairs[1:])
            assert set(found.pairs[1:]) <= judged
        else:
            assert all(one in masked | air for one in found.pairs)
            assert set(found.pairs) == {
                one for one in judged if found.day in (one.primary, one.secondary)
            }


# From the command line


def test_the_command_lists_what_to_look_at(verb, tmp_path):
    path = small_cube(tmp_path)
    assert verb("temporal", path).returncode == 0
    session = EditSession.open(path, "anna", background=False)
    session.annotate(PAIRS[0], "Polygon", SHAPE, Paint(1, 1))
    session.edit_label(PAIRS[1], phase="Rest")
    session.close()
    done = verb("temporal", path, "--json", "--pixels")
    assert done.returncode == 1, done.stderr
    (told,) = map(json.loads, done.stdout.splitlines())
    assert told["kind"] == "longer"
    assert told["pairs"] == [f"{DAYS[0]:%Y%m%d}_{day:%Y%m%d}" for day in (DAYS[2], DAYS[1])]
    assert "1 to look at" in verb("temporal", path.parent).stdout
