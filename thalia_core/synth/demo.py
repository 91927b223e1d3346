"""The demo archive: a folder of synthetic frames, made once by a few processes.

This module loads no numerical library until there is something to make: the window opens on a
finished archive at once.
"""

import signal
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty
from typing import TYPE_CHECKING

from filelock import FileLock

from thalia_core.errors import ThaliaError
from thalia_core.jobs.pool import end_with_parent, one_thread_each
from thalia_core.progress import Event, Step
from thalia_core.synth.archive import claim, read_marker

if TYPE_CHECKING:
    import multiprocessing.synchronize

    from thalia_core.synth.plan import ScenePlan

MARKER = "demo.json"
_LOCK = ".demo.lock"


def make_demo(
    folder: Path,
    workers: int = 2,
    tell: Callable[[Event], None] | None = None,
    plans: "tuple[ScenePlan, ...] | None" = None,
) -> tuple[Path, ...]:
    """Make the demo archive, once: what is finished is left alone, what was interrupted goes on.

    Args:
        folder: Where the archive shall be; made when missing.
        workers: Processes that make frames at the same time; 1 works in this one.
        tell: Is told the steps, counted over all frames.
        plans: Other frames than those of ``frames.demo_plans``.

    Returns:
        The cubes, the held-out one last.

    Raises:
        ThaliaError: The folder is used for something else, or cannot be written.
    """
    ready = _ready(folder, plans)
    if ready:
        return ready
    from thalia_core.synth.frames import demo_plans

    plans = plans or demo_plans()
    frames = [plan.frame for plan in plans]
    about = "archive of synthetic frames; may be removed as a whole"
    claim(folder, MARKER, {"about": about, "frames": frames}, replace=True)
    # Two at once would otherwise write into the same unfinished cubes.
    with FileLock(folder / _LOCK):
        cubes = {folder / f"{plan.frame}.zarr": plan for plan in plans}
        todo = [(plan, cube) for cube, plan in cubes.items() if not cube.is_dir()]
        steps = _Steps(len(todo), tell)
        if workers <= 1 or len(todo) <= 1:
            for plan, cube in todo:
                _make(plan, cube, steps.tell)
        else:
            _in_processes(todo, min(workers, len(todo)), steps)
        steps.finish()
    return tuple(cubes)


def _ready(folder: Path, plans: "tuple[ScenePlan, ...] | None") -> tuple[Path, ...] | None:
    """The cubes, if the archive is whole.

    Whether this version would make the same ones does not matter: people may have worked on them. A
    cube is renamed into place when it is whole, so its folder is proof enough.
    """
    frames = read_marker(folder, MARKER).get("frames")
    if not isinstance(frames, list) or not frames:
        return None
    if plans is not None and frames != [plan.frame for plan in plans]:
        return None
    cubes = tuple(folder / f"{frame}.zarr" for frame in frames)
    return cubes if all(cube.is_dir() for cube in cubes) else None


class _Steps:
    """Adds up the steps of frames that are made side by side."""

    def __init__(self, frames: int, tell: Callable[[Event], None] | None) -> None:
        self._tell = tell or (lambda _: None)
        self._share: dict[str, float] = {}
        self._frames = frames

    def finish(self) -> None:
        """All frames are there; the last news of a child may not have arrived."""
        self._tell(Step(100, 100, "finished"))

    def tell(self, event: Event) -> None:
        """Pass on a step of one frame (its text begins with the frame) as one of the whole."""
        if isinstance(event, Step) and event.total:
            self._share[event.text[:17]] = event.done / event.total
            whole = 100 * sum(self._share.values()) / self._frames
            self._tell(Step(min(int(whole), 99), 100, event.text))


def _in_processes(todo: "list[tuple[ScenePlan, Path]]", workers: int, steps: _Steps) -> None:
    context = get_context("spawn")  # the caller may hold threads and locks that a fork would copy
    queue: Queue[Event] = context.Queue()
    stop = context.Event()
    with (
        one_thread_each(),
        ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(queue, stop)) as pool,
    ):
        pending: set[Future[None]] = {
            pool.submit(_make_in_child, plan, cube) for plan, cube in todo
        }
        try:
            while pending:
                done, pending = wait(pending, timeout=0.1, return_when=FIRST_EXCEPTION)
                _drain(queue, steps)
                for future in done:
                    future.result()
        except BrokenProcessPool as error:
            raise ThaliaError(
                "a process that made the demo archive was ended",
                why="the machine may be short of memory",
                fix="run the same command again: it goes on where it stopped",
            ) from error
        finally:
            stop.set()
            for future in pending:
                future.cancel()


def _drain(queue: "Queue[Event]", steps: _Steps) -> None:
    while True:
        try:
            steps.tell(queue.get_nowait())
        except Empty:
            return


class _StoppedError(Exception):
    """The parent wants no more of this."""


_tell_parent: Callable[[Event], None] | None = None


def _begin(queue: "Queue[Event]", stop: "multiprocessing.synchronize.Event") -> None:
    """Set up a child: where its steps go, and that it ends when its parent stops or is gone."""

    def tell(event: Event) -> None:
        if stop.is_set():
            raise _StoppedError
        queue.put(event)

    global _tell_parent
    _tell_parent = tell
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, who tells us
    threading.Thread(target=end_with_parent, daemon=True).start()


def _make_in_child(plan: "ScenePlan", cube: Path) -> None:
    assert _tell_parent is not None
    _make(plan, cube, _tell_parent)


def _make(plan: "ScenePlan", cube: Path, tell: Callable[[Event], None]) -> None:
    from thalia_core.synth.writer import write_scene

    write_scene(plan, cube, tell)
