"""``thalia runs``: the training runs under a folder, side by side."""

import json
import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from thalia_core.errors import RunError
from thalia_core.jobs.runlist import TESTED, VALIDATED, Summary, apart, ordered, runs_under

_MEASURES = (
    *(f"val_{name}" for name in VALIDATED),
    *(f"test_{name}" for name in TESTED),
    "samples_per_s",
)
_MODEL, _CHANNELS = "[model] name", "[input] channels"
_SEED, _EPOCHS = "[training] seed", "[training] epochs"
_WIDEST = 40


def add(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    """Register the verb."""
    runs = subparsers.add_parser(
        "runs",
        help="the training runs under a folder, side by side",
        description="List the training runs under folders: how each stands, what it reached on the "
        "validation split at its best epoch and, where 'thalia evaluate --save' measured it, on "
        "the test split; then the settings in which they differ.",
    )
    runs.add_argument("folders", type=Path, nargs="+", metavar="DIR")
    runs.add_argument(
        "--sort",
        choices=("name", "date", "epochs", *_MEASURES),
        default="name",
        help="best or newest first; default: name",
    )
    runs.add_argument("--json", action="store_true", help="all of it as JSON")
    runs.set_defaults(run=run)


def run(args: Namespace) -> int:
    """Read and print."""
    from thalia_core.learn.config import TrainConfig

    defaults = TrainConfig().to_toml()
    found = {run.path: run for folder in args.folders for run in runs_under(folder, defaults)}
    if not found:
        raise RunError(
            "no training run is here",
            where=", ".join(map(str, args.folders)),
            fix="name a folder that holds run folders ('thalia train CONFIG.toml --run DIR')",
        )
    runs = ordered(found.values(), args.sort)
    differing = apart(runs)
    sys.stdout.write(_json(runs, differing) if args.json else _text(args, runs, differing))
    return 0


def _json(runs: Sequence[Summary], differing: Sequence[str]) -> str:
    rows: list[dict[str, Any]] = [
        {
            "path": str(run.path),
            "state": run.state,
            "model": run.settings.get(_MODEL),
            "channels": run.settings.get(_CHANNELS),
            "seed": run.settings.get(_SEED),
            "began": run.began or None,
            "epochs": run.epochs,
            **{name: run.measure(name) for name in (*_MEASURES, "data_wait", "memory_gb")},
            "settings": dict(run.settings),
        }
        for run in runs
    ]
    # dates of the settings have no form of their own in JSON
    return json.dumps({"runs": rows, "differing": list(differing)}, indent=1, default=str) + "\n"


def _text(args: Namespace, runs: Sequence[Summary], differing: Sequence[str]) -> str:
    names = [_name(run, args.folders) for run in runs]
    measures = [name for name in _MEASURES if any(run.measure(name) is not None for run in runs)]
    head = ["run", "state", "model", "channels", "seed", "epochs", *measures, "began"]
    rows = [
        [
            name,
            run.state,
            str(run.settings.get(_MODEL, "")),
            str(len(run.settings.get(_CHANNELS, ()))),
            str(run.settings.get(_SEED, "")),
            f"{run.epochs}/{run.settings.get(_EPOCHS, '?')}",
            *(_number(run.measure(measure)) for measure in measures),
            run.began[:16].replace("T", " "),
        ]
        for name, run in zip(names, runs, strict=True)
    ]
    text = _table([[cell.replace("_", " ") for cell in head], *rows])
    if differing:
        settings = [
            [name, *(_value(run.settings.get(key)) for key in differing)]
            for name, run in zip(names, runs, strict=True)
            if run.settings
        ]
        text += "\nsettings that differ\n" + _table([["run", *differing], *settings])
    return text


def _name(run: Summary, folders: Sequence[Path]) -> str:
    """The path below the one folder that was named; all of it where there are several."""
    if len(folders) == 1 and run.path != folders[0]:
        return str(run.path.relative_to(folders[0]))
    return str(run.path)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value)) or "(none)"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need to be, up to a limit; the end of what is longer is left out."""
    cut = [[c if len(c) <= _WIDEST else f"{c[: _WIDEST - 1]}…" for c in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cut, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in cut)
    return "\n".join(lines) + "\n"
