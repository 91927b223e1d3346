"""Masks and labels of a synthetic pair, as an expert who knew the truth would give them.

An event is seen in a pair where its noise-free line-of-sight motion between the two dates exceeds
``mask_fringes`` fringes on land with data, if that is one square kilometre or more. Its intensity
is the range of its unwrapped phase in whole fringes: 1 or fewer Low, 2-3 Medium, 4 or more High.
"""

import json
from dataclasses import dataclass
from math import tau

import numpy as np
from numpy.typing import NDArray

from thalia_core.cube.labels import (
    Activity,
    ActivityPhase,
    Intensity,
    LabelState,
    PairLabel,
    deformation_of,
)
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import MASKS
from thalia_core.insar.fringes import intensity_of
from thalia_core.synth.plan import number_of
from thalia_core.synth.scene import Scene
from thalia_core.synth.terrain import Mask

ANNOTATOR = "synthetic truth"
_SMALLEST_M2 = 1e6
_STRATIFIED_RAD = 0.5 * tau
"""Phase between low and high ground above which an expert names the stratification."""
_TURBULENT_RAD = 1.2
_LOW_COHERENCE, _LOW_SHARE = 0.25, 0.3


@dataclass(frozen=True, slots=True)
class Instance:
    """One event as it shows in one pair.

    Attributes:
        number: Its code in the instance mask, from 1.
        activity: Its type.
        mask: Where it is seen.
        fringes: Range of its unwrapped phase, in fringes.
        uplift: Whether most of the ground came nearer to the satellite.
        inflating: Whether the source gained volume; None for a slip.
    """

    number: int
    activity: Activity
    mask: Mask
    fringes: float
    uplift: bool
    inflating: bool | None = None

    @property
    def intensity(self) -> Intensity:
        """The level of the whole number of fringes; an earthquake has none."""
        if self.activity == Activity.EARTHQUAKE:
            return Intensity.NONE
        return intensity_of(self.fringes)


@dataclass(frozen=True, slots=True)
class PairTruth:
    """What is true of a pair.

    Attributes:
        masks: ``deformation_mask``, ``activity_type_mask``, ``intensity_level_mask`` and
            ``instance_mask``, uint8.
        instances: The events that are seen.
        label: The pair variables.
    """

    masks: dict[str, NDArray[np.uint8]]
    instances: tuple[Instance, ...]
    label: PairLabel


def pair_truth(scene: Scene, pair: DatePair) -> PairTruth:
    """Masks, instances and label of a pair."""
    instances = find_instances(scene, pair)
    masks = {name: np.zeros(scene.plan.geometry.shape, np.uint8) for name in MASKS}
    # Where two overlap, the one with more fringes is what is seen: it is painted last.
    for instance in sorted(instances, key=lambda found: found.fringes):
        masks["deformation_mask"][instance.mask] = deformation_of(instance.activity)
        masks["activity_type_mask"][instance.mask] = instance.activity
        masks["intensity_level_mask"][instance.mask] = instance.intensity
        masks["instance_mask"][instance.mask] = instance.number
    return PairTruth(masks, instances, _label(scene, pair, instances))


def find_instances(scene: Scene, pair: DatePair) -> tuple[Instance, ...]:
    """The events that an expert sees in a pair."""
    found: list[Instance] = []
    down, right = scene.plan.spacing_m
    for event, phase in zip(scene.plan.events, scene.deformation(pair), strict=True):
        mask = (np.abs(phase) > scene.plan.mask_fringes * tau) & scene.seen
        if mask.sum() * down * right < _SMALLEST_M2:
            continue
        inside = phase[scene.seen]
        uplift = bool(phase[mask].mean() < 0)
        gained = event.source.volume_change
        inflating = gained > 0 if gained else None
        fringes = float(np.ptp(inside)) / tau
        found.append(Instance(len(found) + 1, event.activity, mask, fringes, uplift, inflating))
    return tuple(found)


def _label(scene: Scene, pair: DatePair, instances: tuple[Instance, ...]) -> PairLabel:
    seen = scene.seen
    air = _air(scene, pair)
    coherence = scene.expected_coherence(pair)[seen]
    noisy = bool(coherence.size and (coherence < _LOW_COHERENCE).mean() > _LOW_SHARE)
    strongest = max(instances, key=lambda found: found.fringes, default=None)
    sure = 0.8
    if strongest is not None:
        sure = 0.6 if strongest.fringes < 1 else 0.8 if strongest.fringes < 3 else 0.9
    return PairLabel(
        phase=int(_phase(instances)),
        atmospheric_fringes=air,
        glacier_fringes=0,
        orbital_fringes=int(scene.ramp(pair) > 1),
        low_coherence=int(noisy),
        no_info=0,
        corrupted=0,
        is_crowd=int(len(instances) > 1),
        image_artifacts=0,
        processing_error=0,
        confidence=sure,
        caption=_caption(air, noisy, scene.ramp(pair) > 1, instances),
        unique_id=number_of(scene.plan.frame) * 1000 + scene.plan.pairs.index(pair) % 1000,
        label_state=int(LabelState.DONE),
        label_version=1,
        annotator=ANNOTATOR,
        labelled_at=f"{scene.plan.dates[-1].isoformat()}T00:00:00Z",
        instances=json.dumps([_instance_json(found) for found in instances]),
        evidence="",
    )


def _phase(instances: tuple[Instance, ...]) -> ActivityPhase:
    """State of the volcano: by the strongest source that is no earthquake."""
    volcanic = [found for found in instances if found.inflating is not None]
    if not volcanic:
        return ActivityPhase.NONE if instances else ActivityPhase.REST
    strongest = max(volcanic, key=lambda found: found.fringes)
    return ActivityPhase.UNREST if strongest.inflating else ActivityPhase.REBOUND


def _air(scene: Scene, pair: DatePair) -> int:
    """Code of the atmospheric fringes: 1 stratified, 2 turbulent, 3 both."""
    seen = scene.seen
    if not seen.any():
        return 0
    low, high = np.percentile(scene.terrain.height[seen], (5, 99))
    stratified = abs(scene.stratification(pair)) * (high - low) / 1000 > _STRATIFIED_RAD
    turbulent = float(scene.turbulence(pair)[seen].std()) > _TURBULENT_RAD
    return int(stratified) + 2 * int(turbulent)


def _caption(air: int, noisy: bool, ramp: bool, instances: tuple[Instance, ...]) -> str:
    parts: list[str] = []
    if noisy:
        parts.append("Noise can be detected on the wider area of the region due to low coherence.")
    parts.append(
        {
            0: "The atmospheric impact is low.",
            1: "Vertical stratification can be detected on the high altitude areas of the region.",
            2: "Turbulent mixing effect can be detected around the area.",
            3: "Vertical stratification and turbulent mixing effects can be detected around the "
            "area.",
        }[air]
    )
    if ramp:
        parts.append("Orbital fringes can be detected on the wider area of the region.")
    if not instances:
        parts.append("No deformation activity can be detected.")
    if len(instances) > 1:
        parts.append(
            f"{_NUMBERS.get(len(instances), 'Several')} deformation patterns can be detected."
        )
    return " ".join([*parts, *(_sentence(found) for found in instances)])


def _sentence(found: Instance) -> str:
    """One instance in the words of the public captions."""
    place = f"can be detected on the {_place(found.mask)} side of the region."
    if found.activity == Activity.EARTHQUAKE:
        return f"An earthquake deformation pattern {place}"
    sense = "" if found.inflating else " (subsidence)"
    kind, level = found.activity.name.lower(), found.intensity.name.lower()
    return f"A {kind}-type deformation pattern of {level} intensity{sense} {place}"


_NUMBERS = {2: "Two", 3: "Three", 4: "Four"}


def _place(mask: Mask) -> str:
    """Third of the frame in which a mask lies, as the captions name it."""
    rows, cols = np.nonzero(mask)
    down = int(rows.mean() / mask.shape[0] * 3)
    right = int(cols.mean() / mask.shape[1] * 3)
    vertical, horizontal = ("top", "central", "bottom")[down], ("left", "", "right")[right]
    return f"{vertical}-{horizontal}" if horizontal else vertical


def _instance_json(found: Instance) -> dict[str, object]:
    return {
        "instance": found.number,
        "activity_type": found.activity.name.capitalize(),
        "intensity_level": found.intensity.name.capitalize(),
        "fringes": round(found.fringes, 2),
    }
