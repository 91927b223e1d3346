"""All that a person can tell the program: one table, from which menus, keys and help follow.

Each menu has a file; a new action is a row there and a ``bind`` where it is done.
"""

from thalia_viewer.table import (
    events,
    file,
    gate,
    help,
    history,
    instances,
    measure,
    model,
    paint,
    pairs,
    view,
)
from thalia_viewer.table.layers import LAYER_TITLES
from thalia_viewer.table.row import Action

__all__ = ["ACTIONS", "LAYER_TITLES", "MENUS", "MNEMONICS", "Action", "by_id"]

ACTIONS: tuple[Action, ...] = (
    *file.ROWS,
    *history.ROWS,
    *pairs.ROWS,
    *events.ROWS,
    *paint.ROWS,
    *instances.ROWS,
    *gate.ROWS,
    *view.ROWS,
    *measure.ROWS,
    *model.ROWS,
    *help.ROWS,
)

MENUS: tuple[str, ...] = ("File", "Edit", "Pairs", "Paint", "View", "Measure", "Model", "Help")

MNEMONICS: dict[str, str] = {
    "File": "F",
    "Edit": "E",
    "Pairs": "P",
    "Paint": "t",
    "View": "V",
    "Measure": "M",
    "Model": "d",
    "Help": "H",
}
"""The letter of each menu that opens it together with Alt."""


def by_id(name: str) -> Action:
    """The row of that id."""
    return next(row for row in ACTIONS if row.id == name)
