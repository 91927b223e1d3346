"""What the program remembers between two starts: one typed, versioned value in one JSON file."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from thalia_core.errors import ConfigError
from thalia_viewer import gating
from thalia_viewer.looks import UNITS

VERSION = 1


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a person can set, with its default.

    Attributes:
        version: Form of the file.
        theme: ``dark``, ``light`` or ``system`` for that of the desktop.
        annotator: Name written into the labels; empty for the login name.
        mask_opacity: 0 (invisible) to 1.
        prediction_opacity: 0 (invisible) to 1.
        contour: Draw masks as outlines only.
        hatch: Lines over the masks tell the intensity.
        brush_radius: In pixels.
        lock_finished: Pairs that are done or accepted change in nothing but their state.
        grow_step: By how many pixels a mask grows or shrinks at a time.
        smooth_width: Width of the smoothing of outlines, in pixels.
        smallest_island: Smaller islands of a mask can be dropped, in km2.
        cache_mb: Decoded planes kept in memory, in MiB.
        history_mb: Steps of the history kept in memory, in MiB; the journal keeps all.
        open_last: Begin with what was open last.
        last_path: Cube or archive opened last.
        recent: Cubes and archives that were opened, the newest first.
        geometry: Place and size of the window (Qt's bytes, base64).
        layout: Docks and their sizes (Qt's bytes, base64).
        layouts: Arrangement of screens to geometry and layout there, see ``screens.py``.
        filter: Which pairs are wanted, in the language of filters.
        map_colour: What the colour of the map tells.
        pair_colour: What the colour of matrix and network tells.
        phase_unit: Of the legend of phases: ``rad``, ``fringes`` or ``cm``.
        panels: What the panels beside the first one show, as ``[pair:]layer``.
        gate: What holds the tools back, see ``gating.GateChoice``.
        keys: Action id to key sequence, where it differs from the table; empty for no key.
    """

    version: int = VERSION
    theme: str = "dark"
    annotator: str = ""
    mask_opacity: float = 0.4
    prediction_opacity: float = 0.6
    contour: bool = False
    hatch: bool = True
    brush_radius: float = 12.0
    lock_finished: bool = True
    grow_step: float = 1.0
    smooth_width: float = 2.0
    smallest_island: float = 1.0
    cache_mb: int = 384
    history_mb: int = 64
    open_last: bool = True
    last_path: str = ""
    recent: list[str] = field(default_factory=list)
    geometry: str = ""
    layout: str = ""
    layouts: dict[str, list[str]] = field(default_factory=dict)
    filter: str = ""
    map_colour: str = "pairs"
    pair_colour: str = "baseline"
    phase_unit: str = "rad"
    panels: list[str] = field(default_factory=list)
    gate: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)


_UPGRADES: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""Version of a file -> function that gives the values of the next version."""

THEMES = ("dark", "light", "system")
RANGES: dict[str, tuple[float, float]] = {
    "mask_opacity": (0.0, 1.0),
    "prediction_opacity": (0.0, 1.0),
    "brush_radius": (0.5, 512.0),
    "grow_step": (1.0, 100.0),
    "smooth_width": (0.5, 50.0),
    "smallest_island": (0.0, 100_000.0),
    "cache_mb": (16, 65536),
    "history_mb": (1, 65536),
}
"""Lowest and highest value of each number."""


def from_values(values: dict[str, Any]) -> tuple[Settings, tuple[str, ...]]:
    """Settings of the values in a file, and what was wrong with them.

    A wrong value costs only itself: its default takes its place and a problem is named.
    """
    version = values.get("version", VERSION)
    if not isinstance(version, int) or version > VERSION:
        return Settings(), (
            f"the settings are of version {version!r}, this program knows {VERSION}",
        )
    while version < VERSION:
        values = _UPGRADES[version](values)
        version += 1
    known = {f.name: f for f in fields(Settings)}
    problems = [f"unknown setting {name!r}" for name in values if name not in known]
    good: dict[str, Any] = {"version": VERSION}
    for name, value in values.items():
        if name not in known or name == "version":
            continue
        problem = _problem(name, value)
        if problem:
            problems.append(problem)
        else:
            good[name] = value
    return Settings(**good), tuple(problems)


def _problem(name: str, value: object) -> str | None:
    default = getattr(Settings(), name)
    numeric = isinstance(default, int | float) and not isinstance(default, bool)
    fits = (
        isinstance(value, int | float) and not isinstance(value, bool)
        if numeric
        else isinstance(value, type(default))
    )
    if not fits:
        return f"{name}: expected {type(default).__name__}, found {value!r}"
    if name in RANGES and isinstance(value, int | float):
        low, high = RANGES[name]
        if not low <= value <= high:
            return f"{name}: {value} is not between {low:g} and {high:g}"
    if name == "theme" and value not in THEMES:
        return f"theme: expected one of {', '.join(THEMES)}, found {value!r}"
    if name == "recent" and not _texts(value):
        return "recent: expected a list of paths"
    if name == "keys" and isinstance(value, dict) and not _texts([*value, *value.values()]):
        return "keys: expected texts by the ids of actions"
    if name == "gate" and isinstance(value, dict) and gating.problem(value):
        return f"gate: {gating.problem(value)}"
    if name == "layouts" and isinstance(value, dict) and not all(map(_layout, value.values())):
        return "layouts: expected two texts for each arrangement of screens"
    if name == "phase_unit" and value not in UNITS:
        return f"phase_unit: expected one of {', '.join(UNITS)}, found {value!r}"
    return None


def _layout(value: object) -> bool:
    """Whether that is geometry and docks."""
    return isinstance(value, list) and len(value) == 2 and _texts(value)


def _texts(value: object) -> bool:
    """Whether that is a list of texts."""
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


class SettingsFile:
    """The settings and the file they live in.

    Args:
        path: The JSON file; None keeps the settings in memory only.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.value, self.problems = self._read()

    def update(self, **changes: Any) -> None:
        """Change some values and write the file.

        Raises:
            ConfigError: The file cannot be written; the values hold until the program ends.
        """
        value = replace(self.value, **changes)
        if value == self.value:
            return
        self.value = value
        if self.path is None:
            return
        temporary = self.path.with_name(f"{self.path.name}.{os.getpid()}.tmp")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._keep_unread(self.path)
            temporary.write_text(json.dumps(asdict(value), indent=1) + "\n", encoding="utf-8")
            temporary.replace(self.path)
        except OSError as error:
            raise ConfigError(
                "cannot save the settings", where=self.path, why=error.strerror
            ) from error

    def _keep_unread(self, path: Path) -> None:
        """What could not be understood is kept once, for whoever can."""
        old = path.with_name(f"{path.name}.old")
        if self.problems and path.exists() and not old.exists():
            path.replace(old)

    def _read(self) -> tuple[Settings, tuple[str, ...]]:
        if self.path is None or not self.path.exists():
            return Settings(), ()
        try:
            values = json.loads(self.path.read_text(encoding="utf-8"))
            if not isinstance(values, dict):
                raise ValueError("not a table of settings")
        except (OSError, ValueError) as error:
            return Settings(), (f"cannot read {self.path}: {error}; defaults are used",)
        return from_values(values)
