"""Append-only files in which every edit is durable before it is acknowledged.

One file per writer, ``<frame>.thalia/journal/<who>@<host>-<n>.journal``; a writer holds a
lock of its file (``cube.locking``), so a file without a holder belongs to nobody or to a writer
that died. No file is ever shared by two writers at once, which makes appending safe on network
shares too.
"""

import os
import re
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from thalia_core.annotate.records import Line, Record, from_line, to_line
from thalia_core.cube.durable import make_folder, sync_folder
from thalia_core.cube.locking import ProcessLock
from thalia_core.errors import EditError

_ENDING = ".journal"
_LONGEST = 40
"""Characters of a name that a file name has room for in any script; records keep it whole."""


class Journal:
    """The file this process appends to; made by :meth:`claim`."""

    def __init__(self, path: Path, lock: ProcessLock) -> None:
        self.path = path
        self._lock = lock
        fresh = not path.exists()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        self._size = self._drop_torn_tail()
        if fresh:
            sync_folder(path.parent)

    @classmethod
    def claim(cls, folder: Path, who: str) -> "Journal":
        """Take the first file of ours that no living writer holds, or begin a new one.

        Raises:
            EditError: The folder cannot be written.
        """
        name = re.sub(r"[^\w.-]+", "_", f"{(who or 'unknown')[:_LONGEST]}@{socket.gethostname()}")
        try:
            make_folder(folder)
            number = 1
            while True:
                path = folder / f"{name}-{number}{_ENDING}"
                lock = _lock_of(path, who)
                if lock.attempt():
                    return cls(path, lock)
                number += 1
        except OSError as error:
            raise EditError(
                "cannot write the journal",
                where=folder,
                why=error.strerror or str(error),
                fix="check the disk's space and permissions",
            ) from error

    def append(self, record: Record) -> None:
        """Write a record; it is on the disk when this returns.

        Raises:
            OSError: The disk refused; the record is not there.
        """
        self._drop_failed()
        line = memoryview(to_line(record))
        size = self._size + len(line)
        try:
            while line:
                line = line[os.write(self._file, line) :]
            os.fsync(self._file)
        except OSError:
            with suppress(OSError):  # as on a share that went away: then before the next record
                self._drop_failed()
            raise
        self._size = size

    def close(self) -> None:
        """Give the file back."""
        os.close(self._file)
        self._lock.release()

    def _drop_failed(self) -> None:
        """What a refused record left must not stand before the next one."""
        if os.fstat(self._file).st_size != self._size:
            os.ftruncate(self._file, self._size)

    def _drop_torn_tail(self) -> int:
        """A crash may leave half a line: cut it off. Returns the size of the whole lines."""
        with self.path.open("rb") as file:
            data = file.read()
        whole = data.rfind(b"\n") + 1
        if whole != len(data):
            os.ftruncate(self._file, whole)
            os.fsync(self._file)
        return whole


@dataclass(frozen=True, slots=True)
class Entry:
    """A line and the file it stands in."""

    path: Path
    line: Line


class JournalReader:
    """All journals of a cube; each call of :meth:`new` returns what came since the last."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._offsets: dict[Path, int] = {}
        self.damaged = 0

    def new(self) -> list[Entry]:
        """Whole, sound lines appended since the last call, by any writer. A torn tail waits."""
        entries = []
        paths = sorted(self._folder.glob(f"*{_ENDING}")) if self._folder.is_dir() else []
        for path in paths:
            with path.open("rb") as file:
                file.seek(self._offsets.get(path, 0))
                data = file.read()
            whole = data.rfind(b"\n") + 1
            self._offsets[path] = self._offsets.get(path, 0) + whole
            for raw in data[:whole].splitlines(keepends=True):
                line = from_line(raw)
                if line is None:
                    self.damaged += 1
                else:
                    entries.append(Entry(path, line))
        return entries


def abandoned(path: Path) -> bool:
    """Whether no living writer holds the file."""
    return _lock_of(path).abandoned()


def _lock_of(path: Path, who: str = "") -> ProcessLock:
    return ProcessLock(path.with_suffix(".lock"), who, kept=2)
