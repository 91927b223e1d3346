"""What a person set for the gate, and how it is told in words. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from math import isfinite, pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.gate_rules import COHERENCE, LAND, PHASE, GateRule, PhaseRange
from thalia_core.annotate.gates import Gate
from thalia_core.annotate.shapes import Shape
from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import Activity

TYPES: tuple[int, ...] = tuple(int(code) for code in Activity if code)

_NAMED = 2
"""Rules that a button names before it only counts them."""


@dataclass(frozen=True, slots=True)
class GateChoice:
    """The rules with their values; a value is kept while its rule is out of force.

    Attributes:
        on: The gate holds tools back.
        veil: Closed pixels are seen.
        by_coherence: The coherence counts.
        coherence: Lowest coherence, 0 to 1.
        by_phase: The wrapped phase counts.
        low: Where the range of the phase begins, rad.
        high: Where it ends, the way angles rise.
        by_region: The region counts.
        land: Land only.
        unlabelled: Unlabelled pixels only.
        by_type: The types that may be painted over count.
        over: Their activity codes.
    """

    on: bool = False
    veil: bool = True
    by_coherence: bool = False
    coherence: float = 0.3
    by_phase: bool = False
    low: float = -pi / 2
    high: float = pi / 2
    by_region: bool = False
    land: bool = False
    unlabelled: bool = False
    by_type: bool = False
    over: tuple[int, ...] = TYPES

    @property
    def range(self) -> PhaseRange:
        """The range of the phase."""
        return PhaseRange(self.low, self.high)

    def rule(self, region: Shape | None) -> GateRule:
        """The rules in force."""
        return GateRule(
            coherence=self.coherence if self.by_coherence else None,
            phase=self.range if self.by_phase else None,
            region=region if self.by_region else None,
            land=self.land,
            unlabelled=self.unlabelled,
            over=frozenset(self.over) if self.by_type else None,
        )

    def memory(self) -> dict[str, Any]:
        """For the settings; a region belongs to its frame and is not kept."""
        return asdict(self) | {"by_region": False, "over": list(self.over)}

    @classmethod
    def of_memory(cls, values: Mapping[str, Any]) -> GateChoice:
        """From the settings; see ``problem``."""
        known = {f.name for f in fields(cls)}
        kept = {name: value for name, value in values.items() if name in known}
        return cls(**kept | {"over": tuple(kept.get("over", TYPES))})


def problem(values: Mapping[str, Any]) -> str:
    """What is wrong with remembered values; empty when nothing is."""
    default = asdict(GateChoice())
    for name, value in values.items():
        if name not in default:
            return f"unknown rule {name!r}"
        usual = default[name]
        if isinstance(usual, bool):
            good = isinstance(value, bool)
        elif isinstance(usual, float):
            good = isinstance(value, int | float) and not isinstance(value, bool)
            good = good and isfinite(value) and (name != "coherence" or 0 <= value <= 1)
        else:
            good = isinstance(value, list | tuple) and all(code in TYPES for code in value)
        if not good:
            return f"{name} cannot be {value!r}"
    return ""


@dataclass(frozen=True, eq=False, slots=True)
class Closed:
    """What the veils lie over, (rows, columns) each; None where there is nothing.

    Attributes:
        pixels: Pixels that are closed whatever is painted there.
        masks: Masks that may not be painted over.
    """

    pixels: NDArray[np.bool_] | None = None
    masks: NDArray[np.bool_] | None = None


def closed_by(gate: Gate, activity: NDArray[np.uint8] | None) -> Closed:
    """The pixels that no tool may change now.

    Args:
        gate: The gate of the pair.
        activity: Activity codes as painted, (rows, columns); None where they cannot be read.
    """
    pixels = None if gate.pixels is None else ~gate.pixels
    masks = None
    if gate.over is not None and activity is not None:
        classes = replace(gate, pixels=None)
        everything, window = np.ones(activity.shape, bool), Window.full(*activity.shape)
        masks = ~classes.restrict(everything, window, activity)
    return Closed(_some(pixels), _some(masks))


def _some(plane: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
    return plane if plane is not None and plane.any() else None


def rules_in_short(choice: GateChoice, region: Shape | None) -> str:
    """The rules in force in a few words, for a button."""
    named = (
        (choice.by_coherence, f"coh \u2265 {choice.coherence:.2f}"),
        (choice.by_phase and not choice.range.whole, "phase"),
        (choice.by_region and region is not None, "region"),
        (choice.land, "land"),
        (choice.unlabelled, "unlabelled"),
        (choice.by_type and not choice.unlabelled, "types"),
    )
    words = [word for given, word in named if given]
    rest = len(words) - _NAMED
    return ", ".join(words[:_NAMED]) + (f" +{rest}" if rest > 0 else "")


def why_closed(
    choice: GateChoice,
    gate: Gate,
    region: Shape | None,
    planes: Mapping[str, NDArray[Any]],
    activity: NDArray[np.uint8] | None,
    at: tuple[int, int],
) -> str:
    """Why a pixel may not be changed; empty where it may.

    Args:
        choice: The rules.
        gate: What they come to.
        region: The region they name.
        planes: The planes they asked for.
        activity: Activity codes as painted.
        at: (row, column).
    """
    if gate.pixels is not None and not gate.pixels[at]:
        return _why_not_open(choice.rule(region), planes, at)
    code = 0 if activity is None else int(activity[at])
    if gate.over is None or code in gate.over:
        return ""
    name = Activity(code).name.capitalize() if code in TYPES else f"code {code}"
    return "it is labelled already" if choice.unlabelled else f"{name} may not be painted over"


def _why_not_open(rule: GateRule, planes: Mapping[str, NDArray[Any]], at: tuple[int, int]) -> str:
    if rule.land and planes[LAND][at] != 1:
        return "this is water"
    if rule.region is not None and not _holds(rule.region, at):
        return "this is outside the region"
    if rule.coherence is not None:
        coherence = float(planes[COHERENCE][at])
        if not coherence > 0:
            return "there is no coherence"
        if coherence < rule.coherence:
            return f"coherence {coherence:.2f} is below {rule.coherence:.2f}"
    if rule.phase is None:
        return "the gate closes it"
    phase = float(planes[PHASE][at])
    ends = f"{rule.phase.low:.2f} to {rule.phase.high:.2f} rad"
    words = f"phase {phase:.2f} is outside {ends}" if isfinite(phase) else "there is no phase"
    return words.replace("-", "\u2212")


def _holds(region: Shape, at: tuple[int, int]) -> bool:
    window = region.window
    inside = window.row0 <= at[0] < window.row1 and window.col0 <= at[1] < window.col1
    return inside and bool(region.mask[at[0] - window.row0, at[1] - window.col0])
