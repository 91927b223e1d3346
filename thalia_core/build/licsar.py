"""What a LiCSAR frame folder holds: its products, its grid, and everything that does not fit.

Planning reads headers and text files only; pixels are read when the cube is assembled. Raising is
kept for folders from which no cube can be made; whatever else is wrong becomes a ``Finding``.
"""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from thalia_core.build.geotiff import Header, read_header
from thalia_core.build.metadata import (
    FrameMetadata,
    read_baselines,
    read_metadata,
    read_outline,
)
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.pairs import DatePair
from thalia_core.errors import BuildError, ThaliaError

FRAME_ID = re.compile(r"\d{3}[AD]_(?:\d{5}_\d{6}|SM_[A-Za-z0-9]+_S\d)")
_PAIR = re.compile(r"\d{8}_\d{8}")
PAIR_FOLDERS = ("interferograms", "products", "GEOC")
"""Where pairs lie: LiCSAR now, LiCSAR before, LiCSBAS."""
_DEPTH = 3  # of a tree of frames: <root>/<track>/<frame>


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the source that a person should know."""

    where: Path
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.why}"


@dataclass(frozen=True, slots=True)
class PairFiles:
    """The files of one interferogram."""

    pair: DatePair
    phase: Path
    coherence: Path | None = None


@dataclass(frozen=True)
class FramePlan:
    """All that a cube of one frame will be made of.

    Attributes:
        source: The frame folder.
        frame: LiCSAR's id of the frame.
        geometry: The grid that every file of the plan shares.
        pairs: Files of every pair, sorted.
        dem: Heights, when the source has them.
        land_mask: Land mask, when the source has one.
        baselines: Perpendicular baseline of the epochs in m, against the frame's primary.
        metadata: What metadata.txt says.
        outline: The frame's outline as WKT.
        problems: Products that are there but cannot be used, by name.
        gaps: What the source does not have.
    """

    source: Path
    frame: str
    geometry: Geometry
    pairs: tuple[PairFiles, ...]
    dem: Path | None = None
    land_mask: Path | None = None
    baselines: Mapping[date, float] = field(default_factory=dict)
    metadata: FrameMetadata = field(default_factory=FrameMetadata)
    outline: str | None = None
    problems: tuple[Finding, ...] = ()
    gaps: tuple[Finding, ...] = ()

    @property
    def dates(self) -> tuple[date, ...]:
        """Every acquisition day of the pairs, sorted."""
        days = {day for files in self.pairs for day in (files.pair.primary, files.pair.secondary)}
        return tuple(sorted(days))

    @property
    def layers(self) -> tuple[str, ...]:
        """Schema names of the layers the source has."""
        has = {
            "insar_difference": bool(self.pairs),
            "insar_coherence": any(files.coherence for files in self.pairs),
            "dem": self.dem is not None,
            "land_mask": self.land_mask is not None,
        }
        return tuple(name for name, present in has.items() if present)

    def baseline(self, pair: DatePair) -> float:
        """B(second) - B(first) in m; NaN when one of them is unknown."""
        unknown = float("nan")
        return self.baselines.get(pair.secondary, unknown) - self.baselines.get(
            pair.primary, unknown
        )


def find_frames(source: Path) -> list[Path]:
    """The frame folders at or below ``source``, sorted.

    Raises:
        BuildError: There is no such folder, or no frame in it.
    """
    if not source.is_dir():
        raise BuildError(
            "cannot build from this source",
            where=source,
            why="it is a file" if source.exists() else "there is no such folder",
            fix="give a LiCSAR frame folder, or a folder of them",
        )
    try:
        frames = sorted(_frames_below(source, _DEPTH))
    except OSError as error:
        raise BuildError("cannot look into", where=error.filename, why=error.strerror) from error
    if not frames:
        raise BuildError(
            "not a LiCSAR frame",
            where=source,
            why="no folder in it is named interferograms/YYYYMMDD_YYYYMMDD",
            fix="give the folder that holds interferograms/ and metadata/",
        )
    return frames


def plan_frame(folder: Path) -> FramePlan:
    """Everything usable in one frame folder.

    Raises:
        BuildError: It holds no usable pair.
    """
    return _Planner(folder).plan()


def frame_id(folder: Path) -> str:
    """The frame's id: the folder's name, or else the name its metadata files carry."""
    name = os.path.basename(os.path.abspath(folder))  # of "." and ".." too, links as they are named
    if FRAME_ID.fullmatch(name):
        return name
    for path in sorted((folder / "metadata").glob("*.geo.*")):
        if FRAME_ID.fullmatch(path.name.split(".geo.")[0]):
            return path.name.split(".geo.")[0]
    return name


class _Planner:
    """Gathers one frame's products, and what is wrong with them, on the way to a plan."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.frame = frame_id(folder)
        self.problems: list[Finding] = []
        self.gaps: list[Finding] = []

    def plan(self) -> FramePlan:
        found = self._find_pairs()
        dem, land = self._find_layer("hgt"), self._find_layer("landmask")
        files = [p for pair in found for p in (pair.phase, pair.coherence)] + [
            dem,
            land,
        ]
        headers = self._headers(path for path in files if path)
        geometry = self._common_grid(headers)
        usable = {path for path, header in headers.items() if self._fits(header, geometry)}
        pairs = [pair for pair in found if self._complete(pair, usable)]
        if not pairs:
            raise self._no_pairs()
        metadata, baselines, outline = self._read_texts()
        self._note_gaps(pairs, baselines)
        return FramePlan(
            source=self.folder,
            frame=self.frame,
            geometry=geometry,
            pairs=tuple(sorted(pairs, key=lambda files: files.pair)),
            dem=dem if dem in usable else None,
            land_mask=land if land in usable else None,
            baselines=baselines,
            metadata=metadata,
            outline=outline,
            problems=tuple(self.problems),
            gaps=tuple(self.gaps),
        )

    def _find_pairs(self) -> list[PairFiles]:
        pairs: dict[DatePair, PairFiles] = {}
        for folder in _pair_folders(self.folder):
            try:
                pair = DatePair.parse(folder.name)
            except ThaliaError:
                self._problem(folder, "its name holds no two dates")
                continue
            phase = folder / f"{folder.name}.geo.diff_pha.tif"
            coherence = folder / f"{folder.name}.geo.cc.tif"
            if pair.days <= 0:
                self._problem(folder, "its first date is not before its second; not built")
            elif not phase.is_file():
                self._problem(folder, f"it has no {phase.name}; not built")
            else:
                pairs.setdefault(
                    pair,
                    PairFiles(pair, phase, coherence if coherence.is_file() else None),
                )
        return list(pairs.values())

    def _find_layer(self, name: str) -> Path | None:
        for folder in (self.folder / "metadata", self.folder / "GEOC", self.folder):
            for path in sorted(folder.glob(f"*.geo.{name}.tif")):
                return path
        return None

    def _headers(self, paths: Iterable[Path]) -> dict[Path, Header]:
        headers: dict[Path, Header] = {}
        for path in paths:
            try:
                headers[path] = read_header(path)
            except BuildError as error:
                self._problem(path, f"{error.why or error.what}; not built")
        return headers

    def _common_grid(self, headers: Mapping[Path, Header]) -> Geometry:
        """The grid that most rasters share; the first one found when two share as many."""
        groups: list[list[Geometry]] = []
        for header in headers.values():
            group = next((g for g in groups if g[0].same_grid(header.geometry)), None)
            if group is None:
                groups.append(group := [])
            group.append(header.geometry)
        if not groups:
            raise self._no_pairs()
        return max(groups, key=len)[0]

    def _fits(self, header: Header, geometry: Geometry) -> bool:
        ours = header.geometry
        if ours.same_grid(geometry):
            return True
        if ours.shape != geometry.shape:
            size = f"{ours.rows} x {ours.cols} pixels, the frame has"
            why = f"it has {size} {geometry.rows} x {geometry.cols}"
        else:
            (x, y), (fx, fy) = ours.lonlat(0, 0), geometry.lonlat(0, 0)
            why = f"its north-west pixel lies at {x:.7g} {y:.7g}, the frame's at {fx:.7g} {fy:.7g}"
        self._problem(header.path, f"{why}; not built")
        return False

    def _complete(self, files: PairFiles, usable: set[Path]) -> bool:
        """Whether all of the pair's files can be used: half a pair is not built."""
        needed = [path for path in (files.phase, files.coherence) if path]
        return all(path in usable for path in needed)

    def _read_texts(self) -> tuple[FrameMetadata, dict[date, float], str | None]:
        metadata, baselines, outline = FrameMetadata(), dict[date, float](), None
        if path := self._find_text("metadata.txt"):
            metadata = read_metadata(path)
            if metadata.missing:
                self._problem(path, f"no legible value of {', '.join(metadata.missing)}; left out")
        if path := self._find_text("baselines"):
            baselines, odd = read_baselines(path)
            for line in odd:
                self._problem(path, line)
        if path := self._find_text(f"{self.frame}-poly.txt"):
            outline = read_outline(path)
        return metadata, baselines, outline

    def _find_text(self, name: str) -> Path | None:
        for folder in ("metadata", "GEOC", "."):
            if (path := self.folder / folder / name).is_file():
                return path
        if not name.endswith("-poly.txt"):
            self.gaps.append(Finding(self.folder / "metadata" / name, "not in the source"))
        return None

    def _note_gaps(self, pairs: list[PairFiles], baselines: Mapping[date, float]) -> None:
        bare = [str(files.pair) for files in pairs if files.coherence is None]
        if bare and len(bare) < len(pairs):
            self.gaps.append(Finding(self.folder, f"no coherence for {', '.join(bare)}"))
        days = {day for files in pairs for day in (files.pair.primary, files.pair.secondary)}
        unknown = sorted(f"{day:%Y%m%d}" for day in days - set(baselines))
        if baselines and unknown:
            self.gaps.append(Finding(self.folder, f"no baseline of {', '.join(unknown)}"))
        if not FRAME_ID.fullmatch(self.frame):
            self.gaps.append(
                Finding(
                    self.folder,
                    "its name is no LiCSAR frame id; track and pass are unknown",
                )
            )

    def _problem(self, where: Path, why: str) -> None:
        self.problems.append(Finding(where, why))

    def _no_pairs(self) -> BuildError:
        named = "; ".join(str(finding) for finding in self.problems[:3])
        more = len(self.problems) - 3
        return BuildError(
            "no usable interferogram",
            where=self.folder,
            why=named + (f"; and {more} more" if more > 0 else ""),
            fix="each pair needs a sound YYYYMMDD_YYYYMMDD.geo.diff_pha.tif",
        )


def _frames_below(folder: Path, depth: int) -> list[Path]:
    if _pair_folders(folder):
        return [folder]
    if depth == 0:
        return []
    children = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    return [frame for child in children for frame in _frames_below(child, depth - 1)]


def _pair_folders(folder: Path) -> list[Path]:
    return sorted(
        child
        for name in PAIR_FOLDERS
        if (folder / name).is_dir()
        for child in (folder / name).iterdir()
        if _PAIR.fullmatch(child.name) and child.is_dir()
    )
