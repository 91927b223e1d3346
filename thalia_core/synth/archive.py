"""Whole archives of synthetic frames: made by many processes, resumable, over nothing else.

This module loads no numerical library.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from thalia_core.cube.durable import make_folder, write_bytes
from thalia_core.errors import ThaliaError
from thalia_core.jobs.pool import Pool
from thalia_core.progress import Event, Step

MARKER = "synthetic.json"
LOCK = ".synthetic.lock"
Tell = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Task:
    """One frame of an archive.

    Attributes:
        write: Writes its cube; a function at the top of a module, called with plan, path and what
            is told the steps.
        plan: What decides the frame.
        out: Where the cube shall be.
        weight: Its share of the work, such as its number of pairs.
    """

    write: Callable[[Any, Path, Tell | None], bool]
    plan: Any
    out: Path
    weight: int


def make_frame(task: Task) -> bool:
    """Make one frame; False when it was there."""
    return task.write(task.plan, task.out, None)


def make_archive(
    folder: Path,
    tasks: Sequence[Task],
    about: Mapping[str, Any],
    pool: Pool,
    tell: Tell = lambda event: None,
) -> int:
    """Make the frames of an archive: finished ones are left alone, interrupted ones go on.

    Args:
        folder: Where the archive shall be; made when missing.
        tasks: Its frames, the largest first.
        about: What the archive is; kept in its marker, and the same when it is continued.
        pool: What makes the frames.
        tell: Is told the progress, in the tasks' weights.

    Returns:
        The number of frames that were made.

    Raises:
        ThaliaError: The folder is used for something else, or cannot be written, or a frame cannot
            be made.
    """
    claim(folder, MARKER, {**about, "frames": sorted(task.out.stem for task in tasks)})
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise ThaliaError(
            "another process is making this archive", where=folder, fix="wait until it has finished"
        ) from error
    total, done, made = sum(task.weight for task in tasks), 0, 0
    with lock:
        tell(Step(0, total))
        for index, written in pool.map(make_frame, tasks):
            done += tasks[index].weight
            made += written
            tell(Step(done, total, tasks[index].out.stem))
    return made


def read_marker(folder: Path, name: str) -> dict[str, Any]:
    """What the marker of an archive says; empty where there is none."""
    try:
        marker = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return marker if isinstance(marker, dict) else {}


def claim(folder: Path, name: str, marker: Mapping[str, Any], replace: bool = False) -> None:
    """Take a new or empty folder, or one that was taken before; nothing else.

    Args:
        folder: The folder.
        name: Of its marker.
        marker: What it shall say.
        replace: Whether a marker that says something else is replaced.

    Raises:
        ThaliaError: The folder is used for something else, or cannot be written.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise ThaliaError("an archive needs a folder", where=folder, why="it is a file")
        inside = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
        strangers = [entry for entry in inside if not entry.endswith(".lock")]
        if name not in inside and strangers:
            raise _used(folder, f"it holds {strangers[0]}")
        if name in inside and read_marker(folder, name) != marker and not replace:
            raise _used(folder, f"its {name} tells of an archive with other options")
        if read_marker(folder, name) != marker:
            make_folder(folder)
            write_bytes(folder / name, json.dumps(marker, indent=1).encode())
    except OSError as error:
        raise ThaliaError(
            "cannot make the archive",
            where=folder,
            why=error.strerror or str(error),
            fix="name a folder you may write to",
        ) from error


def _used(folder: Path, why: str) -> ThaliaError:
    return ThaliaError(
        "the folder is used for something else",
        where=folder,
        why=why,
        fix="name a new or empty folder for the archive",
    )
