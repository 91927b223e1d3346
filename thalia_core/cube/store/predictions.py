"""What a model said about the pairs of a cube: kept beside it, never in it.

One store per run, ``<frame>.thalia/predictions/<run>.zarr``, on the cube's own grid and date axes,
so that plain xarray lays it over the cube. Probabilities take one byte: ``p = (code - 1) / 254``, 0
is no value; uncertainties, which are at most one half, ``(code - 1) / 508``.

A store appears whole, and a pair is listed once all of it is on the disk: what a process that was
killed left of a pair is written anew by the next.
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from thalia_core.cube import crs, schema
from thalia_core.cube.durable import PARTIAL, make_folder, sync_folder
from thalia_core.cube.geometry import Window
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import Variable
from thalia_core.cube.store import arrays
from thalia_core.cube.store.create import write_coordinates
from thalia_core.cube.store.cube import CubeStore, sidecar_of
from thalia_core.cube.store.layout import zarr_format_of
from thalia_core.cube.store.local import DurableStore
from thalia_core.errors import CubeError

_PROBABILITY = Variable(
    "probability", schema.PAIR + schema.PLANE, "uint8", "probability of deformation"
)
_SCORE = Variable("pair_probability", schema.PAIR, "float32", "probability that the pair deforms")
_UNCERTAINTY = Variable(
    "uncertainty",
    schema.PAIR + schema.PLANE,
    "uint8",
    "standard deviation of the probability over several looks",
)
_SPREAD = Variable(
    "pair_uncertainty", schema.PAIR, "float32", "standard deviation of the pair's probability"
)
_LEVELS, _FINE = 254, 508


class PredictionStore:
    """Predictions of one run on one cube."""

    def __init__(self, path: Path, group: zarr.Group) -> None:
        self.path = path
        self._group = group
        self._cells: dict[str, list[int]] = json.loads(str(group.attrs["cells"]))
        self._grid = tuple(self._array("probability").shape[2:])

    @staticmethod
    def path_for(cube_path: Path, run: str) -> Path:
        """Where the predictions of a run on a cube lie."""
        return sidecar_of(cube_path) / "predictions" / f"{run}.zarr"

    @classmethod
    def list_for(cls, cube_path: Path) -> list[Path]:
        """All prediction stores of a cube."""
        folder = sidecar_of(cube_path) / "predictions"
        return sorted(folder.glob("*.zarr")) if folder.is_dir() else []

    @classmethod
    def create(cls, cube: CubeStore, run: str, provenance: Mapping[str, Any]) -> "PredictionStore":
        """Begin the predictions of a run, or go on with those of the same provenance digest.

        Args:
            cube: The cube predicted on.
            run: Name of the run.
            provenance: What made them (run, checkpoint digest, date, versions, channels); JSON
                values.

        Raises:
            CubeError: Predictions of another checkpoint stand under that name, or they cannot be
                written.
        """
        path = cls.path_for(cube.path, run)
        if path.exists():
            store = cls.open(path)
            if store.provenance.get("checkpoint_digest") == provenance.get("checkpoint_digest"):
                return store
            raise CubeError(
                "predictions of another checkpoint stand there",
                where=path,
                fix="remove them, or predict under another run name",
            )
        partial = path.with_name(f".{path.name}.{os.getpid()}{PARTIAL}")
        try:
            make_folder(path.parent)
            _begin(partial, cube, provenance)
            partial.rename(path)
            sync_folder(path.parent)
        except OSError as error:
            raise _refused(path, error) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> "PredictionStore":
        """Open what a run wrote.

        Raises:
            CubeError: The path holds no predictions.
        """
        zarr_format_of(path)
        group = zarr.open_group(
            DurableStore(path), mode="r+", zarr_format=2, use_consolidated=False
        )
        if "cells" not in group.attrs:
            raise CubeError(
                "not a prediction store, or one that was never begun",
                where=path,
                fix="remove the folder, and predict again",
            )
        return cls(path, group)

    @property
    def provenance(self) -> dict[str, Any]:
        """What made the predictions."""
        provenance = self._group.attrs["provenance"]
        return dict(provenance) if isinstance(provenance, Mapping) else {}

    @property
    def pairs(self) -> tuple[DatePair, ...]:
        """Pairs that are written."""
        attrs = json.loads((self.path / ".zattrs").read_bytes())
        return tuple(DatePair.parse(text) for text in attrs["pairs"])

    @property
    def total(self) -> int:
        """Pairs that the cube had when the predictions were begun."""
        return len(self._cells)

    def write(
        self,
        pair: DatePair,
        probability: NDArray[np.float32],
        score: float = float("nan"),
        uncertainty: NDArray[np.float32] | None = None,
        spread: float = float("nan"),
    ) -> None:
        """Write what a model said of a pair; it is there once all of it is.

        Args:
            pair: The pair.
            probability: (rows, columns) 0..1, NaN for no value.
            score: Probability that the pair deforms, NaN for none.
            uncertainty: (rows, columns) 0..0.5, NaN for no value; only where the provenance says
                that there are several looks.
            spread: The same of the score.

        Raises:
            CubeError: The disk refuses; the pair then counts as not predicted.
        """
        cell = self._cell(pair)
        try:
            self._array("probability")[cell] = _coded(probability, _LEVELS)
            self._array("pair_probability")[cell] = score
            if uncertainty is not None:
                self._array("uncertainty")[cell] = _coded(uncertainty, _FINE)
                self._array("pair_uncertainty")[cell] = spread
            written = {str(p) for p in self.pairs} | {str(pair)}
            self._group.attrs.update({"pairs": sorted(written)})
        except OSError as error:
            raise _refused(f"{self.path} {pair}", error) from error

    def read(self, pair: DatePair, window: Window | None = None) -> NDArray[np.float32]:
        """Probabilities 0..1, float32, NaN for no value; (rows, columns)."""
        return self._read("probability", pair, window, _LEVELS)

    @property
    def has_uncertainty(self) -> bool:
        """Whether each pair was looked at several times."""
        return "uncertainty" in self._group

    def read_uncertainty(self, pair: DatePair, window: Window | None = None) -> NDArray[np.float32]:
        """Standard deviations 0..0.5, float32, NaN for no value; (rows, columns).

        Raises:
            CubeError: Each pair was looked at once only.
        """
        if not self.has_uncertainty:
            raise CubeError(
                "these predictions have no uncertainty",
                where=self.path,
                why="each pair was looked at once",
                fix="predict with flips, or with several runs",
            )
        return self._read("uncertainty", pair, window, _FINE)

    def _read(
        self, name: str, pair: DatePair, window: Window | None, levels: int
    ) -> NDArray[np.float32]:
        rows, cols = (window or Window.full(*self._grid)).slices
        codes = np.asarray(self._array(name)[(*self._cell(pair), rows, cols)])
        values: NDArray[np.float32] = (codes.astype(np.float32) - 1) / np.float32(levels)
        values[codes == 0] = np.nan
        return values

    def read_score(self, pair: DatePair) -> float:
        """Probability that the pair shows deformation; NaN where the model gives none."""
        return float(np.asarray(self._array("pair_probability")[self._cell(pair)]))

    def read_score_spread(self, pair: DatePair) -> float:
        """Standard deviation of that probability over several looks; NaN where there is none."""
        if not self.has_uncertainty:
            return float("nan")
        return float(np.asarray(self._array("pair_uncertainty")[self._cell(pair)]))

    def _cell(self, pair: DatePair) -> tuple[int, int]:
        if str(pair) not in self._cells:
            raise CubeError("no such interferogram", where=f"{self.path} {pair}")
        i, j = self._cells[str(pair)]
        return i, j

    def _array(self, name: str) -> zarr.Array[Any]:
        array = self._group[name]
        assert isinstance(array, zarr.Array)
        return array


def _begin(path: Path, cube: CubeStore, provenance: Mapping[str, Any]) -> None:
    """An empty store."""
    days = cube.dates()
    group = zarr.open_group(DurableStore(path), mode="w", zarr_format=2)
    write_coordinates(group, cube.geometry, days)
    shape = (len(days), len(days), *cube.geometry.shape)
    several = int(provenance.get("looks", 1)) > 1
    where = {"grid_mapping": "spatial_ref", "_CRS": crs.gdal_crs(cube.geometry)}
    for variable, levels in ((_PROBABILITY, _LEVELS), (_UNCERTAINTY, _FINE))[: 1 + several]:
        packing = {"scale_factor": 1 / levels, "add_offset": -1 / levels, "_FillValue": 0}
        arrays.create(group, variable, shape, variable.dims, {**where, **packing})
    for variable in (_SCORE, _SPREAD)[: 1 + several]:
        arrays.create(group, variable, shape[:2], variable.dims, {})
    at = {day: n for n, day in enumerate(days)}
    cells = {str(p): [at[p.primary], at[p.secondary]] for p in cube.pairs}
    group.attrs.update({"provenance": dict(provenance), "cells": json.dumps(cells), "pairs": []})


def _refused(where: str | Path, error: OSError) -> CubeError:
    return CubeError(
        "cannot write the predictions",
        where=where,
        why=error.strerror or str(error),
        fix="make room on the disk or mend the cause, then run the same again: it goes on there",
    )


def _coded(values: NDArray[np.float32], levels: int) -> NDArray[np.uint8]:
    """One byte each: 0 for NaN, else 1 and up in steps of ``1 / levels``."""
    finite = np.isfinite(values)
    code = np.rint(np.where(finite, values, 0) * levels).clip(0, 254) + 1
    return np.where(finite, code, 0).astype(np.uint8)
