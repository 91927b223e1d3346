"""Filtering the archive on a thread: what the newest filter finds, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from thalia_core.errors import ConfigError

if TYPE_CHECKING:
    from thalia_core.archive.catalogue import Catalogue
    from thalia_core.archive.matches import Matches
    from thalia_viewer.state import ViewState
    from thalia_viewer.tasks import Tasks


@dataclass(frozen=True, slots=True)
class Found:
    """An answer.

    Attributes:
        matches: What the filter finds; None where there is no filter.
        unreviewed: Of each frame the pairs that nobody has finished.
    """

    matches: Matches | None
    unreviewed: dict[Path, int]


class Finder(QObject):
    """Answers the filter of the state.

    Args:
        state: The selection.
        tasks: Threads.
        parent: Owner.
    """

    found = Signal(object)
    """What the newest filter finds, as Found."""
    refused = Signal(str)
    """What is wrong with the newest filter; what was found before stays."""
    failed = Signal(object)
    """An error that is not the filter's."""

    def __init__(self, state: ViewState, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._tasks = tasks
        self._then: Callable[[], None] | None = None

    def look(self) -> None:
        """Another filter, or another catalogue; the answer to an older one is dropped."""
        catalogue = self._state.catalogue
        if catalogue is not None:
            work = partial(_find, self._state.filter, catalogue)
            self._tasks.latest("find", work, self._tell, self._fail)

    def when_found(self, then: Callable[[], None]) -> None:
        """Do something once the newest filter is answered; never where it is a wrong one."""
        self._then = None
        if self._tasks.waiting("find"):
            self._then = then
        else:
            then()

    def _tell(self, found: Found) -> None:
        self.found.emit(found)
        then, self._then = self._then, None
        if then is not None:
            then()

    def _fail(self, error: BaseException) -> None:
        self._then = None
        if isinstance(error, ConfigError):
            self.refused.emit(str(error))
        else:
            self.failed.emit(error)


def _find(text: str, catalogue: Catalogue) -> Found:
    """On a thread."""
    from thalia_core.archive.matches import Matches, unreviewed

    return Found(Matches.of(text, catalogue) if text else None, unreviewed(catalogue))
