"""Rows of the menu Pairs/Proposals: masks offered to many pairs, and the answers to them."""

from thalia_viewer.table.row import Action

_MENU = "Pairs/Proposals"

ROWS: tuple[Action, ...] = (
    Action(
        "propose.copy",
        "Copy mask to pairs…",
        "Ctrl+D",
        _MENU,
        "",
        "editable",
        "Offer the masks of this pair to others: they are drawn dashed, with the evidence of each "
        "pair's own phase (0 to 1), and are no labels before somebody accepts them",
    ),
    Action(
        "propose.between",
        "Interpolate to another pair…",
        "Ctrl+Shift+D",
        _MENU,
        "",
        "editable",
        "Offer the pairs between this one and another one with a mask what lies between the two "
        "masks, weighted by the days",
    ),
    Action(
        "propose.stop",
        "Stop proposing",
        "",
        _MENU,
        "",
        "proposing",
        "Look at no more pairs; nothing is proposed",
    ),
    Action(
        "propose.accept",
        "Accept proposal",
        "J",
        _MENU,
        "propose.accept",
        "proposed",
        "Make the proposal that is shown a label",
        line=True,
    ),
    Action(
        "propose.reject",
        "Reject proposal",
        "Q",
        _MENU,
        "propose.reject",
        "proposed",
        "Take the proposal that is shown away",
    ),
    Action(
        "propose.accept_next",
        "Accept and go to the next",
        "Shift+J",
        _MENU,
        "",
        "proposed",
        "Make the proposal a label and show the next pair that has one",
    ),
    Action(
        "propose.reject_next",
        "Reject and go to the next",
        "Shift+Q",
        _MENU,
        "",
        "proposed",
        "Take the proposal away and show the next pair that has one",
    ),
    Action(
        "propose.next",
        "Next pair with a proposal",
        "Shift+N",
        _MENU,
        "",
        "offered",
        "Show the next pair of the list that has a proposal",
    ),
    Action(
        "propose.accept_all",
        "Accept all in the list",
        "",
        _MENU,
        "",
        "offered",
        "Make the proposals of all listed pairs labels, as one step that undo takes back",
        line=True,
    ),
    Action(
        "propose.reject_all",
        "Reject all in the list",
        "",
        _MENU,
        "",
        "offered",
        "Take the proposals of all listed pairs away, as one step that undo takes back",
    ),
)
