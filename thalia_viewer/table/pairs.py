"""Rows of the menu Pairs: finding, and from pair to pair."""

from thalia_viewer.table import propose
from thalia_viewer.table.row import Action

ROWS: tuple[Action, ...] = (
    Action("pair.previous", "Previous pair", "A", "Pairs", "pair.previous", "pair"),
    Action("pair.next", "Next pair", "D", "Pairs", "pair.next", "pair"),
    Action(
        "pair.previous_secondary",
        "Previous secondary, same primary",
        "Shift+A",
        "Pairs",
        "",
        "pair",
        line=True,
    ),
    Action("pair.next_secondary", "Next secondary, same primary", "Shift+D", "Pairs", "", "pair"),
    Action("pair.previous_primary", "Previous primary, same secondary", "W", "Pairs", "", "pair"),
    Action("pair.next_primary", "Next primary, same secondary", "S", "Pairs", "", "pair"),
    Action(
        "pair.next_unlabelled",
        "Next unlabelled pair",
        "N",
        "Pairs",
        "pair.unlabelled",
        "pair",
        line=True,
    ),
    Action(
        "pair.find",
        "Find pairs",
        "Ctrl+F",
        "Pairs",
        "pair.find",
        "archive",
        "Filter the pairs of the archive: type:dyke days:<=24",
        line=True,
    ),
    Action(
        "pair.matrix",
        "Matrix of date pairs",
        "F3",
        "Pairs",
        "",
        "archive",
        "A cell for each pair of primary and secondary date; arrows step along the dates",
    ),
    Action(
        "pair.network",
        "Network of baselines",
        "F4",
        "Pairs",
        "",
        "archive",
        "Dates by time and perpendicular baseline (m), pairs as lines between them",
    ),
    Action(
        "pair.back", "Back", "Alt+Left", "Pairs", "", "back", "The pair shown before", line=True
    ),
    Action("pair.forward", "Forward", "Alt+Right", "Pairs", "", "forward", "The pair shown after"),
    Action("frame.previous", "Previous frame", "Ctrl+PgUp", "Pairs", "", "archive", line=True),
    Action("frame.next", "Next frame", "Ctrl+PgDown", "Pairs", "", "archive"),
    *propose.ROWS,
)
