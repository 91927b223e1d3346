"""Columns of a table of pairs: whole numbers that may be absent, and texts packed end to end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

NONE = -32_768
"""A whole number that is not recorded; smaller than any code or count."""

Column = NDArray[Any]


def integers(values: Iterable[int | None]) -> Column:
    """The smallest type of at least 16 bits that holds all; ``NONE`` for None."""
    found = np.array([NONE if value is None else value for value in values], np.int64)
    if not found.size:
        return found.astype(np.int16)
    low, high = int(found.min()), int(found.max())
    for dtype in (np.int16, np.int32):
        if np.iinfo(dtype).min <= low and high <= np.iinfo(dtype).max:
            return found.astype(dtype)
    return found


@dataclass(frozen=True, eq=False)
class Texts(Sequence["str | None"]):
    """Texts, each decoded when it is asked for.

    Attributes:
        data: All of them in UTF-8, end to end.
        lengths: (n,) int32, bytes of each; -1 where none is recorded.
    """

    data: bytes
    lengths: NDArray[np.int32]

    @classmethod
    def of(cls, values: Iterable[str | None]) -> "Texts":
        """Pack texts; lone surrogates, which no file should hold, become question marks."""
        parts = [None if value is None else value.encode(errors="replace") for value in values]
        lengths = [-1 if part is None else len(part) for part in parts]
        return cls(b"".join(part or b"" for part in parts), np.array(lengths, np.int32))

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        return np.cumsum(np.maximum(self.lengths, 0), dtype=np.int64)

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, index: Any) -> Any:
        """One text, or a part of the column."""
        if isinstance(index, slice):
            return self.part(*index.indices(len(self))[:2])
        length, end = int(self.lengths[index]), int(self._ends[index])
        return None if length < 0 else self.data[end - length : end].decode(errors="replace")

    def part(self, start: int, stop: int) -> "Texts":
        """Rows ``start <= row < stop``."""
        if stop <= start:
            return Texts(b"", np.zeros(0, np.int32))
        begin = int(self._ends[start] - max(int(self.lengths[start]), 0))
        return Texts(self.data[begin : int(self._ends[stop - 1])], self.lengths[start:stop])

    def take(self, rows: Iterable[int]) -> "list[str | None]":
        """Some of the texts."""
        return [self[int(row)] for row in rows]

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """All texts for comparing without regard to case; empty where none is recorded."""
        ends, lengths, data = self._ends.tolist(), self.lengths.tolist(), self.data
        return tuple(
            data[end - length : end].decode(errors="replace").casefold() if length > 0 else ""
            for end, length in zip(ends, lengths, strict=True)
        )

    def contains(self, words: str) -> NDArray[np.bool_]:
        """(n,) True where the text holds the words, without regard to case."""
        wanted = words.casefold()
        found = (wanted in text for text in self.folded)
        return np.fromiter(found, np.bool_, len(self))

    @staticmethod
    def join(parts: "Sequence[Texts]") -> "Texts":
        """One column after the other."""
        lengths = [part.lengths for part in parts] or [np.zeros(0, np.int32)]
        return Texts(b"".join(part.data for part in parts), np.concatenate(lengths))
