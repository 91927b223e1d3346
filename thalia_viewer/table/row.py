"""One row of the table of actions."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Action:
    """One row of the table.

    Attributes:
        id: Stable name; the object name of everything that stands for the action.
        text: What menus and the key sheet say.
        key: Default key sequence, empty for none.
        menu: Title of the menu it stands in, with ``/`` before a sub-menu.
        icon: File in ``resources/icons``, without its ending.
        when: Condition under which it can be used, see ``EditPresenter``; ``layer NAME`` where
            the frame has that layer.
        tip: One sentence more than the text, units named.
        group: Of the actions in a group exactly one is checked.
        toggle: Has a checked and an unchecked state.
        hold: Acts while its key is held down.
        line: A line stands above it in its menu.
    """

    id: str
    text: str
    key: str = ""
    menu: str = ""
    icon: str = ""
    when: str = "always"
    tip: str = ""
    group: str = ""
    toggle: bool = False
    hold: bool = False
    line: bool = False
