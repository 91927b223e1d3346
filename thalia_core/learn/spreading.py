"""Predictions on a Dask cluster: each worker loads the models once, onto a GPU of its own."""

import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.errors import ThaliaError
from thalia_core.jobs.pool import open_pool
from thalia_core.learn.ensemble import Ensemble
from thalia_core.learn.meter import Meter
from thalia_core.learn.predict import Prediction, ending_with
from thalia_core.learn.predicting import Look, Work


@dataclass(frozen=True, slots=True)
class Task:
    """One pair and who looks at it; all of it plain values, for they travel."""

    folders: tuple[str, ...]
    which: str
    flips: bool
    device: str
    cube: str
    pair: str


def on_cluster(
    scheduler: str, folders: Sequence[Path], which: str, flips: bool, device: str
) -> Look:
    """A way to look at pairs for ``predict_cubes``: on the workers of a cluster.

    Args:
        scheduler: Its address; the workers see the same files under the same paths.
        folders: Of the runs.
        which: ``best`` or ``last``.
        flips: See ``Ensemble``.
        device: Of the workers: ``auto``, ``cpu`` or ``cuda``.
    """
    runs = tuple(str(folder.absolute()) for folder in folders)

    def look(
        model: Ensemble, work: Sequence[Work], readers: int, meter: Meter
    ) -> Generator[tuple[Work, Prediction | ThaliaError]]:
        tasks = [
            Task(runs, which, flips, device, str(cube.path.absolute()), str(pair))
            for cube, pair in work
        ]
        with open_pool(scheduler=scheduler) as pool:
            for index, said in pool.map(judge, tasks):
                meter.count(1)
                yield work[index], said

    return look


def judge(task: Task) -> Prediction | ThaliaError:
    """Look at one pair; run by a worker. An error comes back as a value: others go on."""
    try:
        model = _model(task.folders, task.which, task.flips, task.device)
        cube, pair = CubeStore.open(Path(task.cube)), DatePair.parse(task.pair)
        return model.judge(model.read(cube, ending_with(cube, pair, model.inputs.steps)))
    except ThaliaError as error:
        return error


@lru_cache(maxsize=1)
def _model(folders: tuple[str, ...], which: str, flips: bool, device: str) -> Ensemble:
    """The models of this worker, kept for its next tasks."""
    from thalia_core.learn.device import choose

    place = choose(device, index=_own_gpu())
    return Ensemble.of_runs([Path(folder) for folder in folders], place, which, flips)


def _own_gpu() -> int:
    """Which GPU is this worker's: by its name, which counts workers where Dask gives it."""
    import torch
    from distributed import get_worker

    count = torch.cuda.device_count()
    if count < 2 or "CUDA_VISIBLE_DEVICES" in os.environ:
        return 0  # whoever started the worker chose for it
    name = str(get_worker().name)
    return int(name) % count if name.isdigit() else 0
