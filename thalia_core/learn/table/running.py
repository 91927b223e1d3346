"""Runs the runs of a table, each in a process of its own, and goes on where it was left."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thalia_core.errors import RunError
from thalia_core.jobs.rundir import RunDir, start_detached, state
from thalia_core.learn.table.plan import Entry, Table

Tell = Callable[[str], None]
Stopping = Callable[[], bool]

_POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run of the table stands.

    Attributes:
        entry: The run.
        folder: Where it lies.
        state: As ``thalia runs`` tells it, or that it is not begun.
        scores: What was looked at -> its measures, as ``thalia evaluate --json`` tells them.
    """

    entry: Entry
    folder: Path
    state: str
    scores: dict[str, dict[str, Any]]


def run_table(
    table: Table, folder: Path, tell: Tell, stopping: Stopping, parallel: int = 1
) -> list[Outcome]:
    """Train and score what is not done yet.

    Args:
        table: What is wanted.
        folder: Where the runs lie; one folder each.
        tell: Takes lines of news.
        stopping: Whether to end: runs under way are asked to save their state and end.
        parallel: How many run at once.

    Returns:
        All outcomes, in the order of the table; a run that failed does not end the others.

    Raises:
        RunError: A run of other settings stands under one of the names.
    """
    for entry in table.entries:
        _require_same(entry, folder)
    waiting = [entry for entry in table.entries if not _scored(entry, folder, table.look)]
    under_way: dict[str, Entry] = {}
    begun = time.monotonic()
    while (waiting or under_way) and not stopping():
        while waiting and len(under_way) < parallel:
            entry = waiting.pop(0)
            under_way[entry.name] = entry
            _start(entry, folder, tell)
        for entry in [e for e in under_way.values() if not _run_of(e, folder).alive]:
            del under_way[entry.name]
            how = state(_run_of(entry, folder))
            minutes = (time.monotonic() - begun) / 60
            tell(f"{entry.name}: {how}, {minutes:.1f} min since the beginning")
            if how == "finished":
                _score(entry, folder, table.look, tell)
        time.sleep(_POLL_S)
    for entry in under_way.values():
        _run_of(entry, folder).request_stop()
    while any(_run_of(entry, folder).alive for entry in under_way.values()):
        time.sleep(_POLL_S)
    return outcomes(table, folder)


def outcomes(table: Table, folder: Path) -> list[Outcome]:
    """How all runs of a table stand; nothing is started.

    Raises:
        RunError: A run of other settings stands under one of the names.
    """
    for entry in table.entries:
        _require_same(entry, folder)
    return [_outcome(entry, folder, table.look) for entry in table.entries]


def _outcome(entry: Entry, folder: Path, look: Sequence[str]) -> Outcome:
    run = _run_of(entry, folder)
    how = state(run) if run.config_path.exists() else "not begun"
    found = {
        name: json.loads(path.read_bytes())
        for name, path in _score_files(entry, folder, look)
        if path.exists()
    }
    return Outcome(entry, run.folder, how, found)


def _run_of(entry: Entry, folder: Path) -> RunDir:
    return RunDir((folder / entry.name).absolute())


def _score_files(entry: Entry, folder: Path, look: Sequence[str]) -> Iterator[tuple[str, Path]]:
    return ((name, folder / entry.name / f"scores_test_{name}.json") for name in look)


def _scored(entry: Entry, folder: Path, look: Sequence[str]) -> bool:
    """Whether the run is finished and its scores are newer than its model."""
    best = folder / entry.name / "best.pt"
    files = [path for _, path in _score_files(entry, folder, look)]
    if not best.exists() or not all(path.exists() for path in files):
        return False
    done = state(_run_of(entry, folder)) == "finished"
    newest = best.stat().st_mtime_ns
    return done and all(path.stat().st_mtime_ns >= newest for path in files)


def _require_same(entry: Entry, folder: Path) -> None:
    """A folder of that name holds this run or none."""
    path = _run_of(entry, folder).config_path
    if path.exists() and path.read_text(encoding="utf-8") != entry.config.to_toml():
        raise RunError(
            "a run of other settings stands under this name",
            where=path,
            fix="give the table another folder with --runs, or move that run away",
        )


def _start(entry: Entry, folder: Path, tell: Tell) -> None:
    run = _run_of(entry, folder)
    if not run.config_path.exists():
        run = RunDir.create(run.folder, entry.config)
    if run.alive:
        tell(f"{entry.name}: is running already")
    elif state(run) != "finished":
        tell(f"{entry.name}: {'goes on' if state(run) != 'not started' else 'begins'}")
        start_detached(run)


def _score(entry: Entry, folder: Path, look: Sequence[str], tell: Tell) -> None:
    """In a process of its own: what a model leaves in memory must not add up."""
    words = ["evaluate", str(folder / entry.name), "--save", "--look", *look]
    words += ["--device", entry.config.device, "--threads", str(entry.config.threads)]
    done = subprocess.run(
        [sys.executable, "-m", "thalia_core", *words], capture_output=True, text=True
    )
    if done.returncode:
        tell(f"{entry.name}: cannot be scored: {done.stderr.strip()[-500:]}")
