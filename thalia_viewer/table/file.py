"""Rows of the menus File and Edit."""

from thalia_viewer.table.row import Action

ROWS: tuple[Action, ...] = (
    Action("file.open", "Open archive or cube…", "Ctrl+O", "File", "file.open"),
    Action("file.rescan", "Look for new cubes", "F5", "File", "file.rescan", "archive"),
    Action("file.save", "Save now", "Ctrl+S", "File", "file.save", "editable", line=True),
    Action("file.picture", "Save picture of the window…", "", "File", "", "always"),
    Action("file.quit", "Quit", "Ctrl+Q", "File", line=True),
    Action("edit.undo", "Undo", "Ctrl+Z", "Edit", "edit.undo", "undoable"),
    Action("edit.redo", "Redo", "Ctrl+Shift+Z", "Edit", "edit.redo", "redoable"),
)
