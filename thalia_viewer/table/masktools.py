"""Rows of the menu Paint: tools that act on regions of the mask, and what tidies a mask up."""

from thalia_viewer.table.row import Action

_TIDY = "Paint/Tidy up"


def _tool(name: str, text: str, key: str, tip: str) -> Action:
    return Action(
        f"tool.{name}", text, key, "Paint", f"tool.{name}", "editable", tip, "tool", toggle=True
    )


def _tidy(
    name: str, text: str, key: str, tip: str, icon: str = "", when: str = "editable"
) -> Action:
    return Action(f"tidy.{name}", text, key, _TIDY, icon, when, tip)


TOOLS: tuple[Action, ...] = (
    _tool(
        "lasso",
        "Lasso",
        "Shift+P",
        "Drag around what is to be painted; Shift takes it away, Esc gives up",
    ),
    Action(
        "tool.subtract",
        "Polygon and lasso take away",
        "-",
        "Paint",
        "tool.subtract",
        "editable",
        "The inside of polygon and lasso is erased; Shift at the start turns it round",
        toggle=True,
    ),
    _tool(
        "recode",
        "Recode brush",
        "Shift+B",
        "Paint only over the type and intensity under the first press, be it unlabelled",
    ),
    _tool(
        "fill",
        "Fill",
        "K",
        "Give the region of one class under the click the chosen class, or fill an enclosed hole",
    ),
    _tool(
        "pick",
        "Pick the class",
        "I",
        "Take type and intensity under the click, and go back to the tool before",
    ),
    _tool(
        "move",
        "Move a region",
        "Shift+V",
        "Drag a connected region of one type elsewhere; with Shift a copy of it",
    ),
)

_WHERE = "the region under the cursor, or the whole mask where there is none"

TIDY: tuple[Action, ...] = (
    _tidy(
        "holes",
        "Fill holes",
        "Ctrl+K",
        f"Label what is enclosed by {_WHERE}; each hole gets the class beside it",
        "tidy.holes",
    ),
    _tidy(
        "largest",
        "Keep the largest island",
        "Ctrl+L",
        "Of each type only its largest island stays; under the cursor, of that type only",
        "tidy.largest",
    ),
    _tidy(
        "islands",
        "Drop small islands",
        "Ctrl+I",
        "Erase the islands of the whole mask below the smallest area in km² of the settings",
        "tidy.islands",
    ),
    Action(
        "tidy.grow",
        "Grow",
        "Ctrl+]",
        _TIDY,
        "tidy.grow",
        "editable",
        f"Widen {_WHERE} by the step in pixels of the settings; never over other labels",
        line=True,
    ),
    _tidy(
        "shrink",
        "Shrink",
        "Ctrl+[",
        f"Narrow {_WHERE} by the step in pixels of the settings",
        "tidy.shrink",
    ),
    _tidy(
        "smooth",
        "Smooth",
        "Ctrl+R",
        f"Round off the outline of {_WHERE} by the width in pixels of the settings",
        "tidy.smooth",
    ),
    Action(
        "tidy.box",
        "Inside the last edit's box only",
        "Ctrl+B",
        _TIDY,
        "",
        "editable",
        "Tidying changes nothing outside of the box around what was edited last; it is shown",
        toggle=True,
        line=True,
    ),
    Action(
        "tidy.here",
        "What is under the cursor",
        "",
        _TIDY,
        "",
        "editable",
        "Tidy up the region under the cursor, or the whole mask where there is none",
        "tidied",
        toggle=True,
        line=True,
    ),
    Action(
        "tidy.class",
        "All of the chosen type",
        "",
        _TIDY,
        "",
        "editable",
        "Tidy up all regions of the activity type that is painted",
        "tidied",
        toggle=True,
    ),
    Action(
        "tidy.all",
        "The whole mask",
        "",
        _TIDY,
        "",
        "editable",
        "Tidy up all regions, wherever the cursor is",
        "tidied",
        toggle=True,
    ),
    Action(
        "tidy.amounts",
        "Step, width and smallest area…",
        "",
        _TIDY,
        "",
        "always",
        "Set the step (pixels), the width (pixels) and the smallest area (km²) in the settings",
        line=True,
    ),
)
