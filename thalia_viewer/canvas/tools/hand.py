"""What all tools share: where they paint, with what, how wide, and what holds them back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from thalia_core.annotate.gates import OPEN, Gate
from thalia_core.annotate.patch import Codes, Paint
from thalia_core.annotate.shapes import Shape
from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import Activity, Intensity
from thalia_core.cube.pairs import DatePair

MIN_RADIUS, MAX_RADIUS = 0.5, 512.0
_GROWTH = 1.2


class Stroke(Protocol):
    """One edit in progress."""

    @property
    def held_back(self) -> bool:
        """The gate has let nothing of a shape through that would have changed something."""

    def extend(self, shape: Shape) -> Window | None:
        """Paint a shape; returns the pixels that changed."""

    def commit(self) -> object:
        """Make it one step of the history."""

    def abort(self) -> Window | None:
        """Take it back; returns the pixels that changed."""


class WatchedStroke:
    """A stroke within a gate, which tells when nothing of it came through.

    Args:
        stroke: What paints.
        held_back: Called at the end of a stroke that changed nothing.
    """

    def __init__(self, stroke: Stroke, held_back: Callable[[], None]) -> None:
        self._stroke = stroke
        self._tell = held_back

    @property
    def held_back(self) -> bool:
        """The gate let nothing of a shape through."""
        return self._stroke.held_back

    def extend(self, shape: Shape) -> Window | None:
        """Paint a shape; returns the pixels that changed."""
        return self._stroke.extend(shape)

    def commit(self) -> object:
        """Make it one step of the history."""
        step = self._stroke.commit()
        if step is None and self.held_back:
            self._tell()
        return step

    def abort(self) -> Window | None:
        """Take it back; returns the pixels that changed."""
        return self._stroke.abort()


class Painter(Protocol):
    """Where strokes go: the edit session, bound to the shown pair."""

    def begin(self, paint: Paint, name: str, gate: Gate) -> Stroke:
        """Start a stroke with a class that changes no pixel the gate holds back."""

    def planes(self) -> Mapping[str, Codes]:
        """The live masks, (rows, columns) of the frame; to be read only."""

    def repaint(self, window: Window, after: Mapping[str, Codes], name: str, gate: Gate) -> object:
        """Give a window of the masks other codes, pixel by pixel, as one step of the history."""


def _everywhere(_: DatePair) -> Gate:
    return OPEN


@dataclass(slots=True)
class Hand:
    """What all tools share: where they paint, with what, how wide.

    Attributes:
        painter: None while nothing may be painted.
        paint: The class that brush and polygon paint.
        radius: Brush radius in image pixels.
        shape: (rows, columns) of the frame; the canvas keeps it.
        subtract: Polygon and lasso take away; with Shift it is the other way round.
        gate: What holds every tool back. Whatever else changes a mask under this hand keeps to it.
        held_back: Called when the gate let nothing of a stroke through.
        gate_of: Gives the gate of any pair, for what is done to many; it reads, on any thread.
    """

    painter: Painter | None = None
    paint: Paint = Paint(Activity.MOGI, Intensity.MEDIUM)
    radius: float = 8.0
    shape: tuple[int, int] = (0, 0)
    gate: Gate = OPEN
    subtract: bool = False
    held_back: Callable[[], None] | None = None
    gate_of: Callable[[DatePair], Gate] = _everywhere

    def begin(self, paint: Paint, name: str) -> Stroke:
        """Start a stroke of any tool, within the gate; there is a painter."""
        assert self.painter is not None
        stroke = self.painter.begin(paint, name, self.gate)
        if self.gate.open or self.held_back is None:
            return stroke
        return WatchedStroke(stroke, self.held_back)

    def repaint(self, window: Window, after: Mapping[str, Codes], name: str) -> object:
        """Give a window of the masks other codes, within the gate; there is a painter."""
        assert self.painter is not None
        step = self.painter.repaint(window, after, name, self.gate)
        if step is None:
            self.tell_held_back()
        return step

    def tell_held_back(self) -> None:
        """Nothing came of what was asked for: say so where the gate is why."""
        if not self.gate.open and self.held_back is not None:
            self.held_back()

    def set_radius(self, radius: float) -> None:
        """Another radius, in half pixels and within the limits."""
        self.radius = min(max(round(radius * 2) / 2, MIN_RADIUS), MAX_RADIUS)

    def resize(self, steps: int) -> None:
        """Make the brush wider (or narrower, below 0) by a fifth a step, in half pixels."""
        for _ in range(abs(steps)):
            wider = self.radius * (_GROWTH if steps > 0 else 1 / _GROWTH)
            wider = round(wider * 2) / 2
            if wider == self.radius:
                wider += 0.5 if steps > 0 else -0.5
            self.radius = min(max(wider, MIN_RADIUS), MAX_RADIUS)
