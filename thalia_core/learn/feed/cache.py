"""The crop cache: planes that were read once, kept for the next runs, within bounds.

One folder for each cube and decimation. A run holds those it uses; when the cache grows beyond its
bound, those that were not used for longest, and that no run holds, go first. Files in it are whole
or absent, and named by what they hold: a run that was killed goes on where it was.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

from thalia_core.jobs.oslock import lock_file

_LOCK = "in-use"


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
                place.mkdir(parents=True, exist_ok=True)
                file = (place / _LOCK).open("a+b")
                lock_file(file, shared=True)  # where it cannot be shared, another run holds it
                (place / _LOCK).touch()  # used now
                self._held[place] = file

    def clear(self) -> int:
        """Remove what was not used for longest until the cache is within its bound.

        Returns:
            Bytes that it takes now; more than the bound where runs hold more.
        """
        places = [place for place in self.folder.glob("*") if (place / _LOCK).exists()]
        sizes = {place: _size(place) for place in places}
        total = sum(sizes.values())
        for place in sorted(places, key=lambda p: (p / _LOCK).stat().st_mtime):
            if total <= self._limit:
                break
            if place not in self._held and _remove(place):
                total -= sizes[place]
        return total


def _size(place: Path) -> int:
    """Bytes of the files of a folder; those that go meanwhile take none."""
    total = 0
    for path in place.iterdir():
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue
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
