"""From a plan to a cube: plane by plane, resumable, whole or not there at all."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from errno import EACCES, EDQUOT, EFBIG, ENOSPC, EPERM, EROFS
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Literal

import numpy as np

from thalia_core import __version__
from thalia_core.build.findings import Finding
from thalia_core.build.licsar import FRAME_ID, FramePlan
from thalia_core.build.planes import PlaneTask, write_planes
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import ERA5_TIME, GACOS, PAIR
from thalia_core.cube.store import CubeAppender, CubeStore, CubeWriter, is_growing
from thalia_core.cube.store.layout import read_whole
from thalia_core.errors import BuildError, CubeError
from thalia_core.jobs.pool import HERE, Pool
from thalia_core.progress import Event, Log, Started, Step

if TYPE_CHECKING:
    from thalia_core.build.era5 import Era5Plan

State = Literal["built", "resumed", "extended", "unchanged"]
Tell = Callable[[Event], None]
_STORES = (".zgroup", "zarr.json")
_CURES = {
    **dict.fromkeys((ENOSPC, EDQUOT), "free some space"),
    **dict.fromkeys((EACCES, EPERM, EROFS), "allow writing there"),
    EFBIG: "allow larger files there",
}


@dataclass(frozen=True)
class Options:
    """How to build.

    Attributes:
        pool: What reads and writes the planes.
        era5: ERA5 fields of the frame's dates.
        tell: Is told every step.
    """

    pool: Pool = HERE
    era5: "Era5Plan | None" = None
    tell: Tell = lambda event: None


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What became of one plan.

    Attributes:
        frame: The frame.
        path: The cube.
        state: ``unchanged`` when it had everything before.
        pairs: Interferograms in it.
        added: How many of them came now.
        layers: Layers in it.
        problems: Products that were there but could not be used.
        gaps: What the source does not have.
        seconds: Time taken.
    """

    frame: str
    path: Path
    state: State
    pairs: int
    added: int
    layers: tuple[str, ...]
    problems: tuple[Finding, ...]
    gaps: tuple[Finding, ...]
    seconds: float


def output_of(plan: FramePlan, out: Path) -> Path:
    """The cube's path: ``out`` itself when it ends in .zarr, else a place in that archive folder.

    Raises:
        BuildError: ``out`` is no place for an archive.
    """
    if out.suffix == ".zarr":
        return out
    if out.exists() and not out.is_dir():
        raise _other_output(out, "it is a file")
    if any((out / name).exists() for name in (*_STORES, ".zarray")):
        raise _other_output(out, "it is itself a Zarr store, whose name does not end in .zarr")
    return out / f"{plan.frame}.zarr"


def assemble(plan: FramePlan, out: Path, options: Options = Options()) -> BuildReport:
    """Write the planned cube to ``out``, taking up where an interrupted build stopped.

    A finished cube of the same frame is extended by what it lacks; what it has stays as it is.

    Raises:
        BuildError: The output is something else, or cannot be written, or no pair could be read.
    """
    if out.exists() or out.is_symlink():
        return _existing(plan, out, options)
    return _Assembly(plan, out, options).create()


def frame_attributes(plan: FramePlan) -> dict[str, object]:
    """What the cube says about itself, beside the store's own bookkeeping."""
    meta = plan.metadata
    attrs: dict[str, object] = {
        "summary": f"Wrapped Sentinel-1 interferograms of LiCSAR frame {plan.frame}",
        "institution": "COMET, Centre for Observation and Modelling of Earthquakes, Volcanoes "
        "and Tectonics",
        "source": "LiCSAR products of Sentinel-1 interferograms",
        "references": "Lazecky et al. 2020, LiCSAR, Remote Sensing 12(15), 2430, "
        "https://doi.org/10.3390/rs12152430",
        "license": "LiCSAR products, COMET; contain modified Copernicus Sentinel data",
        # without a time: the same products give the same bytes, wherever they are built
        "history": f"thalia {__version__} build licsar",
    }
    if FRAME_ID.fullmatch(plan.frame):
        attrs["track"] = int(plan.frame[:3])
        attrs["orbit_pass"] = "ascending" if plan.frame[3] == "A" else "descending"
    known = {
        "center_time": meta.center_time,
        "heading": meta.heading,
        "avg_incidence_angle": meta.avg_incidence_angle,
        "footprint": plan.outline,
    }
    attrs |= {key: value for key, value in known.items() if value is not None}
    return attrs | {f"licsar_{key}": value for key, value in meta.others.items()}


class _Assembly:
    """One build: the writer, and what could not be read on the way."""

    def __init__(self, plan: FramePlan, out: Path, options: Options) -> None:
        self.plan, self.out, self.options = plan, out, options
        self.tell = options.tell
        self.unreadable: dict[Path, Finding] = {}

    def create(self) -> BuildReport:
        """Make a new cube, or go on with one that was interrupted."""
        begun = monotonic()
        resumed = self.out.with_name(self.out.name + ".building").exists()
        with self._explained():
            self.out.parent.mkdir(parents=True, exist_ok=True)
            writer = CubeWriter.start(
                self.out,
                frame=self.plan.frame,
                geometry=self.plan.geometry,
                dates=list(self.plan.dates),
                layers=list(self._layers()),
                attrs=frame_attributes(self.plan),
                plan={"source": "licsar", "pairs": [str(files.pair) for files in self.plan.pairs]},
            )
            with writer:
                resumed = resumed and any(
                    writer.done("insar_difference", files.pair) for files in self.plan.pairs
                )
                written = self._fill(writer)
                if not written:
                    writer.abandon()
                    raise self._no_pair()
                writer.finish()
        return self._report("resumed" if resumed else "built", len(written), len(written), begun)

    def extend(self, store: CubeStore) -> BuildReport:
        """Add to a finished cube what the source has and the cube lacks."""
        begun = monotonic()
        before = set(store.pairs)
        layers = list(self._layers())
        with (
            self._explained(),
            CubeAppender.start(self.out, dates=list(self.plan.dates), layers=layers) as appender,
        ):
            written = self._fill(appender)
            appender.finish()
        added = len(set(written) - before)
        return self._report("extended", len(before) + added, added, begun)

    def _layers(self) -> tuple[str, ...]:
        era5 = self.options.era5
        return self.plan.layers + (() if era5 is None else era5.layers)

    def _report(self, state: State, pairs: int, added: int, begun: float) -> BuildReport:
        store = CubeStore.open(self.out)
        return BuildReport(
            frame=self.plan.frame,
            path=self.out,
            state=state,
            pairs=pairs,
            added=added,
            layers=store.layers,
            problems=self.plan.problems + tuple(self.unreadable.values()),
            gaps=self.plan.gaps,
            seconds=monotonic() - begun,
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            cure = _CURES.get(error.errno or 0, "see to that")
            raise BuildError(
                "cannot write the cube",
                where=self.out,
                why=error.strerror or str(error),
                fix=f"{cure} and run the same command again: it goes on where it stopped",
            ) from error

    def _no_pair(self) -> BuildError:
        return BuildError(
            "no usable interferogram",
            where=self.plan.source,
            why="; ".join(str(finding) for finding in list(self.unreadable.values())[:3]),
            fix="download the products again",
        )

    def _fill(self, writer: CubeWriter | CubeAppender) -> list[DatePair]:
        """Write all that is not there; the pairs that are whole."""
        tasks = [
            *self._frame_tasks(writer),
            *self._date_tasks(writer),
            *self._pair_tasks(writer),
        ]
        whole = [f.pair for f in self.plan.pairs if writer.done("insar_difference", f.pair)]
        total = len(tasks) + len(whole)
        self.tell(Started(self.plan.frame))
        self.tell(Step(len(whole), total))
        results = self.options.pool.map(write_planes, tasks)
        for count, (index, written) in enumerate(results, start=len(whole) + 1):
            key = tasks[index].key
            self._leave_out(written.findings)
            for name in written.names:
                writer.mark(name, key)
            if written.coherence is not None and isinstance(key, DatePair):
                writer.coherences[key] = written.coherence
            if "insar_difference" in written.names and isinstance(key, DatePair):
                whole.append(key)
            self.tell(Step(count, total, "" if key is None else str(key)))
        writer.drop([name for name in self.plan.frame_files if not writer.done(name)])
        self._write_era5_times(writer)
        baselines = {pair: self.plan.baseline(pair) for pair in whole}
        writer.write_pair_values("perpendicular_baseline", baselines)
        return whole

    def _frame_tasks(self, writer: CubeWriter | CubeAppender) -> Iterator[PlaneTask]:
        for name, path in self.plan.frame_files.items():
            if not writer.done(name):
                yield PlaneTask(writer.target, None, ((name, path),))

    def _pair_tasks(self, writer: CubeWriter | CubeAppender) -> Iterator[PlaneTask]:
        land = self.plan.frame_files.get("land_mask")
        for files in self.plan.pairs:
            lacking = [(n, p) for n, p in files.layers.items() if not writer.done(n, files.pair)]
            if lacking:
                yield PlaneTask(writer.target, files.pair, tuple(lacking), land)

    def _date_tasks(self, writer: CubeWriter | CubeAppender) -> Iterator[PlaneTask]:
        era5 = self.options.era5
        for day in self.plan.dates:
            files = [(f"{end}_{GACOS}", p) for end in PAIR if (p := self.plan.delays.get(day))]
            lacking = tuple((n, p) for n, p in files if not writer.done(n, day))
            weather = () if era5 is None else era5.layers_on(day)
            weather = tuple(n for n in weather if not writer.done(n, day))
            if lacking or weather:
                part = era5.on(day) if era5 is not None and weather else None
                yield PlaneTask(writer.target, day, lacking, weather=weather, era5=part)

    def _write_era5_times(self, writer: CubeWriter | CubeAppender) -> None:
        """By this process alone: all dates share a chunk."""
        era5 = self.options.era5
        for day in self.plan.dates if era5 is not None else ():
            seconds = era5.difference(day) if era5 is not None else None
            for end in PAIR:
                if seconds is not None and not writer.done(f"{end}_{ERA5_TIME}", day):
                    writer.write(f"{end}_{ERA5_TIME}", np.float32(seconds), date=day)

    def _leave_out(self, findings: Sequence[Finding]) -> None:
        for finding in findings:
            self.unreadable[Path(finding.where)] = finding
            self.tell(Log("warning", str(finding)))


def _existing(plan: FramePlan, out: Path, options: Options) -> BuildReport:
    """What to do about an output that is there; anything but this frame's cube is refused."""
    CubeWriter.clear(out)
    try:
        store = CubeStore.open(out)
    except CubeError as error:
        if not any((out / name).exists() for name in _STORES):
            raise _other_output(out, error.why or error.what) from error
        raise BuildError(
            "the output cannot be extended; it was not touched",
            where=out,
            why=": ".join(part for part in (error.what, error.why) if part),
            fix=error.fix or "give another output, or move this one away",
        ) from error
    if store.frame != plan.frame:
        raise _other_output(out, f"it is the cube of frame {store.frame}, not {plan.frame}")
    if not store.geometry.same_grid(plan.geometry):
        raise _other_output(out, f"it is a cube of {plan.frame} on another grid")
    era5 = options.era5
    if era5 is not None:
        _require_same_hours(store, era5)
    wanted = {*plan.layers, *(() if era5 is None else era5.layers)}
    new_pairs = {files.pair for files in plan.pairs} - set(store.pairs)
    lacking = any(not store.has(name) for name in wanted)
    if new_pairs or lacking or is_growing(out) or _new_weather(store, options):
        return _Assembly(plan, out, options).extend(store)
    return BuildReport(
        frame=plan.frame,
        path=out,
        state="unchanged",
        pairs=len(store.pairs),
        added=0,
        layers=store.layers,
        problems=plan.problems,
        gaps=plan.gaps,
        seconds=0.0,
    )


def _new_weather(store: CubeStore, options: Options) -> bool:
    """Whether there is ERA5 of a date that has none in the cube."""
    era5 = options.era5
    return era5 is not None and any(
        not store.has_date(name, day) for day in store.dates() for name in era5.layers_on(day)
    )


def _require_same_hours(store: CubeStore, era5: "Era5Plan") -> None:
    """One difference of time holds for all fields of a date."""
    field = store.layout.fields.get(f"{PAIR[0]}_{ERA5_TIME}")
    if field is None:
        return
    known = read_whole(field.array, f"{store.path}/{field.stored_name}")
    for day, before in zip(store.layout.primary_dates, known.tolist(), strict=False):
        now = era5.difference(day)
        if now is not None and abs(now - before) > 1:  # never for NaN
            raise BuildError(
                "the cube has ERA5 of another time",
                where=store.path,
                why=f"on {day} the hour lies {before:+.0f} s from the acquisition, "
                f"now {now:+.0f} s",
                fix="give the same --time, or build the cube anew",
            )


def _other_output(out: Path, why: str) -> BuildError:
    return BuildError(
        "the output is something else; it was not touched",
        where=out,
        why=why,
        fix="give another output, or move this one away",
    )
