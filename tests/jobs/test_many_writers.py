"""Real processes that edit one cube at once, and die while they do."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.cubes import PAIRS, small_cube

from thalia_core.annotate.history import History
from thalia_core.cube.store import CubeStore

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from crash_campaign import LOSSES, kills, together  # noqa: E402
from full_disk import fill_up  # noqa: E402

EDITS = 6
WRITER = """
import sys
from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import polygon
from thalia_core.cube.pairs import DatePair
cube, number, pairs = sys.argv[1], int(sys.argv[2]), [DatePair.parse(p) for p in sys.argv[3:]]
session = EditSession.open(cube, f"writer {number}", background=False)
for n in range(EDITS):
    row, col = 5 * number + 4, 10 * n
    shape = polygon([(row, col), (row, col + 8), (row + 4, col + 8), (row + 4, col)], (60, 80))
    for pair in pairs:
        with session.transaction():
            session.annotate(pair, f"{n}", shape, Paint(1 + number, 1))
session.close()
""".replace("EDITS", str(EDITS))


def test_four_processes_on_one_cube_lose_nothing(tmp_path):
    cube = small_cube(tmp_path)
    shared, own = PAIRS[0], PAIRS[1:]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, cube, str(n), str(shared), str(own[n % 2])],
            stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(4)
    ]
    for writer in writers:
        _, errors = writer.communicate(timeout=120)
        assert writer.returncode == 0, errors
    store = CubeStore.open(cube)
    for pair, numbers in ((shared, range(4)), (own[0], (0, 2)), (own[1], (1, 3))):
        plane = store.read_plane("activity_type_mask", pair)
        for number in numbers:
            for n in range(EDITS):
                row, col = 5 * number + 4, 10 * n
                assert (plane[row : row + 4, col : col + 8] == 1 + number).all(), (pair, number, n)
        assert np.count_nonzero(plane) == 32 * EDITS * len(numbers)
        assert np.array_equal(store.read_plane("deformation_mask", pair) > 0, plane > 0)
        assert store.read_label(pair).label_version == EDITS * len(numbers)
    history = History(store.sidecar / "journal")
    history.refresh()
    assert len(history.steps()) == 4 * EDITS * 2
    assert not history.unapplied()


def nothing_lost(found: dict[str, int]) -> None:
    bad = (*LOSSES, "damaged_lines", "open_records", "left_behind", "failed")
    assert not any(found.get(name) for name in bad), found


@pytest.mark.slow
def test_killed_writers_lose_nothing_that_was_acknowledged(tmp_path):
    found = kills(small_cube(tmp_path, rows=160, cols=200), headless=3, window=1, seed=3)
    nothing_lost(found)
    assert found["killed"] == 4
    assert found["acknowledged"]


@pytest.mark.slow
def test_a_disk_filled_to_the_last_byte_delays_edits_and_loses_none(tmp_path):
    found = fill_up(small_cube(tmp_path, rows=160, cols=200), times=3, seed=2)
    if "skipped_as_nothing_can_be_mounted" in found:
        pytest.skip("this user may not mount a file system")
    nothing_lost(found)
    assert found["refused"] == found["said_that_the_disk_is_full"] > 0


@pytest.mark.slow
def test_processes_that_do_not_look_lose_nothing_either(tmp_path):
    found = together(processes=2, edits=8)
    nothing_lost(found)
    assert found["acknowledged"] == found["steps"] == 16
