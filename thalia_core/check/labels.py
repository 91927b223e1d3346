"""Do labels, masks and legends agree? One pair after the other, reading only masks that exist."""

import json
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.patch import DEFORMATION_OF
from thalia_core.check.defects import Defect
from thalia_core.cube import schema
from thalia_core.cube.labels import PAIR_FIELDS, Activity, ActivityPhase, PairLabel
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore, probe
from thalia_core.errors import CubeError

Codes = NDArray[np.uint8]
_CLASSES = ("deformation_mask", "activity_type_mask", "intensity_level_mask")
_LEGENDS = tuple(name for name in (*schema.MASKS, *PAIR_FIELDS) if schema.VARIABLES[name].flags)


def check_legends(cube: CubeStore) -> Iterator[Defect]:
    """Class variables whose codes are not explained, or otherwise than in the schema."""
    for name in _LEGENDS:
        field = cube.layout.fields.get(name)
        if field is None or field.array.dtype.kind in "OUST":
            continue
        stated = probe.legend_of(field)
        if stated is None:
            yield Defect("legend-missing", cube.path, name)
            continue
        ours = {code: _plain(text) for code, text in schema.legend(name).items()}
        odd = [f"{c} is {w}" for c, w in stated.items() if c in ours and _plain(w) != ours[c]]
        if odd:
            yield Defect(
                "legend-odd", cube.path, name, ", ".join(odd), "its codes are shown as they are"
            )


def check_labels(cube: CubeStore) -> Iterator[Defect]:
    """Labels without mask, masks without label, codes out of legend, masks that disagree."""
    legends = {name: _legend(cube, name) for name in _LEGENDS}
    present = _masked(cube)
    for pair, label in zip(cube.pairs, cube.read_labels(), strict=True):
        yield from _unknown_words(cube, pair, label, legends)
        masks = _read_masks(cube, pair) if present is None or pair in present else {}
        deforms = _tells_of_deformation(label)
        if any(mask.any() for mask in masks.values()):
            yield from _check_masks(cube, pair, label, masks, legends)
        elif deforms:
            yield Defect("label-without-mask", cube.path, str(pair), deforms)


def _check_masks(
    cube: CubeStore,
    pair: DatePair,
    label: PairLabel,
    masks: Mapping[str, Codes],
    legends: Mapping[str, Mapping[int, str]],
) -> Iterator[Defect]:
    if not label.labelled:
        yield Defect("mask-without-label", cube.path, str(pair), _pixels(masks))
    for name in (name for name in _CLASSES if name in masks):
        found = np.flatnonzero(np.bincount(masks[name].ravel(), minlength=256))
        unknown = sorted(set(found.tolist()) - set(legends[name]) - {schema.MISSING})
        if unknown:
            detail = f"{name} holds {', '.join(map(str, unknown))}"
            yield Defect("code-unknown", cube.path, str(pair), detail)
    if reason := _disagreement(masks):
        yield Defect("masks-disagree", cube.path, str(pair), reason)
    numbers = set(np.unique(masks.get("instance_mask", np.zeros(1, np.uint8))).tolist())
    listed = _listed_instances(label)
    if listed is not None and (lost := sorted(numbers - {0, schema.MISSING} - listed)):
        detail = f"number {', '.join(map(str, lost))}"
        yield Defect("instance-unknown", cube.path, str(pair), detail)


def _disagreement(masks: Mapping[str, Codes]) -> str:
    """How the class masks contradict each other; empty when they do not."""
    known = {name: np.where(mask == schema.MISSING, 0, mask) for name, mask in masks.items()}
    deformation, activity = known.get("deformation_mask"), known.get("activity_type_mask")
    intensity = known.get("intensity_level_mask")
    if activity is None:
        return ""
    if deformation is not None and (differ := DEFORMATION_OF[activity] != deformation).any():
        return f"{int(differ.sum())} pixels of deformation_mask differ from activity_type_mask"
    if intensity is not None:
        wrong = (intensity > 0) & ((activity == 0) | (activity == Activity.EARTHQUAKE))
        if wrong.any():
            return f"{int(wrong.sum())} pixels have an intensity without volcanic activity"
    return ""


def _unknown_words(
    cube: CubeStore, pair: DatePair, label: PairLabel, legends: Mapping[str, Mapping[int, str]]
) -> Iterator[Defect]:
    for name in (name for name in PAIR_FIELDS if name in legends):
        value = getattr(label, name)
        words = {_plain(word) for word in legends[name].values()}
        if value is None or value == "" or value in legends[name]:
            continue
        if isinstance(value, str) and _plain(value) in words:
            continue
        yield Defect("code-unknown", cube.path, str(pair), f"{name} is {value!r}")


def _tells_of_deformation(label: PairLabel) -> str:
    phase = label.phase
    name = phase if isinstance(phase, str) else ActivityPhase(phase).name if phase in (2, 3) else ""
    if name and name.casefold() in ("unrest", "rebound"):
        return f"phase is {name.capitalize()}"
    listed = _listed_instances(label)
    return f"it lists {len(listed)} instances" if listed else ""


def _listed_instances(label: PairLabel) -> set[int] | None:
    try:
        listed = json.loads(label.instances or "null")
        return None if listed is None else {int(entry["instance"]) for entry in listed}
    except (ValueError, TypeError, KeyError):
        return None


def _masked(cube: CubeStore) -> set[DatePair] | None:
    """The pairs for which any mask has a chunk; None where that cannot be told from names."""
    found: set[DatePair] = set()
    positions: set[tuple[int, int]] = set()
    for name in schema.MASKS:
        if cube.has(name):
            chunks = probe.chunk_positions(cube, name)
            if chunks is None:
                return None
            positions |= chunks
    for pair in cube.pairs:
        if cube.position(pair) in positions:
            found.add(pair)
    return found


def _read_masks(cube: CubeStore, pair: DatePair) -> dict[str, Codes]:
    masks = {}
    for name in schema.MASKS:
        if cube.has(name):
            try:
                masks[name] = cube.read_plane(name, pair)
            except CubeError:  # named among the damaged chunks
                continue
    return masks


def _legend(cube: CubeStore, name: str) -> dict[int, str]:
    field = cube.layout.fields.get(name)
    stated = None if field is None else probe.legend_of(field)
    return schema.legend(name) | (stated or {})


def _pixels(masks: Mapping[str, Codes]) -> str:
    return f"{max(int(np.count_nonzero(mask)) for mask in masks.values())} pixels"


def _plain(word: str) -> str:
    return word.casefold().replace("_", " ").replace("-", " ")
