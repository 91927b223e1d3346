"""The training loop: read it from top to bottom in ``train``.

The state is saved every few minutes, at the end, and when the run is asked to stop; the next start
goes on from there. All chance follows from the seed and the step number, so that on one CPU a
resumed run ends in the same weights, bit for bit, as one that was never interrupted.
"""

import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from thalia_core.cube.store import CubeStore
from thalia_core.jobs.rundir import STOPPED, RunDir
from thalia_core.learn import checkpoints
from thalia_core.learn.config import TrainConfig
from thalia_core.learn.data import Samples, fixed_loader, train_loader
from thalia_core.learn.device import Device, be_deterministic, memory_explained
from thalia_core.learn.distributed import ALONE, Group
from thalia_core.learn.feed.shard_crops import ShardCrops, open_shards
from thalia_core.learn.feed.straight import CubeCrops
from thalia_core.learn.learner import Learner
from thalia_core.learn.meter import Meter
from thalia_core.learn.names import CUBES, WEBDATASET
from thalia_core.learn.planes import Patch, PlaneFiles
from thalia_core.learn.samples import Sample, find_samples
from thalia_core.progress import Artifact, Event, Log, Metric, Step

Tell = Callable[[Event], None]
Stopping = Callable[[], bool]

_CACHE = "cache"


class Stop(Exception):  # noqa: N818 - it is a request, not an error
    """The run was asked to end while it prepared its data."""


def train(
    run: RunDir,
    config: TrainConfig,
    device: Device,
    tell: Tell,
    stopping: Stopping,
    group: Group = ALONE,
) -> str:
    """Train, or go on training, the run in a folder.

    Args:
        run: Its folder; the state is kept there.
        config: What to do.
        device: Where to compute.
        tell: Takes the events.
        stopping: Whether the run is asked to end.
        group: The processes that train it together.

    Returns:
        How it ended, in words; begins with ``STOPPED`` when it was asked to.

    Raises:
        ThaliaError: Wrong settings, unreadable data, a full disk, memory that ran out, or a loss
            that is not finite.
    """
    be_deterministic(config.deterministic)
    try:
        train_samples, val_samples, digest = prepare(run, config, tell, stopping)
    except Stop:
        return f"{STOPPED} before the first step"
    group.wait()
    used = f"{config.batch} crops of {config.crop} x {config.crop} in a batch, {device.text}"
    with memory_explained(used):
        learner = Learner.begin(run, config, device, train_samples, digest, tell, group)
        loader, batches = train_loader(train_samples, config, device.is_gpu, group)
        fixed = fixed_loader(val_samples, config, device.is_gpu, group)
        progress, meter = learner.progress, Meter()
        per_epoch = batches.begin(0)
        total = config.steps or config.epochs * per_epoch
        saved = time.monotonic()

        while progress.step < total and not learner.tired:
            batches.begin(progress.epoch, progress.batch)
            for batch in islice(meter.waiting_for(loader), total - progress.step):
                size = batches.size_of(progress.batch)
                loss = learner.step(batch, size, total, per_epoch)
                meter.count(size)
                tell(Metric(progress.step, progress.epoch, {"loss": loss}))
                progress.step += 1
                progress.batch += 1
                tell(Step(progress.step, total, f"epoch {progress.epoch + 1}"))
                if group.any(stopping()) and progress.step < total:
                    learner.save_last()
                    return f"{STOPPED} after {progress.step} of {total} steps; it can be resumed"
                if time.monotonic() - saved > config.save_minutes * 60:
                    learner.save_last()
                    saved = time.monotonic()
            learner.end_epoch(fixed, tell, meter.read() | {"memory_gb": device.memory_gb()})
            meter.read()  # the time of the validation is nobody's wait

    learner.save_last()
    tell(Artifact("last state", checkpoints.LAST))
    group.wait()
    if group.leads:
        shutil.rmtree(run.folder / _CACHE, ignore_errors=True)
    early = ", early: no better epoch came" if learner.tired and progress.step < total else ""
    return f"finished after {progress.step} steps, {progress.epoch} epochs{early}"


def prepare(
    run: RunDir, config: TrainConfig, tell: Tell, stopping: Stopping
) -> tuple[Samples, Samples, str]:
    """Find the samples and write their planes, where a cache is asked for.

    Returns:
        What training and validation draw from, and a digest of the samples.

    Raises:
        Stop: The run was asked to end.
    """
    if config.source == WEBDATASET:
        shards = open_shards(config)
        tell(Log("info", shards.summary()))
        train, val = (ShardCrops(shards.of(s), shards.form, config) for s in ("train", "val"))
        return train, val, shards.digest
    splits = find_samples(config)
    tell(Log("info", splits.summary()))
    if config.source == CUBES:
        return CubeCrops(splits.train, config), CubeCrops(splits.val, config), splits.digest
    cubes = {path: CubeStore.open(path) for path in {s.cube for s in splits.train + splits.val}}
    files = PlaneFiles(
        run.folder / _CACHE, config.channels, config.crop, config.decimate, config.target
    )
    samples = splits.train + splits.val

    def write(sample: Sample) -> Patch:
        if stopping():
            raise Stop
        return files.patch(cubes[sample.cube], sample)

    patches = []
    with ThreadPoolExecutor(max_workers=4) as pool:
        for done, patch in enumerate(pool.map(write, samples), start=1):
            patches.append(patch)
            tell(Step(done, len(samples), "reading planes"))
    n = len(splits.train)
    return patches[:n], patches[n:], splits.digest
