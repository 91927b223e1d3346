"""The filter language: what is found, and what a wrong filter is told."""

import json
from pathlib import Path

import numpy as np
import pytest
from support.twin import FRAMES, SIZE, samples, write_sources

from thalia_core.archive.catalogue import Catalogue
from thalia_core.archive.filters import Filter
from thalia_core.cube.store import CubeStore
from thalia_core.errors import ConfigError


@pytest.fixture(scope="module")
def archive(thalia, tmp_path_factory) -> Path:
    """The small twin: twelve pairs of two frames, samples 1-9 and 11-13."""
    folder = tmp_path_factory.mktemp("filters")
    index, annotations = write_sources(folder)
    words = ("--like", index, "--annotations", annotations, "--size", SIZE, "--workers", 1)
    done = thalia("synth", "archive", folder / "twin", *words)
    assert done.returncode == 0, done.stderr
    return folder / "twin"


@pytest.fixture(scope="module")
def catalogue(archive: Path) -> Catalogue:
    return Catalogue.open(archive)


ALL = {one["uniqueID"] for one in samples()} - {10}


def found(catalogue: Catalogue, text: str) -> set[int]:
    rows = Filter.parse(text).rows(catalogue)
    return set(catalogue.pairs.numbers["unique_id"][rows].tolist())


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", ALL),
        ("frame:144a", {11, 12, 13}),
        ("fernandina", ALL - {11, 12, 13}),
        ("volcano:fournaise", {11, 12, 13}),
        ("type:dyke", {3}),
        ("type:sill", {2, 5, 6}),  # also the one outside the window
        ("type:sill,dyke", {2, 3, 5, 6}),
        ("type:sill intensity:>=medium", {2, 5, 6}),
        ("intensity:low", {3, 5, 7}),
        ("intensity:<high", {2, 3, 5, 7}),
        ("intensity:none", {4}),
        ("deformation:yes", {1, 2, 3, 4, 5, 6, 7}),
        ("-deformation:yes", {8, 9, 11, 12, 13}),
        ("several:yes", {5}),
        ("phase:rebound", {7}),
        ("phase:unr", {1, 2, 3, 5, 6}),
        ("atmosphere:turbulent-mixing frame:144A", {11, 12, 13}),
        ("atmosphere:1", {8}),
        ("processing:none -no_info:yes", ALL - {9, 12}),
        ("processing:2", {12}),
        ("orbital:yes", {11}),
        ("days:6", {11, 12}),
        ("days:<12", {11, 12}),
        ("days:12..12", {1, 3, 5, 7, 9, 13}),
        ("days:>12 days:<=24", {2, 4, 6, 8}),
        ("primary:2021", {11, 12, 13}),
        ("primary:>2020", {11, 12, 13}),
        ("primary:2020-02", {7, 8, 9}),
        ("primary:2020-02-07..", {9, 11, 12, 13}),
        ("date:2020-01-13", {1, 3, 4}),
        ("secondary:<=20200125", {1, 2, 3}),
        ("id:3..5", {3, 4, 5}),
        ("confidence:>=0.8", ALL),
        ("state:done", ALL),
        ("state:reviewed", ALL),
        ("state:unreviewed", set()),
        ("state:in-progress", set()),
        ('caption:"can be seen"', {9}),
        ('"SOMETHING can be"', {1, 2, 3, 4, 5, 6, 7}),
        ("label:no", set()),
    ],
)
def test_what_is_found(catalogue: Catalogue, text: str, numbers: set[int]):
    assert found(catalogue, text) == numbers


def test_baselines_count_without_their_sign(catalogue: Catalogue):
    metres = np.abs(catalogue.pairs.numbers["baseline"])
    middle = float(np.median(metres))
    assert Filter.parse(f"baseline:<={middle}").rows(catalogue).sum() == (metres <= middle).sum()


def test_coherences_are_those_of_the_land(archive: Path, catalogue: Catalogue):
    means = {}
    for entry in catalogue.frames:
        cube = CubeStore.open(entry.path)
        for pair in cube.pairs:
            land = cube.read_plane("land_mask", pair) == 1
            plane = cube.read_plane("insar_coherence", pair)[land]
            means[cube.read_label(pair).unique_id] = float(np.nanmean(plane, dtype=np.float64))
    assert len(means) == len(ALL)
    middle = round(float(np.median(list(means.values()))), 3)
    wanted = {number for number, mean in means.items() if mean > middle}
    assert found(catalogue, f"coh:>{middle}") == wanted
    assert found(catalogue, f"coh:<={middle}") == ALL - wanted
    assert found(catalogue, "coh:>0 coh:<=1") == ALL


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("typ:dyke", "no such key of a filter: 'typ'; did you mean 'type'?"),
        ("zzz:1", "known are annotator, artifacts"),
        ("type:dike", "no such type: 'dike'; known are none, sill, dyke"),
        ("phase:re", "no such phase: 're'"),  # rest or rebound?
        ("days:soon", "not a number: 'soon'"),
        ("primary:20", "write 2019, 2019-06 or 2019-06-24"),
        ("primary:2019-13", "not a date"),
        ("orbital:perhaps", "neither yes nor no: 'perhaps'"),
        ('caption:"a', "close the quotation mark"),
        ("days:", "a filter without a value"),
        ("type:dyke,", "a filter without a value"),
    ],
)
def test_what_a_wrong_filter_is_told(text: str, told: str):
    with pytest.raises(ConfigError) as caught:
        Filter.parse(text)
    assert told in str(caught.value)


def test_the_verb_lists_counts_and_tells_all(archive: Path, verb):
    done = verb("pairs", archive, "--where", "type:dyke")
    assert done.returncode == 0
    (line,) = done.stdout.splitlines()
    assert line.startswith(f"{FRAMES[0]}  20200113_20200125    12 d")
    assert line.endswith("Dyke Low")
    assert verb("pairs", archive, "--count").stdout == "12\n"
    assert verb("pairs", archive, "--where=-deformation:yes", "--count").stdout == "5\n"
    told = json.loads(verb("pairs", archive, "--where", "id:4", "--json").stdout)
    assert (told["unique_id"], told["pair"]) == (4, "20200113_20200206")
    assert json.loads(told["instances"])[0]["activity_type"] == "Earthquake"
    assert verb("pairs", archive, "--where", "type:unidentified").returncode == 1
    wrong = verb("pairs", archive, "--where", "typ:dyke")
    assert (wrong.returncode, wrong.stderr[:7]) == (2, "thalia:")
