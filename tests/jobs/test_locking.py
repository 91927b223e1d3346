"""One writer at a time: with the system's locks, without them, and where both kinds meet."""

import errno
import fcntl
import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from support.cubes import PAIRS, small_cube
from support.shares import PRELUDE, child_environment, without_locks

from thalia_core.annotate.history import History
from thalia_core.annotate.session import EditSession
from thalia_core.cube import lease
from thalia_core.cube.lease import Lease
from thalia_core.cube.locking import Busy, CubeLock, ProcessLock
from thalia_core.cube.store import CubeStore
from thalia_core.errors import LockedError

KINDS = {
    "locks": "",
    "none": "shares.drop_locks()",
    "unsupported": "shares.drop_locks(errno.EOPNOTSUPP)",
    "local": "shares.local_locks(str(os.getpid()))",
}
HOLDER = """
from pathlib import Path
from thalia_core.cube.locking import ProcessLock
lock = ProcessLock(Path(sys.argv[1]), "ana")
lock.acquire()
print("held", flush=True)
sys.stdin.read()
lock.release()
"""
COUNTER = """
from pathlib import Path
from thalia_core.cube.locking import CubeLock
place, lock = Path(sys.argv[1]), CubeLock(Path(sys.argv[2]))
for _ in range(int(sys.argv[3])):
    lock.acquire()
    count = int(place.read_text())
    os.sched_yield()
    place.write_text(str(count + 1))
    lock.release()
"""
WRITER = """
from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import polygon
from thalia_core.cube.pairs import DatePair
cube, number, edits, pair = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
session = EditSession.open(cube, f"writer {number}", background=False)
for n in range(edits):
    row, col = 5 * number + 4, 10 * n
    shape = polygon([(row, col), (row, col + 8), (row + 4, col + 8), (row + 4, col)], (60, 80))
    with session.transaction():
        session.annotate(DatePair.parse(pair), f"{n}", shape, Paint(1 + number, 1))
    print(number, n, flush=True)
session.close()
"""


def child(kind: str, program: str, *words: object, **options: object) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", PRELUDE + KINDS[kind] + "\n" + program, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=child_environment(),
        text=True,
        **options,
    )


def holder(kind: str, lock: Path) -> subprocess.Popen:
    process = child(kind, HOLDER, lock, stdin=subprocess.PIPE)
    line = process.stdout.readline()
    assert line == "held\n", process.communicate()[1]
    return process


def finish(process: subprocess.Popen) -> None:
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "shared"


@pytest.fixture
def no_locks(monkeypatch: pytest.MonkeyPatch):
    def turn_on(code: int = errno.ENOLCK) -> None:
        monkeypatch.setattr(fcntl, "flock", without_locks(code))

    return turn_on


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_without_locks_is_no_obstacle(lock: Path, no_locks, code: int):
    no_locks(code)
    one, other = ProcessLock(lock, "ana"), ProcessLock(lock, "bob")
    assert one.attempt()
    assert not other.attempt()
    with pytest.raises(Busy, match="ana on "):
        other.acquire(0.05)
    one.release()
    assert other.attempt()
    other.release()


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("locks", "none"), ("none", "locks"), ("none", "none"), ("local", "locks")],
)
def test_both_kinds_of_lock_keep_each_other_out(lock: Path, no_locks, theirs: str, ours: str):
    process = holder(theirs, lock)
    if ours == "none":
        no_locks()
    mine = ProcessLock(lock, "bob")
    assert not mine.attempt()
    finish(process)
    assert mine.attempt()
    mine.release()


@pytest.mark.parametrize("kind", ["locks", "none"])
def test_a_holder_that_was_killed_holds_nothing(lock: Path, no_locks, kind: str):
    process = holder(kind, lock)
    os.kill(process.pid, signal.SIGKILL)
    no_locks()
    mine = ProcessLock(lock)
    mine.acquire(10)  # not counted yet by its parent, it is a zombie, which holds nothing either
    mine.release()
    process.communicate()


def elsewhere(lock: Path, number: int = 1, **changes: object) -> Path:
    """A lease as a process of another machine makes it."""
    made = Lease(lock)
    assert made.attempt()
    made.release()
    path = lock.with_name(f".{lock.name}.lease-{number}")
    told = {**json.loads(path.read_bytes()), "machine": "far", "host": "far", "free": False}
    path.write_text(json.dumps(told | changes).ljust(1024))
    return path


def test_a_holder_elsewhere_is_over_only_after_silence_and_no_clock_is_compared(
    lock: Path, monkeypatch: pytest.MonkeyPatch
):
    path = elsewhere(lock)
    now = [1000.0]
    monkeypatch.setattr(lease, "steady", lambda: now[0])
    waiting = Lease(lock)
    for beat, stamp in enumerate((0, 4e9, 1.0)):  # its clock jumps to 1970, 2096 and back
        told = json.loads(path.read_bytes()) | {"beat": beat}
        path.write_text(json.dumps(told).ljust(1024))
        os.utime(path, (stamp, stamp))
        assert not watched(waiting, now, lease.SILENCE_S - 1), "it was heard of 14 seconds ago"
    now[0] += 3600
    assert not waiting.attempt(), "it was not seen silent: nobody looked for an hour"
    assert watched(waiting, now, 2)
    waiting.release()


def watched(waiting: Lease, now: list[float], seconds: float) -> bool:
    """Look twice a second for so long; whether the lease was taken."""
    for _ in range(int(2 * seconds) + 1):
        if waiting.attempt():
            return True
        now[0] += 0.5
    return False


def test_a_holder_that_slept_finds_that_it_was_succeeded(
    lock: Path, monkeypatch: pytest.MonkeyPatch
):
    sleeper = Lease(lock)
    assert sleeper.attempt()
    assert not sleeper.lost()
    with monkeypatch.context() as other:
        other.setattr(lease, "machine", lambda: "another machine")
        now = [0.0]
        other.setattr(lease, "steady", lambda: now[0])
        second = Lease(lock)
        assert watched(second, now, lease.SILENCE_S + 1)
    assert sleeper.lost()
    sleeper.release()
    third = Lease(lock)
    assert not third.attempt(), "what the first gave back was not the second's"
    second.release()
    assert third.attempt()
    third.release()


def test_two_that_judge_one_lease_to_be_over_cannot_both_have_it(
    lock: Path, monkeypatch: pytest.MonkeyPatch
):
    elsewhere(lock)
    now = [0.0]
    monkeypatch.setattr(lease, "steady", lambda: now[0])
    waiting = [Lease(lock) for _ in range(8)]
    while now[0] <= lease.SILENCE_S:
        assert not any(one.attempt() for one in waiting)
        now[0] += 1.0
    taken, start = [], threading.Barrier(len(waiting))

    def take(one: Lease) -> None:
        start.wait()
        if one.attempt():
            taken.append(one)

    threads = [threading.Thread(target=take, args=(one,)) for one in waiting]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1
    taken[0].release()


def test_a_listing_that_comes_late_makes_no_second_holder(
    lock: Path, monkeypatch: pytest.MonkeyPatch
):
    for _ in range(5):
        old = Lease(lock)
        assert old.attempt()
        old.release()
    listed = os.listdir(lock.parent)
    first = Lease(lock)
    assert first.attempt()
    monkeypatch.setattr(os, "listdir", lambda _: listed)
    assert not Lease(lock).attempt()
    first.release()
    again = Lease(lock)
    assert again.attempt()
    again.release()


def test_the_lock_is_taken_again_by_its_own_thread_and_by_no_other(lock: Path):
    mine = CubeLock(lock, timeout=0.05)
    mine.acquire()
    mine.acquire()
    mine.release()
    told: list[str] = []

    def other() -> None:
        try:
            mine.acquire()
        except Busy:
            told.append("busy")

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    mine.release()
    assert told == ["busy"]


def test_processes_of_every_kind_count_without_losing_one(tmp_path: Path):
    place, lock, times = tmp_path / "count", tmp_path / "shared", 60
    place.write_text("0")
    processes = [child(kind, COUNTER, place, lock, times) for kind in KINDS]
    for process in processes:
        finish(process)
    assert int(place.read_text()) == times * len(KINDS)


GREEDY = """
import time
from pathlib import Path
from thalia_core.cube.locking import ProcessLock
place, lock = Path(sys.argv[1]), ProcessLock(Path(sys.argv[2]))
turns = 0
while not place.with_name("stop").exists():
    lock.acquire()
    turns += 1
    place.write_text(str(turns))
    time.sleep(0.02)
    lock.release()
"""


@pytest.mark.parametrize("kind", ["locks", "none"])
def test_one_that_comes_back_at_once_lets_others_go_first(tmp_path: Path, lock: Path, kind: str):
    place = tmp_path / "turns"
    process = child(kind, GREEDY, place, lock)
    while not place.exists():
        assert process.poll() is None
    mine, between = ProcessLock(lock), []
    for _ in range(8):
        before = int(place.read_text() or 0)
        mine.acquire(30)
        between.append(int(place.read_text()) - before)
        mine.release()
    place.with_name("stop").touch()
    finish(process)
    assert sum(between) <= 4 * len(between), f"its turns between ours: {between}"


@pytest.mark.parametrize("kinds", [("none",) * 3, ("locks", "none", "local")], ids="-".join)
def test_three_processes_lose_no_edit(tmp_path: Path, kinds: tuple[str, ...]):
    cube, edits = small_cube(tmp_path), 6
    processes = [child(kind, WRITER, cube, n, edits, PAIRS[0]) for n, kind in enumerate(kinds)]
    for process in processes:
        finish(process)
    plane = CubeStore.open(cube).read_plane("activity_type_mask", PAIRS[0])
    for number in range(len(kinds)):
        for n in range(edits):
            row, col = 5 * number + 4, 10 * n
            assert (plane[row : row + 4, col : col + 8] == 1 + number).all(), (number, n)
    assert np.count_nonzero(plane) == 32 * edits * len(kinds)


def test_what_a_killed_writer_without_locks_had_acknowledged_is_there(tmp_path: Path, no_locks):
    cube = small_cube(tmp_path)
    process = child("none", WRITER, cube, 0, 8, PAIRS[0])
    acknowledged = [process.stdout.readline() for _ in range(2)]
    os.kill(process.pid, signal.SIGKILL)
    acknowledged += process.communicate()[0].splitlines(keepends=True)
    no_locks()
    session = EditSession.open(cube, "bob", lock_timeout=10)
    plane = session.masks(PAIRS[0]).activity
    for n in range(len(acknowledged)):
        assert (plane[4:8, 10 * n : 10 * n + 8] == 1).all(), n
    session.close()
    history = History(CubeStore.open(cube).sidecar / "journal")
    history.refresh()
    assert not history.unapplied()


def test_the_message_says_who_holds_the_cube(tmp_path: Path, no_locks):
    cube = small_cube(tmp_path)
    no_locks()
    ana = EditSession.open(cube, "ana")
    bob = EditSession.open(cube, "bob", lock_timeout=0.05, background=False)
    refused: list[LockedError] = []

    def edit() -> None:
        try:
            bob.edit_label(PAIRS[0], caption="mine")
        except LockedError as error:
            refused.append(error)

    with ana.transaction():
        thread = threading.Thread(target=edit)
        thread.start()
        thread.join()
    assert "held by ana on " in str(refused[0])
    ana.close()
    bob.close()


def test_a_writer_that_was_succeeded_writes_nothing_and_tries_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    cube = small_cube(tmp_path)
    session = EditSession.open(cube, "ana", background=False)
    refused, lost = [], Lease.lost

    def succeeded(one: Lease) -> bool:
        refused.append(one)
        return True

    monkeypatch.setattr("thalia_core.cube.locking._SURE_S", -1.0)
    monkeypatch.setattr(Lease, "lost", succeeded)
    with pytest.raises(LockedError, match="lock was lost"):
        session.edit_label(PAIRS[0], caption="late")
    assert refused
    assert not CubeStore.open(cube).read_label(PAIRS[0]).caption
    monkeypatch.setattr(Lease, "lost", lost)
    session.close()
    again = EditSession.open(cube, "ana", background=False)
    assert [step.name for step in again.recovered] == ["Label"]
    assert CubeStore.open(cube).read_label(PAIRS[0]).caption == "late"
    again.close()


def test_a_lease_is_written_into_while_it_is_held(lock: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lease, "BEAT_S", 0.02)
    held = Lease(lock)
    assert held.attempt()
    path = lock.with_name(f".{lock.name}.lease-1")
    before = json.loads(path.read_bytes())["beat"]
    until = time.monotonic() + 20
    while json.loads(path.read_bytes())["beat"] < before + 2:
        assert time.monotonic() < until
        time.sleep(0.01)
    held.release()
    assert json.loads(path.read_bytes())["free"]


def test_a_lock_that_nobody_has_any_more_is_free(lock: Path, no_locks):
    no_locks()
    forgotten = ProcessLock(lock)
    assert forgotten.attempt()
    del forgotten
    gc.collect()
    mine = ProcessLock(lock)
    assert mine.attempt()
    mine.release()
