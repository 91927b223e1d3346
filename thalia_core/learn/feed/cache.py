"""The crop cache: planes that were read once, kept for the next runs, within bounds.

One folder for each cube and decimation. A run holds those it uses; when the cache grows beyond its
bound, those that were not used for longest, and that no run holds, go first. Files in it are whole
or absent, and named by what they hold: a run that was killed goes on where it was.
"""

import os
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from thalia_core.jobs.oslock import lock_file

_LOCK = "in-use"
_POLL_S, _PATIENCE_S = 0.05, 60.0


class CropCache:
    """A folder of planes. Use it as a context: what is held is let go at its end.

    Args:
        folder: Where it lies.
        limit_gb: What it may take, in 10^9 bytes.
    """

    def __init__(self, folder: Path, limit_gb: float) -> None:
        self.folder = folder
        self._limit = limit_gb * 1e9
        self._held: dict[Path, IO[bytes]] = {}

    def __enter__(self) -> "CropCache":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._held.values():
            file.close()
        self._held.clear()

    def hold(self, places: Sequence[Path]) -> None:
        """Keep folders of the cache from being cleared away; they are made where they are not."""
        for place in places:
            if place not in self._held:
                self._held[place] = _hold(place)

    def clear(self) -> int:
        """Remove what was not used for longest until the cache is within its bound.

        Returns:
            Bytes that it takes now; more than the bound where runs hold more.
        """
        used = {place: _used(place) for place in self.folder.glob("*")}
        places = sorted((at, place) for place, at in used.items() if at is not None)
        sizes = {place: _size(place) for _, place in places}
        total = sum(sizes.values())
        for _, place in places:
            if total <= self._limit:
                break
            if place not in self._held and _remove(place):
                total -= sizes[place]
        return total


def _hold(place: Path) -> IO[bytes]:
    """Lock a folder against removal; made where it is not there, and anew where it is just going.

    Where a lock cannot be shared (Windows), another run that holds it keeps the folder as well.
    """
    until = time.monotonic() + _PATIENCE_S
    while True:
        place.mkdir(parents=True, exist_ok=True)
        try:
            file = (place / _LOCK).open("a+b")
        except FileNotFoundError:
            continue  # it went in between
        locked = lock_file(file, shared=True)
        if (locked and _is(file, place / _LOCK)) or time.monotonic() > until:
            (place / _LOCK).touch()  # used now
            return file
        file.close()  # it is being removed, or was: the next one is another folder
        time.sleep(_POLL_S)


def _is(file: IO[bytes], path: Path) -> bool:
    """Whether an open file is still the one of that name."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _used(place: Path) -> float | None:
    """When a folder of the cache was last used; None for what is none, or is gone."""
    try:
        return (place / _LOCK).stat().st_mtime
    except OSError:
        return None


def _size(place: Path) -> int:
    """Bytes of the files of a folder; what goes meanwhile takes none."""
    total = 0
    with suppress(FileNotFoundError):
        for path in place.iterdir():
            with suppress(FileNotFoundError):
                total += path.stat().st_size
    return total


def _remove(place: Path) -> bool:
    """Remove a folder that no run holds; whether it is gone."""
    try:
        with (place / _LOCK).open("a+b") as file:
            if not lock_file(file):
                return False
            shutil.rmtree(place, ignore_errors=True)
    except OSError:
        return False
    return not place.exists()
