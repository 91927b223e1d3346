"""Do labels, masks and legends agree? One pair after the other, reading only masks that exist."""

import json
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.agreement import kinds_of
from thalia_core.annotate.lint import count_fringes, findings
from thalia_core.annotate.patch import DEFORMATION_OF
from thalia_core.annotate.tally import tally_planes
from thalia_core.check.defects import Defect
from thalia_core.cube import schema
from thalia_core.cube.labels import PAIR_FIELDS, ActivityPhase, PairLabel
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore, probe
from thalia_core.errors import CubeError

Codes = NDArray[np.uint8]
_CLASSES = ("deformation_mask", "activity_type_mask", "intensity_level_mask")
_COUNTED = ("instance_mask", "activity_type_mask", "intensity_level_mask")
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


def check_labels(cube: CubeStore, *, fringes: bool = False) -> Iterator[Defect]:
    """Labels without mask, masks without label, codes out of legend, masks that disagree.

    Args:
        cube: The cube.
        fringes: Count the fringes of every instance, which takes seconds for each.
    """
    try:
        labels = cube.read_labels()
    except CubeError:  # named among the damaged chunks
        return
    legends = {name: _legend(cube, name) for name in _LEGENDS}
    planes = _Masks(cube)
    for pair, label in zip(cube.pairs, labels, strict=True):
        yield from _unknown_words(cube, pair, label, legends)
        masks = planes.read(pair)
        if any(mask.any() for mask in masks.values()):
            yield from _check_masks(cube, pair, label, masks, legends)
            yield from _lint(cube, pair, label, masks, fringes=fringes)
        elif deforms := _tells_of_masks(label):
            yield Defect("label-without-mask", cube.path, str(pair), deforms)
        else:
            yield from _lint(cube, pair, label, masks, fringes=False)


def _lint(
    cube: CubeStore,
    pair: DatePair,
    label: PairLabel,
    masks: Mapping[str, Codes],
    *,
    fringes: bool,
) -> Iterator[Defect]:
    """What is checked while editing, too."""
    planes = [masks.get(name) for name in _COUNTED]
    known = [plane for plane in planes if plane is not None]
    if known and len(known) < len(planes):
        return  # a plane is damaged and named as such
    tally = tally_planes(*known) if known else {}
    counted = count_fringes(cube, pair) if fringes and kinds_of(tally) else {}
    for found in findings(label, tally, counted):
        yield Defect(found.kind, cube.path, str(pair), found.text)


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
        unknown = sorted(set(found.tolist()) - set(legends[name]) - {0})
        if unknown:
            detail = f"{name} holds {', '.join(map(str, unknown))}"
            yield Defect("code-unknown", cube.path, str(pair), detail)
    if reason := _disagreement(masks):
        yield Defect("masks-disagree", cube.path, str(pair), reason)
    listed = _listed(label)
    if listed is not None and "instance_mask" in masks:
        numbers = set(np.unique(masks["instance_mask"]).tolist()) - {0}
        lost = [
            f"{number}, listed as without a mask" if number in listed else str(number)
            for number in sorted(numbers)
            if not listed.get(number)
        ]
        if lost:
            detail = f"number {'; '.join(lost)}"
            yield Defect("instance-unknown", cube.path, str(pair), detail)


def _disagreement(masks: Mapping[str, Codes]) -> str:
    """How the class masks contradict each other; empty when they do not."""
    deformation, activity = masks.get("deformation_mask"), masks.get("activity_type_mask")
    intensity = masks.get("intensity_level_mask")
    if activity is None:
        return ""
    if deformation is not None and (differ := DEFORMATION_OF[activity] != deformation).any():
        return f"{int(differ.sum())} pixels of deformation_mask differ from activity_type_mask"
    if intensity is not None:
        wrong = (intensity > 0) & (activity == 0)
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


def _tells_of_masks(label: PairLabel) -> str:
    """Why there should be a mask; empty when nothing says so.

    Instances whose polygon lies outside this cube are listed with ``"mask": false``.
    """
    listed = _listed(label)
    if drawn := sum(listed.values()) if listed else 0:
        return f"it lists {drawn} instance{'' if drawn == 1 else 's'}"
    phase = label.phase
    name = phase if isinstance(phase, str) else ActivityPhase(phase).name if phase in (2, 3) else ""
    if name and name.casefold() in ("unrest", "rebound") and not listed:
        return f"phase is {name.capitalize()}"
    return ""


def _listed(label: PairLabel) -> dict[int, bool] | None:
    """Number of each instance in the record, and whether it has a mask here; None for no record."""
    try:
        listed = json.loads(label.instances or "null")
        if listed is None:
            return None
        return {int(entry["instance"]): entry.get("mask") is not False for entry in listed}
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None


class _Masks:
    """The masks of one pair after the other; planes without a chunk are not read."""

    def __init__(self, cube: CubeStore) -> None:
        self._cube = cube
        self._names = [name for name in schema.MASKS if cube.has(name)]
        self._stored = {name: probe.chunk_positions(cube, name) for name in self._names}
        self._nothing = np.zeros(cube.geometry.shape, np.uint8)

    def read(self, pair: DatePair) -> dict[str, Codes]:
        """Codes, 0 where there is no value; empty while no mask has a chunk of the pair."""
        at = self._cube.position(pair)
        present = [name for name in self._names if self._holds(name, at)]
        masks = dict.fromkeys(self._names, self._nothing) if present else {}
        for name in present:
            try:
                codes = self._cube.read_plane(name, pair)
            except CubeError:  # named among the damaged chunks
                del masks[name]
                continue
            missing = codes == schema.MISSING
            masks[name] = np.where(missing, 0, codes) if missing.any() else codes
        return masks

    def _holds(self, name: str, at: tuple[int, int]) -> bool:
        stored = self._stored[name]
        return stored is None or at in stored


def _legend(cube: CubeStore, name: str) -> dict[int, str]:
    field = cube.layout.fields.get(name)
    stated = None if field is None else probe.legend_of(field)
    return schema.legend(name) | (stated or {})


def _pixels(masks: Mapping[str, Codes]) -> str:
    return f"{max(int(np.count_nonzero(mask)) for mask in masks.values())} pixels"


def _plain(word: str) -> str:
    return word.casefold().replace("_", " ").replace("-", " ")
