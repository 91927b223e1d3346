"""Editing on a share that fails, delays and reorders: what was taken in arrives, and nothing torn
is ever taken for good."""

import errno
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from support.cubes import PAIRS, small_cube
from support.shares import share

from thalia_core.annotate.history import History
from thalia_core.annotate.patch import MASK_NAMES, Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import polygon
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.errors import CubeError, ThaliaError

SHAPE = (60, 80)
EDITS = 10
FAILURES = {errno.EIO: 0.04, errno.ENOSPC: 0.04, errno.ESTALE: 0.02}


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("thalia_core.annotate.saving._RETRY_S", 0.02)


@pytest.fixture
def cube(tmp_path: Path) -> Path:
    made = small_cube(tmp_path, *SHAPE)
    session = EditSession.open(made, "ana", background=False)
    for pair in PAIRS[:2]:
        session.edit_label(pair, caption="before")
    session.close()
    return made


def paint(session: EditSession, n: int) -> DatePair:
    """The n-th cell, on one of two pairs by turns."""
    pair, row, col = PAIRS[n % 2], 6 * (n // 8) + 4, 10 * (n % 8)
    shape = polygon([(row, col), (row, col + 8), (row + 4, col + 8), (row + 4, col)], SHAPE)
    assert session.annotate(pair, f"cell {n}", shape, Paint(1 + n % 4, 1 + n % 3)) is not None
    return pair


def cells(cube: Path, pair: DatePair, name: str = "activity_type_mask") -> dict[int, int]:
    """Which cells are painted, and with what; a cell in two minds is torn."""
    plane = CubeStore.open(cube).read_plane(name, pair)
    found, rest = {}, plane.copy()
    for n in range(EDITS):
        row, col = 6 * (n // 8) + 4, 10 * (n % 8)
        codes = np.unique(plane[row : row + 4, col : col + 8])
        assert len(codes) == 1, f"cell {n} is torn: {codes}"
        rest[row : row + 4, col : col + 8] = 0
        if codes[0]:
            found[n] = int(codes[0])
    assert not rest.any(), "something was painted that nobody drew"
    return found


def all_there(cube: Path) -> None:
    for pair, first in ((PAIRS[0], 0), (PAIRS[1], 1)):
        wanted = {n: 1 + n % 4 for n in range(first, EDITS, 2)}
        assert cells(cube, pair) == wanted
        assert cells(cube, pair, "intensity_level_mask") == {n: 1 + n % 3 for n in wanted}


def settled(session: EditSession) -> None:
    """Wait while it tries again and again."""
    until = time.monotonic() + 60
    while session.dirty:
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize("seed", [1, 2])
def test_edits_go_in_through_failures_delays_and_late_listings(cube: Path, seed: int):
    session = EditSession.open(cube, "ana")
    with share(seed=seed, fail=FAILURES, late=0.2, delay_s=0.002) as faulty:
        for n in range(EDITS):
            paint(session, n)
        settled(session)
        assert faulty.failures
        assert faulty.delays
        assert faulty.lags
    session.close()
    all_there(cube)
    history = History(CubeStore.open(cube).sidecar / "journal")
    history.refresh()
    assert not history.damaged
    assert not history.unapplied()
    assert [step.name for step in history.steps()][-EDITS:] == [f"cell {n}" for n in range(EDITS)]


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.ESTALE, errno.EACCES])
def test_while_nothing_works_edits_stay_dirty_with_one_reason_and_go_in_later(
    cube: Path, code: int
):
    session = EditSession.open(cube, "ana")
    told: list[str] = []
    session.saving.connect(lambda state: told.append(state.why))
    with share(seed=1, fail={code: 1.0}) as faulty:
        for n in range(EDITS):
            paint(session, n)
        with pytest.raises(ThaliaError, match="the edit is kept and tried again"):
            session.flush(20)
        assert session.dirty
        assert cells(cube, PAIRS[0]) == {}
        assert session.masks(PAIRS[0]).activity.any(), "what was painted stays in view"
        faulty.heal()
        settled(session)
    assert len({why for why in told if why}) == 1
    session.close()
    all_there(cube)


def test_what_the_journal_took_survives_a_crash_while_the_cube_refuses(
    cube: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    session = EditSession.open(cube, "ana")
    with monkeypatch.context() as broken:
        broken.setattr("thalia_core.cube.store.local.write_bytes", refuse)
        for n in range(EDITS):
            paint(session, n)
        with pytest.raises(ThaliaError):
            session.close()  # the process ends: the journal is all that is left
    assert cells(cube, PAIRS[0]) == {}
    again = EditSession.open(cube, "bob")
    assert len(again.recovered) == EDITS
    again.close()
    all_there(cube)


def test_a_record_that_was_refused_half_way_spoils_no_other(
    cube: Path, monkeypatch: pytest.MonkeyPatch
):
    """The share took half of a line and then not even that it be cut off again."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ESTALE, "Stale file handle")

    session = EditSession.open(cube, "ana", background=False)
    with share(seed=1, fail={errno.EIO: 1.0}) as faulty, monkeypatch.context() as broken:
        broken.setattr("os.ftruncate", refuse)
        with pytest.raises(ThaliaError):
            session.edit_label(PAIRS[0], caption="lost, and said so")
        faulty.heal()
    session.edit_label(PAIRS[1], caption="after")
    session.close()
    history = History(CubeStore.open(cube).sidecar / "journal")
    history.refresh()
    assert not history.damaged
    assert CubeStore.open(cube).read_label(PAIRS[1]).caption == "after"


@pytest.mark.parametrize("seed", [1, 2])
def test_a_reader_never_takes_a_torn_chunk_for_good(cube: Path, seed: int):
    session = EditSession.open(cube, "ana")
    done, torn, sound, wrong = threading.Event(), [0], [0], []

    def read() -> None:
        while not done.is_set():
            for pair in PAIRS[:2]:
                try:
                    for name in MASK_NAMES[1:3]:
                        cells(cube, pair, name)
                    sound[0] += 1
                except CubeError:
                    torn[0] += 1
                except AssertionError as error:
                    wrong.append(str(error))

    with share(seed=seed, torn=0.3, delay_s=0.01) as faulty:
        reader = threading.Thread(target=read)
        reader.start()
        for n in range(EDITS):
            paint(session, n)
        settled(session)
        done.set()
        reader.join()
    assert faulty.tears
    assert sound[0]
    assert not wrong
    session.close()
    all_there(cube)


def test_a_chunk_left_torn_by_a_crash_is_told_and_holds_up_no_other_pair(cube: Path):
    session = EditSession.open(cube, "ana", background=False)
    for n in range(2):
        paint(session, n)
    session.close()
    store = CubeStore.open(cube)
    field = store.layout.fields["activity_type_mask"]
    i, j = store.position(PAIRS[0])
    chunk = cube / field.stored_name / f"{i}.{j}.0.0"
    chunk.write_bytes(chunk.read_bytes()[: chunk.stat().st_size // 2])
    with pytest.raises(CubeError, match="damaged or unreadable"):
        CubeStore.open(cube).read_plane("activity_type_mask", PAIRS[0])
    again = EditSession.open(cube, "ana", background=False)
    with pytest.raises(ThaliaError, match="damaged or unreadable"):
        paint(again, 2)
    paint(again, 3)
    again.close()
    assert cells(cube, PAIRS[1]) == {1: 2, 3: 4}
