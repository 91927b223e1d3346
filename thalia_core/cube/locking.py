"""One writer at a time, on any file system and in any mixture of them.

Whoever takes a lock takes two: the operating system's, where the file system has one, then a lease
(``lease``), always. So a machine whose mount has no locks, or whose locks reach no further than
itself, is kept out by the lease of one that has them, and the other way round; programs from before
the leases are kept out by the operating system's lock wherever that works. What each adds: the
operating system's ends with its process, at once and on every machine; the lease needs nothing of
the file system, and ends at once on its own machine and after 15 silent seconds elsewhere.

A holder that sleeps longer than that may be succeeded. It learns of it before it writes again
(:meth:`ProcessLock.require`), not before a write that is on its way already.
"""

import errno
import os
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from thalia_core.cube.durable import make_folder
from thalia_core.cube.lease import KEPT, SILENCE_S, Holder, Lease, steady
from thalia_core.errors import LockedError
from thalia_core.jobs.oslock import lock_file

NO_LOCKS = frozenset(
    {
        errno.ENOLCK,
        errno.ENOSYS,
        errno.EOPNOTSUPP,
        errno.ENOTSUP,
        errno.EINVAL,
        errno.EBADF,  # NFS, for a file that another user made and that we may only read
        errno.EPROTONOSUPPORT,
    }
)
"""What file systems without locks answer."""
CUBE_LOCK = "lock"
"""File of the lock of a cube, in the folder beside it."""
_POLL_S = 0.01
_PATIENCE_S = 0.3
_SURE_S = 2.0
"""So long after a look nobody can have succeeded us."""
assert _SURE_S < SILENCE_S / 2


class Busy(Exception):
    """Another process has the lock; ``holder`` says which, where that is known."""

    def __init__(self, path: Path, holder: Holder | None) -> None:
        super().__init__(f"{path} is held by {holder or 'another process'}")
        self.holder = holder


class ProcessLock:
    """A lock between processes, of any thread; not reentrant.

    Args:
        path: Its file; what it protects is a matter of agreement.
        by: Who wants it, for messages.
        kept: How many old leases stay.
    """

    def __init__(self, path: Path, by: str = "", kept: int = KEPT) -> None:
        self.path = path
        self._lease = Lease(path, by, kept)
        self._native: IO[bytes] | None = None
        self._looked = 0.0
        self._had = 0

    def attempt(self) -> bool:
        """Take it now or let it be; True when it is ours.

        Nothing is taken for abandoned because it is silent: that needs patience.

        Raises:
            OSError: The folder cannot be written.
        """
        if self._take():
            return True
        self._drop_native()
        return False

    def acquire(self, timeout: float = -1.0) -> None:
        """Wait for it, for so many seconds or (negative) as long as it takes.

        Raises:
            Busy: Another process had it all the while.
            OSError: The folder cannot be written.
        """
        until = steady() + timeout
        self._give_way()
        wish = self.path.parent / f".{self.path.name}.wish-{secrets.token_hex(4)}"
        try:
            while not self._take():
                if timeout >= 0 and steady() >= until:
                    self._drop_native()
                    raise Busy(self.path, self._lease.holder())
                with suppress(OSError):  # a full disk: then without manners
                    wish.touch()
                time.sleep(_POLL_S * (1 + random.random()))
        finally:
            with suppress(OSError):
                wish.unlink(missing_ok=True)

    def release(self) -> None:
        """Give it back."""
        self._had = self._lease.number
        self._lease.release()
        self._drop_native()

    def __del__(self) -> None:
        """A lock that nobody can give back any more is given back."""
        self._lease.release()
        self._drop_native()

    def _give_way(self) -> None:
        """Who had it last lets those go first that wait: they only look now and then.

        A wish whose owner does not come is that of a process that died, and is removed.
        """
        if not self._had or self._had != self._lease.newest():
            return
        wishes = list(self.path.parent.glob(f".{self.path.name}.wish-*"))
        until = steady() + _PATIENCE_S
        while wishes and self._had == self._lease.newest():
            if steady() > until:
                for wish in wishes:
                    wish.unlink(missing_ok=True)
                return
            time.sleep(_POLL_S)

    def require(self) -> None:
        """Make sure that it is still ours; call it before each write.

        Raises:
            LockedError: We were away for so long that another process took it.
        """
        if steady() - self._looked < _SURE_S:
            return
        if self._lease.lost():
            raise LockedError(
                "the cube's lock was lost",
                where=self.path,
                why="this process stood still for so long that another one took over",
                fix="nothing was overwritten; the edit is tried again",
            )
        self._looked = steady()

    def abandoned(self) -> bool:
        """Whether no living process has it, as far as one look can tell."""
        if not self._take_native():
            return False
        self._drop_native()
        return self._lease.abandoned()

    def _take(self) -> bool:
        """Both locks; the operating system's is kept while the other one is waited for."""
        if self._native is None and not self._take_native():
            return False
        try:
            taken = self._lease.attempt()
        except BaseException:
            self._drop_native()
            raise
        if taken:
            self._looked = steady()
        return taken

    def _take_native(self) -> bool:
        """False while another process holds the operating system's lock."""
        try:
            number = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        except PermissionError:
            if not self.path.exists():
                raise
            number = os.open(self.path, os.O_RDONLY)  # another user's: reading is enough
        file = os.fdopen(number, "rb", buffering=0)
        try:
            taken = lock_file(file)
        except OSError as error:
            file.close()
            if error.errno not in NO_LOCKS:
                raise
            return True  # the lease alone must do
        if taken:
            self._native = file
        else:
            file.close()
        return taken

    def _drop_native(self) -> None:
        native, self._native = self._native, None
        if native is not None:
            native.close()


class CubeLock:
    """The lock of a cube: a thread that has it may take it again.

    Args:
        path: Its file.
        timeout: Seconds to wait; negative without end.
        by: Who wants it, for messages.
    """

    def __init__(self, path: Path, timeout: float = -1.0, by: str = "") -> None:
        self.timeout = timeout
        self._lock = ProcessLock(path, by)
        self._thread = threading.RLock()
        self._depth = 0

    def acquire(self) -> None:
        """Wait for it.

        Raises:
            Busy: Another process, or thread, had it all the while.
            OSError: The folder cannot be written.
        """
        if not self._thread.acquire(timeout=self.timeout if self.timeout >= 0 else -1):
            raise Busy(self._lock.path, None)
        try:
            if not self._depth:
                self._lock.acquire(self.timeout)
            self._depth += 1
        except BaseException:
            self._thread.release()
            raise

    def release(self) -> None:
        """Give it back; the same thread that took it."""
        self._depth -= 1
        try:
            if not self._depth:
                self._lock.release()
        finally:
            self._thread.release()

    @contextmanager
    def held(self, cube: Path) -> Iterator[None]:
        """Hold it; the cube is named where it was not to be had.

        Raises:
            LockedError: Another process, or thread, had it for too long.
            OSError: The folder cannot be written.
        """
        try:
            self.acquire()
        except Busy as busy:
            raise _locked_out(cube, busy, self.timeout) from busy
        try:
            yield
        finally:
            self.release()

    @property
    def require(self) -> Callable[[], None]:
        """Makes sure that the lock is still ours: see :meth:`ProcessLock.require`."""
        return self._lock.require


@contextmanager
def cube_locked(sidecar: Path, cube: Path, timeout: float) -> Iterator[None]:
    """Hold the lock that edits of a cube take.

    Raises:
        LockedError: Another process held it for too long.
    """
    make_folder(sidecar)
    with CubeLock(sidecar / CUBE_LOCK, timeout).held(cube):
        yield


def _locked_out(cube: Path, busy: Busy, seconds: float) -> LockedError:
    """What a person is told when a cube's lock was not to be had."""
    who = "" if busy.holder is None else f" by {busy.holder}"
    return LockedError(
        "another process is writing to this cube",
        where=cube,
        why=f"its lock was held{who} for {seconds:g} s",
        fix="try again when it has finished",
    )
