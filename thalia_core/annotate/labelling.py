"""Pair variables as patches: what a person sets, what follows from that, what the program keeps."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

from thalia_core.annotate import agreement
from thalia_core.annotate.checks import check_value
from thalia_core.annotate.instances import read_instances
from thalia_core.annotate.patch import Edit, FieldPatch, MaskPatch, Scalar
from thalia_core.annotate.tally import Tally, after_patches
from thalia_core.cube.labels import LabelState, PairLabel
from thalia_core.cube.pairs import DatePair
from thalia_core.errors import CubeError

Settle = Callable[[str, Scalar], Scalar]
"""Gives a value of a pair variable as the cube keeps it."""
_KEPT = ("label_state", "label_version", "annotator", "labelled_at")


def cached(settle: Settle) -> Settle:
    """The same, asking the cube once for each value: for many pairs at once."""
    return lru_cache(maxsize=None, typed=True)(settle)  # 1 and 1.0 are settled each in its own way


def field_patches(
    pair: DatePair, label: PairLabel, fields: Mapping[str, Scalar], settle: Settle
) -> tuple[FieldPatch, ...]:
    """What changes when fields of a pair are set.

    Args:
        pair: The pair.
        label: Its label as it is.
        fields: Pair variables to set, and their values.
        settle: Gives a value as the cube keeps it.

    Raises:
        EditError: A value is not legal.
    """
    patches = []
    for name, value in fields.items():
        before, after = getattr(label, name), settle(name, check_value(name, value))
        if after != settle(name, before):
            patches.append(FieldPatch(pair, name, before, after))
    return tuple(patches)


def following(
    edit: Edit,
    label_of: Callable[[DatePair], PairLabel],
    tally_of: Callable[[DatePair], Tally],
    settle: Settle,
) -> tuple[FieldPatch, ...]:
    """What follows from an edit by the rules of agreement and is not said in it.

    Args:
        edit: Fields that it sets itself are left to it.
        label_of: Gives a label as it is.
        tally_of: Gives the pixels of the instances of a pair as they are.
        settle: Gives a value as the cube keeps it.
    """
    settle = cached(settle)
    masks: dict[DatePair, list[MaskPatch]] = {pair: [] for pair in edit.labelled}
    said: dict[DatePair, dict[str, Scalar]] = {pair: {} for pair in edit.labelled}
    for mask in edit.masks:
        masks[mask.pair].append(mask)
    for patch in edit.fields:
        said[patch.pair][patch.field] = patch.after
    patches: list[FieldPatch] = []
    for pair, given in said.items():
        label = label_of(pair)
        fields: dict[str, Scalar] = {}
        if "instances" in given:
            listed = read_instances(str(given["instances"]))
            fields = {} if listed is None else {"is_crowd": agreement.crowd_of(listed)}
        elif masks[pair]:
            try:
                before = tally_of(pair)
            except CubeError:  # a chunk damaged elsewhere must not hold up the edit
                continue
            fields = agreement.following(label, before, after_patches(before, masks[pair]))
        fields = {name: value for name, value in fields.items() if name not in given}
        patches += field_patches(pair, label, fields, settle)
    return tuple(patches)


def bookkeeping(
    edit: Edit, annotator: str, label_of: Callable[[DatePair], PairLabel], settle: Settle
) -> tuple[FieldPatch, ...]:
    """Who, when, which version, and that the work has begun: what goes with an edit.

    Args:
        edit: Fields that it sets itself are left to it.
        annotator: Who edits.
        label_of: Gives a label as it is.
        settle: Gives a value as the cube keeps it.
    """
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    settle = cached(settle)
    given = {(patch.pair, patch.field) for patch in edit.fields}
    patches: list[FieldPatch] = []
    for pair in edit.labelled:
        label = label_of(pair)
        after = replace(
            label,
            label_version=(label.label_version or 0) + 1,
            annotator=annotator,
            labelled_at=now,
            label_state=label.label_state or int(LabelState.IN_PROGRESS),
        )
        for name in _KEPT:
            before, value = getattr(label, name), settle(name, getattr(after, name))
            if (pair, name) not in given and before != value:
                patches.append(FieldPatch(pair, name, before, value))
    return tuple(patches)
