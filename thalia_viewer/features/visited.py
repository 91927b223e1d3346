"""Back and forward through the pairs that were shown, across frames, as in a browser."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from thalia_core.errors import ThaliaError
from thalia_viewer.features.feature import Feature

if TYPE_CHECKING:
    from thalia_core.cube.pairs import DatePair
    from thalia_viewer.parts import Parts

_KEPT = 1000
"""Places that are remembered."""


class Visited(Feature):
    """The way a person came, and how to go back along it."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        self._places: list[tuple[Path, DatePair]] = []
        self._at = -1
        self._aim: int | None = None
        for name, n in (("back", -1), ("forward", 1)):
            parts.actions.bind(f"pair.{name}", partial(self._go, n))
        parts.actions.add_condition("back", lambda: self._at > 0)
        parts.actions.add_condition("forward", lambda: self._at < len(self._places) - 1)
        parts.state.pair_changed.connect(self._note)
        parts.opener.failed.connect(lambda _: self._give_up())

    def _note(self) -> None:
        """A pair is shown: the one that was aimed at, or a new end of the way."""
        cube, pair = self.parts.state.cube, self.parts.state.pair
        if cube is None or pair is None:
            return
        place = (cube.path, pair)
        if self._aim is not None and self._places[self._aim] == place:
            self._at = self._aim
        elif not self._places or self._places[self._at] != place:
            self._places = [*self._places[: self._at + 1], place][-_KEPT:]
            self._at = len(self._places) - 1
        self._give_up()

    def _go(self, n: int) -> None:
        aim = self._at + n
        state = self.parts.state
        if not 0 <= aim < len(self._places) or self.parts.opener.opening:
            return
        self._aim = aim
        path, pair = self._places[aim]
        if state.cube is None or state.cube.path != path:
            self.parts.opener.open_cube(path, pair=pair)
            return
        try:
            state.set_pair(pair)
        except ThaliaError as error:
            self._give_up()
            self.parts.errors.report(error)

    def _give_up(self) -> None:
        self._aim = None
        self.parts.actions.allow_again()
