"""Creating a cube plane by plane: resumable, and there whole or not at all."""

import json
import os
import re
import shutil
import threading
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Self

import numpy as np
import zarr
from numpy.typing import ArrayLike

from thalia_core.cube import crs, schema
from thalia_core.cube.durable import sweep, sync_folder, sync_tree, write_bytes
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.locking import ProcessLock
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import MEAN_COHERENCE, VARIABLES
from thalia_core.cube.store import arrays
from thalia_core.cube.store.layout import UNSORTED, marker_of, zarr_format_of
from thalia_core.cube.store.local import DurableStore
from thalia_core.cube.store.target import Key, Land, PlaneTarget
from thalia_core.errors import CubeError

_EPOCH = date(1970, 1, 1)
_CUBE, _PLAN, _LOG, _LOCK = "cube", "plan.json", "done.log", "lock"
_LOGGED = re.compile(r"\w+ (-|\d{8}_\d{8}|\d{4}-\d{2}-\d{2})")


class CubeWriter:
    """Writes a cube into ``<out>.building/cube`` and renames it into place when it is finished.

    The same plan on the same folder goes on where an interrupted one stopped; planes of several
    pairs may be written from several threads, or to ``target`` from other processes.

    ``coherences`` takes mean coherences that whoever wrote the planes has measured; ``finish``
    measures the others.
    """

    def __init__(
        self,
        out: Path,
        lock: ProcessLock,
        geometry: Geometry,
        dates: Sequence[date],
        layers: set[str],
    ) -> None:
        self.out = out
        self.geometry = geometry
        self._held = lock
        self._folder = folder = lock.path.parent
        self.target = PlaneTarget(folder / _CUBE, geometry, tuple(dates), frozenset(layers))
        self._lock = threading.Lock()
        self.coherences: dict[DatePair, float] = {}
        self._done = read_log(folder / _LOG)

    @classmethod
    def start(
        cls,
        out: Path,
        *,
        frame: str,
        geometry: Geometry,
        dates: Sequence[date],
        layers: Sequence[str],
        attrs: Mapping[str, Any] | None = None,
        plan: Mapping[str, Any] | None = None,
    ) -> "CubeWriter":
        """Begin or resume a cube.

        Args:
            out: Where the finished cube shall be, ``<frame>.zarr``.
            frame: Identifier of the frame.
            geometry: The grid.
            dates: All acquisition days; both date axes hold them, sorted.
            layers: Layers and masks to create.
            attrs: Further attributes of the root.
            plan: What decides the content (sources, options); a resumed build must have the same.

        Raises:
            CubeError: ``out`` exists, or another build is under way there.
        """
        if out.exists():
            raise CubeError(
                "the output exists", where=out, fix="choose another name or remove it first"
            )
        if (marker_of(out).parent / "tmp" / UNSORTED).exists():
            zarr_format_of(out)  # raises, and says what to do: a cube with labels waits there
        days = sorted(set(dates))
        wanted = _plan_text(frame, geometry, days, layers, plan or {})
        folder = out.with_name(out.name + ".building")
        lock = _claim(out, folder)
        plan_path = folder / _PLAN
        try:
            if not plan_path.exists() or not (folder / _CUBE).exists():
                (folder / _LOG).unlink(missing_ok=True)
                cls._create(folder / _CUBE, frame, geometry, days, layers, dict(attrs or {}))
                write_bytes(plan_path, wanted.encode())
            elif plan_path.read_text() != wanted:
                raise CubeError(
                    "another build is under way",
                    where=folder,
                    why="it was interrupted and had other sources or options",
                    fix="finish it with the same command, or remove that folder to start anew",
                )
            writer = cls(out, lock, geometry, days, set(layers))
            create_arrays(writer.target.group, geometry, len(days), layers)  # dropped ones, anew
            return writer
        except BaseException:
            lock.release()
            raise

    def done(self, name: str, key: Key = None) -> bool:
        """Whether an earlier, interrupted build wrote this plane already."""
        return entry(name, key) in self._done

    def write(
        self, name: str, values: ArrayLike, pair: DatePair | None = None, date: date | None = None
    ) -> None:
        """Write one whole plane and note that it is there; see :meth:`PlaneTarget.write`."""
        self.target.write(name, values, pair, date)
        self.mark(name, pair if pair is not None else date)

    def mark(self, name: str, key: Key = None) -> None:
        """Note that a plane is written: for planes that another process wrote to the target."""
        with self._lock:
            self._done.add(entry(name, key))
            with (self._folder / _LOG).open("a") as log:
                log.write(entry(name, key) + "\n")

    def write_pair_values(self, name: str, values: Mapping[DatePair, Any]) -> None:
        """Write a pair variable; pairs that are not named keep 0, NaN or an empty text."""
        variable, days = VARIABLES[name], {day: i for i, day in enumerate(self.target.dates)}
        n = len(days)
        text = variable.dtype == "str"
        empty = "" if text else (np.nan if variable.dtype.startswith("float") else 0)
        table = np.full((n, n), empty, object if text else variable.dtype)
        for pair, value in values.items():
            table[days[pair.primary], days[pair.secondary]] = value
        group = self.target.group
        if name not in group:
            arrays.create(group, variable, (n, n), variable.dims, {})
        self.target.array(name)[:] = table

    def drop(self, names: Sequence[str]) -> None:
        """Take out layers that were announced and could not be written."""
        drop_arrays(self.target.path, names)

    def finish(self) -> Path:
        """Consolidate, synchronise, and rename into place.

        Raises:
            CubeError: The output appeared meanwhile.
        """
        self.write_pair_values("valid_date_pair", dict.fromkeys(self._pairs("insar_difference"), 1))
        if pairs := self._pairs("insar_coherence"):
            land = self.target.land() if self.done("land_mask") else None
            means = {pair: self._mean(pair, land) for pair in pairs}
            self.write_pair_values(MEAN_COHERENCE, means)
        note_missing(self.target.group)
        cube = self._folder / _CUBE
        sweep(cube)
        zarr.consolidate_metadata(DurableStore(cube), zarr_format=2)
        sync_tree(cube)
        if self.out.exists():
            raise CubeError("the output exists", where=self.out)
        os.rename(cube, self.out)
        sync_folder(self.out.parent)
        self.close()
        shutil.rmtree(self._folder)
        return self.out

    def _pairs(self, name: str) -> list[DatePair]:
        """The pairs of which a layer is written."""
        prefix = entry(name, None)[:-1]
        return [DatePair.parse(e[len(prefix) :]) for e in self._done if e.startswith(prefix)]

    def _mean(self, pair: DatePair, land: Land | None) -> float:
        told = self.coherences.get(pair)
        return self.target.mean_coherence(pair, land) if told is None else told

    @staticmethod
    def clear(out: Path) -> None:
        """Remove what a build left that died when its cube was in place."""
        folder = out.with_name(out.name + ".building")
        if not out.exists() or not folder.is_dir():
            return
        lock = ProcessLock(folder / _LOCK)
        if _inside(folder) <= {_PLAN, _LOG, _LOCK} and lock.attempt():
            shutil.rmtree(folder, ignore_errors=True)
            lock.release()

    def abandon(self) -> None:
        """Remove what was begun."""
        self.close()
        shutil.rmtree(self._folder)

    def close(self) -> None:
        """Let go of the build's folder; what is not finished may be resumed by anybody."""
        self._held.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @staticmethod
    def _create(
        folder: Path,
        frame: str,
        geometry: Geometry,
        days: Sequence[date],
        layers: Sequence[str],
        attrs: dict[str, Any],
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        group = zarr.open_group(DurableStore(folder), mode="w", zarr_format=2)
        group.attrs.update(
            {
                "Conventions": "CF-1.10",
                "schema_version": schema.SCHEMA_VERSION,
                "frame": frame,
                **attrs,
                "missing_layers": [],
            }
        )
        write_coordinates(group, geometry, days)
        create_arrays(group, geometry, len(days), layers)


def create_arrays(group: zarr.Group, geometry: Geometry, days: int, layers: Sequence[str]) -> None:
    """Create those arrays of layers that are not there."""
    sizes = dict(zip((*schema.PAIR, *schema.PLANE), (days,) * 2 + geometry.shape, strict=True))
    for name in layers:
        if name not in group:
            dims = VARIABLES[name].dims
            shape = [sizes[dim] for dim in dims]
            arrays.create(group, VARIABLES[name], shape, dims, extras(name, geometry))


def drop_arrays(cube: Path, names: Sequence[str]) -> None:
    """Remove arrays that hold nothing."""
    for name in names:
        if (cube / name).exists():
            shutil.rmtree(cube / name)
            sync_folder(cube)


def note_missing(group: zarr.Group) -> None:
    """Let the cube say which layers of the published ones it lacks."""
    group.attrs.update({"missing_layers": [n for n in schema.EXPECTED if n not in group]})


def extras(name: str, geometry: Geometry) -> dict[str, Any]:
    """Attributes that a new array has beside those of the schema."""
    if schema.Y not in VARIABLES[name].dims:
        return {}
    found: dict[str, Any] = {"grid_mapping": "spatial_ref", "_CRS": crs.gdal_crs(geometry)}
    if name == "insar_coherence":
        found["valid_max"] = 255
    return found


def write_coordinates(group: zarr.Group, geometry: Geometry, days: Sequence[date]) -> None:
    """Create the date axes, the spatial axes and the CF grid mapping of a new store."""
    numbers = np.array([(day - _EPOCH).days for day in days], np.int64)
    calendar = {"units": "days since 1970-01-01", "calendar": "proleptic_gregorian"}
    axes = crs.axis_attributes(geometry)
    for name, values, attrs in (
        (schema.PRIMARY, numbers, {**calendar, "long_name": "primary acquisition day (UTC)"}),
        (schema.SECONDARY, numbers, {**calendar, "long_name": "secondary acquisition day (UTC)"}),
        ("y", geometry.y, axes["y"]),
        ("x", geometry.x, axes["x"]),
    ):
        array = group.create_array(
            name=name,
            shape=values.shape,
            chunks=values.shape,
            dtype=values.dtype,
            fill_value=None,
            compressors=None,
            attributes={**attrs, "_ARRAY_DIMENSIONS": [name]},
        )
        array[:] = values
    reference = group.create_array(
        name="spatial_ref",
        shape=(),
        dtype="int64",
        fill_value=None,
        compressors=None,
        attributes={**crs.grid_mapping(geometry), "_ARRAY_DIMENSIONS": []},
    )
    reference[...] = 0


def _plan_text(
    frame: str,
    geometry: Geometry,
    days: Sequence[date],
    layers: Sequence[str],
    plan: Mapping[str, Any],
) -> str:
    """All that an interrupted build and the one that resumes it must have in common."""
    content = {
        "frame": frame,
        "grid": [geometry.shape, geometry.transform, geometry.crs],
        "dates": [day.isoformat() for day in days],
        "layers": sorted(layers),
        "plan": plan,
    }
    return json.dumps(content, sort_keys=True, default=str)


def _claim(out: Path, folder: Path) -> ProcessLock:
    """Take the folder of a build for this process; a process that was killed holds nothing."""
    known = {_CUBE, _PLAN, _LOG, _LOCK}
    if folder.exists() and _inside(folder) - known:
        raise CubeError("the folder is taken", where=folder, fix="remove or rename it")
    folder.mkdir(parents=True, exist_ok=True)
    lock = ProcessLock(folder / _LOCK)
    if not lock.attempt():
        raise CubeError(
            "another process is building this cube", where=out, fix="wait until it has finished"
        )
    if out.exists():
        lock.release()
        raise CubeError("the output exists", where=out)
    return lock


def _inside(folder: Path) -> set[str]:
    """Names in the folder of a build, but for those of its lock's own files."""
    return {path.name for path in folder.iterdir() if not path.name.startswith(f".{_LOCK}.")}


def read_log(log: Path) -> set[str]:
    """The planes that are written. A line torn by a crash counts for nothing and is closed."""
    if not log.exists():
        return set()
    text = log.read_text()
    if text and not text.endswith("\n"):
        with log.open("a") as file:
            file.write("\n")
    return {line for line in text.split("\n") if _LOGGED.fullmatch(line)}


def entry(name: str, key: Key) -> str:
    """The line of a log that says a plane is written."""
    return f"{name} {'' if key is None else key}" + ("" if key is not None else "-")
