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
        self._file = self._open()
        self._broken = False
        self._drop_torn_tail()
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
        self.append_line(to_line(record))

    def append_line(self, line: bytes) -> None:
        """Write a whole line of ``records``, or several; on the disk when this returns.

        Raises:
            OSError: The disk refused; the file is as it was before.
        """
        if self._broken:
            self._mend()
        rest, size = memoryview(line), -1
        try:
            size = os.fstat(self._file).st_size
            while rest:
                rest = rest[os.write(self._file, rest) :]
            os.fsync(self._file)
        except OSError:
            self._broken = True
            if size >= 0:
                with suppress(OSError):  # where that fails, the torn line goes before the next
                    os.ftruncate(self._file, size)
            raise

    def close(self) -> None:
        """Give the file back."""
        with suppress(OSError):  # of a share that is gone
            os.close(self._file)
        self._lock.release()

    def _open(self) -> int:
        return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)

    def _mend(self) -> None:
        """After a failure the old descriptor may belong to a share that is gone: take another."""
        with suppress(OSError):
            os.close(self._file)
        self._file = -1  # nobody's, where the next line fails
        self._file = self._open()
        self._drop_torn_tail()
        self._broken = False

    def _drop_torn_tail(self) -> None:
        """A crash may leave half a line; whole lines after the last line break never exist."""
        with self.path.open("rb") as file:
            data = file.read()
        whole = data.rfind(b"\n") + 1
        if whole != len(data):
            os.ftruncate(self._file, whole)
            os.fsync(self._file)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line stands: the file, its first byte, and how many there are."""

    path: Path
    offset: int
    length: int

    def read(self) -> Line:
        """The line, read again.

        Raises:
            EditError: It is not there any more.
        """
        try:
            with self.path.open("rb") as file:
                file.seek(self.offset)
                line = from_line(file.read(self.length))
            why = "the line is damaged"
        except OSError as error:
            line, why = None, error.strerror or str(error)
        if line is None:
            fix = "bring the folder of the cube back; nothing was changed"
            raise EditError("cannot read the history", where=self.path, why=why, fix=fix)
        return line


@dataclass(frozen=True, slots=True)
class Entry:
    """A line without its pixels, which are read when they are wanted, and where it stands."""

    line: Line
    place: Place


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
            at = self._offsets.get(path, 0)
            with path.open("rb") as file:
                file.seek(at)
                for raw in file:  # line by line: a long history never is in memory whole
                    if not raw.endswith(b"\n"):
                        break
                    line = from_line(raw)
                    if line is None:
                        self.damaged += 1
                    else:
                        bare = Line(line.header, "")
                        entries.append(Entry(bare, Place(path, at, len(raw))))
                    at += len(raw)
            self._offsets[path] = at
        return entries


def abandoned(path: Path) -> bool:
    """Whether no living writer holds the file."""
    return _lock_of(path).abandoned()


def _lock_of(path: Path, who: str = "") -> ProcessLock:
    return ProcessLock(path.with_suffix(".lock"), who, kept=2)
