"""Records with their pixels: those used last in memory, within a budget of bytes.

The journal keeps every step for good, so undo has no end; memory holds a bounded part of it.
"""

import threading
from collections import OrderedDict

from thalia_core.annotate.journal import Place
from thalia_core.annotate.records import Line, Record

BUDGET = 64 * 2**20
"""Bytes of pixels kept in memory, some hundred strokes of a wide brush."""
_BARE = 1000
"""Bytes of a record without pixels."""


class Shelf:
    """Where the records are. Any thread.

    Args:
        budget: Bytes of records kept in memory beside those that are on no disk yet.
    """

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._mutex = threading.Lock()
        self._unsaved: dict[str, Record] = {}
        self._places: dict[str, Place] = {}
        self._recent: OrderedDict[str, Record] = OrderedDict()
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """Bytes of the records in memory that can be read again."""
        return self._bytes

    def put(self, record: Record) -> None:
        """A record that is on no disk yet: it stays until its place is known."""
        with self._mutex:
            self._unsaved[record.id] = record

    def note(self, identifier: str, place: Place) -> None:
        """A record stands there from now on."""
        with self._mutex:
            self._places[identifier] = place
            record = self._unsaved.pop(identifier, None)
            if record is not None:
                self._keep(record)

    def __contains__(self, identifier: str) -> bool:
        """Whether it is known where the record is."""
        return identifier in self._unsaved or identifier in self._places

    def find(self, identifier: str) -> Record | Line:
        """A record in memory, else its line in the journal with everything still packed.

        Raises:
            EditError: It has to be read again and cannot.
        """
        with self._mutex:
            record = self._unsaved.get(identifier) or self._recent.get(identifier)
            if record is not None:
                return record
            place = self._places[identifier]
        return place.read()

    def get(self, identifier: str) -> Record:
        """A record with its pixels.

        Raises:
            EditError: It has to be read again and cannot.
        """
        found = self.find(identifier)
        if isinstance(found, Record):
            return found
        record = found.record()
        with self._mutex:
            self._keep(record)
        return record

    def _keep(self, record: Record) -> None:
        if record.id in self._recent:
            return
        self._recent[record.id] = record
        self._bytes += _size(record)
        while self._bytes > self._budget and self._recent:
            _, oldest = self._recent.popitem(last=False)
            self._bytes -= _size(oldest)


def _size(record: Record) -> int:
    pixels = 0
    for patch in record.edit.masks:
        codes = (*patch.before.values(), *patch.after.values())
        pixels += patch.bits.nbytes + sum(plane.nbytes for plane in codes)
    return _BARE + pixels
