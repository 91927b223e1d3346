"""What stands in for a network share: no locks, late listings, delays, failures, reordered writes.

The real code runs on real files; only the calls of the operating system are replaced, in this
process or, by :data:`PRELUDE`, in a child.
"""

import errno
import fcntl
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PRELUDE = """
import errno, fcntl, os, sys
sys.path.insert(0, os.environ["THALIA_TESTS"])
from support import shares
"""
"""First lines of a child's program; it sees this module as ``shares``."""


def child_environment() -> dict[str, str]:
    """Lets a child import this module."""
    return {**os.environ, "THALIA_TESTS": str(Path(__file__).parents[1])}


def without_locks(code: int = errno.ENOLCK) -> Callable[..., None]:
    """What stands in for ``fcntl.flock`` on a mount without locks."""

    def flock(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    return flock


def drop_locks(code: int = errno.ENOLCK) -> None:
    """For a child: it has no locks of the operating system."""
    fcntl.flock = without_locks(code)


def local_locks(owner: str) -> None:
    """For a child: its locks reach no further than its own machine, as on NFS with local locks."""
    flock, opened = fcntl.flock, os.open

    def own(path: Any, *rest: Any, **options: Any) -> int:
        name = str(path)
        return opened(f"{name}.{owner}.lock" if _is_lock(name) else path, *rest, **options)

    os.open, fcntl.flock = own, flock


def _is_lock(name: str) -> bool:
    return name.endswith((".thalia/lock", "/shared", ".lock")) and ".lease-" not in name


class Share:
    """Writes that fail, come late, or are seen before their bytes are there.

    ``fail`` names the errors to raise, each with its chance of 0 to 1 for a write; ``seed`` makes
    it repeat. ``torn`` is the chance that a rename is seen before its data: the file is there, cut
    short, for ``delay_s``. ``late`` is the chance that a folder is listed as it was before.
    """

    def __init__(
        self,
        patch: pytest.MonkeyPatch,
        *,
        seed: int,
        fail: dict[int, float] | None = None,
        torn: float = 0.0,
        late: float = 0.0,
        delay_s: float = 0.0,
    ) -> None:
        self.fail = dict(fail or {})
        self.torn, self.late, self.delay_s = torn, late, delay_s
        self.failures = self.delays = self.tears = self.lags = 0
        self._chance = random.Random(seed)
        self._listed: dict[str, list[str]] = {}
        self._real = (os.fsync, os.write, Path.replace, os.listdir)
        patch.setattr(os, "fsync", self._fsync)
        patch.setattr(os, "write", self._write)
        patch.setattr(Path, "replace", self._replace_of())
        patch.setattr(os, "listdir", self._listdir)

    def heal(self) -> None:
        """From now on it does as it is told."""
        self.fail.clear()
        self.torn = self.late = self.delay_s = 0.0

    def _hit(self, chance: float) -> bool:
        return chance > 0 and self._chance.random() < chance

    def _trouble(self) -> None:
        if self.delay_s:
            self.delays += 1
            time.sleep(self._chance.uniform(0, self.delay_s))
        for code, chance in list(self.fail.items()):
            if self._hit(chance):
                self.failures += 1
                raise OSError(code, os.strerror(code))

    def _fsync(self, file: int) -> None:
        self._trouble()
        self._real[0](file)

    def _write(self, file: int, data: Any) -> int:
        """A write that fails may have written a part."""
        try:
            self._trouble()
        except OSError:
            self._real[1](file, bytes(data)[: len(data) // 2])
            raise
        return self._real[1](file, data)

    def _replace_of(share) -> Callable[[Path, Path], Path]:
        def replace(path: Path, target: Path) -> Path:
            share._trouble()
            if share._hit(share.torn):
                share.tears += 1
                whole = path.read_bytes()
                target.write_bytes(whole[: len(whole) // 2])
                time.sleep(share.delay_s)
            return share._real[2](path, target)

        return replace

    def _listdir(self, folder: Any = ".") -> list[str]:
        """A folder as it is, or as it was when it was listed last."""
        now, key = self._real[3](folder), str(folder)
        if key in self._listed and self._hit(self.late):
            self.lags += 1
            return self._listed[key]
        self._listed[key] = now
        return now


@contextmanager
def share(**options: Any) -> Iterator[Share]:
    """A share for as long as the block lasts."""
    with pytest.MonkeyPatch.context() as patch:
        yield Share(patch, **options)
