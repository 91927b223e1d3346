"""The tasks of a build: all planes of one pair, date or frame, from files into chunks."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from thalia_core.build.findings import Finding
from thalia_core.build.geotiff import READERS
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import ERA5, PAIR
from thalia_core.cube.store import PlaneTarget
from thalia_core.cube.store.target import Key, Land
from thalia_core.errors import BuildError, ThaliaError

if TYPE_CHECKING:
    from thalia_core.build.era5 import Era5Plan

NEEDED = ("insar_difference", "insar_coherence")
"""Half a pair is not built."""
_VOID_SHARE = 0.001


@dataclass(frozen=True, slots=True)
class PlaneTask:
    """What one task writes; whole chunks, so that it may be done anywhere and again.

    Attributes:
        target: Where to.
        key: The pair or date; None for a layer of the frame.
        files: Schema names and rasters; the wrapped phase last.
        land: Land mask of the frame, where there is one.
        weather: Names of ERA5 layers.
        era5: Where they come from.
    """

    target: PlaneTarget
    key: Key
    files: tuple[tuple[str, Path], ...]
    land: Path | None = None
    weather: tuple[str, ...] = ()
    era5: "Era5Plan | None" = None


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a task.

    Attributes:
        names: The planes that are on disk.
        findings: What could not be read.
        coherence: Mean coherence of the pair, if that plane was written.
    """

    names: tuple[str, ...]
    findings: tuple[Finding, ...]
    coherence: float | None = None


def write_planes(task: PlaneTask) -> Written:
    """Read and write the planes of a task."""
    pair = task.key if isinstance(task.key, DatePair) else None
    day = None if isinstance(task.key, DatePair) else task.key
    planes, findings = read_pair(task.files)
    for name, values in planes.items():
        task.target.write(name, values, pair=pair, date=day)
    coherence = None
    if pair is not None and "insar_coherence" in planes:
        coherence = task.target.mean_coherence(pair, _land(task.land))
    written = list(planes)
    if task.era5 is not None and day is not None:
        done, odd = _write_weather(task, task.era5)
        written += done
        findings += odd
    return Written(tuple(written), findings, coherence)


def _land(path: Path | None) -> Land | None:
    """Where a land mask says land."""
    try:
        return None if path is None else _land_read(path, path.stat().st_mtime_ns)
    except (BuildError, OSError):  # told by the task of the mask itself
        return None


@lru_cache(maxsize=1)
def _land_read(path: Path, _written: int) -> Land:
    """A worker reads the mask of a frame once."""
    return np.asarray(READERS["land_mask"](path) == 1, np.bool_)


def read_pair(
    files: tuple[tuple[str, Path], ...],
) -> tuple[dict[str, NDArray[Any]], tuple[Finding, ...]]:
    """The planes of some rasters, none when one of ``NEEDED`` cannot be read; and findings."""
    planes: dict[str, NDArray[Any]] = {}
    findings: list[Finding] = []
    for name, path in files:
        try:
            planes[name] = READERS[name](path)
            if name == "insar_difference" and np.isnan(planes[name]).all():
                raise BuildError("it holds no data")
            if name == "dem" and (void := float(np.isnan(planes[name]).mean())) > _VOID_SHARE:
                findings.append(Finding(path, f"{void:.1%} of its heights are void"))
        except BuildError as error:
            findings.append(finding_of(path, error))
            if name in NEEDED:
                return {}, tuple(findings)
            planes.pop(name, None)
    return planes, tuple(findings)


def finding_of(path: Path, error: ThaliaError) -> Finding:
    """Why a raster was left out."""
    return Finding(path, f"{error.why or error.what}; not built")


def _write_weather(task: PlaneTask, era5: "Era5Plan") -> tuple[list[str], tuple[Finding, ...]]:
    """Both ends of the pairs see the same field of a date: it is made once."""
    from thalia_core.build.era5 import read_era5  # loads xarray

    written: list[str] = []
    day = task.key
    assert isinstance(day, date)
    variables = [name for name in ERA5 if any(f"{end}_{name}" in task.weather for end in PAIR)]
    for variable in variables:
        try:
            plane = read_era5(era5, variable, day)
        except BuildError as error:
            return written, (Finding(f"ERA5 {variable} {day:%Y%m%d}", error.why or error.what),)
        for end in PAIR:
            if f"{end}_{variable}" in task.weather:
                task.target.write(f"{end}_{variable}", plane, date=day)
                written.append(f"{end}_{variable}")
    return written, ()
