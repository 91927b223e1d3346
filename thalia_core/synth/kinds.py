"""Kinds of sources by name: drawn within the ranges in use, or written out by hand.

A source is written as ``dyke``, or with some of its values as
``dyke:row=0.4,col=0.6,length=6000,strike=30,fringes=4,onset=3,end=4``. What is left out is drawn.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from difflib import get_close_matches
from typing import Any

import numpy as np

from thalia_core.errors import ConfigError
from thalia_core.insar.los import LineOfSight
from thalia_core.synth.events import Event, fringes_of, showing
from thalia_core.synth.sources import Mogi, Okada, PennyCrack, Source, Spheroid

Drawn = dict[str, float]
_PLACED = ("row", "col", "fringes", "onset", "end")
_STRENGTH = {
    Mogi: ("volume_change",),
    PennyCrack: ("pressure",),
    Spheroid: ("pressure",),
    Okada: ("opening", "strike_slip", "dip_slip"),
}
_FAINTEST = 0.05
"""Fringes below which a source cannot be brought to a wanted number by its strength."""


def _mogi(rng: np.random.Generator) -> Drawn:
    return {"depth": rng.uniform(1_500, 5_000), "volume_change": rng.uniform(2e6, 8e6)}


def _sill(rng: np.random.Generator) -> Drawn:
    length = rng.uniform(2_000, 6_000)
    return {
        "depth": rng.uniform(1_500, 3_500),
        "length": length,
        "width": length * rng.uniform(0.5, 1.0),
        "strike": rng.uniform(0, 180),
        "dip": rng.uniform(0, 12),
        "opening": rng.uniform(0.2, 0.7),
    }


def _dyke(rng: np.random.Generator) -> Drawn:
    width, dip = rng.uniform(1_500, 4_000), rng.uniform(75, 90)
    top = rng.uniform(300, 2_000)
    return {
        "depth": top + width / 2,
        "length": rng.uniform(3_000, 10_000),
        "width": width,
        "strike": rng.uniform(0, 360),
        "dip": dip,
        "opening": rng.uniform(0.3, 0.7),
    }


def _earthquake(rng: np.random.Generator) -> Drawn:
    width = rng.uniform(3_000, 6_000)
    slips = (("strike_slip", "dip_slip"), ("dip_slip", "strike_slip"))[int(rng.integers(2))]
    return {
        "depth": width / 2 + rng.uniform(1_000, 4_000),
        "length": width * rng.uniform(1.0, 2.0),
        "width": width,
        "strike": rng.uniform(0, 360),
        "dip": rng.uniform(35, 85),
        slips[0]: rng.uniform(0.3, 0.9) * rng.choice([-1, 1]),
        slips[1]: rng.uniform(-0.1, 0.1),
    }


def _penny(rng: np.random.Generator) -> Drawn:
    depth = rng.uniform(1_500, 4_000)
    return {
        "depth": depth,
        "radius": depth * rng.uniform(0.3, 1.0),
        "pressure": rng.uniform(1e-4, 3e-4),
    }


def _spheroid(rng: np.random.Generator) -> Drawn:
    depth = rng.uniform(2_500, 5_000)
    major = depth * rng.uniform(0.25, 0.5)
    return {
        "depth": depth,
        "semi_major": major,
        "semi_minor": major * rng.uniform(0.4, 0.8),
        "strike": rng.uniform(0, 360),
        "plunge": rng.uniform(55, 90),
        "pressure": rng.uniform(0.002, 0.006),
    }


KINDS: Mapping[str, tuple[type[Any], Callable[[np.random.Generator], Drawn]]] = {
    "mogi": (Mogi, _mogi),
    "sill": (Okada, _sill),
    "dyke": (Okada, _dyke),
    "earthquake": (Okada, _earthquake),
    "penny": (PennyCrack, _penny),
    "spheroid": (Spheroid, _spheroid),
}
"""Name -> class, and a draw of its parameters (metres, degrees; ranges used in the field)."""


def draw_source(kind: str, rng: np.random.Generator, given: Mapping[str, float] = {}) -> Source:
    """A source of a kind with some values given.

    Raises:
        ConfigError: The values make no source.
    """
    make, draw = KINDS[kind]
    drawn = {name: float(f"{value:.4g}") for name, value in draw(rng).items()}
    source: Source = make(**{**drawn, **given})
    return source


def parse_events(
    texts: Sequence[str],
    rng: np.random.Generator,
    *,
    near: tuple[float, float],
    days: Sequence[date],
    sight: LineOfSight,
) -> tuple[Event, ...]:
    """The events that a person wrote.

    Args:
        texts: One for each, as in the head of this module.
        rng: What is left out is drawn from it.
        near: Row and column, as fractions of the frame, near which sources without place lie.
        days: Acquisition days; ``onset`` and ``end`` are counted in them from 0.
        sight: Line of sight, for ``fringes``.

    Raises:
        ConfigError: One is not understood; the message says which word.
    """
    return tuple(_event(text, rng, near, days, sight) for text in texts)


def _event(
    text: str,
    rng: np.random.Generator,
    near: tuple[float, float],
    days: Sequence[date],
    sight: LineOfSight,
) -> Event:
    kind, values = _parse(text)
    own = {name: value for name, value in values.items() if name not in _PLACED}
    source = draw_source(kind, rng, own)
    if "fringes" in values:
        shows = fringes_of(source, sight)
        if shows < _FAINTEST * abs(values["fringes"]):
            raise ConfigError(
                "a source that moves nothing cannot show fringes",
                where=text,
                fix="give it a strength, or leave its strength to be drawn",
            )
        source = showing(source, values["fringes"], sight)
    aside = rng.uniform(-0.08, 0.08, 2)
    row, col = (
        values.get(name, round(float(np.clip(at + off, 0.05, 0.95)), 3))
        for name, at, off in zip(("row", "col"), near, aside, strict=True)
    )
    if not (0 <= row <= 1 and 0 <= col <= 1):
        raise ConfigError("a place outside the frame", where=text, fix="row and col go from 0 to 1")
    return Event(row, col, source, *_active(kind, values, rng, days, text))


def _active(
    kind: str,
    values: Mapping[str, float],
    rng: np.random.Generator,
    days: Sequence[date],
    text: str,
) -> tuple[date, date]:
    """Days of onset and end; an earthquake is over at once."""
    last = len(days) - 1
    drawn = int(rng.integers(0, max(last - 1, 1)))
    onset = int(values.get("onset", drawn))
    lasts = 0 if kind == "earthquake" else int(rng.integers(1, max(last // 2, 1) + 1))
    end = int(values.get("end", min(onset + lasts, last)))
    if not 0 <= onset <= end <= last:
        raise ConfigError(
            "a time outside the dates",
            where=text,
            fix=f"onset and end count the dates from 0 to {last}, onset first",
        )
    return days[onset], days[end]


def _parse(text: str) -> tuple[str, dict[str, float]]:
    kind, _, rest = text.partition(":")
    if kind not in KINDS:
        near = get_close_matches(kind, KINDS, 1)
        known = ", ".join(KINDS)
        hint = f"did you mean '{near[0]}'?" if near else f"known are {known}"
        raise ConfigError("no such source", where=repr(text), fix=hint)
    allowed = (*_PLACED, *(field.name for field in fields(KINDS[kind][0])))
    values: dict[str, float] = {}
    for part in rest.split(",") if rest else ():
        name, _, number = part.partition("=")
        if name not in allowed:
            raise ConfigError(
                "no such value of a source",
                where=f"{part!r} in {text!r}",
                fix=f"{kind} has {', '.join(allowed)}",
            )
        try:
            values[name] = float(number)
        except ValueError:
            raise ConfigError("not a number", where=f"{part!r} in {text!r}") from None
    if "fringes" in values and (both := set(_STRENGTH[KINDS[kind][0]]) & values.keys()):
        raise ConfigError(
            "a source has one strength",
            where=repr(text),
            fix=f"give either fringes or {' and '.join(sorted(both))}",
        )
    return kind, values
