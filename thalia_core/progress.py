"""The news a long job tells: one frozen value per event, one JSON line each.

A job appends these lines to the event file of its run folder; whoever watches reads them back.
Unknown kinds and unknown keys are refused by name, so that a newer writer is noticed and not
misread.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Started:
    """The job runs: what it is, where it computes, when it began (UTC, ISO 8601)."""

    text: str
    device: str = ""
    time: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """``done`` of ``total`` units of work are finished."""

    done: int
    total: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """Measured values at an optimiser step of an epoch (both counted from 0)."""

    step: int
    epoch: int
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file the job wrote, relative to the run folder."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Log:
    """A remark for the person who watches; ``level`` is ``info``, ``warning`` or ``error``."""

    level: str
    text: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The job ended without its result; the message says why and what to do."""

    message: str


@dataclass(frozen=True, slots=True)
class Done:
    """The job ended as it should, or was stopped by request."""

    message: str


Event = Started | Step | Metric | Artifact | Log | Failed | Done

_KINDS: dict[str, type[Any]] = {
    kind.__name__.lower(): kind for kind in (Started, Step, Metric, Artifact, Log, Failed, Done)
}


def to_json(event: Event) -> str:
    """One line of JSON without the line break; NaN and infinity become ``null``."""
    values = asdict(event)
    if isinstance(event, Metric):
        values["values"] = {k: _finite(v) for k, v in event.values.items()}
    return json.dumps({"kind": type(event).__name__.lower(), **values}, allow_nan=False)


def from_json(line: str) -> Event:
    """The event of one line.

    Raises:
        ValueError: The line is no event of ours.
    """
    values = json.loads(line)
    kind = _KINDS.get(values.pop("kind", "")) if isinstance(values, dict) else None
    if kind is None:
        raise ValueError(f"not an event: {line[:80]!r}")
    if kind is Metric:
        measured = values.get("values", {})
        values["values"] = {k: float("nan") if v is None else v for k, v in measured.items()}
    try:
        event: Event = kind(**values)
    except TypeError as error:
        raise ValueError(f"not an event: {line[:80]!r} ({error})") from error
    return event


def _finite(value: float) -> float | None:
    return float(value) if abs(value) < float("inf") else None
