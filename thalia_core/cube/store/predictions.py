"""What a model said about the pairs of a cube: kept beside it, never in it.

One store per run, ``<frame>.thalia/predictions/<run>.zarr``, on the cube's own grid and date axes,
so that plain xarray lays it over the cube. Probabilities take one byte: ``p = (code - 1) / 254``, 0
is no value.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from thalia_core.cube import crs, schema
from thalia_core.cube.durable import make_folder
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
_LEVELS = 254


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
            CubeError: Predictions of another checkpoint stand under that name.
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
        make_folder(path.parent)
        days = cube.dates()
        group = zarr.open_group(DurableStore(path), mode="w", zarr_format=2)
        write_coordinates(group, cube.geometry, days)
        where = {"grid_mapping": "spatial_ref", "_CRS": crs.gdal_crs(cube.geometry)}
        packing = {"scale_factor": 1 / _LEVELS, "add_offset": -1 / _LEVELS, "_FillValue": 0}
        shape = (len(days), len(days), *cube.geometry.shape)
        arrays.create(group, _PROBABILITY, shape, _PROBABILITY.dims, {**where, **packing})
        arrays.create(group, _SCORE, shape[:2], _SCORE.dims, {})
        at = {day: n for n, day in enumerate(days)}
        cells = {str(p): [at[p.primary], at[p.secondary]] for p in cube.pairs}
        group.attrs.update(
            {"provenance": dict(provenance), "cells": json.dumps(cells), "pairs": []}
        )
        return cls(path, group)

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
            raise CubeError("not a prediction store", where=path)
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

    def write(
        self, pair: DatePair, probability: NDArray[np.float32], score: float = float("nan")
    ) -> None:
        """Write a plane (rows, columns) of probabilities 0..1, NaN for no value, and a score."""
        finite = np.isfinite(probability)
        level = np.rint(np.clip(np.where(finite, probability, 0), 0, 1) * _LEVELS) + 1
        self._array("probability")[self._cell(pair)] = np.where(finite, level, 0).astype(np.uint8)
        self._array("pair_probability")[self._cell(pair)] = score
        written = {str(p) for p in self.pairs} | {str(pair)}
        self._group.attrs.update({"pairs": sorted(written)})

    def read(self, pair: DatePair, window: Window | None = None) -> NDArray[np.float32]:
        """Probabilities 0..1, float32, NaN for no value; (rows, columns)."""
        rows, cols = (window or Window.full(*self._grid)).slices
        codes = np.asarray(self._array("probability")[(*self._cell(pair), rows, cols)])
        values: NDArray[np.float32] = (codes.astype(np.float32) - 1) / np.float32(_LEVELS)
        values[codes == 0] = np.nan
        return values

    def read_score(self, pair: DatePair) -> float:
        """Probability that the pair shows deformation; NaN where the model gives none."""
        return float(np.asarray(self._array("pair_probability")[self._cell(pair)]))

    def _cell(self, pair: DatePair) -> tuple[int, int]:
        if str(pair) not in self._cells:
            raise CubeError("no such interferogram", where=f"{self.path} {pair}")
        i, j = self._cells[str(pair)]
        return i, j

    def _array(self, name: str) -> zarr.Array[Any]:
        array = self._group[name]
        assert isinstance(array, zarr.Array)
        return array
