"""Plans of a twin of the real archive: its frames, its samples, everything but its pixels.

Each frame of the twin is one window of the real one, at the spacing of the previews the annotators
drew on, so that their polygons lie on its pixels one to one. A frame may have been annotated in
places farther apart than a window is wide: the window is where most of it is seen.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.shapes import polygon as pixels_in
from thalia_core.archive.places import Place, places
from thalia_core.build.annotations.raster import PREVIEW_SCALE
from thalia_core.build.annotations.records import Polygon, Sample
from thalia_core.cube.pairs import DatePair
from thalia_core.errors import BuildError
from thalia_core.synth.fields import generator
from thalia_core.synth.plan import PIXEL_DEGREES, ScenePlan, number_of
from thalia_core.synth.terrain import Edifice

PREVIEW_DEGREES = PIXEL_DEGREES / PREVIEW_SCALE
_STRATIFIED, _TURBULENT = (1, 3), (2, 3)
_NOWHERE = Place(0.0, 0.0, ())


@dataclass(frozen=True, slots=True)
class TwinFrame:
    """One frame of the twin.

    Attributes:
        ground: Its terrain, view, dates and air; it has no events of its own.
        corner: Row and column of its window in the preview of the real frame.
        samples: What the experts said about its pairs.
    """

    ground: ScenePlan
    corner: tuple[int, int]
    samples: tuple[Sample, ...]

    @property
    def frame(self) -> str:
        """Identifier."""
        return self.ground.frame

    def to_json(self) -> dict[str, Any]:
        """Plain values; the samples as their digest."""
        told = [_plain_sample(sample) for sample in self.samples]
        digest = sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
        return {"twin": self.ground.to_json(), "corner": list(self.corner), "samples": digest}


def twin_frames(
    samples: Sequence[Sample],
    listed: frozenset[int],
    *,
    size: int,
    seed: int = 0,
) -> tuple[TwinFrame, ...]:
    """The frames of the twin, those with the most pairs first.

    Args:
        samples: All annotations.
        listed: Numbers of those usable ones that have a product; the other usable ones stay absent.
        size: Rows and columns of each window.
        seed: Of all that is random.

    Raises:
        BuildError: No sample is left.
    """
    by_frame: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        if not sample.usable or sample.unique_id in listed:
            by_frame[sample.frame].append(sample)
    if not by_frame:
        raise BuildError(
            "nothing to make a twin of",
            why="the index lists none of the samples",
            fix="give index and annotations of the same release",
        )
    found = [_frame(frame, tuple(group), size, seed) for frame, group in by_frame.items()]
    return tuple(sorted(found, key=lambda twin: (-len(twin.samples), twin.frame)))


def best_window(polygons: Sequence[Polygon], size: int) -> tuple[int, int]:
    """Row and column of the window of ``size`` x ``size`` pixels that shows most of the polygons.

    Each polygon counts by the share of it that is inside; (0, 0) when there are none.
    """
    if not polygons:
        return 0, 0
    reach = np.ceil(np.max([polygon.max(axis=0) for polygon in polygons], axis=0)).astype(int)
    shape = (max(int(reach[1]) + 1, size), max(int(reach[0]) + 1, size))
    share = np.zeros(shape, np.float64)
    for polygon in polygons:
        inside = pixels_in(polygon[:, ::-1] - 0.5, shape)
        if inside is not None:
            share[inside.window.slices] += inside.mask / inside.mask.sum()
    total = np.pad(share.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    sums = total[size:, size:] - total[:-size, size:] - total[size:, :-size] + total[:-size, :-size]
    best = np.argwhere(sums > sums.max() - 1e-6)  # in the middle of all that are as good
    middle = best.mean(axis=0)
    row, col = best[int(np.abs(best - middle).sum(axis=1).argmin())]
    return int(row), int(col)


def _plain_sample(sample: Sample) -> dict[str, Any]:
    """A sample as JSON has it."""
    return {
        "id": sample.unique_id,
        "pair": str(sample.pair),
        "flags": dict(sample.flags),
        "labels": list(sample.labels),
        "activities": [int(code) for code in sample.activities],
        "intensities": [int(code) for code in sample.intensities],
        "polygons": [polygon.tolist() for polygon in sample.polygons],
        "phase": int(sample.activity_phase),
        "confidence": sample.confidence,
        "caption": sample.caption,
    }


def _frame(frame: str, samples: tuple[Sample, ...], size: int, seed: int) -> TwinFrame:
    days = sorted({day for s in samples for day in (s.pair.primary, s.pair.secondary)})
    polygons = [polygon for sample in samples for polygon in sample.polygons]
    corner = best_window(polygons, size)
    own = seed * 1_000_003 + number_of(frame)
    rng = generator(own, "twin")
    place = places().get(frame, _NOWHERE)
    half = (size - 1) / 2 * PREVIEW_DEGREES
    ground = ScenePlan(
        frame=frame,
        title=", ".join(place.volcanoes),
        seed=own,
        rows=size,
        cols=size,
        west=round(place.lon - half, 6),
        north=round(place.lat + half, 6),
        dates=tuple(days),
        events=(),
        edifices=_edifices(polygons, corner, size, rng),
        incidence=round(float(rng.uniform(36, 42)), 2),
        sea_fraction=round(float(rng.uniform(0.0, 0.12)), 3),
        turbulence_m=(0.002, 0.007),
        stratification=1.2,
        pixel=PREVIEW_DEGREES,
        outline=False,
        air=tuple(_air(samples, days)),
    )
    return TwinFrame(ground, corner, tuple(sorted(samples, key=lambda sample: sample.pair)))


def _edifices(
    polygons: Sequence[Polygon], corner: tuple[int, int], size: int, rng: np.random.Generator
) -> tuple[Edifice, ...]:
    """A volcano under the middle of what is annotated, or in the middle of the window."""
    centres = np.array([polygon.mean(axis=0)[::-1] - corner for polygon in polygons])
    inside = centres[((centres > 0) & (centres < size)).all(axis=1)] if len(centres) else centres
    row, col = _clipped(inside.mean(axis=0) / size) if len(inside) else (0.5, 0.5)
    radius = 0.3 * size * 370
    return (
        Edifice(
            round(float(row), 3),
            round(float(col), 3),
            round(radius * float(rng.uniform(0.11, 0.17))),
            round(radius),
            round(radius * float(rng.uniform(0.05, 0.12))),
        ),
    )


def _clipped(place: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(place, 0.2, 0.8)


def _air(samples: Sequence[Sample], days: Sequence[date]) -> Iterator[tuple[float, float]]:
    """The more of a date's pairs are said to be stratified or turbulent, the more it is."""
    told: dict[date, list[int]] = defaultdict(list)
    for sample in samples:
        for day in _days(sample.pair):
            told[day].append(sample.flags.get("atmospheric_fringes", 0))
    for day in days:
        yield _stronger(told[day], _STRATIFIED), _stronger(told[day], _TURBULENT)


def _stronger(codes: Sequence[int], wanted: tuple[int, ...]) -> float:
    """From 0.4 where no pair of a date is said to show it to 2 where all are."""
    return round(0.4 + 1.6 * sum(code in wanted for code in codes) / len(codes), 3)


def _days(pair: DatePair) -> tuple[date, date]:
    return pair.primary, pair.secondary
