"""Who did what and when, as a table for people and spreadsheets."""

import csv
import io
from collections.abc import Iterable

from thalia_core.annotate.history import StepInfo

_COLUMNS = ("frame", "time", "by", "step", "pairs", "pixels", "fields", "state", "id")


def audit(frame: str, steps: Iterable[StepInfo]) -> str:
    """Steps as CSV, one a row.

    Times are UTC; ``pixels`` counts changed pixels of all pairs of the step; ``state`` is ``done``
    or ``taken back``. Several pairs or fields in a cell are separated by blanks.

    Args:
        frame: Which frame they belong to.
        steps: In the order of the rows.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_COLUMNS)
    for step in steps:
        state = "done" if step.active else "taken back"
        pairs, fields = " ".join(map(str, step.pairs)), " ".join(step.fields)
        row = (frame, step.time, step.by, step.name, pairs, step.pixels, fields, state, step.id)
        table.writerow([_tame(value) for value in row])
    return text.getvalue()


def _tame(value: object) -> object:
    """A text that a spreadsheet would take for a formula, as text."""
    formula = isinstance(value, str) and value.startswith(("=", "+", "-", "@"))
    return f"'{value}" if formula else value
