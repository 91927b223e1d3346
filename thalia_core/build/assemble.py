"""From a plan to a cube: plane by plane, resumable, whole or not there at all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from errno import ENOSPC
from pathlib import Path
from time import monotonic
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from thalia_core import __version__
from thalia_core.build.geotiff import read_coherence, read_height, read_land, read_phase
from thalia_core.build.licsar import FRAME_ID, Finding, FramePlan, PairFiles
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore, CubeWriter
from thalia_core.errors import BuildError, CubeError
from thalia_core.progress import Event, Log, Started, Step

Tell = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What became of one plan.

    Attributes:
        frame: The frame.
        path: The cube.
        state: ``unchanged`` when it was finished before.
        pairs: Interferograms in it.
        left_out: Planned pairs that could not be read.
        layers: Layers in it.
        problems: Products that were there but could not be used.
        gaps: What the source does not have.
        seconds: Time taken.
    """

    frame: str
    path: Path
    state: Literal["built", "resumed", "unchanged"]
    pairs: int
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
    if any((out / name).exists() for name in ("zarr.json", ".zgroup", ".zarray")):
        raise _other_output(out, "it is itself a Zarr store, whose name does not end in .zarr")
    return out / f"{plan.frame}.zarr"


def assemble(plan: FramePlan, out: Path, tell: Tell = lambda event: None) -> BuildReport:
    """Write the planned cube to ``out``, taking up where an interrupted build stopped.

    A cube of the same frame that is already there is left as it is.

    Raises:
        BuildError: The output is something else, or cannot be written, or no pair could be read.
    """
    if out.exists() or out.is_symlink():
        return _finished(plan, out)
    return _Assembly(plan, out, tell).run()


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
        "history": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} thalia {__version__} build licsar",
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

    def __init__(self, plan: FramePlan, out: Path, tell: Tell) -> None:
        self.plan, self.out, self.tell = plan, out, tell
        self.unreadable: dict[Path, Finding] = {}
        self.resumed = False

    def run(self) -> BuildReport:
        begun = monotonic()
        self._require_one_pair()
        planes = self._read_planes()
        layers = tuple(
            name for name in self.plan.layers if name in planes or name.startswith("insar_")
        )
        try:
            written = self._write(layers, planes)
        except OSError as error:
            cure = "free some space" if error.errno == ENOSPC else "see to that"
            raise BuildError(
                "cannot write the cube",
                where=self.out,
                why=error.strerror or str(error),
                fix=f"{cure} and run the same command again: it goes on where it stopped",
            ) from error
        return BuildReport(
            frame=self.plan.frame,
            path=self.out,
            state="resumed" if self.resumed else "built",
            pairs=written,
            layers=layers,
            problems=self.plan.problems + tuple(self.unreadable.values()),
            gaps=self.plan.gaps,
            seconds=monotonic() - begun,
        )

    def _require_one_pair(self) -> None:
        """Nothing is begun on the disk for a source whose rasters are all damaged."""
        if not any(self._read_pair(files) for files in self.plan.pairs):
            raise BuildError(
                "no usable interferogram",
                where=self.plan.source,
                why="; ".join(str(finding) for finding in list(self.unreadable.values())[:3]),
                fix="download the products again",
            )

    def _read_planes(self) -> dict[str, NDArray[Any]]:
        """The layers of the frame itself; one that cannot be read is named and left out."""
        planes: dict[str, NDArray[Any]] = {}
        for name, path, read in (
            ("dem", self.plan.dem, read_height),
            ("land_mask", self.plan.land_mask, read_land),
        ):
            if path is None:
                continue
            try:
                planes[name] = read(path)
            except BuildError as error:
                self._leave_out(path, error)
        return planes

    def _read_pair(self, files: PairFiles) -> dict[str, NDArray[Any]] | None:
        """Phase and coherence, or None (and a finding) when one of them cannot be read."""
        if files.phase in self.unreadable or files.coherence in self.unreadable:
            return None
        planes: dict[str, NDArray[Any]] = {}
        path: Path = files.phase
        try:
            if files.coherence is not None:
                path = files.coherence
                planes["insar_coherence"] = read_coherence(files.coherence)
            path = files.phase
            planes["insar_difference"] = read_phase(path)
        except BuildError as error:
            self._leave_out(path, error)
            return None
        if np.isnan(planes["insar_difference"]).all():
            self._leave_out(path, BuildError("it holds no data"))
            return None
        return planes

    def _write(self, layers: tuple[str, ...], planes: dict[str, NDArray[Any]]) -> int:
        plan = self.plan
        self.out.parent.mkdir(parents=True, exist_ok=True)
        with CubeWriter.start(
            self.out,
            frame=plan.frame,
            geometry=plan.geometry,
            dates=list(plan.dates),
            layers=list(layers),
            attrs=frame_attributes(plan),
            plan={"source": "licsar", "pairs": [str(files.pair) for files in plan.pairs]},
        ) as writer:
            for name, values in planes.items():
                if not writer.done(name):
                    writer.write(name, values)
            written = self._write_pairs(writer)
            baselines = {pair: plan.baseline(pair) for pair in written}
            writer.write_pair_values("perpendicular_baseline", baselines)
            writer.finish()
        return len(written)

    def _write_pairs(self, writer: CubeWriter) -> list[DatePair]:
        pairs = self.plan.pairs
        self.tell(Started(self.plan.frame))
        self.tell(Step(0, len(pairs)))
        written: list[DatePair] = []
        for count, files in enumerate(pairs, start=1):
            if self._write_pair(writer, files):
                written.append(files.pair)
            self.tell(Step(count, len(pairs), str(files.pair)))
        return written

    def _write_pair(self, writer: CubeWriter, files: PairFiles) -> bool:
        """Write one pair, the phase last: once it is there the pair is whole."""
        if writer.done("insar_difference", files.pair):
            self.resumed = True
            return True
        planes = self._read_pair(files)
        for name, values in (planes or {}).items():
            writer.write(name, values, pair=files.pair)
        return planes is not None

    def _leave_out(self, path: Path, error: BuildError) -> None:
        self.unreadable[path] = finding = Finding(path, f"{error.why or error.what}; not built")
        self.tell(Log("warning", str(finding)))


def _finished(plan: FramePlan, out: Path) -> BuildReport:
    """The report on an output that is there already; anything but this frame's cube is refused."""
    try:
        store = CubeStore.open(out)
    except CubeError as error:
        raise _other_output(out, error.why or error.what) from error
    if store.frame != plan.frame:
        raise _other_output(out, f"it is the cube of frame {store.frame}, not {plan.frame}")
    if not store.geometry.same_grid(plan.geometry):
        raise _other_output(out, f"it is a cube of {plan.frame} on another grid")
    absent = [files for files in plan.pairs if files.pair not in store.pairs]
    newer = tuple(
        Finding(files.phase, "not in the finished cube; build into a new output to have it")
        for files in absent
    )
    return BuildReport(
        frame=plan.frame,
        path=out,
        state="unchanged",
        pairs=len(store.pairs),
        layers=tuple(store.layers),
        problems=plan.problems + newer,
        gaps=plan.gaps,
        seconds=0.0,
    )


def _other_output(out: Path, why: str) -> BuildError:
    return BuildError(
        "the output is something else; it was not touched",
        where=out,
        why=why,
        fix="give another output, or move this one away",
    )
