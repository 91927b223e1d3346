"""Opening an archive or a cube, on threads: the first picture before the whole list."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from thalia_core.cube.labels import PairLabel
from thalia_core.cube.pairs import DatePair
from thalia_core.errors import CubeError, ThaliaError
from thalia_viewer.tasks import Tasks

if TYPE_CHECKING:
    from thalia_core.archive.catalogue import Catalogue
    from thalia_core.cube.store import CubeStore

_CALM_MS = 2500
"""After a write: times of files tell of changes only once they are some seconds old."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A cube that is ready to be shown.

    Attributes:
        cube: The cube.
        labels: The label of each pair.
        drawn: Activity types in the saved masks of each pair, bit n for code n.
        pair: The pair that was asked for, or None.
        way: Where none was: begin with the first (1) or last (-1) that the list shows.
    """

    cube: CubeStore
    labels: dict[DatePair, PairLabel]
    drawn: dict[DatePair, int]
    pair: DatePair | None
    way: int = 1


class Opener(QObject):
    """Opens what a person names.

    Args:
        tasks: Threads for reading.
        parent: Owner.
    """

    scanned = Signal(object, object)
    """(archive folder, Catalogue)."""
    opened = Signal(object)
    """The newest cube asked for, as Opened."""
    failed = Signal(object)
    """Why there is nothing to show."""

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._path: Path | None = None
        self._scanned: tuple[Path, Catalogue] | None = None
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_CALM_MS)
        self._again.timeout.connect(self._refresh)

    @property
    def waiting(self) -> bool:
        """Whether something is being opened."""
        return self.opening or self._tasks.waiting("scan")

    @property
    def opening(self) -> bool:
        """Whether a cube is being opened."""
        return self._tasks.waiting("open")

    def open(self, path: Path, pair: DatePair | None = None) -> None:
        """Open a cube or a folder of cubes: the first cube of it that can be read."""
        self._path = path
        self._tasks.latest("open", lambda: _first(path, pair), self.opened.emit, self.failed.emit)
        self.rescan()

    def open_cube(self, path: Path, way: int = 1, pair: DatePair | None = None) -> None:
        """Open another cube of the archive, at a pair, or at its first (1) or last (-1) one."""
        work = partial(_read, path, pair, way)
        self._tasks.latest("open", work, self.opened.emit, self.failed.emit)

    def rescan(self) -> None:
        """Look through the archive again."""
        path = self._path
        if path is not None:
            self._tasks.drop("refresh")
            self._scanned = None
            self._tasks.latest("scan", partial(_scan, path), self._show, self._scan_failed)

    def refresh_soon(self) -> None:
        """Labels were saved: look again at what changed, when nothing more is saved for a while."""
        self._again.start()

    def stop(self) -> None:
        """Look no more."""
        self._again.stop()

    def _refresh(self) -> None:
        if self._scanned is not None:
            root, catalogue = self._scanned
            work = partial(_look_again, root, catalogue)
            self._tasks.latest("refresh", work, self._show, self._scan_failed)

    def _show(self, found: tuple[Path, Catalogue]) -> None:
        self._scanned = found
        self.scanned.emit(*found)

    def _scan_failed(self, error: BaseException) -> None:
        if not isinstance(error, CubeError):
            self.failed.emit(error)  # what is wrong with the path is told by opening it


def _scan(path: Path) -> tuple[Path, Catalogue]:
    """On a thread: the archive folder and what lies in it."""
    from thalia_core.archive.catalogue import Catalogue, cube_paths

    root = path.parent if cube_paths(path) == [path] else path
    return root, Catalogue.open(path)


def _look_again(root: Path, catalogue: Catalogue) -> tuple[Path, Catalogue]:
    """On a thread."""
    return root, catalogue.refreshed()


def _first(path: Path, pair: DatePair | None) -> Opened:
    """On a thread: the first cube that can be read and has the pair."""
    from thalia_core.archive.catalogue import cube_paths

    problem: ThaliaError | None = None
    for cube_path in cube_paths(path):
        try:
            return _read(cube_path, pair)
        except ThaliaError as error:
            problem = problem or error
    assert problem is not None
    raise problem


def _read(path: Path, pair: DatePair | None, way: int = 1) -> Opened:
    """On a thread."""
    from thalia_core.cube.store import CubeStore

    cube = CubeStore.open(path)
    if pair is not None:
        cube.pairs.position(pair)
    if not len(cube.pairs):
        raise CubeError(
            "the cube has no interferogram",
            where=path,
            why="no date pair of it is valid",
            fix="build it again from products that hold at least one",
        )
    labels = dict(zip(cube.pairs, cube.read_labels(), strict=True))
    drawn = dict(zip(cube.pairs, cube.classes_in_masks()[0].tolist(), strict=True))
    return Opened(cube, labels, drawn, pair, way)
