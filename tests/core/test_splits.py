"""The published splits: every count exact, by time, by regions, single and in series."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.annotations import SQUARE, sample, write
from support.cubes import PAIRS

from thalia_core.benchmark.items import Item
from thalia_core.benchmark.manifest import manifest, read_manifest
from thalia_core.benchmark.series import groups, series_of
from thalia_core.benchmark.splits import TEMPORAL, leakage, split
from thalia_core.cli import main
from thalia_core.cube.pairs import DatePair
from thalia_core.errors import ConfigError


@pytest.fixture(scope="module")
def public(shared_data: Path) -> list[str]:
    folder = shared_data / "data" / "thalia"
    return ["--annotations", str(folder / "annotations.tar.gz"), "--index",
            str(folder / "quality_timeseries.json")]  # fmt: skip


def told(capsys, *arguments: str) -> dict:
    assert main(["splits", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def counts(found: dict) -> dict[str, tuple[int, int]]:
    return {part: (n["positive"], n["negative"]) for part, n in found["parts"].items()}


def test_the_published_split_to_the_sample(public, capsys):
    found = told(capsys, *public)
    assert counts(found) == {"train": (1143, 8697), "val": (154, 2416), "test": (509, 5992)}
    assert found["samples"] == 18_911
    assert found["leakage"]["pairs"] == []
    assert found["leakage"]["shared_acquisitions"]["train, val"] > 0
    assert len(found["missing"]) == 15
    assert "155D_02579_100800/20200112_20200324" in found["missing"]


def test_the_published_series_to_the_sample(public, capsys):
    found = told(capsys, *public, "--series", "3")
    assert counts(found) == {"train": (701, 2626), "val": (75, 728), "test": (225, 1776)}


def test_without_an_index_every_sample_that_passes_the_flags(public, capsys):
    found = told(capsys, *public[:2], "--split", "regions")
    assert found["samples"] == 18_926
    assert found["missing"] == []
    parts = counts(found)
    regions = [parts.pop(name) for name in list(parts) if name not in TEMPORAL]
    assert len(regions) == 3
    assert tuple(map(sum, zip(*regions, strict=True))) == parts["test"]
    assert sum(map(sum, parts.values())) + found["outside"] == 18_926


def test_a_small_set_of_files_and_a_manifest(tmp_path, capsys):
    flawed = sample(3, PAIRS[2], corrupted=1)
    folder = write(tmp_path / "a", sample(1, PAIRS[0], SQUARE), sample(2, PAIRS[1]), flawed)
    file = tmp_path / "m.json"
    found = told(capsys, "--annotations", str(folder), "--manifest", str(file))
    assert found["left_out"] == {"corrupted": 1}
    assert sum(map(sum, counts(found).values())) + found["outside"] == 2
    read = read_manifest(file)
    assert sum(map(len, read["parts"].values())) == 2 - found["outside"]
    file.write_text(file.read_text().replace("train", "tra1n", 1))
    with pytest.raises(ConfigError, match="not a manifest"):
        read_manifest(file)


def test_what_is_asked_for_must_be_clear(tmp_path, capsys):
    assert main(["splits"]) == 2
    assert "give an archive or the public annotations" in capsys.readouterr().err
    assert main(["splits", str(tmp_path), "--annotations", str(tmp_path)]) == 2
    empty = tmp_path / "i.json"
    empty.write_text("[1]")
    folder = write(tmp_path / "a", sample(1, PAIRS[0]))
    assert main(["splits", "--annotations", str(folder), "--index", str(empty)]) == 2
    assert "not a time-series index" in capsys.readouterr().err


def group(positives: list[bool], frame: str = "a") -> list[Item]:
    day = date(2018, 1, 1)
    pairs = [DatePair(day, day + timedelta(12 * (n + 1))) for n in range(len(positives))]
    return [Item(frame, pair, is_so) for pair, is_so in zip(pairs, positives, strict=True)]


@given(st.lists(st.booleans(), min_size=1, max_size=9), st.integers(1, 4), st.integers(0, 5))
def test_series_of_a_group_keep_its_order_and_share_no_more_than_allowed(positives, length, seed):
    items = group(positives)
    for part in ("train", "test"):
        found = series_of(items, length, part, seed)
        assert found == series_of(items, length, part, seed)
        shared = length - 1 if part == "train" and any(positives) and length > 1 else 1
        for series in found:
            assert len(series.items) == length
            assert list(series.items) == sorted(series.items, key=lambda item: item.pair)
            assert series.positive == any(item.positive for item in series.items)
        if len(items) > length:
            members = [frozenset(item.key for item in series.items) for series in found]
            for n, one in enumerate(members):
                assert all(len(one & other) < shared for other in members[n + 1 :])
        else:
            assert len(found) == 1
            assert {item.key for item in found[0].items} == {item.key for item in items}


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 20), st.booleans()), max_size=30))
def test_every_sample_falls_in_one_part_or_outside(drawn):
    start = date(2013, 6, 1)
    days = {(start + timedelta(a), start + timedelta(a + 6 * b)): p for a, b, p in drawn}
    items = [Item("f", DatePair(*pair), positive) for pair, positive in days.items()]
    found = split(items)
    assert sum(map(len, found.parts.values())) + found.outside == len(items)
    assert leakage(found.parts).pairs == ()
    assert sum(map(len, groups(items).values())) == len(items)


def test_a_pair_in_two_parts_is_named():
    (item,) = group([True])
    assert leakage({"train": (item,), "test": (item,)}).pairs == (item.key,)
    both = {"train": (item,), "test": ()}
    other = {"train": (), "test": (item,)}
    assert manifest(both, {})["digest"] != manifest(other, {})["digest"]
