"""The folder of a run: what it shall do, what it tells, whether it lives, and how to end it.

A run lives exactly while the operating system's lock on ``alive`` is held; the lock goes with the
process, however it dies. All of this is cheap and imports nothing heavy: a window may use it.
"""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from thalia_core.errors import RunError
from thalia_core.jobs.oslock import lock_file, process_start
from thalia_core.progress import Done, Event, Failed, Started, from_json, to_json

STOPPED = "stopped on request"
"""How the message of a ``Done`` begins when the run was asked to end early."""

_POLL_S = 0.05
_OF_A_STEP = re.compile(rb'\{"kind": ("step"|"metric".*"values": \{"loss": [^,]*$)')


class Config(Protocol):
    """Settings of a run, as a worker reads them back."""

    def to_toml(self) -> str:
        """The settings as text."""


@dataclass(frozen=True, slots=True)
class RunDir:
    """The files of one run. Make one with ``create`` or ``open``."""

    folder: Path

    @classmethod
    def create(cls, folder: Path, config: Config) -> "RunDir":
        """Make the folder and write the configuration.

        Raises:
            RunError: The folder holds something already, or cannot be made.
        """
        folder = Path(folder).absolute()
        run = cls(folder)
        if run.config_path.exists():
            raise RunError(
                "this folder holds a run already",
                where=folder,
                fix="resume it (--resume), or name another folder",
            )
        if folder.is_dir() and any(folder.iterdir()):
            raise RunError("the folder is not empty", where=folder, fix="name another folder")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            temporary = folder / "config.toml.partial"
            temporary.write_text(config.to_toml(), encoding="utf-8")
            temporary.replace(run.config_path)
        except OSError as error:
            raise RunError("cannot make the run folder", where=folder, why=str(error)) from error
        return run

    @classmethod
    def open(cls, folder: Path) -> "RunDir":
        """An existing run.

        Raises:
            RunError: The folder holds no run.
        """
        run = cls(Path(folder).absolute())
        if not run.config_path.is_file():
            raise RunError("not a run folder", where=folder, why="it has no config.toml")
        return run

    @property
    def name(self) -> str:
        """Name of the run: its folder's."""
        return self.folder.name

    @property
    def config_path(self) -> Path:
        """What the run shall do."""
        return self.folder / "config.toml"

    @property
    def events_path(self) -> Path:
        """One line of JSON per event."""
        return self.folder / "events.jsonl"

    @property
    def log_path(self) -> Path:
        """What the process wrote to its standard output and error."""
        return self.folder / "log.txt"

    @property
    def stop_path(self) -> Path:
        """Its presence asks the run to save its state and end."""
        return self.folder / "STOP"

    @property
    def alive_path(self) -> Path:
        """Locked while the run's process lives."""
        return self.folder / "alive"

    @property
    def process_path(self) -> Path:
        """Number and start time of the process that holds the lock."""
        return self.folder / "process.json"

    @property
    def alive(self) -> bool:
        """Whether a process holds the lock on ``alive``."""
        try:
            file = self.alive_path.open("rb")
        except FileNotFoundError:
            return False
        with file:
            return not lock_file(file, shared=True)

    def append(self, event: Event) -> None:
        """Add one event, as one whole line."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        descriptor = os.open(self.events_path, flags, 0o666)
        try:
            os.write(descriptor, f"{to_json(event)}\n".encode())
        finally:
            os.close(descriptor)

    def request_stop(self) -> None:
        """Ask the run to save its state and end."""
        self.stop_path.touch()

    @property
    def stop_requested(self) -> bool:
        """Whether the run was asked to end."""
        return self.stop_path.exists()

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Be the process of this run: hold its lock, and say who we are.

        Raises:
            RunError: Another process is.
        """
        with self.alive_path.open("a+b") as file:
            # Whoever looks holds a shared lock for an instant: try for a moment before giving up.
            if not _eventually(lambda: lock_file(file), 2.0):
                raise RunError("this run is running already", where=self.folder)
            identity = {"pid": os.getpid(), "started": process_start(os.getpid())}
            self.process_path.write_text(json.dumps(identity), encoding="utf-8")
            self._end_torn_line()
            yield

    def _end_torn_line(self) -> None:
        """Close a line that a crash cut off, so that it does not swallow the next one."""
        with self.events_path.open("a+b") as file:
            if file.tell() == 0:
                return
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")


def start_detached(run: RunDir, wait: float = 20.0) -> int:
    """Start the run's process in a session of its own; it outlives us.

    Returns once the process holds the run's lock (or has ended), so that ``state`` is true at once.

    Returns:
        The process number.

    Raises:
        RunError: The run is running already, or the process did not start.
    """
    if run.alive:
        raise RunError("this run is running already", where=run.folder)
    run.stop_path.unlink(missing_ok=True)
    with run.log_path.open("ab") as log:
        process = _spawn(run, log)
    # Somebody must collect the exit status, or the process would stay behind as a zombie.
    threading.Thread(target=process.wait, name=f"run {process.pid}", daemon=True).start()
    if not _eventually(lambda: run.alive or process.poll() is not None, wait):
        raise RunError("the run's process does not start", where=run.log_path)
    return process.pid


def _spawn(run: RunDir, log: IO[bytes]) -> "subprocess.Popen[bytes]":
    # -P keeps the run folder off the module path.
    command = [sys.executable, "-P", "-m", "thalia_core.jobs.worker", str(run.folder)]
    paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=run.folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)},
        )
    except OSError as error:
        raise RunError("cannot start a process", where=run.folder, why=str(error)) from error


def stop(run: RunDir, patience: float = 30.0, force_after: float = 10.0) -> str:
    """End the run: ask, then terminate, then kill. Blocks until it has ended.

    Signals are sent only while the run's lock is held by the very process that the run folder names
    (same number, same start time); numbers are used again by the system.

    Args:
        run: The run.
        patience: Seconds to wait after asking.
        force_after: Seconds to wait after terminating, before killing.

    Returns:
        The state it ended in.
    """
    run.request_stop()
    gone = _eventually(lambda: not run.alive, patience)
    for force in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        if gone:
            break
        pid = _process_of(run)
        if pid is None:
            raise RunError(
                "the run does not end and its process cannot be identified",
                where=run.process_path,
                fix="end the process by hand",
            )
        os.kill(pid, force)
        gone = _eventually(lambda: not run.alive, force_after)
    return state(run)


def tail(run: RunDir, offset: int = 0) -> tuple[list[Event], int]:
    """Events from a byte offset on, whole lines only, and the offset to go on from.

    A line that is no event (a newer program's, a torn one after a crash) is skipped.
    """
    try:
        with run.events_path.open("rb") as file:
            file.seek(offset)
            data = file.read()
    except FileNotFoundError:
        return [], 0
    end = data.rfind(b"\n") + 1
    return list(_events(data[:end])), offset + end


def milestones(run: RunDir) -> list[Event]:
    """All events so far but those of every step, which a long run has very many of."""
    try:
        data = run.events_path.read_bytes()
    except FileNotFoundError:
        return []
    lines = data[: data.rfind(b"\n") + 1].splitlines(keepends=True)
    return list(_events(b"".join(line for line in lines if not _OF_A_STEP.match(line))))


def state(run: RunDir) -> str:
    """How the run stands: not started, running, finished, stopped, ``failed: why``, or died."""
    if run.alive:
        return "running"
    events = milestones(run)
    began = max((i for i, event in enumerate(events) if isinstance(event, Started)), default=-1)
    for event in reversed(events[began + 1 :]):
        if isinstance(event, Failed):
            return f"failed: {event.message}"
        if isinstance(event, Done):
            return "stopped" if event.message.startswith(STOPPED) else "finished"
    if began < 0 and not run.process_path.exists():
        return "not started"
    return "died"


def _events(data: bytes) -> Iterator[Event]:
    for line in data.splitlines():
        try:
            yield from_json(line.decode())
        except ValueError:
            continue


def _process_of(run: RunDir) -> int | None:
    """The process that holds the lock, or None when it is not surely the one the folder names."""
    try:
        identity = json.loads(run.process_path.read_text(encoding="utf-8"))
        pid, started = int(identity["pid"]), identity["started"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if started is None or process_start(pid) != started or not run.alive:
        return None
    return pid


def _eventually(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition comes true within that time."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= until:
            return False
        time.sleep(_POLL_S)
    return True
