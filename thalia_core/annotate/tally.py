"""How many pixels of each class the instances of a pair have, kept in step with every edit.

Counting a whole frame takes as long as a stroke may take; a patch tells what it changes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.patch import Codes, MaskPatch, are_alike
from thalia_core.cube.labels import Activity, Intensity
from thalia_core.cube.schema import MISSING

Key = tuple[int, int, int]
Tally = Mapping[Key, int]
"""(number of the instance, activity, intensity) -> pixels; number 0 for those that have none."""
STRANGE = 7
"""Stands for a code of a type or level that no legend knows."""


def _clamped(known: int) -> Codes:
    table = np.full(256, STRANGE, np.uint8)
    table[:known] = np.arange(known)
    table[MISSING] = 0
    return table


_ACTIVITY, _INTENSITY = _clamped(len(Activity)), _clamped(len(Intensity))
_NUMBER: Codes = np.arange(256, dtype=np.uint8)
_NUMBER[MISSING] = 0


def tally_planes(instance: Codes, activity: Codes, intensity: Codes) -> Counter[Key]:
    """Of whole planes, (rows, columns), 255 for no value; no quicker than some 10 ms."""
    rows = np.flatnonzero(activity.max(axis=1, initial=0) | instance.max(axis=1, initial=0))
    part = slice(rows[0], rows[-1] + 1) if rows.size else slice(0, 0)
    planes = instance[part], activity[part], intensity[part]
    inside = (planes[0] != 0) | (planes[1] != 0)
    return tally_codes(*(plane[inside] for plane in planes))


def tally_codes(instance: Codes, activity: Codes, intensity: Codes) -> Counter[Key]:
    """Of the codes of some pixels, (n,) each; pixels without number and type do not count."""
    planes = (instance, activity, intensity)
    tables = (_NUMBER, _ACTIVITY, _INTENSITY)
    if not instance.size:
        return Counter()
    if all(map(are_alike, planes)):  # nearly every stroke
        number, kind, level = (int(t[c[0]]) for t, c in zip(tables, planes, strict=True))
        return Counter({(number, kind, level): instance.size} if number or kind else {})
    keys = _clean(instance, _NUMBER, MISSING)
    for codes, table in zip(planes[1:], tables[1:], strict=True):
        keys = np.left_shift(keys, np.uint16(3))
        keys |= _clean(codes, table, STRANGE)
    found: Counter[Key] = Counter()
    for joint in _present(keys):
        if joint > STRANGE:  # it has a number or a type
            key = (joint >> 6, joint >> 3 & STRANGE, joint & STRANGE)
            found[key] = int(np.count_nonzero(keys == joint))
    return found


def _clean(codes: Codes, table: Codes, first_odd: int) -> NDArray[np.uint16]:
    """Codes by the table, which is the identity below its first odd code."""
    known = int(codes.max()) < first_odd
    return (codes if known else table[codes]).astype(np.uint16)


def _present(keys: NDArray[np.uint16]) -> list[int]:
    """The values that occur; to look them up one by one is ten times as quick as counting all."""
    seen = np.zeros(1 << 14, bool)
    seen[keys] = True
    return np.flatnonzero(seen).tolist()


def after_patches(tally: Tally, patches: Iterable[MaskPatch]) -> Tally:
    """The tally once the patches are painted; no two of them share a pixel."""
    counts = Counter(tally)
    for patch in patches:
        counts.subtract(_of_patch(patch.before))
        counts.update(_of_patch(patch.after))
    return +counts


def _of_patch(codes: Mapping[str, Codes]) -> Counter[Key]:
    return tally_codes(
        codes["instance_mask"], codes["activity_type_mask"], codes["intensity_level_mask"]
    )
