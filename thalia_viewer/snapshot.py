"""``--screenshot``: wait until all is drawn, save the window as a picture, end."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from thalia_viewer.errors import Message

_LOOK_MS = 15


class Snapshot(QObject):
    """Takes one picture of the window.

    Args:
        window: What is pictured.
        file: Where the PNG goes.
        settled: Whether everything that was asked for is on the screen.
        leave: Ends the program with an exit code.
        patience: Seconds after which waiting is an error.
    """

    def __init__(
        self,
        window: QWidget,
        file: Path,
        settled: Callable[[], bool],
        leave: Callable[[int], None],
        patience: float = 120.0,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._file = file
        self._settled = settled
        self._leave = leave
        self._until = time.monotonic() + patience
        self._calm = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(_LOOK_MS)

    def told(self, message: Message) -> None:
        """An error ends the program."""
        if message.level == "error":
            self._fail(message.text)

    def _look(self) -> None:
        # Twice in a row: what the last answer started shows up in the next round of events.
        self._calm = self._calm + 1 if self._settled() else 0
        if self._calm > 1:
            self._timer.stop()
            self._save()
        elif time.monotonic() > self._until:
            self._fail("the picture was not ready in time")

    def _save(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        if self._window.grab().save(str(self._file), "PNG"):
            self._leave(0)
        else:
            self._fail(f"cannot write {self._file}")

    def _fail(self, text: str) -> None:
        self._timer.stop()
        sys.stderr.write(f"{text}\n")
        self._leave(1)
