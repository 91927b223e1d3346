"""What a LiCSAR frame folder holds: its products, its grid, and everything that does not fit.

Planning reads headers and text files only; pixels are read when the cube is assembled. Raising is
kept for folders from which no cube can be made; whatever else is wrong becomes a ``Finding``.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from thalia_core.build.findings import Finding
from thalia_core.build.geotiff import Header, read_header
from thalia_core.build.metadata import (
    FrameMetadata,
    read_baselines,
    read_metadata,
    read_outline,
)
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import GACOS, PAIR
from thalia_core.errors import BuildError, ThaliaError

FRAME_ID = re.compile(r"\d{3}[AD]_(?:\d{5}_\d{6}|SM_[A-Za-z0-9]+_S\d)")
_PAIR = re.compile(r"\d{8}_\d{8}")
PAIR_FOLDERS = ("interferograms", "products", "GEOC")
"""Where pairs lie: LiCSAR now, LiCSAR before, LiCSBAS."""
EPOCH_FOLDERS = ("epochs", "products/epochs", "GEOC/epochs", "GEOC")
_DAY = re.compile(r"\d{8}")
_DEPTH = 3  # of a tree of frames: <root>/<track>/<frame>


@dataclass(frozen=True, slots=True)
class PairFiles:
    """The files of one interferogram."""

    pair: DatePair
    phase: Path
    coherence: Path | None = None
    unwrapped: Path | None = None

    @property
    def layers(self) -> dict[str, Path]:
        """Schema name -> file."""
        files = {
            "insar_coherence": self.coherence,
            "unwrapped_phase": self.unwrapped,
            "insar_difference": self.phase,
        }
        return {name: path for name, path in files.items() if path is not None}


@dataclass(frozen=True)
class FramePlan:
    """All that a cube of one frame will be made of.

    Attributes:
        source: The frame folder.
        frame: LiCSAR's id of the frame.
        geometry: The grid that every file of the plan shares.
        pairs: Files of every pair, sorted.
        dem: Heights, when the source has them.
        sight: East, north and up part of the line of sight to the satellite, by schema name.
        delays: GACOS slant delay of the epochs.
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
    sight: Mapping[str, Path] = field(default_factory=dict)
    delays: Mapping[date, Path] = field(default_factory=dict)
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
            "unwrapped_phase": any(files.unwrapped for files in self.pairs),
            **dict.fromkeys(self.sight, True),
            **dict.fromkeys((f"{end}_{GACOS}" for end in PAIR), bool(self.delays)),
        }
        return tuple(name for name, present in has.items() if present)

    @property
    def frame_files(self) -> dict[str, Path]:
        """Schema name -> file of the layers of the frame itself."""
        files = {"dem": self.dem, "land_mask": self.land_mask, **self.sight}
        return {name: path for name, path in files.items() if path is not None}

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


def plan_frame(folder: Path, *, gacos: bool = False) -> FramePlan:
    """Everything usable in one frame folder.

    Args:
        folder: The frame.
        gacos: Take the GACOS delays too: large, and smooth enough to be had again.

    Raises:
        BuildError: It holds no usable pair.
    """
    return _Planner(folder, gacos).plan()


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

    def __init__(self, folder: Path, gacos: bool) -> None:
        self.folder = folder
        self.gacos = gacos
        self.frame = frame_id(folder)
        self.problems: list[Finding] = []
        self.gaps: list[Finding] = []

    def plan(self) -> FramePlan:
        found = self._find_pairs()
        dem, land = self._find_layer("hgt"), self._find_layer("landmask")
        sight = {f"los_{way}": self._find_layer(way[0].upper()) for way in ("east", "north", "up")}
        delays = self._find_delays()
        files = [path for pair in found for path in pair.layers.values()]
        files += [path for path in (dem, land, *sight.values(), *delays.values()) if path]
        headers = self._headers(files)
        geometry = self._common_grid(headers)
        usable = {path for path, header in headers.items() if self._fits(header, geometry)}
        pairs = [
            pair if pair.unwrapped in usable else replace(pair, unwrapped=None)
            for pair in found
            if self._complete(pair, usable)
        ]
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
            sight=self._usable_sight(sight, usable),
            delays={day: path for day, path in delays.items() if path in usable},
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
            phase, coherence, unwrapped = (
                folder / f"{folder.name}.geo.{kind}.tif" for kind in ("diff_pha", "cc", "unw")
            )
            if pair in pairs:
                self._problem(folder, f"{pair} stands in {pairs[pair].phase.parent} too; not built")
            elif pair.days <= 0:
                self._problem(folder, "its first date is not before its second; not built")
            elif not phase.is_file():
                self._problem(folder, f"it has no {phase.name}; not built")
            else:
                pairs[pair] = PairFiles(
                    pair,
                    phase,
                    coherence if coherence.is_file() else None,
                    unwrapped if unwrapped.is_file() else None,
                )
        return list(pairs.values())

    def _find_layer(self, name: str) -> Path | None:
        for folder in (self.folder / "metadata", self.folder / "GEOC", self.folder):
            for path in sorted(folder.glob(f"*.geo.{name}.tif")):
                return path
        return None

    def _find_delays(self) -> dict[date, Path]:
        """GACOS delay of each epoch, wherever the epochs lie."""
        delays: dict[date, Path] = {}
        for place in EPOCH_FOLDERS:
            for path in sorted((self.folder / place).glob("*/*.sltd.geo.tif")):
                if match := _DAY.match(path.name):
                    delays.setdefault(date.fromisoformat(match[0]), path)
        if delays and not self.gacos:
            many = f"GACOS delays of {len(delays)} dates are there; --gacos adds them"
            self.gaps.append(Finding(self.folder, many))
            return {}
        return delays

    def _usable_sight(self, sight: Mapping[str, Path | None], usable: set[Path]) -> dict[str, Path]:
        """The line of sight, if all three parts can be used: two of them say nothing."""
        found = {name: path for name, path in sight.items() if path in usable and path is not None}
        if found and len(found) < len(sight):
            self._problem(self.folder, "E, N and U are not all usable; not built")
            return {}
        return found

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
            with self._named(path):
                metadata = read_metadata(path)
                if missing := ", ".join(metadata.missing):
                    self._problem(path, f"no legible value of {missing}; left out")
        if path := self._find_text("baselines"):
            with self._named(path):
                baselines, odd = read_baselines(path)
                for line in odd:
                    self._problem(path, line)
        if path := self._find_text(f"{self.frame}-poly.txt"):
            with self._named(path):
                outline = read_outline(path)
        return metadata, baselines, outline

    @contextmanager
    def _named(self, path: Path) -> Iterator[None]:
        """A text that cannot be read is named; the cube does without."""
        try:
            yield
        except BuildError as error:
            self._problem(path, f"cannot be read ({error.why}); left out")

    def _find_text(self, name: str) -> Path | None:
        for folder in ("metadata", "GEOC", "."):
            if (path := self.folder / folder / name).is_file():
                return path
        if not name.endswith("-poly.txt"):
            self.gaps.append(Finding(self.folder / "metadata" / name, "not in the source"))
        return None

    def _note_gaps(self, pairs: list[PairFiles], baselines: Mapping[date, float]) -> None:
        loose = [str(files.pair) for files in pairs if files.unwrapped is None]
        if loose and len(loose) < len(pairs):
            self.gaps.append(Finding(self.folder, f"no unwrapped phase for {', '.join(loose)}"))
        bare = [str(files.pair) for files in pairs if files.coherence is None]
        if bare:
            which = ", ".join(bare) if len(bare) < len(pairs) else "any pair"
            self.gaps.append(Finding(self.folder, f"no coherence for {which}"))
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
    """Folders of pairs, those of the present layout first."""
    return [
        child
        for name in PAIR_FOLDERS
        if (folder / name).is_dir()
        for child in sorted((folder / name).iterdir())
        if _PAIR.fullmatch(child.name) and child.is_dir()
    ]
