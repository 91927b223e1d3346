"""Locks made of files alone, for shares whose file system knows no locks.

A lock ``<name>`` is a row of files ``.<name>.lease-1``, ``-2`` and so on; whoever makes the newest
one holds it. Making a file that must not exist yet is the one thing that every file system does for
one process only. A lease is never taken away from its holder: it is succeeded by the next number,
and numbers are not used twice, so two that judge one lease to be over cannot both succeed it, and a
holder that was away finds that it was succeeded (:meth:`Lease.lost`).

The holder writes into its file every two seconds. A lease is over when its holder says so, when its
process is gone (told on its own machine only), or when one who waits has seen for 15 seconds, by a
clock of its own and looking all the while, that nothing was written: no two clocks are compared.
"""

import json
import os
import re
import secrets
import socket
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from thalia_core.jobs.oslock import alive, process_start

BEAT_S = 2.0
SILENCE_S = 15.0
_LONG_SILENCE_S = 60.0
_GLANCE_S = 1.0
KEPT = 64
"""Old leases stay for a while: a share may list its folders late, and their numbers are taken."""
_SIZE = 1024
"""Bytes of a lease: always the same, so that writing into it needs no room on a full disk."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who made a lease.

    Attributes:
        by: Name of the person; may be empty.
        host: Name of the machine.
        machine: What tells a machine, its boot and its container from another of that name.
        pid: Number of the process.
        started: When the process began, in the system's words.
        token: Unique.
        beat: How often it was written.
        free: Whether it was given back.
    """

    by: str
    host: str
    machine: str
    pid: int
    started: str
    token: str
    beat: int = 0
    free: bool = False

    def __str__(self) -> str:
        return f"{self.by or 'somebody'} on {self.host} (process {self.pid})"


class Lease:
    """One lock, seen from one process. Not reentrant; any thread.

    Args:
        path: The lock; its leases lie beside it.
        by: Who wants it, for messages.
        kept: How many old ones stay.
    """

    def __init__(self, path: Path, by: str = "", kept: int = KEPT) -> None:
        self._folder = path.parent
        self._prefix = f".{path.name}.lease-"
        self._by = by
        self._kept = kept
        self._number = 0
        self._beats = 0
        self._token = ""
        self._seen: tuple[int, bytes, float, float] | None = None
        self._writing = threading.Lock()

    def attempt(self) -> bool:
        """Take it, if nobody has it; True when it is ours.

        Raises:
            OSError: The folder cannot be written.
        """
        newest = self.newest()
        if newest and not self._over(newest, self._content(newest)):
            return False
        mine = newest + 1
        self._token, self._beats = secrets.token_hex(8), 0
        _held.add(self)  # first: to this process a lease of its own that is not here is over
        try:
            taken = self._make(mine)
        except BaseException:
            _held.drop(self)
            raise
        if not taken:
            _held.drop(self)
            return False
        self._number = mine
        self._sweep(mine)
        return True

    def release(self) -> None:
        """Give it back; one that was lost meanwhile is no error."""
        number, self._number = self._number, 0
        if number:
            _held.drop(self)
            with self._writing, suppress(OSError):  # an unreachable share: silence says it too
                self._put(number, free=True)

    @property
    def token(self) -> str:
        """What tells this lease from others."""
        return self._token

    @property
    def number(self) -> int:
        """Its number; 0 when it is not held."""
        return self._number

    def newest(self) -> int:
        """The largest number; 0 when there is no lease at all."""
        newest = max(self._numbers(), default=0)
        while self._file(newest + 1).exists():  # a share may list it later than it gives it
            newest += 1
        return newest

    def lost(self) -> bool:
        """Whether somebody took it for abandoned and has succeeded us."""
        return not self._number or self.newest() > self._number

    def holder(self) -> Holder | None:
        """Who has it, as far as can be told."""
        newest = self.newest()
        found = _parsed(self._content(newest)) if newest else None
        return None if found is None or found.free else found

    def abandoned(self) -> bool:
        """Whether its holder is gone, at one look.

        Silence is told by the clock of the file system, from what else was written in the folder.
        It is a guess where that has no clock of its own: never take what is another's on it.
        """
        newest = self.newest()
        if not newest:
            return True
        gone = self._gone(_parsed(self._content(newest)))
        if gone is not None:
            return gone
        try:
            written = self._file(newest).stat().st_mtime
            latest = max(path.stat().st_mtime for path in self._folder.glob(".*.lease-*"))
        except (OSError, ValueError):
            return False
        return latest - written > _LONG_SILENCE_S

    def beat(self) -> None:
        """Show that we are still there."""
        with self._writing:
            if self._number:
                self._beats += 1
                self._put(self._number, free=False)

    def _make(self, number: int) -> bool:
        """Make the lease of a number; False when it is not ours after all."""
        path = self._file(number)
        try:
            file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        except FileExistsError:
            return False
        try:
            try:
                _write(file, self._line(free=False))
            finally:
                os.close(file)
        except OSError:
            path.unlink(missing_ok=True)
            raise
        if self.newest() > number:  # what we had seen was long out of date
            path.unlink(missing_ok=True)
            return False
        return True

    def _over(self, number: int, content: bytes) -> bool:
        gone = self._gone(_parsed(content))
        if gone is not None:
            return gone
        now, silent = steady(), 0.0
        if self._seen is not None and self._seen[:2] == (number, content):
            # a machine that slept looked once, however long it was away
            silent = self._seen[2] + min(now - self._seen[3], _GLANCE_S)
        self._seen = (number, content, silent, now)
        return silent > SILENCE_S

    @staticmethod
    def _gone(holder: Holder | None) -> bool | None:
        """Whether the lease is over; None where only its silence can tell."""
        if holder is None:
            return None
        if holder.free:
            return True
        if holder.machine != machine():
            return None
        if holder.pid == os.getpid():
            return not _held.has(holder.token)
        living = alive(holder.pid, holder.started)
        return None if living is None else not living

    def _numbers(self) -> list[int]:
        pattern = re.compile(re.escape(self._prefix) + r"(\d+)")
        found = (pattern.fullmatch(name) for name in os.listdir(self._folder))
        return [int(match[1]) for match in found if match]

    def _sweep(self, mine: int) -> None:
        for number in self._numbers():
            if number < mine - self._kept:
                with suppress(OSError):
                    self._file(number).unlink(missing_ok=True)

    def _file(self, number: int) -> Path:
        return self._folder / f"{self._prefix}{number}"

    def _content(self, number: int) -> bytes:
        try:
            return self._file(number).read_bytes()
        except OSError:  # unreadable for the moment: nothing is known about it
            return b""

    def _put(self, number: int, *, free: bool) -> None:
        file = os.open(self._file(number), os.O_WRONLY)  # never made anew: its number is spent
        try:
            _write(file, self._line(free=free))
        finally:
            os.close(file)

    def _line(self, *, free: bool) -> bytes:
        pid = os.getpid()
        holder = Holder(
            self._by[:40],
            socket.gethostname()[:60],
            machine(),
            pid,
            _started(pid),
            self._token,
            self._beats,
            free,
        )
        told = json.dumps(asdict(holder), ensure_ascii=False)
        # a name that is no text becomes an escape, which JSON reads back
        return told.encode(errors="backslashreplace").ljust(_SIZE)[:_SIZE]


class _Held:
    """The leases of this process, and the thread that writes into them."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin with nothing, as a fork does, which has neither its parent's locks nor threads."""
        self._leases: set[Lease] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, lease: Lease) -> None:
        with self._changed:
            self._leases.add(lease)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="thalia-lease", daemon=True)
                self._thread.start()

    def drop(self, lease: Lease) -> None:
        with self._changed:
            self._leases.discard(lease)
            if self._leases:
                return
            thread, self._thread = self._thread, None
            self._changed.notify_all()
        if thread is not None:
            thread.join(BEAT_S)

    def has(self, token: str) -> bool:
        with self._changed:
            return any(lease.token == token for lease in self._leases)

    def _run(self) -> None:
        me = threading.current_thread()
        while True:
            with self._changed:
                if self._changed.wait_for(lambda: self._thread is not me, BEAT_S):
                    return
                leases = list(self._leases)
            for lease in leases:
                with suppress(OSError):  # the next beat, or a waiting one's patience, settles it
                    lease.beat()


_held = _Held()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_held.forget)


def steady() -> float:
    """Seconds that go on while the machine sleeps and that nobody can set."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


@lru_cache(maxsize=1)
def machine() -> str:
    """What tells this machine, since it was started, from others; containers count for each."""
    told = [socket.gethostname()[:60]]
    with suppress(OSError):
        told.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
    with suppress(OSError):
        told.append(os.readlink("/proc/self/ns/pid"))
    return " ".join(told)


@lru_cache(maxsize=2)
def _started(pid: int) -> str:
    return process_start(pid) or ""


def _write(file: int, line: bytes) -> None:
    if os.write(file, line) != len(line):
        raise OSError("a lease was written in part")


def _parsed(content: bytes) -> Holder | None:
    """None for a lease that is just being written."""
    try:
        return Holder(**json.loads(content))
    except (ValueError, TypeError):
        return None
