"""What a filter finds in an archive: a queue of pairs, frame after frame, that one walks along."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thalia_core.archive.catalogue import Catalogue
from thalia_core.archive.conditions import Rows
from thalia_core.archive.filters import Filter
from thalia_core.cube.pairs import DatePair


@dataclass(frozen=True, eq=False)
class Matches:
    """The pairs of an archive that a filter wants; a value that any thread may read.

    Attributes:
        text: The filter as a person wrote it.
        catalogue: The archive.
        rows: (n,) True for each pair that is wanted.
        counts: How many of them each frame has, in the order of the catalogue's frames.
    """

    text: str
    catalogue: Catalogue
    rows: Rows
    counts: tuple[int, ...]

    @classmethod
    def of(cls, text: str, catalogue: Catalogue) -> "Matches":
        """Find them.

        Raises:
            ConfigError: The filter is not understood.
        """
        rows = Filter.parse(text).rows(catalogue)
        return cls(text, catalogue, rows, _per_frame(catalogue, rows))

    def __len__(self) -> int:
        return sum(self.counts)

    @property
    def frames(self) -> int:
        """How many frames have any."""
        return sum(count > 0 for count in self.counts)

    def knows(self, cube: Path) -> bool:
        """Whether the frame at that path was looked at."""
        return cube in self._numbers

    def count(self, cube: Path) -> int:
        """How many there are in the frame at that path; 0 where it is not known."""
        number = self._numbers.get(cube)
        return 0 if number is None else self.counts[number]

    def pairs(self, cube: Path) -> frozenset[DatePair]:
        """Those of one frame."""
        number = self._numbers.get(cube)
        if number is None:
            return frozenset()
        rows = self.catalogue.pairs.rows_of(number)
        found = np.flatnonzero(self.rows[rows]) + rows.start
        return frozenset(self.catalogue.pairs.pair(int(row)) for row in found)

    def frame_after(self, cube: Path | None, way: int) -> Path | None:
        """The next frame with any, forwards (1) or back (-1); None at the end of the queue."""
        frames = self.catalogue.frames
        at = self._numbers.get(cube) if cube is not None else None
        at = (-1 if way > 0 else len(frames)) if at is None else at
        beyond = range(at + 1, len(frames)) if way > 0 else range(at - 1, -1, -1)
        return next((frames[n].path for n in beyond if self.counts[n]), None)

    @cached_property
    def _numbers(self) -> dict[Path, int]:
        return {entry.path: number for number, entry in enumerate(self.catalogue.frames)}


def unreviewed(catalogue: Catalogue) -> dict[Path, int]:
    """Of each frame the number of pairs that nobody has finished, accepted or rejected."""
    counts = _per_frame(catalogue, Filter.parse("state:unreviewed").rows(catalogue))
    return {frame.path: count for frame, count in zip(catalogue.frames, counts, strict=True)}


def _per_frame(catalogue: Catalogue, rows: NDArray[np.bool_]) -> tuple[int, ...]:
    counts = np.bincount(catalogue.pairs.frame[rows], minlength=len(catalogue.frames))
    return tuple(int(count) for count in counts)
