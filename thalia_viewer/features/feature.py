"""What the program asks of a feature; each answer has a default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from thalia_viewer.options import Options
    from thalia_viewer.parts import Parts
    from thalia_viewer.theme import Theme


class Feature(QObject):
    """One thing the window can do.

    Args:
        parts: Everything the program is made of.
        parent: Owner.
    """

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.parts = parts

    @property
    def waiting(self) -> bool:
        """Whether something that was asked for is not on the screen yet."""
        return False

    def begin(self, options: Options) -> None:
        """The first picture is there: do what the command line asked for."""

    def dress(self, theme: Theme) -> None:
        """Another theme."""

    def memory(self) -> dict[str, Any]:
        """Settings to remember, by their names."""
        return {}

    def stop(self) -> None:
        """The program ends: start nothing more."""
