"""Samples a second, from each place a run can take them, beside how the published code reads.

    python benchmarks/feeding.py --size 2400
    python benchmarks/feeding.py --device cuda --models resnet50 unet  # where a GPU is at hand

Frames of real size are made in a temporary folder. The published way opens the cube with xarray,
selects the pair, loads whole frames of all channels and the mask, and cuts them; its checks of the
mask's values are left out. All ways run in one process, in turns, on warm files, and give crops of
512. Then models are trained and run on crops from the cache, and beside that on one random batch
that never leaves the device: the share is what feeding leaves of it.
"""

import argparse
import math
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import torch
import xarray
from torch import Tensor

from thalia_core.cube.store import CubeStore
from thalia_core.jobs.pool import HERE
from thalia_core.learn import models
from thalia_core.learn.augment import Augment
from thalia_core.learn.config import TrainConfig
from thalia_core.learn.data import Crops, fixed_loader, train_loader
from thalia_core.learn.device import Device, choose
from thalia_core.learn.feed.shard_crops import ShardCrops
from thalia_core.learn.feed.shards import Shards
from thalia_core.learn.feed.straight import CubeCrops
from thalia_core.learn.feed.writing import plan_shards, write_shards
from thalia_core.learn.inputs import PUBLISHED, Inputs
from thalia_core.learn.losses import loss_of
from thalia_core.learn.names import BASE_CHANNELS, CHANNELS, MODELS, SEGMENTATION
from thalia_core.learn.planes import Patch, PlaneFiles
from thalia_core.learn.samples import Sample, find_samples
from thalia_core.synth.chance import random_plan
from thalia_core.synth.writer import write_scene

CROP = 512
Read = Callable[[int, int], object]
Act = Callable[[dict[str, Tensor]], None]


def frames(folder: Path, size: int, dates: int) -> TrainConfig:
    """Two frames, one to learn from and one to validate on, and the settings of a run on both."""
    plans = [random_plan(seed=seed, size=size, dates=dates) for seed in (0, 1)]
    for plan in plans:
        write_scene(plan, folder / f"{plan.frame}.zarr")
    return TrainConfig(
        cubes=(str(folder),),
        train_frames=(plans[0].frame,),
        val_frames=(plans[1].frame,),
        train_dates=None,
        val_dates=None,
        test_dates=None,
        balanced=False,
        crop=CROP,
        pretrained="none",
    )


def published(sample: Sample, channels: Sequence[str], rng: np.random.Generator) -> Tensor:
    """(channels and mask, y, x): a crop out of whole frames, as the public code takes it."""
    cube = xarray.open_zarr(sample.cube)
    pair = cube.sel(
        primary_date=np.datetime64(sample.pair.primary),
        secondary_date=[np.datetime64(sample.pair.secondary)],
    )[[*channels, "deformation_mask"]]
    planes = []
    for name in (*channels, "deformation_mask"):
        values = pair[name].values
        planes.append(torch.from_numpy(values[None] if values.ndim == 2 else values).float())
    frame = torch.stack(planes, dim=1)
    frame[:, -1] = (frame[:, -1] > 0).float()
    marked = torch.nonzero(frame[0, -1])
    rows, cols = frame.shape[-2:]
    low, high = (0, 0), (rows - 1, cols - 1)
    if len(marked):
        low, high = tuple(marked.amin(dim=0).tolist()), tuple(marked.amax(dim=0).tolist())
    off = rng.integers(-(CROP // 4), CROP // 4 + 1, size=2)
    corner = [
        max(0, min((a + b) // 2 + int(o) - CROP // 2, side - CROP))
        for a, b, o, side in zip(low, high, off, (rows, cols), strict=True)
    ]
    row, col = corner
    return frame[0, :, row : row + CROP, col : col + CROP].clone()


def reading(folder: Path, config: TrainConfig, rounds: int) -> Sequence[Patch]:
    """Print samples a second of each way; returns the patches of the cache."""
    torch.set_num_threads(1)  # as in a process that reads for a loader
    samples = find_samples(config).train
    count = len(config.channels)
    print(f"\n| {count} channels | samples/s | of the published way | by processor time |")
    print("|---|---|---|---|")
    begun = time.perf_counter()
    files = PlaneFiles(folder / "cache", config.channels, CROP, 1)
    patches = [files.patch(CubeStore.open(sample.cube), sample) for sample in samples]
    cached = time.perf_counter() - begun
    out = folder / f"shards_{len(config.channels)}"
    begun = time.perf_counter()
    write_shards(plan_shards(config, out, ("train",)), out, HERE)
    written = time.perf_counter() - begun
    shards = Shards.open(out)
    crops, tars = Crops(patches, CROP, 0), ShardCrops(shards.of("train"), shards.form, config)
    cubes = CubeCrops(samples, config)
    rng = np.random.default_rng(0)
    ways: dict[str, Read] = {
        "published: xarray, whole frames": lambda i, e: published(samples[i], config.channels, rng),
        "cubes: the tiles under the crop": lambda i, e: cubes[i, e, i],
        "the cache": lambda i, e: crops[i, e, i],
        "shards": lambda i, e: tars[i, e, i],
    }
    spent = in_turns(ways, len(samples), rounds)
    unit, busy = spent[next(iter(ways))]
    for name, (seconds, processor) in spent.items():
        print(f"| {name} | {1 / seconds:.1f} | {unit / seconds:.1f} | {busy / processor:.1f} |")
    print(
        f"\nMade once: the cache {cached / len(samples) / unit:.1f}, "
        f"shards {written / len(samples) / unit:.1f} of a published read for each sample."
    )
    return patches


def in_turns(ways: dict[str, Read], samples: int, rounds: int) -> dict[str, tuple[float, float]]:
    """Seconds for a sample and seconds of all processors, the best round of each way.

    A first round warms the files. On a machine that others use the second number is the steadier.
    """
    best = dict.fromkeys(ways, (math.inf, math.inf))
    for turn in range(rounds + 1):
        for name, read in ways.items():
            begun, used = time.perf_counter(), time.process_time()
            for index in range(samples):
                read(index, turn)
            spent = time.perf_counter() - begun, time.process_time() - used
            if turn:
                least = zip(best[name], spent, strict=True)
                best[name] = tuple(min(old, new / samples) for old, new in least)
    return best


@dataclass
class Fed:
    """How fast a model was."""

    images: float  # a second
    waited: float  # share of the time in which it had no batch


def drive(step: Act, batches: Iterable[dict[str, Tensor]]) -> Fed:
    """Run the steps; the first one, in which processes start and kernels are chosen, is not timed.

    Every step ends with a value that is read back, so that a device has done its work.
    """
    waiting = iter(batches)
    step(next(waiting))
    images, waited = 0, 0.0
    begun = asked = time.perf_counter()
    for batch in waiting:
        waited += time.perf_counter() - asked
        step(batch)
        images += len(batch["planes"])
        asked = time.perf_counter()
    spent = time.perf_counter() - begun
    return Fed(images / spent, waited / spent)


class Runner:
    """A model of random weights that learns or predicts, from crops or from ready input."""

    def __init__(self, config: TrainConfig, device: Device) -> None:
        statistics = {name: PUBLISHED[name] for name in config.channels}
        self._inputs = Inputs(config.channels, config.phase_encoding, statistics, 1, CROP)
        self._net = device.place(models.build_for(models.describe(config), self._inputs))
        self._optimiser = torch.optim.AdamW(self._net.parameters(), lr=config.lr)
        self._augment = Augment(config, self._inputs.phases)
        self._loss = loss_of(config)
        self._segments = config.task == SEGMENTATION
        self._device = device
        self._chance = torch.Generator().manual_seed(0)

    def learn(self, batch: dict[str, Tensor]) -> None:
        """A step on crops: to the device, varied, encoded, forward and back."""
        planes, mask = self._device.send(batch["planes"]), self._device.send(batch["mask"])
        planes, mask = self._augment(planes, mask, self._chance)
        target = mask if self._segments else self._device.send(batch["label"])
        self.learn_ready(self._encode(planes), target)

    def learn_ready(self, x: Tensor, target: Tensor) -> None:
        """A step on input that lies on the device."""
        self._net.train()
        self._optimiser.zero_grad(set_to_none=True)
        with self._device.autocast():
            logits = self._net(x)
        loss = self._loss(logits.float(), target, torch.ones(len(x), device=x.device))
        loss.backward()
        self._optimiser.step()
        float(loss.detach())

    def predict(self, batch: dict[str, Tensor]) -> None:
        """Probabilities of crops, on the host."""
        self.predict_ready(self._encode(self._device.send(batch["planes"])))

    @torch.inference_mode()
    def predict_ready(self, x: Tensor) -> None:
        """Probabilities of input that lies on the device, on the host."""
        self._net.eval()
        with self._device.autocast():
            logits = self._net(x)
        logits.float().softmax(dim=1)[:, 1].cpu()

    def resident(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Random input and targets of that shape, on the device."""
        shape = len(batch["planes"]), self._inputs.count, CROP, CROP
        x = torch.randn(shape).contiguous(memory_format=torch.channels_last)
        target = torch.zeros_like(batch["mask"] if self._segments else batch["label"])
        return self._device.send(x), self._device.send(target)

    def _encode(self, planes: Tensor) -> Tensor:
        return self._inputs.encode(planes).contiguous(memory_format=torch.channels_last)


def feeding(
    config: TrainConfig, patches: Sequence[Patch], names: Sequence[str], steps: int, device: Device
) -> None:
    """Print images a second of each model fed from the cache, beside one resident batch."""
    print(f"\n{device.text}; {len(config.channels)} channels, batches of {config.batch}\n")
    print("| model | | images/s | of a resident batch | waited for data |")
    print("|---|---|---|---|---|")
    for name in names:
        task = MODELS[name].task
        run = replace(config, model=name, task=task, repeat=repeats(config, patches, steps))
        compare(Runner(run, device), run, patches, steps, device)


def compare(
    runner: Runner, config: TrainConfig, patches: Sequence[Patch], steps: int, device: Device
) -> None:
    loader, epoch = train_loader(patches, config, pinned=device.is_gpu)
    first = next(iter(fixed_loader(patches, replace(config, workers=0), pinned=False)))
    x, target = runner.resident(first)
    ways: dict[str, tuple[Act, Act]] = {
        "training": (runner.learn, lambda batch: runner.learn_ready(x, target)),
        "predicting": (runner.predict, lambda batch: runner.predict_ready(x)),
    }
    for what, (fed, alone) in ways.items():
        epoch.begin(0)
        got = drive(fed, islice(loader, steps + 1))
        ready = drive(alone, [first] * (steps + 1))
        share = got.images / ready.images
        title = MODELS[config.model].title
        print(f"| {title} | {what} | {got.images:.2f} | {share:.2f} | {got.waited:.1%} |")


def repeats(config: TrainConfig, patches: Sequence[Patch], steps: int) -> int:
    """How often an epoch takes each sample to have so many steps and one."""
    return math.ceil((steps + 1) * config.batch / len(patches))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", type=int, default=2400, help="rows and columns of the frames")
    parser.add_argument("--dates", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--models", nargs="+", choices=tuple(MODELS), default=["resnet50"])
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--steps", type=int, default=6, help="timed for each model; 0: none")
    parser.add_argument("--workers", type=int, default=1, help="processes that read crops")
    args = parser.parse_args()
    device, threads = choose(args.device), torch.get_num_threads()
    with tempfile.TemporaryDirectory() as folder:
        config = frames(Path(folder), args.size, args.dates)
        config = replace(config, batch=args.batch, workers=args.workers)
        for channels in (CHANNELS, BASE_CHANNELS):
            config = replace(config, channels=channels)
            patches = reading(Path(folder), config, args.rounds)
        torch.set_num_threads(threads)
        if args.steps:
            feeding(config, patches, args.models, args.steps, device)


if __name__ == "__main__":
    main()
