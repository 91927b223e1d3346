"""Rows of the menu Edit about what was done: versions, conflicts, finished pairs."""

from thalia_viewer.table.row import Action

ROWS: tuple[Action, ...] = (
    Action(
        "history.show",
        "History",
        "F8",
        "Edit",
        "history.restore",
        "pair",
        "Every step on the pair: who did it and when; a click shows the pair as it was",
        line=True,
    ),
    Action(
        "history.restore",
        "Restore this version",
        "Shift+F8",
        "Edit",
        "history.restore",
        "version",
        "Masks and label as in the version that is shown, as one step that undo takes back",
    ),
    Action(
        "history.export",
        "Save history as CSV…",
        "",
        "Edit",
        "",
        "pair",
        "Who did what and when (UTC), one step a row, of the pairs that the history lists",
    ),
    Action(
        "history.conflicts",
        "Decide conflicts…",
        "",
        "Edit",
        "history.conflict",
        "conflict",
        "Where somebody else changed the same pixels: what was there, yours, theirs",
    ),
    Action(
        "history.recovered",
        "What was restored…",
        "",
        "Edit",
        "",
        "recovered",
        "Steps of a program that ended early, completed when the cube was opened",
    ),
    Action(
        "pair.finish",
        "Finished",
        "Ctrl+Return",
        "Edit",
        "lock",
        "session",
        "Set the state to done and lock masks and label; once more unlocks the pair",
        toggle=True,
        line=True,
    ),
)
