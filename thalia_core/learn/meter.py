"""How fast a run goes, and how much of its time it waits for data."""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


class Meter:
    """Counts samples, and the time it took to get and to use them."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()
        self._waited = 0.0
        self._samples = 0

    def waiting_for(self, batches: Iterable[T]) -> Iterator[T]:
        """The same batches; the time until each is there counts as waiting."""
        iterator = iter(batches)
        while True:
            begun = time.perf_counter()
            batch = next(iterator, None)
            self._waited += time.perf_counter() - begun
            if batch is None:
                return
            yield batch

    def count(self, samples: int) -> None:
        """So many samples were used."""
        self._samples += samples

    @property
    def seconds(self) -> float:
        """Since the beginning, or the last reading."""
        return time.perf_counter() - self._begun

    def read(self) -> dict[str, float]:
        """Samples per second and the share of the time waited for data; begins anew."""
        seconds = max(self.seconds, 1e-9)
        values = {"samples_per_s": self._samples / seconds, "data_wait": self._waited / seconds}
        self._begun, self._waited, self._samples = time.perf_counter(), 0.0, 0
        return values
