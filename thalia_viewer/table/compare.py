"""Rows of the menu View on comparing two layers or pairs in one panel."""

from thalia_viewer.table.row import Action

_MENU = "View/Compare"
_WHAT = "the layer of the active panel, else of the second, else the neighbour's phase"

ROWS: tuple[Action, ...] = (
    Action(
        "compare.swipe",
        "Swipe",
        "Y",
        _MENU,
        "",
        "pair",
        f"A line to drag in the first panel; right of it {_WHAT}",
        toggle=True,
    ),
    Action("compare.left", "Line to the left", "Ctrl+Alt+Left", _MENU, "", "pair"),
    Action("compare.right", "Line to the right", "Ctrl+Alt+Right", _MENU, "", "pair"),
    Action(
        "compare.flicker",
        "Flicker while held",
        "F",
        _MENU,
        "",
        "pair",
        f"In the first panel, while the key is down, {_WHAT}",
        hold=True,
        line=True,
    ),
    Action(
        "compare.blink",
        "Flicker by itself",
        "Shift+F",
        _MENU,
        "",
        "pair",
        "Alternate between both, 0.6 s each",
        toggle=True,
    ),
)
