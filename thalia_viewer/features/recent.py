"""The archives and cubes that were opened, to open again from the menu File."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from thalia_core.errors import ThaliaError
from thalia_viewer.features.feature import Feature
from thalia_viewer.table.file import RECENT

if TYPE_CHECKING:
    from thalia_core.archive.catalogue import Catalogue
    from thalia_viewer.parts import Parts


class RecentFeature(Feature):
    """Keeps the list and opens from it; what has gone is told and leaves the list."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        for n in range(RECENT):
            parts.actions.bind(f"file.recent.{n + 1}", partial(self._open, n))
        parts.actions.bind("file.recent.clear", lambda: self._keep([]))
        parts.opener.scanned.connect(self._opened)
        self._show()

    def _opened(self, _root: Path, catalogue: Catalogue) -> None:
        """What was opened goes to the head of the list."""
        name = str(catalogue.path.absolute())
        recent = self.parts.settings.value.recent
        if catalogue.frames and recent[:1] != [name]:
            self._keep([name, *(other for other in recent if other != name)][:RECENT])

    def _open(self, n: int) -> None:
        recent = self.parts.settings.value.recent
        if n < len(recent):
            path = Path(recent[n])
            # A share that is away may take its time to say so.
            self.parts.chores.latest("recent", path.exists, partial(self._found, path))

    def _found(self, path: Path, exists: bool) -> None:
        if exists:
            self.parts.opener.open(path)
            return
        self._keep([name for name in self.parts.settings.value.recent if name != str(path)])
        self.parts.errors.tell(
            f"{path} is not there any more; it was taken off the list of recent archives. "
            "If it lies on a share, connect the share and open it with Ctrl+O.",
            "warning",
            key="recent",
        )

    def _keep(self, recent: list[str]) -> None:
        try:
            self.parts.settings.update(recent=recent)
        except ThaliaError as error:
            self.parts.errors.report(error, key="settings")
        self._show()

    def _show(self) -> None:
        recent, actions = self.parts.settings.value.recent, self.parts.actions
        for n in range(RECENT):
            action = actions[f"file.recent.{n + 1}"]
            action.setVisible(n < len(recent) or (n == 0 and not recent))
            # The first letter is the way to it in the open menu; & would hide in a path.
            action.setText(_entry(n, recent[n]) if n < len(recent) else "Nothing was opened yet")
        actions["file.recent.clear"].setVisible(bool(recent))


def _entry(n: int, path: str) -> str:
    """A figure to press in the open menu, and the path as it is written."""
    figure = f"&{n + 1}" if n < 9 else "1&0"
    return f"{figure}  {path.replace('&', '&&')}"
