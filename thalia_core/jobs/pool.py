"""Many independent tasks at once: in processes of this machine, or on a Dask cluster.

A task is a function at the top of a module and a value it is called with; both travel by pickle.
Tasks are whole chunks of work that may be done again, so that what dies is simply run anew.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing import active_children, connection, get_context, parent_process
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from thalia_core.errors import ThaliaError

if TYPE_CHECKING:
    from distributed import Client

T = TypeVar("T")
R = TypeVar("R")
_AHEAD = 2
"""Tasks under way for each worker: enough that none waits, few enough to hold in memory."""
_CONNECT_S = 10
_THREAD_SETTINGS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Pool(Protocol):
    """Something that runs tasks."""

    workers: int

    def map(self, task: Callable[[T], R], items: Sequence[T]) -> Iterator[tuple[int, R]]:
        """(index, result) of every item, in the order in which they finish.

        An error of a task is raised here as it is, and tasks that have not begun are dropped, as
        they are when the iterator is closed.
        """
        ...


@contextmanager
def open_pool(workers: int | None = None, scheduler: str | None = None) -> Iterator[Pool]:
    """A pool to run tasks on.

    Args:
        workers: Processes on this machine; by default one for each core. With 1 the tasks run in
            this process.
        scheduler: Address of a Dask scheduler such as ``tcp://host:8786``, whose workers see the
            same files under the same paths; ``workers`` then means nothing.

    Raises:
        ThaliaError: The number makes no sense, or the scheduler cannot be reached.
    """
    if scheduler:
        with _connected(scheduler) as client:
            yield _DaskPool(client)
        return
    count = (os.cpu_count() or 1) if workers is None else workers
    if count < 1:
        raise ThaliaError("a pool needs a worker", where=str(count), fix="give 1 or more")
    if count == 1:
        yield HERE
        return
    context = get_context("spawn")  # the caller may hold threads and locks that a fork would copy
    others = set(active_children())
    with one_thread_each():
        executor = ProcessPoolExecutor(count, context, initializer=_begin)
        pool = _LocalPool(executor, count)
        try:
            yield pool
        except BaseException:
            pool.broken = True
            raise
        finally:
            executor.shutdown(wait=not pool.broken, cancel_futures=True)
            for child in set(active_children()) - others if pool.broken else ():
                child.terminate()  # one that waits for a dead sibling would wait for ever


class _Here:
    workers = 1

    def map(self, task: Callable[[T], R], items: Sequence[T]) -> Iterator[tuple[int, R]]:
        for index, item in enumerate(items):
            yield index, task(item)


HERE: Pool = _Here()
"""Runs the tasks in this process."""


class _LocalPool:
    def __init__(self, executor: ProcessPoolExecutor, workers: int) -> None:
        self._executor = executor
        self.workers = workers
        self.broken = False

    def map(self, task: Callable[[T], R], items: Sequence[T]) -> Iterator[tuple[int, R]]:
        waiting = iter(enumerate(items))
        running: dict[Future[R], int] = {}
        try:
            while True:
                room = self.workers * _AHEAD - len(running)
                for index, item in islice(waiting, room):
                    running[self._executor.submit(task, item)] = index
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield running.pop(future), future.result()
        except (BrokenProcessPool, BrokenPipeError) as error:
            self.broken = True
            raise _ended() from error
        finally:
            for future in running:
                future.cancel()


class _DaskPool:
    def __init__(self, client: "Client") -> None:
        self._client = client
        self.workers = max(1, len(client.scheduler_info()["workers"]))

    def map(self, task: Callable[[T], R], items: Sequence[T]) -> Iterator[tuple[int, R]]:
        from distributed import as_completed
        from distributed.scheduler import KilledWorker

        waiting = iter(enumerate(items))
        running: dict[str, tuple[int, Any]] = {}
        finished = as_completed()

        def start(room: int) -> None:
            for index, item in islice(waiting, room):
                future = self._client.submit(task, item, pure=False)
                running[future.key] = index, future
                finished.add(future)

        try:
            start(self.workers * _AHEAD)
            while running:
                future = next(finished)
                index, _ = running.pop(future.key)
                yield index, future.result()
                start(1)
        except KilledWorker as error:
            raise _ended() from error
        finally:
            self._client.cancel([future for _, future in running.values()])


def _ended() -> ThaliaError:
    return ThaliaError(
        "a worker process was ended",
        why="the machine may be short of memory",
        fix="run the same command again: it goes on where it stopped",
    )


@contextmanager
def _connected(scheduler: str) -> "Iterator[Client]":
    try:
        from distributed import Client
    except ImportError as error:
        raise ThaliaError(
            "no cluster without Dask", where=scheduler, fix="pip install 'thalia[cluster]'"
        ) from error
    try:
        client = Client(scheduler, timeout=_CONNECT_S)
    except (OSError, ValueError, TimeoutError) as error:
        raise ThaliaError(
            "cannot reach the Dask scheduler",
            where=scheduler,
            why=str(error).splitlines()[0],
            fix="check that it runs and give its address as tcp://host:port",
        ) from error
    try:
        yield client
    finally:
        client.close()


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Keep the numerical libraries of each child from starting a thread for every core."""
    before = {name: os.environ.get(name) for name in _THREAD_SETTINGS}
    os.environ.update(dict.fromkeys(_THREAD_SETTINGS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _begin() -> None:
    """Set up a child: Ctrl-C is its parent's business, and it ends when its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    """Wait for the parent of this process to be gone, and end too; to be run in a thread."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
