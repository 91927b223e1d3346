"""Labels of pairs that hardly go together in time: a list to go through, never a verdict.

A deformation that one pair shows is in every pair that contains its dates; the air of one day is in
every pair of that day and in no other. What contradicts that may be right all the same: a signal
below half a fringe is not seen, ground may come back, and coherence fades.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from thalia_core.archive.catalogue import Catalogue
from thalia_core.archive.table import PairTable, table_of
from thalia_core.cube.labels import PairLabel
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import MISSING
from thalia_core.cube.store import CubeStore

Kind = Literal["longer", "parts", "date"]
KINDS: dict[Kind, str] = {
    "longer": "Mask on a short pair, none on a longer one",
    "parts": "Mask beyond those of its two halves",
    "date": "Signal in the pairs of one date only",
}
ReadMask = Callable[[DatePair], NDArray[np.bool_]]
_SLACK = 0.05
"""Mean coherence that a pair may have less than another and still count as coherent."""
_BEYOND = 0.25
"""Share of a mask that lies outside those of its halves before anybody need look."""
_FEWEST = 3
"""Pairs of a date, and pairs around it, below which nothing can be said of the date."""


@dataclass(frozen=True, eq=False, slots=True)
class SeenPairs:
    """What is recorded of the pairs of a frame.

    Attributes:
        pairs: The pairs.
        masked: (n,) True where something is drawn, or an instance is listed.
        labelled: (n,) True where somebody recorded a judgement.
        air: (n,) True where atmospheric fringes are recorded.
        coherence: (n,) mean coherence 0..1; NaN where none is recorded.
    """

    pairs: tuple[DatePair, ...]
    masked: NDArray[np.bool_]
    labelled: NDArray[np.bool_]
    air: NDArray[np.bool_]
    coherence: NDArray[np.float32]

    @classmethod
    def of_frame(cls, catalogue: Catalogue, frame: int) -> "SeenPairs":
        """From the index of an archive; no plane is read."""
        rows = catalogue.pairs.rows_of(frame)
        return cls._of(catalogue.pairs.part(rows.start, rows.stop))

    @classmethod
    def of_cube(cls, cube: CubeStore, labels: Sequence[PairLabel]) -> "SeenPairs":
        """From labels as edited, in the order of the cube's pairs; no plane is read."""
        drawn = [(int(a), int(i)) for a, i in zip(*cube.classes_in_masks(), strict=True)]
        nothing = [False] * len(labels)
        coherences = cube.mean_coherences().tolist()
        return cls._of(
            table_of(cube.pairs, cube.pairs.baselines.tolist(), coherences, labels, nothing, drawn)
        )

    @classmethod
    def _of(cls, table: PairTable) -> "SeenPairs":
        return cls(
            tuple(map(table.pair, range(len(table)))),
            np.asarray(table.numbers["activities"] > 0, np.bool_),
            table.labelled,
            np.asarray(table.numbers["atmospheric_fringes"] > 0, np.bool_),
            table.numbers["coherence"],
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at.

    Attributes:
        kind: Which rule.
        pairs: The pairs concerned; the first is the one to look at first.
        words: What was found, a sentence or two.
        day: The date concerned; None where it is about pairs.
    """

    kind: Kind
    pairs: tuple[DatePair, ...]
    words: str
    day: date | None = None

    @property
    def key(self) -> str:
        """What tells it from others, also after the labels changed elsewhere."""
        return f"{self.kind} {self.day or self.pairs[0]}"


def findings_of(seen: SeenPairs, read_mask: ReadMask | None = None) -> list[Finding]:
    """Everything that hardly goes together, rule by rule, by date.

    Args:
        seen: The pairs.
        read_mask: Gives the mask of a pair, (rows, columns), so that masks are compared pixel by
            pixel, too; left out, only what is recorded of them counts and nothing is read.
    """
    return [*_longer(seen), *_parts(seen, read_mask), *_dates(seen)]


def mask_reader(cube: CubeStore) -> ReadMask:
    """Reads what is drawn on a pair of a cube: any class, (rows, columns)."""

    def read(pair: DatePair) -> NDArray[np.bool_]:
        codes = cube.read_plane("activity_type_mask", pair)
        return np.asarray((codes > 0) & (codes < MISSING), np.bool_)

    return read


def _longer(seen: SeenPairs) -> Iterable[Finding]:
    """Masks on short pairs, none on a longer pair that contains them and is as coherent."""
    first, second = _days(seen.pairs)
    short = np.flatnonzero(seen.masked)
    for n in np.flatnonzero(seen.labelled & ~seen.masked).tolist():
        inside = (first[short] >= first[n]) & (second[short] <= second[n])
        coherent = seen.coherence[n] >= seen.coherence[short] - _SLACK  # False for NaN
        found = [seen.pairs[i] for i in short[inside & coherent].tolist()]
        if found:
            found.sort(key=lambda pair: -pair.days)
            yield Finding(
                "longer",
                (seen.pairs[n], *found),
                f"Nothing is drawn on {seen.pairs[n]} ({seen.pairs[n].days} days), but on "
                f"{_listed(found)} inside it, which {_are(found)} hardly more coherent.",
            )


def _parts(seen: SeenPairs, read_mask: ReadMask | None) -> Iterable[Finding]:
    """Masks on a pair of dates 1 and 3 that those of 1, 2 and 2, 3 do not explain."""
    place = {pair: n for n, pair in enumerate(seen.pairs)}
    after: defaultdict[date, list[date]] = defaultdict(list)
    for pair in seen.pairs:
        after[pair.primary].append(pair.secondary)
    read = _Reader(read_mask) if read_mask is not None else None
    for n in np.flatnonzero(seen.masked).tolist():
        whole = seen.pairs[n]
        for middle in sorted(after[whole.primary]):
            halves = DatePair(whole.primary, middle), DatePair(middle, whole.secondary)
            at = [place.get(half) for half in halves]
            known = [i for i in at if i is not None and seen.labelled[i]]
            if len(known) == 2 and (words := _beyond(seen, whole, halves, known, read)):
                yield Finding("parts", (whole, *halves), words)
                break  # one date in between is enough to look at the pair


def _beyond(
    seen: SeenPairs,
    whole: DatePair,
    halves: tuple[DatePair, DatePair],
    at: Sequence[int],
    read: "_Reader | None",
) -> str:
    """In words what of a mask its halves do not have; empty where they have it."""
    if not seen.masked[at].any():
        return f"{whole} has a mask, and neither {halves[0]} nor {halves[1]} has one."
    if read is None:
        return ""
    mask, parts = read(whole), read(halves[0]) | read(halves[1])
    beyond = int((mask & ~parts).sum()) / max(int(mask.sum()), 1)
    if beyond <= _BEYOND:
        return ""
    return f"{beyond:.0%} of the mask of {whole} lies outside those of {halves[0]} and {halves[1]}."


def _dates(seen: SeenPairs) -> Iterable[Finding]:
    """Dates whose pairs all show something while no pair across or beside them does."""
    first, second = _days(seen.pairs)
    signal = seen.masked | seen.air
    for day in sorted({day for pair in seen.pairs for day in (pair.primary, pair.secondary)}):
        number = day.toordinal()
        of_day = seen.labelled & ((first == number) | (second == number))
        if of_day.sum() < _FEWEST or not signal[of_day].all() or not seen.masked[of_day].any():
            continue
        begun, ended = first[of_day].min(), second[of_day].max()
        around = seen.labelled & ~of_day & (first < ended) & (second > begun)
        if around.sum() < _FEWEST or signal[around].any():
            continue
        rows = np.flatnonzero(of_day)
        rows = rows[np.argsort(~seen.masked[rows], kind="stable")]
        drawn = int(seen.masked[of_day].sum())
        yield Finding(
            "date",
            tuple(seen.pairs[i] for i in rows.tolist()),
            f"All {len(rows)} labelled pairs of {day} show something ({drawn} with a mask), and "
            f"none of the {int(around.sum())} around them: likely the air of that day.",
            day,
        )


class _Reader:
    """Masks read once each, a bit a pixel."""

    def __init__(self, read: ReadMask) -> None:
        self._read = read
        self._held: dict[DatePair, tuple[NDArray[np.uint8], tuple[int, ...]]] = {}

    def __call__(self, pair: DatePair) -> NDArray[np.bool_]:
        if pair not in self._held:
            mask = self._read(pair)
            self._held[pair] = np.packbits(mask), mask.shape
        bits, shape = self._held[pair]
        return np.unpackbits(bits, count=int(np.prod(shape))).reshape(shape).astype(bool)


def _days(pairs: Sequence[DatePair]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(n,) earlier and later day of each pair, as ordinals."""
    days = np.array([(p.primary.toordinal(), p.secondary.toordinal()) for p in pairs], np.int64)
    days = np.sort(days.reshape(-1, 2), axis=1)
    return days[:, 0], days[:, 1]


def _listed(pairs: Sequence[DatePair]) -> str:
    more = f" and {len(pairs) - 2} more" if len(pairs) > 3 else ""
    shown = pairs[:2] if more else pairs
    return ", ".join(map(str, shown)) + more


def _are(pairs: Sequence[DatePair]) -> str:
    return "are" if len(pairs) > 1 else "is"
