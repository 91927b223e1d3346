"""The rules of a gate: by coherence, phase, region, land, and what is painted already.

A rule is a value that belongs to no pair; with the planes of a pair it becomes a Gate. It is told
in measured phase, as legend and read-out say it: other colours for phases open no other pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite, pi, tau
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.gates import Gate
from thalia_core.annotate.shapes import Shape
from thalia_core.cube.labels import Activity
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import MISSING
from thalia_core.errors import EditError
from thalia_core.insar.wrap import wrap

if TYPE_CHECKING:  # a rule is made before anybody needs zarr
    from thalia_core.cube.store import CubeStore

PHASE, COHERENCE, LAND = "insar_difference", "insar_coherence", "land_mask"
_NAMES = {PHASE: "wrapped phase", COHERENCE: "coherence", LAND: "land mask"}
_ROUNDING = 1e-6  # rad; planes are float32, and the ends of a range belong to it


@dataclass(frozen=True, slots=True)
class PhaseRange:
    """Angles from ``low`` on, rising, to ``high``, in rad; it may pass through pi.

    From 2 to -2 it is the arc around pi, from -2 to 2 the arc around 0. Both ends belong to it.
    Ends a whole turn or more apart hold every angle.
    """

    low: float
    high: float

    @property
    def width(self) -> float:
        """Radians from one end to the other, 0 to 2 pi."""
        between = self.high - self.low
        return tau if between >= tau - _ROUNDING else between % tau

    @property
    def middle(self) -> float:
        """The angle half way, in (-pi, pi]."""
        return float(wrap(self.low + self.width / 2))

    @property
    def whole(self) -> bool:
        """Whether it holds every angle."""
        return self.width >= tau

    def shifted(self, by: float) -> PhaseRange:
        """The range of phases to which ``by`` was added; ends in (-pi, pi] unless it is whole."""
        if self.whole:
            return PhaseRange(-pi, pi)
        return PhaseRange(float(wrap(self.low + by)), float(wrap(self.high + by)))

    def holds(self, phase: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
        """Which angles (rad) lie in it; NaN lies in none."""
        off = phase - self.middle
        off -= np.rint(off / tau) * tau  # the nearer way round, far faster than ``wrap``
        return np.asarray(np.abs(off) <= self.width / 2 + _ROUNDING)


@dataclass(frozen=True, eq=False, slots=True)
class GateRule:
    """What holds tools back; a pixel is open where every rule that is given lets it.

    Attributes:
        coherence: Lowest coherence, 0 to 1. Pixels without coherence (0 or NaN) are closed.
        phase: Measured phase that is open. Pixels without phase are closed, but a whole turn
            holds nothing back.
        region: Pixels of the frame that are open.
        land: Water is closed; so is what the land mask does not know.
        unlabelled: Only pixels without a class may be painted.
        over: Activity codes that may be painted over; pixels without a class always may. None for
            all codes, those that no legend knows among them.

    Raises:
        EditError: The coherence is not from 0 to 1, or the phase is no number.
    """

    coherence: float | None = None
    phase: PhaseRange | None = None
    region: Shape | None = None
    land: bool = False
    unlabelled: bool = False
    over: frozenset[int] | None = None

    def __post_init__(self) -> None:
        if self.coherence is not None and not 0 <= self.coherence <= 1:
            raise EditError(
                f"no gate at a coherence of {self.coherence:g}", fix="it goes from 0 to 1"
            )
        if self.phase is not None and not (isfinite(self.phase.low) and isfinite(self.phase.high)):
            raise EditError("no gate without two ends of the phase", fix="give both in rad")

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers of a pair that it asks for."""
        asked = (
            (PHASE, self.phase is not None and not self.phase.whole),
            (COHERENCE, self.coherence is not None),
            (LAND, self.land),
        )
        return tuple(name for name, needed in asked if needed)

    @property
    def codes(self) -> frozenset[int] | None:
        """Activity codes that may be painted over, 0 and "no value" among them; None for all."""
        if self.over is None and not self.unlabelled:
            return None
        over = frozenset[int]() if self.unlabelled or self.over is None else self.over
        return over | {int(Activity.NONE), MISSING}


def gate_of(rule: GateRule, shape: tuple[int, int], planes: Mapping[str, NDArray[Any]]) -> Gate:
    """The gate of one pair.

    Args:
        rule: What is open.
        shape: (rows, columns) of the frame.
        planes: At least the ``layers`` of the rule, each (rows, columns): phase in rad, coherence
            0 to 1, land 1.

    Raises:
        EditError: A plane is missing. A rule that cannot be told is never left out in silence.
    """
    lacking = [name for name in rule.layers if name not in planes]
    if lacking:
        names = " and ".join(_NAMES[name] for name in lacking)
        raise EditError(
            f"the gate is shut: there is no {names} here",
            why="which pixels it holds back cannot be told",
            fix="take that rule out of the gate",
        )
    tests: list[NDArray[np.bool_]] = []
    if rule.coherence is not None:
        coherence = planes[COHERENCE]
        tests.append((coherence >= rule.coherence) & (coherence > 0))
    if rule.phase is not None and not rule.phase.whole:
        tests.append(rule.phase.holds(planes[PHASE]))
    if rule.land:
        tests.append(planes[LAND] == 1)
    if rule.region is not None:
        tests.append(_plane(rule.region, shape))
    pixels = np.logical_and.reduce(tests) if tests else None
    return Gate(pixels, rule.codes)


def read_gate(
    cube: CubeStore,
    pair: DatePair,
    rule: GateRule,
    read: Callable[[str], NDArray[Any]] | None = None,
) -> Gate:
    """The gate of a pair of a cube: for any pair that an action is about to change.

    Args:
        cube: The cube.
        pair: One of its pairs.
        rule: What is open.
        read: Gives a plane of the pair in physical units, e.g. from a cache; else it is read.

    Raises:
        EditError: The cube has no such layer.
        CubeError: A layer cannot be read.
    """
    read = read or (lambda name: cube.read_plane(name, pair))
    planes = {name: read(name) for name in rule.layers if name in cube.layers}
    return gate_of(rule, cube.geometry.shape, planes)


def _plane(region: Shape, shape: tuple[int, int]) -> NDArray[np.bool_]:
    plane = np.zeros(shape, bool)
    plane[region.window.slices] = region.mask
    return plane
