"""A frame of the twin as a cube: real labels over made-up pixels that agree with them.

Ground and air belong to the dates, as in any synthetic frame. The motion belongs to the pair: every
pair was annotated for itself, and the polygons of pairs that share dates do not add up. So loops of
three pairs close but for the deformation.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from math import tau
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.patch import MASK_NAMES
from thalia_core.annotate.shapes import Shape
from thalia_core.build.annotations.importing import ANNOTATOR, disjoint, fields_of, paint_of
from thalia_core.build.annotations.raster import PREVIEW_WINDOW, Preview
from thalia_core.build.annotations.records import Sample
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.labels import ActivityPhase, PairLabel
from thalia_core.cube.pairs import DatePair
from thalia_core.insar.los import phase_of_displacement
from thalia_core.insar.wrap import wrap
from thalia_core.synth.assemble import Tell, is_of_plan, write_cube
from thalia_core.synth.coherence import estimated_coherence, noisy_phase
from thalia_core.synth.fields import Plane, generator
from thalia_core.synth.fitting import EDGE_FRINGES, Placed, fit
from thalia_core.synth.plan import plain
from thalia_core.synth.scene import Scene
from thalia_core.synth.twin import TwinFrame
from thalia_core.synth.writer import frame_attributes, ground_truth

_SEEN_COHERENCE = 0.4
"""Where experts drew an outline they saw fringes."""
_LOW, _NONE = 0.45, 0.08
"""What is left of the coherence of pairs said to have low coherence, or nothing to be read."""
_RAMP_FRINGES = 3.0


def write_twin(plan: TwinFrame, out: Path, tell: Tell | None = None) -> bool:
    """Write the cube of a frame of the twin; see :func:`assemble.write_cube`."""
    if is_of_plan(out, plan.to_json()):
        return False
    return write_cube(TwinSubject(plan), out, tell)


class TwinSubject:
    """A frame of the twin as :class:`assemble.Subject`."""

    def __init__(self, plan: TwinFrame) -> None:
        ground = plan.ground
        self.plan = plan
        self.scene = Scene(ground)
        self.samples = {sample.pair: sample for sample in plan.samples}
        self.frame = ground.frame
        self.geometry: Geometry = ground.geometry
        self.dates: Sequence[date] = ground.dates
        self.pairs: Sequence[DatePair] = sorted(self.samples)
        self.plan_json: Mapping[str, Any] = plan.to_json()
        rows, cols = self.geometry.shape
        self.attributes: Mapping[str, Any] = frame_attributes(ground) | {
            "source": "synthetic pixels under the expert annotations of the Thalia data set",
            "references": "annotations: Papadopoulos et al., Thalia, CC-BY 4.0",
            "license": "CC-BY-4.0",
            PREVIEW_WINDOW: [*plan.corner, rows, cols],
        }
        self._preview = Preview((rows, cols), (1.0, 1.0), plan.corner)
        self._sources = lru_cache(maxsize=4)(self._fit)

    def frame_planes(self) -> Mapping[str, NDArray[Any]]:
        """Heights and land."""
        return {"dem": self.scene.terrain.height, "land_mask": self.scene.terrain.land}

    def era5(self, name: str, day: date) -> Plane:
        """One ERA5 variable on a day."""
        return self.scene.era5(name, day)

    def measured(self, pair: DatePair) -> tuple[Plane, Plane]:
        """Wrapped phase and coherence."""
        rng = generator(self.plan.ground.seed, "noise", *_ordinals(pair))
        coherence = self._coherence(pair)
        phase = self.scene.noise_free_phase(pair) + self.deformation(pair) + self.ramp(pair)
        return (
            noisy_phase(wrap(phase), coherence, rng),
            estimated_coherence(coherence, rng),
        )

    def deformation(self, pair: DatePair) -> NDArray[np.float64]:
        """Noise-free unwrapped phase of all sources of a pair, rad."""
        total = np.zeros(self.geometry.shape)
        for placed in self._sources(pair).values():
            total += self._phase(placed)
        return total

    def ramp(self, pair: DatePair) -> NDArray[np.float64] | float:
        """Orbital fringes where the experts saw some, rad."""
        if not self.samples[pair].flags.get("orbital_fringes", 0):
            return 0.0
        rows, cols = self.geometry.shape
        turn = generator(self.plan.ground.seed, "ramp", *_ordinals(pair)).uniform(0, tau)
        down, across = np.linspace(-0.5, 0.5, rows), np.linspace(-0.5, 0.5, cols)
        slope = down[:, None] * np.sin(turn) + across[None, :] * np.cos(turn)
        return np.asarray(tau * _RAMP_FRINGES * slope)

    def masks(self, pair: DatePair) -> Mapping[str, NDArray[np.uint8]]:
        """The polygons as masks; none where none of them lies in the window."""
        shapes = self._shapes(self.samples[pair])
        if not shapes:
            return {}
        planes = {name: np.zeros(self.geometry.shape, np.uint8) for name in MASK_NAMES}
        for number, shape in shapes:
            for name, code in paint_of(self.samples[pair], number).codes().items():
                planes[name][shape.window.slices][shape.mask] = code
        return planes

    def label(self, pair: DatePair) -> PairLabel:
        """What the experts recorded."""
        sample = self.samples[pair]
        shown = [number for number, shape in self._shapes(sample) if shape.mask.any()]
        fields: dict[str, Any] = dict(fields_of(sample, shown))
        return PairLabel(**fields, annotator=ANNOTATOR, label_version=1)

    def baseline(self, pair: DatePair) -> float:
        """Perpendicular baseline, metres."""
        return self.scene.baseline(pair)

    def truth(self) -> tuple[Mapping[str, Any], Mapping[str, NDArray[Any]]]:
        """The sources of every pair, and how well each covers its polygon."""
        told = {
            str(pair): [
                self._told(self.samples[pair], number, placed)
                for number, placed in self._sources(pair).items()
            ]
            for pair in self.pairs
            if self.samples[pair].polygons
        }
        return {**ground_truth(self.scene), "pairs": told}, {}

    def _fit(self, pair: DatePair) -> dict[int, Placed]:
        """Number of a polygon -> its source, in pixels of the window."""
        sample, ground = self.samples[pair], self.plan.ground
        rng = generator(ground.seed, "fringes", sample.unique_id)
        found: dict[int, Placed] = {}
        for number, polygon in enumerate(sample.polygons, start=1):
            placed = fit(
                polygon - np.array(self.plan.corner)[::-1],
                sample.activities[number - 1],
                sample.intensities[number - 1],
                sinking=sample.activity_phase == ActivityPhase.REBOUND,
                spacing_m=ground.spacing_m,
                sight=ground.sight,
                rng=rng,
            )
            if placed is not None:
                found[number] = placed
        return found

    def _phase(self, placed: Placed) -> NDArray[np.float64]:
        ground = self.plan.ground
        towards = placed.towards(self.geometry.shape, ground.spacing_m, ground.sight)
        return np.asarray(phase_of_displacement(towards), np.float64)

    def _shapes(self, sample: Sample) -> list[tuple[int, Shape]]:
        found = [
            (number, shape)
            for number, polygon in enumerate(sample.polygons, start=1)
            if (shape := self._preview.rasterise(polygon)) is not None
        ]
        apart, _ = disjoint(sample, found, self.geometry.shape)
        return apart

    def _coherence(self, pair: DatePair) -> Plane:
        """True coherence: that of the ground, less or more of it as the experts said."""
        sample = self.samples[pair]
        coherence = self.scene.expected_coherence(pair)
        seen = np.zeros(coherence.shape, np.bool_)
        for _, shape in self._shapes(sample):
            seen[shape.window.slices] |= shape.mask
        low = sample.flags.get("low_coherence", 0)
        coherence = coherence * np.float32(_LOW if low else 1)
        floor = np.float32(_SEEN_COHERENCE * (0.6 if low else 1))
        coherence = np.where(seen, np.maximum(coherence, floor), coherence)
        return coherence * np.float32(_NONE if sample.flags.get("no_info", 0) else 1)

    def _told(self, sample: Sample, number: int, placed: Placed) -> dict[str, Any]:
        moved = np.abs(self._phase(placed)) > EDGE_FRINGES * tau
        drawn = np.zeros(self.geometry.shape, np.bool_)
        shape = self._preview.rasterise(sample.polygons[number - 1])
        if shape is not None:
            drawn[shape.window.slices] = shape.mask
        both, either = int((moved & drawn).sum()), int((moved | drawn).sum())
        return {
            "instance": number,
            "activity_type": sample.activities[number - 1].name.capitalize(),
            "source": plain(placed.source),
            "row": round(placed.row, 3),
            "col": round(placed.col, 3),
            "fringes": round(placed.fringes, 3),
            "pixels": int(drawn.sum()),
            "overlap": round(both / either, 3) if either and drawn.any() else None,
        }


def _ordinals(pair: DatePair) -> tuple[int, int]:
    return pair.primary.toordinal(), pair.secondary.toordinal()
