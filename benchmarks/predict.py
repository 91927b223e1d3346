"""Pairs a second of a whole prediction, beside the same model on one resident frame.

    python benchmarks/predict.py --size 1000 --pairs 8

A synthetic frame is made in a temporary folder. The floor reads one pair and looks at it again and
again: no reading, no writing. The prediction reads, looks and writes each pair, with more or fewer
threads that read ahead. Both run in turns in one process, on warm files; the best round counts.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from thalia_core.cube.store import CubeStore, PredictionStore
from thalia_core.learn import checkpoints, models
from thalia_core.learn.config import TrainConfig
from thalia_core.learn.device import choose
from thalia_core.learn.ensemble import Ensemble
from thalia_core.learn.inputs import PUBLISHED, Inputs
from thalia_core.learn.names import BASE_CHANNELS
from thalia_core.learn.predict import Predictor
from thalia_core.learn.predicting import predict_cubes
from thalia_core.synth.chance import random_plan
from thalia_core.synth.writer import write_scene


def checkpoint(folder: Path, name: str, crop: int, decimate: int) -> Path:
    """A model that has learned nothing: as fast as one that has."""
    statistics = {channel: PUBLISHED[channel] for channel in BASE_CHANNELS}
    inputs = Inputs(BASE_CHANNELS, "scalar", statistics, decimate, crop)
    config = TrainConfig(model=name, pretrained="none", crop=crop, decimate=decimate)
    state = models.describe(config) | {
        "task": config.task,
        "inputs": inputs.to_dict(),
        "versions": {},
        "steps": 0,
    }
    net = models.build_for(state, inputs)
    checkpoints.save(folder / checkpoints.BEST, state | {"model": net.state_dict()})
    return folder / checkpoints.BEST


def timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1000)
    parser.add_argument("--pairs", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", default="tiny_unet")
    parser.add_argument("--crop", type=int, default=256)
    parser.add_argument("--decimate", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    device = choose(args.device, args.threads)
    print(f"{device.text}, torch {torch.__version__}, {args.model}, frame of {args.size}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        plan = random_plan(seed=0, size=args.size, dates=6)
        write_scene(plan, folder / f"{plan.frame}.zarr")
        cube = CubeStore.open(folder / f"{plan.frame}.zarr")
        pairs = list(cube.pairs)[: args.pairs]
        for decimate in args.decimate:
            model = Ensemble(
                [Predictor(checkpoint(folder, args.model, args.crop, decimate), device)]
            )
            compare(model, cube, pairs, args.rounds)


def compare(model: Ensemble, cube: CubeStore, pairs: list, rounds: int) -> None:
    seen = model.read(cube, [pairs[0]])
    model.judge(seen)
    floor, best, waits = [], {1: [], 2: [], 4: []}, {}
    for _ in range(rounds):
        floor.append(timed(lambda: [model.judge(seen) for _ in pairs]))
        for readers, seconds in best.items():
            shutil.rmtree(PredictionStore.path_for(cube.path, "speed"), ignore_errors=True)
            begun = time.perf_counter()
            report = predict_cubes(model, "speed", [cube], pairs, readers=readers)
            took = time.perf_counter() - begun
            if not seconds or took < min(seconds):
                waits[readers] = report.pace["data_wait"]
            seconds.append(took)
            assert report.written == len(pairs)
    rows, cols = cube.geometry.shape
    fastest = len(pairs) / min(floor)
    print(f"decimate {model.inputs.decimate}: {len(pairs)} pairs")
    print(f"  resident frame       {fastest:7.2f} pairs/s {fastest * rows * cols / 1e6:7.2f} Mpx/s")
    for readers, seconds in best.items():
        rate = len(pairs) / min(seconds)
        print(
            f"  predict, {readers} reader(s) {rate:7.2f} pairs/s {rate * rows * cols / 1e6:7.2f} "
            f"Mpx/s  share {rate / fastest:.2f}  waited {waits[readers]:.1%}"
        )


if __name__ == "__main__":
    main()
