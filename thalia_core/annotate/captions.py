"""Captions in the words of the experts: suggested from the labels, and checked against them.

The 19,919 public captions are regular. From their own labels alone :func:`suggest` gives 91.1 % of
them to the letter (99.9 % of the 18,100 without deformation, 3.4 % of the 1,819 with it, which name
places that labels do not keep); 93.3 % with four words of five in common (27 % of those with
deformation). :func:`contradictions` finds fault with 0.9 % of them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.history import StepInfo
from thalia_core.annotate.instances import Instance
from thalia_core.annotate.phrases import phrases
from thalia_core.cube.labels import Activity, Intensity, PairLabel
from thalia_core.cube.schema import MISSING

_COUNTS = {2: "Two", 3: "Three", 4: "Four", 5: "Five"}
_NAMES = {
    "dike": Activity.DYKE,
    **{a.name.casefold(): a for a in Activity if a},
}
_LEVELS = {"low": Intensity.LOW, "medium": Intensity.MEDIUM, "high": Intensity.HIGH}
_TYPE = re.compile(r"\b(" + "|".join(_NAMES) + r")s?\b", re.IGNORECASE)
_LEVEL = re.compile(r"\b(low|medium|high)\s+intensity", re.IGNORECASE)
_NOTHING = re.compile(r"\bno\s+(?:\w+\s+)?deformation", re.IGNORECASE)
_MANY = re.compile(
    r"\b(two|three|four|five)\s+(?:\S+\s+)?(?:deformation\s+)?pattern", re.IGNORECASE
)
_STRATIFIED = re.compile(r"\bstratif", re.IGNORECASE)
_TURBULENT = re.compile(r"\bturbulen|\bwave-like", re.IGNORECASE)
_CALM = re.compile(r"\batmospheric\s+impact\s+is\s+(?:very\s+)?low", re.IGNORECASE)


def suggest(
    label: PairLabel, instances: Sequence[Instance], places: Mapping[int, str] | None = None
) -> str:
    """A caption that says what the labels say.

    Args:
        label: The label of the pair.
        instances: Its deformation patterns.
        places: Number -> where it is, see :func:`places_of`; "central" for those left out.
    """
    say = phrases().phrases
    if not say:
        return ""
    air = label.atmospheric_fringes or 0
    if label.corrupted:
        return say["corrupted"]
    if label.no_info and not label.processing_error and not instances:
        return say["no_info"]
    if instances:
        parts = [say["noise_place"]] if label.low_coherence else []
        parts += [say[f"air_place_{air}"]] if air in (1, 2, 3) else []
        if len(instances) > 1:
            count = _COUNTS.get(len(instances), "Several")
            parts.append(say["several"].format(count=count))
        parts += [_pattern(one, (places or {}).get(one.number, "central")) for one in instances]
        parts += [] if air else [say["air_place_0"]]
    else:
        parts = [say[f"air_{air}"]] if air in (1, 2, 3) else []
        if label.low_coherence:
            parts.append(say["noise_also" if parts else "noise_first"])
        parts.append(say["no_deformation"])
    return " ".join(parts + _troubles(label))


def places_of(instance: NDArray[np.uint8]) -> dict[int, str]:
    """Where each instance lies, as the captions name it: thirds of the frame, north at the top.

    Args:
        instance: Plane of the instance mask, (rows, columns), 255 for no value.
    """
    at = np.flatnonzero(instance)
    numbers = instance.ravel()[at]
    rows, cols = np.divmod(at, instance.shape[1])
    counts = np.bincount(numbers, minlength=256)
    down = np.bincount(numbers, rows, 256) / np.maximum(counts, 1) / instance.shape[0]
    right = np.bincount(numbers, cols, 256) / np.maximum(counts, 1) / instance.shape[1]
    found = (n for n in np.flatnonzero(counts).tolist() if n != MISSING)
    return {n: _place(float(down[n]), float(right[n])) for n in found}


def caption_is_older(caption: str | None, steps: Iterable[StepInfo]) -> bool:
    """Whether the masks were changed after the caption was written last.

    Args:
        caption: The caption; an empty one is not older than anything.
        steps: History of the pair, oldest first. It is in the journal, so that a restart changes
            nothing; a caption that no step wrote came with the cube.
    """
    written = painted = -1
    for n, step in enumerate(steps):
        if step.active and "caption" in step.fields:
            written = n
        if step.active and step.pixels:
            painted = n
    return bool((caption or "").strip()) and painted > written


def contradictions(label: PairLabel, instances: Sequence[Instance]) -> list[str]:
    """What a caption says and the labels deny, one sentence each; empty without a caption.

    What a caption leaves out is no contradiction, but for the types of the instances where it names
    others.
    """
    caption = label.caption or ""
    return [*_about_patterns(caption, instances), *_about_air(caption, label)]


def _about_patterns(caption: str, instances: Sequence[Instance]) -> list[str]:
    have = {one.activity for one in instances}
    if _NOTHING.search(caption):
        return ["the caption says that there is no deformation"] if instances else []
    named = {_NAMES[word.casefold()] for word in _TYPE.findall(caption)}
    found = [f"the caption names {_a(kind)}, no instance is one" for kind in sorted(named - have)]
    if named:
        missed = sorted(kind for kind in have - named if kind in set(Activity))
        found += [f"the caption does not name the {Activity(k).name.lower()}" for k in missed]
    levels = {_LEVELS[w.casefold()] for w in _LEVEL.findall(_without_air(caption))}
    strange = sorted(levels - {one.intensity for one in instances})
    if instances:
        found += [f"no instance has {Intensity(level).name.lower()} intensity" for level in strange]
    counted = {w.capitalize() for w in _MANY.findall(caption)}
    if counted and len(instances) > 0 and not (named and len(counted) > 1):
        most = max(n for n, word in _COUNTS.items() if word in counted)
        if most > len(instances):
            listed = "1 is" if len(instances) == 1 else f"{len(instances)} are"
            found.append(f"the caption speaks of {_COUNTS[most].lower()} patterns, {listed} drawn")
    return found


def _about_air(caption: str, label: PairLabel) -> list[str]:
    air, found = label.atmospheric_fringes, []
    if air not in (0, 1, 2, 3):
        return []
    if _STRATIFIED.search(caption) and not air & 1:
        found.append("the caption tells of vertical stratification, the label does not")
    if _TURBULENT.search(caption) and not air & 2:
        found.append("the caption tells of turbulent mixing, the label does not")
    if _CALM.search(caption) and air:
        found.append("the caption says that the atmospheric impact is low, the label tells of it")
    return found


def _without_air(caption: str) -> str:
    """The caption without sentences on the atmosphere, whose effects have intensities, too."""
    sentences = re.split(r"(?<=\.)\s*", caption)
    return " ".join(s for s in sentences if not (_STRATIFIED.search(s) or _TURBULENT.search(s)))


def _pattern(one: Instance, place: str) -> str:
    say = phrases().phrases
    here = say.get(f"here_{place}", say["here"]).format(where=place)
    if one.activity == Activity.EARTHQUAKE:
        return say["earthquake"].format(place=here)
    plain = "volcanic" if one.activity in range(1, 5) else "unidentified"
    kind = Activity(one.activity).name.lower() if one.activity in range(1, 5) else ""
    if one.intensity in range(1, 4):
        level = Intensity(one.intensity).name.lower()
        return say[plain].format(kind=kind, level=level, place=here)
    return say[f"{plain}_bare"].format(kind=kind, place=here)


def _troubles(label: PairLabel) -> list[str]:
    say = phrases().phrases
    if label.orbital_fringes:
        return [say["orbital"]]
    named = {
        f"processing_{label.processing_error}": label.processing_error in (2, 3),
        "glacier": label.glacier_fringes,
        "artifacts": label.image_artifacts,
    }
    return [say[name] for name, holds in named.items() if holds]


def _place(down: float, right: float) -> str:
    vertical = ("top", "central", "bottom")[min(int(down * 3), 2)]
    horizontal = ("left", "", "right")[min(int(right * 3), 2)]
    return f"{vertical}-{horizontal}" if horizontal else vertical


def _a(kind: Activity) -> str:
    word = kind.name.lower()
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"
