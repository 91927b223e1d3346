"""The demo archive: four synthetic frames, three to learn from and one held out.

Places and names are made up. The held-out frame lies elsewhere, has other epochs and other sources.
"""

import json
import os
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from datetime import date
from multiprocessing import connection, get_context, parent_process
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty

from filelock import FileLock

from thalia_core.cube.durable import make_folder, write_bytes
from thalia_core.cube.store import sidecar_of
from thalia_core.errors import ThaliaError
from thalia_core.progress import Event as Progress
from thalia_core.progress import Step
from thalia_core.synth.plan import Event, ScenePlan, every_days
from thalia_core.synth.terrain import Edifice
from thalia_core.synth.writer import TRUTH, Tell, write_scene

MARKER = "demo.json"
_LOCK = ".demo.lock"
_SIZE, _DATES = 608, 12
HELD_OUT = "064A_09840_121212"
"""The frame that no model shall learn from."""


def demo_plans(size: int = _SIZE) -> tuple[ScenePlan, ...]:
    """The frames of the demo archive; the last is the one held out."""
    return (
        _frame(
            "031A_05140_101312",
            "Pico da Cinza (synthetic)",
            11,
            (-28.62, 38.92),
            date(2017, 3, 4),
            (Edifice(0.47, 0.52, 2100, 19_000, 1_300), Edifice(0.73, 0.30, 800, 9_000)),
            ((0.49, 0.50, 3_300, 4.5, 2, 5), (0.68, 0.33, 2_400, -2.6, 5, 7)),
            sea_fraction=0.40,
            relief_m=180,
            size=size,
        ),
        _frame(
            "149D_11340_131313",
            "Cerro Ceniza (synthetic)",
            23,
            (-68.22, -23.08),
            date(2018, 6, 10),
            (Edifice(0.36, 0.60, 1900, 17_000), Edifice(0.67, 0.36, 1500, 14_000, 2_200)),
            ((0.40, 0.57, 4_600, 5.2, 4, 7), (0.66, 0.38, 3_000, 3.0, 6, 8)),
            sea_fraction=0.02,
            relief_m=300,
            size=size,
        ),
        _frame(
            "083D_05850_111312",
            "Kurohama (synthetic)",
            37,
            (130.38, 31.82),
            date(2019, 1, 7),
            (Edifice(0.56, 0.44, 1300, 15_000, 3_000), Edifice(0.30, 0.64, 1100, 11_000, 900)),
            ((0.56, 0.46, 2_800, -3.8, 4, 7), (0.31, 0.61, 3_800, 3.6, 3, 5)),
            sea_fraction=0.30,
            relief_m=220,
            size=size,
        ),
        _frame(
            HELD_OUT,
            "Gunung Kelabu (synthetic, held out)",
            53,
            (116.12, -8.08),
            date(2021, 4, 2),
            (Edifice(0.43, 0.42, 2500, 20_000, 1_900),),
            ((0.45, 0.44, 3_500, 4.3, 3, 6), (0.63, 0.62, 2_700, 2.8, 6, 8)),
            sea_fraction=0.33,
            relief_m=200,
            size=size,
        ),
    )


def make_demo(
    folder: Path,
    workers: int = 2,
    tell: Tell | None = None,
    plans: tuple[ScenePlan, ...] | None = None,
) -> tuple[Path, ...]:
    """Make the demo archive, once: what is finished is left alone, what was interrupted goes on.

    Args:
        folder: Where the archive shall be; made when missing.
        workers: Processes that make frames at the same time; 1 works in this one.
        tell: Is told the steps, counted over all frames.
        plans: Other frames than those of ``demo_plans``.

    Returns:
        The cubes, the held-out one last.

    Raises:
        ThaliaError: The folder is used for something else, or cannot be written.
    """
    plans = plans or demo_plans()
    cubes = tuple(folder / f"{plan.frame}.zarr" for plan in plans)
    if all(_finished(cube) for cube in cubes):
        return cubes
    _claim(folder)
    # Two at once would otherwise write into the same unfinished cubes.
    with FileLock(folder / _LOCK):
        todo = [
            (plan, cube) for plan, cube in zip(plans, cubes, strict=True) if not _finished(cube)
        ]
        steps = _Steps(len(plans), tell)
        for _ in range(len(plans) - len(todo)):
            steps.skip()
        if workers <= 1 or len(todo) <= 1:
            for plan, cube in todo:
                write_scene(plan, cube, steps.tell)
        else:
            _in_processes(todo, min(workers, len(todo)), steps)
        steps.finish()
    return cubes


def _finished(cube: Path) -> bool:
    """A cube is renamed into place when it is whole, after its truth was written.

    Whether this version would make the same one does not matter: people may have worked on it.
    """
    return cube.is_dir() and (sidecar_of(cube) / TRUTH).is_file()


def _claim(folder: Path) -> None:
    """Take a new or empty folder, or one that was taken before; nothing else."""
    try:
        if folder.exists() and not folder.is_dir():
            raise ThaliaError("the demo archive needs a folder", where=folder, why="it is a file")
        inside = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
        if MARKER in inside:
            return
        if set(inside) - {_LOCK}:
            raise ThaliaError(
                "the folder is used for something else",
                where=folder,
                why=f"it holds {inside[0]}",
                fix="name a new or empty folder for the demo archive",
            )
        make_folder(folder)
        marker = {"about": "demo archive of synthetic frames; may be removed as a whole"}
        write_bytes(folder / MARKER, json.dumps(marker).encode())
    except OSError as error:
        raise ThaliaError(
            "cannot make the demo archive",
            where=folder,
            why=error.strerror or str(error),
            fix="name a folder you may write to",
        ) from error


class _Steps:
    """Adds up the steps of frames that are made side by side."""

    def __init__(self, frames: int, tell: Tell | None) -> None:
        self._tell = tell or (lambda _: None)
        self._share: dict[str, float] = {}
        self._frames = frames

    def skip(self) -> None:
        """One frame was there."""
        self._share[f"there {len(self._share)}"] = 1.0

    def finish(self) -> None:
        """All frames are there; the last news of a child may not have arrived."""
        self._tell(Step(100, 100, "finished"))

    def tell(self, event: Progress) -> None:
        """Pass on a step of one frame (its text begins with the frame) as one of the whole."""
        if isinstance(event, Step) and event.total:
            self._share[event.text[:17]] = event.done / event.total
            whole = 100 * sum(self._share.values()) / self._frames
            self._tell(Step(min(int(whole), 99), 100, event.text))


def _in_processes(todo: list[tuple[ScenePlan, Path]], workers: int, steps: _Steps) -> None:
    context = get_context("spawn")  # the caller may hold threads and locks that a fork would copy
    queue: Queue[Progress] = context.Queue()
    with (
        _one_thread_each(),
        ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(queue,)) as pool,
    ):
        pending: set[Future[None]] = {pool.submit(_make, plan, cube) for plan, cube in todo}
        try:
            while pending:
                done, pending = wait(pending, timeout=0.1, return_when=FIRST_EXCEPTION)
                _drain(queue, steps)
                for future in done:
                    future.result()
        finally:
            for future in pending:
                future.cancel()


def _drain(queue: "Queue[Progress]", steps: _Steps) -> None:
    while True:
        try:
            steps.tell(queue.get_nowait())
        except Empty:
            return


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Keep the numerical libraries of each child from starting a thread for every core."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


_news: "Queue[Progress] | None" = None


def _begin(queue: "Queue[Progress]") -> None:
    """Set up a child: where its steps go, and that it ends when its parent is gone."""
    global _news
    _news = queue
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _make(plan: ScenePlan, cube: Path) -> None:
    write_scene(plan, cube, _news.put if _news is not None else None)


def _frame(
    frame: str,
    title: str,
    seed: int,
    north_west: tuple[float, float],
    start: date,
    edifices: tuple[Edifice, ...],
    events: tuple[tuple[float, float, float, float, int, int], ...],
    *,
    sea_fraction: float,
    relief_m: float,
    size: int,
) -> ScenePlan:
    """A frame; an event is (row, column, depth, fringes, onset, end), the last two by date."""
    days, incidence = every_days(start, _DATES), 39.5
    return ScenePlan(
        frame=frame,
        title=title,
        seed=seed,
        rows=size,
        cols=size,
        west=north_west[0],
        north=north_west[1],
        dates=days,
        events=tuple(
            Event.of_fringes((row, col), depth, fringes, (days[onset], days[end]), incidence)
            for row, col, depth, fringes, onset, end in events
        ),
        edifices=edifices,
        incidence=incidence,
        sea_fraction=sea_fraction,
        relief_m=relief_m,
        turbulence_m=(0.002, 0.0055),
        stratification=1.0,
    )
