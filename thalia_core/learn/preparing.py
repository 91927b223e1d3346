"""What a run does before its first step: find its samples, and bring their planes at hand."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from thalia_core.benchmark.manifest import manifest, read_manifest, write_manifest
from thalia_core.cube.store import CubeStore
from thalia_core.errors import RunError
from thalia_core.jobs.rundir import RunDir
from thalia_core.learn.config import SPLITS, TrainConfig
from thalia_core.learn.data import Samples
from thalia_core.learn.feed.cache import CropCache
from thalia_core.learn.feed.shard_crops import ShardCrops, open_shards
from thalia_core.learn.feed.straight import CubeCrops
from thalia_core.learn.names import CUBES, WEBDATASET
from thalia_core.learn.planes import Patch, PlaneFiles
from thalia_core.learn.samples import Sample, Splits, find_samples
from thalia_core.progress import Event, Log, Step

Tell = Callable[[Event], None]
Stopping = Callable[[], bool]

CACHE_NAME = "crop-cache"
MANIFEST = "samples.json"


class Stop(Exception):  # noqa: N818 - it is a request, not an error
    """The run was asked to end while it prepared its data."""


def prepare(
    run: RunDir, config: TrainConfig, cache: CropCache, tell: Tell, stopping: Stopping
) -> tuple[Samples, Samples, str]:
    """Find the samples, write down which they are, and their planes where a cache is asked for.

    Args:
        run: The run; a list of its samples is kept in its folder, to repeat it to the sample.
        config: What to do.
        cache: Where planes are kept.
        tell: Takes the news.
        stopping: Whether the run is asked to end.

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
    _write_manifest(run, config, splits)
    if config.source == CUBES:
        return CubeCrops(splits.train, config), CubeCrops(splits.val, config), splits.digest
    cubes = {path: CubeStore.open(path) for path in {s.cube for s in splits.train + splits.val}}
    files = PlaneFiles(cache.folder, config.channels, config.crop, config.decimate, config.target)
    cache.hold([files.place_of(cube) for cube in cubes.values()])
    cache.clear()
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
    if (taken := cache.clear()) > config.cache_gb * 1e9:
        text = f"the crop cache takes {taken / 1e9:.1f} GB, more than it may: runs hold all of it"
        tell(Log("warning", text))
    n = len(splits.train)
    return patches[:n], patches[n:], splits.digest


def cache_of(run: RunDir, config: TrainConfig) -> Path:
    """Where the crop cache of a run lies: all runs of a folder share one."""
    return Path(config.cache) if config.cache else run.folder.absolute().parent / CACHE_NAME


def _write_manifest(run: RunDir, config: TrainConfig, splits: Splits) -> None:
    """Write down the samples, where the folder does not list them already."""
    parts = {split: splits.of(split) for split in SPLITS}
    chosen = {"split": config.split, "series": config.series, "digest": splits.digest}
    path, told = run.folder / MANIFEST, manifest(parts, chosen)
    try:
        if not path.exists() or read_manifest(path)["digest"] != told["digest"]:
            write_manifest(path, told)
    except OSError as error:
        raise RunError(
            "cannot write the list of samples",
            where=path,
            why=error.strerror or str(error),
            fix="make room on the disk, then resume the run",
        ) from error
