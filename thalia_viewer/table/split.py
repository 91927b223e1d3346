"""Rows of the menu View: one to six panels of the picture, and what they show."""

from thalia_viewer.table.row import Action

_MENU = "View/Split picture"
_COUNTS = ("One panel", "Two panels", "Three panels", "Four panels", "Five panels", "Six panels")

ROWS: tuple[Action, ...] = (
    *(
        Action(
            f"split.{n}",
            text,
            f"Ctrl+Alt+{n}",
            _MENU,
            when="pair",
            tip="Panels of the picture, with one view and one cursor",
            group="split",
            toggle=True,
        )
        for n, text in enumerate(_COUNTS, start=1)
    ),
    Action(
        "split.duty",
        "Duty view",
        "F7",
        _MENU,
        "",
        "pair",
        "Phase, coherence, heights or land, water vapour, and the neighbour with the same primary",
        line=True,
    ),
    Action(
        "split.next",
        "Next panel of the picture",
        "F6",
        _MENU,
        "",
        "pair",
        "The keys of layers then mean the next panel",
        line=True,
    ),
    Action("split.previous", "Previous panel of the picture", "Shift+F6", _MENU, "", "pair"),
    Action("split.close", "Close this panel", "Ctrl+Alt+W", _MENU, "", "panel"),
    Action(
        "split.this",
        "This pair",
        "",
        _MENU,
        "",
        "panel",
        "Show the chosen pair in this panel",
        "whose",
        toggle=True,
        line=True,
    ),
    Action(
        "split.same_primary",
        "Neighbour with the same primary",
        "",
        _MENU,
        "",
        "panel",
        "Show the next pair that shares the primary date in this panel",
        "whose",
        toggle=True,
    ),
    Action(
        "split.same_secondary",
        "Neighbour with the same secondary",
        "",
        _MENU,
        "",
        "panel",
        "Show the next pair that shares the secondary date in this panel",
        "whose",
        toggle=True,
    ),
    Action(
        "split.pin",
        "Pin the pair shown now",
        "Ctrl+Alt+P",
        _MENU,
        "",
        "panel",
        "This panel stays with its pair while others are chosen",
        "whose",
        toggle=True,
    ),
)
