"""What an archive holds: its frames, and all their pairs with labels, opened at once from an index.

The index is one file in the folder of the cubes. It is never the truth: what has changed since it
was written is read again at each opening, and without it everything is. It may be removed at any
time.

    catalogue = Catalogue.open(folder)
    for row in np.flatnonzero(catalogue.pairs.positive & catalogue.pairs.labelled):
        print(catalogue.frame_of(row).frame, catalogue.pairs.pair(row))
"""

import hashlib
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thalia_core.archive.entries import FrameEntry, cube_paths
from thalia_core.archive.index import NAME, NoIndexError, pack, unpack
from thalia_core.archive.reading import Block, read_block
from thalia_core.archive.signature import Signature, sign
from thalia_core.archive.table import PairTable
from thalia_core.cube.durable import write_bytes
from thalia_core.jobs.pool import HERE, Pool
from thalia_core.progress import Event, Step

__all__ = ["Catalogue", "FrameEntry", "cube_paths", "scan"]

_THREADS = 8
"""Looking at files of a network disk is waiting."""


@dataclass(frozen=True, eq=False)
class Catalogue:
    """An archive at the moment when it was looked at; a value that any thread may read.

    Attributes:
        path: What was opened: the folder of the cubes, or a single cube.
        frames: The cubes by name, broken ones with their problem.
        pairs: All their pairs.
    """

    path: Path
    frames: tuple[FrameEntry, ...]
    pairs: PairTable
    signatures: tuple[Signature | None, ...]

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        pool: Pool = HERE,
        tell: Callable[[Event], None] | None = None,
    ) -> "Catalogue":
        """Look at an archive; only cubes that changed since the last time are read.

        Args:
            path: A folder of cubes. A single cube is read and nothing is written.
            pool: Where cubes are read.
            tell: Is told how many of them are done.

        Raises:
            CubeError: No such path, or no cube in it.
        """
        path = Path(path)
        if cube_paths(path) == [path]:
            return _assembled(path, [read_block(path)])
        before = _load(path)
        now = before.refreshed(pool=pool, tell=tell)
        if now is not before:
            _save(now)
        return now

    def refreshed(
        self, *, pool: Pool = HERE, tell: Callable[[Event], None] | None = None
    ) -> "Catalogue":
        """Look again; the same object when nothing has changed. Writes nothing.

        Raises:
            CubeError: The folder is gone, or holds no cube any more.
        """
        paths = cube_paths(self.path)
        numbers = {entry.path: number for number, entry in enumerate(self.frames)}
        with ThreadPoolExecutor(_THREADS) as threads:
            seen = dict(zip(paths, threads.map(_seen, paths), strict=True))
        stale = [path for path in paths if not self._holds(numbers.get(path), seen[path])]
        read: dict[Path, Block] = {}
        for index, block in pool.map(read_block, stale):
            read[stale[index]] = block
            if tell is not None:
                tell(Step(len(read), len(stale)))
        same = paths == [entry.path for entry in self.frames]
        if same and all(self._is_broken_as_before(numbers[p], b) for p, b in read.items()):
            return self
        blocks = [read[path] if path in read else self._block(numbers[path]) for path in paths]
        return _assembled(self.path, blocks)

    def frame_of(self, row: int) -> FrameEntry:
        """The frame of a pair."""
        return self.frames[int(self.pairs.frame[row])]

    def coherence(self, cube: Path) -> NDArray[np.float32] | None:
        """(n,) Mean coherence of the pairs of the frame at that path; None for no such frame."""
        number = next((n for n, entry in enumerate(self.frames) if entry.path == cube), None)
        if number is None:
            return None
        column: NDArray[np.float32] = self.pairs.numbers["coherence"]
        return column[self.pairs.rows_of(number)]

    def _holds(self, number: int | None, seen: Signature | None) -> bool:
        """Whether a frame is as it was when it was read, for certain."""
        if number is None or seen is None or seen.young:
            return False
        return self.signatures[number] == seen

    def _is_broken_as_before(self, number: int, block: Block) -> bool:
        return block.signature is None and block.entry == self.frames[number]

    def _block(self, number: int) -> Block:
        rows = self.pairs.rows_of(number)
        table = self.pairs.part(rows.start, rows.stop)
        return Block(self.frames[number], table, self.signatures[number])


def scan(path: Path) -> list[FrameEntry]:
    """All cubes at ``path``, sorted by name.

    Raises:
        CubeError: No such path, or no cube in it.
    """
    return list(Catalogue.open(path).frames)


def _seen(path: Path) -> Signature | None:
    try:
        return sign(path)
    except OSError:  # reading it will say why
        return None


def _assembled(path: Path, blocks: Sequence[Block]) -> Catalogue:
    return Catalogue(
        path,
        tuple(block.entry for block in blocks),
        PairTable.join([block.table for block in blocks]),
        tuple(block.signature for block in blocks),
    )


def _load(folder: Path) -> Catalogue:
    """The newest index that can be used, else an empty catalogue."""
    files = [path for path in _places(folder) if path.is_file()]
    for path in sorted(files, key=_time, reverse=True):
        try:
            frames, pairs = unpack(path.read_bytes(), folder)
        except (OSError, NoIndexError):
            continue
        entries, signatures = zip(*frames, strict=True) if frames else ((), ())
        return Catalogue(folder, tuple(entries), pairs, tuple(signatures))
    return _assembled(folder, [])


def _save(catalogue: Catalogue) -> None:
    """Keep it beside the cubes, else among the user's caches, else not at all."""
    data = pack(catalogue.frames, catalogue.signatures, catalogue.pairs)
    for path in _places(catalogue.path):
        try:
            write_bytes(path, data)
            return
        except OSError:
            continue


def _places(folder: Path) -> tuple[Path, Path]:
    name = hashlib.blake2b(os.path.realpath(folder).encode(), digest_size=8).hexdigest()
    return folder / NAME, _caches() / "thalia" / f"{name}.catalogue"


def _caches() -> Path:
    """Where programs keep what can be made again."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _time(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
