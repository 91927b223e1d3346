"""A small file system of its own, filled to the last byte while edits are being saved.

Each time there is other room left, from none to some kilobytes, so that the disk is full at
the journal, at a chunk, or between two of them. While it is full edits must stay in view, unsaved
and said to be so; as soon as there is room they must go in, all of them, in order.
"""

import contextlib
import errno
import os
import random
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from crash_child import CELL, code_of, place

from thalia_core.annotate.history import History
from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import Shape, polygon
from thalia_core.cube.store import CubeStore
from thalia_core.errors import ThaliaError

_ROOM = 8 << 20
_MOST_LEFT = 24 << 10
_EACH = 6


def fill_up(cube: Path, times: int, seed: int) -> dict[str, int]:
    """Fill the disk of a copy so often; what was found, or that no file system can be mounted."""
    chance, found = random.Random(seed), Counter(lost=0)
    size = sum(path.stat().st_size for path in cube.rglob("*") if path.is_file())
    with tempfile.TemporaryDirectory() as folder, _mounted(Path(folder), size + _ROOM) as disk:
        if disk is None:
            return {"skipped_as_nothing_can_be_mounted": 1}
        copy = Path(shutil.copytree(cube, disk / cube.name))
        pair = CubeStore.open(copy).pairs[0]
        session = EditSession.open(copy, "full disk")
        session.annotate(pair, "first", _cell(session, 0), Paint(code_of(0)))
        session.flush(60)
        cell = 1
        for _ in range(times):
            filler = _fill(disk, chance.randrange(_MOST_LEFT))
            for n in range(cell, cell + _EACH):
                session.annotate(pair, f"cell {n}", _cell(session, n), Paint(code_of(n)))
            cell += _EACH
            try:
                session.flush(20)
                found["had_room_after_all"] += 1
            except ThaliaError as error:
                found["refused"] += 1
                found["said_that_the_disk_is_full"] += "the disk is full" in str(error)
                found["lost"] += not session.dirty
            found["lost"] += _not_in_view(session, pair, cell)
            filler.unlink()
            session.flush(60)
            found["lost"] += _not_on_disk(copy, pair, cell)
        session.close()
        history = History(CubeStore.open(copy).sidecar / "journal")
        history.refresh()
        found["edits"], found["steps"] = cell, len(history.steps())
        found["lost"] += cell - len(history.steps())
        found["damaged_lines"], found["open_records"] = history.damaged, len(history.unapplied())
        found["left_behind"] = len(list(copy.rglob("*.partial")))
    return dict(found)


def _cell(session: EditSession, cell: int) -> Shape | None:
    row, col = place(cell, session.cube.geometry.cols, CELL)
    corners = [(row, col), (row, col + CELL), (row + CELL, col + CELL), (row + CELL, col)]
    return polygon(corners, session.cube.geometry.shape)


def _not_in_view(session: EditSession, pair, cells: int) -> int:
    plane = session.masks(pair).activity
    return _wrong(plane, session.cube.geometry.cols, cells)


def _not_on_disk(cube: Path, pair, cells: int) -> int:
    store = CubeStore.open(cube)
    return _wrong(store.read_plane("activity_type_mask", pair), store.geometry.cols, cells)


def _wrong(plane, cols: int, cells: int) -> int:
    places = [place(cell, cols, CELL) for cell in range(cells)]
    return sum(
        bool((plane[row : row + CELL, col : col + CELL] != code_of(cell)).any())
        for cell, (row, col) in enumerate(places)
    )


def _fill(disk: Path, left: int) -> Path:
    """Write until nothing more goes in, to the last byte, then give so many bytes back."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for block in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(b"\0" * block)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
        if left:
            os.ftruncate(file.fileno(), max(file.tell() - left, 0))
    return filler


@contextlib.contextmanager
def _mounted(folder: Path, size: int) -> Iterator[Path | None]:
    """A file system in memory; None where this user may not mount one."""
    disk = folder / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)]
    try:
        done = subprocess.run(words, capture_output=True, check=False).returncode == 0
    except OSError:
        done = False
    try:
        yield disk if done else None
    finally:
        for _ in range(50 if done else 0):
            if subprocess.run(["umount", str(disk)], check=False).returncode == 0:
                break
            time.sleep(0.1)
