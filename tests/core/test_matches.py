"""The queue that a filter makes of an archive, and what can be written next in a filter."""

import numpy as np
import pytest
from support.archives import make_archive

from thalia_core.archive.catalogue import Catalogue
from thalia_core.archive.completing import completions
from thalia_core.archive.conditions import KEYS
from thalia_core.archive.filters import Filter
from thalia_core.archive.matches import Matches, unreviewed
from thalia_core.errors import ConfigError


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory) -> Catalogue:
    return Catalogue.open(make_archive(tmp_path_factory.mktemp("matches"), cubes=4, pairs=12))


def test_the_queue_has_every_match_once_and_in_order(catalogue):
    matches = Matches.of("deformation:yes", catalogue)
    assert 0 < len(matches) == int(np.count_nonzero(catalogue.pairs.positive)) < 48
    walked, cube = [], matches.frame_after(None, 1)
    while cube is not None:
        walked += [(cube, pair) for pair in sorted(matches.pairs(cube))]
        assert matches.count(cube) == len(matches.pairs(cube))
        cube = matches.frame_after(cube, 1)
    rows = np.flatnonzero(catalogue.pairs.positive)
    assert walked == [(catalogue.frame_of(r).path, catalogue.pairs.pair(r)) for r in rows]
    assert matches.frames == len({cube for cube, _ in walked})


def test_the_queue_goes_back_as_it_came_and_passes_over_empty_frames(catalogue):
    first, _, third, last = (entry.path for entry in catalogue.frames)
    names = ",".join(entry.frame for entry in (catalogue.frames[0], catalogue.frames[2]))
    matches = Matches.of(f"frame:{names}", catalogue)
    assert matches.counts == (12, 0, 12, 0)
    assert matches.frame_after(first, 1) == third
    assert matches.frame_after(last, -1) == third
    assert matches.frame_after(third, -1) == first
    assert matches.frame_after(third, 1) is None
    assert matches.frame_after(None, -1) == third


def test_an_unknown_frame_matches_nothing(catalogue, tmp_path):
    matches = Matches.of("", catalogue)
    assert len(matches) == 48
    assert matches.count(tmp_path) == 0
    assert matches.pairs(tmp_path) == frozenset()


def test_what_nobody_finished_is_counted_by_frame(catalogue):
    assert set(unreviewed(catalogue).values()) == {0}  # all are done
    assert list(unreviewed(catalogue)) == [entry.path for entry in catalogue.frames]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("", ()),
        ("ty", ("type:",)),
        ("-Ty", ("-type:",)),
        ("type:d", ("type:dyke",)),
        ("type:dyke,mo", ("type:dyke,mogi",)),
        ("activity:dy", ("activity:dyke",)),
        ("intensity:>=m", ("intensity:>=medium",)),
        ("state:un", ("state:unreviewed", "state:unseen")),
        ("labelled:", ("labelled:yes", "labelled:no")),
        ("frame:106", ("frame:106A_09048",)),
        ("days:", ()),
        ("nonsense:", ()),
    ],
)
def test_a_word_is_written_out(word, expected):
    assert completions(word, ["106A_09048", "014A_07688"]) == expected


@pytest.mark.parametrize("key", [key for key in KEYS if key])
def test_whatever_is_offered_is_understood(key):
    for word in completions(f"{key}:", ["106A_09048"]):
        Filter.parse(word)
    try:
        Filter.parse(f"{key}:anything")
    except ConfigError:
        return
    assert key in ("frame", "volcano", "caption", "annotator", "evidence")
