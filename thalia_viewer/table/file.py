"""Rows of the menus File and Edit."""

from thalia_viewer.table.row import Action

RECENT = 10
"""Places of the list of archives that were opened."""

ROWS: tuple[Action, ...] = (
    Action("file.open", "Open archive or cube…", "Ctrl+O", "File", "file.open"),
    *(
        Action(
            f"file.recent.{n}",
            f"Recent archive {n}",
            "",
            "File/Open recent",
            tip="Open an archive or a cube again",
        )
        for n in range(1, RECENT + 1)
    ),
    Action("file.recent.clear", "Clear the list", "", "File/Open recent", line=True),
    Action("file.rescan", "Look for new cubes", "F5", "File", "file.rescan", "archive"),
    Action("file.save", "Save now", "Ctrl+S", "File", "file.save", "editable", line=True),
    Action(
        "file.export_edits",
        "Export edits…",
        "",
        "File",
        "",
        "pair",
        "Masks and labels that people made here, as a small file for a copy of this cube elsewhere",
    ),
    Action(
        "file.import_edits",
        "Import edits…",
        "",
        "File",
        "",
        "editable",
        "Bring in what somebody exported from a copy of this cube; what both changed is listed",
    ),
    Action(
        "file.save_picture",
        "Save picture…",
        "Ctrl+Shift+S",
        "File",
        "",
        "pair",
        "The picture with legend, scale and caption as PNG or SVG",
        line=True,
    ),
    Action(
        "file.geotiff",
        "Save layer as GeoTIFF…",
        "",
        "File",
        "",
        "pair",
        "The values of the shown layer in their units, for a GIS",
    ),
    Action(
        "file.contact_sheet",
        "Contact sheet…",
        "",
        "File",
        "",
        "pair",
        "Small pictures of many pairs on one sheet, as PNG or PDF",
    ),
    Action(
        "file.picture",
        "Save picture of the window…",
        "",
        "File",
        "",
        "always",
        "The whole window with its panels as PNG",
    ),
    Action("file.quit", "Quit", "Ctrl+Q", "File", line=True),
    Action("edit.undo", "Undo", "Ctrl+Z", "Edit", "edit.undo", "undoable"),
    Action("edit.redo", "Redo", "Ctrl+Shift+Z", "Edit", "edit.redo", "redoable"),
    Action(
        "edit.copy_picture",
        "Copy picture",
        "Ctrl+Shift+C",
        "Edit",
        "",
        "pair",
        "The picture with legend, scale and caption onto the clipboard",
        line=True,
    ),
    Action(
        "edit.settings",
        "Settings…",
        "Ctrl+,",
        "Edit",
        "",
        "always",
        "Name, theme, brush, memory, and the key of every action",
        line=True,
    ),
)
