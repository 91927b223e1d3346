"""The samples of the benchmark: which pairs count, and which of them show deformation.

A sample is usable when nothing is wrong with its product (``corrupted``, ``processing_error`` and
``no_info`` are 0) and the product exists. It is positive when its label tells of deformation,
volcanic or by an earthquake (Thalia paper, section 3 and supplement A).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from thalia_core.archive.catalogue import Catalogue
from thalia_core.build.annotations.records import Sample
from thalia_core.cube.pairs import DatePair

FLAWS = ("corrupted", "processing_error", "no_info")
"""Pair variables that must be 0."""
NO_PRODUCT = "no product in the index"
NOT_LABELLED = "not labelled"


@dataclass(frozen=True, slots=True)
class Item:
    """One sample.

    Attributes:
        frame: LiCSAR's id of the frame.
        pair: Primary and secondary date.
        positive: Whether it shows deformation.
        unique_id: Its number in the public data set; 0 where it has none.
    """

    frame: str
    pair: DatePair
    positive: bool
    unique_id: int = 0

    @property
    def key(self) -> str:
        """Unique name of the sample."""
        return f"{self.frame}/{self.pair}"


@dataclass(frozen=True, slots=True)
class Items:
    """The usable samples, sorted by frame and dates, and what was left out.

    Attributes:
        usable: The samples.
        left_out: Why -> how many.
        missing: Those that pass the flags and have no product, where an index says so.
    """

    usable: tuple[Item, ...]
    left_out: Counter[str]
    missing: tuple[Item, ...] = ()


def items_of_annotations(samples: Sequence[Sample], listed: frozenset[int] | None = None) -> Items:
    """The samples of the public annotations.

    Args:
        samples: What the files say.
        listed: Numbers of the samples that have a product, from the public index; without it every
            sample is believed to have one.
    """
    left_out: Counter[str] = Counter()
    usable, missing = [], []
    for sample in samples:
        item = Item(sample.frame, sample.pair, sample.positive, sample.unique_id)
        # a flag that contradicts itself is absent; what cannot be told is not used
        why = next((name for name in FLAWS if sample.flags.get(name, 1)), None)
        if why is not None:
            left_out[why.replace("_", " ")] += 1
        elif listed is not None and sample.unique_id not in listed:
            left_out[NO_PRODUCT] += 1
            missing.append(item)
        else:
            usable.append(item)
    return Items(_sorted(usable), left_out, _sorted(missing))


def items_of_archive(catalogue: Catalogue) -> Items:
    """The samples of an archive: valid pairs that somebody judged."""
    table = catalogue.pairs
    left_out: Counter[str] = Counter()
    chosen = table.labelled.copy()
    left_out[NOT_LABELLED] = int(np.count_nonzero(~chosen))
    for name in FLAWS:
        flawed = chosen & (table.numbers[name] > 0)
        left_out[name.replace("_", " ")] = int(np.count_nonzero(flawed))
        chosen &= ~flawed
    usable = [
        Item(
            catalogue.frame_of(row).frame,
            table.pair(row),
            bool(table.positive[row]),
            max(int(table.numbers["unique_id"][row]), 0),
        )
        for row in np.flatnonzero(chosen).tolist()
    ]
    return Items(_sorted(usable), +left_out)


def _sorted(items: Sequence[Item]) -> tuple[Item, ...]:
    return tuple(sorted(items, key=lambda item: (item.frame, item.pair)))
