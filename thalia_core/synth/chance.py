"""Frames made up from a seed: a volcano, its sources, and the days on which it is looked at."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from thalia_core.errors import ConfigError
from thalia_core.synth.events import Event
from thalia_core.synth.fields import generator
from thalia_core.synth.kinds import parse_events
from thalia_core.synth.plan import PIXEL_DEGREES, ScenePlan, every_days
from thalia_core.synth.relief import choose_window, read_ground
from thalia_core.synth.terrain import Edifice


def random_plan(
    frame: str | None = None,
    *,
    seed: int = 0,
    size: int = 640,
    dates: int | Sequence[date] = 9,
    sources: Sequence[str] | None = None,
    dem: Path | None = None,
) -> ScenePlan:
    """A frame made up from its seed: one volcano whose sources awake and rest again.

    Args:
        frame: Identifier; made up when left out.
        seed: Of all that is random.
        size: Rows and columns.
        dates: Acquisition days, or how many of them, 12 days apart.
        sources: What moves the ground, as ``kinds.parse_events`` reads it; one Mogi source when
            left out.
        dem: Real heights; the frame lies around their highest point.

    Raises:
        ThaliaError: The values make no frame.
    """
    many = dates if isinstance(dates, int) else len(dates)
    if seed < 0 or many < 2:
        raise ConfigError("the seed must be 0 or more, and the dates 2 or more")
    rng = generator(seed, "plan")
    north, west = _rounded(rng.uniform(-45, 60)), _rounded(rng.uniform(-180, 179))
    days = every_days(date(2016, 1, 5) + timedelta(days=int(rng.integers(0, 2_500))), many)
    days = days if isinstance(dates, int) else tuple(sorted(set(dates)))
    incidence = _rounded(rng.uniform(34, 43))
    extent_m = min(size * PIXEL_DEGREES * 111_000, 60_000)  # small frames show small volcanoes
    volcano = _random_volcano(rng, extent_m)
    event = _random_event(rng, volcano, extent_m, days, incidence)
    plan = ScenePlan(
        frame=frame or _made_up_frame(rng, north),
        title=f"Synthetic volcano {seed}",
        seed=seed,
        rows=size,
        cols=size,
        west=west,
        north=north,
        dates=days,
        events=(event,),
        edifices=(volcano,),
        incidence=incidence,
        sea_fraction=_rounded(rng.uniform(0.05, 0.45)),
    )
    near = volcano.row, volcano.col
    if dem is not None:
        plan, near = _on_real_ground(plan, dem, size, keep=frame is not None)
        plan = replace(plan, events=(replace(event, row=near[0], col=near[1]),))
    if sources is None:
        return plan
    others = generator(seed, "sources")
    return replace(
        plan, events=parse_events(sources, others, near=near, days=days, sight=plan.sight)
    )


def _on_real_ground(
    plan: ScenePlan, dem: Path, size: int, *, keep: bool
) -> tuple[ScenePlan, tuple[float, float]]:
    """The plan over a file's heights, and where its summit lies."""
    relief, grid = choose_window(dem, size, PIXEL_DEGREES)
    frame = plan.frame
    if not keep:  # the middle number of a frame is its colatitude
        frame = f"{frame[:5]}{round((90 - grid.y0) * 100):05d}{frame[10:]}"
    height = read_ground(relief, grid).height
    row, col = np.unravel_index(int(height.argmax()), height.shape)
    moved = replace(
        plan,
        frame=frame,
        title=f"Synthetic sources under {dem.stem}",
        west=grid.x0,
        north=grid.y0,
        edifices=(),
        relief=relief,
    )
    return moved, (_rounded(float(row) / size), _rounded(float(col) / size))


def _random_volcano(rng: np.random.Generator, extent_m: float) -> Edifice:
    return Edifice(
        row=_rounded(rng.uniform(0.38, 0.62)),
        col=_rounded(rng.uniform(0.38, 0.62)),
        height_m=_rounded(extent_m * rng.uniform(0.027, 0.045)),
        radius_m=_rounded(extent_m * 0.30),
        caldera_m=_rounded(extent_m * rng.uniform(0.01, 0.03)),
    )


def _random_event(
    rng: np.random.Generator,
    volcano: Edifice,
    extent_m: float,
    days: tuple[date, ...],
    incidence: float,
) -> Event:
    """A source not far from the summit, at work in the middle of the dates."""
    onset = int(len(days) * 0.3)
    end = min(onset + max(int(len(days) * 0.4), 1), len(days) - 1)
    aside = rng.uniform(-0.06, 0.06, 2)
    return Event.of_fringes(
        (_rounded(volcano.row + aside[0]), _rounded(volcano.col + aside[1])),
        depth_m=_rounded(extent_m * rng.uniform(0.035, 0.065)),
        fringes=float(rng.uniform(2, 5) * rng.choice([1, 1, -0.6])),
        active=(days[onset], days[end]),
        incidence=incidence,
    )


def _rounded(value: float) -> float:
    return round(float(value), 3)


def _made_up_frame(rng: np.random.Generator, north: float) -> str:
    track, letter = int(rng.integers(1, 176)), rng.choice(["A", "D"])
    return f"{track:03d}{letter}_{round((90 - north) * 100):05d}_131313"
