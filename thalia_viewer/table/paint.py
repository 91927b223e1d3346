"""Rows of the menu Paint: tools and classes."""

from thalia_core.cube.labels import Activity, Intensity
from thalia_viewer.table import masktools
from thalia_viewer.table.row import Action

_CLASS_ACTIONS = tuple(
    Action(
        f"activity.{int(code)}",
        code.name.capitalize(),
        str(int(code)),
        "Paint/Activity type",
        when="editable",
        tip=f"Paint the activity type {code.name.capitalize()}",
        group="activity",
        toggle=True,
    )
    for code in Activity
    if code
) + tuple(
    Action(
        f"intensity.{int(code)}",
        code.name.capitalize(),
        f"Alt+{int(code)}",
        "Paint/Intensity",
        when="intense",
        tip=f"Paint the intensity {code.name.capitalize()}: {fringes}",
        group="intensity",
        toggle=True,
    )
    for code, fringes in (
        (Intensity.LOW, "1 fringe"),
        (Intensity.MEDIUM, "2 to 3 fringes"),
        (Intensity.HIGH, "more than 3 fringes"),
    )
)

ROWS: tuple[Action, ...] = (
    Action(
        "tool.pan", "Pan", "V", "Paint", "tool.pan", "pair", "Move the picture", "tool", toggle=True
    ),
    Action(
        "tool.brush",
        "Brush",
        "B",
        "Paint",
        "tool.brush",
        "editable",
        "Paint the chosen type and intensity; Ctrl-drag erases",
        "tool",
        toggle=True,
    ),
    Action(
        "tool.eraser",
        "Eraser",
        "E",
        "Paint",
        "tool.eraser",
        "editable",
        "Remove the mask under the brush",
        "tool",
        toggle=True,
    ),
    Action(
        "tool.polygon",
        "Polygon",
        "P",
        "Paint",
        "tool.polygon",
        "editable",
        "Click corners, Enter or a double click closes, Esc gives up; begun with Shift it erases",
        "tool",
        toggle=True,
    ),
    *masktools.TOOLS,
    Action(
        "tool.wand",
        "Fringe wand",
        "M",
        "Paint",
        "tool.wand",
        "editable",
        "Click on fringes: the whole lobe that moves together; drag for another threshold (cm), "
        "Enter or a click inside paints it, Ctrl-click takes it away, Esc gives up",
        "tool",
        toggle=True,
    ),
    Action("tool.swap", "Swap the last two tools", "X", "Paint", "", "editable", line=True),
    Action("brush.smaller", "Smaller brush", "[", "Paint", "", "editable", line=True),
    Action("brush.larger", "Larger brush", "]", "Paint", "", "editable"),
    Action(
        "brush.resize",
        "Resize the brush while held",
        "R",
        "Paint",
        "",
        "editable",
        "Hold the key and move: right or up widens the brush; so does a drag with Alt",
        hold=True,
    ),
    *masktools.TIDY,
    *_CLASS_ACTIONS,
)
