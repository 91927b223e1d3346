"""The rules by which the label, the record of instances and the masks of a pair agree.

1. The record lists every number that the instance mask holds. One whose last pixel is erased leaves
   the record; one that never had a pixel here stays.
2. Type and level of an instance are those of its pixels; where these differ, of most of them.
3. ``is_crowd`` says whether there is more than one deformation pattern.

Masks come first: an edit of them sets the other two in the same step. A record that is somebody's
own notes, and pixels without a number, are left as they are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from thalia_core.annotate.instances import UNKNOWN, Instance, read_instances, write_instances
from thalia_core.annotate.patch import Scalar
from thalia_core.annotate.tally import STRANGE, Tally
from thalia_core.cube.labels import PairLabel
from thalia_core.errors import EditError

FOLLOWING = ("instances", "is_crowd")
"""Fields that follow the masks."""
Kind = tuple[int, int]


def crowd_of(instances: Sequence[Instance]) -> int:
    """What ``is_crowd`` must say."""
    return int(len(instances) > 1)


def following(label: PairLabel, before: Tally, after: Tally) -> dict[str, Scalar]:
    """Fields that an edit of the masks brings into agreement.

    Args:
        label: The label before it.
        before: Pixels of the instances before it.
        after: The same after it.

    Returns:
        Values of ``FOLLOWING``; those that nothing can be said about are left out.
    """
    listed = read_instances(label.instances)
    if listed is None:
        return {}
    instances = followed(listed, before, after)
    fields: dict[str, Scalar] = {}
    if instances != listed or (instances and not label.instances):
        fields["instances"] = write_instances(instances)
    if not any(number == 0 for number, *_ in after):
        fields["is_crowd"] = crowd_of(instances)
    return fields


def followed(listed: Iterable[Instance], before: Tally, after: Tally) -> tuple[Instance, ...]:
    """The instances of a record once the masks have changed."""
    had, has = kinds_of(before), kinds_of(after)
    kept = {one.number: one for one in listed if one.number in has or one.number not in had}
    for number, counts in has.items():
        one = kept.get(number)
        kind = _most(counts, None if one is None else one.kind)
        if one is None:
            activity, intensity = (UNKNOWN if code == STRANGE else code for code in kind)
            kept[number] = Instance(number, activity, intensity)
        else:
            kept[number] = replace(_of_kind(one, kind), drawn=True)
    return tuple(kept[number] for number in sorted(kept))


def kinds_of(tally: Tally) -> dict[int, dict[Kind, int]]:
    """Pixels of each type and level, by number; what has no number is left out."""
    found: dict[int, dict[Kind, int]] = {}
    for (number, activity, intensity), pixels in tally.items():
        if number:
            found.setdefault(number, {})[activity, intensity] = pixels
    return found


def require_agreement(label: PairLabel, fields: Mapping[str, Scalar]) -> None:
    """Refuse a word about the number of patterns that the record denies.

    Raises:
        EditError: ``is_crowd`` contradicts the instances that are listed.
    """
    instances = read_instances(label.instances)
    if "is_crowd" not in fields or "instances" in fields or not instances:
        return
    if int(fields["is_crowd"] or 0) != crowd_of(instances):
        count = len(instances)
        raise EditError(
            "is_crowd follows the instances",
            why=f"the pair has {count} deformation pattern{'' if count == 1 else 's'}",
            fix="draw another instance, or delete or merge one",
        )


def merged(base: str | None, mine: str | None, theirs: str | None) -> str | None:
    """One record from two that were changed apart.

    Types and levels follow the masks, which merge by themselves: there theirs stands. What people
    said, such as a confidence, is nobody's to choose.

    Args:
        base: The record that both started from.
        mine: The record as one left it.
        theirs: The record as the other left it, which is stored.

    Returns:
        The record of both; None where they contradict each other or one is no list.
    """
    read = [read_instances(text) for text in (base, mine, theirs)]
    if any(record is None for record in read):
        return None
    was, ours, stored = ({one.number: one for one in record or ()} for record in read)
    result = dict(stored)
    for number in was.keys() | ours.keys():
        old, new, now = was.get(number), ours.get(number), stored.get(number)
        if new in (old, now):
            continue
        if now == old:
            _put(result, number, new)
        elif new is not None and now is not None:
            both = _joined(old, new, now)
            if both is None:
                return None
            result[number] = both
        elif new is not None:  # they erased what I changed: my pixels are there
            result[number] = new
    return write_instances(result.values())


def _put(record: dict[int, Instance], number: int, one: Instance | None) -> None:
    if one is None:
        record.pop(number, None)
    else:
        record[number] = one


def _joined(old: Instance | None, new: Instance, now: Instance) -> Instance | None:
    """Both changes of one entry; None where both said something else about it."""
    said: dict[str, Any] = {}
    for name in ("confidence", "others"):
        before, mine, theirs = (
            getattr(one, name) if one is not None else getattr(Instance(1, 0), name)
            for one in (old, new, now)
        )
        if mine not in (before, theirs) and theirs != before:
            return None
        said[name] = theirs if mine == before else mine
    return replace(now, **said)


def _of_kind(one: Instance, kind: Kind) -> Instance:
    """The instance with the type and level of its pixels, as far as a legend knows them."""
    if STRANGE in kind or kind == one.kind:
        return one
    others = {k: v for k, v in one.others.items() if k not in ("activity_type", "intensity_level")}
    return replace(one, activity=kind[0], intensity=kind[1], others=others)


def _most(counts: Mapping[Kind, int], stated: Kind | None) -> Kind:
    """The kind of most pixels; of several, the one that is stated, else the first."""
    most = max(counts.values())
    best = sorted(kind for kind, pixels in counts.items() if pixels == most)
    return stated if stated in best else best[0]
