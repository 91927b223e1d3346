"""Events kept beside the cube: every version of each, by whoever wrote it, for good.

Append-only files in ``<frame>.thalia/events``, one for each writer as with the journal of edits.
The newest version of an event counts; removing one is a version, too, and can be taken back by
writing an older version again.
"""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from thalia_core.annotate.events import Event
from thalia_core.annotate.journal import Journal, JournalReader
from thalia_core.annotate.records import line_of, time_of
from thalia_core.annotate.saving import explained
from thalia_core.errors import EditError

FOLDER = "events"


@dataclass(frozen=True, slots=True)
class Version:
    """What one person said of an event at one moment.

    Attributes:
        event: Identifier of the event.
        stamp: Nanoseconds since 1970: the order of versions.
        by: Who.
        value: The event; None where it was removed.
        problem: Why the version cannot be read, such as one of a newer program; else empty.
    """

    event: str
    stamp: int
    by: str
    value: Event | None
    problem: str = ""

    @property
    def time(self) -> str:
        """When, UTC, ISO 8601."""
        return time_of(self.stamp)


class EventStore:
    """The events of a cube. Each call sees what anybody wrote until then. Any thread.

    Args:
        sidecar: The folder beside the cube, which need not exist.
    """

    def __init__(self, sidecar: Path) -> None:
        self.folder = sidecar / FOLDER

    def versions(self) -> list[Version]:
        """All that was ever said, oldest first."""
        lines = [entry.line.header for entry in JournalReader(self.folder).new()]
        return sorted(map(_version, lines), key=lambda version: version.stamp)

    def events(self) -> tuple[Event, ...]:
        """The events as they are now, by their onset."""
        newest = {version.event: version for version in self.versions() if not version.problem}
        values = (version.value for version in newest.values() if version.value is not None)
        return tuple(sorted(values, key=lambda event: (event.onset, event.end, event.name)))

    def find(self, text: str) -> Event:
        """The event of that identifier (or its beginning) or name.

        Raises:
            EditError: There is none, or more than one.
        """
        events = self.events()
        found = [e for e in events if text in (e.id, e.name)]
        found = found or [e for e in events if e.id.startswith(text)]
        if len(found) != 1:
            known = ", ".join(f"'{event.name}' ({event.id})" for event in events)
            raise EditError(
                "no such event" if not found else "several events are meant",
                where=repr(text),
                fix=f"there are {known}" if known else "this cube has none; add one first",
            )
        return found[0]

    def put(self, event: Event, by: str) -> Event:
        """Keep an event, or another version of it; it is on the disk when this returns.

        Raises:
            EditError: The disk refused, or the folder cannot be written.
        """
        event = replace(event, id=event.id or uuid.uuid4().hex[:8])
        return self._append(event.id, by, event) or event

    def remove(self, identifier: str, by: str) -> None:
        """Have an event no more; its versions are kept.

        Raises:
            EditError: As for :meth:`put`.
        """
        self._append(identifier, by, None)

    def _append(self, identifier: str, by: str, event: Event | None) -> Event | None:
        stamp = max([time.time_ns(), *(version.stamp + 1 for version in self.versions())])
        if event is not None:
            event = replace(event, by=by, time=time_of(stamp))
        line = _line(identifier, stamp, by, event)
        journal = Journal.claim(self.folder, by)
        try:
            journal.append_line(line)
        except OSError as error:
            raise explained(error) from error
        finally:
            journal.close()
        return event


def next_instance(events: Sequence[Event]) -> int:
    """The least number that no event has in the masks."""
    taken = {event.instance for event in events}
    return next(number for number in range(1, len(taken) + 2) if number not in taken)


def _line(identifier: str, stamp: int, by: str, event: Event | None) -> bytes:
    values = None if event is None else event.values()
    header = {"kind": "event", "event": identifier, "stamp": stamp, "by": by, "value": values}
    return line_of(header)


def _version(header: dict[str, Any]) -> Version:
    identifier, stamp, by = str(header["event"]), int(header["stamp"]), str(header["by"])
    if header["value"] is None:
        return Version(identifier, stamp, by, None)
    try:
        return Version(identifier, stamp, by, Event.of_values(header["value"]))
    except (EditError, KeyError, TypeError, ValueError) as error:
        return Version(identifier, stamp, by, None, f"{type(error).__name__}: {error}")
