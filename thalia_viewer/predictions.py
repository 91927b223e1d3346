"""Predictions beside the cube: which runs there are, and the plane of the shown pair."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from thalia_viewer.canvas.layers import STYLES, encode
from thalia_viewer.tasks import Tasks

if TYPE_CHECKING:
    from thalia_core.cube.pairs import DatePair
    from thalia_viewer.state import ViewState

Index = NDArray[Any]


class Predictions(QObject):
    """Lists and reads prediction stores, on threads.

    Args:
        state: The selection.
        tasks: Threads for reading.
        parent: Owner.
    """

    listed = Signal(object)
    """Names of the runs that predicted on the open cube."""
    plane_read = Signal(object, object)
    """(DatePair, index plane of its probabilities, or None where the run has none for it)."""
    failed = Signal(object)

    def __init__(self, state: ViewState, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._tasks = tasks
        self._paths: dict[str, Path] = {}

    @property
    def waiting(self) -> bool:
        """Whether a plane is being read."""
        return self._tasks.waiting("prediction")

    @property
    def runs(self) -> tuple[str, ...]:
        """Names of the runs that predicted on the open cube, newest first."""
        return tuple(self._paths)

    @property
    def path(self) -> Path | None:
        """The store of the chosen run, else of the newest; None where no run predicted."""
        newest = next(iter(self._paths.values()), None)
        return self._paths.get(self._state.prediction or "", newest)

    def look(self, then_show: str | None = None) -> None:
        """Find the runs of the open cube; overlay one of them if asked."""
        cube = self._state.cube
        if cube is None:
            self._found({}, None)
            return
        path = cube.path
        self._tasks.latest(
            "predictions", lambda: _list(path), lambda found: self._found(found, then_show)
        )

    def read(self) -> None:
        """Read the plane of the selected run and pair."""
        cube, pair, run = self._state.cube, self._state.pair, self._state.prediction
        path = self._paths.get(run or "")
        if cube is None or pair is None or path is None:
            self._tasks.drop("prediction")
            self.plane_read.emit(pair, None)
            return
        self._tasks.latest(
            "prediction",
            lambda: _read(path, pair),
            lambda plane: self.plane_read.emit(pair, plane),
            self.failed.emit,
        )

    def _found(self, paths: dict[str, Path], then_show: str | None) -> None:
        self._paths = paths
        self.listed.emit(tuple(paths))
        if then_show in paths:
            if self._state.prediction == then_show:
                self.read()  # the same run predicted on more pairs
            else:
                self._state.set_prediction(then_show)


def _list(cube: Path) -> dict[str, Path]:
    """On a thread: run name -> prediction store, newest first."""
    from thalia_core.cube.store import PredictionStore

    stores = sorted(PredictionStore.list_for(cube), key=lambda p: -p.stat().st_mtime)
    return {path.name.removesuffix(".zarr"): path for path in stores}


def _read(path: Path, pair: DatePair) -> Index | None:
    """On a thread."""
    from thalia_core.cube.store import PredictionStore

    store = PredictionStore.open(path)
    if pair not in store.pairs:
        return None
    return encode(store.read(pair), STYLES["probability"], (0.0, 1.0))
