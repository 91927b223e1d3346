"""Which versions of what this program runs on, without importing any of it."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from PySide6.QtCore import qVersion

from thalia_core import __version__

_PARTS = (
    ("PySide", "PySide6-Essentials"),
    ("pyqtgraph", "pyqtgraph"),
    ("numpy", "numpy"),
    ("zarr", "zarr"),
    ("xarray", "xarray"),
    ("rasterio", "rasterio"),
    ("PyTorch", "torch"),
)
"""What a person who answers a report wants to know of, by the name of its package."""


def versions() -> list[tuple[str, str]]:
    """(name, version) of everything that matters in a report."""
    python = ".".join(str(part) for part in sys.version_info[:3])
    parts = [(name, _installed(package)) for name, package in _PARTS]
    return [
        ("Thalia", __version__),
        ("Python", python),
        ("Qt", qVersion()),
        *parts,
        ("GPU", graphics()),
        ("System", f"{platform.system()} {platform.release()} {platform.machine()}"),
    ]


def graphics(devices: Path = Path("/dev")) -> str:
    """Whether there is a card that models can be trained on, as far as the system shows it."""
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return "Apple"
    if (devices / "nvidiactl").exists() or os.environ.get("CUDA_PATH"):
        return "NVIDIA"
    if (devices / "kfd").exists():
        return "AMD"
    return "none found"


def report() -> str:
    """The same as lines of text."""
    return "\n".join(f"{name}: {value}" for name, value in versions())


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
