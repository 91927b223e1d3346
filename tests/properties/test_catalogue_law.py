"""A law: what a cube says of a pair comes back from the index as it was, whatever was written."""

import json
import math
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thalia_core.archive.catalogue import FrameEntry
from thalia_core.archive.columns import Texts
from thalia_core.archive.index import NoIndexError, pack, unpack
from thalia_core.archive.signature import Signature
from thalia_core.archive.table import CODES, TEXTS, PairTable, table_of
from thalia_core.cube.labels import PairLabel
from thalia_core.cube.pairs import DatePair

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
codes = st.none() | st.integers(0, 255) | st.integers(0, 2**63 - 1) | texts
shares = st.none() | st.floats(0, 1) | texts
labels = st.builds(
    PairLabel,
    **dict.fromkeys(CODES, codes),
    **dict.fromkeys(TEXTS, st.none() | texts | st.integers(0, 9)),
    confidence=shares,
)


def frame(labels: list[PairLabel]) -> PairTable:
    days = [date(2020, 1, 1) + timedelta(days=12 * n) for n in range(len(labels) + 1)]
    pairs = [DatePair(a, b) for a, b in zip(days, days[1:], strict=False)]
    return table_of(
        pairs,
        [1.5] * len(pairs),
        [0.5] * len(pairs),
        labels,
        [False] * len(pairs),
        [(0, 0)] * len(pairs),
    )


def written(tables: list[PairTable]) -> tuple[bytes, PairTable]:
    table = PairTable.join(tables)
    frames = [FrameEntry(Path(f"{n}.zarr"), str(n)) for n in range(len(tables))]
    return pack(frames, [Signature("a", False)] * len(frames), table), table


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(labels, max_size=3), max_size=3))
def test_labels_come_back(frames: list[list[PairLabel]]):
    data, _ = written([frame(rows) for rows in frames])
    entries, table = unpack(data, Path("archive"))
    assert [entry.path for entry, _ in entries] == [
        Path(f"archive/{n}.zarr") for n in range(len(frames))
    ]
    for number, rows in enumerate(frames):
        part = table.part(table.rows_of(number).start, table.rows_of(number).stop)
        assert [part.label(row) for row in range(len(part))] == rows


@given(st.lists(st.none() | texts), texts)
def test_packed_texts_are_a_list(values: list[str | None], words: str):
    column = Texts.of(values)
    assert list(column) == values
    for start in range(len(values) + 1):
        assert list(column[start:]) == values[start:]
    halves = [column.part(0, len(values) // 2), column.part(len(values) // 2, len(values))]
    assert list(Texts.join(halves)) == values
    expected = [words.casefold() in (value or "").casefold() for value in values]
    assert column.contains(words).tolist() == expected


@given(st.data())
def test_no_byte_of_an_index_may_change(data: st.DataObject):
    index, table = written([frame([PairLabel(caption="a dyke", phase=2)] * 3)])
    at = data.draw(st.integers(0, len(index) - 1))
    other = bytearray(index)
    other[at] ^= data.draw(st.integers(1, 255))
    try:
        _, found = unpack(bytes(other), Path("archive"))
    except NoIndexError:
        return
    # what is not covered by a checksum says nothing: the case of a hexadecimal digit, a space
    assert [found.label(n) for n in range(3)] == [table.label(n) for n in range(3)]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
keys = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("instance", "activity_type", "intensity_level"), json_values)
)


@given(texts | json_values.map(json.dumps) | st.lists(keys).map(json.dumps))
def test_a_record_of_instances_may_say_anything(record: str):
    table = frame([PairLabel(instances=record)])
    assert table.label(0).instances == record
    assert table.positive.dtype == np.bool_


@pytest.mark.parametrize("value", [math.nan, math.inf, 10**400, True])
def test_odd_instances_are_of_an_unknown_type(value: Any):
    table = frame([PairLabel(instances=json.dumps([{"activity_type": value}]))])
    assert table.positive.tolist() == [True]


def test_a_record_as_deep_as_a_well_is_no_record():
    table = frame([PairLabel(instances="[" * 100_000 + "]" * 100_000)])
    assert table.positive.tolist() == [False]
