"""A share that goes away, permissions that are lost: edits wait and are saved by themselves."""

import os
import subprocess
import threading

import pytest
from support.cubes import PAIRS, small_cube

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.cube.store import CubeStore

A = PAIRS[0]
SILL = Paint(1, 2)


def spot(row, col):
    return disc(row, col, 4, (60, 80))


@pytest.fixture
def cube(tmp_path):
    folder = tmp_path / "share" / "archive"
    folder.mkdir(parents=True)
    return small_cube(folder)


@pytest.fixture
def session(cube):
    session = EditSession.open(cube, "alice")
    session.annotate(A, "before", spot(10, 10), SILL)
    session.flush(20)
    yield session
    session.close()


class States:
    """What the saving thread told, and a way to wait for a state."""

    def __init__(self, session):
        self.told, self._event = [], threading.Condition()
        session.saving.connect(self._note)

    def _note(self, state):
        with self._event:
            self.told.append(state)
            self._event.notify_all()

    def wait(self, *wanted):
        with self._event:
            done = self._event.wait_for(
                lambda: self.told and self.told[-1].state in wanted, timeout=20
            )
        assert done, self.told
        return self.told[-1]


def on_disk(cube):
    return CubeStore.open(cube).read_plane("activity_type_mask", A)


@pytest.mark.parametrize("mount_point", [False, True])
def test_a_share_that_goes_away_and_comes_back(cube, session, mount_point):
    """Nothing is made where it was mounted, and nobody has to ask for saving."""
    states, share = States(session), cube.parent.parent
    away = share.with_name("away")
    share.rename(away)
    if mount_point:
        share.mkdir()
    session.annotate(A, "one", spot(30, 30), SILL)
    session.annotate(A, "two", spot(40, 60), SILL)
    session.undo(A)
    assert "not there any more" in states.wait("failed").why
    assert session.dirty
    assert session.masks(A).activity[30, 30] == 1
    assert not (list(share.rglob("*")) if mount_point else share.exists())
    if mount_point:
        share.rmdir()
    away.rename(share)
    states.wait("saved")
    assert not session.dirty
    plane = on_disk(cube)
    assert (plane[10, 10], plane[30, 30], plane[40, 60]) == (1, 1, 0)


def test_a_descriptor_that_died_with_its_share_is_taken_anew(cube, session):
    states = States(session)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, session._journal._file)  # writing fails from now on, whatever the path says
    os.close(null)
    session.annotate(A, "one", spot(30, 30), SILL)
    states.wait("saved")
    assert on_disk(cube)[30, 30] == 1
    session.close()
    session = EditSession.open(cube, "alice")
    assert [step.name for step in session.history(A)] == ["before", "one"]
    session.close()


@pytest.mark.skipif(not hasattr(os, "seteuid") or os.getuid() != 0, reason="needs another user")
def test_a_permission_that_is_lost_and_given_back(cube, session):
    states = States(session)
    os.seteuid(65534)
    try:
        session.annotate(A, "one", spot(30, 30), SILL)
        failed = states.wait("failed")
        assert session.dirty
    finally:
        os.seteuid(0)
    assert "permission" in failed.why or "not there" in failed.why
    states.wait("saved")
    assert on_disk(cube)[30, 30] == 1


def test_a_share_that_stays_away_leaves_the_edits_in_the_journal(cube, tmp_path):
    """The window is closed without it: the next writer completes what the journal took."""
    session = EditSession.open(cube, "alice")
    session.masks(A)
    session.label(A)
    moved = tmp_path / "moved"
    cube.rename(moved)  # the cube is gone, its journal is not
    session.annotate(A, "one", spot(30, 30), SILL)
    with pytest.raises(Exception, match="not there any more"):
        session.close()
    moved.rename(cube)
    assert not on_disk(cube).any()
    session = EditSession.open(cube, "bob")
    assert [step.name for step in session.recovered] == ["one"]
    session.close()
    assert on_disk(cube)[30, 30] == 1


def test_a_cube_with_one_closed_folder_says_so_at_opening(cube, session):
    folder = cube / "activity_type_mask"
    folder.chmod(0o555)
    try:
        why = CubeStore.open(cube, writable=True).read_only_reason
        assert why == f"no permission to write in {folder}"
    finally:
        folder.chmod(0o755)
    assert CubeStore.open(cube, writable=True).read_only_reason is None


@pytest.fixture
def small_disk(tmp_path):
    """A file system of a megabyte; only where this test may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(path):
    """Write until the last byte is taken."""
    with path.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def test_a_disk_that_is_full_to_the_last_byte(small_disk):
    cube = small_cube(small_disk)
    session = EditSession.open(cube, "alice")
    session.annotate(A, "before", spot(10, 10), SILL)
    session.flush(20)
    states, filler = States(session), small_disk / "filler"
    fill(filler)
    for n in range(5):
        session.annotate(A, f"full {n}", spot(20 + 5 * n, 30 + 8 * n), SILL)
    failed = states.wait("failed")
    assert "the disk is full" in failed.why
    assert "free some space" in failed.why
    assert session.masks(A).activity[40, 62] == 1
    filler.unlink()
    states.wait("saved")
    session.close()
    plane = on_disk(cube)
    assert all(plane[20 + 5 * n, 30 + 8 * n] == 1 for n in range(5))
    session = EditSession.open(cube, "alice")
    assert not session.recovered
    assert session._history.damaged == 0
    assert [step.name for step in session.history(A)] == [
        "before",
        *(f"full {n}" for n in range(5)),
    ]
    session.close()
