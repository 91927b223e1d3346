"""Figures of a table: each run a dot, its interval a line, the published figure a mark beside."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from thalia_core.export.figures import as_svg
from thalia_core.learn.names import SEGMENTATION

if TYPE_CHECKING:
    from thalia_core.learn.table.report import Row

_COLOURS = ("#1f5a8c", "#c2571a", "#3d7a3d", "#7b4a9e", "#8a6d1d", "#2a7f86")
_GREY = "#8a8f94"


def draw(rows: Sequence["Row"], task: str) -> bytes:
    """An SVG of F1 and of IoU (or AUROC), one line for each model and setting."""
    from matplotlib.figure import Figure

    measures = ("f1", "iou") if task == SEGMENTATION else ("f1", "auroc")
    titles = {"f1": "F1", "iou": "IoU", "auroc": "AUROC"}
    figure = Figure(figsize=(9.0, 1.2 + 0.42 * len(rows)), layout="constrained")
    settings = list(dict.fromkeys(row.first.setting for row in rows))
    axes = figure.subplots(1, 2, sharey=True)
    for axis, measure in zip(axes, measures, strict=True):
        for place, row in enumerate(rows):
            colour = _COLOURS[settings.index(row.first.setting) % len(_COLOURS)]
            _line(axis, place, row, measure, colour)
        axis.set_xlim(0, 100)
        axis.set_xlabel(f"{titles[measure]}, %")
        axis.grid(axis="x", color="#dddddd", linewidth=0.6)
        axis.set_axisbelow(True)
        axis.spines[["top", "right", "left"]].set_visible(False)
        axis.tick_params(axis="y", length=0)
    axes[0].set_yticks(range(len(rows)), [f"{row.title}, {row.first.setting}" for row in rows])
    axes[0].invert_yaxis()
    figure.suptitle(
        "dots: seeds, 95 % intervals · diamonds: published · grey: best guess without a network",
        fontsize=8,
        color="#555555",
    )
    return as_svg(figure)


def _line(axis: object, place: int, row: "Row", measure: str, colour: str) -> None:
    from matplotlib.axes import Axes

    assert isinstance(axis, Axes)
    count = len(row.done)
    for n, one in enumerate(row.done):
        told = one.scores[row.look]
        value, (low, high) = told["all"]["model"].get(measure), told["intervals"][measure]
        if value is None:
            continue
        at = place + 0.22 * (n - (count - 1) / 2)
        if low is not None and high is not None:
            axis.plot([low * 100, high * 100], [at, at], color=colour, linewidth=1.2, alpha=0.6)
        axis.plot([value * 100], [at], "o", color=colour, markersize=4)
    beside = row.beside().get(measure)
    if beside is not None:
        axis.plot([beside[0] * 100], [place], "D", color=colour, markersize=6, fillstyle="none")
    guess, _ = row.above()
    if guess:
        best = row.cell(measure, guess.split(", ", maxsplit=1)[0])
        if best.values:
            axis.plot(
                [best.mean * 100], [place], "|", color=_GREY, markersize=14, markeredgewidth=2
            )
