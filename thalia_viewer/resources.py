"""Where the packaged files lie: in the wheel inside this package, in the source tree beside it."""

from functools import cache
from pathlib import Path


@cache
def folder() -> Path:
    """The folder with icons and style."""
    inside = Path(__file__).with_name("resources")
    return inside if inside.is_dir() else Path(__file__).parents[1] / "resources"


def path(*parts: str) -> Path:
    """One file of the resources, e.g. ``path("icons", "tool.brush.svg")``."""
    return folder().joinpath(*parts)


def text(*parts: str) -> str:
    """The text of one file; empty where the file is missing, so that a lost icon stops nothing."""
    try:
        return path(*parts).read_text(encoding="utf-8")
    except OSError:
        return ""
