"""Rows of the menu View: layers, and how they are drawn."""

from thalia_viewer.table import compare, looks, masks, split
from thalia_viewer.table.layers import LAYER_TITLES, tip_of
from thalia_viewer.table.row import Action

_LAYER_ACTIONS = tuple(
    Action(
        f"layer.{name}",
        LAYER_TITLES[name],
        f"Ctrl+{n}" if n < 10 else "",
        "View/Layer",
        when="pair",
        tip=tip_of(name),
        group="layer",
        toggle=True,
    )
    for n, name in enumerate(LAYER_TITLES, start=1)
)

ROWS: tuple[Action, ...] = (
    *_LAYER_ACTIONS,
    *split.ROWS,
    *looks.ROWS,
    *compare.ROWS,
    Action(
        "view.masks",
        "Show masks",
        "H",
        "View",
        "view.masks",
        "pair",
        "Hide or show",
        toggle=True,
        line=True,
    ),
    Action(
        "view.contour",
        "Masks as contours",
        "C",
        "View",
        "view.contour",
        "pair",
        "Outlines instead of filled masks",
        toggle=True,
    ),
    *masks.ROWS,
    Action(
        "view.bare",
        "Bare layer while held",
        "Space",
        "View",
        "",
        "pair",
        "Nothing but the layer while the key is down",
        hold=True,
    ),
    Action(
        "view.grid",
        "Longitudes and latitudes",
        "Ctrl+G",
        "View",
        "",
        "pair",
        "Lines at round degrees over all panels, their figures along the edges of the first",
        toggle=True,
    ),
    Action("view.reset", "Whole frame", "Z", "View", "view.reset", "pair", line=True),
    Action("view.light", "Light theme", "", "View", "", "always", toggle=True, line=True),
    Action(
        "view.next_panel",
        "Next panel of the window",
        "Ctrl+F6",
        "View/Panels",
        tip="The keyboard goes to the next panel; after the last one to the picture",
    ),
    Action(
        "view.previous_panel",
        "Previous panel of the window",
        "Ctrl+Shift+F6",
        "View/Panels",
        tip="The keyboard goes to the panel before; before the first one is the picture",
    ),
    Action(
        "view.reset_layout",
        "Panels where they began",
        "",
        "View/Panels",
        tip="All panels back in their first places and sizes",
    ),
)
