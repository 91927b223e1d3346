"""Scores a run on whole held-out frames, beside the guesses that it must beat."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.errors import ConfigError, RunError, ThaliaError
from thalia_core.learn import baselines
from thalia_core.learn.config import TrainConfig
from thalia_core.learn.metrics import Counts, auroc
from thalia_core.learn.names import PHASE, SEGMENTATION
from thalia_core.learn.planes import read_target, require_channels
from thalia_core.learn.predict import Predictor
from thalia_core.learn.samples import find_samples, split_of, usable_pairs

MODEL = "model"

Tell = Callable[[int, int, str], None]


@dataclass(slots=True)
class Evaluation:
    """Counts by who judged, over everything and per frame.

    Pixels are pooled over all labelled pairs and counted where the pair has data; a classifier's
    counts are of pairs.
    """

    task: str
    total: dict[str, Counts] = field(default_factory=dict)
    frames: dict[str, dict[str, Counts]] = field(default_factory=dict)
    scores: list[float] = field(default_factory=list)
    truth: list[bool] = field(default_factory=list)
    pairs: int = 0
    notes: list[str] = field(default_factory=list)

    def add(self, frame: str, name: str, counts: Counts) -> None:
        """Count one judgement."""
        own = self.frames.setdefault(frame, {})
        own[name] = own.get(name, Counts()) + counts
        self.total[name] = self.total.get(name, Counts()) + counts

    def to_dict(self) -> dict[str, Any]:
        """Plain values: measures of everybody, over all and per frame."""
        result: dict[str, Any] = {
            "task": self.task,
            "pairs": self.pairs,
            "all": {name: counts.values() for name, counts in self.total.items()},
            "frames": {
                frame: {name: counts.values() for name, counts in rows.items()}
                for frame, rows in self.frames.items()
            },
            "notes": self.notes,
        }
        if self.task != SEGMENTATION:
            result["auroc"] = auroc(self.scores, self.truth)
        return result

    def table(self) -> str:
        """The measures as text, one row per judge."""
        unit = "pixels" if self.task == SEGMENTATION else "pairs"
        lines = [f"{self.pairs} pairs, {unit} pooled"]
        groups = [("all frames", self.total)] if len(self.frames) > 1 else []
        for title, rows in [*self.frames.items(), *groups]:
            lines.append(f"\n{title:<28}{'IoU':>8}{'F1':>8}{'precision':>11}{'recall':>8}")
            for name, c in rows.items():
                cells = f"{c.iou:8.3f}{c.f1:8.3f}{c.precision:11.3f}{c.recall:8.3f}"
                lines.append(f"{name:<28}{cells}")
        if self.task != SEGMENTATION:
            lines.append(f"\nAUROC of the model {auroc(self.scores, self.truth):.3f}")
        return "\n".join(lines + [f"\nNote: {note}." for note in self.notes])


def evaluate(
    predictor: Predictor, config: TrainConfig, cubes: Sequence[CubeStore], tell: Tell
) -> Evaluation:
    """Score a model on all labelled pairs of some cubes.

    Args:
        predictor: The model.
        config: The settings of its run; the guesses are fitted on their training split.
        cubes: Cubes to score on.
        tell: Takes (done, total, text).

    Raises:
        RunError: The cubes hold no labelled pair.
        ThaliaError: A cube lacks a channel, or the training cubes cannot be read.
    """
    for cube in cubes:
        require_channels(cube, predictor.inputs.channels)
    work = [(cube, pair) for cube in cubes for pair in usable_pairs(cube)]
    if not work:
        raise RunError(
            "no pair to score",
            where=", ".join(str(cube.path) for cube in cubes),
            why="no pair of these cubes is labelled as done",
        )
    result = Evaluation(predictor.task, pairs=len(work))
    known = sum(seen(config, cube.frame, pair) for cube, pair in work)
    if known:
        result.notes.append(f"the run was trained, or its best state chosen, on {known} of these")
    guesses = None
    if predictor.task == SEGMENTATION:
        tell(0, len(work), "fitting the baselines")
        guesses = _fit(config, result)
    for done, (cube, pair) in enumerate(work):
        tell(done, len(work), f"{cube.frame} {pair}")
        _score(result, predictor, guesses, cube, pair)
    tell(len(work), len(work), "")
    return result


def _fit(config: TrainConfig, result: Evaluation) -> baselines.Baselines | None:
    """The guesses, or None (with a note) where the training cubes are out of reach."""
    try:
        return baselines.fit(find_samples(config).train)
    except ThaliaError as error:
        result.notes.append(f"the fitted baselines are left out: {error}")
        return None


def seen(config: TrainConfig, frame: str, pair: DatePair) -> bool:
    """Whether a run trained on the pair or chose its best state by it."""
    try:
        return split_of(config, frame, pair) in ("train", "val")
    except ConfigError:
        return True


def _score(
    result: Evaluation,
    predictor: Predictor,
    guesses: baselines.Baselines | None,
    cube: CubeStore,
    pair: DatePair,
) -> None:
    prediction = predictor.predict(cube, pair)
    truth = read_target(cube, pair)
    if predictor.task != SEGMENTATION:
        positive = np.array([bool(truth.any())])
        result.scores.append(prediction.score)
        result.truth.append(bool(positive[0]))
        result.add(cube.frame, MODEL, Counts.of(np.array([prediction.score >= 0.5]), positive))
        result.add(cube.frame, baselines.ALL, Counts.of(np.array([True]), positive))
        return
    valid = np.isfinite(prediction.probability)
    judged = {MODEL: prediction.probability >= 0.5, baselines.ALL: np.ones_like(valid)}
    if guesses is not None and PHASE in cube.layers:
        judged |= guesses.masks(cube, pair)
    for name, mask in judged.items():
        result.add(cube.frame, name, Counts.of(mask[valid], truth[valid]))
