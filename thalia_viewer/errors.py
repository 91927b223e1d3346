"""The one path of every error: expected ones to the message bar, others to the crash log too."""

import faulthandler
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from PySide6.QtCore import QObject, Signal

from thalia_core.errors import ThaliaError


@dataclass(frozen=True, slots=True)
class Message:
    """Something a person should know.

    Attributes:
        level: ``info``, ``warning`` or ``error``.
        text: What, where, why and what to do, in sentences.
        key: Messages of one key replace each other, so that a failure that repeats is told once.
    """

    level: str
    text: str
    key: str = ""


class ErrorPath(QObject):
    """Collects errors from slots, threads and tasks and tells them as messages.

    Args:
        log: File for the tracebacks of unknown exceptions.
        parent: Owner.
    """

    told = Signal(object)
    """A Message; emitted on the thread of this object."""
    settled = Signal(str)
    """The key of messages that no longer hold."""

    def __init__(self, log: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.log = log
        self._fault_file: IO[str] | None = None
        self._hooks = (sys.excepthook, threading.excepthook)

    def install(self) -> None:
        """Become the hook of uncaught exceptions, on every thread, and of hard faults."""
        sys.excepthook = self._uncaught
        threading.excepthook = self._uncaught_in_thread
        try:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            self._fault_file = self._fault_log.open("a", encoding="utf-8")
            faulthandler.enable(self._fault_file)
        except OSError:
            self._fault_file = None  # a read-only home must not stop the program

    def uninstall(self) -> None:
        """Give the hooks back; the fault log of a run that ended well is removed."""
        sys.excepthook, threading.excepthook = self._hooks
        if self._fault_file is not None:
            faulthandler.disable()
            self._fault_file.close()
            self._fault_file = None
            try:
                if not self._fault_log.stat().st_size:
                    self._fault_log.unlink()
            except OSError:
                pass  # another window was closed first: they share the log

    def last_crash(self) -> Message | None:
        """What the last run left in the fault log, told once."""
        try:
            if not self._fault_log.stat().st_size:
                return None
            kept = self._fault_log.with_suffix(".last.log")
            self._fault_log.replace(kept)
        except OSError:
            return None
        return Message(
            "warning",
            f"Thalia ended in a crash last time. The trace is in {kept}. "
            "Annotations are kept by their journal and restored when their cube is opened.",
        )

    def report(self, error: BaseException, doing: str = "", key: str = "") -> None:
        """Tell an exception; any thread.

        Args:
            error: What was raised.
            doing: What the program was about, for exceptions that do not say.
            key: See ``Message.key``.
        """
        if isinstance(error, ThaliaError):
            self.told.emit(Message("error", _sentence(str(error)), key))
            return
        written = self._write(error)
        place = f" The trace is in {self.log}." if written else ""
        head = f"Unexpected error while {doing}" if doing else "Unexpected error"
        text = f"{head}: {type(error).__name__}: {error}."
        self.told.emit(Message("error", f"{text}{place}", key))

    def tell(self, text: str, level: str = "info", key: str = "") -> None:
        """Tell something that is no exception."""
        self.told.emit(Message(level, text, key))

    def settle(self, key: str) -> None:
        """Take back the messages of a key."""
        self.settled.emit(key)

    @property
    def _fault_log(self) -> Path:
        return self.log.with_name("fault.log")

    def _write(self, error: BaseException) -> bool:
        lines = traceback.format_exception(error)
        try:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            with self.log.open("a", encoding="utf-8") as file:
                file.write(f"--- {time.strftime('%Y-%m-%dT%H:%M:%S%z')}\n{''.join(lines)}")
        except OSError:
            return False
        return True

    def _uncaught(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._hooks[0](kind, error, trace)
            return
        self.report(error)

    def _uncaught_in_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self.report(args.exc_value)


def _sentence(text: str) -> str:
    head = text[:1].upper() + text[1:]
    return head if head.endswith((".", "!", "?")) else f"{head}."
