"""Rows of the sub-menu Paint/Instances, and of what helps with the caption."""

from thalia_viewer.table.row import Action

_MENU = "Paint/Instances"

ROWS: tuple[Action, ...] = (
    Action(
        "instance.new",
        "New instance",
        "Ctrl+Alt+N",
        _MENU,
        "",
        "editable",
        "What is painted next is a deformation pattern of its own",
    ),
    Action(
        "instance.next",
        "Next instance",
        "Alt+PgDown",
        _MENU,
        "",
        "editable",
        "Paint the next in the list",
    ),
    Action(
        "instance.previous",
        "Previous instance",
        "Alt+PgUp",
        _MENU,
        "",
        "editable",
        "Paint the one before it in the list",
    ),
    Action(
        "instance.recode",
        "Change type or intensity…",
        "Ctrl+Alt+R",
        _MENU,
        "",
        "editable",
        "Give all pixels of the instance another type or intensity, as one step",
        line=True,
    ),
    Action(
        "instance.merge",
        "Merge the marked ones",
        "Ctrl+Alt+M",
        _MENU,
        "",
        "editable",
        "The instances marked in the list become the first of them",
    ),
    Action(
        "instance.delete",
        "Delete instance",
        "Ctrl+Alt+D",
        _MENU,
        "",
        "editable",
        "Erase all pixels of the instance, and its entry",
    ),
    Action(
        "instance.fringes",
        "Count fringes of the instances",
        "Ctrl+Alt+F",
        _MENU,
        "",
        "editable",
        "Count the fringes of every instance and compare its intensity",
        line=True,
    ),
    Action(
        "caption.suggest",
        "Suggest a caption",
        "Ctrl+Shift+K",
        "Edit",
        "",
        "editable",
        "In the words of the experts, from the labels; nothing is overwritten",
        line=True,
    ),
)
