"""Work off the main thread, answers on it: of each name only the newest request is answered."""

import sys
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

_TURN_S = 0.001
"""For so long a thread keeps the interpreter while the main thread waits for it. Python's own 5 ms
are too long: the main thread gives it away at many calls of Qt, and waits each time."""
Work = Callable[[], Any]
Show = Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class _Request:
    """One piece of work and who wants its answer; ``name`` is empty where every answer counts."""

    number: int
    name: str
    work: Work
    show: Show | None
    failed: Callable[[BaseException], None] | None


@dataclass(frozen=True, slots=True)
class _Answer:
    request: _Request
    value: Any
    error: BaseException | None


class Tasks(QObject):
    """Runs callables on a few threads and hands their results to the main thread.

    Threads only compute: every callback given here runs where this object lives.

    Args:
        parent: Owner.
        workers: Number of threads; reads release the GIL while they decode.
    """

    failed = Signal(object)
    """An exception that no caller asked for."""
    busy_changed = Signal(bool)
    """Whether a request (not read-ahead) is under way."""
    ahead_changed = Signal(int, int)
    """Read-ahead: (done, asked for)."""
    _arrived = Signal(object)

    def __init__(self, parent: QObject | None = None, workers: int = 3) -> None:
        super().__init__(parent)
        sys.setswitchinterval(_TURN_S)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="thalia-read")
        self._number = 0
        self._newest: dict[str, int] = {}
        self._futures: dict[int, Future[None]] = {}
        self._by_name: dict[str, int] = {}
        self._ahead: deque[Work] = deque()
        self._ahead_total = 0
        self._ahead_running = 0
        self._closed = False
        self._arrived.connect(self._deliver)

    @property
    def busy(self) -> bool:
        """Whether a request is waiting for its answer."""
        return bool(self._futures)

    def waiting(self, name: str) -> bool:
        """Whether the newest request of that name has not been answered yet."""
        return name in self._newest

    def latest(
        self,
        name: str,
        work: Work,
        show: Show,
        failed: Callable[[BaseException], None] | None = None,
    ) -> None:
        """Run ``work`` on a thread, then ``show`` its result, unless a newer request came.

        An older request of the same name is taken back if it has not begun; if it runs, its
        answer is dropped when it arrives.
        """
        self.drop(name)
        request = self._request(name, work, show, failed)
        self._newest[name] = request.number
        self._by_name[name] = request.number
        self._submit(request)

    def once(
        self,
        work: Work,
        show: Show | None = None,
        failed: Callable[[BaseException], None] | None = None,
    ) -> None:
        """Run ``work`` on a thread; every answer counts."""
        self._submit(self._request("", work, show, failed))

    def drop(self, name: str) -> None:
        """Forget the requests of that name."""
        self._newest.pop(name, None)
        old = self._by_name.pop(name, None)
        future = self._futures.get(old) if old is not None else None
        if old is not None and future is not None and future.cancel():
            del self._futures[old]

    def read_ahead(self, works: Iterable[Work]) -> None:
        """Replace what is done while nothing else is; results and failures go nowhere."""
        self._ahead = deque(works)
        self._ahead_total = len(self._ahead)
        self._next_ahead()

    def close(self) -> None:
        """Drop what waits, let what runs end; no callback is called afterwards."""
        self._closed = True
        self._ahead.clear()
        self._newest.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _request(
        self,
        name: str,
        work: Work,
        show: Show | None,
        failed: Callable[[BaseException], None] | None,
    ) -> _Request:
        self._number += 1
        return _Request(self._number, name, work, show, failed)

    def _submit(self, request: _Request) -> None:
        if self._closed:
            return
        was_busy = self.busy
        self._futures[request.number] = self._pool.submit(self._work, request)
        if not was_busy:
            self.busy_changed.emit(True)

    def _work(self, request: _Request) -> None:
        """On a worker thread."""
        try:
            answer = _Answer(request, request.work(), None)
        except BaseException as error:  # handed to the main thread whole
            answer = _Answer(request, None, error)
        self._arrived.emit(answer)

    def _deliver(self, answer: _Answer) -> None:
        if self._closed:
            return
        request = answer.request
        if request.number == -1:
            self._ahead_running -= 1
            self._tell_ahead()
            self._next_ahead()
            return
        self._futures.pop(request.number, None)
        try:
            if self._wanted(request):
                self._hand_over(answer)
        finally:
            if not self.busy:
                self.busy_changed.emit(False)
                self._next_ahead()

    def _wanted(self, request: _Request) -> bool:
        if not request.name:
            return True
        if self._newest.get(request.name) != request.number:
            return False
        del self._newest[request.name]
        del self._by_name[request.name]
        return True

    def _hand_over(self, answer: _Answer) -> None:
        request = answer.request
        if answer.error is None:
            if request.show is not None:
                request.show(answer.value)
        elif request.failed is not None:
            request.failed(answer.error)
        else:
            self.failed.emit(answer.error)

    def _next_ahead(self) -> None:
        # One at a time, and only while nobody waits: a request must find a free thread.
        if self._closed or self.busy or self._ahead_running or not self._ahead:
            return
        self._ahead_running += 1
        self._pool.submit(self._work, _Request(-1, "", self._ahead.popleft(), None, None))
        self._tell_ahead()

    def _tell_ahead(self) -> None:
        left = len(self._ahead) + self._ahead_running
        self.ahead_changed.emit(self._ahead_total - left, self._ahead_total)
