"""Scores a run beside the guesses that it must beat: whole frames, or the published crops."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.instances import read_instances
from thalia_core.cube.labels import Activity, Intensity
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.errors import ConfigError, RunError, ThaliaError
from thalia_core.learn import baselines
from thalia_core.learn.config import TrainConfig
from thalia_core.learn.data import fixed_loader
from thalia_core.learn.feed.straight import CubeCrops
from thalia_core.learn.names import CLASSIFICATION, COHERENCE, EACH_STEP, LAST_STEP, PHASE
from thalia_core.learn.planes import read_target, require_channels, target_of
from thalia_core.learn.predict import Predictor
from thalia_core.learn.samples import (
    Sample,
    as_series,
    find_samples,
    sample_of,
    split_of,
    usable_pairs,
)
from thalia_core.learn.scoring import priors
from thalia_core.learn.scoring.bins import Counts, count, rescaled
from thalia_core.learn.scoring.scores import CROPS, FRAMES, MODEL, Judged, Scores

Tell = Callable[[int, int, str], None]

_EVERY = 8  # pixels along rows and columns of which the coherence of a pair is averaged


def evaluate(
    predictor: Predictor,
    config: TrainConfig,
    cubes: Sequence[CubeStore],
    tell: Tell,
    *,
    centred: bool = False,
) -> Scores:
    """Score a model on all labelled pairs of some cubes.

    Args:
        predictor: The model.
        config: The settings of its run; the guesses are fitted on their training split.
        cubes: Cubes to score on.
        tell: Takes (done, total, text).
        centred: Look at the crops of the published figures, not at whole frames.

    Raises:
        RunError: The cubes hold no labelled pair.
        ThaliaError: A cube lacks a channel, or the training cubes cannot be read.
    """
    return score(predictor, config, samples_of(cubes, config), tell, centred=centred)


def samples_of(cubes: Sequence[CubeStore], config: TrainConfig) -> list[Sample]:
    """The labelled pairs of some cubes, or the series of them.

    Raises:
        RunError: There are none.
    """
    samples: list[Sample] = []
    for cube in cubes:
        own = [sample_of(cube, pair) for pair in usable_pairs(cube)]
        samples += as_series(own, config.series, "test") if config.series > 1 else own
    if not samples:
        raise RunError(
            "no pair to score",
            where=", ".join(str(cube.path) for cube in cubes),
            why="no pair of these cubes is labelled as done",
        )
    return samples


def score(
    predictor: Predictor,
    config: TrainConfig,
    samples: Sequence[Sample],
    tell: Tell,
    *,
    centred: bool = False,
) -> Scores:
    """Score a model on samples, such as those of the test split; see ``evaluate``.

    Raises:
        ThaliaError: A cube lacks a channel, or cannot be read.
    """
    cubes = {path: CubeStore.open(path) for path in {sample.cube for sample in samples}}
    for cube in cubes.values():
        require_channels(cube, predictor.inputs.channels)
    result = Scores(predictor.task, CROPS if centred else FRAMES)
    known = sum(seen(config, s.frame, pair) for s in samples for pair in set(s.pairs))
    if known:
        result.notes.append(f"the run was trained, or its best state chosen, on {known} of these")
    tell(0, len(samples), "fitting the baselines")
    judge = _Judge(predictor, config, _fit(config, predictor.task, result, centred))
    looked = judge.crops(samples) if centred else judge.frames(samples, cubes)
    for done, (sample, counts) in enumerate(looked):
        tell(done, len(samples), f"{sample.frame} {sample.pair}")
        result.judged.append(_judged(cubes[sample.cube], sample, counts))
    tell(len(samples), len(samples), "")
    return result


def seen(config: TrainConfig, frame: str, pair: DatePair) -> bool:
    """Whether a run trained on the pair or chose its best state by it."""
    try:
        return split_of(config, frame, pair) in ("train", "val")
    except ConfigError:
        return True


Guesses = tuple[priors.Priors, baselines.Baselines | None]


def _fit(config: TrainConfig, task: str, result: Scores, centred: bool) -> Guesses | None:
    """The guesses, or None (with a note) where the training cubes are out of reach."""
    try:
        samples = find_samples(config).train
        if task == CLASSIFICATION or centred:
            return priors.fit(samples, None), None
        cubes = {path: CubeStore.open(path) for path in {sample.cube for sample in samples}}
        prior = priors.fit(samples, lambda s: asked_of(cubes[s.cube], s.pairs, config.target))
        return prior, baselines.fit(samples)
    except ThaliaError as error:
        result.notes.append(f"the fitted baselines are left out: {error}")
        return None


def asked_of(cube: CubeStore, pairs: Sequence[DatePair], target: str) -> NDArray[np.bool_]:
    """Where a series deforms, (rows, columns); where each step is asked for, that is the last."""
    kind = LAST_STEP if target == EACH_STEP else target
    return target_of(np.stack([read_target(cube, pair) for pair in pairs]), kind)


class _Judge:
    """Asks the model and the guesses about samples."""

    def __init__(self, predictor: Predictor, config: TrainConfig, guesses: Guesses | None) -> None:
        self._predictor = predictor
        self._config = config
        self._guesses = guesses
        self._of_pairs = predictor.task == CLASSIFICATION

    def frames(
        self, samples: Sequence[Sample], cubes: dict[str, CubeStore]
    ) -> Iterator[tuple[Sample, dict[str, Counts]]]:
        """Each sample, and who said what of its whole frame."""
        for sample in samples:
            cube = cubes[sample.cube]
            prediction = self._predictor.look(cube, sample.pairs)
            if self._of_pairs:
                yield sample, self._pair(sample, prediction.score)
                continue
            truth = asked_of(cube, sample.pairs, self._config.target)
            yield sample, self._pixels(cube, sample, prediction.probability, truth)

    def crops(self, samples: Sequence[Sample]) -> Iterator[tuple[Sample, dict[str, Counts]]]:
        """Each sample, and who said what of its centred crop."""
        loader = fixed_loader(CubeCrops(samples, self._config), self._config, pinned=False)
        left = iter(samples)
        for batch in loader:
            said = self._predictor.probabilities(batch["planes"], batch["days"]).numpy()
            known = np.isfinite(batch["planes"].numpy()).any(axis=1)
            for n, own in enumerate(said):
                sample = next(left)
                if self._of_pairs:
                    yield sample, self._pair(sample, float(own))
                    continue
                truth = batch["mask"][n].numpy() > 0
                own = np.where(known[n], own, np.nan)
                everything = np.where(known[n], 1.0, np.nan)
                whole = np.broadcast_to(everything, truth.shape)
                yield sample, {MODEL: count(own, truth), baselines.ALL: count(whole, truth)}

    def _pair(self, sample: Sample, said: float) -> dict[str, Counts]:
        truth = np.array([sample.positive])
        counts = {MODEL: count(np.array([said]), truth), baselines.ALL: count(np.ones(1), truth)}
        if self._guesses is not None:
            prior = self._guesses[0]
            share = rescaled(np.array([prior.share(sample.frame)]), prior.share_threshold)
            counts[baselines.FRAME_PRIOR] = count(share, truth)
        return counts

    def _pixels(
        self,
        cube: CubeStore,
        sample: Sample,
        said: NDArray[np.float32],
        truth: NDArray[np.bool_],
    ) -> dict[str, Counts]:
        known = np.isfinite(said)
        judged: dict[str, NDArray[Any]] = {MODEL: said, baselines.ALL: np.ones(said.shape)}
        if self._guesses is not None:
            prior, fitted = self._guesses
            mask = prior.mask(sample.frame, cube.geometry.shape)
            judged[baselines.FRAME_PRIOR] = rescaled(mask, prior.mask_threshold)
            if fitted is not None and PHASE in cube.layers:
                masks = fitted.masks(cube, sample.pair)
                judged |= {n: m.astype(np.float64) for n, m in masks.items() if n != baselines.ALL}
        return {name: count(np.where(known, v, np.nan), truth) for name, v in judged.items()}


def _judged(cube: CubeStore, sample: Sample, counts: dict[str, Counts]) -> Judged:
    """The judgements with what the record says of the sample."""
    listed = [
        one
        for pair in sample.pairs
        for one in read_instances(cube.read_label(pair).instances) or ()
    ]
    types = {Activity(o.activity).name.capitalize() for o in listed if o.activity in set(Activity)}
    levels = [o.intensity for o in listed if o.intensity in set(Intensity) and o.intensity > 0]
    coherence = float("nan")
    if COHERENCE in cube.layers:
        plane = cube.read_plane(COHERENCE, sample.pair)[::_EVERY, ::_EVERY]
        coherence = float(np.nanmean(plane)) if np.isfinite(plane).any() else coherence
    return Judged(
        sample.frame,
        sample.key,
        f"{sample.frame} {sample.pair.primary}",
        sample.positive,
        tuple(sorted(types)),
        Intensity(max(levels)).name.capitalize() if levels else "",
        coherence,
        counts,
    )
