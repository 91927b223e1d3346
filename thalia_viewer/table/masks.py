"""Rows of the menu View on masks: how strongly and which of them are drawn."""

from thalia_viewer.table.row import Action

ROWS: tuple[Action, ...] = (
    Action(
        "masks.hatch",
        "Hatching by intensity",
        "Ctrl+Shift+H",
        "View",
        "",
        "pair",
        "Lines over the masks tell Low, Medium and High without colour",
        toggle=True,
    ),
    Action(
        "masks.only",
        "Only the type in the hand",
        "Shift+H",
        "View",
        "",
        "pair",
        "Draw the masks of the chosen activity type alone; the others are hidden, not gone",
        toggle=True,
    ),
    Action(
        "masks.fainter",
        "Fainter masks",
        ",",
        "View",
        "",
        "pair",
        "Opacity of the masks down by 10 percent",
    ),
    Action(
        "masks.stronger",
        "Stronger masks",
        ".",
        "View",
        "",
        "pair",
        "Opacity of the masks up by 10 percent",
    ),
)
