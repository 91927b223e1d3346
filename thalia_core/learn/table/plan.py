"""From a table file to the runs it asks for.

    name = "learning"
    seeds = [0, 1, 2]
    look = ["frames"]
    compare = [["phasor", "scalar"]]

    [common.training]
    lr = 1e-3

    [models.unet]

    [models.resnet50.training]
    batch = 16

    [settings.base]

    [settings.atmosphere.input]
    channels = ["insar_difference", ...]

Every model is run in every setting with every seed; ``compare`` names settings whose difference is
wanted with its interval. Below ``common``, a model and a setting stand
the sections of a training's settings; a setting goes before a model, and both before ``common``.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from thalia_core.errors import ConfigError
from thalia_core.learn.config import TrainConfig
from thalia_core.learn.names import MODELS
from thalia_core.learn.options import of_tables

FRAMES, CROPS = "frames", "crops"
_KEYS = ("name", "seeds", "look", "compare", "common", "models", "settings")


@dataclass(frozen=True, slots=True)
class Entry:
    """One run of a table."""

    model: str
    setting: str
    seed: int
    config: TrainConfig

    @property
    def name(self) -> str:
        """Of its folder."""
        return f"{self.model}-{self.setting}-seed{self.seed}"


@dataclass(frozen=True, slots=True)
class Table:
    """The runs of a table file.

    Attributes:
        name: What it is called.
        look: What is scored: ``frames``, ``crops`` or both.
        entries: The runs, models first, then settings, then seeds.
        compare: Pairs of settings.
    """

    name: str
    look: tuple[str, ...]
    entries: tuple[Entry, ...]
    compare: tuple[tuple[str, str], ...] = ()

    @property
    def models(self) -> tuple[str, ...]:
        """In the order of the file."""
        return tuple(dict.fromkeys(entry.model for entry in self.entries))

    @property
    def settings(self) -> tuple[str, ...]:
        """In the order of the file."""
        return tuple(dict.fromkeys(entry.setting for entry in self.entries))

    def seeds_of(self, model: str, setting: str) -> tuple[Entry, ...]:
        """The runs that differ in their seed only."""
        return tuple(e for e in self.entries if (e.model, e.setting) == (model, setting))


def load_table(path: Path, cubes: tuple[str, ...] = ()) -> Table:
    """Read a table file.

    Args:
        path: The file; relative cubes are taken from its folder.
        cubes: Instead of those that it names.

    Raises:
        ConfigError: No such file, an unknown key, model or option, or a wrong value.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError("no such table", where=path) from error
    except (OSError, ValueError) as error:
        raise ConfigError("not a TOML file", where=path, why=str(error)) from error
    strange = sorted(set(told) - set(_KEYS))
    if strange:
        raise ConfigError(
            f"unknown key {strange[0]!r}", where=path, fix=f"known here: {', '.join(_KEYS)}"
        )
    models, settings = (_named(told, key, path) for key in ("models", "settings"))
    seeds, look = told.get("seeds", [0]), tuple(told.get("look", [FRAMES]))
    if not seeds or not all(type(seed) is int and seed >= 0 for seed in seeds):
        raise ConfigError("seeds must be whole numbers", where=path, fix="such as [0, 1, 2]")
    if not look or set(look) - {FRAMES, CROPS}:
        raise ConfigError("look must name frames, crops or both", where=path)
    entries = []
    for model, of_model in models.items():
        for setting, of_setting in settings.items():
            tables = _merged(told.get("common", {}), of_model, of_setting)
            config = _config(model, tables, f"{path}: {model}, {setting}")
            base = path.absolute().parent
            own = cubes or tuple(str(base / cube) for cube in config.cubes)
            entries += [
                Entry(model, setting, seed, replace(config, cubes=own, seed=seed)) for seed in seeds
            ]
    for entry in entries:
        entry.config.require_valid(f"{path}: {entry.model}, {entry.setting}")
    compare = tuple(map(tuple, told.get("compare", [])))
    for pair in compare:
        if len(pair) != 2 or set(pair) - set(settings):
            raise ConfigError(
                "compare must name pairs of settings", where=path, why=f"it says {list(pair)}"
            )
    return Table(str(told.get("name", path.stem)), look, tuple(entries), compare)


def _named(told: Mapping[str, Any], key: str, path: Path) -> Mapping[str, Mapping[str, Any]]:
    found = told.get(key, {"base": {}} if key == "settings" else {})
    if not isinstance(found, dict) or not found:
        raise ConfigError(f"the table names no {key}", where=path, fix=f"add [{key}.NAME]")
    return found


def _config(model: str, tables: dict[str, Any], where: str) -> TrainConfig:
    if model not in MODELS:
        raise ConfigError(
            f"there is no model {model!r}", where=where, fix=f"known: {', '.join(MODELS)}"
        )
    of_model = {"name": model, "task": MODELS[model].task}
    tables["model"] = {**tables.get("model", {}), **of_model}
    return of_tables(TrainConfig, tables, where)


def _merged(*tables: Mapping[str, Any]) -> dict[str, Any]:
    """Sections of later tables over those of earlier ones."""
    result: dict[str, Any] = {}
    for table in tables:
        for section, values in table.items():
            inner = isinstance(values, dict)
            result[section] = {**result.get(section, {}), **values} if inner else values
    return result
