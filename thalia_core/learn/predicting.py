"""Predictions of many pairs, kept beside their cubes: read ahead, judged, and written.

Some threads read and decode the next pairs while the model looks at one; another writes what it
said. A pair that cannot be read is named at the end and does not stop the others. What is written
stays written: the same command goes on where it was left.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from thalia_core.archive.catalogue import cube_paths
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.planes import PlaneCache
from thalia_core.cube.store import CubeStore, PredictionStore
from thalia_core.errors import CubeError, RunError, ThaliaError
from thalia_core.jobs.rundir import STOPPED
from thalia_core.learn.device import Device
from thalia_core.learn.ensemble import Ensemble
from thalia_core.learn.meter import Meter
from thalia_core.learn.planes import require_channels
from thalia_core.learn.predict import Prediction, Seen, ending_with
from thalia_core.learn.predict_config import PredictConfig
from thalia_core.progress import Artifact, Event, Log, Metric, Step

READERS = 2
_CACHED = 512 << 20
"""Bytes of planes of the frame and of single dates that are kept for the next pairs."""

Work = tuple[CubeStore, DatePair]
Look = Callable[
    [Ensemble, Sequence[Work], int, Meter], Generator[tuple[Work, Prediction | ThaliaError]]
]
"""A way to look at pairs, such as ``look_at``."""


@dataclass(slots=True)
class Report:
    """What became of the pairs that were asked for."""

    stores: list[PredictionStore] = field(default_factory=list)
    written: int = 0
    there: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    """Frame and pair, or a frame that cannot be used at all -> why."""
    pace: dict[str, float] = field(default_factory=dict)
    """Pairs and megapixels per second, and the share of the time waited for data."""

    def require_complete(self) -> None:
        """Raise where a pair failed.

        Raises:
            RunError: Names the first of them.
        """
        if self.failed:
            pair, why = next(iter(self.failed.items()))
            more = f", and {len(self.failed) - 1} more" if len(self.failed) > 1 else ""
            raise RunError(
                f"{len(self.failed)} pairs were not predicted",
                where=f"{pair}{more}",
                why=why,
                fix="mend the cause and run the same again: only those are done",
            )


def look_at(
    model: Ensemble, work: Sequence[Work], readers: int, meter: Meter
) -> Generator[tuple[Work, Prediction | ThaliaError]]:
    """Predictions of pairs in order, read ahead on threads.

    Args:
        model: What looks.
        work: Cubes and pairs.
        readers: Threads that read; as many pairs and one more are held in memory.
        meter: Counts the time that the model waits for data.
    """
    cache = PlaneCache(_CACHED)

    def read(item: Work) -> Seen:
        cube, pair = item
        return model.read(cube, ending_with(cube, pair, model.inputs.steps), cache)

    def ahead(executor: ThreadPoolExecutor) -> Iterator[tuple[Work, Future[Seen]]]:
        left = iter(work)
        under_way = deque((item, executor.submit(read, item)) for item in islice(left, readers + 1))
        while under_way:
            item, seen = under_way.popleft()
            seen.exception()  # until it is there: this is what the meter counts
            yield item, seen
            under_way.extend((new, executor.submit(read, new)) for new in islice(left, 1))

    with ThreadPoolExecutor(max(readers, 1), thread_name_prefix="reading") as executor:
        for item, seen in meter.waiting_for(ahead(executor)):
            try:
                yield item, model.judge(seen.result())
            except ThaliaError as error:
                yield item, error
            except OSError as error:  # a disk or a share that fails for an instant
                why = error.strerror or str(error)
                yield item, ThaliaError("cannot read", where=error.filename, why=why)
            meter.count(1)


def predict_cubes(
    model: Ensemble,
    run: str,
    cubes: Sequence[CubeStore],
    pairs: Sequence[DatePair] = (),
    tell: Callable[[int, int, str], None] = lambda *_: None,
    stopping: Callable[[], bool] = lambda: False,
    readers: int = READERS,
    look: Look | None = None,
) -> Report:
    """Write predictions for pairs of cubes; pairs that are there are left alone.

    Args:
        model: What looks.
        run: Name of the run. Predictions of an older state of it stay: those of this one then go
            under the name with the first digits of the checkpoint's digest.
        cubes: The cubes; only the folders beside them are written to.
        pairs: Which pairs, of several cubes those that have them; none for all.
        tell: Takes (done, total, text).
        stopping: Whether to end early; what is written stays.
        readers: Threads that read ahead.
        look: Another way to look at pairs than in this process.

    Returns:
        What was written, what was there, and what failed.

    Raises:
        CubeError: The only cube lacks a channel, no cube has a pair, or predictions cannot be
            written.
    """
    require_pairs(cubes, pairs)
    report, meter, pixels = Report(), Meter(), 0
    stores, work = _plan(model, run, cubes, pairs, report)
    looked = (look or look_at)(model, work, readers, meter)
    with ThreadPoolExecutor(1, thread_name_prefix="writing") as writer, closing(looked):
        under_way: Future[None] | None = None
        for done, ((cube, pair), said) in enumerate(looked):
            tell(done, len(work), f"{cube.frame} {pair}")
            if under_way is not None:
                under_way.result()  # a full disk ends it: nothing more can be written
                under_way = None
            if isinstance(said, ThaliaError):
                report.failed[f"{cube.frame} {pair}"] = str(said)
            else:
                told = said.probability, said.score, said.uncertainty, said.spread
                under_way = writer.submit(stores[cube.path].write, pair, *told)
                report.written += 1
                pixels += said.probability.size
            if stopping():
                break
        if under_way is not None:
            under_way.result()
    seconds = max(meter.seconds, 1e-9)
    report.pace = meter.read() | {"megapixels_per_s": pixels / 1e6 / seconds}
    report.pace["pairs_per_s"] = report.pace.pop("samples_per_s")
    tell(len(work), len(work), "")
    return report


def _plan(
    model: Ensemble,
    run: str,
    cubes: Sequence[CubeStore],
    pairs: Sequence[DatePair],
    report: Report,
) -> tuple[dict[Path, PredictionStore], list[Work]]:
    """Where predictions of each cube go, and what is not there yet; the report learns the rest."""
    work: list[Work] = []
    stores: dict[Path, PredictionStore] = {}
    provenance = model.provenance(run)  # it reads the whole of each checkpoint
    for cube in cubes:
        try:
            require_channels(cube, model.inputs.channels)
        except CubeError as error:
            if len(cubes) == 1:
                raise
            report.failed[cube.frame] = str(error)
            continue
        wanted = [pair for pair in cube.pairs if not pairs or pair in pairs]
        if not wanted:
            continue
        store = stores[cube.path] = store_for(cube, run, provenance)
        there = set(store.pairs)
        work += [(cube, pair) for pair in wanted if pair not in there]
        report.there += sum(pair in there for pair in wanted)
    report.stores = list(stores.values())
    return stores, work


def predict_job(
    config: PredictConfig,
    device: Device,
    tell: Callable[[Event], None],
    stopping: Callable[[], bool],
) -> str:
    """Do what the settings of a prediction say; returns how it ended, in words."""
    folders = [Path(config.run), *map(Path, config.members)]
    model = Ensemble.of_runs(folders, device, config.checkpoint, config.flips)
    cubes = [CubeStore.open(path) for path in cube_paths(Path(config.cube))]
    pairs = [DatePair.parse(text) for text in config.pairs]
    report = predict_cubes(
        model,
        name_of(folders),
        cubes,
        pairs,
        lambda *step: tell(Step(*step)),
        stopping,
        config.readers,
    )
    for store in report.stores:
        tell(Artifact("predictions", str(store.path)))
    tell(Metric(report.written, 0, report.pace))
    for pair, why in report.failed.items():
        tell(Log("error", f"{pair}: {why}"))
    if stopping():
        return f"{STOPPED} after {report.written} pairs; it can be resumed"
    report.require_complete()
    return f"predicted {report.written + report.there} pairs"


def require_pairs(cubes: Sequence[CubeStore], pairs: Sequence[DatePair]) -> None:
    """Check that each pair is one of some cube.

    Raises:
        CubeError: No cube has it; where there is one cube only, with the pairs nearest to it.
    """
    for pair in pairs:
        if not any(pair in cube.pairs for cube in cubes):
            if len(cubes) == 1:
                cubes[0].pairs.position(pair)
            raise CubeError("no such interferogram in any of the cubes", where=str(pair))


def name_of(folders: Sequence[Path]) -> str:
    """What predictions of some runs are called."""
    first = folders[0].absolute().name
    return first if len(folders) == 1 else f"{first}+{len(folders) - 1}"


def store_for(cube: CubeStore, run: str, provenance: dict[str, Any]) -> PredictionStore:
    """Where predictions of a run and a state of it go."""
    digest = str(provenance["checkpoint_digest"])
    path = PredictionStore.path_for(cube.path, run)
    if path.exists() and PredictionStore.open(path).provenance.get("checkpoint_digest") != digest:
        run = f"{run}-{digest[:8]}"
    return PredictionStore.create(cube, run, provenance)
