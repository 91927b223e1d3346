"""The only code that touches Zarr: cubes, their creation, annotations and predictions."""

from thalia_core.cube.store.append import CubeAppender, is_growing
from thalia_core.cube.store.create import CubeWriter
from thalia_core.cube.store.cube import CubeStore, sidecar_of
from thalia_core.cube.store.predictions import PredictionStore
from thalia_core.cube.store.sorting import sort_dates
from thalia_core.cube.store.target import PlaneTarget

__all__ = [
    "CubeAppender",
    "CubeStore",
    "CubeWriter",
    "PlaneTarget",
    "PredictionStore",
    "is_growing",
    "sidecar_of",
    "sort_dates",
]
