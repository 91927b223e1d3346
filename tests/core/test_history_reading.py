"""Reading the history of a long work: headers only, and every line once."""

import uuid
from pathlib import Path

import numpy as np
import pytest
from support.cubes import PAIRS

from thalia_core.annotate import journal, records
from thalia_core.annotate.history import History
from thalia_core.annotate.patch import MASK_NAMES, Edit, MaskPatch
from thalia_core.annotate.records import Record, to_line
from thalia_core.cube.geometry import Window


def lines(first: int, count: int) -> bytes:
    """So many strokes, and the notes that they are in the cube."""
    found = []
    for n in range(first, first + count):
        none, some = np.zeros(16, np.uint8), np.full(16, 1 + n % 6, np.uint8)
        patch = MaskPatch(
            PAIRS[n % 3],
            Window(0, 4, 0, 4),
            np.ones((4, 4), bool),
            dict.fromkeys(MASK_NAMES, none),
            dict.fromkeys(MASK_NAMES, some),
        )
        stroke = Record(uuid.uuid4().hex, "do", 10 * n + 1, "ana", f"{n}", "", Edit((patch,)))
        note = Record(uuid.uuid4().hex, "applied", 10 * n + 2, "ana", "", stroke.id, Edit())
        found += [to_line(stroke), to_line(note)]
    return b"".join(found)


def test_no_pixel_is_unpacked_for_a_list_and_no_line_read_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = tmp_path / "ana@here-1.journal"
    file.write_bytes(lines(0, 400))
    read: list[bytes] = []

    def counted(line: bytes):
        read.append(line)
        return records.from_line(line)

    def refuse(*_: object):
        raise AssertionError("pixels were unpacked")

    monkeypatch.setattr(journal, "from_line", counted)
    monkeypatch.setattr(records, "_unpack", refuse)
    history = History(tmp_path)
    history.refresh()
    assert len(read) == 800
    assert [step.name for step in history.steps()] == [f"{n}" for n in range(400)]
    newest = history.undoable(PAIRS[0])
    assert newest is not None
    assert newest.name == "399"
    assert newest.pixels == 16
    assert not history.unapplied()
    history.refresh()
    assert len(read) == 800
    with file.open("ab") as more:
        more.write(lines(400, 3))
    history.refresh()
    assert len(read) == 806
    assert history.stamp == 10 * 402 + 2
