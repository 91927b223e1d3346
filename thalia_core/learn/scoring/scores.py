"""All judgements of an evaluation, and what they come to: overall and by kind of pair."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from thalia_core.benchmark.splits import region_of
from thalia_core.cube.durable import write_bytes
from thalia_core.learn.baselines import UNWRAPPED
from thalia_core.learn.names import SEGMENTATION
from thalia_core.learn.scoring.bins import BINS, MEASURES, Counts, measures, reliability
from thalia_core.learn.scoring.bootstrap import difference, intervals

MODEL = "model"
FRAMES, CROPS = "whole frames", "centred crops"
"""What was looked at: all of a frame, or the crop that the published figures are of."""
ELSEWHERE = "elsewhere"
_COHERENCES = ((0.0, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 1.01))
_SHOWN = ("iou", "f1", "precision", "recall")


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One sample, and what everybody said of it.

    Attributes:
        frame: Its frame.
        key: Its name.
        group: What it is drawn with when intervals are estimated: frame and primary date.
        positive: Whether it deforms.
        types: Activity types that its record names.
        intensity: The highest intensity it names; empty for none.
        coherence: Mean over the frame, 0 to 1; NaN where unknown.
        counts: Who -> (2, BINS).
    """

    frame: str
    key: str
    group: str
    positive: bool
    types: tuple[str, ...]
    intensity: str
    coherence: float
    counts: Mapping[str, Counts]


@dataclass(slots=True)
class Scores:
    """What an evaluation found.

    Attributes:
        task: Segmentation counts pixels where the pair has data, classification pairs.
        seen: ``FRAMES`` or ``CROPS``.
        judged: The samples.
        notes: Remarks for whoever reads it.
    """

    task: str
    seen: str = FRAMES
    judged: list[Judged] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def judges(self) -> tuple[str, ...]:
        """The model, and the guesses beside it."""
        return tuple(self.judged[0].counts) if self.judged else ()

    def counts(self, judge: str, chosen: Sequence[Judged] | None = None) -> Counts:
        """(samples, 2, BINS) of one judge."""
        some = self.judged if chosen is None else chosen
        empty = np.zeros((0, 2, BINS), np.int64)
        return np.stack([one.counts[judge] for one in some]) if some else empty

    def measure(self, judge: str, chosen: Sequence[Judged] | None = None) -> dict[str, float]:
        """Measures of one judge, pooled over the samples."""
        found = measures(self.counts(judge, chosen).sum(0))
        return {name: float(found[name]) for name in self._names}

    def best_guess(self) -> str | None:
        """The guess without an image whose F1 is highest."""
        guesses = [judge for judge in self.judges if judge not in (MODEL, UNWRAPPED)]
        known = [g for g in guesses if np.isfinite(self.measure(g)["f1"])]
        return max(known, key=lambda g: self.measure(g)["f1"], default=None)

    def to_dict(self) -> dict[str, Any]:
        """Plain values: overall with intervals, per judge, and by kind of pair."""
        groups = [one.group for one in self.judged]
        best = self.best_guess()
        result: dict[str, Any] = {
            "task": self.task,
            "seen": self.seen,
            "samples": len(self.judged),
            "positive": sum(one.positive for one in self.judged),
            "all": {judge: self.measure(judge) for judge in self.judges},
            "intervals": {
                name: list(found)
                for name, found in intervals(self.counts(MODEL), groups).items()
                if name in self._names
            },
            "calibration": [list(row) for row in reliability(self.counts(MODEL).sum(0))],
            "by": {kind: self._by(kind) for kind in _KINDS},
            "notes": self.notes,
        }
        if best is not None:
            apart = difference(self.counts(MODEL), self.counts(best), groups)
            result["above_best_guess"] = {"guess": best, "f1": list(apart["f1"])}
        return result

    def keep(self, path: Path) -> None:
        """Write what the model was counted to say of each sample, to compare it with others."""
        file = BytesIO()
        np.savez_compressed(
            file,
            counts=self.counts(MODEL).astype(np.uint32),
            keys=np.array([one.key for one in self.judged]),
            groups=np.array([one.group for one in self.judged]),
        )
        write_bytes(path, file.getvalue())

    def table(self) -> str:
        """The measures as text."""
        unit = "pixels" if self.task == SEGMENTATION else "pairs"
        lines = [f"{len(self.judged)} pairs, {self.seen}, {unit} pooled"]
        frames = self._split("frame")
        if len(frames) > 1:
            lines += self._rows("all frames", self.judged)
        for name, chosen in frames.items():
            lines += self._rows(name, chosen)
        lines += self._kinds()
        told = self.to_dict()
        low, high = told["intervals"]["f1"]
        auroc, ap = (told["all"][MODEL][name] for name in ("auroc", "average_precision"))
        lines += [
            "",
            f"F1 of the model {told['all'][MODEL]['f1']:.3f}, 95 % {low:.3f} to {high:.3f}",
        ]
        if "above_best_guess" in told:
            by, low, high = told["above_best_guess"]["f1"]
            guess = told["above_best_guess"]["guess"]
            lines.append(
                f"above the best guess ({guess}) by {by:.3f}, 95 % {low:.3f} to {high:.3f}"
            )
        lines.append(
            f"AUROC of the model {auroc:.3f}, average precision {ap:.3f}, "
            f"calibration error {told['all'][MODEL]['ece']:.3f}"
        )
        return "\n".join(lines + [f"\nNote: {note}." for note in self.notes])

    @property
    def _names(self) -> tuple[str, ...]:
        # for pairs an intersection over union is F1 in other words
        return MEASURES if self.task == SEGMENTATION else tuple(m for m in MEASURES if m != "iou")

    def _rows(self, title: str, chosen: Sequence[Judged]) -> list[str]:
        lines = [f"\n{title:<28}{'IoU':>8}{'F1':>8}{'precision':>11}{'recall':>8}"]
        for judge in self.judges:
            found = measures(self.counts(judge, chosen).sum(0))
            iou, f1, precision, recall = (float(found[name]) for name in _SHOWN)
            lines.append(f"{judge:<28}{iou:8.3f}{f1:8.3f}{precision:11.3f}{recall:8.3f}")
        return lines

    def _kinds(self) -> list[str]:
        lines = []
        for kind in _KINDS:
            groups = self._split(kind)
            if kind == "frame" or len(groups) < 2:
                continue
            lines.append(
                f"\nmodel, by {kind:<18}{'pairs':>8}{'F1':>8}{'precision':>11}{'recall':>8}"
            )
            for name, chosen in groups.items():
                found = self.measure(MODEL, chosen)
                cells = f"{found['f1']:8.3f}{found['precision']:11.3f}{found['recall']:8.3f}"
                lines.append(f"{name:<28}{len(chosen):8}{cells}")
        return lines

    def _by(self, kind: str) -> dict[str, dict[str, Any]]:
        return {
            name: {"samples": len(chosen), **{j: self.measure(j, chosen) for j in self.judges}}
            for name, chosen in self._split(kind).items()
        }

    def _split(self, kind: str) -> dict[str, list[Judged]]:
        """Name of a group -> its samples; one of several types stands in each of them."""
        found: dict[str, list[Judged]] = {}
        for one in self.judged:
            for name in _KINDS[kind](one):
                found.setdefault(name, []).append(one)
        return dict(sorted(found.items()))


def _coherence(one: Judged) -> tuple[str, ...]:
    inside = (f"{a:.1f} to {min(b, 1.0):.1f}" for a, b in _COHERENCES if a <= one.coherence < b)
    return tuple(inside) or ("unknown",)


_KINDS: dict[str, Callable[[Judged], tuple[str, ...]]] = {
    "frame": lambda one: (one.frame,),
    "region": lambda one: (region_of(one.frame) or ELSEWHERE,),
    "activity type": lambda one: one.types or ("none",),
    "intensity": lambda one: (one.intensity or "none",),
    "coherence": _coherence,
}
