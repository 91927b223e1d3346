"""Frames to learn from: every source in every size, and much that only looks like one.

Each frame is a place of its own with its own ground, weather and sources. Some frames have no
source at all, but strong stratification on high volcanoes, lobes of turbulence or orbital ramps: a
model that answers to those is wrong. Whole frames are held out, so that no place is both learnt and
judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from thalia_core.synth.events import Event, showing
from thalia_core.synth.fields import generator
from thalia_core.synth.kinds import KINDS, draw_source
from thalia_core.synth.plan import PIXEL_DEGREES, ScenePlan, every_days
from thalia_core.synth.terrain import Edifice

FRAMES, HELD_OUT = 15, 3
_DATES = 16


@dataclass(frozen=True, slots=True)
class _Air:
    """How the air and the orbit mislead: stratification rad/km, turbulence m, ramp fringes."""

    stratification: float
    turbulence_m: tuple[float, float]
    ramp: float = 0.0


_CALM = _Air(0.8, (0.002, 0.005))
_AIRS = (
    _CALM,
    _Air(2.4, (0.002, 0.005)),  # stratification on edifices
    _Air(1.0, (0.005, 0.010)),  # lobes of turbulence
    _Air(1.0, (0.003, 0.007), ramp=1.2),
)


def learning_plans(
    seed: int = 0, *, size: int = 512, frames: int = FRAMES
) -> tuple[tuple[ScenePlan, ...], tuple[str, ...]]:
    """The frames, and the names of those that are held out: a frame of each sort.

    Args:
        seed: Of all that is random.
        size: Rows and columns, at 0.001 degrees.
        frames: How many.
    """
    plans = tuple(_plan(number, seed, size) for number in range(frames))
    first = max(frames - HELD_OUT, 1)
    return plans, tuple(plan.frame for plan in plans[first:])


def _plan(number: int, seed: int, size: int) -> ScenePlan:
    """Every fifth frame has no source; the air changes from frame to frame."""
    bare = number % 5 == 4
    rng = generator(seed, "learning", number)
    north, west = (round(float(rng.uniform(*span)), 3) for span in ((-45, 55), (-179, 178)))
    letter = "AD"[number % 2]
    air = _AIRS[1 + number // 5 % 3] if bare else _AIRS[number % len(_AIRS)]
    days = every_days(date(2015, 1, 7), _DATES + 200)[number * 11 :][:_DATES]
    extent_m = size * PIXEL_DEGREES * 111_000
    plan = ScenePlan(
        frame=f"{1 + number * 11 % 175:03d}{letter}_{round((90 - north) * 100):05d}_131313",
        title=f"Synthetic place {number + 1}",
        seed=seed * 1_000_003 + number,
        rows=size,
        cols=size,
        west=west,
        north=north,
        dates=days,
        events=(),
        edifices=_edifices(rng, extent_m, high=air.stratification > 2),
        incidence=round(float(rng.uniform(34, 43)), 2),
        sea_fraction=round(float(rng.choice([0.0, 0.1, 0.3])), 2),
        relief_m=round(float(rng.uniform(120, 350))),
        turbulence_m=air.turbulence_m,
        stratification=air.stratification,
        ramp_fringes=air.ramp,
    )
    return plan if bare else replace(plan, events=_events(rng, plan, days, number))


def _edifices(rng: np.random.Generator, extent_m: float, *, high: bool) -> tuple[Edifice, ...]:
    radius = extent_m * 0.3
    steep = rng.uniform(0.14, 0.19) if high else rng.uniform(0.08, 0.13)
    first = Edifice(
        round(float(rng.uniform(0.38, 0.62)), 3),
        round(float(rng.uniform(0.38, 0.62)), 3),
        round(float(radius * steep)),
        round(radius),
        round(float(radius * rng.choice([0.0, 0.06, 0.12]))),
    )
    turn = rng.uniform(0, 2 * np.pi)
    second = Edifice(
        round(float(0.5 + 0.27 * np.sin(turn)), 3),
        round(float(0.5 + 0.27 * np.cos(turn)), 3),
        round(float(radius * steep * 0.6)),
        round(radius * 0.6),
    )
    return first, second


def _events(
    rng: np.random.Generator, plan: ScenePlan, days: Sequence[date], number: int
) -> tuple[Event, ...]:
    """Four sources a frame; over the frames all types come equally often, in all sizes."""
    kinds = list(KINDS)
    events = []
    for turn in range(4):
        kind = kinds[(number * 4 + turn) % len(kinds)]
        source = draw_source(kind, rng)
        fringes = float(np.exp(rng.uniform(np.log(0.7), np.log(8)))) * rng.choice([1, 1, 1, -1])
        if kind in ("dyke", "earthquake"):  # a dyke does not close again, a fault slips as it does
            fringes = abs(fringes)
        edifice = plan.edifices[turn % len(plan.edifices)]
        aside = rng.normal(0, 0.05, 2)
        place = np.clip((edifice.row + aside[0], edifice.col + aside[1]), 0.2, 0.8)
        onset = int(rng.integers(1, len(days) - 5))
        lasts = 0 if kind == "earthquake" else int(rng.integers(1, 4))
        row, col = (round(float(at), 3) for at in place)
        events.append(
            Event(row, col, showing(source, fringes, plan.sight), days[onset], days[onset + lasts])
        )
    return tuple(events)
