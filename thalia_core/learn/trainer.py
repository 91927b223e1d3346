"""The training loop: read it from top to bottom in ``train``.

The state is saved every few minutes, at the end, and when the run is asked to stop; the next start
goes on from there. All chance follows from the seed and the step number, so that on one CPU a
resumed run ends in the same weights, bit for bit, as one that was never interrupted.
"""

import time
from collections.abc import Callable
from itertools import islice

from thalia_core.jobs.rundir import STOPPED, RunDir
from thalia_core.learn import checkpoints
from thalia_core.learn.config import TrainConfig
from thalia_core.learn.data import fixed_loader, train_loader
from thalia_core.learn.device import Device, be_deterministic, memory_explained
from thalia_core.learn.distributed import ALONE, Group
from thalia_core.learn.feed.cache import CropCache
from thalia_core.learn.learner import Learner
from thalia_core.learn.meter import Meter
from thalia_core.learn.preparing import Stop, cache_of, prepare
from thalia_core.progress import Artifact, Event, Metric, Step

Tell = Callable[[Event], None]
Stopping = Callable[[], bool]


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
    used = f"{config.batch} crops of {config.crop} x {config.crop} in a batch, {device.text}"
    with CropCache(cache_of(run, config), config.cache_gb) as cache, memory_explained(used):
        try:
            found = prepare(run, config, cache, tell, stopping)
        except Stop:
            found = None
        if group.any(found is None) or found is None:
            return f"{STOPPED} before the first step"
        train_samples, val_samples, digest = found
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
    early = ", early: no better epoch came" if learner.tired and progress.step < total else ""
    return f"finished after {progress.step} steps, {progress.epoch} epochs{early}"
