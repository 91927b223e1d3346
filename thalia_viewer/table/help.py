"""Rows of the menu Help."""

from thalia_viewer.table.row import Action

ROWS: tuple[Action, ...] = (
    Action("help.keys", "Keys", "?", "Help", "help.keys"),
    Action("help.log", "Show the crash log", "", "Help"),
    Action("help.about", "About Thalia", "", "Help", line=True),
)
