"""The published figures, to stand beside ours."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_HOMES = (Path(__file__).parents[3], Path(__file__).parents[3] / "thalia_viewer")

Figure = tuple[float, float]
"""Mean and deviation over three seeds, as fractions."""


@cache
def _facts() -> dict[str, Any]:
    paths = [home / "resources" / "published.toml" for home in _HOMES]
    return tomllib.loads(next(p for p in paths if p.exists()).read_text(encoding="utf-8"))


def published(split: str, series: int, model: str, setting: str) -> dict[str, Figure]:
    """Measure -> figure of a model on the published test split; empty where nothing was published.

    Args:
        split: ``temporal`` or ``regions``.
        series: Pairs seen at once.
        model: As a configuration calls it.
        setting: ``base`` or ``atmosphere``.
    """
    length = {1: "single", 3: "series"}.get(series, "")
    found = _facts().get(split, {}).get(length, {}).get(model, {}).get(setting, {})
    return {name: (mean / 100, deviation / 100) for name, (mean, deviation) in found.items()}


def sizes(model: str) -> tuple[float, float, float, float] | None:
    """Million parameters for single pairs and for series, and hours of training of both."""
    found = _facts()["sizes"].get(model)
    return None if found is None else (found[0], found[1], found[2], found[3])


def masking() -> dict[str, tuple[float, ...]]:
    """What was masked -> precision, recall, F1 and IoU, as fractions (paper, Table 9)."""
    return {name: tuple(v / 100 for v in values) for name, values in _facts()["masking"].items()}
