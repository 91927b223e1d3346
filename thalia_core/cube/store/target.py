"""Where the planes of a cube under construction go; may be sent to another process."""

import os
from dataclasses import dataclass
from datetime import date
from errno import ENOENT
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import ArrayLike, NDArray

from thalia_core.cube import schema
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import VARIABLES
from thalia_core.cube.store.chunks import takes_planes, write_plane
from thalia_core.cube.store.local import DurableStore
from thalia_core.cube.store.packing import PACKED, packing_of
from thalia_core.errors import CubeError

Key = DatePair | date | None
"""What a plane belongs to: a pair, a date (ERA5), or the frame."""

Land = NDArray[np.bool_]
"""(rows, columns) True on land."""


@dataclass(frozen=True)
class PlaneTarget:
    """The arrays of a store that is being built or extended.

    Planes are whole chunks, so that several processes may write different planes at once.

    Attributes:
        path: The store.
        geometry: Its grid.
        dates: Both date axes, in the order of the store.
        layers: Schema names of what may be written.
    """

    path: Path
    geometry: Geometry
    dates: tuple[date, ...]
    layers: frozenset[str]

    @property
    def group(self) -> zarr.Group:
        """The store, for writing; for the modules of this package."""
        if not self.path.is_dir():  # zarr would make an empty folder in the place of the cube
            raise FileNotFoundError(ENOENT, os.strerror(ENOENT), str(self.path))
        return zarr.open_group(
            DurableStore(self.path), mode="r+", zarr_format=2, use_consolidated=False
        )

    def array(self, name: str) -> zarr.Array[Any]:
        """One of its arrays, for writing; for the modules of this package."""
        array = self.group[name]
        assert isinstance(array, zarr.Array)
        return array

    def write(
        self, name: str, values: ArrayLike, pair: DatePair | None = None, date: date | None = None
    ) -> None:
        """Write one whole plane.

        Args:
            name: Schema name, one of ``layers``.
            values: (rows, columns), north-up. Phase: rad, NaN for no data. Coherence: 0..1 with
                NaN, or uint8 0-255 with 0 for no data. Others in the units of the schema.
            pair: For planes of a pair.
            date: For planes of one date (ERA5); ``values`` is one number for variables without
                y and x.

        Raises:
            CubeError: The plane does not fit the grid or the range kept, or was not announced.
        """
        if name not in self.layers:
            raise CubeError(f"layer '{name}' was not announced", where=self.path)
        plane = _stored(name, np.asarray(values))
        shape = self.geometry.shape if schema.Y in VARIABLES[name].dims else ()
        if plane.shape != shape:
            raise CubeError(
                f"a plane of {plane.shape} does not fit the grid of {shape}",
                where=f"{self.path}/{name}",
            )
        array = self.array(name)
        if name in PACKED:
            try:
                packing = packing_of(array)
                plane = plane if packing is None else packing.pack(plane)
            except CubeError as error:
                raise CubeError(error.what, where=f"{self.path}/{name}", why=error.why) from error
        index = self._index(name, pair if pair is not None else date)
        if shape and takes_planes(array) and array.dtype == plane.dtype:
            write_plane(self.path / name, array, index, plane)
        else:
            array[index or ...] = plane

    def mean_coherence(self, pair: DatePair, land: Land | None) -> float:
        """Mean coherence of a pair as its plane is kept, see :func:`mean_coherence`."""
        array = self.array("insar_coherence")
        return mean_coherence(np.asarray(array[self._index("insar_coherence", pair)]), land)

    def land(self) -> Land:
        """(rows, columns) Where the land mask, which is written, says land."""
        return np.asarray(self.array("land_mask")[...] == 1, np.bool_)

    def _index(self, name: str, key: Key) -> tuple[Any, ...]:
        dims = VARIABLES[name].dims
        if dims[:2] == schema.PAIR and isinstance(key, DatePair):
            return self.dates.index(key.primary), self.dates.index(key.secondary)
        if dims[0] in schema.PAIR and isinstance(key, date):
            return (self.dates.index(key),)
        if dims == schema.PLANE and key is None:
            return ()
        raise CubeError(f"layer '{name}' is not indexed by {key!r}", where=self.path)


def mean_coherence(plane: NDArray[Any], land: Land | None) -> float:
    """Mean of the pixels on land that hold coherence, 0 to 1; NaN where there is no coherence.

    The sea has a coherence, too, in many products: it would say how much of a frame is water.

    Args:
        plane: Coherence 0 to 1 with NaN for no data, or uint8 0-255 with 0 for no data.
        land: True on land; None, or none where there is coherence, for all pixels.
    """
    if land is not None:
        mean = mean_coherence(plane[land], None)
        return mean if np.isfinite(mean) else mean_coherence(plane, None)
    if plane.dtype == np.uint8:
        count = int(np.count_nonzero(plane))
        total = float(plane.sum(dtype=np.uint64)) / 255
    else:
        valid = np.isfinite(plane)
        count = int(np.count_nonzero(valid))
        total = float(plane.sum(dtype=np.float64, where=valid))
    return total / count if count else float("nan")


def _stored(name: str, values: NDArray[Any]) -> NDArray[Any]:
    """Values in the type of the schema."""
    dtype = np.dtype(VARIABLES[name].dtype)
    if name == "insar_coherence" and values.dtype.kind == "f":
        valid = np.isfinite(values) & (values > 0)
        scaled = np.clip(np.rint(np.where(valid, values, 0) * 255), 1, 255)
        return np.where(valid, scaled, 0).astype(np.uint8)
    return values.astype(dtype, copy=False)
