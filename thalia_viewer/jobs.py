"""Runs as the window sees them: folders that are read, started and asked to stop.

A run is a process of its own that outlives the window. Everything known about it is in its folder,
so a window that opens later finds it again.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from thalia_core.errors import RunError
from thalia_core.jobs import rundir
from thalia_core.jobs.rundir import RunDir
from thalia_core.progress import Done, Event, Failed, Log, Metric, Started, Step
from thalia_viewer.tasks import Tasks

if TYPE_CHECKING:
    from thalia_core.learn.config import TrainConfig
    from thalia_core.learn.predict_config import PredictConfig

ACTIVE_MS = 500
IDLE_MS = 4000
Curve = tuple[tuple[float, ...], tuple[float, ...]]
"""Optimiser steps and the values at them."""


@dataclass(frozen=True, slots=True)
class RunView:
    """How a run stands.

    Attributes:
        folder: The run folder.
        job: ``train`` or ``predict``.
        state: ``not started``, ``running``, ``finished``, ``stopped``, ``failed: why`` or ``died``.
        text: What it is doing, or how it ended, in words.
        done: Units of work finished.
        total: Units of work; 0 while unknown.
        device: Where it computes.
        epoch: Counted from 1; 0 while unknown.
        curves: Measured values by name.
        stopping: It was asked to end and has not ended yet.
        model: Name of the training run that a prediction applies; its own name for a training.
    """

    folder: Path
    job: str
    state: str
    text: str = ""
    done: int = 0
    total: int = 0
    device: str = ""
    epoch: int = 0
    curves: dict[str, Curve] = field(default_factory=dict)
    stopping: bool = False
    model: str = ""

    @property
    def name(self) -> str:
        """Name of the run."""
        return self.folder.name

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self.state == "running"

    @property
    def resumable(self) -> bool:
        """Whether it can go on where it ended."""
        return self.state in ("stopped", "died", "not started") or self.state.startswith("failed")

    @property
    def words(self) -> str:
        """The state as a sentence."""
        if self.running:
            where = f" on {self.device}" if self.device else ""
            if self.stopping:
                return f"stopping{where}: it saves its state first"
            amount = f", {self.done:,} of {self.total:,}" if self.total else ""
            epoch = f", epoch {self.epoch}" if self.epoch else ""
            return f"running{where}{epoch}{amount}"
        if self.state == "died":
            return f"ended without a word; see {self.folder / 'log.txt'}"
        return self.state


class _Tail:
    """What was read of one run so far; used by one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self.run = RunDir.open(folder)
        self.job, self.model = _what(self.run)
        self._offset = 0
        self._text = ""
        self._device = ""
        self._step = Step(0, 0)
        self._epoch = 0
        self._points: dict[str, tuple[list[float], list[float]]] = {}
        self._ended_state: str | None = None

    def read(self) -> RunView:
        """The view after the newest whole lines."""
        events, offset = rundir.tail(self.run, self._offset)
        if offset < self._offset:  # the file was begun anew
            self._points.clear()
        self._offset = offset
        for event in events:
            self._take(event)
        running = self.run.alive
        if running or events or self._ended_state is None:
            self._ended_state = None if running else rundir.state(self.run)
        return RunView(
            folder=self.run.folder,
            job=self.job,
            state="running" if running else self._ended_state or "died",
            text=self._text,
            done=self._step.done,
            total=self._step.total,
            device=self._device,
            epoch=self._epoch,
            curves={k: (tuple(x), tuple(y)) for k, (x, y) in self._points.items()},
            stopping=running and self.run.stop_requested,
            model=self.model,
        )

    def _take(self, event: Event) -> None:
        if isinstance(event, Started):
            self._text, self._device = event.text, event.device or self._device
        elif isinstance(event, Step):
            self._step = event
            self._text = event.text or self._text
        elif isinstance(event, Metric):
            self._epoch = event.epoch + 1
            for name, value in event.values.items():
                x, y = self._points.setdefault(name, ([], []))
                x.append(float(event.step))
                y.append(value)
        elif isinstance(event, Log):
            self._text = event.text if event.level != "info" else self._text
        elif isinstance(event, Failed | Done):
            self._text = event.message


class Runs(QObject):
    """The runs of one archive.

    Args:
        tasks: Where folders are read and processes started; never on the main thread.
        parent: Owner.
    """

    changed = Signal()
    """``views`` holds something new."""
    ended = Signal(object)
    """The RunView of a run that was running and is not any more."""
    started = Signal(object)
    """The folder of a run that was started from here."""

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._folder: Path | None = None
        self._tails: dict[Path, _Tail] = {}
        self.views: tuple[RunView, ...] = ()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.poll)

    @property
    def folder(self) -> Path | None:
        """Where the runs of the archive live."""
        return self._folder

    def watch(self, root: Path | None) -> None:
        """Look after the runs of an archive; those that still run are found again."""
        folder = None if root is None else root / "runs"
        if folder == self._folder:
            return
        self._folder, self._tails, self.views = folder, {}, ()
        self._tasks.drop("runs")
        self.changed.emit()
        self.poll()

    def poll(self) -> None:
        """Read what is new, on a thread."""
        folder = self._folder
        if folder is None or self._tasks.waiting("runs"):
            return
        tails = self._tails
        self._tasks.latest("runs", lambda: _read(folder, tails), self._show, self._unreadable)

    def start(self, config: TrainConfig | PredictConfig, label: str) -> None:
        """Make a run folder and start its process."""
        folder = self._folder
        if folder is None:
            return
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{label}"
        self._act(lambda: _start(folder / name, config))

    def resume(self, folder: Path) -> None:
        """Start the process of a run that ended early."""
        self._act(lambda: _resume(folder))

    def stop(self, folder: Path) -> None:
        """Ask a run to save its state and end; terminate it when it does not."""
        self._act(lambda: _stop(folder))

    def close(self) -> None:
        """Look no more; the runs go on."""
        self._timer.stop()
        self._tasks.drop("runs")
        self._folder = None

    def _act(self, work: Callable[[], Path | None]) -> None:
        def done(folder: Path | None) -> None:
            if folder is not None:
                self.started.emit(folder)
            self.poll()

        self._tasks.once(work, done)
        self._timer.start(ACTIVE_MS)

    def _show(self, views: tuple[RunView, ...]) -> None:
        before = {view.folder: view for view in self.views}
        if views != self.views:
            self.views = views
            self.changed.emit()
        for view in views:
            old = before.get(view.folder)
            if old is not None and old.running and not view.running:
                self.ended.emit(view)
        self._timer.start(ACTIVE_MS if any(v.running for v in views) else IDLE_MS)

    def _unreadable(self, error: BaseException) -> None:
        self._timer.start(IDLE_MS)
        self._tasks.failed.emit(error)


def _read(folder: Path, tails: dict[Path, _Tail]) -> tuple[RunView, ...]:
    """On a thread: the views of all runs, newest first."""
    found = sorted(folder.glob("*/config.toml"), reverse=True) if folder.is_dir() else []
    views = []
    for config in found:
        path = config.parent
        if path not in tails:
            tails[path] = _Tail(path)
        views.append(tails[path].read())
    return tuple(views)


def _start(folder: Path, config: TrainConfig | PredictConfig) -> Path:
    """On a thread."""
    run = RunDir.create(folder, config)
    rundir.start_detached(run)
    return run.folder


def _resume(folder: Path) -> Path:
    """On a thread."""
    run = RunDir.open(folder)
    rundir.start_detached(run)
    return run.folder


def _stop(folder: Path) -> None:
    """On a thread."""
    rundir.stop(RunDir.open(folder))


def _what(run: RunDir) -> tuple[str, str]:
    """The job of a run, and the training run it is about."""
    try:
        config = tomllib.loads(run.config_path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError("cannot read the run", where=run.config_path, why=str(error)) from error
    job = str(config.get("job", "train"))
    applied = config.get("predict", {}).get("run", "") if job == "predict" else ""
    return job, Path(applied).name if applied else run.name
