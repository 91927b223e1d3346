"""Which ERA5 field belongs to which date of a frame; may be sent to another process."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thalia_core.build.era5.grid import Nodes
from thalia_core.build.era5.source import Era5, require_degrees
from thalia_core.build.findings import Finding
from thalia_core.cube import schema
from thalia_core.cube.geometry import Geometry
from thalia_core.errors import BuildError

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d*)?))?")


@dataclass(frozen=True, slots=True, eq=False)
class Era5Plan:
    """The ERA5 fields of a frame. It needs no file any more.

    Attributes:
        geometry: The frame's grid.
        hours: For each usable date the hour of ERA5, UTC.
        seconds: For each usable date that hour minus the acquisition. A builder writes it into
            the cube as ``schema.ERA5_TIME`` (``primary_date_era5_time_difference`` and
            ``secondary_date_...``); the other dates stay NaN.
        nodes: By variable (of ``schema.ERA5``) and date, the values around the frame.
        findings: Variables and dates that are missing, and why; and what could not be used of the
            files, where the plan was made from paths (``Era5.findings`` has it otherwise).
    """

    geometry: Geometry
    hours: Mapping[date, datetime]
    seconds: Mapping[date, float]
    nodes: Mapping[tuple[str, date], Nodes]
    findings: tuple[Finding, ...]

    @property
    def layers(self) -> tuple[str, ...]:
        """Schema names of all that a builder writes: the fields and the time difference."""
        have = {variable for variable, _ in self.nodes}
        names = [name for name in schema.ERA5 if name in have]
        return tuple(
            f"{axis}_{name}" for name in (*names, schema.ERA5_TIME) for axis in schema.PAIR
        )

    def layers_on(self, day: date) -> tuple[str, ...]:
        """Schema names of the layers that have a field of a date."""
        names = [name for name in schema.ERA5 if (name, day) in self.nodes]
        return tuple(f"{axis}_{name}" for name in names for axis in schema.PAIR)

    def on(self, day: date) -> "Era5Plan":
        """The part that a task of one date needs: little to send to where it is done."""
        nodes = {key: value for key, value in self.nodes.items() if key[1] == day}
        return replace(self, hours={}, seconds={}, nodes=nodes, findings=())

    def difference(self, day: date) -> float | None:
        """Seconds from the acquisition to the hour of ERA5; None for a date without fields."""
        return self.seconds.get(day)


def plan_era5(
    source: Era5 | Sequence[Path],
    geometry: Geometry,
    dates: Iterable[date],
    center_time: str | None,
) -> Era5Plan:
    """Choose and read the fields of a frame's dates.

    All variables of a date come from one hour: the nearest to the acquisition, at most 30 minutes
    away (23:45 takes 00:00 of the next day; where two hours are exactly 30 minutes away, the
    earlier, unless the later one has more of the variables).

    Args:
        source: The open files, or paths of files, folders and zip archives.
        geometry: The frame's grid, in longitudes and latitudes.
        dates: Its acquisition days, UTC.
        center_time: UTC time of day of its acquisitions, ``HH:MM:SS``.

    Raises:
        BuildError: The time is not known, or not a single field can be used.
    """
    require_degrees(geometry)
    clock = _clock(center_time)
    if isinstance(source, Era5):
        return _Planner(source, geometry, clock).plan(sorted(set(dates)))
    with Era5.open(source) as era5:
        plan = plan_era5(era5, geometry, dates, center_time)
        return replace(plan, findings=(*era5.findings, *plan.findings))


def read_era5(plan: Era5Plan, variable: str, day: date) -> NDArray[np.float32]:
    """One field on the frame's grid: (rows, cols), north-up, in the unit of the schema.

    Raises:
        BuildError: The plan has no such field; its findings say why.
    """
    if (variable, day) not in plan.nodes:
        raise BuildError(f"no {variable} on {day}", why="it is not among the planned fields")
    return plan.nodes[variable, day].plane(plan.geometry)


class _Planner:
    """Gathers the fields of one frame, and what is missing, on the way to a plan."""

    def __init__(self, era5: Era5, geometry: Geometry, clock: timedelta) -> None:
        self.era5, self.geometry, self.clock = era5, geometry, clock
        self.nodes: dict[tuple[str, date], Nodes] = {}
        self.hours: dict[date, datetime] = {}
        self.seconds: dict[date, float] = {}
        self.findings: list[Finding] = []

    def plan(self, days: Sequence[date]) -> Era5Plan:
        for name in schema.ERA5:
            if name not in self.era5.variables:
                self._miss(self.era5.lacking_variable(name))
        for day in days:
            self._date(day)
        if not self.nodes:
            raise BuildError(
                "no ERA5 field fits this frame",
                where=self.era5.where,
                why="; ".join(finding.why for finding in self.findings[:3]) or "it has no dates",
                fix="download the hours of its dates for an area that encloses it",
            )
        return Era5Plan(self.geometry, self.hours, self.seconds, self.nodes, tuple(self.findings))

    def _date(self, day: date) -> None:
        """All variables of a date, from the hour that has most of them."""
        when = datetime.combine(day, time(), UTC) + self.clock
        near = {name: self.era5.near(name, when) for name in self.era5.variables}
        whys = {name: self.era5.lacking(name, when) for name in near if not near[name]}
        best: dict[str, Nodes] = {}
        hours = {hour for found in near.values() for hour in found}
        for hour in sorted(hours, key=lambda hour: (abs(hour - when), hour)):
            found = self._fields([name for name in near if hour in near[name]], hour, whys)
            if len(found) > len(best):
                best = found
                self.hours[day], self.seconds[day] = hour, (hour - when).total_seconds()
        self.nodes |= {(name, day): nodes for name, nodes in best.items()}
        for why in dict.fromkeys(why for name, why in whys.items() if name not in best):
            names = [name for name in near if name not in best and whys.get(name) == why]
            self._miss(f"{day} has no {', '.join(names)}: {why}")

    def _fields(
        self, names: Sequence[str], hour: datetime, whys: dict[str, str]
    ) -> dict[str, Nodes]:
        found: dict[str, Nodes] = {}
        for name in names:
            try:
                found[name] = self.era5.nodes(name, self.geometry, hour)
            except BuildError as error:
                whys[name] = error.why or error.what
        return found

    def _miss(self, why: str) -> None:
        self.findings.append(Finding(self.era5.where, why))


def _clock(text: str | None) -> timedelta:
    """A time of day; seconds may be left out or have a fraction."""
    match = None if text is None else _CLOCK.fullmatch(text.strip())
    if match is not None:
        hours, minutes, seconds = int(match[1]), int(match[2]), float(match[3] or 0.0)
        if hours < 24 and minutes < 60 and seconds < 60:
            return timedelta(hours=hours, minutes=minutes, seconds=seconds)
    raise BuildError(
        "ERA5 needs the time of the acquisitions",
        why="metadata.txt does not say it" if text is None else f"{text!r} is no time of day",
        fix="say it with --time HH:MM:SS (UTC)",
    )
