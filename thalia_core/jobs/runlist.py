"""The training runs under a folder: how each stands, what it reached, and what sets them apart.

All of it is read from the files of the run folders; a run that goes on is not disturbed.
"""

import json
import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from thalia_core.errors import RunError
from thalia_core.jobs.rundir import RunDir, milestones, state
from thalia_core.progress import Event, Metric, Started

VALIDATED = ("loss", "f1", "iou", "auroc")
"""Measures of the validation split; which of them a run has follows from its task."""
TESTED = ("f1", "iou", "auroc")
"""Measures of the test split, once ``thalia evaluate --save`` has measured them."""

_TEST_FILES = ("scores_test_frames.json", "scores_test_crops.json")
_CUBES = ".zarr"

Settings = Mapping[str, Any]
"""``[section] key`` -> value, as the settings file spells them."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One run.

    Attributes:
        path: Its folder.
        state: As ``rundir.state`` words it, or ``unreadable: why``.
        settings: All of them; empty where they cannot be read.
        began: When it first started (UTC, ISO 8601); empty before that.
        epochs: How many it has finished.
        val: Measures of the validation at the epoch with the lowest loss, which ``best.pt`` keeps.
        test: Measures of the test split: of whole frames, else of the centred crops.
        pace: Of the last epoch: ``samples_per_s``, ``data_wait`` (a share) and ``memory_gb``.
    """

    path: Path
    state: str
    settings: Settings = field(default_factory=dict)
    began: str = ""
    epochs: int = 0
    val: Mapping[str, float] = field(default_factory=dict)
    test: Mapping[str, float] = field(default_factory=dict)
    pace: Mapping[str, float] = field(default_factory=dict)

    def measure(self, name: str) -> float | None:
        """``val_f1``, ``test_iou``, ``samples_per_s`` and the like; None where it is not known."""
        split, _, rest = name.partition("_")
        kept = {"val": self.val, "test": self.test}.get(split)
        value = self.pace.get(name) if kept is None else kept.get(rest)
        return None if value is None or value != value else value


def runs_under(folder: Path, defaults: str = "") -> list[Summary]:
    """All training runs in a folder and below, by path.

    Args:
        folder: Where to look; it may be a run itself.
        defaults: Settings, as TOML, of runs that say nothing about them: those of an older program.

    Raises:
        RunError: No such folder.
    """
    if not folder.is_dir():
        raise RunError("no such folder", where=folder)
    known = flat(tomllib.loads(defaults))
    found = (summary(path, known) for path in _run_folders(folder))
    return [run for run in found if run is not None]


def summary(folder: Path, defaults: Settings) -> Summary | None:
    """What a run folder tells; None for one whose job is another than training."""
    run = RunDir.open(folder)
    try:
        tables = tomllib.loads(run.config_path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return Summary(folder, f"unreadable: {error}")
    if tables.get("job", "train") != "train":
        return None
    events = milestones(run)
    epochs = _epochs(events)
    best = min(epochs.values(), key=lambda values: _loss(values), default={})
    last = epochs[max(epochs)] if epochs else {}
    return Summary(
        folder,
        state(run),
        {**defaults, **flat(tables)},
        next((event.time for event in events if isinstance(event, Started)), ""),
        len(epochs),
        {name: best[f"val_{name}"] for name in VALIDATED if f"val_{name}" in best},
        _tested(folder),
        {name: last[name] for name in ("samples_per_s", "data_wait", "memory_gb") if name in last},
    )


def flat(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by the names that messages use, such as ``[training] lr``."""
    found: dict[str, Any] = {}
    for key, value in tables.items():
        if isinstance(value, dict):
            found |= {f"[{key}] {name}": inner for name, inner in value.items()}
        else:
            found[key] = value
    return found


def apart(runs: Sequence[Summary]) -> list[str]:
    """The settings in which the runs differ, in the order of the settings file."""
    readable = [run.settings for run in runs if run.settings]
    names = dict.fromkeys(name for settings in readable for name in settings)
    return [
        name for name in names if any(s.get(name) != readable[0].get(name) for s in readable[1:])
    ]


def ordered(runs: Iterable[Summary], by: str) -> list[Summary]:
    """The runs, the best first; those without the measure last.

    Args:
        runs: The runs.
        by: ``name``, ``date`` (newest first), ``epochs``, or a measure; of losses the lowest first.
    """
    rows = sorted(runs, key=lambda run: run.path)
    if by == "name":
        return rows
    if by == "date":
        return sorted(rows, key=lambda run: run.began, reverse=True)
    if by == "epochs":
        return sorted(rows, key=lambda run: -run.epochs)
    sign = 1 if by.endswith("loss") else -1

    def place(run: Summary) -> tuple[bool, float]:
        value = run.measure(by)
        return value is None, 0.0 if value is None else sign * value

    return sorted(rows, key=place)


def _run_folders(folder: Path) -> Iterator[Path]:
    for path, inner, files in os.walk(folder):
        if "config.toml" in files:
            inner.clear()
            yield Path(path)
        # cubes hold very many folders, and no run
        inner[:] = [name for name in inner if not name.endswith(_CUBES)]


def _epochs(events: Iterable[Event]) -> dict[int, Mapping[str, float]]:
    """What was measured at the end of each epoch; of one done again after a crash, the last."""
    return {
        event.epoch: event.values
        for event in events
        if isinstance(event, Metric) and "val_loss" in event.values
    }


def _loss(values: Mapping[str, float]) -> float:
    loss = values["val_loss"]
    return float("inf") if loss != loss else loss


def _tested(folder: Path) -> dict[str, float]:
    for name in _TEST_FILES:
        try:
            scores = json.loads((folder / name).read_text(encoding="utf-8"))
            model = scores["all"]["model"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        return {key: model[key] for key in TESTED if isinstance(model.get(key), int | float)}
    return {}
