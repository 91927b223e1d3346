"""Decoded planes in memory, bounded in bytes, newest kept."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from numpy.typing import NDArray


class PlaneCache:
    """A thread-safe least-recently-used cache of arrays.

    Args:
        max_bytes: Bound of what is kept; a plane larger than that is handed through, not kept.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._planes: OrderedDict[Hashable, NDArray[Any]] = OrderedDict()
        self._bytes = 0
        self._forgotten = 0
        self._lock = threading.Lock()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._planes

    @property
    def nbytes(self) -> int:
        """Bytes kept now."""
        return self._bytes

    def get(self, key: Hashable, read: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """The plane under ``key``, read when it is not there; frozen, copy to change it."""
        with self._lock:
            if key in self._planes:
                self._planes.move_to_end(key)
                return self._planes[key]
            forgotten = self._forgotten
        plane = read()
        plane.flags.writeable = False
        with self._lock:
            # What was forgotten meanwhile may be what this plane was made of.
            current = forgotten == self._forgotten
            if current and key not in self._planes and plane.nbytes <= self.max_bytes:
                self._planes[key] = plane
                self._bytes += plane.nbytes
                while self._bytes > self.max_bytes:
                    self._bytes -= self._planes.popitem(last=False)[1].nbytes
        return plane

    def forget(self, matches: Callable[[Hashable], bool]) -> None:
        """Drop the planes whose key matches; what is being read now is not kept either."""
        with self._lock:
            self._forgotten += 1
            for key in [key for key in self._planes if matches(key)]:
                self._bytes -= self._planes.pop(key).nbytes
