"""How long the event loop of a window was kept from its events."""

from collections.abc import Iterator
from contextlib import contextmanager
from statistics import quantiles
from time import perf_counter

from PySide6.QtCore import QObject, Qt, QTimer


class Watchdog(QObject):
    """A timer that wants to ring every millisecond, and what came between its rings.

    Attributes:
        gaps: Milliseconds from ring to ring; a slot that takes 40 ms is a gap of about 41.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[float] = []
        self._last = 0.0
        self._timer = QTimer(self, interval=1)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._ring)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count what happens inside."""
        self._last = perf_counter()
        self._timer.start()
        try:
            yield
        finally:
            self._timer.stop()

    def report(self) -> str:
        """The longest gap and the 99th percentile."""
        worst, rare = max(self.gaps), quantiles(self.gaps, n=100)[-1]
        return f"longest {worst:.1f} ms, 99 % below {rare:.1f} ms, of {len(self.gaps):,} gaps"

    def _ring(self) -> None:
        now = perf_counter()
        self.gaps.append((now - self._last) * 1e3)
        self._last = now
