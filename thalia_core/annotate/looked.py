"""What a person has gone through of a list about a cube, such as labels that hardly fit in time.

Append-only files in ``<frame>.thalia/looked``, one for each writer as with the journal of edits.
The marks are each person's own: that somebody else looked is no reason not to. The newest word on a
key counts, and taking a mark away is a word, too.
"""

import time
from pathlib import Path

from thalia_core.annotate.journal import Journal, JournalReader
from thalia_core.annotate.records import line_of
from thalia_core.annotate.saving import explained

FOLDER = "looked"


class LookedStore:
    """The marks beside a cube. Each call sees what was written until then. Any thread.

    Args:
        sidecar: The folder beside the cube, which need not exist.
    """

    def __init__(self, sidecar: Path) -> None:
        self.folder = sidecar / FOLDER

    def keys(self, by: str) -> frozenset[str]:
        """What a person has looked at."""
        lines = [entry.line.header for entry in JournalReader(self.folder).new()]
        said = {
            str(line["key"]): bool(line["done"])
            for line in sorted(lines, key=lambda line: int(line["stamp"]))
            if line["by"] == by
        }
        return frozenset(key for key, done in said.items() if done)

    def mark(self, key: str, by: str, *, done: bool) -> None:
        """Set a mark or take it away; it is on the disk when this returns.

        Raises:
            EditError: The disk refused, or the folder cannot be written.
        """
        line = line_of(
            {"kind": "looked", "key": key, "stamp": time.time_ns(), "by": by, "done": done}
        )
        journal = Journal.claim(self.folder, by)
        try:
            journal.append_line(line)
        except OSError as error:
            raise explained(error) from error
        finally:
            journal.close()
