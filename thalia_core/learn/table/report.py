"""A table of runs as Markdown, CSV and figures, beside the published figures.

Every figure follows from the scores kept in the run folders, which the CSV names.
"""

import csv
from collections.abc import Sequence, Set
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from statistics import mean, stdev

import numpy as np
from numpy.typing import NDArray

from thalia_core.cube.durable import write_bytes
from thalia_core.learn.names import MODELS, SEGMENTATION, WEATHER_CHANNELS
from thalia_core.learn.table.plan import Entry, Table
from thalia_core.learn.table.published import published, sizes
from thalia_core.learn.table.running import Outcome

MEASURES = {
    True: ("precision", "recall", "f1", "iou", "average_precision"),
    False: ("precision", "recall", "f1", "auroc", "average_precision"),
}
_TITLES = {
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "iou": "IoU",
    "auroc": "AUROC",
    "average_precision": "AP",
}
_MODEL = "model"


@dataclass(frozen=True, slots=True)
class Cell:
    """A measure over the seeds, as fractions; ``values`` has one for each run."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Over the seeds."""
        return mean(self.values)

    @property
    def deviation(self) -> float:
        """Over the seeds; 0 for one."""
        return stdev(self.values) if len(self.values) > 1 else 0.0

    def text(self) -> str:
        """In percent, as the paper writes it."""
        if not self.values:
            return "-"
        return f"{self.mean * 100:.2f} ± {self.deviation * 100:.2f}"


@dataclass(frozen=True, slots=True)
class Row:
    """One model in one setting, looked at in one way.

    Attributes:
        look: ``frames`` or ``crops``.
        first: One of its runs.
        outcomes: All of them.
    """

    look: str
    first: Entry
    outcomes: tuple[Outcome, ...]

    @property
    def title(self) -> str:
        """Of the model."""
        return MODELS[self.first.model].title

    @property
    def done(self) -> tuple[Outcome, ...]:
        """Those that are scored."""
        return tuple(one for one in self.outcomes if self.look in one.scores)

    def cell(self, measure: str, judge: str = _MODEL) -> Cell:
        """A measure of the model, or of a guess beside it."""
        told = [one.scores[self.look]["all"].get(judge, {}).get(measure) for one in self.done]
        return Cell(tuple(value for value in told if value is not None))

    def above(self) -> tuple[str, list[tuple[float, float, float]]]:
        """The best guess without an image, and how much each run's F1 is above it."""
        told = [one.scores[self.look].get("above_best_guess") for one in self.done]
        known = [one for one in told if one is not None and None not in one["f1"]]
        guesses = dict.fromkeys(one["guess"] for one in known)
        return ", ".join(guesses), [tuple(one["f1"]) for one in known]

    def beside(self) -> dict[str, tuple[float, float]]:
        """The published figures of this model and setting."""
        config = self.first.config
        weather = any(name in WEATHER_CHANNELS for name in config.channels)
        setting = "atmosphere" if weather else "base"
        return published(config.split, config.series, config.model, setting)


def rows_of(table: Table, outcomes: Sequence[Outcome], task: str, look: str) -> list[Row]:
    """The rows of one task."""
    rows = []
    for model in table.models:
        for setting in table.settings:
            entries = table.seeds_of(model, setting)
            own = tuple(one for one in outcomes if one.entry in entries)
            if entries and entries[0].config.task == task:
                rows.append(Row(look, entries[0], own))
    return rows


def markdown(table: Table, outcomes: Sequence[Outcome]) -> str:
    """All tables of the report."""
    done = sum(len(one.scores) == len(table.look) for one in outcomes)
    lines = [f"# {table.name}", "", f"{done} of {len(outcomes)} runs are trained and scored.", ""]
    lines += [f"- {one.entry.name}: {one.state}" for one in outcomes if not one.scores]
    for task in dict.fromkeys(entry.config.task for entry in table.entries):
        for look in table.look:
            rows = rows_of(table, outcomes, task, look)
            lines += _section(rows, task, look)
            lines += differences(table, rows, look)
    return "\n".join(lines) + "\n"


def _section(rows: Sequence[Row], task: str, look: str) -> list[str]:
    measures = MEASURES[task == SEGMENTATION]
    seen = "whole frames" if look == "frames" else "centred crops, as published"
    head = " | ".join(_TITLES[name] for name in measures)
    lines = [
        f"## {task.capitalize()}: {seen}",
        "",
        "Test split, percent, the deformation class: mean ± deviation over the seeds; in the lines "
        "below, as published (three seeds). The last column: F1 above that of the best guess "
        "without a network, with the 95 % interval of each seed (pairs of a frame and primary date "
        "drawn together).",
        "",
        f"| model | setting | runs | {head} | above the best guess |",
        f"|---|---|---|{'---|' * len(measures)}---|",
    ]
    for row in rows:
        cells = " | ".join(row.cell(name).text() for name in measures)
        guess, by = row.above()
        told = "; ".join(f"{v * 100:+.1f} ({a * 100:+.1f} to {b * 100:+.1f})" for v, a, b in by)
        head = f"| {row.title} | {row.first.setting} | {len(row.done)} | {cells}"
        lines.append(f"{head} | {f'{guess}: {told}' if told else '-'} |")
        beside = row.beside()
        if beside:
            known = (beside.get(name) for name in measures)
            cells = " | ".join(f"{m * 100:.2f} ± {d * 100:.2f}" if (m, d) != (0, 0) else "-"
                               for m, d in (one or (0, 0) for one in known))  # fmt: skip
            lines.append(f"| | *published* | 3 | {cells} | |")
        for judge in _guesses(row):
            cells = " | ".join(row.cell(name, judge).text() for name in measures)
            lines.append(f"| | {judge} | | {cells} | |")
    return [*lines, "", *_sizes(rows)]


def differences(table: Table, rows: Sequence[Row], look: str) -> list[str]:
    """How much better one setting is than another, same seeds, on the same samples."""
    from thalia_core.learn.scoring.bootstrap import difference

    lines: list[str] = []
    for one, other in table.compare:
        for model in table.models:
            pair = [r for s in (one, other) for r in rows
                    if (r.first.model, r.first.setting) == (model, s) and r.done]  # fmt: skip
            if len(pair) < 2:
                continue
            seeds = {one.entry.seed for one in pair[0].done}
            seeds &= {one.entry.seed for one in pair[1].done}
            first, second = (_counts(row, look, seeds) for row in pair)
            if first is None or second is None or first[1] != second[1]:
                continue  # not the same samples: series and single pairs cannot be compared so
            apart = difference(first[0], second[0], first[2])
            told = ", ".join(
                f"{_TITLES[name]} {v * 100:+.2f} ({a * 100:+.2f} to {b * 100:+.2f})"
                for name, (v, a, b) in apart.items()
                if name in ("f1", "iou", "auroc", "average_precision") and v == v
            )
            lines.append(f"- {pair[0].title}: {one} above {other}: {told}")
    if not lines:
        return []
    head = "Differences, counts of all seeds together, 95 % intervals (pairs of both drawn alike):"
    return [head, "", *lines, ""]


def _counts(
    row: Row, look: str, seeds: Set[int]
) -> tuple[NDArray[np.int64], list[str], list[str]] | None:
    """Counts of the model over some seeds, names and groups of the samples."""
    done = [one for one in row.done if one.entry.seed in seeds]
    kept = [one.folder / f"scores_test_{look}.npz" for one in done]
    if not kept or not all(path.exists() for path in kept):
        return None
    read = [np.load(path) for path in kept]
    counts = np.sum([one["counts"].astype(np.int64) for one in read], axis=0)
    return counts, read[0]["keys"].tolist(), read[0]["groups"].tolist()


def _guesses(row: Row) -> list[str]:
    """The guesses beside a model, once for each model."""
    found: dict[str, None] = {}
    for one in row.done:
        found |= dict.fromkeys(j for j in one.scores[row.look]["all"] if j != _MODEL)
    return list(found)


def _sizes(rows: Sequence[Row]) -> list[str]:
    """Parameters as published, for whoever compares (paper, Tables 7 and 8)."""
    lines = []
    for model in dict.fromkeys(row.first.model for row in rows):
        known = sizes(model)
        if known is not None:
            lines.append(
                f"- {MODELS[model].title}: {known[0]:g} M parameters for single pairs, "
                f"{known[1]:g} M for series; {known[2]:g} and {known[3]:g} hours as published"
            )
    return [*lines, ""] if lines else []


def as_csv(outcomes: Sequence[Outcome]) -> str:
    """One line for each run and look: what the report is made of."""
    file = StringIO()
    writer = csv.writer(file)
    names = tuple(dict.fromkeys((*MEASURES[True], *MEASURES[False])))
    writer.writerow(
        ("run", "model", "setting", "seed", "look", "judge", *names, "f1_low", "f1_high")
    )
    for one in outcomes:
        for look, scores in one.scores.items():
            for judge, told in scores["all"].items():
                interval = scores["intervals"]["f1"] if judge == _MODEL else ("", "")
                values = ["" if told.get(name) is None else told[name] for name in names]
                entry = one.entry
                writer.writerow(
                    (entry.name, entry.model, entry.setting, entry.seed, look, judge)
                    + (*values, *interval)
                )
    return file.getvalue()


def write_report(table: Table, outcomes: Sequence[Outcome], folder: Path) -> list[Path]:
    """Write ``report.md``, ``report.csv`` and a figure for each task and look; returns them."""
    from thalia_core.learn.table.figures import draw

    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(folder / "report.md", markdown(table, outcomes).encode())
    write_bytes(folder / "report.csv", as_csv(outcomes).encode())
    written = [folder / "report.md", folder / "report.csv"]
    for task in dict.fromkeys(entry.config.task for entry in table.entries):
        for look in table.look:
            rows = [row for row in rows_of(table, outcomes, task, look) if row.done]
            if rows:
                path = folder / f"{task}_{look}.svg"
                write_bytes(path, draw(rows, task))
                written.append(path)
    return written
